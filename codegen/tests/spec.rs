//! Reading, normalising and inferring: raw and normalised, whole and broken, of every release at hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

#[allow(dead_code, reason = "shared with other tests")]
mod rows;

use std::{fs, io::Read, path::Path};

use codegen::{build, release::Release, report::Report, spec};
use rows::root;
use serde_json::{Value, json};

/// Normalised descriptions of other releases, and the vendored one.
fn releases() -> Vec<(String, String)> {
    let vendored = spec::load(&root().join("openapi/argocd.json")).unwrap();
    let mut all = vec![("vendored".to_owned(), spec::normalise(&vendored))];
    for entry in fs::read_dir(root().join("tests/specs")).unwrap() {
        let path = entry.unwrap().path();
        let mut text = String::new();
        flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
        all.push((path.file_name().unwrap().to_string_lossy().replace(".json.gz", ""), text));
    }
    all.sort();
    all
}

/// As upstream publishes it: prose everywhere, no release.
fn raw(normalised: &str) -> String {
    fn add_prose(value: &mut Value, names: bool) {
        if let Value::Object(map) = value {
            for (key, child) in map.iter_mut() {
                add_prose(
                    child,
                    !names && matches!(key.as_str(), "definitions" | "paths" | "properties" | "responses"),
                );
            }
            if !names {
                map.insert("description".into(), json!("Prose about it."));
                map.insert("title".into(), json!("Prose"));
            }
        } else if let Value::Array(list) = value {
            list.iter_mut().for_each(|child| add_prose(child, false));
        }
    }
    let mut swagger: Value = serde_json::from_str(normalised).unwrap();
    add_prose(&mut swagger, false);
    swagger["info"]["version"] = json!("version not set");
    swagger.to_string()
}

#[test]
fn every_release_builds_raw_and_normalised_without_an_edit() {
    for (name, text) in releases() {
        for (form, text) in [("normalised", text.clone()), ("raw", raw(&text))] {
            let mut inputs = rows::product();
            inputs.spec = spec::parse(text.as_bytes(), "it", None).unwrap();
            assert_eq!(inputs.spec.inferred, form == "raw");
            let report = Report::default();
            let outputs = build::run(&inputs, true, &report);
            assert_eq!(report.errors(), Vec::<String>::new(), "{name} {form}");
            assert_eq!(report.warnings(), Vec::<String>::new(), "{name} {form}");
            assert_eq!(outputs.unwrap().unmapped, Vec::<String>::new(), "{name} {form}");
        }
    }
}

#[test]
fn the_release_of_a_raw_document_is_told_by_what_it_contains() {
    // Of a vendored one that is new `make check` tells it.
    for (name, text) in releases().into_iter().filter(|(name, _)| name != "vendored") {
        let known = spec::parse(text.as_bytes(), "it", None).unwrap().release;
        let inferred = spec::parse(raw(&text).as_bytes(), "it", None).unwrap().release;
        assert_eq!((inferred.major, inferred.minor), (known.major, known.minor), "{name}");
    }
}

#[test]
fn normalising_keeps_the_facts_drops_the_prose_and_is_idempotent() {
    for (name, text) in releases() {
        let once = spec::normalise(&spec::parse(text.as_bytes(), "it", None).unwrap());
        assert_eq!(once, text, "{name}: normalised already");
        let release = Some(spec::parse(text.as_bytes(), "it", None).unwrap().release);
        let from_raw = spec::normalise(&spec::parse(raw(&text).as_bytes(), "it", release).unwrap());
        assert_eq!(from_raw, text, "{name}: prose gone, properties called title or description still there");
    }
}

#[test]
fn a_name_or_a_flag_tells_the_release_where_the_document_does_not() {
    let folder = std::env::temp_dir().join(format!("codegen-spec-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (_, text) = &releases()[0];
    let path = folder.join("v2.14.21.json");
    fs::write(&path, raw(text)).unwrap();
    let spec = spec::load(&path).unwrap();
    assert_eq!((spec.release, spec.inferred), (Release::new(2, 14, 21), false));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_wrong_with_a_document_is_one_sentence() {
    // An archived release: what is vendored changes.
    let (_, whole) = releases().remove(0);
    let mut dangling: Value = serde_json::from_str(&whole).unwrap();
    dangling["definitions"].as_object_mut().unwrap().shift_remove("v1alpha1ApplicationSpec");
    let cases = [
        ("empty", String::new()),
        ("HTML", "<html>".into()),
        ("cut short", whole[..whole.len() / 2].to_owned()),
        ("JSON", "{}".into()),
        ("OpenAPI 3", json!({ "openapi": "3.0.3", "paths": {} }).to_string()),
        ("no paths", json!({ "swagger": "2.0", "paths": {} }).to_string()),
        (
            "another API",
            json!({ "swagger": "2.0", "paths": { "/pets": { "get": { "operationId": "pets" } } } }).to_string(),
        ),
        ("dangling", dangling.to_string()),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(name, text)| format!("{name}: {}", spec::parse(text.as_bytes(), "swagger.json", None).unwrap_err()))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    let missing = spec::load(Path::new("no/such/file.json")).unwrap_err();
    assert_eq!(missing, "cannot read no/such/file.json: No such file or directory (os error 2)");
}

#[test]
fn releases_are_read_and_compared_by_their_numbers() {
    assert_eq!(Release::parse("v3.5.1+109ca7c"), Some(Release::new(3, 5, 1)));
    assert_eq!(Release::parse("3.6.0-rc1"), Some(Release::new(3, 6, 0)));
    assert_eq!(Release::parse("2.14"), Some(Release::new(2, 14, 0)));
    assert!(["", "latest", "v3", "3.5.1.2", "version not set"].iter().all(|text| Release::parse(text).is_none()));
    assert!(Release::new(2, 14, 21) < Release::new(3, 0, 0) && Release::new(3, 9, 0) < Release::new(3, 10, 0));
}
