//! Refusals of Argo CD in words that say what to do.
//!
//! A bare "permission denied" is Argo CD's answer to a missing application, a wrong namespace and a missing right
//! alike; one lean list call tells them apart.

mod refusals;
mod rights;

use std::time::Duration;

use super::{Effect, Names, Request, Resource, Row, answer::object, resource::of_tree, state};
use crate::{
    argocd::{
        Located, Session, application, locate,
        rights::{can_i, subject},
    },
    error::{Error, Kind},
};

/// What to do after a write that nobody saw end.
pub fn may_be_done(row: &Row) -> String {
    let tool =
        if row.args.iter().any(|arg| arg.names == Names::Resource) { "get_resources" } else { "get_application" };
    format!("Argo CD may have done it nevertheless: look with {tool} before you call again.")
}

/// Of a write that was given up before it was sent.
const NOT_SENT: &str = "The write was not sent to Argo CD: nothing was changed.";

/// The error of a call that is given up before it has an answer. Of a write that was sent, nobody knows then whether it
/// was done.
pub fn given_up(why: &str, row: &Row, session: &Session) -> Error {
    let error = Error::new(Kind::Cancelled, why);
    match row.effect {
        Effect::Read => error,
        _ if session.wrote() => error.hint(may_be_done(row)),
        _ => error.hint(NOT_SENT),
    }
}

/// Adds the way out to an error of a call.
pub async fn explain(error: Error, request: &Request, session: &Session) -> Error {
    let error = listed(without_grpc(error));
    if error.kind == Kind::Timeout
        && let Some(new) = uncompared(request, session).await
    {
        return new;
    }
    if error.message.contains("not found as part of application")
        && let Some(absent) = absent(request, session).await
    {
        return absent;
    }
    let error = match (&error.hint, refusals::hint(&error.message, request)) {
        (None, Some(hint)) => error.hint(hint),
        _ => error,
    };
    if let Some(way) = rights::way(&error.message, request) {
        return error.hint(way);
    }
    let name = request.application();
    match name.filter(|_| may_be_missing(&error)) {
        Some(name) => match locate(session, name).await {
            Ok(Located::Blind) if can_i(session, "applications", "get", "*/*").await.unwrap_or_default() => Error {
                kind: Kind::NotFound,
                message: format!("there is no application `{}`: Argo CD has none at all", request.application_name()),
                hint: None,
                source: error.source,
            },
            Ok(located) => name_it(error, name, located, subject(session).await.as_deref(), request),
            Err(second) => {
                tracing::debug!(%second, "looking the application up failed as well");
                lacking(error, request)
            }
        },
        None if is_bare(&error) => lacking(error, request),
        None => error,
    }
}

/// That Argo CD kept a call waiting for a comparison of its application that did not come, if it did.
async fn uncompared(request: &Request, session: &Session) -> Option<Error> {
    /// The call has had its time.
    const PATIENCE: Duration = Duration::from_secs(3);
    let waits = request.row.calls.iter().any(|call| matches!(call.role, "tree" | "doubt"));
    let name = request.application().filter(|_| waits && request.row.effect == Effect::Read)?;
    let application = application(&session.again(PATIENCE), name, request.args.text("applicationNamespace")).await;
    let application = application.ok().filter(|application| application.get("metadata").is_some())?;
    let is_skipped = state::is_skipped(&application);
    let what = if state::is_new(&application) { "was not compared yet" } else { "is not compared any more" };
    let message = format!("Argo CD did not answer in time: application `{}` {what}", request.application_name());
    let way = match is_skipped {
        true => {
            "It answers this after a comparison, which does not come while the application is annotated argocd.argoproj.io/skip-reconcile."
        }
        false => "It answers this after the first comparison; get_application shows whether there was one.",
    };
    (is_skipped || state::is_new(&application)).then(|| Error::new(Kind::Timeout, message).hint(way))
}

/// Why the resource of a request is not there: the application has none, or another one, or it is in the repository
/// only.
async fn absent(request: &Request, session: &Session) -> Option<Error> {
    let resource = request.resource.as_ref()?;
    request.row.calls.iter().find(|call| call.role == "tree")?;
    let tree = object(&request.bytes("tree", session).await.ok()?, request).ok()?;
    resource.find(&of_tree(&tree), &request.application_name()).and_then(in_cluster).err()
}

/// What a tree lists, if it is there.
///
/// # Errors
/// That it is missing.
pub fn in_cluster(found: Resource) -> Result<Resource, Error> {
    if found.uid.is_none() { Err(not_in_cluster(&found)) } else { Ok(found) }
}

/// A tree lists what is missing as well, without a uid.
pub fn not_in_cluster(resource: &Resource) -> Error {
    Error::new(Kind::NotFound, format!("{} is in the repository, but not in the cluster", resource.label()))
        .hint("A sync creates it unless something holds it up; get_application tells what.")
}

/// A refusal that names no right.
fn is_bare(error: &Error) -> bool {
    error.kind == Kind::Forbidden && error.message.trim_end().ends_with("permission denied")
}

/// Whether Argo CD answers so to a call about an application that is not there, too.
pub fn may_be_missing(error: &Error) -> bool {
    is_bare(error) || (error.kind == Kind::NotFound && error.message.contains("applications.argoproj.io"))
}

