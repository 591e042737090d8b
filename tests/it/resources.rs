//! Resources of an application: half a name is completed from the tree; many are fetched some at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    replay::Replay,
    snapshots::check,
};

fn node(group: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!({ "group": group, "kind": kind, "namespace": namespace, "name": name, "version": "v1", "uid": format!("{kind}-{namespace}-{name}") })
}

/// An application with the nodes; manifests of those whose name does not begin with `bad`.
fn application(nodes: Vec<Value>) -> (Server, Arc<AtomicUsize>) {
    let most = Arc::new(AtomicUsize::new(0));
    let (now, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    let server = Server::start(move |request| {
        if request.path().ends_with("/resource-tree") {
            return http::json(200, &json!({ "nodes": nodes }));
        }
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(20));
        now.fetch_sub(1, Ordering::SeqCst);
        let query = request.query();
        let get =
            |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
        if get("resourceName").starts_with("bad") {
            return http::json(400, &json!({ "error": "refused", "message": "refused", "code": 3 }));
        }
        let manifest = json!({ "kind": get("kind"), "metadata": { "name": get("resourceName"), "namespace": get("namespace"), "managedFields": [{}], "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}" } } });
        http::json(200, &json!({ "manifest": manifest.to_string() }))
    });
    (server, most)
}

#[test]
fn a_resource_may_be_half_named() {
    let (server, _) = application(vec![
        node("", "Service", "shop", "web"),
        node("apps", "Deployment", "shop", "web"),
        node("apps", "Deployment", "shop-canary", "web"),
        node("example.com", "Deployment", "shop", "api"),
        node("apps", "Deployment", "shop", "api"),
        node("rbac.authorization.k8s.io", "ClusterRole", "", "reader"),
    ]);
    let ask = |reference: Value| {
        text(call(&server.url, "get_resources", json!({ "applicationName": "shop", "resourceRefs": reference })))
    };
    let cases = [
        json!([{ "kind": "Service", "name": "web" }]),
        json!({ "kind": "service", "name": "web" }),
        json!("Service/web"),
        json!("apps:Deployment:shop-canary/web"),
        json!("ClusterRole/reader"),
        json!([{ "kind": "Deployment", "name": "web" }]),
        json!([{ "kind": "Deployment", "name": "api", "namespace": "shop" }]),
        json!([{ "kind": "Deployment", "name": "wep" }]),
        json!([{ "kind": "Deployment" }]),
        json!([{ "kind": "Deployment", "nmae": "web" }]),
        json!("web"),
        json!("apps:deployment:shop/web"),
        json!(["Service/web", "Service/wep", "Deployment/web"]),
    ];
    let seen: Vec<String> = cases.into_iter().map(|case| format!("## {case}\n{}", ask(case.clone()))).collect();
    check("resources.half_named", &seen.join("\n\n"));
}

#[test]
fn what_is_wrong_with_a_reference_is_said() {
    let nodes = ["one", "two"].map(|namespace| node("apps", "Deployment", namespace, "shop"));
    let server =
        Server::start(move |request| match (request.method.as_str(), request.path().rsplit('/').next().unwrap()) {
            ("GET", "resource-tree") => http::json(200, &json!({ "nodes": nodes })),
            ("GET", "version") => http::json(200, &json!({ "Version": "v3.5.1" })),
            ("GET", "actions") => {
                http::json(200, &json!({ "actions": [{ "name": "scale", "params": [{ "name": "replicas" }] }] }))
            }
            _ => http::json(
                400,
                &json!({ "error": "invalid number: replicas", "message": "invalid number: replicas", "code": 3 }),
            ),
        });
    let said = |tool: &str, mut arguments: Value| {
        arguments["applicationName"] = json!("shop");
        text(call(&server.url, tool, arguments))
    };
    let of = |namespace: &str| json!({ "kind": "Deployment", "name": "shop", "namespace": namespace });
    let mut stale = of("one");
    stale["uid"] = json!("old");
    for (tool, arguments, wanted) in [
        ("get_resource_actions", json!({ "resourceRef": of("three") }), "Did you mean Deployment one/shop?"),
        (
            "get_resource_actions",
            json!({ "resourceRef": stale }),
            "Deployment one/shop of application `shop` has another uid",
        ),
        (
            "get_resource_events",
            json!({ "resourceName": "shop" }),
            "apps:Deployment:one/shop, apps:Deployment:two/shop\nSay which, written as it stands here.",
        ),
        ("get_resource_actions", json!({ "resourceRef": "Deployment/shop" }), "Say which, written"),
        (
            "get_resources",
            json!({ "kind": "Job", "name": "shop" }),
            "There is Deployment one/shop, of another kind or in",
        ),
        ("get_resources", json!({ "kind": "Deployment", "name": "shup" }), "Did you mean shop?"),
        (
            "run_resource_action",
            json!({ "resourceRef": of("one"), "action": "scale" }),
            "Action scale takes the parameters replicas",
        ),
    ] {
        let answer = said(tool, arguments);
        assert!(answer.contains(wanted), "{tool}: {answer}");
    }
}

