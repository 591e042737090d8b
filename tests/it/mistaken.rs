//! What would change the wrong thing, or something nobody asked for, is noticed before or said after.

use serde_json::{Value, json};

use crate::{
    harness::{call, client_has, text},
    http::{self, Request, Server, Step},
    writes::refused,
};

fn last(request: &Request) -> &str {
    request.path().rsplit('/').next().unwrap()
}

/// Version, an application in a namespace of its own, and `{}` for everything else.
fn argo_cd(request: &Request) -> Vec<Step> {
    match (request.method.as_str(), last(request)) {
        ("GET", "version") => http::json(200, &json!({ "Version": "v3.5.1" })),
        ("GET", "reports") => http::json(200, &application()),
        ("PUT", _) => http::json(200, &serde_json::from_str(&request.body).unwrap()),
        _ => http::json(200, &json!({})),
    }
}

fn application() -> Value {
    json!({
        "metadata": { "name": "reports", "namespace": "team-data", "labels": { "team": "data" } },
        "spec": { "project": "data", "source": { "repoURL": "https://git.example.com/a", "targetRevision": "v1" } },
    })
}

#[test]
fn an_update_is_of_the_application_that_was_read() {
    for metadata in [json!({ "namespace": null }), json!({ "namespace": "" }), json!({ "name": null }), json!({})] {
        let server = Server::start(argo_cd);
        let patch = json!({ "metadata": metadata, "spec": { "source": { "targetRevision": "v2" } } });
        let arguments = json!({ "applicationName": "team-data/reports", "application": patch });
        let said = text(call(&server.url, "update_application", arguments));
        assert!(said.contains("spec.source.targetRevision: v1 → v2"), "{said}");
        let put = server.requests().into_iter().find(|request| request.method == "PUT").unwrap();
        let mut wanted = application();
        wanted["spec"]["source"]["targetRevision"] = json!("v2");
        assert_eq!(serde_json::from_str::<Value>(&put.body).unwrap(), wanted, "{metadata}");
    }
    let server = Server::start(argo_cd);
    let arguments = json!({ "applicationName": "team-data/reports", "application": { "metadata": null } });
    let said = text(call(&server.url, "update_application", arguments));
    assert!(said.contains("`application.metadata` is null; it must be an object"), "{said}");
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn parameters_reach_a_server_that_does_not_tell_its_release() {
    if !client_has("3.1") {
        return;
    }
    for version in [http::json(500, &json!({})), http::json(200, &json!({ "Version": "latest" }))] {
        let server = Server::start(move |request| match (request.method.as_str(), last(request)) {
            ("GET", "version") => version.clone(),
            ("GET", "actions") => {
                http::json(200, &json!({ "actions": [{ "name": "scale", "params": [{ "name": "replicas" }] }] }))
            }
            _ => http::json(200, &json!({})),
        });
        let resource = json!({ "kind": "Deployment", "name": "a", "namespace": "b", "group": "apps", "version": "v1" });
        let mut arguments = json!({ "applicationName": "shop", "resourceRef": resource, "action": "scale", "parameters": { "replicas": 3 } });
        let run = |arguments: &Value| {
            text(call(&server.url, "run_resource_action", arguments.clone()));
            server.take_requests().into_iter().find(|request| request.method == "POST").unwrap()
        };
        let sent = run(&arguments);
        assert_eq!(last(&sent), "v2");
        assert!(sent.body.contains(r#"[{"name":"replicas","value":"3"}]"#), "{}", sent.body);
        arguments.as_object_mut().unwrap().remove("parameters");
        assert_eq!(last(&run(&arguments)), "actions", "every release knows that one");
    }
}

#[test]
fn an_empty_switch_of_a_write_is_no_switch() {
    for (tool, argument, value, wanted) in [
        ("sync_application", "dryRun", "", "true or false"),
        ("sync_application", "prune", " ", "true or false"),
        ("sync_application", "resources", "", "a list"),
        ("delete_application", "cascade", "", "true or false"),
    ] {
        let said = refused(tool, json!({ "applicationName": "shop", argument: value }));
        assert!(said.contains(&format!("`{argument}` is empty; it must be {wanted}")), "{said}");
    }
}

#[test]
fn an_answer_that_is_none_is_not_taken_for_an_empty_one() {
    for (status, body, said) in [
        (200, "", "an empty answer"),
        (200, "null", "Argo CD's answer is null"),
        (200, "[]", "Argo CD's answer is a list"),
        (200, r#"{"nodes":[{"kind":"Pod"#, "an answer that is cut short"),
        (200, r#"{"error":{"message":"permission denied"}}"#, "Argo CD answered with an error: permission denied"),
    ] {
        let of = http::answer(status, "application/json", body.as_bytes());
        let server = Server::start(move |request| match last(request) {
            "resource-tree" | "actions" => of.clone(),
            _ => argo_cd(request),
        });
        let complete = json!({ "kind": "Pod", "name": "a", "namespace": "b", "group": "", "version": "v1" });
        for (tool, resource) in [
            ("get_application_workload_logs", json!({ "resourceRef": "Pod/a" })),
            ("get_resources", json!({ "resourceRefs": ["Pod/a"] })),
            ("get_resources", json!({ "kind": "Pod" })),
            ("run_resource_action", json!({ "resourceRef": complete, "action": "restart" })),
        ] {
            let mut arguments = resource;
            arguments["applicationName"] = json!("reports");
            let answer = text(call(&server.url, tool, arguments));
            assert!(answer.contains(said), "{tool}, {body}: {answer}");
        }
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
    let server = Server::start(|request| match request.method.as_str() {
        "DELETE" => http::json(200, &json!({ "error": "no", "message": "no" })),
        _ => argo_cd(request),
    });
    let said = text(call(&server.url, "delete_application", json!({ "applicationName": "team-data/reports" })));
    assert!(said.starts_with("[error") && said.contains("Argo CD answered with an error: no"), "{said}");
}

#[test]
fn what_was_asked_for_may_be_why_there_is_nothing() {
    let server = Server::start(|request| match last(request) {
        "version" => argo_cd(request),
        _ => http::json(200, &json!({ "metadata": {}, "items": null })),
    });
    let said = |arguments: Value| text(call(&server.url, "list_applications", arguments));
    let rights = "If there should be some, the token's account may lack the right applications, get.";
    assert_eq!(
        said(json!({ "projects": ["nonsense"] })).lines().skip(1).take(2).collect::<Vec<_>>(),
        [
            "Nothing that the token may see fits projects=nonsense; Argo CD filters by it and does not tell what else there is.",
            rights
        ]
    );
    assert!(!said(json!({ "search": "nonsense" })).contains("Nothing that"), "Argo CD is not asked by it");
    assert!(!said(json!({})).contains("Nothing that") && said(json!({})).contains(rights));
}

#[test]
fn a_dry_run_shows_what_it_would_have_done() {
    // As sync_context.go of Argo CD leaves it.
    let result = |name: &str, message: &str| json!({ "kind": "ConfigMap", "namespace": "shop", "name": name, "status": "Synced", "message": message });
    let server = Server::start(move |request| {
        let mut shown = application();
        shown["status"] = json!({ "operationState": {
            "phase": "Succeeded", "message": "successfully synced (all tasks run)",
            "operation": { "sync": { "dryRun": true, "prune": true } },
            "syncResult": { "resources": [
                result("a", "configmap/a created (dry run)"),
                result("b", "configmap/b unchanged (dry run)"),
                result("c", "pruned (dry run)"),
                result("d", "configmap/d serverside-applied (server dry run)"),
            ] },
        } });
        if last(request) == "reports" { http::json(200, &shown) } else { argo_cd(request) }
    });
    let said = text(call(&server.url, "get_application", json!({ "applicationName": "team-data/reports" })));
    assert!(
        said.contains("dry run would have, unless the cluster refuses it (3 of 4):\n  ConfigMap shop/c: pruned (dry run)\n  ConfigMap shop/a: configmap/a created (dry run)\n"),
        "{said}"
    );
}

#[test]
fn a_kind_that_is_not_there_is_answered_with_those_that_are() {
    let server = Server::start(|request| match last(request) {
        "resource-tree" => http::json(
            200,
            &json!({ "nodes": [{ "kind": "Deployment", "name": "a" }, { "kind": "Service", "name": "a" }] }),
        ),
        _ => argo_cd(request),
    });
    let arguments = json!({ "applicationName": "reports", "kind": "deployer" });
    let said = text(call(&server.url, "get_application_resource_tree", arguments));
    assert_eq!(said, "0 of 2 resources\nits kinds: Deployment, Service");
}

#[test]
fn an_empty_list_is_no_filter_and_replaces_nothing() {
    let tree = json!({ "nodes": [{ "kind": "Deployment", "name": "a", "namespace": "b", "uid": "1" }] });
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/resource-tree") => http::json(200, &tree),
        _ => http::json(200, &json!({ "metadata": { "name": "shop" }, "spec": {}, "operation": { "sync": {} } })),
    });
    let ask = |tool: &str, arguments: Value| text(call(&server.url, tool, arguments));
    let shown = ask("get_application_resource_tree", json!({ "applicationName": "shop", "health": [] }));
    assert!(shown.starts_with("1 resource, all well"), "{shown}");
    ask("sync_application", json!({ "applicationName": "shop", "syncOptions": [] }));
    let synced = server.requests().into_iter().find(|request| request.method == "POST").unwrap();
    assert!(!synced.body.contains("syncOptions"), "{}", synced.body);
    let refused = ask("sync_application", json!({ "applicationName": "shop", "resources": [] }));
    assert!(refused.starts_with("[error: Arguments]"), "{refused}");
    // Whoever must give every field gives empty ones.
    for (namespace, group) in [("", ""), ("b", ""), ("", "apps")] {
        let reference = json!({ "kind": "Deployment", "name": "a", "namespace": namespace, "group": group });
        let before = server.requests().len();
        ask("get_resource_actions", json!({ "applicationName": "shop", "resourceRef": reference }));
        assert!(server.requests()[before..].iter().any(|request| request.path().ends_with("/resource-tree")));
    }
}