/// What Argo CD's parts say to each other in front of a message: `rpc error: code = Unknown desc = …`.
fn without_grpc(mut error: Error) -> Error {
    while let Some((before, (_, after))) = error
        .message
        .split_once("rpc error: code = ")
        .and_then(|(before, rest)| Some((before, rest.split_once(" desc = ")?)))
    {
        error.message = format!("{before}{after}");
    }
    error
}

/// `spec for x is invalid: InvalidSpecError: a;InvalidSpecError: b` as a list.
fn listed(mut error: Error) -> Error {
    const MARK: &str = "InvalidSpecError: ";
    if let Some((head, problems)) = error.message.split_once(MARK) {
        // What a tool that Argo CD runs says of its own use comes after what is wrong.
        let said = problems.split(MARK).map(|problem| problem.split("\nUsage:\n").next().unwrap_or_default());
        let problems: Vec<&str> = said.map(|said| said.trim_end_matches(';').trim()).collect();
        error.message = format!("{}\n- {}", head.trim_end(), problems.join("\n- "));
    }
    error
}

/// All that a bare refusal can mean.
fn lacking(error: Error, request: &Request) -> Error {
    let rbac = request.row.rbac.join(" and ");
    error.hint(format!("What is asked for does not exist, or the token's account lacks the right {rbac}."))
}

/// After a write that got no answer nobody knows whether it was done.
pub fn unsure(error: Error, request: &Request, session: &Session) -> Error {
    /// What Argo CD says of a request that it, or the cluster, gave up; with 500, like much else.
    const GIVEN_UP: &[&str] = &[
        "connection lost",
        "connection reset",
        "context canceled",
        "context deadline exceeded",
        "has prevented the request from succeeding",
        "i/o timeout",
        "leader changed",
        "timed out",
        "unexpected EOF",
    ];
    let unsure = match error.kind {
        Kind::Timeout | Kind::Unavailable | Kind::Protocol => true,
        Kind::Refused => {
            let own = refusals::without_tools(&error.message);
            !own.contains(" is invalid:") && GIVEN_UP.iter().any(|words| own.contains(words))
        }
        _ => false,
    };
    if !unsure || request.row.effect == Effect::Read {
        return error;
    }
    let way = if session.wrote() { may_be_done(request.row) } else { NOT_SENT.to_owned() };
    let hint = error.hint.as_ref().map_or(way.clone(), |other| format!("{way} {other}"));
    error.hint(hint)
}

fn name_it(error: Error, name: &str, located: Located, subject: Option<&str>, request: &Request) -> Error {
    let (namespace, project) = (request.args.text("applicationNamespace"), request.args.text("project"));
    // As it is called elsewhere.
    let spelt = request.application_name();
    let not_found = |message: String| Error { kind: Kind::NotFound, message, hint: None, source: error.source };
    match located {
        Located::Here(places, own) => {
            // Without a namespace Argo CD looks in its own.
            let wanted = namespace.or(own.as_deref());
            let matching = places.iter().find(|(ns, _)| wanted == Some(ns));
            match matching {
                Some((_, actual)) if project.is_some_and(|wanted| wanted != actual) => not_found(format!(
                    "application `{name}` is in project `{actual}`, not in `{}`",
                    project.unwrap_or_default()
                ))
                .hint("Leave `project` out, or correct it."),
                Some((ns, actual)) => Error {
                    kind: Kind::Forbidden,
                    message: format!(
                        "Argo CD denies this for application `{name}` (namespace {ns}, project {actual}), which the token can see"
                    ),
                    // So the policy names an application that is not in Argo CD's own namespace.
                    hint: Some(match own.as_ref() == Some(ns) {
                        true => rights::on(&format!("{actual}/{name}"), subject, request),
                        false => rights::on(&format!("{actual}/{ns}/{name}"), subject, request),
                    }),
                    source: None,
                },
                None => {
                    let spelt: Vec<String> = places.iter().map(|(ns, _)| format!("{ns}/{name}")).collect();
                    let what = namespace
                        .map_or("Argo CD's own namespace".to_owned(), |wanted| format!("namespace `{wanted}`"));
                    not_found(format!(
                        "there is no application `{name}` in {what}, but there is {}",
                        spelt.join(" and ")
                    ))
                    .hint(match spelt.as_slice() {
                        [one] => format!("Call again with applicationName=\"{one}\"."),
                        _ => "Call again with applicationName as one of these.".to_owned(),
                    })
                }
            }
        }
        Located::Similar(near, all) if near.is_empty() => {
            let started = if namespace.is_some() { ", or Argo CD was not started for its namespace" } else { "" };
            not_found(format!("there is no application `{spelt}` among the {all} that this token can see")).hint(
                format!("Search with list_applications. If it exists, the token lacks the right to see it{started}."),
            )
        }
        Located::Similar(near, all) => {
            not_found(format!("there is no application `{spelt}` among the {all} that this token can see"))
                .hint(format!("Did you mean {}?", near.join(" or ")))
        }
        Located::Blind => Error {
            kind: Kind::Forbidden,
            message: format!("this token can see no applications at all, so not `{spelt}` either"),
            hint: Some(rights::to_see(subject)),
            source: None,
        },
    }
}
