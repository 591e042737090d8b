//! What is told of writes that lose something: to somebody else at the same time, or to what Argo CD passes over.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
    stage::Stage,
    writes::refused,
};

/// What an update says after which a read finds other labels, of a version.
fn raced(version: &str) -> (String, usize) {
    let application = recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
    let (written, version) = (AtomicBool::new(false), version.to_owned());
    let server = Server::start(move |request| {
        let mut now = application.clone();
        now["metadata"]["resourceVersion"] = json!("100");
        if request.method == "PUT" {
            written.store(true, Ordering::SeqCst);
            now["metadata"]["labels"] = json!({ "l1": "x" });
        } else if written.load(Ordering::SeqCst) {
            now["metadata"]["labels"] = json!({ "l2": "x" });
            now["metadata"]["resourceVersion"] = json!(version);
        }
        http::json(200, &now)
    });
    let patch = json!({ "metadata": { "labels": { "l1": "x" } } });
    let said =
        text(call(&server.url, "update_application", json!({ "applicationName": "scratch", "application": patch })));
    (said, server.calls().len())
}

#[test]
fn an_update_that_somebody_wrote_over_is_told() {
    let (said, requests) = raced("101");
    let over = "\nSomebody else wrote at the same time, and changed since:\n  metadata.labels.l1: x \u{2192} none\n  metadata.labels.l2: none \u{2192} x";
    assert!(said.ends_with(over), "{said}");
    assert_eq!(requests, 4);
    // Another replica of Argo CD's server, which has not seen the write.
    assert!(!raced("99").0.contains("Somebody else"));
}

#[test]
fn what_argo_cd_does_not_read_of_a_sync_policy_is_told() {
    let update =
        |policy: Value| json!({ "applicationName": "scratch", "application": { "spec": { "syncPolicy": policy } } });
    let said = refused(
        "update_application",
        update(
            json!({ "syncOptions": ["CreateNamespace", "prune=TRUE"], "retry": { "backoff": { "duration": "5 parsecs", "maxDuration": "5d" } } }),
        ),
    );
    for problem in [
        "`application.spec.syncPolicy.syncOptions` has `CreateNamespace`; each is Name=value",
        "`application.spec.syncPolicy.syncOptions` has `prune=TRUE`; Argo CD knows `Prune=true`",
        "`application.spec.syncPolicy.retry.backoff.duration` is `5 parsecs`; write 30s, 5m or 1h",
        "`application.spec.syncPolicy.retry.backoff.maxDuration` is `5d`;",
    ] {
        assert!(said.contains(problem), "{said}");
    }
    let retry = json!({ "applicationName": "scratch", "retry": { "backoff": { "duration": "soon" } } });
    assert!(refused("sync_application", retry).contains("`retry.backoff.duration` is `soon`"));
    let stage = Stage::start("v3.5.1");
    let good = update(
        json!({ "syncOptions": ["Foo=1", "Delete=false"], "retry": { "backoff": { "duration": "1h30m", "maxDuration": "90" } } }),
    );
    let said = text(call(&stage.server.url, "update_application", good));
    assert!(said.contains("Sync option Foo is not known here") && !said.contains("Sync option Delete"), "{said}");
    let mut created = recordings::load("v3.5.1/applications.create").request.body.unwrap();
    created["spec"]["syncPolicy"]["syncOptions"] = json!(["Foo=1"]);
    let server = Server::answering(200, "application/json", &created.to_string());
    let said = text(call(&server.url, "create_application", json!({ "application": created })));
    assert!(
        said.contains("\nSync option Foo is not known here; Argo CD passes over those that it does not know.\n"),
        "{said}"
    );
}

#[test]
fn what_no_write_writes_is_not_called_misspelt() {
    let stage = Stage::start("v3.5.1");
    let update = |metadata: Value| {
        let arguments = json!({ "applicationName": "scratch", "application": { "metadata": metadata } });
        text(call(&stage.server.url, "update_application", arguments))
    };
    let said = update(json!({ "ownerReferences": [{ "kind": "ApplicationSet", "name": "x" }] }));
    let why = "Not written: `metadata.ownerReferences`; Argo CD takes spec, labels, annotations and finalizers alone.";
    assert_eq!(said, format!("scratch is so already; nothing was written.\n{why}"));
    assert!(update(json!({ "lables": { "a": "b" } })).contains("did not take `metadata.lables"));
    let mut created = recordings::load("v3.5.1/applications.create").request.body.unwrap();
    let server = Server::answering(200, "application/json", &created.to_string());
    created["operation"] = json!({ "sync": { "prune": true } });
    created["spec"]["foo"] = json!("bar");
    let said = text(call(&server.url, "create_application", json!({ "application": created })));
    assert!(
        said.contains("Argo CD did not take `spec.foo`: check the names.\n`application.operation` was left out: "),
        "{said}"
    );
}

#[test]
fn a_refused_spec_has_a_way_out() {
    let say = |message: &str| {
        let message = message.to_owned();
        let application = recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
        let server = Server::start(move |request| match request.method.as_str() {
            "PUT" => http::json(400, &json!({ "code": 3, "message": message })),
            _ => http::json(200, &application),
        });
        let patch = json!({ "metadata": { "labels": { "a": "b" } } });
        text(call(&server.url, "update_application", json!({ "applicationName": "scratch", "application": patch })))
    };
    let said = say(
        "application spec for x is invalid: InvalidSpecError: `kustomize edit set image a b` failed: Error: invalid format of image\nUsage:\n  kustomize edit set image [flags]\n;InvalidSpecError: repository not accessible",
    );
    assert!(said.contains("invalid format of image\n- repository not accessible") && !said.contains("Usage"), "{said}");
    assert!(
        said.ends_with("where that is older than this call, validate=false writes the rest nevertheless."),
        "{said}"
    );
    // As releases before 3.0 say it.
    let said = say(
        "application destination spec for x is invalid: unable to find destination server: error getting cluster name by server \"https://nowhere:6443\": cluster \"https://nowhere:6443\" not found",
    );
    assert!(said.ends_with("list_clusters shows those that there are."), "{said}");
    let said = say("error resolving repo revision: failed to list refs: repository not found: ");
    assert!(said.contains("Check the source's repoURL, and whether Argo CD has credentials"), "{said}");
    for (answer, way) in [
        ("error resolving repo revision: failed to list refs: authentication required: ", "argocd repo add"),
        ("failed to list refs: dial tcp: connection refused", "Argo CD does not reach the source's repository"),
        ("failed to get cluster info for \"https://x\": refused", "list_clusters shows which and why"),
    ] {
        let said = say(answer);
        assert!(said.contains(way), "{said}");
    }
    let said = say("app is not allowed in project \"ghost\", or the project does not exist");
    assert!(
        said.contains("list_applications shows the application's project.") && said.contains("kubectl edit"),
        "{said}"
    );
    let said = say("application destination spec for x is invalid: there are no clusters with this name: nosuch");
    assert!(said.ends_with("list_clusters shows those that there are."), "{said}");
}

#[test]
fn what_fits_into_a_line_is_counted_in_characters() {
    let named = |name: &str| json!({ "spec": { "info": { "name": name.repeat(80) } } });
    for name in ["a", "\u{fc}"] {
        let said = argocd_mcp::view::changes::between(&json!({ "spec": {} }), &named(name));
        assert_eq!(said, [format!("spec.info: none \u{2192} {{\"name\":\"{}\"}}", name.repeat(80))]);
    }
}
