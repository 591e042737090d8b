//! The writing tools: the exact requests, what is merged and kept, what is answered, and every recorded refusal.

use argocd_mcp::tools::{Effect, table::ROWS};
use serde_json::{Value, json};

use crate::{
    harness::{call, call_as, client_has, text},
    http::{self, Server},
    recordings,
    replay::Replay,
    snapshots::check,
    stage::Stage,
};

pub fn refused(tool: &str, arguments: Value) -> String {
    let stage = Stage::start("v3.5.1");
    let refused = text(call(&stage.server.url, tool, arguments));
    assert_eq!(stage.writes(), Vec::<String>::new(), "{refused}");
    refused
}

#[test]
fn an_application_is_sent_as_it_was_given() {
    for name in ["create", "create.again-same"] {
        let recording = recordings::load(&format!("v3.5.1/applications.{name}"));
        let given = recording.request.body.clone().unwrap();
        let server = Server::answering(200, "application/json", &recording.response.json.unwrap().to_string());
        call(&server.url, "create_application", json!({ "application": given, "upsert": "true", "validate": false }))
            .unwrap();
        let requests = server.calls();
        assert_eq!(requests[1].line(), "POST /api/v1/applications?upsert=true&validate=false");
        assert_eq!(serde_json::from_str::<Value>(&requests[1].body).unwrap(), given);
    }
}

/// A copy of an application that runs is new: Argo CD would keep the other one's history, and deploy nothing.
#[test]
fn what_argo_cd_writes_itself_is_not_sent() {
    let recording = recordings::load("v3.5.1/applications.create");
    let given = recording.request.body.clone().unwrap();
    let mut copied = given.clone();
    copied["status"] = json!({ "history": [{ "id": 7 }] });
    copied["operation"] = json!({ "sync": {} });
    let server = Server::answering(200, "application/json", &recording.response.json.unwrap().to_string());
    let said = text(call(&server.url, "create_application", json!({ "application": copied })));
    assert_eq!(serde_json::from_str::<Value>(&server.calls()[0].body).unwrap(), given);
    let left_out = "\n`application.operation` was left out: sync_application starts one.\n`application.status` was left out: Argo CD writes that itself.";
    assert!(said.contains(left_out), "{said}");
}

