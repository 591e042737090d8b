//! `sync_application`: the exact requests, the merged options, and every recorded refusal.

use serde_json::{Value, json};

use crate::{
    harness::{call, call_as, client_has, text},
    http::{self, Request, Server},
    recordings,
    replay::Replay,
    snapshots::check,
};

/// Answers gets with an application that has sync options, and syncs like the recorded server.
fn echo(sources: &Value) -> Server {
    let mut application = json!({
        "metadata": { "name": "shop" },
        "spec": { "syncPolicy": { "syncOptions": ["CreateNamespace=true", "PruneLast=true"] } },
        "status": { "resources": [
            { "group": "apps", "kind": "Deployment", "namespace": "shop", "name": "shop" },
            { "kind": "ConfigMap", "namespace": "shop", "name": "shop" },
        ] },
    });
    application["spec"]["sources"] = sources.clone();
    let synced = recordings::load("v3.5.1/applications.sync").response.json.unwrap();
    Server::start(move |request| http::json(200, if request.method == "GET" { &application } else { &synced }))
}

fn wire(arguments: Value) -> Vec<Request> {
    let sources = if arguments.get("revisions").is_some() { json!([{}, {}]) } else { Value::Null };
    let server = echo(&sources);
    let result = call(&server.url, "sync_application", arguments);
    assert!(result.is_ok(), "{result:?}");
    server.calls()
}

#[test]
fn every_argument_has_its_place_on_the_wire() {
    let cases = [
        json!({ "applicationName": "shop" }),
        json!({ "applicationName": "team-b/shop", "project": "team-b" }),
        json!({ "applicationName": "shop", "dryRun": true, "prune": true }),
        json!({ "applicationName": "shop", "dryRun": "true", "prune": "false", "revision": "v1.2.3" }),
        json!({ "applicationName": "shop", "revisions": ["1.2.0", "main"], "sourcePositions": [1, "2"] }),
        json!({ "applicationName": "shop", "force": true }),
        json!({ "applicationName": "shop", "resources": [{ "group": "apps", "kind": "Deployment", "name": "shop", "namespace": "shop" }] }),
        json!({ "applicationName": "shop", "resources": { "kind": "ConfigMap", "name": "shop" } }),
        json!({ "applicationName": "shop", "resources": ["Deployment/shop", "apps:Deployment:shop/shop"] }),
        json!({ "applicationName": "shop", "retry": { "limit": "3", "backoff": { "duration": "5s", "factor": 2, "maxDuration": "1m" } } }),
        json!({ "applicationName": "shop", "syncOptions": ["PruneLast=false", "Replace=true"] }),
        json!({ "applicationName": "shop", "syncOptions": "Replace=true" }),
        json!({ "applicationName": "shop", "syncOptions": ["createnamespace = False", "New = yes"] }),
        json!({ "applicationName": "shop", "syncOptions": ["Replace=true"], "replaceSyncOptions": true }),
    ];
    let show = |request: &Request| {
        let content_type = request.headers.get("content-type").map(|value| format!("  [{value}]")).unwrap_or_default();
        format!("{}{content_type} {}", request.line(), request.body)
    };
    let seen: Vec<String> = cases
        .iter()
        .filter(|arguments| arguments.get("revisions").is_none() || client_has("2.11"))
        .map(|arguments| {
            format!("## {arguments}\n{}", wire(arguments.clone()).iter().map(show).collect::<Vec<_>>().join("\n"))
        })
        .collect();
    check("sync_application.wire", &seen.join("\n\n"));
}

#[test]
fn what_contradicts_itself_is_refused_before_any_request() {
    let cases = [
        json!({ "applicationName": "shop", "revisions": ["a", "b"], "sourcePositions": [1] }),
        json!({ "applicationName": "shop", "revisions": ["a"], "sourcePositions": [0] }),
        json!({ "applicationName": "shop", "revision": "a", "revisions": ["a"], "sourcePositions": [1] }),
        json!({ "applicationName": "shop", "replaceSyncOptions": true }),
        json!({ "applicationName": "shop", "syncOptions": ["Replace"] }),
        json!({ "applicationName": "shop", "revision": "x", "revisions": ["a", "b"], "sourcePositions": [0], "replaceSyncOptions": true, "resources": ["*:Deployment:*", "!apps:Deployment:shop"] }),
        json!({ "applicationName": "shop", "revisions": ["a", "b"], "sourcePositions": [1, 1] }),
        json!({ "applicationName": "shop", "syncOptions": ["CreateNamespace=", " = x"] }),
        json!({ "applicationName": "shop", "resources": [] }),
        json!({ "applicationName": "shop", "resources": [{ "kind": "Deployment", "nmae": "shop" }], "retry": { "limit": "many" }, "prun": true }),
        json!({ "prune": 1 }),
    ];
    let server = echo(&Value::Null);
    let seen: Vec<String> = cases
        .iter()
        .map(|arguments| format!("## {arguments}\n{}", text(call(&server.url, "sync_application", arguments.clone()))))
        .collect();
    check("sync_application.contradictions", &seen.join("\n\n"));
    assert!(server.requests().iter().all(|request| request.path() == "/api/version"));
}

