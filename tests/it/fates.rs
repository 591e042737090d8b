//! What is said of resources that stay, and of what automation makes of an update: as a live Argo CD does it.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    recordings,
};

pub fn recorded(name: &str) -> Value {
    recordings::load(&format!("v3.5.1/{name}")).response.json.unwrap()
}

/// What `delete_application` says where Argo CD's answer to the deletion has a code, and it is gone then.
pub fn deleted(application: Value, code: u16, arguments: Value) -> String {
    let gone = AtomicBool::new(false);
    let missing = json!({ "code": 5, "message": "applications.argoproj.io \"shop\" not found" });
    let done = json!({});
    let server = Server::start(move |request| match request.method.as_str() {
        "DELETE" => {
            gone.store(true, Ordering::SeqCst);
            http::json(code, if code == 200 { &done } else { &missing })
        }
        _ if gone.load(Ordering::SeqCst) => http::json(404, &missing),
        _ => http::json(200, &application),
    });
    let mut all = json!({ "applicationName": "team-b/shop" });
    all.as_object_mut().unwrap().extend(arguments.as_object().cloned().unwrap_or_default());
    text(call(&server.url, "delete_application", all))
}

#[test]
fn a_stuck_deletion_is_let_go_without_its_resources() {
    let mut application = recorded("applications.get.checkout");
    let other = deleted(application.clone(), 404, json!({}));
    assert!(other.starts_with("team-b/shop was there a moment ago; somebody else deleted it meanwhile."), "{other}");
    application["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:00:00Z");
    application["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    application["status"]["conditions"] = json!([{ "type": "DeletionError", "message": "connection refused" }]);
    let said = deleted(application.clone(), 404, json!({ "cascade": false }));
    assert!(said.starts_with("team-b/shop was being deleted already, since 2026-11-22T21:00:00Z, with its"), "{said}");
    assert!(said.contains("are taken away: its ") && said.contains(" stay in the cluster, unmanaged."), "{said}");
    assert!(said.ends_with("\nIt is gone."), "{said}");
    let stuck = deleted(application, 200, json!({}));
    assert!(stuck.contains("Argo CD could not delete all yet: connection refused\ncascade=false takes"), "{stuck}");
}

#[test]
fn a_deletion_runs_hooks_and_waits_for_them() {
    let mut application = recorded("applications.get.checkout");
    let resources = "resources-finalizer.argocd.argoproj.io";
    let [pre, post] = ["pre-delete", "post-delete"].map(|kind| format!("{kind}-finalizer.argocd.argoproj.io"));
    application["metadata"]["finalizers"] = json!([pre, format!("{pre}/cleanup"), post, resources]);
    let waits = "\nIts PreDelete hooks run first, with cascade=false, too, and all waits for them; one that failed may be passed over.\nIts PostDelete hooks run at the end, with cascade=false, too; it may be gone before they have ended.\n";
    for cascade in [true, false] {
        let said = deleted(application.clone(), 200, json!({ "cascade": cascade }));
        assert!(said.contains(waits) && !said.contains("does not end the wait"), "{said}");
    }
    application["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:00:00Z");
    application["status"]["conditions"] = json!([{ "type": "DeletionError", "message": "Job pre is invalid" }]);
    for cascade in [true, false] {
        let said = deleted(application.clone(), 200, json!({ "cascade": cascade }));
        assert!(said.contains("Argo CD could not delete all yet: Job pre is invalid\ncascade=false does not end the wait for hooks; update_application with metadata.finalizers [] takes all away"), "{said}");
    }
    // The resources went already, or stayed.
    application["metadata"]["finalizers"] = json!([post]);
    application["status"]["resources"][0]["health"] = json!({ "status": "Progressing", "message": "Pending deletion" });
    for cascade in [true, false] {
        let said = deleted(application.clone(), 200, json!({ "cascade": cascade }));
        assert!(
            said.contains("none of its finalizers deletes resources (any more, if it was with its resources)"),
            "{said}"
        );
        assert!(said.contains("Kubernetes still has, mostly for finalizers of their own: "), "{said}");
    }
}

#[test]
fn what_argo_cd_leaves_in_the_cluster_is_not_said_to_go() {
    let application = recorded("applications.get.checkout");
    let said = |change: &dyn Fn(&mut Value)| {
        let mut application = application.clone();
        change(&mut application);
        deleted(application, 200, json!({}))
    };
    let shared = said(&|application| {
        let message = "Service/checkout is part of applications argocd/shop and other";
        application["status"]["conditions"] = json!([{ "type": "SharedResourceWarning", "message": message }]);
    });
    let line =
        shared.lines().find(|line| line.starts_with("What another application tracks stays")).unwrap_or_default();
    assert!(line.ends_with(": Service checkout/checkout") && shared.contains("with it go its"), "{shared}");
    let unsure = said(&|application| {
        for resource in application["status"]["resources"].as_array_mut().unwrap() {
            resource["status"] = json!("Unknown");
            resource["health"] = json!({ "status": "Missing" });
        }
    });
    assert!(unsure.contains("leaves what its project does not permit: ") && !unsure.contains("with it go"), "{unsure}");
    let never = said(&|application| drop(application.as_object_mut().unwrap().remove("status")));
    assert!(never.contains("it was not compared yet") && !never.contains("has no resources"), "{never}");
    let moved =
        said(&|application| application["spec"]["destination"] = json!({ "name": "staging", "namespace": "x" }));
    assert!(
        moved.contains("its destination is staging/x now: if that is another cluster, what it deployed"),
        "{moved}"
    );
    let own =
        said(&|application| application["spec"]["destination"] = json!({ "name": "in-cluster", "namespace": "x" }));
    assert!(!own.contains("another cluster"), "{own}");
    let parent = said(&|application| application["status"]["resources"][0]["kind"] = json!("Application"));
    assert!(parent.contains("An Application among them takes its own resources along"), "{parent}");
}

#[test]
fn an_application_of_the_same_name_is_not_the_one_that_was_deleted() {
    let (asked, done) = (AtomicBool::new(false), json!({}));
    let server = Server::start(move |request| {
        let mut application = recorded("applications.get.checkout");
        if asked.load(Ordering::SeqCst) {
            application["metadata"]["uid"] = json!("another");
        }
        asked.fetch_or(request.method == "DELETE", Ordering::SeqCst);
        http::json(200, if request.method == "DELETE" { &done } else { &application })
    });
    let said = text(call(&server.url, "delete_application", json!({ "applicationName": "shop" })));
    assert!(said.ends_with("It is gone, and another one of its name was made since."), "{said}");
}

/// What is said of a deletion after which the application is as it is told.
fn begun(before: Value, after: Value, arguments: Value) -> String {
    let (asked, done) = (AtomicBool::new(false), json!({}));
    let server = Server::start(move |request| {
        asked.fetch_or(request.method == "DELETE", Ordering::SeqCst);
        http::json(
            200,
            match request.method.as_str() {
                "DELETE" => &done,
                _ if asked.load(Ordering::SeqCst) => &after,
                _ => &before,
            },
        )
    });
    let mut all = json!({ "applicationName": "shop" });
    all.as_object_mut().unwrap().extend(arguments.as_object().cloned().unwrap());
    text(call(&server.url, "delete_application", all))
}

#[test]
fn a_deletion_waits_for_a_sync_and_may_be_overruled() {
    let before = recorded("applications.get.checkout");
    let mut after = before.clone();
    after["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:00:00Z");
    after["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    let alone = begun(before.clone(), after.clone(), json!({ "cascade": false }));
    assert!(alone.starts_with("Deletion of shop started, with its resources: somebody else asked for that"), "{alone}");
    assert!(!alone.contains("stay in the cluster") && !alone.contains("A sync runs"), "{alone}");
    after["operation"] = json!({ "sync": {} });
    let said = begun(before, after, json!({}));
    assert!(
        said.ends_with("A sync runs, and Argo CD begins to delete when it has ended; a person ends it: argocd app terminate-op shop"),
        "{said}"
    );
}

/// What `update_application` says.
fn updated(before: &Value, patch: &Value) -> String {
    let (before, mut after) = (before.clone(), before.clone());
    fn merge(into: &mut Value, patch: &Value) {
        match patch.as_object() {
            Some(patch) => patch.iter().for_each(|(key, value)| merge(&mut into[key], value)),
            None => *into = patch.clone(),
        }
    }
    merge(&mut after, patch);
    let server = Server::start(move |request| http::json(200, if request.method == "PUT" { &after } else { &before }));
    text(call(&server.url, "update_application", json!({ "applicationName": "ledger", "application": patch })))
}

#[test]
fn an_update_says_what_automation_makes_of_it() {
    let mut ledger = recorded("applications.get.ledger");
    let space = json!({ "spec": { "destination": { "namespace": "elsewhere" } } });
    let said = updated(&ledger, &space);
    assert!(
        said.contains("Its self-heal deploys to the new place by itself and deletes what stands where it was, unless"),
        "{said}"
    );
    ledger["operation"] = json!({ "sync": {} });
    let said = updated(&ledger, &space);
    assert!(said.ends_with("Before that, the sync that runs now must end."), "{said}");
    ledger.as_object_mut().unwrap().remove("operation");
    ledger["spec"]["syncPolicy"] = json!({ "automated": {} });
    // Its last operation was of another revision than it has now.
    let said = updated(&ledger, &space);
    assert!(said.contains("Its auto-sync deploys to the new place by itself, unless"), "{said}");
    assert!(said.ends_with("What is in ledger stays there, too, until a sync with prune=true."), "{said}");
    let mut synced = ledger.clone();
    synced["status"]["operationState"]["syncResult"]["revision"] = ledger["status"]["sync"]["revision"].clone();
    let said = updated(&synced, &space);
    assert!(said.contains("does not deploy this before a new revision comes, as its last operation was of"), "{said}");
    let heal = json!({ "spec": { "syncPolicy": { "automated": { "selfHeal": true } } } });
    assert!(updated(&ledger, &heal).contains("Self-heal is on now: it reverts what differs in the cluster"));
    ledger["spec"]["syncPolicy"] = json!({});
    let said = updated(&ledger, &heal);
    assert!(said.contains("it deploys what is OutOfSync and what comes new from the source, and reverts"), "{said}");
    let on = updated(
        &ledger,
        &json!({ "spec": { "syncPolicy": { "automated": { "prune": true } }, "destination": { "namespace": "elsewhere" } } }),
    );
    assert!(
        on.contains("deploys what is OutOfSync and what comes new")
            && on.contains("and what stands where it was, unless"),
        "{on}"
    );
    let revision = json!({ "spec": { "source": { "targetRevision": "v2" } } });
    ledger["metadata"]["deletionTimestamp"] = json!("2026-11-22T21:00:00Z");
    ledger["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    assert!(updated(&ledger, &revision).ends_with("since 2026-11-22T21:00:00Z: nothing is deployed by this."));
    let mut syncing = ledger.clone();
    syncing["operation"] = json!({ "sync": {} });
    assert!(
        updated(&syncing, &revision).ends_with("the sync that was asked for before goes first, and still deploys.")
    );
    let said = updated(&ledger, &json!({ "metadata": { "finalizers": [] } }));
    let gone = "and is gone now, with its last finalizer: its resources in the cluster stay, unmanaged.";
    assert!(said.ends_with(gone), "{said}");
    let said = updated(&ledger, &json!({ "metadata": { "finalizers": ["example.com/x"] } }));
    assert!(said.ends_with("that deletes its resources: those in the cluster stay, unmanaged."), "{said}");
    ledger["metadata"]["finalizers"] = json!(["example.com/x"]);
    let said = updated(&ledger, &json!({ "metadata": { "finalizers": [] } }));
    assert!(said.ends_with("and is gone now, with its last finalizer."), "{said}");
}

#[test]
fn a_change_that_no_mask_shows_is_a_change() {
    let mut ledger = recorded("applications.get.ledger");
    ledger["spec"]["source"]["helm"] = json!({ "values": "tag: 1.1\ncredentials:\n  foo: Zq7hunter22\n" });
    let values = |values: &str| json!({ "spec": { "source": { "helm": { "values": values } } } });
    let said = updated(&ledger, &values("tag: 1.10\ncredentials:\n  foo: Zq7hunter22\n"));
    assert!(said.contains("tag: 1.1 ") && said.contains("tag: 1.10 ") && !said.contains("Zq7"), "{said}");
    assert!(said.contains("Its auto-sync deploys this by itself"), "{said}");
    let said = updated(&ledger, &values("tag: 1.1\r\ncredentials:\n  foo: Zq7hunter22\n"));
    assert!(said.contains("spec.source.helm.values: changed in what is not shown"), "{said}");
    ledger["spec"]["source"]["helm"] = json!({ "valuesObject": { "x": 1 } });
    let said = updated(&ledger, &json!({ "spec": { "source": { "helm": { "valuesObject": { "x": "1" } } } } }));
    assert!(said.contains("valuesObject.x: 1 → \"1\""), "{said}");
    let long = |end: &str| format!("a: {}\nend: {end}\n", "x".repeat(300));
    ledger["spec"]["source"]["helm"] = json!({ "values": long("one") });
    let said = updated(&ledger, &values(&long("two")));
    assert!(said.contains("end: one → …") && said.contains("end: two"), "{said}");
}

#[test]
fn what_is_empty_and_unknown_is_not_taken() {
    let ledger = recorded("applications.get.ledger");
    let server = Server::start(move |_| http::json(200, &ledger));
    let update = |patch: Value| {
        text(call(&server.url, "update_application", json!({ "applicationName": "ledger", "application": patch })))
    };
    for (patch, lost) in [
        (json!({ "spec": { "syncPolcy": { "automated": {} } } }), "`spec.syncPolcy.automated`"),
        (json!({ "spec": { "syncPolicy": { "automatd": {} } } }), "`spec.syncPolicy.automatd`"),
    ] {
        let said = update(patch);
        assert!(said.contains(&format!("Argo CD did not take {lost}")), "{said}");
        assert!(!said.contains("what was asked for is the same"), "{said}");
    }
    assert!(!update(json!({ "metadata": { "labels": {} } })).contains("did not take"));
    let both = update(json!({ "spec": { "sources": [{ "repoURL": "https://x.example/a.git", "path": "b" }] } }));
    assert!(both.contains("would stand beside `spec.source`") && both.contains("`spec.source` as null"), "{both}");
}
