//! What is done to the demo has its consequences, seconds later.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Fixture, at_once, own_application, result};

#[test]
fn what_is_done_has_its_consequences() {
    at_once(&[
        (
            "a_sync_brings_the_corrected_image_and_the_application_gets_well",
            a_sync_brings_the_corrected_image_and_the_application_gets_well,
        ),
        (
            "a_dry_run_changes_nothing_and_a_chosen_resource_alone_is_synced",
            a_dry_run_changes_nothing_and_a_chosen_resource_alone_is_synced,
        ),
        ("a_rollback_heals_what_crashes", a_rollback_heals_what_crashes),
        (
            "what_kubernetes_refuses_fails_again_until_it_is_corrected",
            what_kubernetes_refuses_fails_again_until_it_is_corrected,
        ),
        ("a_running_operation_can_be_terminated", a_running_operation_can_be_terminated),
        ("applications_are_created_changed_and_deleted", applications_are_created_changed_and_deleted),
        ("actions_restart_and_scale_and_drift_is_healed", actions_restart_and_scale_and_drift_is_healed),
    ]);
}

fn a_sync_brings_the_corrected_image_and_the_application_gets_well() {
    let fixture = Fixture::start();
    let before = fixture.application("search");
    assert_eq!(
        (&before["status"]["sync"]["status"], &before["status"]["health"]["status"]),
        (&json!("OutOfSync"), &json!("Degraded"))
    );
    let answer = fixture.sync("search", &json!({}));
    assert!(answer["operation"]["sync"]["revision"].is_string() && answer["status"].get("operationState").is_none());
    fixture.wait_for_event("search", "Updated health status: Degraded -> Progressing");
    let after = fixture.wait_for("search", "Synced", "Healthy");
    assert_eq!(after["status"]["operationState"]["message"], "successfully synced (all tasks run)");
    let history = after["status"]["history"].as_array().unwrap();
    assert_eq!(history.len(), before["status"]["history"].as_array().unwrap().len() + 1);
    assert_eq!(history.last().unwrap()["initiatedBy"]["username"], "demo");
    let events = fixture.get("/api/v1/applications/search/events").to_string();
    assert!(
        events.contains("demo initiated sync to main")
            && events.contains("Updated health status: Progressing -> Healthy")
    );
}

