//! What older releases of Argo CD do not have, or do otherwise.

use std::collections::BTreeSet;

use argocd_mcp::{release::Release, tools::newer::FIELDS};
use serde_json::{Value, json};

use crate::{
    harness::{call, text},
    http::{self, Server},
    stage::Stage,
};

/// The fields of an application that a swagger knows.
fn fields(swagger: &Value) -> BTreeSet<String> {
    fn walk(swagger: &Value, name: &str, path: &str, above: &[&str], all: &mut BTreeSet<String>) {
        let Some(properties) = swagger["definitions"][name]["properties"].as_object() else { return };
        for (key, property) in properties {
            let path = format!("{path}.{key}");
            let (list, one) = (&property["items"]["$ref"], &property["$ref"]);
            let (of, below) = match (list.as_str(), one.as_str()) {
                (Some(of), _) => (Some(of), format!("{path}[]")),
                (_, of) => (of, path.clone()),
            };
            all.insert(path);
            let of = of.and_then(|of| of.rsplit('/').next()).filter(|of| !above.contains(of));
            of.into_iter().for_each(|of| walk(swagger, of, &below, &[above, &[of]].concat(), all));
        }
    }
    let mut all = BTreeSet::new();
    walk(swagger, "v1alpha1ApplicationSpec", "spec", &[], &mut all);
    all
}

#[test]
fn the_fields_that_older_releases_lack_are_those_of_the_swaggers() {
    let read = |path: &std::path::Path| {
        let (packed, mut json) = (std::fs::File::open(path).unwrap(), String::new());
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed), &mut json).unwrap();
        fields(&serde_json::from_str(&json).unwrap())
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known: Vec<(Release, BTreeSet<String>)> = std::fs::read_dir(root.join("tests/specs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                Release::parse(path.file_name().unwrap().to_str().unwrap().strip_suffix(".json.gz").unwrap()).unwrap(),
                read(&path),
            )
        })
        .collect();
    let own = std::fs::read_to_string(root.join("openapi/argocd.json")).unwrap();
    let own: Value = serde_json::from_str(&own).unwrap();
    known.push((Release::parse(own["info"]["version"].as_str().unwrap()).unwrap(), fields(&own)));
    let all: BTreeSet<&String> = known.iter().flat_map(|(_, fields)| fields).collect();
    for (release, there) in &known {
        for field in all.iter().filter(|field| !there.contains(**field)) {
            let is_it = |(known, since): &&(&str, Release)| {
                release < since
                    && (field == known
                        || field.starts_with(&format!("{known}."))
                        || field.starts_with(&format!("{known}[")))
            };
            assert!(FIELDS.iter().any(|known| is_it(&known)), "{release} has no {field}");
        }
        for (field, since) in FIELDS.iter().filter(|(field, _)| there.contains(*field)) {
            assert!(since <= release, "{release} has {field}");
        }
    }
}

