//! `get_appproject`: what a project allows, all of it.

use serde_json::{Value, json};

use crate::{
    harness::{call, client_has, text},
    http::{self, Server},
};

/// What the tool says of a project without global ones.
fn said(spec: Value) -> String {
    with_global("v3.5.1", "text", spec, (200, json!({})))
}

/// What it says of a project, when Argo CD answers so to the question for the global ones.
fn with_global(release: &'static str, output: &str, spec: Value, (status, global): (u16, Value)) -> String {
    let project = json!({ "metadata": { "name": "team-a" }, "spec": spec });
    let server = Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": release })),
        "/api/v1/projects/team-a/globalprojects" => http::json(status, &global),
        _ => http::json(200, &project),
    });
    text(call(&server.url, "get_appproject", json!({ "projectName": "team-a", "output": output })))
}

fn global() -> Value {
    let window = json!({ "kind": "deny", "schedule": "0 22 * * *", "duration": "1h" });
    json!({ "items": [
        { "metadata": { "name": "freeze" }, "spec": { "description": "not shown", "syncWindows": [window], "roles": [{ "name": "boss" }] } },
        { "metadata": { "name": "base" }, "spec": {
            "sourceRepos": ["https://git/base"],
            "destinations": [{ "name": "edge", "namespace": "*" }],
            "destinationServiceAccounts": [{ "server": "*", "namespace": "*", "defaultServiceAccount": "deployer" }],
            "clusterResourceWhitelist": [{ "kind": "Namespace" }],
            "clusterResourceBlacklist": [{ "kind": "Node" }],
            "namespaceResourceWhitelist": [{ "group": "apps", "kind": "*" }],
            "namespaceResourceBlacklist": [{ "kind": "ResourceQuota" }],
        } },
    ] })
}

