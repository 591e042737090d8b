//! `get_application_resource_tree`: filters, orphaned resources, JSON and the cap.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
    replay::Replay,
    snapshots::check,
};

fn tree(arguments: Value) -> String {
    let replay = Replay::of("v3.5.1", &["payloads/estate.resource-tree"]);
    text(call(replay.url(), "get_application_resource_tree", arguments))
}

#[test]
fn filters_combine_and_show_what_is_well_too() {
    let cases = [
        json!({ "applicationName": "estate", "kind": "deployment", "name": "search" }),
        json!({ "applicationName": "estate", "health": ["Missing", "Degraded"], "kind": "Service" }),
        json!({ "applicationName": "estate", "health": "Degraded" }),
        json!({ "applicationName": "estate", "kind": "Pod", "name": "orders" }),
        json!({ "applicationName": "estate", "namespace": "elsewhere" }),
    ];
    let seen: Vec<String> = cases.iter().map(|case| format!("## {case}\n{}", tree(case.clone()))).collect();
    check("resource_tree.filters", &seen.join("\n\n"));
}

#[test]
fn orphaned_resources_are_counted_and_shown_on_request() {
    let mut answer = recordings::load("v3.5.1/resource-tree.crashy").response.json.unwrap();
    answer["orphanedNodes"] = json!([
        { "kind": "ConfigMap", "namespace": "crashy", "name": "left-behind", "uid": "1" },
        { "kind": "Secret", "namespace": "crashy", "name": "left-too", "uid": "2" },
    ]);
    let server = Server::start(move |_| http::json(200, &answer));
    let ask = |arguments: Value| text(call(&server.url, "get_application_resource_tree", arguments));
    let none = tree(json!({ "applicationName": "estate", "orphaned": true }));
    assert_eq!(
        none,
        "no orphaned resources known; Argo CD looks for them where the project has spec.orphanedResources (get_appproject)"
    );
    let whole = ask(json!({ "applicationName": "crashy" }));
    assert!(whole.contains("2 orphaned resources"), "{whole}");
    assert!(!whole.contains("left-behind"), "{whole}");
    let orphans = ask(json!({ "applicationName": "crashy", "orphaned": true }));
    assert_eq!(orphans, "2 of 2 resources\nConfigMap crashy/left-behind\nSecret crashy/left-too");
    let elsewhere = ask(json!({ "applicationName": "crashy", "name": "left-" }));
    assert!(
        elsewhere.starts_with("0 of ") && elsewhere.ends_with("\n2 orphaned resources fit: orphaned=true shows them"),
        "{elsewhere}"
    );
    let named = ask(json!({ "applicationName": "crashy", "orphaned": true, "kind": "Secret" }));
    assert_eq!(named, "1 of 2 resources\nSecret crashy/left-too");
}

#[test]
fn json_has_the_chosen_resources() {
    let replay = Replay::of("v3.5.1", &["payloads/estate.resource-tree"]);
    let arguments = json!({ "applicationName": "estate", "name": "search-69f6bd8c97-p4r8r", "output": "json" });
    let answer = call(replay.url(), "get_application_resource_tree", arguments).unwrap().structured.unwrap();
    assert_eq!((&answer["total"], &answer["items"][0]["health"]["status"]), (&json!(1), &json!("Degraded")));
    let over = tree(json!({ "applicationName": "estate", "output": "json", "maxBytes": 1000 }));
    check("resource_tree.too_large", &over);
}

#[test]
fn a_tree_that_is_too_long_says_what_to_do() {
    let cut = tree(json!({ "applicationName": "estate", "kind": "Pod", "maxBytes": 1000 }));
    assert!(cut.len() <= 1000, "{}", cut.len());
    assert!(cut.ends_with("narrow with kind, name, health, namespace"), "{cut}");
}

#[test]
fn a_parent_that_is_its_own_child_ends() {
    let answer = json!({ "nodes": [
        { "kind": "A", "name": "a", "uid": "1", "parentRefs": [{ "uid": "2" }], "health": { "status": "Degraded" } },
        { "kind": "B", "name": "b", "uid": "2", "parentRefs": [{ "uid": "1" }] },
        { "kind": "C", "name": "c", "uid": "3", "parentRefs": [{ "uid": "3" }] },
    ] });
    let server = Server::start(move |_| http::json(200, &answer));
    let shown = text(call(&server.url, "get_application_resource_tree", json!({ "applicationName": "loop" })));
    assert!(shown.starts_with("3 resources, 1 not well") && shown.contains("\n  A a: Degraded"), "{shown}");
}

#[test]
fn what_hangs_from_an_orphan_is_shown_and_a_long_chain_ends() {
    let ill = json!({ "status": "Degraded", "message": "no quota" });
    let mut nodes = vec![
        json!({ "kind": "Certificate", "name": "c", "uid": "1", "parentRefs": [{ "uid": "9" }], "health": ill }),
        json!({ "kind": "Deployment", "name": "a", "uid": "2", "health": ill }),
        json!({ "kind": "Deployment", "name": "b", "uid": "3", "health": ill }),
    ];
    let link = |n: usize| json!({ "kind": "Link", "name": n.to_string(), "uid": format!("l{n}"), "parentRefs": [{ "uid": format!("l{}", n + 1) }] });
    nodes.extend((0..20_000).map(link));
    let answer = json!({ "nodes": nodes, "orphanedNodes": [{ "kind": "Ingress", "name": "i", "uid": "9" }] });
    let server = Server::start(move |_| http::json(200, &answer));
    let shown = text(call(&server.url, "get_application_resource_tree", json!({ "applicationName": "odd" })));
    // Each workload says what it waits for.
    for line in
        ["Certificate c: Degraded: no quota", "Deployment a: Degraded: no quota", "Deployment b: Degraded: no quota"]
    {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn what_is_well_is_counted_below_what_it_belongs_to() {
    let node = |kind: &str, name: &str, parent: Option<&str>, health: &str| {
        let mut node = json!({ "kind": kind, "name": name, "uid": name, "health": { "status": health } });
        if let Some(parent) = parent {
            node["parentRefs"] = json!([{ "uid": parent }]);
        }
        node
    };
    let tree = json!({ "nodes": [
        node("ConfigMap", "settings", None, "Healthy"),
        node("Deployment", "web", None, "Progressing"),
        node("Pod", "web-1", Some("web"), "Healthy"),
        node("Deployment", "api", None, "Healthy"),
        node("Pod", "api-1", Some("api"), "Healthy"),
    ] });
    let shown = crate::views::said("get_application_resource_tree", json!({ "applicationName": "shop" }), tree);
    assert!(
        shown.contains("\nwell: 1 ConfigMap, 1 Deployment (below them 1 Pod); well below what is not: 1 Pod\n"),
        "{shown}"
    );
}
