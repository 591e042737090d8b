//! What an application's last operation did, did not, or does not do yet; and what holds it up.

use serde_json::{Value, json};

use crate::{
    harness::{call, client_has, text},
    http::{self, Server},
    views::said,
};

/// What `get_application` says of a status.
fn of(status: Value) -> String {
    let application = json!({
        "metadata": { "name": "shop", "namespace": "team-b" },
        "spec": { "project": "p", "source": { "repoURL": "https://git.example/shop", "targetRevision": "main" } },
        "status": status,
    });
    said("get_application", json!({ "applicationName": "shop" }), application)
}

fn result(name: &str, status: &str, message: &str) -> Value {
    json!({ "kind": "ConfigMap", "namespace": "shop", "name": name, "status": status, "message": message })
}

#[test]
fn what_a_sync_skipped_and_what_it_pruned_is_named() {
    let mut resources = vec![
        result("a", "Synced", "configmap/a created"),
        result("b", "PruneSkipped", "ignored (requires pruning)"),
        result("c", "PruneSkipped", "ignored (no prune)"),
        result("d", "Pruned", "pruned (dry run)"),
    ];
    resources.extend((0..12).map(|n| result(&format!("old-{n}"), "Pruned", "pruned")));
    let shown = of(json!({ "operationState": { "phase": "Succeeded", "syncResult": { "resources": resources } } }));
    let skipped = "skipped in it (2 of 16):\n  ConfigMap shop/b: ignored (requires pruning)\n  ConfigMap shop/c: ignored (no prune)\n";
    assert!(shown.contains(skipped), "{shown}");
    assert!(shown.contains("pruned in it (12 of 16):\n  ConfigMap shop/old-0\n"), "{shown}");
    assert!(shown.contains("  and 2 more: output=json\n") && !shown.contains("shop/old-10"), "{shown}");
    assert_eq!(shown.matches("ConfigMap shop/d").count(), 1, "what was only tried is not pruned: {shown}");
}

#[test]
fn a_partial_sync_without_results_says_that_it_did_nothing() {
    const NOTHING: &str = "; nothing was synced, as what was chosen is a hook or not the application's";
    let state = |phase: &str, chosen: Value, results: Value| {
        of(json!({ "operationState": {
            "phase": phase, "message": "no more tasks", "operation": { "sync": { "resources": chosen } },
            "syncResult": { "resources": results, "revision": "1" },
        } }))
    };
    let one = || json!([{ "kind": "Job", "name": "pre" }]);
    let shown = state("Succeeded", one(), Value::Null);
    assert!(shown.contains(&format!("resources chosen 1: no more tasks{NOTHING}\n")), "{shown}");
    for (phase, chosen, results) in [
        ("Running", one(), Value::Null),
        ("Failed", one(), Value::Null),
        ("Succeeded", Value::Null, Value::Null),
        ("Succeeded", one(), json!([result("a", "Synced", "configmap/a unchanged")])),
    ] {
        let shown = state(phase, chosen, results);
        assert!(!shown.contains("nothing was synced"), "{shown}");
    }
}

#[test]
fn an_operation_is_as_old_as_its_end_and_one_that_goes_on_has_none() {
    // It is 22:00; with an end, as one has that waits to try again.
    let state = |phase: &str, count: i64, limit: Value| {
        of(json!({ "operationState": {
            "phase": phase, "startedAt": "2026-11-22T21:46:00Z", "finishedAt": "2026-11-22T21:50:07Z",
            "retryCount": count, "operation": { "sync": {}, "retry": { "limit": limit } },
        } }))
    };
    for (phase, count, limit, wanted) in [
        ("Failed", 0, json!(2), "last operation: Failed 9m ago, took 4m7s, sync\n"),
        ("Failed", 2, json!(2), "last operation: Failed 9m ago, took 4m7s, sync, retry 2 of 2\n"),
        ("Running", 1, json!(2), "last operation: Running for 14m, sync, retry 1 of 2\n"),
        ("Terminating", 1, json!(-1), "last operation: Terminating for 14m, sync, retry 1, without end\n"),
        ("Running", 1, Value::Null, "last operation: Running for 14m, sync, retry 1\n"),
    ] {
        let shown = state(phase, count, limit);
        assert!(shown.contains(wanted), "{wanted}{shown}");
    }
}

#[test]
fn what_was_asked_for_is_in_the_list_before_argo_cd_takes_it_up() {
    let app = |name: &str, status: Value| json!({ "metadata": { "name": name }, "operation": { "sync": { "revision": "1" } }, "status": status });
    let items =
        json!({ "items": [app("a", json!({})), app("b", json!({ "operationState": { "phase": "Running" } }))] });
    let shown = said("list_applications", json!({}), items);
    assert!(shown.contains("NAME\tPROJECT\tLAST OP") || shown.contains("LAST OP"), "{shown}");
    assert!(shown.contains("\nb\t") && shown.contains("\trequested\t") && shown.contains("\tRunning\t"), "{shown}");
}

