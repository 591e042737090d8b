//! The product's own tools on the demo: each has something sensible to say.

use serde_json::{Value, json};

use super::Fixture;
use crate::harness;

/// A tool's answer on the demo, now.
fn call(fixture: &Fixture, tool: &str, arguments: Value) -> String {
    let mut app = harness::app(&fixture.base_url, fixture.token());
    app.now = None;
    harness::text(harness::call_app(&app, tool, arguments))
}

#[test]
fn every_kind_of_trouble_is_told() {
    let fixture = Fixture::start();
    for (tool, arguments, said) in [
        ("list_applications", json!({}), "12 applications; health 10 Healthy, 2 Degraded; sync 8 Synced, 4 OutOfSync"),
        ("list_clusters", json!({}), "2 clusters"),
        ("get_appproject", json!({ "projectName": "finance" }), "the books are closed"),
        ("get_application", json!({ "applicationName": "search" }), "exceeded its progress deadline"),
        ("get_application", json!({ "applicationName": "orders" }), "must be between 1 and 65535"),
        ("get_application", json!({ "applicationName": "team-data/reports" }), "all resources green"),
        ("get_application", json!({ "applicationName": "reports" }), "team-data/reports"),
        ("get_application", json!({ "applicationName": "storefront-de" }), "ApplicationSet storefronts"),
        ("get_application_resource_tree", json!({ "applicationName": "payments" }), "CrashLoopBackOff"),
        ("get_application_resource_tree", json!({ "applicationName": "search" }), "ImagePullBackOff"),
        (
            "get_application_managed_resources",
            json!({ "applicationName": "catalog" }),
            "prune ConfigMap catalog/catalog-legacy-flags",
        ),
        ("get_application_managed_resources", json!({ "applicationName": "catalog" }), "spec.replicas 5"),
        (
            "get_application_workload_logs",
            json!({ "applicationName": "payments", "resourceRef": "Deployment/payments", "previous": true }),
            "is not a duration",
        ),
        ("get_application_events", json!({ "applicationName": "orders" }), "Warning OperationCompleted"),
        (
            "get_resource_events",
            json!({ "applicationName": "search", "resourceName": "search", "resourceKind": "Deployment" }),
            "Scaled up replica set",
        ),
        (
            "get_resources",
            json!({ "applicationName": "payments", "resourceRefs": ["Secret/payments-credentials"] }),
            "api-key: ++++++++",
        ),
        (
            "get_resource_actions",
            json!({ "applicationName": "cart", "resourceRef": "Deployment/cart" }),
            "scale, parameters replicas",
        ),
        (
            "get_resource_actions",
            json!({ "applicationName": "team-data/reports", "resourceRef": "CronJob/reports-nightly" }),
            "create-job",
        ),
        ("sync_application", json!({ "applicationName": "ledger" }), "sync window"),
    ] {
        let answer = call(&fixture, tool, arguments.clone());
        assert!(answer.contains(said), "{tool} {arguments}: {answer}");
    }
}