#[test]
fn a_field_that_the_server_does_not_have_is_refused_before_it_is_left_out() {
    let said = |release: &str, tool: &str, arguments: Value| {
        let stage = Stage::start(release);
        let said = text(call(&stage.server.url, tool, arguments));
        (said, stage.writes().len())
    };
    let update =
        |policy: Value| json!({ "applicationName": "scratch", "application": { "spec": { "syncPolicy": policy } } });
    let off = json!({ "automated": { "enabled": false, "prune": true } });
    let (old, writes) = said("v3.0.23", "update_application", update(off.clone()));
    assert!(
        old.contains("`application.spec.syncPolicy.automated.enabled` needs Argo CD 3.1, this is v3.0.23"),
        "{old}"
    );
    assert!(old.contains("`spec.syncPolicy.automated` as null is auto-sync switched off there"), "{old}");
    assert_eq!(writes, 0, "{old}");
    assert_eq!(said("v3.1.0", "update_application", update(off.clone())).1, 1);
    assert_eq!(said("nobody knows", "update_application", update(off.clone())).1, 1);

    let mut created = crate::recordings::load("v3.5.1/applications.create").request.body.unwrap();
    created["spec"]["syncPolicy"] = off;
    let (old, writes) = said("v2.14.21", "create_application", json!({ "application": created }));
    assert!(old.contains("automated.enabled` needs Argo CD 3.1") && writes == 0, "{old}");

    let retry = json!({ "limit": 2, "refresh": true });
    let (old, writes) = said("v3.1.16", "update_application", update(json!({ "retry": retry })));
    assert!(old.contains("`application.spec.syncPolicy.retry.refresh` needs Argo CD 3.2") && writes == 0, "{old}");
    let source = json!([{ "repoURL": "https://x.example/a.git", "path": "b", "kustomize": { "ignoreMissingComponents": true } }]);
    let sources =
        json!({ "applicationName": "scratch", "application": { "spec": { "source": null, "sources": source } } });
    let (old, writes) = said("v2.14.21", "update_application", sources);
    assert!(old.contains("`application.spec.sources[].kustomize.ignoreMissingComponents` needs Argo CD 3.0"), "{old}");
    assert_eq!(writes, 0, "{old}");
    if crate::harness::client_has("3.2") {
        let (old, writes) =
            said("v2.14.21", "sync_application", json!({ "applicationName": "scratch", "retry": retry }));
        assert!(old.contains("`retry.refresh` needs Argo CD 3.2, this is v2.14.21") && writes == 0, "{old}");
    }
}

/// A server of a release, whose application has an option of its own and something that is to be pruned.
fn server(release: &str, option: &str, automated: &Value) -> Server {
    let release = json!({ "Version": release });
    let source = json!({ "repoURL": "https://git.example/w.git", "path": "w" });
    let application = json!({
        "metadata": { "name": "web", "namespace": "argocd", "resourceVersion": "7", "finalizers": ["resources-finalizer.argocd.argoproj.io"] },
        "spec": { "source": source, "syncPolicy": { "automated": automated, "syncOptions": [option] } },
        "status": {
            "sync": { "status": "OutOfSync", "revision": "abc" },
            "resources": [{ "kind": "ConfigMap", "namespace": "web", "name": "b", "status": "OutOfSync", "requiresPruning": true, "requiresDeletionConfirmation": true }],
        },
    });
    Server::start(move |request| {
        let mut application = application.clone();
        if request.path() == "/api/version" {
            return http::json(200, &release);
        }
        let sent: Value = serde_json::from_str(&request.body).unwrap_or_default();
        if request.method == "POST" {
            application["operation"] =
                json!({ "sync": { "revision": "abc", "prune": sent["prune"], "dryRun": sent["dryRun"] } });
        } else if request.method == "PUT" {
            application["spec"] = sent["spec"].clone();
        }
        http::json(200, &application)
    })
}