#[test]
fn what_global_projects_add_is_there_and_marked() {
    let spec =
        json!({ "sourceRepos": ["https://git/a"], "destinations": [{ "server": "https://own", "namespace": "a" }] });
    let shown = with_global("v3.5.1", "text", spec.clone(), (200, global()));
    let wanted = "project team-a
with global projects: freeze, base (what is theirs says so, but for sources)
sources: https://git/a, https://git/base
destinations (2):
  own/a
  edge/*, of base
deployed as (1):
  */*: deployer, of base
cluster resources allowed (1):
  Namespace, of base
cluster resources denied (1):
  Node, of base
namespaced resources allowed (1):
  apps/*, of base
namespaced resources denied (1):
  ResourceQuota, of base
sync windows (1):
  deny 0 22 * * * for 1h (UTC), of freeze";
    assert!(!client_has("2.13") || shown == wanted, "{shown}");
    // Before 3.5 Argo CD did not take the accounts over.
    let old = with_global("v3.4.7", "text", spec.clone(), (200, global()));
    assert!(!old.contains("deployer") && old.contains("of freeze"), "{old}");
    let json = with_global("v3.5.1", "json", spec.clone(), (200, global()));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["spec"]["syncWindows"]["items"][0]["$from"], "freeze", "{json:#}");
    let raw = with_global("v3.5.1", "raw", spec, (200, global()));
    assert!(!raw.contains("freeze"), "raw is the answer as it came: {raw}");
}

#[test]
fn a_project_is_shown_when_its_global_ones_cannot_be_read() {
    for answer in [(403, json!({ "message": "permission denied" })), (200, json!({ "error": "no cache yet" }))] {
        let shown = with_global("v3.5.1", "text", json!({ "sourceRepos": ["https://git/a"] }), answer);
        assert!(
            shown.starts_with("project team-a\nGlobal projects may add to this, but could not be read: "),
            "{shown}"
        );
        assert!(shown.contains("permission denied\n") || shown.contains("no cache yet\n"), "{shown}");
        assert!(shown.contains("\nsources: https://git/a\n"), "{shown}");
    }
    // Nonsense adds nothing.
    for nonsense in [json!({ "items": null }), json!({ "items": "x" }), json!({ "items": [7, {}, { "spec": [] }] })] {
        let shown = with_global("v3.5.1", "text", json!({ "syncWindows": null }), (200, nonsense));
        assert!(shown.contains("\nsources: none\n") && !shown.contains("sync windows"), "{shown}");
    }
}

#[test]
fn a_destination_shows_its_name_and_its_server() {
    let shown = said(json!({ "destinations": [
        { "name": "in-cluster", "server": "*", "namespace": "*" },
        { "name": "*", "server": "https://prod", "namespace": "x" },
        { "name": "!in-cluster", "server": "!https://kubernetes.default.svc", "namespace": "*" },
        { "name": "in-cluster", "server": "https://kubernetes.default.svc", "namespace": "a" },
        { "name": "staging", "namespace": "b" },
        { "server": "https://edge", "namespace": "c" },
    ] }));
    let lines = "destinations (6):\n  (in-cluster or *)/*\n  (* or prod)/x\n  (!in-cluster or !https://kubernetes.default.svc)/*\n  in-cluster/a\n  staging/b\n  edge/c\n";
    assert!(shown.contains(lines), "{shown}");
}

#[test]
fn what_a_project_does_not_list_it_does_not_allow() {
    let shown = said(json!({ "description": "empty" }));
    for line in ["sources: none", "destinations: none", "cluster resources allowed: none"] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    // Of these nothing is said: without a list every one is allowed.
    assert!(!shown.contains("namespaced resources"), "{shown}");
}

#[test]
fn every_policy_of_every_role_has_its_line() {
    let allow = |index: usize| format!("p, proj:team-a:ci, applications, sync, team-a/application-{index}, allow");
    let mut policies: Vec<String> = (0..70).map(allow).collect();
    policies.push("p, proj:team-a:ci, applications, delete, team-a/*, deny".into());
    let more: Vec<Value> = (0..30).map(|index| json!({ "name": format!("role-{index}") })).collect();
    let roles = [vec![json!({ "name": "ci", "groups": ["devs"], "policies": policies })], more].concat();
    let shown = said(json!({ "roles": roles }));
    assert!(
        shown.contains("\nroles (31):\n  ci, groups devs:\n    p, proj:team-a:ci, applications, sync, "),
        "{shown}"
    );
    for policy in &policies {
        assert!(shown.contains(&format!("\n    {policy}\n")), "{policy}\n{shown}");
    }
    assert!(shown.ends_with("\n  role-29"), "{shown}");
}

#[test]
fn what_signatures_are_wanted_and_which_syncs_go_on_is_said() {
    if !client_has("3.5") {
        return;
    }
    let shown = said(json!({
        "sourceIntegrity": { "git": { "policies": [
            { "repos": [{ "url": "https://git/a/*" }, { "url": "!https://git/a/b" }], "gpg": { "mode": "strict", "keys": ["4AEE18F83AFDEB23", "07E34825A909B250"] } },
            { "repos": [{ "url": "*" }], "gpg": { "mode": "none" } },
        ] } },
        "syncWindows": [{ "kind": "deny", "schedule": "0 22 * * *", "duration": "1h", "syncOverrun": true }],
    }));
    for line in [
        "signatures wanted (2):",
        "  https://git/a/*, !https://git/a/b: GPG strict, keys 4AEE18F83AFDEB23, 07E34825A909B250",
        "  *: GPG none",
        "  deny 0 22 * * * for 1h (UTC), a sync already running may go on: true",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
}

#[test]
fn orphans_are_looked_for_without_a_warning_as_well() {
    for (settings, wanted) in [
        (json!({}), "\norphaned resources: monitored, warn: false"),
        (json!({ "warn": true }), "\norphaned resources: monitored, warn: true"),
    ] {
        let shown = said(json!({ "orphanedResources": settings }));
        assert!(shown.contains(wanted), "{shown}");
    }
    assert!(!said(json!({})).contains("orphaned"), "{}", said(json!({})));
}
