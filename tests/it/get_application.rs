//! `get_application`: one screen of every recorded application, and four ways not to find one.

use serde_json::{Value, json};

use crate::{
    harness::{call, call_as, text, tokens},
    http::Server,
    recordings::{self, Recording},
    replay::Replay,
    snapshots::check,
};

/// Recorded answers to plain gets, with their application and namespace.
fn recorded(release: &str) -> Vec<(String, Value)> {
    let names = recordings::names(release, "applications.get.");
    let plain = names.into_iter().filter_map(|name| {
        let request = recordings::load(&name).request;
        let answered = recordings::load(&name).response.status == Some(200) && request.identity == "agent";
        let refreshed = request.query.iter().any(|(key, _)| key == "refresh");
        let namespace = request.query.iter().find(|(key, _)| key == "appNamespace").map(|(_, value)| value.clone());
        let application = request.path.rsplit('/').next().unwrap().to_owned();
        (answered && !refreshed)
            .then(|| (name, json!({ "applicationName": application, "applicationNamespace": namespace })))
    });
    plain.collect()
}

#[test]
fn every_recorded_application_on_one_screen() {
    for release in ["v3.5.1", "v2.14.21"] {
        let mut seen = vec![];
        for (name, arguments) in recorded(release) {
            let replay = Replay::of(release, &[&name]);
            let text = text(call(replay.url(), "get_application", arguments));
            assert!(tokens(&text) <= 400, "{name}: {} tokens", tokens(&text));
            seen.push(format!("## {name}\n{text}"));
        }
        assert!(seen.len() > 15);
        check(&format!("get_application.{release}"), &seen.join("\n\n"));
    }
}

#[test]
fn the_largest_stays_within_its_budget() {
    let replay = Replay::of("v3.5.1", &["payloads/estate.get"]);
    let text = text(call(replay.url(), "get_application", json!({ "applicationName": "estate" })));
    check("get_application.estate", &text);
    assert!(tokens(&text) <= 400, "{} tokens", tokens(&text));
}

#[test]
fn errors_come_before_warnings() {
    let condition = |kind: &str| json!({ "type": kind, "message": format!("what {kind} says") });
    let warnings = (0..6).map(|index| condition(&format!("Excluded{index}Warning")));
    let conditions: Vec<Value> = warnings.chain(["SyncError", "UnknownError"].map(condition)).collect();
    let application = json!({
        "metadata": { "name": "shop" }, "spec": { "project": "default" }, "status": { "conditions": conditions },
    });
    let server = Server::answering(200, "application/json", &application.to_string());
    let text = text(call(&server.url, "get_application", json!({ "applicationName": "shop" })));
    let problems = text.split_once("problems (8):\n").unwrap().1;
    assert!(problems.starts_with("  SyncError: what SyncError says\n  UnknownError: "), "{text}");
    assert!(problems.contains("Excluded2Warning") && problems.contains("  and 3 more"), "{text}");
}

