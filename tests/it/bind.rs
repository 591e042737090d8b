//! Binding: harmless forms are accepted, everything wrong is told at once.

use argocd_mcp::tools::{Bound, find};
use serde_json::{Value, json};

fn bind(tool: &str, arguments: Value) -> Result<Value, String> {
    let Value::Object(arguments) = arguments else { panic!("not an object") };
    Bound::new(find(tool).unwrap(), arguments)
        .map(|bound| Value::Object(bound.values().clone()))
        .map_err(|error| error.message)
}

/// What is bound besides defaults.
fn bound(tool: &str, arguments: Value) -> Value {
    let mut values = bind(tool, arguments).unwrap();
    if values["limit"] == 50 {
        values.as_object_mut().unwrap().shift_remove("limit");
    }
    values
}

#[test]
fn harmless_forms_are_accepted() {
    for (given, wanted) in [
        (json!({ "limit": "42" }), json!({ "limit": 42 })),
        (json!({ "limit": 42.0 }), json!({ "limit": 42 })),
        (json!({ "limit": " 42 " }), json!({ "limit": 42 })),
        (json!({ "projects": "a" }), json!({ "projects": ["a"] })),
        (json!({ "projects": "[\"a\",\"b\"]" }), json!({ "projects": ["a", "b"] })),
        (json!({ "projects": [7, true] }), json!({ "projects": ["7", "true"] })),
        (json!({ "search": ["x"] }), json!({ "search": "x" })),
        (json!({ "search": 7 }), json!({ "search": "7" })),
        (json!({ "search": u64::MAX }), json!({ "search": "18446744073709551615" })),
        (json!({ "search": null, "repo": "", "health": null }), json!({})),
        (json!({ "health": "degraded" }), json!({ "health": ["Degraded"] })),
        (json!({ "health": "degraded, MISSING" }), json!({ "health": ["Degraded", "Missing"] })),
        (json!({ "projects": "a, b,", "limit": "", "health": " " }), json!({ "projects": ["a", "b"] })),
        (json!({ "output": "JSON" }), json!({ "output": "json" })),
    ] {
        assert_eq!(bound("list_applications", given.clone()), wanted, "{given}");
    }
    for (given, wanted) in [
        (json!({ "dryRun": "True", "prune": "false" }), json!({ "dryRun": true, "prune": false })),
        (json!({ "retry": "{\"limit\": \"3\"}" }), json!({ "retry": { "limit": 3 } })),
        (json!({ "retry": { "limit": 3, "backoff": null } }), json!({ "retry": { "limit": 3 } })),
        (json!({ "sourcePositions": ["1", 2] }), json!({ "sourcePositions": [1, 2] })),
    ] {
        if given.get("sourcePositions").is_some() && !crate::harness::client_has("2.11") {
            continue;
        }
        let mut given = given;
        given["applicationName"] = json!("shop");
        let mut bound = bound("sync_application", given.clone());
        bound.as_object_mut().unwrap().shift_remove("applicationName");
        assert_eq!(bound, wanted, "{given}");
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let cases = [
        ("list_applications", json!({ "limit": "many", "offset": -1, "output": "yaml", "maxBytes": 12, "serch": 1 })),
        ("list_applications", json!({ "limit": 1.5, "search": {}, "projects": [{}], "health": ["Sick", "Degraded"] })),
        ("list_applications", json!({ "nothing_like_anything": 1 })),
        ("get_application", json!({})),
        ("get_application", json!({ "applicationName": "" })),
        ("get_application", json!({ "applicationName": 7, "applicationNamespace": ["a", "b"] })),
        ("get_application", json!({ "applicationName": "a/b", "applicationNamespace": "c" })),
        ("get_application", json!({ "applicationName": "b", "applicationNamespace": "c", "appNamespace": "d" })),
        ("update_application", json!({ "applicationName": "a/b/c" })),
        (
            "sync_application",
            json!({ "applicationName": "b", "resources": [{ "knid": "x" }, 7], "retry": { "backoff": { "factor": "two" } }, "prune": "perhaps" }),
        ),
        ("sync_application", json!({ "applicationName": "b", "revision": 1.10 })),
        (
            "create_application",
            json!({ "application": { "apiVersion": "v1", "kind": "AppProject", "metadata": { "name": "a/b/c" }, "spec": { "project": "p", "source": { "repoURL": "r", "helm": { "parameters": { "tag": "v2" } } }, "sources": { "0": {} }, "destination": { "name": "c", "server": "s" } } } }),
        ),
        (
            "create_application",
            json!({ "application": { "metadata": { "name": "c" }, "spec": { "project": "p", "source": { "repoURL": "r", "targetRevision": 2e5, "helm": { "values": "++++++++" } }, "sources": [{ "repoURL": "q" }], "destination": { "name": "c", "server": "s" } }, "status": {}, "specs": {} } }),
        ),
    ];
    let seen: Vec<String> = cases
        .iter()
        .map(|(tool, arguments)| format!("## {tool} {arguments}\n{}", bind(tool, arguments.clone()).unwrap_err()))
        .collect();
    crate::snapshots::check("bind.mistakes", &seen.join("\n\n"));
}

#[test]
fn raw_answers_cannot_be_chosen_from() {
    let error = bind("list_applications", json!({ "output": "raw", "repo": "x", "sync": "Synced", "projects": "a" }))
        .unwrap_err();
    assert!(error.contains("`output` is raw, where `repo`, `sync` cannot work"), "{error}");
    bind("list_applications", json!({ "output": "raw", "projects": "a", "maxBytes": 5000 })).unwrap();
}

#[test]
fn no_list_of_problems_is_endless() {
    let many: serde_json::Map<String, Value> = (0..500).map(|n| (format!("nonsense{n}"), json!(n))).collect();
    let error = bind("list_applications", Value::Object(many)).unwrap_err();
    assert!(error.starts_with("list_applications: 500 problems") && error.ends_with("- and 480 more"), "{error}");
}

#[test]
fn long_values_are_quoted_in_part() {
    let error = bind("list_applications", json!({ "limit": "x".repeat(10_000) })).unwrap_err();
    assert!(error.len() < 200, "{error}");
}

#[test]
fn what_should_be_a_list_is_called_one() {
    let error = bind("sync_application", json!({ "applicationName": "a", "syncOptions": { "CreateNamespace": true } }))
        .unwrap_err();
    assert!(error.contains("`syncOptions` is {\"CreateNamespace\":true}; it must be a list of strings"), "{error}");
    let application = json!({ "metadata": { "name": "a" }, "spec": { "project": "p", "sources": "y", "destination": { "name": "c" } } });
    let error = bind("create_application", json!({ "application": application })).unwrap_err();
    assert!(error.contains("`application.spec.sources` is \"y\"; it must be a list of objects"), "{error}");
}

#[test]
fn a_text_with_commas_inside_of_an_object_is_no_list() {
    let images = |images: Value| {
        let part = json!({ "spec": { "source": { "kustomize": { "images": images } } } });
        bind("update_application", json!({ "applicationName": "scratch", "application": part })).unwrap_err()
    };
    let said = images(json!("ghcr.io/acme/kapp:4,b=c:1"));
    let why = "`application.spec.source.kustomize.images` is \"ghcr.io/acme/kapp:4,b=c:1\"; it must be a list";
    assert!(said.contains(why), "{said}");
}
