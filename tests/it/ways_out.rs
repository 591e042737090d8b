//! Who asked in vain, or for too much, reads what there is instead and which argument helps.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    replay::Replay,
};

#[test]
fn a_list_in_which_nothing_matches_tells_what_there_is() {
    let replay = Replay::of("v3.5.1", &["version", "applications.list"]);
    let list = |arguments: Value| text(call(replay.url(), "list_applications", arguments));
    let one = list(json!({ "search": "argocd/checkout" }));
    assert!(one.starts_with("1 of 29 applications match"), "{one}");
    let typo = list(json!({ "search": "chekcout" }));
    assert!(typo.ends_with("search: did you mean checkout?"), "{typo}");
    let cluster = list(json!({ "cluster": "stagin", "health": ["Healthy"] }));
    assert!(cluster.contains("cluster is one of: in-cluster ("), "{cluster}");
    assert!(!cluster.contains("health is"), "some are healthy: {cluster}");
    let search = list(json!({ "cluster": "in-cluster", "search": "zzzz" }));
    assert!(search.contains("\nsearch is one of: ") && search.ends_with(", 17 more"), "{search}");
    assert!(!search.contains("cluster is"), "there is such a cluster: {search}");
    for (arguments, said) in [
        (json!({ "repo": "foo" }), "\nrepo is one of: "),
        (json!({ "health": ["Unknown"], "sync": ["Synced"] }), "\nhealth is one of: "),
        (
            json!({ "health": ["Degraded"], "search": "checkout" }),
            "\nThere are some for each of search, health, but none ",
        ),
    ] {
        let answer = list(arguments.clone());
        assert!(answer.starts_with("0 of 29 applications match\n") && answer.contains(said), "{arguments}: {answer}");
    }
    let json: Value = serde_json::from_str(&list(json!({ "cluster": "stagin", "output": "json" }))).unwrap();
    assert_eq!((&json["total"], &json["of"]), (&json!(0), &json!(29)));
    assert!(json["note"].as_str().unwrap().starts_with("cluster is one of: "), "{json}");
}

#[test]
fn a_tree_in_which_nothing_matches_tells_what_there_is() {
    let replay = Replay::of("v3.5.1", &["payloads/estate.resource-tree"]);
    let tree = |mut arguments: Value| {
        arguments["applicationName"] = json!("estate");
        text(call(replay.url(), "get_application_resource_tree", arguments))
    };
    assert_eq!(tree(json!({ "namespace": "other" })), "0 of 178 resources\nits namespaces: estate");
    assert_eq!(tree(json!({ "name": "ORDERS" })), tree(json!({ "name": "orders" })));
    let health = tree(json!({ "health": ["Suspended"], "namespace": "estate" }));
    assert!(health.starts_with("0 of 178 resources\nits health: ") && !health.contains("its namespaces"), "{health}");
    let names = tree(json!({ "name": "zzzz" }));
    assert!(names.starts_with("0 of 178 resources\nits names: ") && names.ends_with(" more"), "{names}");
    let both = tree(json!({ "kind": "Service", "health": ["Degraded"] }));
    assert_eq!(both, "0 of 178 resources\nThere are some for each of kind, health, but none that fits all of them.");
    let json: Value = serde_json::from_str(&tree(json!({ "health": ["Suspended"], "output": "json" }))).unwrap();
    assert!(json["note"].as_str().unwrap().starts_with("its health: "), "{json}");
}

#[test]
fn only_arguments_that_work_are_said_to_help() {
    let replay = Replay::of("v3.5.1", &["version", "payloads/list.many.raw", "payloads/list.many.fields"]);
    let list = |arguments: Value| text(call(replay.url(), "list_applications", arguments));
    let raw = list(json!({ "output": "raw", "maxBytes": 400_000 }));
    assert!(raw.ends_with("\nNarrow it with projects, selector, or take output=text."), "{raw}");
    let json = list(json!({ "output": "json", "maxBytes": 1000 }));
    assert!(json.contains("Raise maxBytes, or narrow it with search, ") && json.contains(", limit, or take"), "{json}");
}