#[test]
fn revisions_that_argo_cd_would_ignore_are_refused() {
    let one = json!([{}]);
    let mut cases = vec![
        (&one, json!({ "revision": "v1" }), "one `spec.source`; this application has 1 source"),
        (&one, json!({ "revision": "v1" }), "Give revisions=[\"v1\"] with sourcePositions=[N], N from 1 to 1;"),
    ];
    if client_has("2.11") {
        let pair = |position: u8| json!({ "revisions": ["v1"], "sourcePositions": [position] });
        cases.extend([
            (&Value::Null, pair(1), "`revisions` is for applications with `spec.sources`"),
            (&Value::Null, pair(1), "Give revision=\"v1\";"),
            (&one, pair(2), "`sourcePositions` has 2; the application has 1 source"),
        ]);
    }
    for (sources, mut arguments, why) in cases {
        let server = echo(sources);
        arguments["applicationName"] = json!("shop");
        let said = text(call(&server.url, "sync_application", arguments));
        assert!(said.contains(why) && said.contains("nothing was synced"), "{said}");
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
}

#[test]
fn an_application_that_cannot_be_read_is_not_synced() {
    let server = Server::start(|request| match request.method.as_str() {
        "GET" => http::answer(200, "application/json", b"{\"spec\":"),
        _ => http::json(200, &json!({})),
    });
    let refused = text(call(
        &server.url,
        "sync_application",
        json!({ "applicationName": "shop", "syncOptions": ["Replace=true"] }),
    ));
    assert!(refused.contains("nothing was synced"), "{refused}");
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn what_was_started_is_said() {
    let mut seen = vec![];
    for (name, arguments) in [
        (
            "sync",
            json!({ "applicationName": "scratch", "syncOptions": ["CreateNamespace=true"], "replaceSyncOptions": true }),
        ),
        ("sync.dry-run", json!({ "applicationName": "scratch", "dryRun": true })),
        (
            "sync.selective",
            json!({ "applicationName": "scratch", "resources": [{ "group": "", "kind": "ConfigMap", "name": "checkout-config", "namespace": "scratch" }] }),
        ),
    ] {
        let replay = Replay::of("v3.5.1", &["version", &format!("applications.{name}"), "applications.get.after-sync"]);
        seen.push(format!("## {name}\n{}", text(call(replay.url(), "sync_application", arguments))));
    }
    check("sync_application.started", &seen.join("\n\n"));
}

#[test]
fn every_recorded_refusal_is_explained() {
    let mut seen = vec![];
    for name in recordings::names("v3.5.1", "applications.sync.") {
        let recording = recordings::load(&name);
        if recording.response.status == Some(200) {
            continue;
        }
        let identity = recording.request.identity.clone();
        let application = recording.request.path.split('/').nth(4).unwrap().to_owned();
        let mut others =
            vec![recordings::load("v3.5.1/version"), recordings::load("v3.5.1/applications.list"), recording];
        others.iter_mut().for_each(|other| other.request.identity.clone_from(&identity));
        let replay = Replay::new("v3.5.1", others);
        let answer =
            text(call_as(replay.url(), &identity, "sync_application", json!({ "applicationName": application })));
        seen.push(format!("## {name}\n{}", answer.replace(replay.url(), "http://argocd")));
    }
    assert_eq!(seen.len(), 8);
    check("sync_application.refusals", &seen.join("\n\n"));
}

#[test]
fn an_answer_that_is_not_the_application_is_no_success() {
    let without_operation = r#"{"metadata":{"name":"shop"},"spec":{}}"#;
    let server = Server::answering(200, "application/json", without_operation);
    let said = text(call(&server.url, "sync_application", json!({ "applicationName": "shop", "dryRun": true })));
    assert!(said.contains("Argo CD's answer has no operation; whether the sync was started is not known"), "{said}");
    for body in ["", "nonsense", "{}", "null", r#"{"error":"permission denied","message":"permission denied"}"#] {
        let server = Server::answering(200, "application/json", body);
        let answer = text(call(&server.url, "sync_application", json!({ "applicationName": "shop", "prune": true })));
        assert!(answer.starts_with("[error: Protocol]") && answer.contains("is not known"), "{body}: {answer}");
        let options = json!({ "applicationName": "shop", "syncOptions": ["Replace=true"] });
        let answer = text(call(&server.url, "sync_application", options));
        assert!(answer.contains("nothing was synced"), "{body}: {answer}");
    }
}

#[test]
fn resources_that_are_not_the_applications_are_not_synced() {
    let server = echo(&Value::Null);
    let ask = |resources: Value| {
        text(call(&server.url, "sync_application", json!({ "applicationName": "shop", "resources": resources })))
    };
    assert_eq!(
        ask(json!("Deployment/shp")),
        "[error: NotFound]\napplication `shop` has no Deployment shp\nDid you mean shop?"
    );
    let said = ask(json!(["Deployment/shp", "Servce/shop"]));
    assert!(
        said.contains("2 problems") && said.contains("no Deployment shp") && said.contains("no Servce shop"),
        "{said}"
    );
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    // That list has no uids.
    let said = ask(json!([{ "kind": "Deployment", "name": "shop", "uid": "b67b71f3" }]));
    assert!(!said.contains("uid"), "{said}");
    // What is named in full may be in a revision that is not known here yet.
    let said = ask(json!(["apps:Deployment:shp", "apps:deployment:shop"]));
    assert!(said.contains("So far application `shop` has no Deployment shp: nothing is synced if the revision has none. Did you mean shop?"), "{said}");
    let sent = server.requests().into_iter().rfind(|request| request.method == "POST").unwrap().body;
    assert!(sent.contains(r#"{"group":"apps","kind":"Deployment","name":"shop","namespace":"shop"}"#), "{sent}");
}

#[test]
fn a_sync_is_never_repeated() {
    let server = Server::answering(503, "text/plain", "upstream connect error");
    let answer = text(call(&server.url, "sync_application", json!({ "applicationName": "shop" })));
    assert!(answer.contains("answered 503: upstream connect error"), "{answer}");
    assert_eq!(server.requests().len(), 1);
}
