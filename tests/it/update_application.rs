//! `update_application`: what is merged and kept, what is refused, and who will revert it.

use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    snapshots::check,
    stage::Stage,
    writes::refused,
};

#[test]
fn an_update_merges_and_loses_nothing() {
    let stage = Stage::start("v3.5.1");
    {
        let application = &mut stage.state.lock().unwrap().application;
        application["metadata"]["labels"] = json!({ "team": "lab", "old": "x" });
        application["metadata"]["annotations"] = json!({ "a.b/c": "kept" });
        application["operation"] = json!({ "sync": { "revision": "abc" } });
        application["spec"]["unknownKey"] = json!({ "deep": 1 });
        application["spec"]["syncPolicy"]["syncOptions"] = json!(["A=true", "B=true"]);
    }
    let before = stage.state.lock().unwrap().application.clone();
    let patch = json!({ "metadata": { "labels": { "new": "y", "old": null } }, "spec": { "source": { "targetRevision": "v2", "helm": { "parameters": [{ "name": "a", "value": "b" }] } }, "syncPolicy": { "syncOptions": ["C=true"] } } });
    let said = text(call(
        &stage.server.url,
        "update_application",
        json!({ "applicationName": "scratch", "application": patch }),
    ));
    let writes = stage.writes();
    assert_eq!(writes.len(), 1);
    let (line, body) = writes[0].split_once(" {").unwrap();
    assert_eq!(line, "PUT /api/v1/applications/scratch");
    let sent: Value = serde_json::from_str(&format!("{{{body}")).unwrap();
    let mut wanted = before;
    wanted["metadata"]["labels"] = json!({ "team": "lab", "new": "y" });
    wanted["spec"]["source"]["targetRevision"] = json!("v2");
    wanted["spec"]["source"]["helm"] = json!({ "parameters": [{ "name": "a", "value": "b" }] });
    wanted["spec"]["syncPolicy"]["syncOptions"] = json!(["C=true"]);
    assert_eq!(sent, wanted);
    check("update_application.merged", &said);
}

#[test]
fn an_update_is_refused_when_somebody_else_wrote() {
    let patch = json!({ "metadata": { "resourceVersion": "1" }, "spec": { "project": "other" } });
    let said = refused("update_application", json!({ "applicationName": "scratch", "application": patch }));
    assert!(
        said.contains("the application changed since: its resourceVersion is") && said.contains("nothing was written"),
        "{said}"
    );
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let revision = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst).to_string();
        http::json(
            200,
            &json!({ "metadata": { "name": "scratch" }, "spec": { "source": { "targetRevision": revision } }, "status": { "x": revision } }),
        )
    });
    let said = text(call(
        &server.url,
        "update_application",
        json!({ "applicationName": "scratch", "application": { "spec": { "project": "p" } } }),
    ));
    assert!(said.contains("spec was changed by somebody else just now; nothing was written"), "{said}");
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn an_application_keeps_its_name_and_nothing_is_written_for_nothing() {
    let rename = json!({ "applicationName": "scratch", "application": { "metadata": { "name": "other" } } });
    assert!(
        refused("update_application", rename)
            .contains("`application.metadata.name` is \"other\", but the application's is \"scratch\"")
    );
    let same = json!({ "applicationName": "scratch", "application": { "spec": { "project": "default" } } });
    assert_eq!(refused("update_application", same), "scratch is so already; nothing was written.");
}

