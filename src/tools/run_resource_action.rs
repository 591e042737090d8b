//! `run_resource_action`: runs an action of a resource and says what that changed.
//!
//! A handler because Argo CD answers `{}` to an action that ran and with words about Lua to one that does not exist:
//! which actions there are is asked before, what changed is seen by reading the resource before and after.

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    Answer, Request,
    answer::{self, object},
    bind::complaint,
    outcome,
    owner::{self, Deed},
    run::working,
    state::{self, without_operation},
    table::RunResourceActionCalls,
};
use crate::{
    error::{Error, Kind},
    suggest::did_you_mean,
    view::{automation, changes, text::shown},
};

/// Runs the action.
///
/// # Errors
/// An action or parameter that does not exist or is disabled, with those that there are; whatever Argo CD refuses.
pub async fn run(calls: RunResourceActionCalls, request: Request) -> Result<Answer, Error> {
    let wanted = request.args.text("action").unwrap_or_default();
    let actions = object(&calls.actions(&request).await?, &request)?;
    let actions = actions.get("actions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let label = request.resource.as_ref().map(super::Resource::label).unwrap_or_default();
    let action = choose(actions, wanted, &label)?;
    let name = action.get("name").and_then(Value::as_str).unwrap_or(wanted);
    let parameters = parameters(&request, action, name)?;
    let before = manifest(&calls, &request).await;
    let mut run = request.with("action", name.into());
    if !parameters.is_empty() {
        run = run.with("resourceActionParameters", parameters.clone().into());
    }
    // An error may come with 200.
    let ran = calls.run(&run).await.map_err(|error| told_what_it_takes(error, action, name, &parameters))?;
    object(&ran, &request)?;
    let after = manifest(&calls, &request).await;
    let [before, after] =
        [before, after].map(|is| is.map(|is| if is_application(&request) { without_operation(&is) } else { is }));
    let is_paused = after.as_ref().is_some_and(|after| state::is_on(after, "/spec/paused"));
    // What comes of a change of an application is told by both.
    let both = if is_application(&request) { before.clone().zip(after.clone()) } else { None };
    let (changed, status) = match before.zip(after) {
        None => (None, vec![]),
        Some((before, after)) => {
            let compare = move || Ok((changes::between(&before, &after), changes::of_status(&before, &after)));
            let (changed, status) = working(spawn_blocking(compare).await)?;
            (Some(changed), status)
        }
    };
    Ok(match changed {
        Some(lines) if lines.is_empty() && !status.is_empty() => {
            format!("Action {name} of {label} done. Its status has changed since:\n  {}", status.join("\n  "))
        }
        Some(lines) if lines.is_empty() => format!(
            "Action {name} of {label} done. The resource itself did not change: it was so already, or the action makes other resources, or works a moment later."
        ),
        Some(lines) => {
            let reverted = match both {
                Some((before, after)) => followed(&calls, &request, &before, &after).await,
                None => reverted(&calls, &request, &lines).await,
            };
            let waits = is_paused && lines.iter().any(|line| line.starts_with("spec.template"));
            format!(
                "Action {name} of {label} done. It changed:\n  {}{}{}",
                lines.join("\n  "),
                if waits { "\nIt is paused: its pods stay as they are until action resume." } else { "" },
                reverted.unwrap_or_default()
            )
        }
        None => {
            let tool = if is_application(&request) { "get_application" } else { "get_resources" };
            format!("Action {name} of {label} done. What it changed could not be read; {tool} shows it now.")
        }
    }
    .into())
}

/// Whether a line of what changed is of a field that a repository may say otherwise: neither one that the action added,
/// nor the time of a restart, nor what Kubernetes counts.
fn is_of_repository(line: &str) -> bool {
    let path = line.split(": ").next().unwrap_or_default();
    // Argo Rollouts has the second.
    const OWN: &[&str] =
        &["restartedAt", "restartAt", "deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"];
    !line.contains(": none \u{2192} ") && !OWN.iter().any(|own| path.contains(own))
}

fn is_application(request: &Request) -> bool {
    request.resource.as_ref().is_some_and(|resource| resource.kind.as_deref() == Some("Application"))
}

/// What comes of a change of an application: what its automation does, and who undoes it.
async fn followed(calls: &RunResourceActionCalls, request: &Request, before: &Value, after: &Value) -> Option<String> {
    let next = outcome::of(before, after, request.release);
    let owner = owner::note(after, request, Deed::Edited, async |parent| calls.application(&parent).await).await;
    let told: Vec<String> = next.into_iter().chain(owner).map(|note| format!("\n{note}")).collect();
    (!told.is_empty()).then(|| told.concat())
}

/// What becomes of a change that the repository does not have, if its application heals itself.
async fn reverted(calls: &RunResourceActionCalls, request: &Request, lines: &[String]) -> Option<String> {
    if !lines.iter().any(|line| is_of_repository(line)) {
        return None;
    }
    let application = answer::application(&calls.application(request).await.ok()?)?;
    let name = answer::spelt(&application)?;
    let heals = automation::heals(application.pointer("/spec/syncPolicy")) && !state::is_skipped(&application);
    heals.then(|| {
        format!("\n{name} heals itself: it reverts what of this its repository says otherwise, unless it ignores that.")
    })
}

/// The action of that name that may run.
fn choose<'a>(actions: &'a [Value], wanted: &str, label: &str) -> Result<&'a Value, Error> {
    let name = |action: &Value| action.get("name").and_then(Value::as_str).map(shown).unwrap_or_default();
    let disabled = |action: &Value| action.get("disabled").and_then(Value::as_bool) == Some(true);
    let ready: Vec<String> = actions.iter().filter(|action| !disabled(action)).map(&name).collect();
    let there_are = match ready.as_slice() {
        [] if actions.is_empty() => "Resources of its kind have none.".to_owned(),
        [] => "It has none that can run now.".to_owned(),
        ready => format!("It has {}.", ready.join(", ")),
    };
    match actions.iter().find(|action| name(action).eq_ignore_ascii_case(wanted)) {
        Some(action) if disabled(action) => {
            Err(Error::new(Kind::Refused, format!("action `{wanted}` of {label} is disabled now")).hint(there_are))
        }
        Some(action) => Ok(action),
        None => {
            let hint = did_you_mean(wanted, ready.iter().map(String::as_str));
            Err(Error::new(Kind::NotFound, format!("{label} has no action `{}`{hint}", shown(wanted))).hint(there_are))
        }
    }
}

