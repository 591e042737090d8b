//! What tools say of what becomes of a write: what goes, what stays, who takes it back, what is not compared yet.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server, Step},
    recordings,
    stage::Stage,
};

const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

fn recorded(name: &str) -> Value {
    recordings::load(&format!("v3.5.1/{name}")).response.json.unwrap()
}

/// What `delete_application` says of an application, where reads after it are answered with `after`.
fn deleted(application: Value, after: impl Fn() -> Vec<Step> + Send + Sync + 'static) -> String {
    let gone = std::sync::atomic::AtomicBool::new(false);
    let server = Server::start(move |request| match request.method.as_str() {
        "DELETE" => {
            gone.store(true, std::sync::atomic::Ordering::SeqCst);
            http::json(200, &json!({}))
        }
        _ if gone.load(std::sync::atomic::Ordering::SeqCst) => after(),
        _ => http::json(200, &application),
    });
    text(call(&server.url, "delete_application", json!({ "applicationName": "shop" })))
}

#[test]
fn a_deletion_says_what_argo_cd_cannot_reach() {
    let mut application = recorded("applications.get.on-staging");
    application["status"]["conditions"] =
        json!([{ "type": "InvalidSpecError", "message": "there are no clusters with this name: staging" }]);
    application["status"]["sync"]["status"] = json!("Unknown");
    let same = application.clone();
    let said = deleted(application, move || http::json(200, &same));
    assert!(said.contains("of a cluster that it does not have all stays, unmanaged"), "{said}");
    assert!(said.contains("InvalidSpecError: there are no clusters with this name: staging"), "{said}");
    assert!(!said.contains("all that it deployed goes"), "{said}");
}

#[test]
fn a_deletion_without_the_finalizer_that_has_begun_takes_no_resources_with_it() {
    let mut application = recorded("applications.get.checkout");
    application["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:00:00Z");
    application["metadata"]["finalizers"] = json!(["post-delete-finalizer.argocd.argoproj.io"]);
    let same = application.clone();
    let said = deleted(application.clone(), move || http::json(200, &same));
    assert!(said.contains("none of its finalizers deletes resources") && !said.contains("with it go"), "{said}");
    application["metadata"]["finalizers"] = json!([FINALIZER]);
    application["metadata"]["annotations"] = json!({ "argocd.argoproj.io/skip-reconcile": "true" });
    let same = application.clone();
    let said = deleted(application, move || http::json(200, &same));
    assert!(
        said.contains("with it go its") && said.contains("Argo CD does not do what its finalizers are for"),
        "{said}"
    );
}

#[test]
fn only_argo_cd_says_that_an_application_is_gone() {
    let application = || recorded("applications.get.checkout");
    let refusal =
        |code: u16, message: &str| http::json(code, &json!({ "code": 5, "error": message, "message": message }));
    let gone = deleted(application(), move || refusal(403, "permission denied"));
    assert!(gone.ends_with("It is gone."), "{gone}");
    let gone = deleted(application(), move || refusal(404, "applications.argoproj.io \"checkout\" not found"));
    assert!(gone.ends_with("It is gone."), "{gone}");
    let denied = "permission denied: applications, get, default/checkout, sub: agent";
    for not in [
        deleted(application(), move || refusal(403, denied)),
        deleted(application(), || http::answer(404, "text/plain", b"404 page not found")),
        deleted(application(), || http::answer(403, "text/html", b"<html><title>Forbidden</title></html>")),
    ] {
        assert!(not.ends_with("How far it is could not be read; get_application shows it."), "{not}");
    }
}

#[test]
fn what_is_not_compared_yet_is_said() {
    let mut application = recorded("applications.get.ledger");
    let ask = |application: &Value| {
        let server = Server::answering(200, "application/json", &application.to_string());
        text(call(&server.url, "get_application", json!({ "applicationName": "ledger" })))
    };
    assert!(!ask(&application).contains("not compared since"));
    application["spec"]["source"]["targetRevision"] = json!("v9");
    let said = ask(&application);
    let line = said.lines().find(|line| line.starts_with("not compared since its spec changed: resources, and "));
    assert!(line.is_some_and(|line| line.ends_with("ledger/overlays/prod@main")), "{said}");
    application["spec"]["source"]["targetRevision"] = json!("main");
    application["spec"]["destination"]["namespace"] = json!("elsewhere");
    assert!(ask(&application).contains("ledger/overlays/prod@main, in in-cluster/ledger"), "{}", ask(&application));
    // What was never compared has no more than an empty source there.
    application["status"]["sync"]["comparedTo"] = json!({ "source": { "repoURL": "" }, "destination": {} });
    assert!(!ask(&application).contains("not compared since"));
    let multi = recorded("applications.get.multi");
    assert!(!ask(&multi).contains("not compared since"), "{}", ask(&multi));
}

