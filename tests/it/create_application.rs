//! `create_application`: what is said of an application that was there before.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::Server,
    recordings,
};

/// What the tool says of the answer to a recorded creation, changed.
fn said(name: &str, change: impl Fn(&mut Value)) -> String {
    let recording = recordings::load(&format!("v3.5.1/applications.{name}"));
    let mut answer = recording.response.json.unwrap();
    change(&mut answer);
    let server = Server::answering(200, "application/json", &answer.to_string());
    text(call(&server.url, "create_application", json!({ "application": recording.request.body, "upsert": true })))
}

#[test]
fn one_that_was_there_is_not_called_new() {
    let created = said("create", |_| {});
    assert!(created.starts_with("scratch in project default, created 11m ago"), "{created}");
    let again = said("create.again-same", |_| {});
    let note = "Not new: it was there already, for 11m, and has this spec now.\nscratch in project default";
    assert!(again.starts_with(note), "{again}");
    assert!(again.ends_with("\nfinalizers: resources-finalizer.argocd.argoproj.io"), "{again}");
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
    let said = said("create.again-same", |answer| {
        answer["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:55:00Z");
    });
    let note = "No application stays of this: the one of that name is being deleted, for 5m now. Without a finalizer that deletes them, as an upsert may leave it, its resources stay in the cluster. Create it again when get_application finds it no more.\n";
    assert!(said.starts_with(note), "{said}");
}