#[test]
fn every_recorded_application_passes_the_binder_unchanged() {
    let mut seen = 0;
    for recording in recordings::all("v3.5.1").into_iter().chain(recordings::all("v2.14.21")) {
        let lists = recording.response.json.as_ref().and_then(|json| json["items"].as_array().cloned());
        for object in lists.unwrap_or_default().into_iter().chain(recording.response.json).chain(recording.request.body)
        {
            let source = ["source", "sources", "sourceHydrator"].iter().any(|key| object["spec"].get(*key).is_some());
            if !source || object.pointer("/spec/destination").is_none() || object.pointer("/metadata/name").is_none() {
                continue;
            }
            let row = argocd_mcp::tools::find("create_application").unwrap();
            let Value::Object(arguments) = json!({ "application": object }) else { unreachable!() };
            let bound = argocd_mcp::tools::Bound::new(row, arguments).map_err(|error| error.message).unwrap();
            assert_eq!(bound.get("application").unwrap(), &object);
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn sources_of_every_kind_and_unknown_keys_are_kept() {
    let spec = json!({
        "project": "default",
        "sources": [
            { "repoURL": "oci://registry/charts", "chart": "redis", "targetRevision": "19.*", "helm": { "valuesObject": { "a": { "b": null } }, "parameters": [{ "name": "x", "value": "1", "forceString": true }] } },
            { "repoURL": "https://git/x", "ref": "values", "kustomize": { "images": ["a=b:1"], "patches": [{ "target": { "kind": "Deployment" }, "patch": "- op: x" }] } },
            { "repoURL": "https://git/y", "path": "j", "directory": { "recurse": true, "jsonnet": { "tlas": [{ "name": "a", "value": "b" }] } }, "plugin": { "name": "p", "env": [{ "name": "A", "value": "B" }] } },
        ],
        "destination": { "name": "staging", "namespace": "x" },
        "newInArgoCd9": { "deep": [1, { "x": null }] },
        "syncPolicy": { "automated": { "prune": true, "enabled": false }, "retry": { "limit": 5, "backoff": { "duration": "5s", "factor": 2 } } },
    });
    let application = json!({ "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": { "name": "x", "labels": { "a.b/c": "d" } }, "spec": spec, "extra": null });
    let server = Server::answering(200, "application/json", &application.to_string());
    let said = text(call(&server.url, "create_application", json!({ "application": application.to_string() })));
    assert_eq!(serde_json::from_str::<Value>(&server.calls()[0].body).unwrap(), application, "{said}");
    let mut without = application.clone();
    without["spec"].as_object_mut().unwrap().remove("newInArgoCd9");
    let server = Server::answering(200, "application/json", &without.to_string());
    let said = text(call(&server.url, "create_application", json!({ "application": application })));
    assert!(said.contains("\nArgo CD did not take `spec.newInArgoCd9`: check the names.\n"), "{said}");
}

#[test]
fn what_an_application_lacks_is_told_at_once() {
    let said =
        refused("create_application", json!({ "application": { "spec": { "destination": {}, "source": null } } }));
    check("create_application.incomplete", &said);
}

#[test]
fn a_name_may_have_its_namespace_in_front() {
    let application = |name: &str, namespace: &str| json!({ "application": { "metadata": { "name": name, "namespace": namespace }, "spec": { "project": "p", "source": { "repoURL": "r", "path": "." }, "destination": { "name": "c" } } } });
    for namespace in ["", "team-b"] {
        let stage = Stage::start("v3.5.1");
        let _ = call(&stage.server.url, "create_application", application("team-b/x", namespace));
        let sent = stage.writes().concat();
        assert!(sent.contains(r#""metadata":{"name":"x","namespace":"team-b"}"#), "{sent}");
    }
    let said = refused("create_application", application("team-b/x", "team-a"));
    assert!(said.contains("names two namespaces: `team-b` in its name, and `team-a`"), "{said}");
    let mut elsewhere = application("x", "");
    elsewhere["applicationNamespace"] = json!("team-b");
    let said = refused("create_application", elsewhere);
    assert!(
        said.contains("`applicationNamespace` is not an argument of this tool; write `application.metadata.namespace`"),
        "{said}"
    );
    // What a handler fills nobody else does.
    let said = refused("update_application", json!({ "applicationName": "a", "application": {}, "newProject": "p" }));
    assert!(said.contains("`newProject` is not an argument of this tool"), "{said}");
}

#[test]
fn whoever_deploys_what_was_created_is_named() {
    for (id, parent) in [
        ("root:argoproj.io/Application:argocd/x", "root"),
        ("team-b_root:argoproj.io/Application:team-b/x", "team-b/root"),
    ] {
        let created = json!({ "metadata": { "name": "x", "annotations": { "argocd.argoproj.io/tracking-id": id } }, "spec": { "project": "p" } });
        let server = Server::start(move |_| http::json(200, &created));
        let application = json!({ "metadata": { "name": "x" }, "spec": { "project": "p", "source": { "repoURL": "r", "path": "." }, "destination": { "name": "c" } } });
        let said = text(call(&server.url, "create_application", json!({ "application": application })));
        assert!(said.contains(&format!("Application {parent} deploys it and reverts what its source sets")), "{said}");
    }
    // Argo CD before 3.0 says it by a label, as others do, too.
    let says = |labels: Value, annotations: Value| {
        let body = json!({ "metadata": { "name": "x", "labels": labels, "annotations": annotations }, "spec": { "project": "p" } });
        let server = Server::start(move |_| http::json(200, &body));
        text(call(&server.url, "get_application", json!({ "applicationName": "x" })))
    };
    let label = |parent: &str| json!({ "app.kubernetes.io/instance": parent });
    let perhaps = "deployed by: perhaps Application team-b/root, by its label app.kubernetes.io/instance";
    assert!(says(label("team-b_root"), json!({})).contains(perhaps));
    assert!(!says(label("x"), json!({})).contains("deployed by"));
    let tracked =
        says(label("chart"), json!({ "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/x" }));
    assert!(
        tracked.contains("deployed by: Application root, by its tracking id") && !tracked.contains("chart"),
        "{tracked}"
    );
}

#[test]
fn marks_are_never_written() {
    let marked = "x-\u{ab}masked 4f2a\u{bb}";
    let application = json!({ "metadata": { "name": "x" }, "spec": { "project": "p", "source": { "helm": { "parameters": [{ "name": "a", "value": marked }] } }, "destination": { "name": "c" } } });
    let said = refused("create_application", json!({ "application": application }));
    assert!(said.contains("`application.spec.source.helm.parameters[0].value` holds a mark"), "{said}");
    for row in ROWS.iter().filter(|row| row.effect != Effect::Read) {
        let mut arguments: Value = serde_json::from_str(row.example).unwrap();
        arguments["applicationName"] = json!(marked);
        let said = text(call("http://127.0.0.1:1", row.name, arguments));
        assert!(said.starts_with("[error: Arguments]"), "{}: {said}", row.name);
    }
}

#[test]
fn a_deletion_says_what_goes_and_what_it_waits_for() {
    let mut seen = vec![];
    for arguments in [
        json!({ "applicationName": "argocd/scratch", "propagationPolicy": "Foreground" }),
        json!({ "applicationName": "scratch", "cascade": "false" }),
    ] {
        let stage = Stage::start("v3.5.1");
        let said = text(call(&stage.server.url, "delete_application", arguments.clone()));
        seen.push(format!("## {arguments}\n{}\n{said}", stage.writes().join("\n")));
    }
    let stage = Stage::start("v3.5.1");
    {
        let application = &mut stage.state.lock().unwrap().application;
        application["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
        application["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    }
    let alone = json!({ "applicationName": "scratch", "cascade": false });
    seen.push(format!("## it goes already\n{}", text(call(&stage.server.url, "delete_application", alone))));
    let stage = Stage::start("v3.5.1");
    let missing = json!({ "kind": "Service", "name": "never", "health": { "status": "Missing" } });
    stage.state.lock().unwrap().application["status"]["resources"].as_array_mut().unwrap().push(missing);
    let said = text(call(&stage.server.url, "delete_application", json!({ "applicationName": "scratch" })));
    seen.push(format!("## one is not deployed\n{said}"));
    for (policy, cascade) in [("Orphan", true), ("sometimes", true), ("foreground", false)] {
        let arguments = json!({ "applicationName": "scratch", "propagationPolicy": policy, "cascade": cascade });
        seen.push(format!("## {arguments}\n{}", refused("delete_application", arguments.clone())));
    }
    check("delete_application", &seen.join("\n\n"));
}

#[test]
fn an_action_says_what_it_changed() {
    let mut seen = vec![];
    let deployment =
        json!({ "kind": "Deployment", "name": "checkout", "namespace": "checkout", "group": "apps", "version": "v1" });
    for (release, action, parameters) in [
        ("v3.5.1", "restart", json!({})),
        ("v3.5.1", "Scale", json!({ "replicas": 3 })),
        ("v2.14.21", "restart", json!({})),
        ("v2.14.21", "scale", json!({ "replicas": 3 })),
        ("v3.5.1", "scale", json!({ "replcas": 3, "size": 1 })),
        ("v3.5.1", "scale", json!({ "replicas": null })),
        ("v3.5.1", "explode", json!({})),
        ("v3.5.1", "restrt", json!({})),
        ("v3.5.1", "resume", json!({})),
    ] {
        let stage = Stage::start(release);
        let mut arguments = json!({ "applicationName": "checkout", "resourceRef": deployment, "action": action });
        if parameters != json!({}) {
            arguments["parameters"] = parameters.clone();
        }
        let said = text(call(&stage.server.url, "run_resource_action", arguments));
        seen.push(format!("## {release} {action} {parameters}\n{}\n{said}", stage.writes().join("\n")));
    }
    check("run_resource_action", &seen.join("\n\n"));
}

#[test]
fn every_recorded_refusal_of_a_write_is_explained() {
    let mut seen = vec![];
    let folder = "v3.5.1";
    for name in recordings::names(folder, "applications.create")
        .into_iter()
        .chain(recordings::names(folder, "applications.delete"))
        .chain(recordings::names(folder, "resource-actions.run"))
    {
        let recording = recordings::load(&name);
        let (status, identity) = (recording.response.status, recording.request.identity.clone());
        // What is about bodies and headers no caller of a tool can send.
        let unknown = recording.request.path.ends_with("/v2") && !client_has("3.1");
        if unknown || status == Some(200) || status == Some(415) || name.ends_with("not-json") {
            continue;
        }
        let application = recording.request.path.split('/').nth(4).unwrap_or_default().to_owned();
        let (tool, arguments) = match recording.operation.as_deref().unwrap_or_default() {
            "ApplicationService_Create" => ("create_application", json!({ "application": recording.request.body })),
            "ApplicationService_Delete" => {
                let policy = recording.request.query.iter().find(|(name, _)| name == "propagationPolicy");
                let policy = policy.map(|(_, policy)| policy);
                ("delete_application", json!({ "applicationName": application, "propagationPolicy": policy }))
            }
            _ => (
                "run_resource_action",
                json!({ "applicationName": application, "action": recording.request.body.as_ref().unwrap()["action"], "resourceRef": { "kind": "Deployment", "name": "checkout", "namespace": "checkout", "group": "apps", "version": "v1" } }),
            ),
        };
        let mut all = vec![recording];
        for other in [
            "version",
            "applications.list",
            "resource-actions.list.deployment",
            "resource.get.deployment",
            "applications.get.missing",
            "applications.get.after-sync",
        ] {
            all.push(recordings::load(&format!("{folder}/{other}")));
        }
        all.iter_mut().for_each(|other| other.request.identity.clone_from(&identity));
        let replay = Replay::new(folder, all);
        let answer = text(call_as(replay.url(), &identity, tool, arguments)).replace(replay.url(), "http://argocd");
        seen.push(format!("## {name}\n{answer}"));
    }
    check("writes.refusals", &seen.join("\n\n"));
}

#[test]
fn every_write_goes_out_the_same_way_to_old_and_new_servers() {
    let mut seen = vec![];
    for release in ["v3.5.1", "v2.14.21"] {
        for row in ROWS.iter().filter(|row| row.effect != Effect::Read) {
            let stage = Stage::start(release);
            let said = text(call(&stage.server.url, row.name, serde_json::from_str(row.example).unwrap()));
            assert!(!said.starts_with("[error"), "{}: {said}", row.name);
            seen.push(format!("## {} on {release}\n{}", row.name, stage.writes().join("\n")));
        }
    }
    check("writes.wire", &seen.join("\n\n"));
}

#[test]
fn a_sync_carries_who_asked_and_why() {
    let synced = recordings::load("v3.5.1/applications.sync").response.json.unwrap();
    let server = Server::answering(200, "application/json", &synced.to_string());
    call(&server.url, "sync_application", json!({ "applicationName": "shop", "reason": "hotfix 12" })).unwrap();
    let body: Value = serde_json::from_str(&server.calls()[0].body).unwrap();
    assert_eq!(
        body["infos"],
        json!([{ "name": "Requested through", "value": "argocd-mcp, test" }, { "name": "Reason", "value": "hotfix 12" }])
    );
}