#[test]
fn what_the_own_options_of_an_application_do_depends_on_the_release() {
    let said = |release: &str, option: &str, tool: &str, arguments: Value| {
        let mut all = json!({ "applicationName": "web" });
        all.as_object_mut().unwrap().extend(arguments.as_object().cloned().unwrap());
        text(call(&server(release, option, &json!({ "allowEmpty": true })).url, tool, all))
    };
    let sync = |release: &str, option: &str, arguments: Value| said(release, option, "sync_application", arguments);
    let waits = "It waits until a person confirms that: argocd app confirm-deletion web";
    let may_wait = "Where one is annotated Prune=confirm, it does not end before a person confirms: argocd app confirm-deletion web";
    let prune = json!({ "prune": true });
    assert!(sync("v3.4.0", "Prune=confirm", prune.clone()).ends_with(waits));
    let old = sync("v3.3.8", "Prune=confirm", prune.clone());
    let nothing = "Its syncOption Prune=confirm counts for nothing before Argo CD 3.4, and this is v3.3.8.";
    assert!(old.ends_with(&format!(": ConfigMap web/b. {nothing} {may_wait}")), "{old}");
    assert!(!sync("v3.4.0", "Prune=false", prune.clone()).contains("deletes"));
    let old = sync("v2.14.21", "Prune=false", prune.clone());
    assert!(
        old.contains("\nIt deletes, unless annotated Prune=false: ConfigMap web/b. Its syncOption Prune=false"),
        "{old}"
    );
    let old = sync("v2.14.21", "CreateNamespace=true", json!({}));
    assert!(
        old.ends_with(&format!("\nIt leaves ConfigMap web/b, which the repository has no more. {may_wait}")),
        "{old}"
    );

    let update = |release: &str, policy: Value| {
        said(
            release,
            "Prune=confirm",
            "update_application",
            json!({ "application": { "spec": { "syncPolicy": policy } } }),
        )
    };
    let on = json!({ "automated": { "prune": true } });
    assert!(update("v3.4.0", on.clone()).ends_with(waits));
    let old = update("v2.14.21", on);
    assert!(old.contains("and deletes then, unless annotated Prune=false: ConfigMap web/b. Its syncOption Prune=confirm counts for nothing"), "{old}");
    let options = json!({ "syncOptions": ["Prune=false", "Delete=false", "SkipDryRunOnMissingResource=true"] });
    let old = update("v3.0.23", options.clone());
    for (option, since) in [("Prune", "3.4"), ("Delete", "3.4"), ("SkipDryRunOnMissingResource", "3.1")] {
        let note = format!(
            "\nSync option {option} does nothing here: it counts from Argo CD {since} on, before as an annotation of a resource alone; this is v3.0.23."
        );
        assert!(old.contains(&note), "{old}");
    }
    assert!(!update("v3.4.0", options).contains("does nothing"));

    let delete = |release: &str| said(release, "Delete=false", "delete_application", json!({}));
    let new = delete("v3.4.0");
    assert!(new.contains("\nIts syncOption Delete=false keeps 1 resource: ConfigMap web/b\n"), "{new}");
    let old = delete("v2.14.21");
    let none = "\nIts syncOption Delete=false keeps nothing: it counts from Argo CD 3.4 on, this is v2.14.21.\nIt waits until somebody confirms the deletion of ConfigMap web/b: ";
    assert!(old.contains("with it go its 1 resource: ConfigMap web/b") && old.contains(none), "{old}");
    assert!(delete("nobody knows").contains("from Argo CD 3.4 on; before, they go: ConfigMap web/b"));
}

#[test]
fn an_application_is_not_moved_to_a_project_that_is_not_there() {
    let update = |status: u16| {
        let missing = json!({ "code": 5, "message": "appprojects.argoproj.io \"ghost\" not found" });
        let denied = json!({ "code": 7, "message": "permission denied: projects, get, ghost, sub: agent" });
        let application = crate::recordings::load("v3.5.1/applications.get.after-sync").response.json.unwrap();
        let server = Server::start(move |request| match (request.path(), status) {
            ("/api/version", _) => http::json(200, &json!({ "Version": "v2.14.21" })),
            ("/api/v1/projects/ghost", 404) => http::json(404, &missing),
            ("/api/v1/projects/ghost", 403) => http::json(403, &denied),
            _ if request.method == "PUT" => http::json(200, &serde_json::from_str(&request.body).unwrap()),
            _ => http::json(200, &application),
        });
        let patch = json!({ "spec": { "project": "ghost" } });
        let said = text(call(
            &server.url,
            "update_application",
            json!({ "applicationName": "scratch", "application": patch }),
        ));
        (said, server.requests().iter().any(|request| request.method == "PUT"))
    };
    let (said, wrote) = update(404);
    assert!(said.contains("there is no project `ghost`; nothing was written") && !wrote, "{said}");
    for status in [200, 403] {
        let (said, wrote) = update(status);
        assert!(said.contains("spec.project: default → ghost") && wrote, "{said}");
        assert!(
            said.contains("\nArgo CD before 3.2 may not check whether project ghost allows the source and destination"),
            "{said}"
        );
    }
}

