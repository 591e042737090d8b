//! `create_application`: what is said of an application that was there before.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
};

/// What the tool says of the answer to a recorded creation, changed, where this one was there before.
fn said(name: &str, before: Option<Value>, change: impl Fn(&mut Value)) -> String {
    let recording = recordings::load(&format!("v3.5.1/applications.{name}"));
    let mut answer = recording.response.json.unwrap();
    change(&mut answer);
    let missing = json!({ "code": 5, "message": "applications.argoproj.io \"scratch\" not found" });
    let server = Server::start(move |request| match (request.method.as_str(), request.path()) {
        ("POST", _) => http::json(200, &answer),
        (_, "/api/v1/applications/scratch") => match &before {
            Some(before) => http::json(200, before),
            None => http::json(404, &missing),
        },
        _ => http::json(200, &json!({ "Version": "v3.5.1" })),
    });
    text(call(&server.url, "create_application", json!({ "application": recording.request.body, "upsert": true })))
}

fn recorded(name: &str) -> Value {
    recordings::load(&format!("v3.5.1/applications.{name}")).response.json.unwrap()
}

#[test]
fn one_that_was_there_is_not_called_new() {
    let created = said("create", None, |_| {});
    assert!(created.starts_with("scratch in project default, created 11m ago"), "{created}");
    let next = "\nNothing is deployed by this: its syncs are manual, sync_application starts one.";
    assert!(created.ends_with(next), "{created}");
    let again = said("create.again-same", None, |_| {});
    let note = "Not new: it was there already, for 11m, and has this spec now.\nscratch in project default";
    assert!(again.starts_with(note), "{again}");
    let unread = "\nfinalizers: resources-finalizer.argocd.argoproj.io\nWhat it was before could not be read.";
    assert!(again.ends_with(unread), "{again}");
    let same = said("create.again-same", Some(recorded("create.again-same")), |_| {});
    assert!(same.ends_with("\nNothing of it changed."), "{same}");
}

#[test]
fn what_an_upsert_wrote_over_is_told_and_what_comes_of_it() {
    let mut before = recorded("create.again-same");
    before["operation"] = json!({ "sync": {} });
    before["spec"]["source"]["path"] = json!("old");
    before["spec"]["syncPolicy"]["automated"] = json!({ "prune": true, "selfHeal": true });
    let told = said("create.again-same", Some(before.clone()), |answer| {
        answer["metadata"].as_object_mut().unwrap().remove("finalizers");
        answer["spec"]["syncPolicy"]["automated"] = json!({ "prune": true });
    });
    let changed = "\nIt changed:\n  metadata.finalizers: [\"resources-finalizer.argocd.argoproj.io\"] → none\n  spec.source.path: old → checkout\n  spec.syncPolicy.automated.selfHeal: true → none\nIts auto-sync deploys this by itself and deletes what the source has no more, ";
    assert!(told.contains(changed), "{told}");
    // Another one of its name, which went meanwhile, was not written over.
    before["metadata"]["uid"] = json!("another");
    let other = said("create.again-same", Some(before), |_| {});
    assert!(!other.contains("changed:"), "{other}");
}

#[test]
fn what_comes_of_a_new_one_is_told() {
    let next = |change: &dyn Fn(&mut Value)| said("create", None, change).lines().last().unwrap().to_owned();
    let auto = next(&|answer| answer["spec"]["syncPolicy"]["automated"] = json!({}));
    assert_eq!(auto, "Its auto-sync deploys it by itself, unless a sync window or an error holds it up.");
    let skipped = next(&|answer| {
        answer["spec"]["syncPolicy"]["automated"] = json!({});
        answer["metadata"]["annotations"] = json!({ "argocd.argoproj.io/skip-reconcile": "true" });
    });
    assert_eq!(skipped, "Argo CD leaves it alone while it is annotated argocd.argoproj.io/skip-reconcile=true.");
    let owned =
        |kind: &str| next(&|answer| answer["metadata"]["ownerReferences"] = json!([{ "kind": kind, "name": "fleet" }]));
    assert_eq!(
        owned("ApplicationSet"),
        "By its ownerReferences it belongs to ApplicationSet fleet, which writes over it if it generates one of this name, and deletes it if not; Kubernetes deletes it where there is no such owner. Create it without them."
    );
    assert_eq!(
        owned("ConfigMap"),
        "By its ownerReferences it belongs to ConfigMap fleet; Kubernetes deletes it where there is no such owner. Create it without them."
    );
}

#[test]
fn a_version_is_not_sent_with_a_new_one() {
    let mut application = recordings::load("v3.5.1/applications.create").request.body.unwrap();
    application["metadata"]["resourceVersion"] = json!("7");
    let server = Server::answering(200, "application/json", "{}");
    let said = text(call(&server.url, "create_application", json!({ "application": application })));
    assert!(
        said.contains("`application.metadata.resourceVersion` is of an application that is there; leave it out"),
        "{said}"
    );
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn what_upsert_replaces_is_said() {
    let refusal =
        json!({ "code": 3, "message": "existing application spec is different, use upsert flag to force update" });
    let server = Server::answering(400, "application/json", &refusal.to_string());
    let application = recordings::load("v3.5.1/applications.create").request.body;
    let said = text(call(&server.url, "create_application", json!({ "application": application })));
    assert!(said.ends_with("upsert=true replaces its spec and finalizers."), "{said}");
}

#[test]
fn one_that_is_being_deleted_does_not_stay() {
    let said = said("create.again-same", Some(recorded("create.again-same")), |answer| {
        answer["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:55:00Z");
    });
    let note = "No application stays of this: the one of that name is being deleted, for 5m now. Without a finalizer that deletes them, as an upsert may leave it, its resources stay in the cluster. Create it again when get_application finds it no more.\n";
    assert!(said.starts_with(note), "{said}");
}
