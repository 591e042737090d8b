//! Whose right is missing and who grants it; what is not there at all, and what is not in the cluster.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    harness::{call, call_as, text},
    http::{self, Server},
    replay::project_paths,
    stdio_client::run,
};

/// A server that refuses with the words.
fn refusing(status: u16, message: &str) -> Server {
    let body = json!({ "error": message, "message": message, "code": 7 });
    Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        _ => http::json(status, &body),
    })
}

fn create(status: u16, message: &str) -> String {
    let application = json!({ "metadata": { "name": "web" }, "spec": { "project": "shop", "source": { "repoURL": "https://x.example.com/r", "path": "p" }, "destination": { "name": "in-cluster" } } });
    text(call(&refusing(status, message).url, "create_application", json!({ "application": application })))
}

#[test]
fn the_role_of_a_project_gets_its_rights_from_its_project() {
    let denied = |right: &str| create(403, &format!("permission denied: {right}, iat: 2026-11-30T02:40:51Z"));
    let other = denied("applications, create, default/web, sub: proj:shop:ci");
    assert!(other.contains("role ci of project shop: it reaches nothing outside that project"), "{other}");
    assert!(!other.contains("policy.csv"), "{other}");
    let own = denied("applications, create, shop/web, sub: proj:shop:ci");
    assert!(own.contains("argocd proj role add-policy shop ci -a create -p allow -o web"), "{own}");
    let logs = denied("logs, get, shop/team-b/web, sub: proj:shop:ci");
    assert!(
        logs.contains(
            "p, proj:shop:ci, logs, get, shop/team-b/web, allow (among the role's policies: argocd proj edit shop)"
        ),
        "{logs}"
    );
    let account = denied("applications, create, shop/web, sub: agent");
    assert!(account.contains("(policy.csv): p, agent, applications, create, shop/web, allow"), "{account}");
    let taken = denied("applications, update, default/web, sub: agent");
    assert!(taken.contains("There is one of that name already, in project default: choose another name."), "{taken}");
}

/// Argo CD projects what a stream refuses as it does what it answers.
#[test]
fn a_refusal_of_logs_keeps_its_reason() {
    let refused = |status: u16, code: u8, message: &'static str| {
        let server = Server::start(move |request| {
            let fields = request.query().into_iter().find(|(name, _)| name == "fields").map(|(_, fields)| fields);
            match (request.path(), fields) {
                ("/api/version", _) => http::json(200, &json!({ "Version": "v3.5.1" })),
                (path, Some(fields)) if path.ends_with("/logs") => {
                    let error = json!({ "error": { "grpc_code": code, "http_code": status, "message": message } });
                    http::json(status, &project_paths(&error, &fields))
                }
                _ => http::json(200, &json!({ "nodes": [] })),
            }
        });
        let arguments = json!({ "applicationName": "web", "resourceRef": "apps:Deployment:shop/web" });
        text(call(&server.url, "get_application_workload_logs", arguments))
    };
    let denied = refused(403, 7, "permission denied: logs, get, shop/web, sub: proj:shop:ci");
    assert!(
        denied
            .contains("p, proj:shop:ci, logs, get, shop/web, allow (among the role's policies: argocd proj edit shop)"),
        "{denied}"
    );
    let many = refused(400, 3, "max pods to view logs are reached. Please provide more granular query");
    assert!(many.contains("Name one of the pods as resourceRef"), "{many}");
}