#[test]
fn whoever_reverts_an_edit_is_named() {
    let patch = |stage: &Stage, revision: &str| {
        let patch = json!({ "spec": { "source": { "targetRevision": revision } } });
        text(call(
            &stage.server.url,
            "update_application",
            json!({ "applicationName": "scratch", "application": patch }),
        ))
    };
    let stage = Stage::start("v3.5.1");
    stage.state.lock().unwrap().application["metadata"]["ownerReferences"] =
        json!([{ "kind": "ApplicationSet", "name": "fleet" }]);
    let said = patch(&stage, "v2");
    assert!(said.ends_with("\nApplicationSet fleet generates scratch and writes its template over it, unless its applicationsSync or ignoreApplicationDifferences says otherwise: change the ApplicationSet instead."), "{said}");
    let stage = Stage::start("v3.5.1");
    {
        let application = &mut stage.state.lock().unwrap().application;
        application["metadata"]["annotations"] =
            json!({ "argocd.argoproj.io/tracking-id": "apps:argoproj.io/Application:argocd/scratch" });
        // On this stage the parent looks like the child.
        application["status"]["resources"] = json!([{ "kind": "Application", "name": "scratch" }]);
        application["spec"]["syncPolicy"]["automated"] = json!({ "selfHeal": true });
    }
    let said = patch(&stage, "v2");
    assert!(said.ends_with("\nApplication apps deploys scratch from http://127.0.0.1:9080/shop.git checkout v2: its self-heal reverts what its source sets of this; change it there instead."), "{said}");

    // Automation that is switched off heals nothing.
    let stage = Stage::start("v3.5.1");
    {
        let application = &mut stage.state.lock().unwrap().application;
        application["metadata"]["annotations"] =
            json!({ "argocd.argoproj.io/tracking-id": "apps:argoproj.io/Application:argocd/scratch" });
        application["status"]["resources"] = json!([{ "kind": "Application", "name": "scratch" }]);
        application["spec"]["syncPolicy"]["automated"] = json!({ "enabled": false, "selfHeal": true });
    }
    let said = patch(&stage, "v2");
    assert!(said.contains(": its next sync reverts what its source sets of this; change it there"), "{said}");

    // A label says so only where the parent agrees.
    for (agrees, named) in [(false, false), (true, true)] {
        let stage = Stage::start("v2.14.21");
        {
            let application = &mut stage.state.lock().unwrap().application;
            application["metadata"]["labels"] = json!({ "app.kubernetes.io/instance": "apps" });
            application["spec"].as_object_mut().unwrap().remove("source");
            application["spec"]["sources"] = json!([{ "repoURL": "https://git.example/a.git", "path": "a" }, { "repoURL": "https://charts.example", "chart": "b" }]);
            if agrees {
                application["status"]["resources"] = json!([{ "kind": "Application", "name": "scratch" }]);
            }
        }
        let patch = json!({ "spec": { "project": "lab" } });
        let said = text(call(
            &stage.server.url,
            "update_application",
            json!({ "applicationName": "scratch", "application": patch }),
        ));
        let note = "Application apps deploys scratch from https://git.example/a.git a and https://charts.example b: its next sync reverts";
        assert_eq!(said.contains(note), named, "{said}");
    }
}

#[test]
fn an_answer_that_is_no_application_is_no_success() {
    let application = crate::recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
    let server = http::Server::start(move |request| match request.method.as_str() {
        "GET" => http::json(200, &application),
        _ => http::json(200, &json!({})),
    });
    let patch = json!({ "spec": { "source": { "targetRevision": "v2" } } });
    let said =
        text(call(&server.url, "update_application", json!({ "applicationName": "scratch", "application": patch })));
    assert!(said.contains("whether it was written is not known") && !said.contains("→"), "{said}");
}

#[test]
fn what_argo_cd_keeps_in_spite_of_a_write_is_named() {
    let application = crate::recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
    let server = Server::start(move |_| http::json(200, &application));
    let update = |patch: Value| {
        text(call(&server.url, "update_application", json!({ "applicationName": "scratch", "application": patch })))
    };
    let nothing = "scratch was written, but nothing changed.";
    let said = update(json!({ "spec": { "source": { "targetRevision": "v2" } } }));
    let kept = format!("{nothing} Argo CD kept what it has (→ what was asked for):\n  spec.source.targetRevision: ");
    assert!(said.starts_with(&kept) && said.ends_with(" → v2"), "{said}");
    let said = update(json!({ "status": { "health": { "status": "Fine" } } }));
    let status = "\n`application.status` was left out: Argo CD writes that itself.";
    assert_eq!(said, format!("scratch is so already; nothing was written.{status}"));
    let said = update(json!({ "spec": { "ignoreDifferences": [] } }));
    assert_eq!(said, format!("{nothing} To Argo CD what was asked for is the same."));
}

#[test]
fn what_an_object_is_is_no_change_of_it() {
    let stage = Stage::start("v3.5.1");
    let update = |kind: &str| {
        let part = json!({ "apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": { "name": "scratch" } });
        text(call(
            &stage.server.url,
            "update_application",
            json!({ "applicationName": "scratch", "application": part }),
        ))
    };
    assert_eq!(update("Application"), "scratch is so already; nothing was written.");
    let said = update("AppProject");
    assert!(said.contains("`application.kind` is \"AppProject\", not that of an application; leave it out"), "{said}");
    assert!(stage.writes().is_empty());
    // Argo CD leaves it out of its answers.
    let created = json!({ "metadata": { "name": "x" }, "spec": { "project": "p", "source": { "repoURL": "r", "path": "." }, "destination": { "name": "c" } } });
    let mut application = created.clone();
    application["apiVersion"] = json!("argoproj.io/v1alpha1");
    application["kind"] = json!("Application");
    let server = Server::start(move |_| http::json(200, &created));
    let said = text(call(&server.url, "create_application", json!({ "application": application })));
    assert!(said.starts_with("x in project p") && !said.contains("did not take"), "{said}");
}

#[test]
fn updates_at_the_same_time_lose_nothing_of_each_other() {
    let stage = Stage::start("v3.5.1");
    let url = &stage.server.url;
    std::thread::scope(|scope| {
        for key in ["a", "b", "c", "d"] {
            let patch = json!({ "metadata": { "labels": { key: "1" } } });
            let arguments = json!({ "applicationName": "scratch", "application": patch });
            scope.spawn(move || call(url, "update_application", arguments));
        }
    });
    let labels = stage.state.lock().unwrap().application["metadata"]["labels"].clone();
    assert!(["a", "b", "c", "d"].into_iter().all(|key| labels[key] == "1"), "{labels}");
}

