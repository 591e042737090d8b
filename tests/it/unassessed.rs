//! What Argo CD lists but does not assess, or a sync does not touch.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    views::said,
};

#[test]
fn applications_in_an_application_are_not_called_well() {
    let child = |name: &str| json!({ "group": "argoproj.io", "kind": "Application", "namespace": "argocd", "name": name, "uid": name, "resourceVersion": "1" });
    let beside = json!({ "kind": "ConfigMap", "namespace": "argocd", "name": "c", "uid": "c", "resourceVersion": "1" });
    let tree = |nodes: Value| {
        said("get_application_resource_tree", json!({ "applicationName": "root" }), json!({ "nodes": nodes }))
    };
    assert_eq!(
        tree(json!([child("a"), child("b")])),
        "2 resources, none assessed\nnot assessed here: 2 Applications; list_applications tells of each"
    );
    assert_eq!(
        tree(json!([child("a"), beside])),
        "2 resources, all others well\nnot assessed here: 1 Application; list_applications tells of each\nwell: 1 ConfigMap"
    );
    let mut assessed = child("a");
    assessed["health"] = json!({ "status": "Healthy" });
    assert_eq!(tree(json!([assessed])), "1 resource, all well\nwell: 1 Application");
}

#[test]
fn an_application_names_those_in_it() {
    let root = |kind: &str| {
        let resource =
            json!({ "group": "argoproj.io", "kind": kind, "namespace": "argocd", "name": "leaf", "status": "Synced" });
        let root = json!({
            "metadata": { "name": "root" }, "spec": { "project": "default" },
            "status": { "sync": { "status": "Synced" }, "health": { "status": "Healthy" }, "resources": [resource] },
        });
        said("get_application", json!({ "applicationName": "root" }), root)
    };
    let shown = root("Application");
    assert!(shown.contains("\nno resource is said to be unwell or out of sync (1)\n"), "{shown}");
    assert!(shown.contains("\napplications in it, each told of by get_application (1):\n  leaf\n"), "{shown}");
    let shown = root("AppProject");
    assert!(shown.contains("\nall resources green (1)") && !shown.contains("applications in it"), "{shown}");
}

/// What `get_application_managed_resources` says of a `ConfigMap` in these states, of which the application says this.
fn managed(live: &Value, target: &Value, resource: Value) -> String {
    let state = |state: &Value| state.to_string();
    let item = json!({
        "kind": "ConfigMap", "namespace": "shop", "name": "a", "modified": live != target,
        "liveState": state(live), "normalizedLiveState": state(live),
        "targetState": state(target), "predictedLiveState": state(target),
    });
    let application = json!({
        "metadata": { "name": "shop" }, "spec": {},
        "status": { "sync": { "status": "Synced", "revision": "main" }, "resources": [resource] },
    });
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/managed-resources") => http::json(200, &json!({ "items": [item] })),
        _ => http::json(200, &application),
    });
    text(call(&server.url, "get_application_managed_resources", json!({ "applicationName": "shop" })))
}

fn map(hook: Option<&str>, value: &str) -> Value {
    let annotations = hook.map(|hook| json!({ "argocd.argoproj.io/hook": hook }));
    json!({ "kind": "ConfigMap", "metadata": { "name": "a", "annotations": annotations }, "data": { "a": value } })
}

#[test]
fn what_is_annotated_to_be_skipped_is_neither_created_nor_changed() {
    let resource = json!({ "kind": "ConfigMap", "namespace": "shop", "name": "a" });
    let skip = "\nskip ConfigMap shop/a: annotated argocd.argoproj.io/hook=Skip, so no sync touches it";
    for live in [Value::Null, map(None, "1")] {
        let shown = managed(&live, &map(Some("Skip"), "2"), resource.clone());
        assert!(shown.ends_with(skip), "{shown}");
    }
    let shown = managed(&map(Some("Skip"), "2"), &map(Some("Skip"), "2"), resource.clone());
    assert!(shown.starts_with("1 managed resource, a sync would change none"), "{shown}");
    let shown = managed(&Value::Null, &map(None, "2"), resource);
    assert!(shown.ends_with("\ncreate ConfigMap shop/a"), "{shown}");
}

#[test]
fn what_has_the_tracking_id_of_another_resource_is_not_pruned() {
    let resource = |more: Value| {
        let mut resource = json!({ "kind": "ConfigMap", "namespace": "shop", "name": "a" });
        resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        managed(&map(None, "1"), &Value::Null, resource)
    };
    let shown = resource(json!({}));
    assert!(
        shown.ends_with("\nkeep ConfigMap shop/a: its tracking id is of another resource, so no sync prunes it"),
        "{shown}"
    );
    assert!(!shown.contains("pruned by"), "{shown}");
    for pruned in [json!({ "status": "OutOfSync", "requiresPruning": true }), json!({ "requiresPruning": true })] {
        let shown = resource(pruned);
        assert!(shown.ends_with("\nprune ConfigMap shop/a"), "{shown}");
    }
}

#[test]
fn hooks_of_a_dry_run_a_file_and_a_wrong_clock_are_told() {
    let application = json!({
        "metadata": { "name": "shop" },
        "spec": { "project": "default", "source": { "repoURL": "https://git.example/shop", "helm": {
            "parameters": [{ "name": "tag", "value": "4" }],
            "fileParameters": [{ "name": "ca", "path": "files/ca.pem" }],
            "values": format!("a: 1\nkey: |\n  -----BEGIN PRIVATE KEY-----\n  {}\n  -----END PRIVATE KEY-----\n", "Ab3x".repeat(16)),
        } } },
        "status": {
            "sync": { "status": "OutOfSync" },
            "health": { "status": "Healthy", "lastTransitionTime": "2099-01-01T00:00:00Z" },
            "operationState": { "phase": "Succeeded", "syncResult": { "resources": [
                { "kind": "Job", "namespace": "shop", "name": "alert", "status": "Synced", "hookType": "SyncFail", "message": "job.batch/alert created (dry run)" },
                { "kind": "ConfigMap", "namespace": "shop", "name": "a", "status": "Synced", "message": "configmap/a created (dry run)" },
            ] } },
        },
    });
    let shown = said("get_application", json!({ "applicationName": "shop" }), application);
    assert!(shown.contains("\n  Job shop/alert: job.batch/alert created (dry run), SyncFail hook\n"), "{shown}");
    assert!(shown.contains("\n  ConfigMap shop/a: configmap/a created (dry run)\n"), "{shown}");
    assert!(shown.contains("\noverrides: helm tag=4 ca=(file files/ca.pem)"), "{shown}");
    // A key is one mark, and five lines all the same.
    assert!(shown.contains("values=(5 lines)") && !shown.contains("Ab3x"), "{shown}");
    assert!(!shown.contains("Healthy for 1s"), "{shown}");
}
