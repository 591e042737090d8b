//! What `sync_application` and `run_resource_action` say of what does nothing, or does not last.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
};

/// An application outside Argo CD's namespace with a hook and something that is to be pruned.
fn application() -> Value {
    json!({
        "metadata": { "name": "web", "namespace": "team-b" },
        "spec": { "syncPolicy": { "automated": { "selfHeal": true } } },
        "status": { "resources": [
            { "group": "batch", "kind": "Job", "namespace": "shop", "name": "migrate", "hook": true, "requiresPruning": true },
            { "kind": "ConfigMap", "namespace": "shop", "name": "old", "requiresPruning": true },
            { "kind": "ConfigMap", "namespace": "shop", "name": "web" },
        ] },
        "operation": { "sync": {} },
    })
}

fn sync(more: Value) -> String {
    let server = Server::answering(200, "application/json", &application().to_string());
    let mut arguments = json!({ "applicationName": "team-b/web" });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(call(&server.url, "sync_application", arguments))
}

#[test]
fn an_option_that_does_nothing_is_told() {
    let said = sync(json!({ "syncOptions": ["Force=true", "delete=false", "Bogus=true", "PruneLst=true"] }));
    assert!(said.starts_with("Sync of team-b/web started"), "{said}");
    for note in [
        "Sync option Force counts only as an annotation of a resource; for a sync give force=true.",
        "Sync option Delete counts as an annotation of a resource and, from Argo CD 3.4 on, in the application's own spec, not in one sync.",
        "Sync option Bogus is not known here; Argo CD passes over those that it does not know.",
        "Sync option PruneLst is not known here (did you mean `PruneLast`",
    ] {
        assert!(said.contains(note), "{note}: {said}");
    }
    let known = sync(json!({ "syncOptions": ["createnamespace=true", "Prune=confirm", "Validate=false"] }));
    assert!(!known.contains("Sync option"), "{known}");
}

#[test]
fn hooks_are_never_pruned() {
    let mut application = application();
    application["status"]["sync"] = json!({ "status": "OutOfSync", "revision": "a" });
    application["operation"]["sync"] = json!({ "prune": true, "revision": "a" });
    let server = Server::answering(200, "application/json", &application.to_string());
    let said = text(call(&server.url, "sync_application", json!({ "applicationName": "team-b/web", "prune": true })));
    assert!(said.contains("It deletes, unless annotated Prune=false: ConfigMap shop/old."), "{said}");
    // Of those Argo CD may tell neither status nor health.
    let said = text(call(&server.url, "get_application", json!({ "applicationName": "team-b/web" })));
    assert!(
        said.contains("\nhooks, told of by get_application_resource_tree (1 of 3):\n  Job shop/migrate\n"),
        "{said}"
    );
    assert!(said.contains("no resource is said to be unwell or out of sync\n"), "{said}");
}

#[test]
fn what_replacing_and_a_dry_run_do_besides_is_told() {
    let said = |dry: bool| {
        let mut application = application();
        application["operation"]["sync"] =
            json!({ "dryRun": dry, "syncOptions": ["Replace=true"], "syncStrategy": { "hook": { "force": true } } });
        let server = Server::answering(200, "application/json", &application.to_string());
        text(call(&server.url, "sync_application", json!({ "applicationName": "team-b/web", "dryRun": dry })))
    };
    let whole = "resources whole: what the repository does not set, such as an autoscaler's replicas, goes, and deletes each before it makes it again.";
    let (sync, dry) = (said(false), said(true));
    assert!(sync.contains(&format!("\nIt replaces {whole}")) && !sync.contains("left over"), "{sync}");
    assert!(
        dry.contains(&format!("\nIt would replace {whole}")) && dry.contains("\nHooks left over from before"),
        "{dry}"
    );
}

#[test]
fn a_chosen_resource_to_which_nothing_happens_is_told() {
    let old = "\nWithout prune=true nothing happens to what is no longer in the repository: ConfigMap shop/old";
    let hook = "\nNo hook runs when resources are chosen, so that nothing happens to: Job shop/migrate";
    let said = sync(json!({ "resources": ["Job/migrate", "ConfigMap/old", "ConfigMap/web"] }));
    assert!(said.contains(&format!("{hook}{old}")) && !said.contains("shop/web"), "{said}");
    let said = sync(json!({ "resources": ["ConfigMap/old"], "prune": true }));
    assert!(!said.contains("nothing happens"), "{said}");
}

#[test]
fn chosen_resources_that_are_not_there_are_counted() {
    let many: Vec<String> = (0..1000).map(|number| format!(":ConfigMap:shop/no-{number:03}")).collect();
    let said = sync(json!({ "resources": many }));
    let told = "So far application `team-b/web` has none of these, and what the revision does not have is not synced: ConfigMap shop/no-000, ConfigMap shop/no-001, ";
    assert!(said.contains(told) && said.ends_with("shop/no-019 and 980 more") && said.len() < 4000, "{said}");
}