/// The token sees the application; Argo CD does not say which right it lacks.
#[test]
fn an_action_needs_the_right_to_itself() {
    let denied = json!({ "error": "permission denied", "message": "permission denied", "code": 7 });
    let listed =
        json!({ "items": [{ "metadata": { "name": "web", "namespace": "argocd" }, "spec": { "project": "shop" } }] });
    let server = Server::start(move |request| match (request.method.as_str(), request.path()) {
        (_, "/api/version") => http::json(200, &json!({ "Version": "v3.5.1" })),
        (_, "/api/v1/applications") => http::json(200, &listed),
        ("GET", path) if path.ends_with("/actions") => http::json(200, &json!({ "actions": [{ "name": "restart" }] })),
        _ => http::json(403, &denied),
    });
    let web = json!({ "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web" });
    let arguments = json!({ "applicationName": "web", "resourceRef": web, "action": "restart" });
    let denied = |token: &str| text(call_as(&server.url, token, "run_resource_action", arguments.clone()));
    let right = "It needs the right applications, action/apps/Deployment/restart on shop/web.";
    let said = denied("agent");
    assert!(said.ends_with(right), "{said}");
    let account = denied(&token_of("agent:apiKey"));
    assert!(account.contains(right), "{account}");
    assert!(account.ends_with("p, agent, applications, action/apps/Deployment/restart, shop/web, allow"), "{account}");
    let role = denied(&token_of("proj:shop:ci"));
    assert!(
        role.ends_with("argocd proj role add-policy shop ci -a action/apps/Deployment/restart -p allow -o web"),
        "{role}"
    );
    let other = denied(&token_of("proj:default:ci"));
    assert!(other.ends_with("it reaches nothing outside that project, whatever is granted."), "{other}");
}

#[test]
fn a_cluster_that_is_not_reached_is_no_obstacle() {
    let said = create(
        500,
        "error while validating and normalizing app: error validating the repo: error getting k8s server version: dial tcp 127.0.0.1:9: connect: connection refused",
    );
    assert!(said.contains("validate=false accepts the application nevertheless"), "{said}");
}

/// A server without applications, whose account may see all of them or not.
fn empty(may: &'static str) -> Server {
    Server::start(move |request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        "/api/v1/applications" => http::json(200, &json!({ "metadata": {}, "items": null })),
        path if path.starts_with("/api/v1/account/can-i/applications/get/") => {
            http::json(200, &json!({ "value": may }))
        }
        _ => http::json(403, &json!({ "error": "permission denied", "message": "permission denied", "code": 7 })),
    })
}

#[test]
fn an_argo_cd_without_applications_lacks_no_right() {
    let ask =
        |may: &'static str, tool: &str| text(call(&empty(may).url, tool, json!({ "applicationName": "guestbook" })));
    for tool in ["get_application", "sync_application", "get_application_resource_tree"] {
        let all = ask("yes", tool);
        assert!(all.contains("there is no application `guestbook`: Argo CD has none at all"), "{all}");
        assert!(!all.contains("right"), "{all}");
        let none = ask("no", tool);
        assert!(none.contains("this token can see no applications at all"), "{none}");
        assert!(none.contains("its account lacks the right applications, get, at least on some projects"), "{none}");
    }
    let blind = json!({ "applicationName": "guestbook" });
    let role = text(call_as(&empty("no").url, &token_of("proj:shop:ci"), "get_application", blind));
    assert!(role.contains("argocd proj role add-policy shop ci -a get -p allow -o '*'"), "{role}");
    let list = text(call(&empty("yes").url, "list_applications", json!({})));
    assert!(list.contains("the token's account may lack the right applications, get."), "{list}");
}

/// An application of which one ConfigMap is in the cluster, another is not.
fn half_there() -> Server {
    let node = |name: &str| json!({ "kind": "ConfigMap", "namespace": "shop", "name": name, "version": "v1" });
    let (mut there, mut gone) = (node("there"), node("gone"));
    there["uid"] = "u-1".into();
    gone["health"] = json!({ "status": "Missing" });
    let manifest = json!({ "kind": "ConfigMap", "metadata": { "name": "there" } });
    Server::start(move |request| {
        let asks_for = |name: &str| request.query().iter().any(|(_, value)| value == name);
        let refusal = "ConfigMap  gone not found as part of application shop";
        match request.path().rsplit('/').next() {
            Some("version") => http::json(200, &json!({ "Version": "v3.5.1" })),
            Some("resource-tree") => http::json(200, &json!({ "nodes": [there, gone] })),
            Some("logs") => http::answer(200, "application/json", b""),
            Some("resource") if asks_for("there") => http::json(200, &json!({ "manifest": manifest.to_string() })),
            _ => http::json(400, &json!({ "error": refusal, "message": refusal, "code": 3 })),
        }
    })
}

