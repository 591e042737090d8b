//! Changes of Argo CD's interface where no view looks: in what handlers and the program itself send and read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, dead_code, reason = "tests")]

mod rows;

use codegen::{
    build::{self, Outputs},
    report::Report,
};
use rows::check;
use serde_json::{Value, json};

type Change = fn(&mut Value);

/// The product's own table against a changed copy of the vendored description.
fn changed(change: Change) -> (Option<Outputs>, Vec<String>, Vec<String>) {
    let mut inputs = rows::product();
    change(&mut inputs.spec.swagger);
    let report = Report::default();
    let outputs = build::run(&inputs, false, &report);
    (outputs, report.errors(), report.warnings())
}

fn properties<'a>(swagger: &'a mut Value, schema: &str) -> &'a mut serde_json::Map<String, Value> {
    swagger["definitions"][schema]["properties"].as_object_mut().unwrap()
}

const CAN_I: &str = "/api/v1/account/can-i/{resource}/{action}/{subresource}";

#[test]
fn what_handlers_and_the_program_itself_miss_is_told() {
    let cases: &[(&str, Change)] = &[
        ("answer of get_resources", |swagger| {
            drop(properties(swagger, "applicationApplicationResourceResponse").remove("manifest"));
        }),
        ("what updates and deletions look at", |swagger| {
            drop(properties(swagger, "v1ObjectMeta").remove("finalizers"))
        }),
        ("path parameter of an own call", |swagger| {
            let mut item = swagger["paths"].as_object_mut().unwrap().remove(CAN_I).unwrap();
            let parameters = item["get"]["parameters"].as_array_mut().unwrap();
            parameters.iter_mut().find(|it| it["name"] == "subresource").unwrap()["name"] = json!("sub");
            swagger["paths"]["/api/v1/account/can-i/{resource}/{action}/{sub}"] = item;
        }),
        ("query parameter an own call must send", |swagger| {
            let parameters = swagger["paths"][CAN_I]["get"]["parameters"].as_array_mut().unwrap();
            parameters.push(json!({ "name": "scope", "in": "query", "required": true, "type": "string" }));
        }),
        ("method of an own call", |swagger| {
            let item = swagger["paths"][CAN_I].as_object_mut().unwrap();
            let get = item.remove("get").unwrap();
            item.insert("post".into(), get);
        }),
        ("body of an own call", |swagger| {
            let body = properties(swagger, "sessionSessionCreateRequest");
            let name = body.remove("username").unwrap();
            body.insert("user".into(), name);
        }),
        ("answer of an own call", |swagger| {
            let version = properties(swagger, "versionVersionMessage");
            let name = version.remove("Version").unwrap();
            version.insert("version".into(), name);
        }),
        ("projection that is described now", |swagger| {
            let parameters = swagger["paths"]["/api/v1/applications"]["get"]["parameters"].as_array_mut().unwrap();
            parameters.push(json!({ "name": "fields", "in": "query", "type": "string" }));
        }),
        ("base path", |swagger| swagger["basePath"] = json!("/argocd")),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(name, change)| {
            let (_, errors, _) = changed(*change);
            assert!(!errors.is_empty(), "{name}: nothing is said");
            format!("## {name}\n{}", errors.join("\n"))
        })
        .collect();
    check("elsewhere", &said.join("\n\n"));
}

/// A map of maps of its kind, and names that Rust and progenitor have for themselves.
#[test]
fn what_is_odd_in_what_is_used_still_builds() {
    let (outputs, errors, warnings) = changed(|swagger| {
        let itself = json!({ "type": "object", "additionalProperties": { "$ref": "#/definitions/Loop" } });
        swagger["definitions"]["Loop"] = itself;
        properties(swagger, "v1alpha1ApplicationStatus")
            .insert("extra".into(), json!({ "$ref": "#/definitions/Loop" }));
        let parameters = swagger["paths"]["/api/v1/applications"]["get"]["parameters"].as_array_mut().unwrap();
        parameters.extend(["gen", "header_map"].map(|name| json!({ "name": name, "in": "query", "type": "string" })));
    });
    assert_eq!(errors, Vec::<String>::new());
    assert!(outputs.is_some());
    assert!(
        warnings.len() == 2 && warnings[0].contains("`gen`") && warnings[1].contains("`header_map`"),
        "{warnings:?}"
    );
}
