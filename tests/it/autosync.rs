//! What is told of what auto-sync makes of a write, and of who takes one back.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
};

pub const NOW: &str = "1eee74aca59a7fc9071bf31d172c5e75f6c44773";
pub const OLD: &str = "7b1352a10a9068fb5cfccbfc9dfcfee1c7e958f6";

/// An application that is `OutOfSync`, last synced at a revision, with something that is to be pruned.
pub fn application(automated: &Value, synced: &str) -> Value {
    let source = json!({ "repoURL": "https://git.example/w.git", "path": "two", "targetRevision": "main" });
    json!({
        "metadata": { "name": "web", "namespace": "argocd", "resourceVersion": "7" },
        "spec": { "source": source, "destination": { "server": "https://kubernetes.default.svc", "namespace": "web" }, "syncPolicy": { "automated": automated } },
        "status": {
            "sync": { "status": "OutOfSync", "revision": NOW, "comparedTo": { "destination": { "server": "https://kubernetes.default.svc", "namespace": "web" } } },
            "resources": [
                { "kind": "ConfigMap", "namespace": "web", "name": "a", "status": "Synced" },
                { "kind": "ConfigMap", "namespace": "web", "name": "b", "status": "OutOfSync", "requiresPruning": true },
            ],
            "reconciledAt": "2026-11-22T21:46:06Z",
            "operationState": { "phase": "Succeeded", "finishedAt": "2026-11-22T21:31:45Z", "syncResult": { "revision": synced, "source": source } },
        },
    })
}

fn merge(into: &mut Value, patch: &Value) {
    match patch.as_object() {
        Some(patch) => patch.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        None => *into = patch.clone(),
    }
}

/// What `update_application` says of an application where a part of it changes.
pub fn updated(before: &Value, patch: &Value) -> String {
    let (before, mut after) = (before.clone(), before.clone());
    merge(&mut after, patch);
    let server = Server::start(move |request| http::json(200, if request.method == "PUT" { &after } else { &before }));
    text(call(&server.url, "update_application", json!({ "applicationName": "web", "application": patch })))
}

/// What `sync_application` says, where Argo CD makes an operation of a revision of it.
pub fn synced(before: &Value, revision: &str, arguments: Value) -> String {
    let mut after = before.clone();
    after["operation"] = json!({ "sync": { "revision": revision } });
    for key in ["dryRun", "prune", "resources"] {
        after["operation"]["sync"][key] = arguments[key].clone();
    }
    // As Argo CD does: those of the call, or else the application's own.
    let own = before["spec"]["syncPolicy"]["syncOptions"].clone();
    let options = if arguments["syncOptions"].is_array() { arguments["syncOptions"].clone() } else { own };
    after["operation"]["sync"]["syncOptions"] = options;
    let before = before.clone();
    let server = Server::start(move |request| http::json(200, if request.method == "POST" { &after } else { &before }));
    let mut all = json!({ "applicationName": "web" });
    merge(&mut all, &arguments);
    text(call(&server.url, "sync_application", all))
}

#[test]
fn a_dry_run_or_a_part_is_auto_syncs_attempt_at_a_revision() {
    let auto = application(&json!({}), OLD);
    let dry = json!({ "dryRun": true });
    let note = "\nAuto-sync takes this for its sync of 1eee74a, and does not deploy what still differs; sync_application does.";
    assert!(synced(&auto, NOW, dry.clone()).ends_with(note));
    let part = json!({ "resources": [{ "kind": "ConfigMap", "name": "a", "namespace": "web" }] });
    assert!(synced(&auto, NOW, part).ends_with(note));
    assert!(!synced(&auto, NOW, json!({})).contains("Auto-sync"));
    let manual = application(&Value::Null, OLD);
    assert!(!synced(&manual, NOW, dry.clone()).contains("Auto-sync"));
    let mut done = auto.clone();
    done["status"]["sync"]["status"] = json!("Synced");
    assert!(!synced(&done, NOW, dry.clone()).contains("Auto-sync"));
    // Self-heal deploys what differs resource by resource, and hooks are none of them.
    let healed = synced(&application(&json!({ "selfHeal": true }), OLD), NOW, dry);
    assert!(
        healed.ends_with("self-heal deploys what still differs, without hooks; sync_application runs them."),
        "{healed}"
    );
    let other = synced(&auto, OLD, json!({ "dryRun": true, "revision": "v1" }));
    assert!(other.ends_with("it deploys that again and reverts what differs in the cluster."), "{other}");
}

