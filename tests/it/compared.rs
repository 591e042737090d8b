//! What Argo CD compared, and when it did not: of which commit an answer is, of which spec, and that there is none yet.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server, Step},
    stdio_client::run,
};

fn managed(application: Value, more: Value) -> String {
    let live = json!({ "kind": "ConfigMap" }).to_string();
    let item = json!({ "kind": "ConfigMap", "namespace": "shop", "name": "a", "normalizedLiveState": live, "predictedLiveState": live });
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        path if path.ends_with("/managed-resources") => http::json(200, &json!({ "items": [item] })),
        _ => http::json(200, &application),
    });
    let mut arguments = json!({ "applicationName": "shop" });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(call(&server.url, "get_application_managed_resources", arguments))
}

fn application(path: &str) -> Value {
    let source = |path: &str| json!({ "repoURL": "https://git.example/shop", "path": path, "targetRevision": "main" });
    let destination = json!({ "name": "in-cluster", "namespace": "shop" });
    json!({
        "metadata": { "name": "shop" },
        "spec": { "source": source(path), "destination": destination },
        "status": { "sync": {
            "status": "Synced",
            "revision": "30f2b53a1b2c3d4e5f60718293a4b5c6d7e8f901",
            "comparedTo": { "source": source("man"), "destination": destination },
        }, "reconciledAt": "2026-11-22T21:58:00Z" },
    })
}

#[test]
fn nothing_to_sync_is_said_of_the_commit_that_was_compared() {
    let all = managed(application("man"), json!({}));
    assert!(
        all.starts_with(
            "1 managed resource, a sync would change none\n(compared at 30f2b53 2m ago; later commits are not in it. "
        ) && all.contains("\"argocd.argoproj.io/refresh\":\"normal\""),
        "{all}"
    );
    let one = managed(application("man"), json!({ "kind": "ConfigMap", "name": "a" }));
    assert!(one.contains("ConfigMap shop/a: same: a sync would change nothing"), "{one}");
    assert!(one.contains("(compared at 30f2b53 2m ago; later commits are not in it. "), "{one}");
    let mut deleted = application("man");
    deleted["metadata"]["deletionTimestamp"] = "2026-11-22T21:59:00Z".into();
    let said = managed(deleted, json!({}));
    assert!(said.contains("(the application is being deleted: no sync is made any more)"), "{said}");
    let json = managed(application("man"), json!({ "output": "json" }));
    assert!(
        json.contains(r#""compared":"30f2b53","reconciledAt":"2026-11-22T21:58:00Z""#) && !json.contains("stale"),
        "{json}"
    );
}

#[test]
fn what_was_compared_before_the_spec_changed_promises_nothing() {
    for more in [json!({}), json!({ "kind": "ConfigMap", "name": "a" })] {
        let said = managed(application("another"), more);
        assert!(!said.contains("a sync would"), "{said}");
        assert!(
            said.contains("(not compared since its spec changed: this is of https://git.example/shop man@main, compared at 30f2b53 2m ago)"),
            "{said}"
        );
    }
}

#[test]
fn what_was_never_compared_is_said_after_the_wait() {
    let never = |annotations: Value| {
        Server::start(move |request| match request.path() {
            "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
            "/api/v1/applications/shop" => {
                http::json(200, &json!({ "metadata": { "name": "shop", "annotations": annotations }, "status": {} }))
            }
            _ => vec![Step::Hang],
        })
    };
    for (annotations, way) in [
        (json!({ "argocd.argoproj.io/skip-reconcile": "true" }), "annotated argocd.argoproj.io/skip-reconcile."),
        (json!({}), "get_application shows whether there was one."),
    ] {
        let server = never(annotations);
        for tool in
            [["get_application_resource_tree", "applicationName=shop"], ["get_resources", "applicationName=shop"]]
        {
            let environment =
                [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", "x"), ("ARGOCD_MCP_TIMEOUT", "1")];
            let (code, _, stderr) = run(&[&["call"], tool.as_slice()].concat(), &environment);
            assert!(code == 1 && stderr.contains("application `shop` was not compared yet\n"), "{stderr}");
            assert!(stderr.contains(way) && !stderr.contains("ARGOCD_MCP_TIMEOUT"), "{stderr}");
        }
    }
}
