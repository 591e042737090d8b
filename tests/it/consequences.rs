//! What follows from a write beside what it says: what waits and begins, what runs and goes on, what counts for nothing.

use serde_json::{Value, json};

use crate::{
    autosync::{NOW, OLD, application, synced, updated},
    writes::refused,
};

fn skipped(automated: &Value) -> Value {
    let mut application = application(automated, OLD);
    application["metadata"]["annotations"] = json!({ "argocd.argoproj.io/skip-reconcile": "true" });
    application
}

#[test]
fn what_argo_cd_left_alone_goes_on() {
    let woken = json!({ "metadata": { "annotations": { "argocd.argoproj.io/skip-reconcile": null } } });
    let said = updated(&skipped(&json!({ "prune": true })), &woken);
    let told = "\nArgo CD goes on with the application: auto-sync deploys what differs by then and deletes what the source has no more.";
    assert!(said.ends_with(told), "{said}");
    let said = updated(&skipped(&Value::Null), &woken);
    assert!(said.ends_with("\nArgo CD goes on with the application: its syncs are manual."), "{said}");
    let mut deleted = skipped(&Value::Null);
    deleted["metadata"]["deletionTimestamp"] = json!("2026-11-22T19:56:49Z");
    deleted["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    let said = updated(&deleted, &woken);
    assert!(said.ends_with(": Argo CD goes on with that now, with its resources."), "{said}");
    let alone = json!({ "metadata": { "annotations": { "argocd.argoproj.io/skip-reconcile": "true" } } });
    let said = updated(&application(&json!({}), OLD), &alone);
    assert!(said.contains("it neither compares nor syncs nor deletes it"), "{said}");
}

#[test]
fn auto_sync_that_is_switched_off_does_not_end_its_sync() {
    let mut running = application(&json!({}), OLD);
    running["status"]["operationState"]["phase"] = json!("Running");
    let off = json!({ "spec": { "syncPolicy": { "automated": { "enabled": false } } } });
    let goes_on = "The sync that runs now goes on, its retries, too; a person ends it: argocd app terminate-op web.";
    let said = updated(&running, &off);
    assert!(said.contains(goes_on), "{said}");
    let said = updated(&application(&json!({}), OLD), &off);
    assert!(!said.contains("goes on"), "{said}");
}

#[test]
fn another_branch_of_a_hydrator_is_deployed_by_auto_sync() {
    let mut hydrated = application(&json!({}), OLD);
    hydrated["spec"]["sourceHydrator"] = json!({ "syncSource": { "targetBranch": "env/a", "path": "." } });
    hydrated["spec"]["source"] = Value::Null;
    let said =
        updated(&hydrated, &json!({ "spec": { "sourceHydrator": { "syncSource": { "targetBranch": "env/b" } } } }));
    assert!(said.contains("\nIts auto-sync deploys by itself what is hydrated there, unless "), "{said}");
}

#[test]
fn an_application_that_prunes_nothing_is_not_said_to() {
    let mut never = application(&Value::Null, OLD);
    never["spec"]["syncPolicy"]["syncOptions"] = json!(["Prune=false"]);
    let on = json!({ "spec": { "syncPolicy": { "automated": { "prune": true, "selfHeal": true } } } });
    let said = updated(&never, &on);
    assert!(said.contains("Auto-sync is on now") && !said.contains("deletes"), "{said}");
    let said = synced(&never, NOW, json!({ "prune": true }));
    assert!(said.ends_with("\nIt prunes nothing: the application's own sync option Prune=false keeps all."), "{said}");
}

#[test]
fn values_and_times_that_argo_cd_does_not_know_are_refused() {
    let sync =
        |options: Value| refused("sync_application", json!({ "applicationName": "web", "syncOptions": options }));
    let said = sync(json!(["PrunePropagationPolicy=orphaned", "CreateNamespace=1"]));
    assert!(said.contains("its value is one of foreground, background, orphan"), "{said}");
    assert!(said.contains("has `CreateNamespace=1`; its value is one of true, false"), "{said}");
    let said = sync(json!(["PruneLast=true", "PruneLast=false"]));
    assert!(said.contains("`syncOptions` has `PruneLast` twice, with different values"), "{said}");
    // Argo CD compares letter by letter.
    let mut before = application(&Value::Null, OLD);
    before["spec"]["syncPolicy"]["syncOptions"] = json!([]);
    let said =
        synced(&before, NOW, json!({ "syncOptions": ["PrunePropagationPolicy=Orphan"], "replaceSyncOptions": true }));
    assert!(!said.contains("refused"), "{said}");
    let retry = |backoff: Value| {
        refused("sync_application", json!({ "applicationName": "web", "retry": { "limit": 2, "backoff": backoff } }))
    };
    assert!(retry(json!({ "factor": 0 })).contains("`retry.backoff.factor` is 0; it must be 1 or more"));
    for time in ["0", "0s", "-5s", "1.2.3s", ".s1s", "1h30"] {
        let said = retry(json!({ "duration": time }));
        assert!(said.contains(&format!("`retry.backoff.duration` is `{time}`; write 30s")), "{said}");
    }
}