fn a_dry_run_changes_nothing_and_a_chosen_resource_alone_is_synced() {
    let fixture = Fixture::start();
    fixture.sync("catalog", &json!({ "dryRun": true }));
    let state = fixture.finished("catalog");
    assert_eq!(result(&state, "Deployment", "catalog")["message"], "deployment.apps/catalog configured (dry run)");
    let drifted = |app: &Value| -> Vec<String> {
        let all = app["status"]["resources"].as_array().unwrap();
        all.iter()
            .filter(|one| one["status"] == "OutOfSync")
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let app = fixture.application("catalog");
    assert_eq!(drifted(&app), ["catalog-config", "catalog-legacy-flags", "catalog"]);
    let history = app["status"]["history"].as_array().unwrap().len();
    fixture.sync("catalog", &json!({ "resources": [{ "group": "", "kind": "ConfigMap", "name": "catalog-config", "namespace": "catalog" }] }));
    fixture.finished("catalog");
    let app = fixture.application("catalog");
    assert_eq!(drifted(&app), ["catalog-legacy-flags", "catalog"]);
    assert_eq!(app["status"]["history"].as_array().unwrap().len(), history, "a partial sync is no deployment");
    fixture.sync("catalog", &json!({}));
    let state = fixture.finished("catalog");
    assert_eq!(result(&state, "ConfigMap", "catalog-legacy-flags")["message"], "ignored (requires pruning)");
    fixture.sync("catalog", &json!({ "prune": true }));
    let state = fixture.finished("catalog");
    assert_eq!(result(&state, "ConfigMap", "catalog-legacy-flags")["status"], "Pruned");
    fixture.wait_for("catalog", "Synced", "Healthy");
}

fn a_rollback_heals_what_crashes() {
    let fixture = Fixture::start();
    let before = fixture.application("payments");
    let id = before["status"]["history"][1]["id"].clone();
    let (status, answer) = fixture.send("POST", "/api/v1/applications/payments/rollback", Some(&json!({ "id": id })));
    assert_eq!((status, &answer["operation"]["sync"]["syncStrategy"]), (200, &json!({ "apply": {} })));
    let after = fixture.wait_for("payments", "OutOfSync", "Healthy");
    assert_eq!(after["status"]["summary"]["images"], json!(["registry.shop.example/payments:2.7.4"]));
}

fn what_kubernetes_refuses_fails_again_until_it_is_corrected() {
    let fixture = Fixture::start();
    fixture.sync("orders", &json!({}));
    let state = fixture.finished("orders");
    assert_eq!(state["phase"], "Failed");
    assert_eq!(result(&state, "Service", "orders")["status"], "SyncFailed");
    assert!(state["message"].as_str().unwrap().contains("must be between 1 and 65535"));
}

fn a_running_operation_can_be_terminated() {
    let fixture = Fixture::start();
    std::thread::sleep(Duration::from_millis(1_100));
    let reconciled = |app: &Value| app["status"]["reconciledAt"].as_str().unwrap().to_owned();
    assert!(reconciled(&fixture.application("search")) < reconciled(&fixture.application("search?refresh=normal")));
    fixture.sync("search", &json!({}));
    // On a busy machine it may be over before it is asked to end; then there is another.
    let terminate = || fixture.send("DELETE", "/api/v1/applications/search/operation", None).0;
    while terminate() != 200 {
        if fixture.application("search")["operation"].is_null() {
            fixture.sync("search", &json!({}));
        }
    }
    let state = fixture.finished("search");
    assert_eq!((&state["phase"], &state["message"]), (&json!("Failed"), &json!("Operation terminated")));
}

fn applications_are_created_changed_and_deleted() {
    let fixture = Fixture::start();
    let mine = own_application("mine");
    let (status, created) = fixture.send("POST", "/api/v1/applications", Some(&mine));
    assert_eq!((status, &created["status"]["sync"]["status"]), (200, &json!("")));
    assert_eq!(fixture.application("mine")["status"]["health"]["status"], "Missing");
    let (status, _) = fixture.send("POST", "/api/v1/applications", Some(&mine));
    assert_eq!(status, 200, "the same again is no mistake");
    let mut other = mine.clone();
    other["spec"]["source"]["targetRevision"] = "HEAD".into();
    assert_eq!(fixture.send("POST", "/api/v1/applications", Some(&other)).0, 400);
    other["spec"]["sorce"] = json!({ "targetRevision": "HEAD" });
    let (status, replaced) = fixture.send("POST", "/api/v1/applications?upsert=true", Some(&other));
    assert_eq!((status, replaced["spec"].get("sorce")), (200, None), "what it does not know is forgotten");
    let patch = json!({ "patchType": "json", "patch": "[{\"op\":\"add\",\"path\":\"/spec/syncPolicy/automated\",\"value\":{\"selfHeal\":true}}]" });
    assert_eq!(fixture.send("PATCH", "/api/v1/applications/mine", Some(&patch)).0, 200);
    let synced = fixture.wait_for("mine", "Synced", "Healthy");
    assert_eq!(synced["status"]["operationState"]["operation"]["initiatedBy"]["automated"], true);
    let patched = |operations: Value| {
        let body = json!({ "patchType": "json", "patch": operations.to_string() });
        fixture.send("PATCH", "/api/v1/applications/mine", Some(&body))
    };
    let (_, app) = patched(json!([
        { "op": "test", "path": "/metadata/labels/team", "value": "mine" },
        { "op": "add", "path": "/metadata/labels/a~1b", "value": "x" },
        { "op": "copy", "from": "/metadata/labels/team", "path": "/metadata/labels/copied" },
        { "op": "move", "from": "/metadata/labels/copied", "path": "/metadata/labels/moved" },
        { "op": "replace", "path": "/metadata/labels/team", "value": "ours" },
        { "op": "remove", "path": "/spec/syncPolicy/automated" },
        { "op": "add", "path": "/spec/syncPolicy/syncOptions/-", "value": "ServerSideApply=true" },
    ]));
    assert_eq!(app["metadata"]["labels"], json!({ "team": "ours", "a/b": "x", "moved": "mine" }));
    assert_eq!(app["spec"]["syncPolicy"], json!({ "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"] }));
    for wrong in [
        json!([{ "op": "remove", "path": "/spec/nothing" }]),
        json!([{ "op": "test", "path": "/spec/project", "value": "x" }]),
        json!({}),
    ] {
        assert_eq!(patched(wrong).0, 500);
    }
    let (_, updated) = fixture.send(
        "PUT",
        "/api/v1/applications/mine",
        Some(&json!({ "metadata": { "name": "mine", "namespace": "argocd" }, "spec": mine["spec"] })),
    );
    assert!(
        updated["metadata"].get("labels").is_none() && updated["metadata"].get("finalizers").is_none(),
        "what an update leaves out is gone"
    );
    assert_eq!(
        fixture.send("DELETE", "/api/v1/applications/mine?cascade=true&propagationPolicy=foreground", None),
        (200, json!({}))
    );
    assert!(fixture.application("mine")["metadata"]["deletionTimestamp"].is_string());
    while fixture.send("GET", "/api/v1/applications/mine?project=default", None).0 != 404 {
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn actions_restart_and_scale_and_drift_is_healed() {
    let fixture = Fixture::start();
    let named = |action: &str, parameters: Value| json!({ "namespace": "search", "resourceName": "search", "version": "v1", "group": "apps", "kind": "Deployment", "action": action, "resourceActionParameters": parameters });
    fixture.sync("search", &json!({}));
    fixture.wait_for("search", "Synced", "Healthy");
    let run = "/api/v1/applications/search/resource/actions/v2";
    assert_eq!(fixture.send("POST", run, Some(&named("restart", json!([])))), (200, json!({})));
    fixture.wait_for_event("search", "Updated health status: Healthy -> Progressing");
    fixture.wait_for("search", "Synced", "Healthy");
    assert_eq!(
        fixture.send("POST", run, Some(&named("scale", json!([{ "name": "replicas", "value": "5" }])))),
        (200, json!({}))
    );
    fixture.wait_for("search", "OutOfSync", "Healthy");
    let pods = fixture.get("/api/v1/applications/search/resource-tree")["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["kind"] == "Pod")
        .count();
    assert_eq!(pods, 5);
    let cart = "namespace=cart&resourceName=cart&version=v1&group=apps&kind=Deployment";
    let (status, _) =
        fixture.send("POST", &format!("/api/v1/applications/cart/resource/actions?{cart}"), Some(&json!("pause")));
    assert_eq!(status, 200);
    fixture.wait("cart", |app| app["status"]["health"]["status"] == "Suspended");
    let scale = json!({ "namespace": "gateway", "resourceName": "gateway", "version": "v1", "group": "apps", "kind": "Deployment", "action": "scale", "resourceActionParameters": [{ "name": "replicas", "value": "4" }] });
    assert_eq!(fixture.send("POST", "/api/v1/applications/gateway/resource/actions/v2", Some(&scale)).0, 200);
    fixture.wait_for_event("gateway", "Updated sync status: Synced -> OutOfSync");
    fixture.wait_for("gateway", "Synced", "Healthy");
}

#[test]
fn an_application_set_writes_its_template_over_what_it_generates() {
    let fixture = Fixture::start();
    let mut application = fixture.application("storefront-de");
    let template = application["spec"]["source"].clone();
    application["spec"]["source"]["targetRevision"] = json!("848b4e4");
    let _ = fixture.send("PUT", "/api/v1/applications/storefront-de", Some(&application));
    fixture.wait("storefront-de", |app| app["spec"]["source"] == template);
}