/// The parameters of the call as Argo CD takes them: a list of names and texts.
fn parameters(request: &Request, action: &Value, name: &str) -> Result<Vec<Value>, Error> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let map = request.args.get("parameters").and_then(Value::as_object).into_iter().flatten();
    let nulls = map.clone().filter(|(_, value)| value.is_null());
    let nulls: Vec<String> = nulls
        .map(|(key, _)| format!("`parameters.{}` is null; give it a value, or leave it out", shown(key)))
        .collect();
    let mut given: Vec<Value> = map.map(|(key, value)| json!({ "name": key, "value": text(value) })).collect();
    given.extend_from_slice(request.args.list("resourceActionParameters"));
    let known = known(action);
    let takes = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let unknown = given.iter().filter_map(|given| given.get("name")?.as_str()).filter(|name| !known.contains(name));
    let unknown = unknown.map(|key| format!("action {name} has no parameter `{}`; it takes {takes}", shown(key)));
    let mut problems: Vec<String> = unknown.chain(nulls).collect();
    let names = || given.iter().filter_map(|given| given.get("name")?.as_str());
    let twice = known.iter().filter(|known| names().filter(|name| name == *known).count() > 1);
    problems.extend(twice.map(|name| format!("parameter `{name}` is given twice")));
    if problems.is_empty() { Ok(given) } else { Err(complaint(request.row, problems)) }
}

/// What an action says of its parameters is Lua's.
fn told_what_it_takes(error: Error, action: &Value, name: &str, given: &[Value]) -> Error {
    let takes = known(action);
    if takes.is_empty() || error.hint.is_some() || error.kind == Kind::Forbidden {
        return error;
    }
    let is_given = |known: &&str| given.iter().any(|given| given.get("name").is_some_and(|name| name == known));
    let (_, missing): (Vec<&str>, Vec<&str>) = takes.iter().copied().partition(is_given);
    let how = match missing.is_empty() {
        true => "give each as Argo CD expects it".to_owned(),
        false => format!("`parameters` has no {}", missing.join(", ")),
    };
    error.hint(format!("Action {name} takes the parameters {}; {how}.", takes.join(", ")))
}

/// The names of an action's parameters.
fn known(action: &Value) -> Vec<&str> {
    let known = action.get("params").and_then(Value::as_array).into_iter().flatten();
    known.filter_map(|known| known.get("name")?.as_str()).collect()
}

/// The resource as it is, if it can be read: an account may run an action without that. The application itself is none
/// of its own resources.
async fn manifest(calls: &RunResourceActionCalls, request: &Request) -> Option<Value> {
    let resource = request.resource.as_ref()?;
    let is_itself = |application: &str| {
        resource.kind.as_deref() == Some("Application") && resource.name == application && resource.uid.is_none()
    };
    if request.application().is_some_and(is_itself) {
        return answer::application(&calls.application(request).await.ok()?);
    }
    let body = calls.get(request).await.ok()?;
    let answer: Value = serde_json::from_slice(&body).ok()?;
    answer.get("manifest")?.as_str()?.parse().ok()
}