#[test]
fn a_project_that_is_no_name_and_an_argument_without_an_end_are_refused_before_any_request() {
    let server = Server::answering(200, "application/json", "{}");
    for (tool, arguments, said) in [
        ("get_appproject", json!({ "projectName": "../clusters" }), "`projectName` is a path, not a name"),
        ("get_appproject", json!({ "projectName": ".." }), "`projectName` is a path, not a name"),
        ("sync_application", json!({ "applicationName": "x".repeat(70_000) }), "`applicationName` is 70000 bytes long"),
        ("list_applications", json!({ "projects": ["x".repeat(20_000)] }), "`projects` is 20000 bytes long"),
    ] {
        let said_so = text(call(&server.url, tool, arguments));
        assert!(said_so.contains(said) && !said_so.contains("may have done"), "{said_so}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn an_application_that_is_skipped_says_so() {
    let mut application = recordings::load("v3.5.1/applications.sync").response.json.unwrap();
    application["metadata"]["annotations"] = json!({ "argocd.argoproj.io/skip-reconcile": "false" });
    let idle = crate::views::said("get_application", json!({ "applicationName": "shop" }), application.clone());
    assert!(!idle.contains("skip-reconcile"), "{idle}");
    application["metadata"]["annotations"] = json!({ "argocd.argoproj.io/skip-reconcile": "true" });
    let server = Server::answering(200, "application/json", &application.to_string());
    let ask = |tool: &str| text(call(&server.url, tool, json!({ "applicationName": "shop" })));
    let said = ask("get_application");
    assert!(
        said.contains("\nskip-reconcile: true: while it is true, Argo CD neither compares nor syncs nor deletes it"),
        "{said}"
    );
    let said = ask("sync_application");
    assert!(
        said.ends_with("does not begin while the application is annotated argocd.argoproj.io/skip-reconcile=true."),
        "{said}"
    );
}

#[test]
fn json_has_the_shown_values_and_raw_everything() {
    let replay = Replay::of("v3.5.1", &["payloads/estate.get"]);
    let json = call(replay.url(), "get_application", json!({ "applicationName": "estate", "output": "json" })).unwrap();
    check("get_application.json", &format!("{:#}", json.structured.unwrap()));
    let raw = call(
        replay.url(),
        "get_application",
        json!({ "applicationName": "estate", "output": "raw", "maxBytes": 100_000 }),
    )
    .unwrap();
    assert_eq!(raw.structured, None, "only output=json has a structure");
    assert_eq!(serde_json::from_str(&raw.text).ok(), recordings::load("payloads/estate.get").response.json);
}

#[test]
fn a_namespace_is_taken_in_every_spelling() {
    for arguments in [
        json!({ "applicationName": "team-b/tenant-app" }),
        json!({ "applicationName": "tenant-app", "applicationNamespace": "team-b" }),
        json!({ "applicationName": "tenant-app", "appNamespace": "team-b" }),
        json!({ "applicationName": "team-b/tenant-app", "applicationNamespace": "team-b" }),
    ] {
        let replay = Replay::of("v3.5.1", &["applications.get.tenant-app"]);
        let text = text(call(replay.url(), "get_application", arguments.clone()));
        assert!(text.starts_with("team-b/tenant-app in project team-b"), "{arguments}: {text}");
    }
}

#[test]
fn four_ways_not_to_find_an_application() {
    let mut seen = vec![];
    let mut ask = |what: &str, identity: &str, recording: &str, list: &str, arguments: Value| {
        let mut list = Recording {
            request: recordings::RecordedRequest { identity: identity.into(), ..recordings::load(list).request },
            ..recordings::load(list)
        };
        list.request.query = vec![];
        let mut version = recordings::load("v3.5.1/version");
        version.request.identity = identity.into();
        let mut refusal = recordings::load(recording);
        refusal.request.identity = identity.into();
        let name = arguments["applicationName"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        refusal.request.path = format!("/api/v1/applications/{name}");
        let replay = Replay::new("v3.5.1", vec![version, refusal, list]);
        seen.push(format!("## {what}\n{}", text(call_as(replay.url(), identity, "get_application", arguments))));
        // Who sees none may be one who may see all.
        let most = if identity == "nobody" { 4 } else { 3 };
        assert_eq!(replay.requests().len(), most, "the call, the version, one lean list");
    };
    let list = "v3.5.1/applications.list";
    ask(
        "in another namespace",
        "agent",
        "v3.5.1/applications.get.tenant-app-without-namespace",
        list,
        json!({ "applicationName": "tenant-app" }),
    );
    ask("misspelt", "agent", "v3.5.1/applications.get.missing", list, json!({ "applicationName": "chekout" }));
    ask("does not exist", "agent", "v3.5.1/applications.get.missing", list, json!({ "applicationName": "zzz" }));
    ask(
        "forbidden",
        "nobody",
        "v3.5.1/applications.get.nobody",
        "v3.5.1/applications.list.nobody",
        json!({ "applicationName": "checkout" }),
    );
    ask(
        "in another project",
        "agent",
        "v3.5.1/applications.get.wrong-project",
        list,
        json!({ "applicationName": "checkout", "project": "team-a" }),
    );
    ask(
        "missing from a project",
        "agent",
        "v3.5.1/applications.get.missing-with-project",
        list,
        json!({ "applicationName": "nope", "project": "default" }),
    );
    check("get_application.not_found", &seen.join("\n\n"));
}

#[test]
fn a_name_that_is_no_name_is_refused_before_any_request() {
    let replay = Replay::of("v3.5.1", &[]);
    let hostile = ["", ".", "..", "../clusters", "a/b/c", "/x", "x/", "a\u{0}b"];
    let seen: Vec<String> = hostile
        .iter()
        .map(|name| {
            format!("## {name:?}\n{}", text(call(replay.url(), "get_application", json!({ "applicationName": name }))))
        })
        .collect();
    check("get_application.hostile_names", &seen.join("\n\n"));
    assert_eq!(replay.requests().len(), 0);
}

#[test]
fn names_that_are_strange_but_stay_in_their_segment_are_asked_for() {
    let replay = Replay::of("v3.5.1", &["version", "applications.get.missing", "applications.list"]);
    let server = crate::http::Server::answering(
        403,
        "application/json",
        r#"{"error":"permission denied","code":7,"message":"permission denied"}"#,
    );
    text(call(&server.url, "get_application", json!({ "applicationName": r"..\projects\prod?refresh=hard#x" })));
    assert_eq!(server.requests()[0].line(), "GET /api/v1/applications/..%5Cprojects%5Cprod%3Frefresh%3Dhard%23x");
    drop(replay);
}

#[test]
fn lists_that_share_a_place_are_one_in_json() {
    let mut application = crate::recordings::load("payloads/estate.get").response.json.unwrap();
    let resources = application["status"]["resources"].as_array_mut().unwrap();
    let well = resources.iter_mut().find(|resource| resource["kind"] == "ConfigMap").unwrap();
    well["requiresDeletionConfirmation"] = json!(true);
    let name = well["name"].clone();
    let server = Server::answering(200, "application/json", &application.to_string());
    let answer =
        call(&server.url, "get_application", json!({ "applicationName": "estate", "output": "json" })).unwrap();
    let list = &answer.structured.unwrap()["status"]["resources"];
    let items = list["items"].as_array().unwrap();
    assert!(items.len() > 1 && items.iter().any(|item| item["name"] == name), "{list}");
    assert!(items.iter().any(|item| item["health"]["status"] == "Degraded"), "{list}");
    assert_eq!(list["total"], items.len());
}

#[test]
fn what_a_dry_run_would_delete_comes_first() {
    let mut application = crate::recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
    let done = |kind: &str, n: usize, what: &str| json!({ "kind": kind, "name": n.to_string(), "status": "Synced", "message": format!("x/{n} {what} (dry run)") });
    let mut resources: Vec<Value> = (0..30).map(|n| done("Deployment", n, "configured")).collect();
    resources.push(done("PersistentVolumeClaim", 30, "pruned"));
    resources.push(json!({ "kind": "Job", "name": "hook", "message": "created (by hand)" }));
    application["status"]["operationState"] = json!({ "phase": "Succeeded", "syncResult": { "resources": resources } });
    let server = Server::answering(200, "application/json", &application.to_string());
    let said = text(call(&server.url, "get_application", json!({ "applicationName": "scratch" })));
    assert!(
        said.contains("dry run would have, unless the cluster refuses it (31 of 32):\n  PersistentVolumeClaim 30: x/30 pruned (dry run)\n"),
        "{said}"
    );
}