#[test]
fn changes_that_are_not_hydrated_are_a_problem() {
    if !client_has("2.14") {
        return;
    }
    let app = |name: &str, phase: &str| {
        json!({
            "metadata": { "name": name }, "spec": { "project": "p" },
            "status": {
                "health": { "status": "Healthy" }, "sync": { "status": "Synced" },
                "resources": [{ "kind": "ConfigMap", "name": "a", "status": "Synced" }],
                "operationState": { "phase": "Succeeded" },
                "sourceHydrator": { "currentOperation": {
                    "phase": phase, "startedAt": "2026-11-22T21:00:00Z", "finishedAt": "2026-11-22T21:50:00Z",
                    "drySHA": "abc", "message": "no chart",
                } },
            },
        })
    };
    let items = json!({ "items": [app("a", "Hydrated"), app("b", "Failed")] });
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(200, &items),
    });
    let shown = text(call(&server.url, "list_applications", json!({})));
    let (b, a) = shown.split_once("\nb\t").unwrap();
    assert!(!b.contains("\na\t") && a.contains("\tSynced, hydration Failed\t"), "the worst comes first: {shown}");
    assert_eq!(shown.matches("hydration").count(), 1, "{shown}");
    assert!(shown.contains("sync 2 Synced"), "{shown}");
    let asked = server.requests().pop().unwrap().query().into_iter().find(|(name, _)| name == "fields").unwrap().1;
    let fields: Vec<&str> = asked.split(',').collect();
    for field in &fields {
        let below = |other: &&str| other.starts_with(&format!("{field}."));
        assert!(!fields.iter().any(below), "a path below another one is an error: {asked}");
    }
    let one = |phase: &str| said("get_application", json!({ "applicationName": "b" }), app("b", phase));
    let shown = one("Failed");
    let said = "\nhydration fails, so changes of the source do not arrive: Failed 10m ago, took 50m, of abc: no chart\nall resources green (1)\n";
    assert!(shown.contains(said) && !shown.contains("\nhydration:"), "{shown}");
    let shown = one("Hydrated");
    assert!(shown.contains("\nhydration: Hydrated 10m ago, took 50m, of abc") && !shown.contains("fails"), "{shown}");
}

#[test]
fn what_waits_for_a_person_names_the_way_out() {
    let message = "waiting for pruning confirmation of /ConfigMap/old";
    let of_sync = |message: &str, sync: Value| {
        of(json!({ "operationState": { "phase": "Running", "message": message, "operation": { "sync": sync } } }))
    };
    let state = |message: &str| of_sync(message, json!({ "prune": true }));
    let way = "\na person confirms it with: argocd app confirm-deletion team-b/shop\n";
    assert!(state(message).contains(way), "{}", state(message));
    // Before 3.4 in other words.
    assert!(state("Waiting for pruning confirmation of v1/ConfigMap/old").contains(way));
    let spared = of_sync(message, json!({}));
    assert!(
        spared.contains(
            "confirm-deletion team-b/shop (this sync does not prune: confirming ends its wait, and deletes nothing)\n"
        ),
        "{spared}"
    );
    let dry = of_sync(message, json!({ "prune": true, "dryRun": true }));
    assert!(dry.contains("(this is a dry run: confirming ends its wait, and deletes nothing)"), "{dry}");
    assert!(!state("waiting for healthy state of apps/Deployment/web").contains("confirm"));
    if client_has("2.14") {
        let resource =
            json!({ "kind": "ConfigMap", "name": "a", "status": "Synced", "requiresDeletionConfirmation": true });
        let shown = of(json!({ "resources": [resource], "health": { "status": "Healthy" } }));
        let said = "\nnever deleted before a person's argocd app confirm-deletion (1):\n  ConfigMap a\n";
        assert!(shown.contains(said), "{shown}");
    }
}

#[test]
fn a_revision_that_was_not_resolved_is_not_told() {
    let sync = |status: &str| of(json!({ "sync": { "status": status, "revision": "main" } }));
    assert!(sync("Synced").contains("\nsource: https://git.example/shop@main, compared at main"), "{}", sync("Synced"));
    assert!(sync("Unknown").contains("\nsource: https://git.example/shop@main\n"), "{}", sync("Unknown"));
}

#[test]
fn a_window_that_denies_syncs_is_told_whatever_the_state() {
    let windows = json!({ "activeWindows": [{ "kind": "deny", "schedule": "* * * * *", "duration": "1h" }] });
    for status in ["OutOfSync", "Synced", "Unknown"] {
        let windows = windows.clone();
        let server = Server::start(move |request| match request.path() {
            "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
            path if path.ends_with("/syncwindows") => http::json(200, &windows),
            _ => {
                http::json(200, &json!({ "metadata": { "name": "shop" }, "status": { "sync": { "status": status } } }))
            }
        });
        let shown = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
        assert!(shown.contains("\nsyncs: denied now by * * * * * for 1h; a manual one is denied, too"), "{shown}");
    }
}

#[test]
fn an_application_without_resources_says_so() {
    let shown = of(json!({ "sync": { "status": "Synced" }, "health": { "status": "Healthy" } }));
    assert!(shown.contains("\nnot green: nothing, as no resources of it are known\n"), "{shown}");
}

#[test]
fn a_fight_with_self_heal_and_the_usual_way_out_are_told() {
    let state = |message: &str, options: Value| {
        of(json!({ "operationState": {
            "phase": "Failed", "message": message, "startedAt": "2026-11-22T21:46:00Z",
            "operation": {
                "sync": { "autoHealAttemptsCount": 3, "syncOptions": options }, "initiatedBy": { "automated": true },
            },
        } }))
    };
    let shown = state("failed to apply, reason: namespaces \"x\" not found", json!([]));
    assert!(shown.contains("self-heal attempt 3: something changes in the cluster what it sets"), "{shown}");
    assert!(shown.contains("way out: the source makes the namespace x, or a person\n"), "{shown}");
    let immutable = "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: field is immutable";
    let shown = state(immutable, json!([]));
    assert!(shown.contains("way out: a sync with force=true deletes the resource and makes it anew\n"), "{shown}");
    let shown = state(immutable, json!(["ServerSideApply=true"]));
    assert!(shown.contains("with force=true and syncOptions ServerSideApply=false deletes"), "{shown}");
    let shown = state("namespaces \"x\" is forbidden: User \"y\" cannot create resource \"namespaces\"", json!([]));
    assert!(!shown.contains("way out"), "{shown}");
}
