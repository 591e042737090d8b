//! Facts that a short answer must not lose, and none that it must not make up.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    views::said,
};

/// The text of a live manifest.
fn live(manifest: Value) -> String {
    let tree = json!({ "nodes": [{ "kind": manifest["kind"], "group": "", "version": "v1", "namespace": "x", "name": "a", "uid": "u" }] });
    let server = Server::start(move |request| match request.path() {
        path if path.ends_with("/resource-tree") => http::json(200, &tree),
        _ => http::json(200, &json!({ "manifest": manifest.to_string() })),
    });
    text(call(&server.url, "get_resources", json!({ "applicationName": "shop" })))
}

#[test]
fn a_default_is_left_out_where_it_is_one_and_nowhere_else() {
    let pod = json!({
        "containers": [{ "name": "app", "image": "app:latest", "imagePullPolicy": "IfNotPresent", "terminationMessagePolicy": "File" }],
        "initContainers": [{ "name": "proxy", "image": "proxy:1", "imagePullPolicy": "IfNotPresent", "restartPolicy": "Always" }],
        "automountServiceAccountToken": true, "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" },
        "spec": { "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } }, "template": { "spec": pod } },
    });
    let shown = live(deployment);
    for kept in ["imagePullPolicy: IfNotPresent", "restartPolicy: Always", "automountServiceAccountToken: true"] {
        assert_eq!(shown.matches(kept).count(), 1, "{kept}\n{shown}");
    }
    for dropped in ["dnsPolicy", "terminationMessagePolicy", "maxSurge", "strategy"] {
        assert!(!shown.contains(dropped), "{dropped}\n{shown}");
    }
    for (manifest, kept) in [
        (
            json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": { "maxUnavailable": "25%" } }),
            "maxUnavailable: 25%",
        ),
        (
            json!({ "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "webhooks": [{ "timeoutSeconds": 1 }] }),
            "timeoutSeconds: 1",
        ),
        (
            json!({ "apiVersion": "apps/v1", "kind": "DaemonSet", "spec": { "updateStrategy": { "rollingUpdate": { "maxUnavailable": "25%" } } } }),
            "maxUnavailable: 25%",
        ),
        (
            json!({ "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "spec": { "ports": [{ "protocol": "TCP" }] } }),
            "protocol: TCP",
        ),
        (
            json!({ "apiVersion": "serving.knative.dev/v1", "kind": "Service", "spec": { "sessionAffinity": "None" } }),
            "sessionAffinity: None",
        ),
        (
            json!({ "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "generation": 5 }, "status": { "observedGeneration": 4 } }),
            "observedGeneration: 4",
        ),
    ] {
        let shown = live(manifest);
        assert!(shown.contains(kept), "{kept}\n{shown}");
    }
    let seen = live(
        json!({ "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "generation": 5 }, "status": { "observedGeneration": 5 } }),
    );
    assert!(!seen.to_lowercase().contains("generation"), "{seen}");
}

#[test]
fn a_replica_set_that_cannot_make_more_pods_says_why() {
    let node = |kind: &str, name: &str, parent: Option<&str>, status: &str, message: &str| {
        json!({ "group": "apps", "kind": kind, "namespace": "x", "name": name, "uid": name, "resourceVersion": "1", "health": { "status": status, "message": message },
            "parentRefs": parent.map(|uid| json!([{ "uid": uid }])) })
    };
    let tree = json!({ "nodes": [
        node("Deployment", "web", None, "Progressing", "Waiting for rollout to finish: 2 of 5 updated replicas are available..."),
        node("ReplicaSet", "web-1", Some("web"), "Degraded", "pods \"web-1\" is forbidden: exceeded quota: compute"),
        node("Pod", "web-1-a", Some("web-1"), "Healthy", ""),
    ] });
    let shown = said("get_application_resource_tree", json!({ "applicationName": "shop" }), tree);
    assert!(shown.contains("ReplicaSet web-1: Degraded: pods \"web-1\" is forbidden: exceeded quota"), "{shown}");
    assert!(shown.contains("2 not well;") || shown.contains("2 not well\n"), "{shown}");
}

#[test]
fn kinds_that_share_a_name_are_told_apart_and_meant_as_kubectl_does() {
    let node = |group: &str, health: &str| json!({ "group": group, "kind": "Service", "namespace": "x", "name": "foo", "uid": group, "resourceVersion": "1", "health": { "status": health } });
    let tree = json!({ "nodes": [node("", "Healthy"), node("serving.knative.dev", "Degraded")] });
    let shown = said("get_application_resource_tree", json!({ "applicationName": "shop" }), tree.clone());
    assert!(shown.contains("Service.serving.knative.dev x/foo: Degraded"), "{shown}");
    let one = said(
        "get_application_resource_tree",
        json!({ "applicationName": "shop", "kind": "Service.serving.knative.dev" }),
        tree.clone(),
    );
    assert!(one.starts_with("1 of 2 resources\nService.serving.knative.dev x/foo"), "{one}");
    for kind in ["svc", "services", "service", "Service"] {
        let shown =
            said("get_application_resource_tree", json!({ "applicationName": "shop", "kind": kind }), tree.clone());
        assert!(shown.starts_with("2 of 2 resources"), "{kind}: {shown}");
    }
}

#[test]
fn an_application_tells_what_was_asked_for_and_what_it_waits_for() {
    let application = json!({
        "metadata": { "name": "shop", "namespace": "argocd", "deletionTimestamp": "2026-11-22T19:56:49Z", "finalizers": ["resources-finalizer.argocd.argoproj.io", "acme.example/backup"] },
        "operation": { "sync": { "revision": "d".repeat(40), "prune": true, "dryRun": true } },
        "spec": {
            "project": "p", "source": { "repoURL": "https://git.example/a.git", "path": "a", "helm": { "valueFiles": ["prod.yaml"], "parameters": [{ "name": "image.tag", "value": "1" }, { "name": "image.registry" }, { "name": "env[0].name", "value": "DB_PASSWORD" }, { "name": "env[0].value", "value": "Hunter3" }, { "name": "db.password", "value": "correct horse {hunter2" }] } },
            "ignoreDifferences": [{ "group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"] }],
            "syncPolicy": { "automated": { "enabled": false, "prune": true } },
        },
        "status": {
            "sync": { "status": "OutOfSync", "revision": "e".repeat(40) }, "health": { "status": "Healthy" },
            "resources": [{ "kind": "Service", "group": "serving.knative.dev", "namespace": "x", "name": "foo", "status": "OutOfSync" }],
            "operationState": { "phase": "Failed", "startedAt": "2026-11-22T21:26:49Z", "message": "no", "operation": { "initiatedBy": { "username": "bob" }, "sync": { "revision": "d".repeat(40), "syncStrategy": { "hook": { "force": true } } } } },
        },
    });
    let shown = said("get_application", json!({ "applicationName": "shop" }), application);
    for fact in [
        "being deleted since 2h3m, waiting for finalizers resources-finalizer.argocd.argoproj.io, acme.example/backup",
        "requested: sync to ddddddd, dry run, with pruning, not finished yet",
        "Failed 33m ago, sync to ddddddd, forced, by bob: no",
        "Service.serving.knative.dev x/foo: OutOfSync",
        "overrides: helm valueFiles=prod.yaml image.tag=1 image.registry= env[0].name=DB_PASSWORD env[0].value=\u{ab}masked",
        "Deployment: /spec/replicas",
        "sync policy: manual, auto off",
    ] {
        assert!(shown.contains(fact), "{fact}\n{shown}");
    }
    assert!(!shown.contains("hunter2") && !shown.contains("horse") && !shown.contains("Hunter3"), "{shown}");
}

#[test]
fn lists_tell_what_is_being_deleted_and_find_a_repository_in_any_of_its_forms() {
    let with_port = json!({ "items": [{ "metadata": { "name": "a" }, "spec": { "source": { "repoURL": "http://127.0.0.1:9080/shop.git" } } }] });
    for repo in ["127.0.0.1:9080", "127.0.0.1:9080/shop", "*:9080*", "http://127.0.0.1:9080/shop"] {
        let shown = said("list_applications", json!({ "repo": repo }), with_port.clone());
        assert!(shown.starts_with("1 application"), "{repo}: {shown}");
    }
    let shown = said("list_applications", json!({ "repo": "ssh://git@" }), with_port);
    assert!(shown.starts_with("0 of 1 "), "{shown}");
    let item = |name: &str, more: Value| {
        let mut item = json!({ "metadata": { "name": name, "namespace": "argocd" }, "spec": { "source": { "repoURL": "git@github.com:org/values.git" } }, "status": { "health": { "status": "Healthy" } } });
        item["metadata"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let list =
        json!({ "items": [item("a", json!({})), item("b", json!({ "deletionTimestamp": "2026-11-22T19:56:49Z" }))] });
    let shown = said("list_applications", json!({}), list.clone());
    assert!(shown.contains("being deleted since 2h3m"), "{shown}");
    for repo in [
        "https://github.com/org/values",
        "ssh://git@github.com/org/values.git",
        "org/values",
        "github.com/*/values",
        "git@github.com:org/values",
    ] {
        let shown = said("list_applications", json!({ "repo": repo }), list.clone());
        assert!(shown.starts_with("2 applications"), "{repo}: {shown}");
    }
}

#[test]
fn one_large_manifest_does_not_cost_the_others() {
    let node = |name: &str| json!({ "kind": "ConfigMap", "group": "", "version": "v1", "namespace": "x", "name": name, "uid": name });
    let tree = json!({ "nodes": [node("a"), node("b"), node("c")] });
    let server = Server::start(move |request| match request.path() {
        path if path.ends_with("/resource-tree") => http::json(200, &tree),
        _ => {
            let large = request.target.contains("resourceName=a");
            let data = if large { "x".repeat(30_000) } else { "small".to_owned() };
            http::json(200, &json!({ "manifest": json!({ "kind": "ConfigMap", "data": { "d": data } }).to_string() }))
        }
    });
    let shown = text(call(&server.url, "get_resources", json!({ "applicationName": "shop", "kind": "cm" })));
    assert_eq!(shown.matches("d: small").count(), 2, "{shown}");
    assert!(shown.contains("# left out, as maxBytes = 20000: ConfigMap x/a (30"), "{shown}");
}

#[test]
fn a_misspelt_switch_is_told_although_it_is_empty() {
    let not_taken = |wanted: Value, object: Value| argocd_mcp::view::changes::not_taken(&wanted, &object);
    let wanted = |key: &str| json!({ "metadata": { "labels": {} }, "spec": { "source": { "helm": {} }, "syncPolicy": { key: {} } } });
    for kept in [json!({}), json!({ "spec": { "syncPolicy": {} } })] {
        assert_eq!(not_taken(wanted("automatd"), kept), ["spec.syncPolicy.automatd"]);
    }
    let off = json!({ "spec": { "syncPolicy": { "automated": { "enabled": false } } } });
    let on = json!({ "spec": { "syncPolicy": { "automated": { "prune": true } } } });
    assert_eq!(not_taken(off, on), ["spec.syncPolicy.automated.enabled"], "before 3.1 there is no such switch");
    let taken = json!({ "spec": { "syncPolicy": { "automated": {} } } });
    assert!(not_taken(wanted("automated"), taken).is_empty());
}

#[test]
fn an_application_says_what_holds_its_syncs_up() {
    let server = |status: &str, windows: Value| {
        let application = json!({ "metadata": { "name": "shop", "namespace": "argocd" }, "spec": { "project": "p" }, "status": { "sync": { "status": status } } });
        Server::start(move |request| match request.path() {
            path if path.ends_with("/syncwindows") && windows.is_null() => {
                http::json(403, &json!({ "error": "permission denied", "code": 7, "message": "permission denied" }))
            }
            path if path.ends_with("/syncwindows") => http::json(200, &windows),
            _ => http::json(200, &application),
        })
    };
    let ask = |server: &Server| text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    let window = |kind: &str| json!([{ "kind": kind, "schedule": "0 6 * * *", "duration": "10h" }]);
    for (windows, said) in [
        (
            json!({ "activeWindows": window("deny"), "assignedWindows": window("deny"), "canSync": false }),
            Some("syncs: denied now by 0 6 * * * for 10h; a manual one is denied, too"),
        ),
        (
            json!({ "activeWindows": window("deny"), "assignedWindows": window("deny"), "canSync": true }),
            Some("syncs: denied now by 0 6 * * * for 10h; a manual one is possible"),
        ),
        (
            json!({ "assignedWindows": window("allow"), "canSync": false }),
            Some(
                "syncs: only allowed 0 6 * * * for 10h (get_appproject tells the time zone); a manual one is denied, too",
            ),
        ),
        (json!({ "activeWindows": window("allow"), "assignedWindows": window("allow"), "canSync": true }), None),
        (json!({ "canSync": true }), None),
        (
            Value::Null,
            Some(
                "syncs: whether a sync window holds them up could not be read: Argo CD answered 403: permission denied",
            ),
        ),
    ] {
        let shown = ask(&server("OutOfSync", windows.clone()));
        assert_eq!(shown.lines().find(|line| line.starts_with("syncs:")), said, "{windows}\n{shown}");
        assert!(shown.starts_with("shop in project p"), "{shown}");
    }
    for (status, requests) in [("Synced", 2), ("Unknown", 2), ("", 1)] {
        let server = server(status, json!({}));
        ask(&server);
        assert_eq!(server.requests().len(), requests, "what was never compared is not held up: {status}");
    }
}

#[test]
fn the_error_of_one_resource_among_several_is_masked_on_one_line() {
    let server = Server::start(|request| match request.path() {
        path if path.ends_with("/resource") => http::json(
            500,
            &json!({ "error": "x", "code": 13, "message": "denied ghp_abcdefghij0123456789ABCDEFGHabcdefgh a\u{200b}gent-token-of-mine\nsecond" }),
        ),
        _ => http::json(
            200,
            &json!({ "nodes": [
            { "kind": "Pod", "group": "", "version": "v1", "namespace": "x", "name": "a", "uid": "a" },
            { "kind": "Pod", "group": "", "version": "v1", "namespace": "x", "name": "b", "uid": "b" },
        ] }),
        ),
    });
    let shown = text(call(&server.url, "get_resources", json!({ "applicationName": "shop", "kind": "po" })));
    assert!(!shown.contains("ghp_") && !shown.contains("\nsecond") && shown.contains("\n- Pod x/a: "), "{shown}");
}