#[test]
fn a_sync_names_what_it_prunes() {
    let manual = application(&Value::Null, OLD);
    let prune = json!({ "prune": true });
    let said = synced(&manual, NOW, prune.clone());
    assert!(said.ends_with("\nIt deletes, unless annotated Prune=false: ConfigMap web/b."), "{said}");
    let said = synced(&manual, OLD, prune.clone());
    assert!(said.ends_with(": ConfigMap web/b, and what else 7b1352a has no more."), "{said}");
    let said = synced(&manual, NOW, json!({ "prune": true, "dryRun": true }));
    assert!(said.ends_with("\nIt would delete, unless annotated Prune=false: ConfigMap web/b."), "{said}");
    let part = json!({ "prune": true, "resources": [{ "kind": "ConfigMap", "name": "a", "namespace": "web" }] });
    assert!(!synced(&manual, NOW, part).contains("deletes"));
    assert!(!synced(&manual, NOW, json!({})).contains("deletes"));
    let mut never = manual.clone();
    never["spec"]["syncPolicy"]["syncOptions"] = json!(["Prune=false"]);
    assert!(!synced(&never, NOW, prune.clone()).contains("deletes"));
    let mut confirmed = manual.clone();
    confirmed["spec"]["syncPolicy"]["syncOptions"] = json!(["Prune=confirm"]);
    let said = synced(&confirmed, NOW, prune.clone());
    assert!(
        said.ends_with("ConfigMap web/b. It waits until a person confirms that: argocd app confirm-deletion web"),
        "{said}"
    );
    let waits = "\nAlthough it deletes nothing, it does not end, and no other sync begins, before a person confirms that ConfigMap web/b may be pruned: argocd app confirm-deletion web";
    let said = synced(&confirmed, NOW, json!({ "dryRun": true }));
    assert!(said.ends_with(waits), "{said}");
    let mut annotated = manual.clone();
    annotated["status"]["resources"][1]["requiresDeletionConfirmation"] = json!(true);
    let said = synced(&annotated, NOW, json!({}));
    assert!(said.ends_with(waits), "{said}");
    let called = json!({ "prune": true, "syncOptions": ["Prune=confirm"], "replaceSyncOptions": true });
    assert!(
        synced(&manual, NOW, called)
            .ends_with("It waits until a person confirms that: argocd app confirm-deletion web")
    );
    let mut many = manual;
    let of = |name: usize| json!({ "kind": "ConfigMap", "name": name.to_string(), "requiresPruning": true });
    many["status"]["resources"] = (0..8).map(of).collect();
    assert!(synced(&many, NOW, prune).ends_with("ConfigMap 4 and 3 more."));
}

#[test]
fn pruning_that_is_switched_on_begins_at_once_where_auto_sync_does() {
    let on = json!({ "spec": { "syncPolicy": { "automated": { "prune": true } } } });
    let next = "From its next sync on auto-sync deletes what the source has no more.";
    let now = "Auto-sync begins at its next look, unless a sync window or an error holds it up, and deletes then, unless annotated Prune=false: ConfigMap web/b.";
    for (automated, synced, note) in [
        (json!({}), OLD, now),
        (json!({}), NOW, next),
        (json!({ "selfHeal": true }), NOW, now),
        (json!({ "selfHeal": true }), OLD, now),
        (Value::Null, OLD, now),
    ] {
        let said = updated(&application(&automated, synced), &on);
        assert!(said.ends_with(note), "{automated} {synced}: {said}");
    }
    let mut all = application(&json!({}), OLD);
    all["status"]["resources"].as_array_mut().unwrap().remove(0);
    assert!(updated(&all, &on).contains("It deletes nothing as long as that would be all it has"));
    let mut newer = application(&json!({}), OLD);
    newer["status"]["operationState"]["finishedAt"] = json!("2026-11-22T21:50:00Z");
    assert!(updated(&newer, &on).ends_with(next));
}

