//! What the demo serves has the keys and the types of what a real Argo CD answered to the same operation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Fixture, own_application};
use crate::recordings;

/// Objects whose keys are somebody's own words.
const FREE: &[&str] = &["labels", "annotations", "targetLabels", "matchLabels", "elements[]"];
/// Always recorded and never served: who wrote which field is of no use here, and long.
const NOT_SERVED: &[&str] = &["managedFields", "machineID"];
/// What a real server has in its own list only because of how that one was set up.
const OWN_SETUP: &[&str] = &["annotations", "labels"];

/// Types seen at each path, and the keys each object at a path has in all its instances.
#[derive(Default)]
struct Shape {
    types: BTreeMap<String, BTreeSet<&'static str>>,
    always: BTreeMap<String, BTreeSet<String>>,
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

impl Shape {
    fn add(&mut self, path: &str, value: &Value) {
        self.types.entry(path.to_owned()).or_default().insert(kind(value));
        match value {
            Value::Object(map) => {
                if FREE.iter().any(|free| path.ends_with(free)) {
                    return;
                }
                let keys: BTreeSet<String> = map.keys().cloned().collect();
                let always = self.always.entry(path.to_owned()).or_insert_with(|| keys.clone());
                *always = always.intersection(&keys).cloned().collect();
                map.iter().for_each(|(key, value)| self.add(&format!("{path}.{key}"), value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(&format!("{path}[]"), item)),
            _ => {}
        }
    }

    fn compare(&self, recorded: &Shape, what: &str) -> Vec<String> {
        let mut wrong = vec![];
        for (path, types) in &self.types {
            match recorded.types.get(path) {
                None => wrong.push(format!("{what}: {path} was never recorded")),
                // Empty lists are null on a real server, wherever it has lists.
                Some(known) if known.contains("list") && types.iter().all(|kind| matches!(*kind, "list" | "null")) => {}
                Some(known) if !types.is_subset(known) => {
                    wrong.push(format!("{what}: {path} is {types:?}, recorded {known:?}"));
                }
                Some(_) => {}
            }
        }
        for (path, keys) in &self.always {
            let always = recorded.always.get(path).cloned().unwrap_or_default();
            let missing: Vec<&String> = always
                .difference(keys)
                .filter(|key| !NOT_SERVED.contains(&key.as_str()) && !OWN_SETUP.contains(&key.as_str()))
                .collect();
            if !missing.is_empty() {
                wrong.push(format!("{what}: {path} lacks {missing:?}, which every recording has"));
            }
        }
        wrong
    }
}

/// The shape of all successful recordings whose names begin so.
fn recorded(prefixes: &[&str]) -> Shape {
    let mut shape = Shape::default();
    for prefix in prefixes {
        for folder in ["v3.5.1", "v3.5.1-more"] {
            for name in recordings::names(folder, prefix) {
                let response = recordings::load(&name).response;
                if let (Some(200), Some(body)) = (response.status, &response.json) {
                    shape.add("", body);
                }
            }
        }
    }
    assert!(!shape.types.is_empty(), "nothing recorded of {prefixes:?}");
    shape
}

fn served(fixture: &Fixture, paths: &[String]) -> Shape {
    let mut shape = Shape::default();
    paths.iter().for_each(|path| shape.add("", &fixture.get(path)));
    shape
}

#[test]
fn what_is_read_has_the_shape_of_what_was_recorded() {
    let fixture = Fixture::start();
    let applications = fixture.applications();
    let each = |end: &str| -> Vec<String> {
        let path =
            |(name, namespace): &(String, String)| format!("/api/v1/applications/{name}{end}?appNamespace={namespace}");
        applications.iter().map(path).collect()
    };
    let one = |path: &str| vec![path.to_owned()];
    let deployment = "namespace=cart&resourceName=cart&version=v1&group=apps&kind=Deployment";
    let cases: &[(&[&str], Vec<String>)] = &[
        (&["applications.list"], one("/api/v1/applications")),
        (&["applications.get.", "applications.list"], each("")),
        (&["resource-tree."], each("/resource-tree")),
        (&["managed-resources."], each("/managed-resources")),
        (&["events."], each("/events")),
        (&["manifests."], each("/manifests")),
        (&["sync-windows."], each("/syncwindows")),
        (&["application-links."], each("/links")),
        (&["resource-actions.list"], one(&format!("/api/v1/applications/cart/resource/actions?{deployment}"))),
        (&["resource.get."], one(&format!("/api/v1/applications/cart/resource?{deployment}"))),
        (&["clusters.list"], one("/api/v1/clusters")),
        (&["clusters.get", "clusters.list"], one("/api/v1/clusters/edge-eu?id.type=name")),
        (&["projects.list"], one("/api/v1/projects")),
        (&["projects.get"], one("/api/v1/projects/finance")),
        (&["projects.global"], one("/api/v1/projects/finance/globalprojects")),
        (&["projects.detailed"], one("/api/v1/projects/finance/detailed")),
        (&["applicationsets.list"], one("/api/v1/applicationsets")),
        (&["applicationsets.get"], one("/api/v1/applicationsets/storefronts")),
        (&["applicationsets.tree"], one("/api/v1/applicationsets/storefronts/resource-tree")),
        (&["repositories.list"], one("/api/v1/repositories")),
        (&["session.userinfo"], one("/api/v1/session/userinfo")),
        (&["account.can-i"], one("/api/v1/account/can-i/applications/sync/shop/cart")),
        (&["version"], one("/api/version")),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|(names, paths)| served(&fixture, paths).compare(&wide(names), &format!("{names:?}")))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The shape of recordings, and of what is in them and was recorded better elsewhere.
fn wide(names: &[&str]) -> Shape {
    let mut shape = recorded(names);
    let mut also = |prefix: &str, pointer: &str, at: &str| {
        for name in recordings::names("v3.5.1", prefix) {
            let response = recordings::load(&name).response;
            if let (Some(200), Some(part)) =
                (response.status, response.json.as_ref().and_then(|json| json.pointer(pointer)))
            {
                shape.add(at, part);
            }
        }
    };
    match names[0] {
        "applications.list" => also("applications.get.", "", ".items[]"),
        "projects.detailed" => also("projects.get.", "", ".project"),
        "applicationsets.list" => also("applications.get.", "/spec", ".items[].spec.template.spec"),
        "applicationsets.get" => also("applications.get.", "/spec", ".spec.template.spec"),
        _ => {}
    }
    shape
}

#[test]
fn what_is_written_is_answered_in_the_recorded_shape() {
    let fixture = Fixture::start();
    let application = own_application("mine");
    let mut wrong = vec![];
    let mut check = |names: &[&str], method: &str, path: &str, body: Value| {
        let body = Some(body).filter(|body| !body.is_null());
        let (status, answer) = fixture.send(method, path, body.as_ref());
        assert_eq!(status, 200, "{method} {path}: {answer}");
        let mut shape = Shape::default();
        shape.add("", &answer);
        wrong.extend(shape.compare(&recorded(names), &format!("{method} {path}")));
    };
    check(&["applications.create"], "POST", "/api/v1/applications", application.clone());
    let whole = &[
        "applications.sync",
        "applications.get.",
        "applications.update.",
        "applications.patch.",
        "applications.rollback",
    ];
    check(whole, "POST", "/api/v1/applications/mine/sync", json!({ "infos": [{ "name": "reason", "value": "try" }] }));
    fixture.finished("mine");
    check(whole, "PUT", "/api/v1/applications/mine", application.clone());
    check(
        whole,
        "PATCH",
        "/api/v1/applications/mine",
        json!({ "patchType": "merge", "patch": "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}" }),
    );
    check(&["applications.update-spec"], "PUT", "/api/v1/applications/mine/spec", application["spec"].clone());
    check(whole, "POST", "/api/v1/applications/mine/rollback", json!({ "id": 0 }));
    fixture.finished("mine");
    let cart = "namespace=mine&resourceName=cart&version=v1&group=apps&kind=Deployment";
    check(
        &["resource-actions.run"],
        "POST",
        &format!("/api/v1/applications/mine/resource/actions?{cart}"),
        json!("restart"),
    );
    check(
        &["resource.patch"],
        "POST",
        &format!("/api/v1/applications/mine/resource?{cart}&patchType=application/merge-patch%2Bjson"),
        json!("{\"metadata\":{\"annotations\":{\"note\":\"x\"}}}"),
    );
    check(&["applications.delete"], "DELETE", "/api/v1/applications/mine", Value::Null);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
