//! What the reading tools say of answers that were not recorded.

use serde_json::{Value, json};

use crate::{
    harness::{call, client_has, text},
    http::{self, Server},
};

/// What a tool says of an answer.
pub fn said(tool: &str, arguments: Value, answer: Value) -> String {
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(200, &answer),
    });
    text(call(&server.url, tool, arguments))
}

fn event(reason: &str, message: &str, more: Value) -> Value {
    let mut event = json!({
        "type": "Normal", "reason": reason, "message": message, "lastTimestamp": "2026-11-22T21:50:00Z",
        "involvedObject": { "kind": "Application", "name": "shop" },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[test]
fn events_are_folded_only_where_they_say_the_same() {
    let started = |who: &str, pair: &str| format!("{who} initiated sync to main ({})", pair.repeat(20));
    let later = json!({ "lastTimestamp": "2026-11-22T21:55:00Z" });
    let answer = json!({ "items": [
        event("ResourceActionRan", "agent ran action restart on resource apps/Deployment/web", json!({ "count": 2 })),
        event("ResourceActionRan", "agent ran action scale on resource apps/Deployment/web", json!({})),
        event("ResourceActionRan", "admin ran action scale on resource apps/Deployment/web", later.clone()),
        event("OperationStarted", &started("admin", "0a"), json!({})),
        event("OperationStarted", &started("admin", "1b"), later.clone()),
        event("OperationStarted", &started("ci", "1b"), json!({})),
        event("ResourceUpdated", "Updated sync status: Synced -> OutOfSync", json!({})),
        event("ResourceUpdated", "Updated sync status: OutOfSync -> Synced", later),
        event("ResourceUpdated", "Updated health status: Healthy -> Progressing", json!({})),
        event("Deleted", "agent deleted resource /Pod 'db-0'", json!({})),
        event("Deleted", "agent deleted resource /Pod 'db-1'", json!({})),
    ] });
    let shown = said("get_application_events", json!({ "applicationName": "shop" }), answer.clone());
    assert!(shown.starts_with("11 events, folded to 9\n"), "{shown}");
    for line in [
        "ResourceActionRan \u{d7}2 10m ago: agent ran action restart",
        "ResourceActionRan 10m ago: agent ran action scale",
        "ResourceActionRan 5m ago: admin ran action scale",
        "OperationStarted \u{d7}2 5m ago, latest: admin initiated sync to main (1b1b1b1)",
        "OperationStarted 10m ago: ci initiated sync to main (1b1b1b1)",
        "ResourceUpdated \u{d7}2 5m ago, latest: Updated sync status: OutOfSync -> Synced",
        "ResourceUpdated 10m ago: Updated health status: Healthy -> Progressing",
        "Deleted 10m ago: agent deleted resource /Pod 'db-0'",
        "Deleted 10m ago: agent deleted resource /Pod 'db-1'",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let whole = said("get_application_events", json!({ "applicationName": "shop", "output": "json" }), answer);
    assert_eq!(whole.matches("\"message\"").count(), 11, "{whole}");
}

/// A ReplicaSet that may make no pods tries each time with another name.
#[test]
fn generated_names_do_not_keep_events_apart() {
    let refused = |name: &str| {
        let message = format!("Error creating: pods \"{name}\" is forbidden: exceeded quota: small");
        event("FailedCreate", &message, json!({}))
    };
    let names = ["web-7d9f-x7k2p", "web-7d9f-bbbbb", "web-7d9f-29xqz", "web-7d9f-front", "api-7d9f-x7k2p"];
    let arguments = json!({ "applicationName": "shop", "resourceName": "web", "resourceKind": "ReplicaSet", "resourceNamespace": "shop", "resourceUID": "1" });
    let shown = said("get_resource_events", arguments, json!({ "items": names.map(refused) }));
    assert!(shown.starts_with("5 events, folded to 3\n"), "{shown}");
    assert!(shown.contains("FailedCreate \u{d7}3 10m ago, latest: Error creating: pods \"web-7d9f-29xqz\""), "{shown}");
}

#[test]
fn a_series_of_an_event_is_counted() {
    let answer = json!({ "items": [event("BackOff", "restarting", json!({ "count": 0, "series": { "count": 95 } }))] });
    let arguments = json!({ "applicationName": "shop", "resourceName": "web", "resourceKind": "Pod", "resourceNamespace": "shop", "resourceUID": "1" });
    let shown = said("get_resource_events", arguments, answer);
    assert!(shown.contains("BackOff \u{d7}95 10m ago"), "{shown}");
}

#[test]
fn a_project_says_everything_it_restricts() {
    if !client_has("3.3") {
        return;
    }
    let answer = json!({ "metadata": { "name": "team-a" }, "spec": {
        "clusterResourceWhitelist": [{ "kind": "Namespace", "name": "team-*" }, { "group": "*", "kind": "*" }],
        "syncWindows": [
            { "kind": "deny", "schedule": "0 22 * * *", "duration": "1h", "description": "backups", "andOperator": true, "namespaces": ["a"] },
            { "kind": "allow", "schedule": "0 8 * * *", "duration": "9h", "timeZone": "Europe/Berlin" },
        ],
        "destinationServiceAccounts": [{ "server": "https://c", "namespace": "a", "defaultServiceAccount": "deployer" }],
        "permitOnlyProjectScopedClusters": true,
        "signatureKeys": [{ "keyID": "4AEE18F83AFDEB23" }],
        "orphanedResources": { "ignore": [{ "kind": "ConfigMap", "name": "left-*" }] },
    } });
    assert_eq!(
        said("get_appproject", json!({ "projectName": "team-a" }), answer),
        "project team-a\n\
         sources: none\n\
         destinations: none\n\
         deployed as (1):\n  https://c/a: deployer\n\
         only clusters of the project: true\n\
         signed by one of: 4AEE18F83AFDEB23\n\
         cluster resources allowed (2):\n  Namespace team-*\n  */*\n\
         sync windows (2):\n\
         \x20 deny 0 22 * * * for 1h (UTC): backups, namespaces a, only where all of these fit: true\n\
         \x20 allow 0 8 * * * for 9h (Europe/Berlin)\n\
         orphaned resources: monitored, warn: false\n\
         orphaned resources ignored (1):\n  ConfigMap left-*"
    );
}

#[test]
fn a_cluster_says_why_it_cannot_be_reached() {
    for (message, kept) in [
        (
            "failed to get cluster info: Get \"https://10.0.0.1:6443/version\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T21:00:00Z is after 2026-01-01T00:00:00Z",
            "x509: certificate has expired or is not yet valid: current time",
        ),
        (
            "failed to load cache: secrets is forbidden: User \"system:serviceaccount:argocd:argocd-manager\" cannot list resource \"secrets\" in API group \"\" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io \"argocd-manager\" not found",
            "Failed: secrets is forbidden: User \"system:serviceaccount:argocd:argocd-manager\" cannot list",
        ),
        (
            "Get \"https://10.0.0.1:6443/version?timeout=32s\": dial tcp 10.0.0.1:6443: connect: connection refused",
            "dial tcp 10.0.0.1:6443: connect: connection refused",
        ),
        (
            "Get \"https://0123456789abcdef.gr7.eu-west-1.eks.amazonaws.com/version?timeout=32s\": getting credentials: exec: executable argocd-k8s-auth failed with exit code 20",
            "Failed: getting credentials: exec: executable argocd-k8s-auth failed with exit code 20",
        ),
        (
            "Get \"https://10.20.30.40:6443/version?timeout=32s\": tls: failed to verify certificate: x509: certificate is valid for kubernetes, kubernetes.default, kubernetes.default.svc, kubernetes.default.svc.cluster.local, not prod.example",
            "… not prod.example",
        ),
        (
            "Get \"https://10.200.30.40:6443/version?timeout=32s\": net/http: http2: client connection lost",
            "http2: client connection lost",
        ),
    ] {
        let answer = json!({ "items": [{ "name": "a", "server": "https://10.0.0.1:6443", "info": { "connectionState": { "status": "Failed", "message": message } } }] });
        let shown = said("list_clusters", json!({}), answer);
        assert!(shown.contains(kept), "{shown}");
    }
}

#[test]
fn a_cluster_that_is_not_monitored_yet_says_so() {
    let info = |status: &str| json!({ "connectionState": { "status": status }, "cacheInfo": {} });
    let cluster = |name: &str, status: &str| json!({ "name": name, "server": "https://a", "info": info(status) });
    let answer = json!({ "items": [cluster("a", ""), cluster("b", "Successful")] });
    let shown = said("list_clusters", json!({}), answer);
    assert!(shown.starts_with("2 clusters; connection 1 Successful, 1 unknown\n"), "{shown}");
    assert!(shown.contains("\tunknown, not monitored yet"), "{shown}");
}

fn hydrated() -> Value {
    json!({
        "metadata": { "name": "shop" },
        "spec": { "project": "p", "destination": { "server": "https://kubernetes.default.svc", "namespace": "shop" }, "sourceHydrator": {
            "drySource": { "repoURL": "https://git.example/org/shop.git", "path": "charts", "targetRevision": "main" },
            "syncSource": { "targetBranch": "env/prod", "path": "shop" },
        } },
    })
}

#[test]
fn a_hydrated_application_has_a_source() {
    if !client_has("2.14") {
        return;
    }
    let one = said("get_application", json!({ "applicationName": "shop" }), hydrated());
    assert!(one.contains("\nsource: https://git.example/org/shop.git charts@main \u{2192} env/prod shop\n"), "{one}");
    let list = json!({ "items": [hydrated()] });
    let shown = said("list_applications", json!({ "repo": "org/shop" }), list.clone());
    assert!(shown.contains("\torg/shop charts@main \u{2192} env/prod shop\t"), "{shown}");
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(200, &list),
    });
    call(&server.url, "list_applications", json!({})).unwrap();
    let asked = server.requests().last().unwrap().query().into_iter().find(|(name, _)| name == "fields").unwrap().1;
    assert!(asked.split(',').any(|field| field.starts_with("items.spec.sourceHydrator")), "{asked}");
}

#[test]
fn an_application_says_what_left_the_repository_and_what_was_synced_alone() {
    let mut application = hydrated();
    application["status"] = json!({
        "resources": [{ "kind": "ConfigMap", "name": "old", "status": "OutOfSync", "requiresPruning": true }],
        "operationState": { "phase": "Succeeded", "operation": { "sync": { "resources": [{ "kind": "ConfigMap", "name": "a" }, { "kind": "ConfigMap", "name": "b" }] } } },
    });
    let shown = said("get_application", json!({ "applicationName": "shop" }), application);
    assert!(shown.contains("ConfigMap old: OutOfSync, not in the repository\n"), "{shown}");
    assert!(shown.contains("last operation: Succeeded, sync, partial: resources chosen 2"), "{shown}");
}

#[test]
fn filters_of_a_list_take_what_people_write() {
    let list = json!({ "items": [hydrated()] });
    for arguments in [
        json!({ "name": "shop" }),
        json!({ "cluster": "https://kubernetes.default.svc/" }),
        json!({ "health": "Unknown" }),
        json!({ "sync": "Unknown" }),
    ] {
        let shown = said("list_applications", arguments.clone(), list.clone());
        assert!(shown.starts_with("1 application;"), "{arguments}: {shown}");
    }
    assert!(
        said("list_applications", json!({ "health": "Healthy" }), list.clone()).starts_with("0 of 1 application match")
    );
    for bytes in [10, 999, 400_001] {
        let shown = said("list_applications", json!({ "maxBytes": bytes }), list.clone());
        assert!(shown.starts_with("[error: Arguments]") && shown.contains("from 1000 to 400000"), "{shown}");
    }
}
