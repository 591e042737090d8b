//! Which operation a method and a path are; what the demo does not have says so.

use serde_json::Value;

use super::{
    actions, check,
    json::{list, text},
    platform,
    reads::{self, Answer},
    request::{Query, Refusal},
    resources,
    world::World,
    writes,
};

/// Services of Argo CD. What is below them exists in a real one; anything else does not exist there either.
const SERVICES: &[&str] = &[
    "account",
    "applications",
    "applicationsets",
    "certificates",
    "clusters",
    "gpgkeys",
    "notifications",
    "projects",
    "repocreds",
    "repositories",
    "session",
    "settings",
    "stream",
    "write-repocreds",
    "write-repositories",
];

/// The parts of a path, decoded; `None` where no route of a server matches.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let decode =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    let parts: Vec<String> = path.trim_start_matches('/').split('/').map(decode).collect::<Option<_>>()?;
    // Only identifiers of clusters and repositories may have slashes and colons in them, and colons only encoded.
    let encoded =
        parts.get(2).is_some_and(|service| matches!(service.as_str(), "clusters" | "repositories" | "repocreds"));
    // What one may do, one may do with resources that have slashes in their names.
    let open = parts.get(2).is_some_and(|service| service == "account");
    let odd = |part: &String| part.contains([':', '/']);
    let routed = if open || encoded { !path.contains(':') } else { !parts.iter().any(odd) };
    routed.then_some(parts)
}

/// Whether a real server has GET at that path, and nothing else.
pub(super) fn is_read_only(path: &[&str]) -> bool {
    let ["api", "v1", path @ ..] = path else { return false };
    matches!(
        path,
        ["settings", ..]
            | ["session", "userinfo"]
            | ["account", "can-i", ..]
            | ["stream", ..]
            | [
                "applications",
                _,
                "resource-tree" | "managed-resources" | "events" | "manifests" | "syncwindows" | "links"
            ]
            | ["applications", _, "revisions", _, _]
            | ["applicationsets", _, "resource-tree" | "events"]
            | ["projects", _, "detailed" | "events" | "globalprojects" | "syncwindows" | "links"]
    )
}

/// Answers a request that is not a stream; `None` where a real server has no such path.
pub(super) fn answer(world: &mut World, method: &str, segments: &[&str], query: &Query, body: &str) -> Option<Answer> {
    let ["api", "v1", path @ ..] = segments else { return None };
    if method == "GET" {
        return get(world, path, query).or_else(|| unknown(method, path));
    }
    let body = match read_body(body) {
        Ok(body) => body,
        Err(refusal) => return Some(Err(refusal)),
    };
    world.touched = world.now;
    write(world, method, path, query, &body).or_else(|| unknown(method, path))
}

fn get(world: &mut World, path: &[&str], query: &Query) -> Option<Answer> {
    Some(match path {
        ["session", "userinfo"] => platform::user(),
        ["account", "can-i", ..] => Ok(json!({ "value": "yes" })),
        ["applications"] => reads::applications(world, query),
        ["applications", name] => reads::application(world, name, query),
        ["applications", name, "resource-tree"] => reads::resource_tree(world, name, query),
        ["applications", name, "managed-resources"] => resources::managed_resources(world, name, query),
        ["applications", name, "events"] => reads::events(world, name, query),
        ["applications", name, "manifests"] => reads::manifests(world, name, query),
        ["applications", name, "syncwindows"] => reads::sync_windows(world, name, query),
        ["applications", name, "links"] | ["applications", name, "resource", "links"] => {
            reads::app(world, name, query).map(|_| json!({}))
        }
        ["applications", name, "revisions", sha, "metadata"] => reads::revision(world, name, sha, query),
        ["applications", name, "resource"] => resources::resource(world, name, query),
        ["applications", name, "resource", "actions"] => resources::actions(world, name, query),
        ["applicationsets"] => platform::sets(world),
        ["applicationsets", name] => platform::set_named(world, name),
        ["applicationsets", name, "resource-tree"] => platform::set_tree(world, name),
        ["clusters"] => platform::clusters(world, query),
        ["clusters", id] => platform::cluster(world, id),
        ["projects"] => platform::projects(world, query),
        ["projects", name] => platform::project(world, name),
        ["projects", name, "detailed"] => platform::project_detailed(world, name),
        ["repositories"] => platform::repositories(world),
        _ => return None,
    })
}

fn write(world: &mut World, method: &str, path: &[&str], query: &Query, body: &Value) -> Option<Answer> {
    Some(match (method, path) {
        ("POST", ["applications"]) => writes::create(world, body, query),
        ("PUT", ["applications", name]) => writes::update(world, name, body, query),
        ("PATCH", ["applications", name]) => writes::patch(world, name, body),
        ("DELETE", ["applications", name]) => writes::delete(world, name, query),
        ("PUT", ["applications", name, "spec"]) => writes::update_spec(world, name, body, query),
        ("POST", ["applications", name, "sync"]) => writes::sync(world, name, body),
        ("POST", ["applications", name, "rollback"]) => writes::rollback(world, name, body),
        ("DELETE", ["applications", name, "operation"]) => writes::terminate(world, name, query),
        ("POST", ["applications", name, "resource", "actions"]) => match body.as_str() {
            Some(action) => actions::run(world, name, query, action, &[]),
            None => Err(Refusal::wrong_type(body, "value", "string")),
        },
        ("POST", ["applications", name, "resource", "actions", "v2"]) => {
            let parameters = list(body, "/resourceActionParameters");
            let typed = check::types(body, "ResourceActionRunRequestV2", &[("action", "string")]);
            typed.and_then(|()| actions::run(world, name, &Query::of_body(body), text(body, "/action"), parameters))
        }
        ("POST", ["applications", name, "resource"]) => match body.as_str() {
            Some(patch) => actions::patch(world, name, query, patch),
            None => Err(Refusal::wrong_type(body, "value", "string")),
        },
        ("DELETE", ["applications", name, "resource"]) => actions::delete(world, name, query),
        _ => return None,
    })
}

/// A real Argo CD may have this operation; the demo does not.
fn unknown(method: &str, path: &[&str]) -> Option<Answer> {
    let known = path.first().is_some_and(|service| SERVICES.contains(service));
    known.then(|| {
        let mut asked = format!("{method} /api/v1");
        for part in path {
            asked = asked + "/" + part;
        }
        Err(Refusal::unimplemented(format!("the Argo CD of --demo does not have {asked}; a real one may")))
    })
}

/// An empty body is an empty object.
fn read_body(body: &str) -> Result<Value, Refusal> {
    if body.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    body.parse().map_err(|error: serde_json::Error| {
        let at = error.column().saturating_sub(1);
        let before = body.chars().take(at).filter(|c| !c.is_whitespace()).last();
        let place = if matches!(before, Some('{' | ',')) { "object key string" } else { "value" };
        let problem = match body.chars().nth(at).filter(|_| !error.is_eof()) {
            Some(found) => format!("invalid character '{found}' looking for beginning of {place}"),
            None => "unexpected EOF".into(),
        };
        Refusal::invalid(problem)
    })
}