#[test]
fn what_is_missing_in_the_cluster_is_said_to_be() {
    let server = half_there();
    let ask = |tool: &str, more: Value| {
        let mut arguments = json!({ "applicationName": "shop" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text(call(&server.url, tool, arguments))
    };
    let absent = "ConfigMap shop/gone is in the repository, but not in the cluster";
    for reference in [
        json!({ "kind": "ConfigMap", "name": "gone" }),
        json!({ "kind": "ConfigMap", "name": "gone", "namespace": "shop", "group": "", "version": "v1" }),
    ] {
        let said = ask("get_resource_actions", json!({ "resourceRef": reference }));
        assert!(said.contains(absent) && said.contains("A sync creates it unless something holds it up"), "{said}");
        let said = ask("run_resource_action", json!({ "resourceRef": reference, "action": "restart" }));
        assert!(said.contains(absent) && said.contains("A sync creates it unless something holds it up"), "{said}");
    }
    let said = ask(
        "get_application_workload_logs",
        json!({ "resourceRef": { "kind": "ConfigMap", "name": "gone", "namespace": "shop", "group": "", "version": "v1" } }),
    );
    assert!(said.contains(absent), "{said}");
    let said = ask("get_resources", json!({ "kind": "ConfigMap" }));
    assert!(said.contains("name: there") && said.contains(&format!("# {absent}")), "{said}");
    let said = ask("get_resources", json!({ "name": "gone" }));
    assert!(said.starts_with("[error: NotFound]") && said.contains(absent), "{said}");
    let said = ask("get_resources", json!({ "resourceRefs": ["ConfigMap/gone", "ConfigMap/there"] }));
    assert!(said.contains(absent) && said.contains("name: there"), "{said}");
}

/// A token of Argo CD's; nobody checks what it is signed with.
fn token_of(subject: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "sub": subject, "iss": "argocd", "iat": 1_700_000_000 });
    format!("{}.{}.x", part(json!({ "alg": "HS256" })), part(claims))
}

#[test]
fn doctor_asks_a_role_about_its_project() {
    let server = Server::start(|request| match request.path() {
        "/api/version" => http::json(200, &json!({ "Version": "v3.5.1" })),
        "/api/v1/session/userinfo" => http::json(200, &json!({ "loggedIn": true, "username": "proj:shop:ci" })),
        path if path.ends_with("/applications/get/shop%2F%2A") || path.ends_with("/projects/get/shop") => {
            http::json(200, &json!({ "value": "yes" }))
        }
        _ => http::json(200, &json!({ "value": "no" })),
    });
    let token = token_of("proj:shop:ci");
    let environment = [("ARGOCD_BASE_URL", server.url.as_str()), ("ARGOCD_API_TOKEN", token.as_str())];
    let (_, said, _) = run(&["doctor"], &environment);
    assert!(said.contains("applications, get: yes, in project shop; for"), "{said}");
    assert!(said.contains("projects, get: yes, in project shop; for"), "{said}");
    assert!(said.contains("applications, sync: not in the whole of project shop, perhaps nowhere; for"), "{said}");
    assert!(said.contains("to add to the role's policies in its project"), "{said}");
    let (_, policy, _) = run(&["doctor", "--policy"], &environment);
    assert!(policy.contains("p, proj:shop:ci, applications, sync, shop/*, allow\n"), "{policy}");
    assert!(!policy.contains("ACCOUNT") && !policy.contains("*/*") && !policy.contains("projects, get"), "{policy}");
}