#[test]
fn force_that_server_side_apply_refuses_is_told() {
    let said = |dry: bool, force: bool, options: Value| {
        let mut application = application();
        application["operation"]["sync"] =
            json!({ "dryRun": dry, "syncOptions": options, "syncStrategy": { "hook": { "force": force } } });
        let server = Server::answering(200, "application/json", &application.to_string());
        text(call(&server.url, "sync_application", json!({ "applicationName": "team-b/web" })))
    };
    let note = "\nIt fails: force is not possible with ServerSideApply=true, but for what is annotated otherwise. Sync without force, or with syncOptions [\"ServerSideApply=false\"].";
    assert!(said(false, true, json!(["ServerSideApply=true"])).contains(note));
    for (dry, force, options) in [
        (true, true, json!(["ServerSideApply=true"])),
        (false, false, json!(["ServerSideApply=true"])),
        (false, true, json!(["ServerSideApply=true", "Replace=true"])),
        (false, true, json!([])),
    ] {
        let said = said(dry, force, options);
        assert!(!said.contains("It fails"), "{said}");
    }
}

/// What an action says that changes a field.
fn act(before: &Value, after: &Value, refusal: Option<&'static str>) -> String {
    let (before, after, acted) = (before.to_string(), after.to_string(), std::sync::atomic::AtomicBool::new(false));
    let server = Server::start(move |request| {
        let path = request.path();
        let node = json!({ "group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web", "version": "v1", "uid": "u" });
        match (request.method.as_str(), refusal) {
            ("POST", Some(refusal)) => http::json(400, &json!({ "error": refusal, "message": refusal, "code": 3 })),
            ("POST", None) => {
                acted.store(true, std::sync::atomic::Ordering::SeqCst);
                http::json(200, &json!({}))
            }
            _ if path == "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
            _ if path.ends_with("/resource-tree") => http::json(200, &json!({ "nodes": [node] })),
            _ if path.ends_with("/actions") => {
                http::json(200, &json!({ "actions": [{ "name": "scale", "params": [{ "name": "replicas" }] }] }))
            }
            _ if path.ends_with("/resource") => {
                let now = if acted.load(std::sync::atomic::Ordering::SeqCst) { &after } else { &before };
                http::json(200, &json!({ "manifest": now }))
            }
            _ => http::json(200, &application()),
        }
    });
    let arguments = json!({ "applicationName": "team-b/web", "resourceRef": "Deployment.apps/web", "action": "scale" });
    text(call(&server.url, "run_resource_action", arguments))
}

#[test]
fn only_a_restart_is_not_healed_away() {
    let of = |path: &str, value: &str| {
        let mut object = json!({ "kind": "Deployment", "spec": {} });
        object["spec"][path] = value.into();
        object
    };
    let note = "team-b/web heals itself";
    let policy = act(&of("restartPolicy", "Always"), &of("restartPolicy", "Never"), None);
    assert!(policy.contains(note), "{policy}");
    for key in ["restartAt", "kubectl.kubernetes.io/restartedAt"] {
        let time = act(&of(key, "2026-01-01"), &of(key, "2026-01-02"), None);
        assert!(time.contains("It changed") && !time.contains(note), "{time}");
    }
}

#[test]
fn a_restart_of_what_is_paused_has_yet_to_come() {
    let of = |paused: bool, time: &str| json!({ "kind": "Deployment", "spec": { "paused": paused, "template": { "restartedAt": time } } });
    let waits = "\nIt is paused: its pods stay as they are until action resume.";
    for (paused, told) in [(true, true), (false, false)] {
        let said = act(&of(paused, "2026-01-01"), &of(paused, "2026-01-02"), None);
        assert_eq!(said.ends_with(waits), told, "{said}");
    }
}

#[test]
fn a_parameter_that_was_not_given_is_named() {
    let none = json!({ "kind": "Deployment" });
    let said = act(&none, &none, Some("<script>:5: cannot perform concat operation between string and nil"));
    assert!(said.contains("Action scale takes the parameters replicas; `parameters` has no replicas."), "{said}");
}

#[test]
fn an_action_of_the_application_itself_says_what_it_changed() {
    let off = std::sync::atomic::AtomicBool::new(false);
    let server = Server::start(move |request| match (request.method.as_str(), request.path()) {
        ("POST", _) => {
            off.store(true, std::sync::atomic::Ordering::SeqCst);
            http::json(200, &json!({}))
        }
        (_, "/api/version") => http::json(200, &json!({ "Version": "v3.5.1" })),
        (_, path) if path.ends_with("/resource-tree") => http::json(200, &json!({ "nodes": [] })),
        (_, path) if path.ends_with("/actions") => {
            http::json(200, &json!({ "actions": [{ "name": "toggle-auto-sync" }] }))
        }
        (_, path) if path.ends_with("/resource") => {
            http::json(400, &json!({ "code": 3, "message": "not found as part of application web" }))
        }
        _ => {
            let mut now = application();
            now["metadata"]["ownerReferences"] = json!([{ "kind": "ApplicationSet", "name": "fleet" }]);
            if off.load(std::sync::atomic::Ordering::SeqCst) {
                now["spec"]["syncPolicy"]["automated"]["enabled"] = json!(false);
            }
            http::json(200, &now)
        }
    });
    let arguments =
        json!({ "applicationName": "team-b/web", "resourceRef": "Application/web", "action": "toggle-auto-sync" });
    let said = text(call(&server.url, "run_resource_action", arguments));
    let set = "ApplicationSet fleet generates web and writes its template over it";
    assert!(said.contains("It changed:\n  spec.syncPolicy.automated.enabled: none \u{2192} false\n"), "{said}");
    assert!(said.contains(set), "{said}");
}