#[test]
fn an_update_tells_its_own_changes_and_what_comes_of_them() {
    let update = |before: Value, after: Value, patch: Value| {
        let server = Server::start(move |request| match request.method.as_str() {
            "PUT" => http::json(200, &after),
            _ => http::json(200, &before),
        });
        text(call(&server.url, "update_application", json!({ "applicationName": "ledger", "application": patch })))
    };
    let ledger = || recorded("applications.get.ledger");
    let (mut before, mut after) = (ledger(), ledger());
    before["operation"] = json!({ "sync": { "revision": "main" } });
    after["metadata"]["labels"] = json!({ "owner": "me" });
    let said = update(before, after.clone(), json!({ "metadata": { "labels": { "owner": "me" } } }));
    assert!(said.contains("owner") && !said.contains("operation"), "{said}");
    let said =
        update(ledger(), after, json!({ "metadata": { "labels": { "owner": "me" } }, "operation": { "sync": {} } }));
    assert!(said.contains("\n`application.operation` was left out: sync_application starts one; "), "{said}");
    let mut moved = ledger();
    moved["spec"]["source"]["path"] = json!("elsewhere");
    let said = update(ledger(), moved, json!({ "spec": { "source": { "path": "elsewhere" } } }));
    assert!(said.ends_with("Its auto-sync deploys this by itself and deletes what the source has no more, unless a sync window or an error holds it up."), "{said}");
    let catalog = || recorded("applications.get.catalog");
    let values = json!({ "spec": { "source": { "helm": { "values": "cache: {}" } } } });
    let said = update(catalog(), catalog(), values);
    assert!(said.contains("`application.spec.source.helm.values` counts for nothing beside"), "{said}");
}

#[test]
fn a_request_to_argo_cd_that_ends_meanwhile_is_no_conflict() {
    let reads = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let mut application = recorded("applications.get.ledger");
        if reads.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            application["metadata"]["annotations"] =
                json!({ "argocd.argoproj.io/refresh": "normal", "argocd.argoproj.io/hydrate": "normal" });
        }
        http::json(200, &application)
    });
    let patch = json!({ "spec": { "project": "other" } });
    let said =
        text(call(&server.url, "update_application", json!({ "applicationName": "ledger", "application": patch })));
    assert!(!said.contains("somebody else"), "{said}");
}

#[test]
fn an_action_that_self_heal_takes_back_says_so() {
    let stage = Stage::start("v3.5.1");
    let act = |scales: bool| {
        let mut state = stage.state.lock().unwrap();
        state.scales = scales;
        state.deployment["spec"]["replicas"] = json!(2);
        drop(state);
        let deployment = json!({ "kind": "Deployment", "name": "checkout", "namespace": "checkout", "group": "apps", "version": "v1" });
        let arguments = json!({ "applicationName": "scratch", "resourceRef": deployment, "action": "restart" });
        text(call(&stage.server.url, "run_resource_action", arguments))
    };
    assert!(!act(true).contains("heals itself"));
    stage.state.lock().unwrap().application["spec"]["syncPolicy"]["automated"] = json!({ "selfHeal": true });
    let said = act(true);
    let note = "scratch heals itself: it reverts what of this its repository says otherwise, unless it ignores that.";
    assert!(said.contains("spec.replicas: 2 → 5") && said.ends_with(note), "{said}");
    // The second one changes the time of the first.
    assert!(!act(false).contains("heals itself") && !act(false).contains("heals itself"));
    stage.state.lock().unwrap().application["metadata"]["annotations"] =
        json!({ "argocd.argoproj.io/skip-reconcile": "True" });
    assert!(!act(true).contains("heals itself"));
}

#[test]
fn a_part_behind_argo_cd_that_fails_is_no_wrong_address() {
    let refusal = json!({ "code": 14, "message": "connection error: dial tcp 10.0.0.1:8081: connection refused" });
    let server = Server::answering(503, "application/json", &refusal.to_string());
    let said = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    assert!(said.contains("is in trouble") && !said.contains("ARGOCD_BASE_URL"), "{said}");
    let refusal = json!({ "code": 7, "message": "cannot sync: invalid sync window: cannot parse schedule" });
    let server = Server::answering(403, "application/json", &refusal.to_string());
    let said = text(call(&server.url, "sync_application", json!({ "applicationName": "shop" })));
    assert!(said.contains("is not synced until it is corrected"), "{said}");
}
