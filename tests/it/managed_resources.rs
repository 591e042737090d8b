//! `get_application_managed_resources`: one resource's difference and states.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
    replay::Replay,
    snapshots::check,
};

/// As [`call`], of the resources the recorded server would have chosen.
fn managed(application: &str, kind: &str, name: &str, more: &Value) -> String {
    let mut recording = recordings::load(&format!("v3.5.1/managed-resources.{application}"));
    recording.request.query = vec![("name".into(), name.into())];
    let items = recording.response.json.as_mut().unwrap()["items"].as_array_mut().unwrap();
    items.retain(|item| item["name"] == name);
    let whole = recordings::load(&format!("v3.5.1/applications.get.{application}"));
    let replay = Replay::new("v3.5.1", vec![recording, whole, recordings::load("v3.5.1/version")]);
    let mut arguments = json!({ "applicationName": application, "kind": kind, "name": name });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(call(replay.url(), "get_application_managed_resources", arguments))
}

#[test]
fn one_resource_is_shown_as_a_diff_or_in_one_of_its_states() {
    let cases = [
        ("catalog", "Deployment", "catalog", json!({})),
        ("catalog", "ConfigMap", "catalog-settings", json!({})),
        ("catalog", "ConfigMap", "catalog-settings", json!({ "show": "live" })),
        ("catalog", "ConfigMap", "catalog-settings", json!({ "show": "desired" })),
        ("catalog", "Service", "catalog", json!({})),
        ("catalog", "configmap", "catalog-settings", json!({ "output": "json" })),
        ("orphan", "Service", "orphan", json!({})),
        ("orphan", "Service", "orphan", json!({ "show": "live" })),
        ("secretful", "Secret", "db-credentials", json!({ "show": "live" })),
        ("catalog", "Service", "nothing-of-that-name", json!({})),
    ];
    let seen: Vec<String> = cases
        .into_iter()
        .map(|(application, kind, name, more)| {
            format!("## {application}, {kind} {name} {more}\n{}", managed(application, kind, name, &more))
        })
        .collect();
    check("managed_resources.one", &seen.join("\n\n"));
}

#[test]
fn json_says_what_a_sync_would_do() {
    let replay = Replay::of("v3.5.1", &["managed-resources.catalog", "applications.get.catalog", "version"]);
    let arguments = json!({ "applicationName": "catalog", "output": "json" });
    let answer = call(replay.url(), "get_application_managed_resources", arguments).unwrap();
    check("managed_resources.json", &format!("{:#}", answer.structured.unwrap()));
}

#[test]
fn only_what_the_view_reads_is_asked_for() {
    let replay = Replay::of("v3.5.1", &["managed-resources.catalog", "applications.get.catalog", "version"]);
    call(replay.url(), "get_application_managed_resources", json!({ "applicationName": "catalog" })).unwrap();
    let requests = replay.requests();
    let fields = requests.iter().flat_map(crate::http::Request::query).find(|(name, _)| name == "fields").unwrap().1;
    assert!(!fields.contains("items.diff") && !fields.contains("items.hook"), "{fields}");
}

#[test]
fn a_kind_in_any_case_and_show_without_a_name() {
    let replay = Replay::of("v3.5.1", &["managed-resources.catalog", "applications.get.catalog", "version"]);
    let ask = |more: Value| {
        let mut arguments = json!({ "applicationName": "catalog" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text(call(replay.url(), "get_application_managed_resources", arguments))
    };
    let cases = [
        json!({ "kind": "deployment" }),
        json!({ "show": "diff" }),
        json!({ "kind": "service", "show": "diff" }),
        json!({ "kind": "service", "show": "live" }),
    ];
    let seen: Vec<String> = cases.into_iter().map(|case| format!("## {case}\n{}", ask(case.clone()))).collect();
    check("managed_resources.kind", &seen.join("\n\n"));
}

#[test]
fn a_hook_is_told_as_one_that_is_not_compared() {
    let server = Server::start(|request| {
        let resource = |kind: &str, name: &str| json!({ "kind": kind, "name": name, "namespace": "shop" });
        let mut hook = resource("Job", "migrate");
        hook["hook"] = true.into();
        let own = json!({ "metadata": { "name": "shop" }, "status": { "sync": { "status": "Synced" }, "resources": [hook, resource("Service", "web")] } });
        let path = request.path();
        let answer = match path.rsplit('/').next().unwrap() {
            "managed-resources" => json!({ "items": [] }),
            "version" => json!({ "Version": "v3.5.1" }),
            _ => own,
        };
        http::json(200, &answer)
    });
    let managed = |more: Value| {
        let mut arguments = json!({ "applicationName": "shop" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text(call(&server.url, "get_application_managed_resources", arguments))
    };
    let said = managed(json!({ "name": "migrate" }));
    assert!(said.contains("Job migrate is a hook, and hooks are not compared"), "{said}");
    let said = managed(json!({ "kind": "Job" }));
    assert!(said.contains("the kinds are Service"), "{said}");
    let said = managed(json!({ "name": "web", "namespace": "other" }));
    assert!(said.contains("there is one of that name: leave namespace out"), "{said}");
}
