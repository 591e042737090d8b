//! The history of an application: what its deployments had that today's spec has not, and what a sync does not bring back.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::Server,
};

const SHA: &str = "5b02a2d71ea1ed74ac3bf78c0560038809e4bfb9";

/// An application with these sources now, and deployments of one commit with those.
fn application(now: &Value, then: &[Value]) -> Value {
    let deployed = |(id, sources): (usize, &Value)| {
        let mut entry = json!({ "id": id, "revision": SHA, "deployedAt": "2026-11-22T21:58:00Z" });
        entry.as_object_mut().unwrap().extend(sources.as_object().unwrap().clone());
        entry
    };
    let history: Vec<Value> = then.iter().enumerate().map(deployed).collect();
    json!({
        "metadata": { "name": "shop" }, "spec": now,
        "status": { "history": history, "sync": { "status": "Synced", "revision": SHA } },
        "operation": { "sync": { "revision": SHA } },
    })
}

fn ask(tool: &str, application: &Value, more: Value) -> String {
    let server = Server::answering(200, "application/json", &application.to_string());
    let mut arguments = json!({ "applicationName": "shop" });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(call(&server.url, tool, arguments))
}

fn helm(image: &str, more: &Value) -> Value {
    let parameters =
        json!([{ "name": "image", "value": image }, { "name": "db.password", "value": format!("secret-{image}") }]);
    let mut source =
        json!({ "repoURL": "https://git.example/shop", "path": "chart", "helm": { "parameters": parameters } });
    source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "source": source })
}

#[test]
fn a_deployment_says_what_its_source_had_otherwise() {
    let now = helm("crash:2", &json!({ "kustomize": { "images": ["a:2"] } }));
    let then = [helm("good:1", &json!({ "path": "old" })), now.clone()];
    let application = application(&now, &then);
    let said = ask("get_application", &application, json!({}));
    assert!(
        said.contains("deployed (2):\n  5b02a2d 2m ago (id 1)\n  5b02a2d 2m ago (id 0 had path=old helm image=good:1 db.password=\u{ab}masked "),
        "{said}"
    );
    assert!(said.contains(" no kustomize)\n") && !said.contains("secret-"), "{said}");
    let json: Value = serde_json::from_str(&ask("get_application", &application, json!({ "output": "json" }))).unwrap();
    let history = &json["status"]["history"]["items"];
    assert!(history[0].get("$unlike").is_none(), "{history}");
    assert!(history[1]["$unlike"].as_str().unwrap().starts_with("path=old helm image=good:1"), "{history}");
}

#[test]
fn sources_are_held_against_those_in_the_same_place() {
    let sources = |revision: &str, values: &str| {
        json!({ "sources": [
            { "repoURL": "r", "chart": "service", "targetRevision": revision, "helm": { "values": values } },
            { "repoURL": "r", "ref": "values" },
        ] })
    };
    let now = sources("1.2", "a: 1\nb: 2\n");
    let then =
        [json!({ "source": { "repoURL": "https://git.example/shop", "path": "p" } }), sources("1.1", "a: 1\nb: 3\n")];
    let said = ask("get_application", &application(&now, &then), json!({}));
    assert!(said.contains("(id 1 had source 1: targetRevision=1.1 helm another values)\n"), "{said}");
    assert!(said.contains("(id 0 had https://git.example/shop p)\n"), "{said}");
}

#[test]
fn a_list_that_is_cut_says_where_the_rest_is() {
    let now = helm("a:1", &json!({}));
    let application = application(&now, &vec![now.clone(); 30]);
    let said = ask("get_application", &application, json!({}));
    assert!(
        said.contains("deployed (30):\n") && said.contains("  and 27 more: output=json has 20, output=raw all\n"),
        "{said}"
    );
    let json: Value = serde_json::from_str(&ask("get_application", &application, json!({ "output": "json" }))).unwrap();
    assert_eq!(json["status"]["history"]["returned"], 20);
}

#[test]
fn a_sync_to_a_revision_that_was_deployed_says_what_it_does_not_bring_back() {
    let now = helm("crash:2", &json!({}));
    let application = application(&now, &[now.clone(), helm("good:1", &json!({}))]);
    for revision in [SHA, "5b02a2d"] {
        let said = ask("sync_application", &application, json!({ "revision": revision }));
        assert!(
            said.contains("\nIt takes the settings of today, not those of then: id 1 had helm image=good:1 "),
            "{said}"
        );
        assert!(said.contains("update_application can set them") && !said.contains("secret-"), "{said}");
    }
    let again = self::application(&now, &[helm("good:1", &json!({})), now.clone()]);
    assert!(!ask("sync_application", &again, json!({ "revision": SHA })).contains("settings of today"));
    let tagged = self::application(&now, &[helm("good:1", &json!({ "targetRevision": "v1" }))]);
    assert!(ask("sync_application", &tagged, json!({ "revision": "v1" })).contains("id 0 had helm image=good:1 "));
    let moved = self::application(&now, &[helm("crash:2", &json!({ "targetRevision": "v1" }))]);
    assert!(!ask("sync_application", &moved, json!({ "revision": SHA })).contains("settings of today"));
    for other in [json!({ "revision": "5b02" }), json!({ "revision": "main" }), json!({})] {
        let said = ask("sync_application", &application, other);
        assert!(!said.contains("settings of today"), "{said}");
    }
}

#[test]
fn a_resource_that_is_newer_than_the_comparison_can_be_named_in_full() {
    let now = helm("a:1", &json!({}));
    let mut application = application(&now, &[]);
    application["status"]["reconciledAt"] = json!("2026-11-22T21:59:00Z");
    let said = ask("sync_application", &application, json!({ "resources": ["ConfigMap/two"] }));
    assert!(
        said.contains(
            "application `shop` has no ConfigMap two, as far as is known: it was compared at 5b02a2d 1m ago\n"
        ),
        "{said}"
    );
    assert!(
        said.contains("To sync a resource that a later commit adds, give its kind, name, namespace and group"),
        "{said}"
    );
    application["status"] = json!({});
    let said = ask("sync_application", &application, json!({ "resources": ["Service/shop"] }));
    assert!(said.contains("has no Service shop, as far as is known: it was not compared yet\n"), "{said}");
}

#[test]
fn a_refresh_is_no_argument_but_has_a_way() {
    let server = Server::answering(200, "application/json", "{}");
    for name in ["refresh", "hardRefresh"] {
        let said = text(call(&server.url, "get_application", json!({ "applicationName": "shop", name: "hard" })));
        assert!(said.contains("argocd.argoproj.io/refresh") && said.contains("update_application"), "{said}");
    }
    assert!(server.requests().is_empty());
}