#[test]
fn a_resource_of_events_may_be_named_as_everywhere() {
    let server = Server::start(|request| {
        let node = |kind: &str, uid: &str| json!({ "kind": kind, "name": "web", "namespace": "shop", "uid": uid });
        http::json(
            200,
            &match request.path().rsplit('/').next().unwrap() {
                "resource-tree" => json!({ "nodes": [node("Service", "s-1"), node("Deployment", "d-1")] }),
                "events" => json!({ "metadata": {}, "items": [] }),
                _ => json!({ "Version": "v3.5.1" }),
            },
        )
    });
    let object = json!({ "kind": "Deployment", "name": "web", "namespace": "shop" });
    for (argument, named) in [
        ("resourceName", json!("Deployment/web")),
        ("resourceName", json!("deployment/web")),
        ("resourceRef", json!("Deployment/web")),
        ("resourceRef", object),
    ] {
        text(call(&server.url, "get_resource_events", json!({ "applicationName": "shop", argument: named })));
    }
    for (name, kind) in [("Deployment/web", "deploy"), ("Deployment/web", "deployments"), ("shop/web", "Deployment")] {
        let arguments = json!({ "applicationName": "shop", "resourceName": name, "resourceKind": kind });
        let said = text(call(&server.url, "get_resource_events", arguments));
        assert!(!said.contains("says"), "{said}");
    }
    let arguments = json!({ "applicationName": "shop", "resourceName": "other/web", "resourceKind": "Deployment" });
    let said = text(call(&server.url, "get_resource_events", arguments));
    assert!(said.contains("has no Deployment other/web"), "{said}");
    let said =
        text(call(&server.url, "get_resource_events", json!({ "applicationName": "shop", "resourceRef": "web" })));
    assert!(said.contains("is ambiguous: Service/web, Deployment/web\n"), "{said}");
    let arguments = json!({ "applicationName": "shop", "resourceName": "web" });
    let said = text(call(&server.url, "get_resource_actions", arguments));
    assert!(said.contains("`resourceRef` is \"web\"; it must be an object with kind and name, or Kind/name"), "{said}");
    let events = server.requests().into_iter().filter(|request| request.path().ends_with("/events"));
    let asked: Vec<String> = events.map(|request| request.line()).collect();
    assert_eq!(asked.len(), 7);
    assert!(asked.iter().all(|line| line.contains("resourceName=web") && line.contains("d-1")), "{asked:?}");
}