#[test]
fn auto_sync_deploys_what_its_last_operation_was_not_of() {
    let space = json!({ "spec": { "destination": { "namespace": "elsewhere" } } });
    let stays = "What is in web stays there, too, until a sync with prune=true.";
    let said = updated(&application(&json!({}), OLD), &space);
    assert!(
        said.contains("Its auto-sync deploys to the new place by itself, unless") && said.ends_with(stays),
        "{said}"
    );
    let said = updated(&application(&json!({}), NOW), &space);
    assert!(said.contains("as its last operation was of this one") && said.ends_with(stays), "{said}");
    let said = updated(&application(&json!({ "prune": true }), OLD), &space);
    assert!(said.contains("and deletes what stands where it was") && !said.contains(stays), "{said}");
    assert!(updated(&application(&Value::Null, OLD), &space).ends_with(stays));
    let mut failed = application(&json!({ "selfHeal": true }), NOW);
    failed["status"]["operationState"]["phase"] = json!("Failed");
    assert!(updated(&failed, &space).contains("does not deploy this before a new revision comes"));
    let on = json!({ "spec": { "syncPolicy": { "automated": { "prune": false } } } });
    let said = updated(&application(&Value::Null, NOW), &on);
    assert!(said.contains("not what is OutOfSync now, as its last operation was of this revision."), "{said}");
}

#[test]
fn automation_that_stays_off_is_told() {
    let off = application(&json!({ "enabled": false, "selfHeal": true }), NOW);
    let said = updated(&off, &json!({ "spec": { "syncPolicy": { "automated": { "prune": true } } } }));
    assert!(said.ends_with("Auto-sync stays off: spec.syncPolicy.automated.enabled is false."), "{said}");
    assert!(!updated(&off, &json!({ "metadata": { "labels": { "a": "b" } } })).contains("stays off"));
}

/// What is said of the edit and of the deletion of an application that another one is said to deploy.
fn child_of(parent: Option<Value>) -> (String, String) {
    let mut web = application(&Value::Null, NOW);
    web["metadata"]["annotations"] =
        json!({ "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/web" });
    let said = |tool: &str, more: Value| {
        let (web, parent) = (web.clone(), parent.clone());
        let server = Server::start(move |request| match (request.method.as_str(), &parent) {
            ("DELETE", _) => http::json(200, &json!({})),
            ("PUT", _) => http::json(200, &request.body.parse().unwrap()),
            _ if !request.path().ends_with("/root") => http::json(200, &web),
            (_, Some(parent)) => http::json(200, parent),
            (_, None) => http::json(403, &json!({ "code": 7, "message": "permission denied" })),
        });
        let mut all = json!({ "applicationName": "web" });
        merge(&mut all, &more);
        text(call(&server.url, tool, all)).lines().last().unwrap().to_owned()
    };
    let patch = json!({ "application": { "metadata": { "labels": { "a": "b" } } } });
    (said("update_application", patch), said("delete_application", json!({})))
}

#[test]
fn who_takes_a_write_back_is_told_as_far_as_it_is_known() {
    let root = |resources: Value| {
        let mut root = application(&json!({ "selfHeal": true }), NOW);
        root["metadata"]["name"] = json!("root");
        root["status"]["resources"] = resources;
        Some(root)
    };
    let (edited, deleted) = child_of(root(json!([{ "kind": "Application", "name": "web" }])));
    assert!(
        edited.ends_with("its self-heal reverts what its source sets of this; change it there instead."),
        "{edited}"
    );
    assert!(deleted.starts_with("It comes back: Application root deploys web from https://git"), "{deleted}");
    let (edited, deleted) = child_of(root(json!([{ "kind": "Application", "name": "web", "requiresPruning": true }])));
    assert_eq!(edited, "Application root has web in its source no more: its next sync that prunes deletes it.");
    assert!(!deleted.contains("root"), "{deleted}");
    let (edited, deleted) = child_of(root(json!([])));
    assert!(!edited.contains("root") && !deleted.contains("root"), "{edited} {deleted}");
    let (edited, deleted) = child_of(None);
    assert!(edited.contains("could not be read: if it is there, it reverts"), "{edited}");
    assert!(deleted.contains("could not be read: if it is there and still has web in its source"), "{deleted}");
}