#[test]
fn an_application_has_actions_of_its_own() {
    // As in server/application of Argo CD: actions know the application itself, its tree and GetResource do not.
    let server = Server::start(|request| match (request.method.as_str(), request.path().rsplit('/').next().unwrap()) {
        ("GET", "version") => http::json(200, &json!({ "Version": "v3.5.1" })),
        ("GET", "resource-tree") => http::json(200, &json!({ "nodes": [node("", "ConfigMap", "shop", "shop")] })),
        ("GET", "actions") => http::json(200, &json!({ "actions": [{ "name": "toggle-auto-sync" }] })),
        ("POST", _) => http::json(200, &json!({})),
        _ => {
            let why = "Application argoproj.io shop not found as part of application shop";
            http::json(400, &json!({ "error": why, "message": why, "code": 3 }))
        }
    });
    let said = |tool: &str, reference: &str, action: Option<&str>| {
        let mut arguments = json!({ "applicationName": "shop", "resourceRef": reference });
        action.into_iter().for_each(|action| arguments["action"] = action.into());
        text(call(&server.url, tool, arguments))
    };
    assert!(said("get_resource_actions", "Application/shop", None).contains("toggle-auto-sync"));
    let list = server.take_requests().pop().unwrap();
    let query = list.query();
    for pair in [("kind", "Application"), ("group", "argoproj.io"), ("resourceName", "shop"), ("version", "v1alpha1")] {
        assert!(query.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{query:?}");
    }
    assert_eq!(
        said("run_resource_action", "application/shop", Some("toggle-auto-sync")),
        "Action toggle-auto-sync of Application shop done. What it changed could not be read; get_application shows it now."
    );
    let missing = "application `shop` has no Application";
    assert!(said("get_resource_actions", "Application/other", None).contains(missing));
    assert!(said("get_application_workload_logs", "Application/shop", None).contains(missing));
}

#[test]
fn twenty_at_most_five_at_a_time_and_an_error_is_one_items() {
    let nodes = |count: usize| {
        (0..count).map(|index| node("", "ConfigMap", "shop", &format!("map-{index:02}"))).collect::<Vec<_>>()
    };
    let (server, most) = application(nodes(20).into_iter().chain([node("", "Secret", "shop", "bad-one")]).collect());
    let all = json!({ "applicationName": "shop", "kind": "ConfigMap" });
    let shown = text(call(&server.url, "get_resources", all));
    assert_eq!(shown.matches("kind: ConfigMap").count(), 20);
    assert!((2..=5).contains(&most.load(Ordering::SeqCst)), "{most:?} at a time");
    let over = text(call(&server.url, "get_resources", json!({ "applicationName": "shop" })));
    let some = json!({ "applicationName": "shop", "resourceRefs": ["ConfigMap/map-00", "Secret/bad-one", "ConfigMap/map-01"] });
    let part = text(call(&server.url, "get_resources", some.clone()));
    let one = text(call(&server.url, "get_resources", json!({ "applicationName": "shop", "kind": "Secret" })));
    let nothing = text(call(&server.url, "get_resources", json!({ "applicationName": "shop", "kind": "Ingress" })));
    let refs = json!({ "applicationName": "shop", "resourceRefs": ["Secret/bad-one", "ConfigMap/gone"] });
    let failed = text(call(&server.url, "get_resources", refs));
    let mut as_json = some;
    as_json["output"] = json!("json");
    let json = text(call(&server.url, "get_resources", as_json));
    check(
        "resources.errors",
        &format!(
            "## 21\n{over}\n\n## one of three\n{part}\n\n## as JSON\n{json}\n\n## the only one\n{one}\n\n## none\n{nothing}\n\n## all failed\n{failed}"
        ),
    );
}

#[test]
fn the_uid_is_found_for_the_caller() {
    let replay = Replay::all("v3.5.1");
    for arguments in [
        json!({ "applicationName": "crashy", "resourceName": "crashy-64f75c696d-8c5kc" }),
        json!({ "applicationName": "crashy", "resourceName": "crashy", "resourceKind": "Deployment" }),
    ] {
        let shown = text(call(replay.url(), "get_resource_events", arguments.clone()));
        assert!(shown.contains("events\n") || shown.contains("1 event\n"), "{arguments}: {shown}");
    }
}

#[test]
fn what_is_over_the_cap_is_named() {
    let nodes = (0..20).map(|index| node("", "ConfigMap", "shop", &format!("map-{index:02}"))).collect();
    let (server, _) = application(nodes);
    let shown = text(call(&server.url, "get_resources", json!({ "applicationName": "shop", "maxBytes": 1000 })));
    assert!(shown.len() < 2000 && shown.contains("# left out, as maxBytes = 1000: ConfigMap shop/"), "{shown}");
}

#[test]
fn filters_beside_references_are_refused_and_the_cap_is_kept() {
    let nodes = (0..20).map(|index| node("", "ConfigMap", "shop", &format!("map-{index:02}{}", "x".repeat(40))));
    let (server, _) = application(nodes.collect());
    let ask = |mut arguments: Value| {
        arguments["applicationName"] = json!("shop");
        text(call(&server.url, "get_resources", arguments))
    };
    let both = ask(json!({ "resourceRefs": ["ConfigMap/map-00"], "namespace": "shop" }));
    assert!(both.contains("`namespace` would choose other resources than `resourceRefs` names"), "{both}");
    let shown = ask(json!({ "kind": "ConfigMap", "maxBytes": 1500 }));
    assert!(shown.len() <= 1500 && shown.contains("\n# left out, as maxBytes = 1500: ConfigMap shop/map-"), "{shown}");
}

#[test]
fn what_no_answer_may_hold_is_not_promised_for_a_larger_one() {
    let manifest = json!({ "kind": "ConfigMap", "metadata": { "name": "map" }, "data": { "a": "x".repeat(450_000) } });
    let body = json!({ "manifest": manifest.to_string() });
    let server = Server::start(move |_| http::json(200, &body));
    let ask = |output: &str| {
        let map = |name: &str| json!({ "kind": "ConfigMap", "name": name, "namespace": "shop", "group": "" });
        let refs = json!([map("map"), map("other")]);
        let arguments =
            json!({ "applicationName": "shop", "resourceRefs": refs, "maxBytes": 400_000, "output": output });
        text(call(&server.url, "get_resources", arguments))
    };
    for output in ["text", "json"] {
        let said = ask(output);
        assert!(said.starts_with("[error: TooLarge]") && !said.contains("aise maxBytes"), "{said}");
    }
}

/// An Argo CD whose application has a Deployment, a role with colons in its name, and a ConfigMap that is not there yet.
fn with_events() -> Server {
    let node = |group: &str, kind: &str, name: &str, uid: Option<&str>| {
        let mut node = json!({ "group": group, "kind": kind, "namespace": "shop", "name": name, "version": "v1" });
        if let Some(uid) = uid {
            node["uid"] = json!(uid);
        }
        node
    };
    let nodes = json!([
        node("apps", "Deployment", "web", Some("1")),
        node("rbac.authorization.k8s.io", "Role", "r:role", Some("2")),
        node("", "ConfigMap", "gone", None),
    ]);
    Server::start(move |request| match request.path().rsplit('/').next() {
        Some("version") => http::json(200, &json!({ "Version": "v3.5.1" })),
        Some("resource-tree") => http::json(200, &json!({ "nodes": nodes })),
        Some("actions") => http::json(200, &json!({ "actions": [] })),
        _ => {
            http::json(200, &json!({ "items": [{ "type": "Normal", "reason": "ScalingReplicaSet", "message": "up" }] }))
        }
    })
}

#[test]
fn events_say_where_others_are_and_that_nothing_is_there_to_have_any() {
    let server = with_events();
    let events = |name: &str| {
        text(call(&server.url, "get_resource_events", json!({ "applicationName": "shop", "resourceName": name })))
    };
    let shown = events("web");
    assert!(shown.contains("ScalingReplicaSet") && shown.contains("resourceName=Pod/NAME shows them."), "{shown}");
    let shown = events("Role/r:role");
    assert!(shown.contains("ScalingReplicaSet") && !shown.contains("Pod/NAME"), "{shown}");
    let shown = events("gone");
    assert!(shown.contains("ConfigMap shop/gone is in the repository, but not in the cluster"), "{shown}");
}

#[test]
fn names_may_have_colons() {
    let server = with_events();
    for name in
        ["Role/r:role", "r:role", "rbac.authorization.k8s.io:Role:r:role", "rbac.authorization.k8s.io:Role:shop/r:role"]
    {
        let arguments = json!({ "applicationName": "shop", "resourceName": name });
        assert!(text(call(&server.url, "get_resource_events", arguments)).starts_with("1 event"), "{name}");
    }
    let arguments = json!({ "applicationName": "shop", "resourceRef": "Role/r:role" });
    let shown = text(call(&server.url, "get_resource_actions", arguments));
    assert!(shown.contains("0 actions"), "{shown}");
}