#[test]
fn what_argo_cd_would_ignore_is_refused() {
    let update = |change: fn(&mut Value), patch: Value| {
        let stage = Stage::start("v3.5.1");
        change(&mut stage.state.lock().unwrap().application);
        let said = text(call(
            &stage.server.url,
            "update_application",
            json!({ "applicationName": "scratch", "application": patch }),
        ));
        assert!(stage.writes().is_empty(), "{said}");
        said
    };
    let source = json!({ "spec": { "source": { "targetRevision": "v2" } } });
    let said = update(|application| application["spec"]["sources"] = json!([{ "repoURL": "r" }]), source.clone());
    assert!(said.contains("`application.spec.source` counts for nothing beside `spec.sources`"), "{said}");
    let said = update(
        |application| application["spec"]["sourceHydrator"] = json!({ "drySource": { "repoURL": "r" } }),
        source,
    );
    assert!(said.contains("beside `spec.sourceHydrator`") && said.contains("nothing was written"), "{said}");
    let said = update(
        |application| application["spec"] = json!({ "sourceHydrator": { "drySource": { "repoURL": "r" } } }),
        json!({ "spec": { "sources": [{ "repoURL": "r", "path": "p" }] } }),
    );
    assert!(said.contains("`application.spec.sources` counts for nothing beside `spec.sourceHydrator`"), "{said}");
    let said = update(|_| {}, json!({ "targetRevision": "v2", "spce": {}, "source": { "path": "x" } }));
    assert!(said.contains("`application` has no `spce` (did you mean `spec`?)"), "{said}");
    assert!(said.contains("`application` has no `source` (did you mean `spec.source`?)"), "{said}");
    assert!(
        said.contains("`application` has no `targetRevision` (it has metadata, operation, spec, status)"),
        "{said}"
    );
    // Argo CD reads names in any case; null of a misspelt one would delete nothing.
    let misspelt = [
        (
            json!({ "syncPolicy": { "automated": { "selfheal": true } } }),
            "syncPolicy.automated` has no `selfheal` (did you mean `selfHeal`?)",
        ),
        (json!({ "syncpolicy": null }), "spec` has no `syncpolicy` (did you mean `syncPolicy`?)"),
        (json!({ "syncPolicy": { "automatd": null } }), "syncPolicy` has no `automatd` (did you mean `automated`?)"),
    ];
    for (spec, told) in misspelt {
        let said = update(|_| {}, json!({ "spec": spec }));
        assert!(said.contains(told), "{said}");
    }
    let said = update(|_| {}, json!({ "spec": { "notKnownYet": null } }));
    assert!(said.contains("is so already"), "{said}");
    let said = update(|_| {}, json!({ "metadata": { "uid": "another", "labels": { "a": "1" } } }));
    assert!(said.contains("`application.metadata.uid` is \"another\", but the application's is"), "{said}");
}

#[test]
fn what_changes_by_itself_between_the_reads_is_no_conflict() {
    let application = crate::recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
    let reads = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let mut now = application.clone();
        if reads.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            now["operation"] = json!({ "sync": {} });
            now["metadata"]["annotations"] = json!({ "argocd.argoproj.io/refresh": "normal" });
        }
        if request.method == "PUT" { http::json(200, &request.body.parse().unwrap()) } else { http::json(200, &now) }
    });
    let patch = json!({ "spec": { "syncPolicy": { "automated": { "selfHeal": true } } } });
    let said =
        text(call(&server.url, "update_application", json!({ "applicationName": "scratch", "application": patch })));
    let automated = "scratch updated:\n  spec.syncPolicy.automated: none → {\"selfHeal\":true}";
    let next = "Auto-sync is on now: it deploys what is OutOfSync and what comes new from the source, and reverts what is changed in the cluster, unless a sync window or an error holds it up.";
    assert_eq!(said, format!("{automated}\n{next}"));
    let sent = server.requests().into_iter().find(|request| request.method == "PUT").unwrap();
    assert!(!sent.body.contains("argocd.argoproj.io/refresh"), "{}", sent.body);
}

#[test]
fn a_move_says_what_the_new_project_leaves_alone() {
    let stage = Stage::start("v3.5.1");
    let patch = json!({ "spec": { "project": "lab" } });
    let said = text(call(
        &stage.server.url,
        "update_application",
        json!({ "applicationName": "scratch", "application": patch }),
    ));
    let kinds = "\nKinds that project lab does not permit are neither deployed nor deleted any more; get_appproject shows them.";
    assert!(said.contains(kinds) && !said.contains("before 3.2"), "{said}");
}