#[test]
fn a_resource_of_events_may_be_an_object_like_any_other() {
    let server = Server::start(|request| {
        let role = |namespace: &str| json!({ "group": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader", "namespace": namespace, "uid": namespace });
        if request.query().iter().any(|(key, uid)| key == "resourceUID" && !["a", "b"].contains(&uid.as_str())) {
            let said = "reader not found as part of application shop";
            return http::json(400, &json!({ "error": said, "message": said, "code": 3 }));
        }
        http::json(
            200,
            &match request.path().rsplit('/').next().unwrap() {
                "resource-tree" => json!({ "nodes": [role("a"), role("b")] }),
                "events" => json!({ "metadata": {}, "items": [] }),
                _ => json!({ "Version": "v3.5.1" }),
            },
        )
    });
    let events = |more: Value| {
        let mut arguments = json!({ "applicationName": "shop" });
        arguments.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        text(call(&server.url, "get_resource_events", arguments))
    };
    let said = events(json!({ "resourceName": "Role/reader" }));
    let full = "rbac.authorization.k8s.io:Role:a/reader";
    assert!(said.contains(&format!("is ambiguous: {full}, rbac.authorization.k8s.io:Role:b/reader\n")), "{said}");
    assert!(events(json!({ "resourceName": full })).starts_with("0 events"));
    let object = |more: Value| {
        let mut object =
            json!({ "group": "rbac.authorization.k8s.io", "kind": "Role", "namespace": "b", "name": "reader" });
        object.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        object
    };
    assert!(events(json!({ "resourceName": object(json!({})) })).starts_with("0 events"));
    for whole in [object(json!({ "uid": "b" })), json!(object(json!({ "uid": "b" })).to_string())] {
        assert!(events(json!({ "resourceName": whole })).starts_with("0 events"));
        let last = server.requests().pop().unwrap().line();
        assert!(last.contains("resourceUID=b") && last.contains("resourceNamespace=b"), "{last}");
    }
    let said = events(json!({ "resourceName": object(json!({ "uid": "c" })) }));
    assert!(said.contains("Role b/reader of application `shop` has another uid"), "{said}");
    for (arguments, wrong) in [
        (json!({ "resourceRef": { "name": "reader" } }), "`resourceRef.kind` is missing"),
        (
            json!({ "resourceName": { "kind": ["Role"], "nam": "reader" } }),
            "- `resourceName` has no `nam` (did you mean",
        ),
        (
            json!({ "resourceName": object(json!({})), "resourceKind": "Service" }),
            "`resourceName` says `Role`, but `resourceKind` says `Service`",
        ),
        (
            json!({ "resourceName": "Role/reader", "resourceKind": "Service" }),
            "`resourceName` says `Role`, but `resourceKind` says `Service`",
        ),
    ] {
        let said = events(arguments);
        assert!(said.contains(wrong), "{said}");
    }
}

#[test]
fn a_hook_is_not_to_be_pruned_and_infos_stay_together() {
    let hook = json!({ "kind": "Job", "name": "migrate", "namespace": "shop", "hook": true, "requiresPruning": true, "health": { "status": "Degraded" } });
    let left = json!({ "kind": "ConfigMap", "name": "old", "namespace": "shop", "status": "OutOfSync", "requiresPruning": true });
    let infos =
        json!([{ "name": "Requested through", "value": "argocd-mcp, agent" }, { "name": "Reason", "value": "hotfix" }]);
    let application = json!({
        "metadata": { "name": "shop", "namespace": "argocd" },
        "spec": { "project": "default" },
        "status": {
            "resources": [hook, left],
            "health": { "status": "Degraded" },
            "sync": { "status": "OutOfSync" },
            "operationState": { "phase": "Failed", "startedAt": "2026-01-01T00:00:00Z", "operation": { "info": infos } },
        },
    });
    let server = Server::answering(200, "application/json", &application.to_string());
    let said = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    assert!(said.contains("Job shop/migrate: hook, Degraded\n"), "{said}");
    assert!(said.contains("ConfigMap shop/old: OutOfSync, not in the repository\n"), "{said}");
    assert!(said.contains("(Requested through: argocd-mcp, agent; Reason: hotfix)"), "{said}");
}

#[test]
fn a_sync_tells_that_it_forces_and_retries() {
    let sync = json!({ "syncStrategy": { "hook": { "force": true } }, "revision": "main" });
    let operation = json!({ "sync": sync, "retry": { "limit": 3 } });
    let application = json!({ "metadata": { "name": "shop", "namespace": "argocd" }, "operation": operation });
    let server = Server::answering(200, "application/json", &application.to_string());
    let arguments = json!({ "applicationName": "shop", "force": true, "retry": { "limit": 3 } });
    let said = text(call(&server.url, "sync_application", arguments));
    assert!(said.contains("without pruning; with force; retried 3 times at most"), "{said}");
}

#[test]
fn a_cluster_is_found_by_a_part_of_what_it_is_called() {
    let replay = Replay::of("v3.5.1", &["clusters.list"]);
    let list = |arguments: Value| text(call(replay.url(), "list_clusters", arguments));
    for arguments in [json!({ "server": "kubernetes.default.svc" }), json!({ "name": "in-c" })] {
        let said = list(arguments);
        assert!(said.starts_with("1 of 3 clusters match") && said.contains("https://kubernetes.default.svc"), "{said}");
    }
    let said = list(json!({ "name": "zzz" }));
    assert!(said.starts_with("0 of 3 clusters match\nname is one of: ") && said.contains("in-cluster"), "{said}");
}

#[test]
fn applications_of_the_own_cluster_are_found_by_its_url_too() {
    let application = |name: &str, destination: Value| json!({ "metadata": { "name": name }, "spec": { "destination": destination } });
    let server = json!({ "server": "https://kubernetes.default.svc", "namespace": "shop-a" });
    let name = json!({ "name": "in-cluster", "namespace": "shop-b" });
    let other = json!({ "server": "https://10.0.0.1", "namespace": "web" });
    let items = [application("a", server), application("b", name), application("c", other)];
    let list = |arguments: Value| {
        let body = json!({ "metadata": {}, "items": items }).to_string();
        let server = Server::answering(200, "application/json", &body);
        text(call(&server.url, "list_applications", arguments))
    };
    for arguments in [
        json!({ "cluster": "https://kubernetes.default.svc/" }),
        json!({ "cluster": "in-cluster" }),
        json!({ "namespace": "shop-*" }),
    ] {
        let said = list(arguments.clone());
        assert!(said.starts_with("2 of 3 applications match"), "{arguments}: {said}");
    }
    for arguments in [json!({ "cluster": "https://10.0.0.1" }), json!({ "cluster": "10.0.0.1" })] {
        assert!(list(arguments).starts_with("1 of 3 applications match"));
    }
}

#[test]
fn what_has_no_actions_has_none_later_either() {
    let server = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/resource-tree") => http::json(
            200,
            &json!({ "nodes": [{ "kind": "Service", "namespace": "shop", "name": "web", "uid": "1", "version": "v1" }] }),
        ),
        _ => http::json(200, &json!({})),
    });
    let arguments = json!({ "applicationName": "shop", "resourceRef": "Service/web", "action": "restart" });
    let said = text(call(&server.url, "run_resource_action", arguments));
    assert!(said.contains("has no action `restart`\nResources of its kind have none."), "{said}");
}