#[test]
fn several_sources_without_self_heal_wait_for_a_new_revision_before_3_2() {
    let source = |path: &str, revision: &str| json!({ "repoURL": "https://git.example/w.git", "path": path, "targetRevision": revision });
    let said = |release: &str, automated: Value, spec: Value| {
        let (release, before) = (
            json!({ "Version": release }),
            json!({
                "metadata": { "name": "web", "namespace": "argocd", "resourceVersion": "7" },
                "spec": { "sources": [source("a", "main"), source("b", "main")], "syncPolicy": { "automated": automated } },
                "status": { "sync": { "status": "OutOfSync", "revisions": ["abc", "abc"] } },
            }),
        );
        let server = Server::start(move |request| match request.method.as_str() {
            "PUT" => http::json(200, &serde_json::from_str(&request.body).unwrap()),
            _ if request.path() == "/api/version" => http::json(200, &release),
            _ => http::json(200, &before),
        });
        text(call(
            &server.url,
            "update_application",
            json!({ "applicationName": "web", "application": { "spec": spec } }),
        ))
    };
    let other = |path: &str, revision: &str| json!({ "sources": [source("a", "main"), source(path, revision)] });
    let deploys = "\nIts auto-sync deploys this by itself, unless";
    let old = said("v3.1.16", json!({}), other("c", "main"));
    assert!(old.ends_with("\nIts auto-sync does not deploy this before a new revision comes, as it is of several sources and without self-heal (Argo CD before 3.2); sync_application does."), "{old}");
    assert!(said("v3.1.16", json!({}), other("b", "v2")).contains(deploys));
    assert!(said("v3.1.16", json!({}), json!({ "sources": [source("c", "main")] })).contains(deploys));
    assert!(said("v3.1.16", json!({ "selfHeal": true }), other("c", "main")).contains(deploys));
    assert!(said("v3.2.0", json!({}), other("c", "main")).contains(deploys));
    let on = json!({ "syncPolicy": { "automated": { "prune": false } } });
    let old = said("v2.14.21", Value::Null, on.clone());
    assert!(old.contains("; not what is OutOfSync now, as it is of several sources and without self-heal"), "{old}");
    assert!(said("v3.2.0", Value::Null, on).contains("\nAuto-sync is on now: it deploys what is OutOfSync"));
}

#[test]
fn what_is_to_be_pruned_goes_by_the_own_option_of_the_application_from_3_4_on() {
    let said = |release: &str, option: &str, annotated: &str| {
        let release = json!({ "Version": release });
        let application = json!({ "metadata": { "name": "web" }, "spec": { "syncPolicy": { "syncOptions": [option] } }, "status": { "sync": { "status": "OutOfSync", "revision": "abc" } } });
        let live = json!({ "metadata": { "annotations": { "argocd.argoproj.io/sync-options": annotated } } });
        let item = json!({ "kind": "ConfigMap", "namespace": "x", "name": "a", "normalizedLiveState": live.to_string(), "predictedLiveState": "null" });
        let server = Server::start(move |request| match request.path() {
            "/api/version" => http::json(200, &release),
            path if path.ends_with("/managed-resources") => http::json(200, &json!({ "items": [item] })),
            _ => http::json(200, &application),
        });
        text(call(&server.url, "get_application_managed_resources", json!({ "applicationName": "web" })))
    };
    let waits = "prune ConfigMap x/a: once a person has confirmed it";
    assert!(said("v3.4.0", "Prune=confirm", "").contains(waits));
    assert!(!said("v3.3.8", "Prune=confirm", "").contains(waits));
    assert!(said("v3.3.8", "Prune=false", "Prune=confirm").contains(waits));
    assert!(said("v3.4.0", "Prune=false", "").contains("keep ConfigMap x/a"));
    assert!(said("v3.4.0", "Prune=false", "Replace=true, Prune=true").contains("prune ConfigMap x/a"));
    assert!(said("v2.14.21", "Prune=false", "").contains("prune ConfigMap x/a"));
}
