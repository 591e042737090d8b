//! Which operation a method and a path are; what the demo does not have says so.

use serde_json::Value;

use super::{
    actions, check, deletion,
    json::{joined, list, text},
    platform,
    reads::{self, Answer},
    request::{Query, Refusal},
    resources,
    world::World,
    writes,
};

/// Services of Argo CD. What is below them exists in a real one; anything else does not exist there either.
const SERVICES: &str = "account applications applicationsets certificates clusters gpgkeys notifications projects \
    repocreds repositories session settings stream write-repocreds write-repositories";

/// After these a name stands in a path.
const NAMED: &str = "applications applicationsets clusters pods projects revisions";

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

/// A path with `*` for each name in it: `api/v1/applications/*/revisions/*/metadata`.
pub(super) fn shape(path: &[String]) -> String {
    let mut shape = String::new();
    let mut named = false;
    for part in path {
        if !shape.is_empty() {
            shape.push('/');
        }
        shape.push_str(if named { "*" } else { part });
        named = !named && NAMED.split(' ').any(|name| name == part);
    }
    shape
}

/// Whether a real server has GET at that path, and nothing else.
pub(super) fn is_read_only(shape: &str) -> bool {
    let (service, rest) = shape.split_once('/').unwrap_or((shape, ""));
    let read = match service {
        "settings" | "stream" => return true,
        "session" => "userinfo",
        "account" => return rest == "can-i" || rest.starts_with("can-i/"),
        "applications" => match rest.strip_prefix("*/revisions/*/") {
            Some(part) => return !part.contains('/'),
            None => "*/resource-tree */managed-resources */events */manifests */syncwindows */links",
        },
        "applicationsets" => "*/resource-tree */events",
        "projects" => "*/detailed */events */globalprojects */syncwindows */links",
        _ => return false,
    };
    read.split(' ').any(|read| read == rest)
}

/// Answers a request that is not a stream; `None` where a real server has no such path.
pub(super) fn answer(
    world: &mut World,
    method: &str,
    shape: &str,
    path: &[String],
    query: &Query,
    body: &str,
) -> Option<Answer> {
    let part = |index: usize| path.get(index).map(String::as_str).unwrap_or_default();
    let found = if method == "GET" {
        get(world, shape, part(3), part(5), query)
    } else {
        let body = match read_body(body) {
            Ok(body) => body,
            Err(refusal) => return Some(Err(refusal)),
        };
        world.touched = world.now;
        write(world, &format!("{method} {shape}"), part(3), query, &body)
    };
    found.or_else(|| unknown(method, path))
}

fn get(world: &mut World, shape: &str, name: &str, sha: &str, query: &Query) -> Option<Answer> {
    Some(match shape {
        "session/userinfo" => platform::user(),
        "applications" => reads::applications(world, query),
        "applications/*" => reads::application(world, name, query),
        "applications/*/resource-tree" => reads::resource_tree(world, name, query),
        "applications/*/managed-resources" => resources::managed_resources(world, name, query),
        "applications/*/events" => reads::events(world, name, query),
        "applications/*/manifests" => reads::manifests(world, name, query),
        "applications/*/syncwindows" => reads::sync_windows(world, name, query),
        "applications/*/links" | "applications/*/resource/links" => reads::app(world, name, query).map(|_| json!({})),
        "applications/*/revisions/*/metadata" => reads::revision(world, name, sha, query),
        "applications/*/resource" => resources::resource(world, name, query),
        "applications/*/resource/actions" => resources::actions(world, name, query),
        "applicationsets" => platform::sets(world),
        "applicationsets/*" => platform::set_named(world, name),
        "applicationsets/*/resource-tree" => platform::set_tree(world, name),
        "clusters" => platform::clusters(world, query),
        "clusters/*" => platform::cluster(world, name),
        "projects" => platform::projects(world, query),
        "projects/*" => platform::project(world, name),
        "projects/*/globalprojects" => platform::project(world, name).map(|_| json!({})),
        "projects/*/detailed" => platform::project_detailed(world, name),
        "repositories" => platform::repositories(world),
        _ if shape == "account/can-i" || shape.starts_with("account/can-i/") => Ok(json!({ "value": "yes" })),
        _ => return None,
    })
}

fn write(world: &mut World, asked: &str, name: &str, query: &Query, body: &Value) -> Option<Answer> {
    Some(match asked {
        "POST applications" => writes::create(world, body, query),
        "PUT applications/*" => writes::update(world, name, body, query),
        "PATCH applications/*" => writes::patch(world, name, body),
        "DELETE applications/*" => deletion::delete(world, name, query),
        "PUT applications/*/spec" => writes::update_spec(world, name, body, query),
        "POST applications/*/sync" => writes::sync(world, name, body),
        "POST applications/*/rollback" => writes::rollback(world, name, body),
        "DELETE applications/*/operation" => writes::terminate(world, name, query),
        "POST applications/*/resource/actions" => match body.as_str() {
            Some(action) => actions::run(world, name, query, action, &[]),
            None => Err(Refusal::wrong_type(body, "value", "string")),
        },
        "POST applications/*/resource/actions/v2" => {
            let parameters = list(body, "/resourceActionParameters");
            let typed = check::types(body, "ResourceActionRunRequestV2", &[("action", "string")]);
            typed.and_then(|()| actions::run(world, name, &Query::of_body(body), text(body, "/action"), parameters))
        }
        "POST applications/*/resource" => match body.as_str() {
            Some(patch) => actions::patch(world, name, query, patch),
            None => Err(Refusal::wrong_type(body, "value", "string")),
        },
        "DELETE applications/*/resource" => actions::delete(world, name, query),
        _ => return None,
    })
}

/// A real Argo CD may have this operation; the demo does not.
fn unknown(method: &str, path: &[String]) -> Option<Answer> {
    let known = path.get(2).is_some_and(|service| SERVICES.split(' ').any(|known| known == service));
    known.then(|| {
        let path = joined(path, "/");
        Err(Refusal::unimplemented(format!("the Argo CD of --demo does not have {method} /{path}; a real one may")))
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
