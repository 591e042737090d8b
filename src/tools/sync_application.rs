//! `sync_application`: starts a sync whose options are merged over the application's own.
//!
//! A handler because Argo CD *replaces* the application's sync options by those of the call, so that merging takes a
//! read first, and because revisions and their positions must agree or the server panics.

mod started;

use serde_json::{Value, json};

use super::{
    Answer, Request, Resource,
    answer::expected,
    bind::complaint,
    newer, resource, state,
    sync_options::{self, idle, merge, spelt},
    table::SyncApplicationCalls,
};
use crate::{
    error::{Error, Kind},
    view::{
        format::{operation::unlike, times::since},
        text::{counted, first_of, shown},
    },
};

/// Most resources of one kind of note that are named.
const NAMED: usize = 20;

/// Starts the sync; does not wait for its end.
///
/// # Errors
/// Arguments that contradict each other, before any request; whatever Argo CD refuses.
pub async fn run(calls: SyncApplicationCalls, request: Request) -> Result<Answer, Error> {
    let retry = request.args.get("retry").unwrap_or(&Value::Null);
    newer::check("retry", "spec.syncPolicy.retry", retry, request.release)?;
    let resources: Vec<Resource> =
        request.args.list("resources").iter().filter_map(Value::as_object).map(Resource::of).collect();
    check(&request, &resources)?;
    let options = request
        .args
        .list("syncOptions")
        .iter()
        .filter_map(Value::as_str)
        .map(|option| spelt(option).into())
        .collect::<Vec<Value>>();
    let mut notes = idle(&options, request.release);
    let request = if options.is_empty() { request } else { request.with("syncOptions", options.into()) };
    let merges = !request.args.list("syncOptions").is_empty() && !request.args.flag("replaceSyncOptions");
    let chooses = ["revision", "revisions"].into_iter().any(|name| request.args.is_given(name));
    let own = if merges || chooses || !resources.is_empty() { read(&calls, &request).await? } else { Value::Null };
    if chooses {
        check_sources(&request, &own)?;
        notes.extend(other_settings(&request, &own));
    }
    let mut sync = with_infos(&request);
    if merges {
        let merged = merge(state::sync_options(&own), request.args.list("syncOptions"));
        sync = sync.with("syncOptions", merged.into());
    }
    if !resources.is_empty() {
        let whole = identify(&request, &resources, &own, &mut notes)?;
        sync = sync.with("resources", whole.iter().map(reference).collect());
    }
    let application = started(&calls.sync(&sync).await?)?;
    let mut lines = started::lines(&application, &request);
    lines.extend(notes);
    Ok(lines.join("\n").into())
}

/// Argo CD compares every field of a resource as it is written, and syncs nothing where one differs: what the
/// application has is looked up. What is named in full may be in a revision that Argo CD has not seen yet.
fn identify(
    request: &Request,
    resources: &[Resource],
    own: &Value,
    notes: &mut Vec<String>,
) -> Result<Vec<Resource>, Error> {
    let application = request.application_name();
    let listed = resource::of_nodes(own.pointer("/status/resources"));
    let (mut whole, mut absent, mut problems) = (vec![], vec![], vec![]);
    for resource in resources {
        match resource.find(&listed, &application) {
            Ok(found) => whole.push(found),
            Err(error) if error.kind == Kind::NotFound && resource.group.is_some() => {
                absent.push((resource.label(), error));
                whole.push(resource.clone());
            }
            Err(error) if error.kind == Kind::NotFound && resource.near(&listed).is_empty() => {
                problems.push(not_seen(error, request, own));
            }
            Err(error) => problems.push(error),
        }
    }
    notes.extend(untouched(request, &whole, own));
    notes.extend(not_there(absent, &application));
    match problems.len() {
        0 => Ok(whole),
        1 => Err(problems.remove(0)),
        _ => Err(complaint(request.row, problems.iter().map(ToString::to_string).collect())),
    }
}

/// Adds when the application was compared: a resource of a later commit is not known yet, and has to be named in full.
fn not_seen(error: Error, request: &Request, own: &Value) -> Error {
    let when = own.pointer("/status/reconciledAt");
    let known = match state::compared(own) {
        _ if state::is_new(own) => "it was not compared yet".to_owned(),
        Some(revision) => format!("it was compared at {}", since(&revision, when, request.options.now)),
        None => return error,
    };
    Error { message: format!("{}, as far as is known: {known}", error.message), ..error }
        .hint("To sync a resource that a later commit adds, give its kind, name, namespace and group (\"\" for the core group).")
}

/// What a revision that was deployed had besides it: a sync to it takes the settings of today.
fn other_settings(request: &Request, own: &Value) -> Option<String> {
    /// Characters that are taken for a commit's.
    const LEAST: usize = 7;
    let given = request.args.text("revision").into_iter();
    let given: Vec<&str> = given.chain(request.args.list("revisions").iter().filter_map(Value::as_str)).collect();
    let spec = own.get("spec")?;
    let targets = |of: &Value, given: &str| {
        let all = of.get("source").into_iter().chain(state::list(of, "/sources"));
        all.filter_map(|source| source.get("targetRevision")).any(|target| target == given)
    };
    let is_meant = |deployed: &&Value| {
        let several = state::list(deployed, "/revisions").iter();
        let had: Vec<&str> = deployed.get("revision").into_iter().chain(several).filter_map(Value::as_str).collect();
        let is = |given: &str| {
            had.iter().any(|had| *had == given || (given.len() >= LEAST && had.starts_with(given)))
                || (targets(deployed, given) && !targets(spec, given))
        };
        given.iter().all(|given| is(given))
    };
    let mut newest_first = state::list(own, "/status/history").iter().rev().filter(is_meant);
    // The revision is what the sync is given.
    let settings = |of: &Value| {
        let mut of = json!({ "source": of.get("source"), "sources": of.get("sources") });
        let several = of.get_mut("sources").and_then(Value::as_array_mut).into_iter().flatten();
        several.filter_map(Value::as_object_mut).for_each(|source| drop(source.remove("targetRevision")));
        of.get_mut("source").and_then(Value::as_object_mut).map(|source| source.remove("targetRevision"));
        of
    };
    let now = settings(spec);
    let deployed = newest_first.next()?;
    let had = unlike(&settings(deployed), &now)?;
    let id = deployed.get("id").cloned().unwrap_or_default();
    Some(format!(
        "It takes the settings of today, not those of then: id {id} had {had}. update_application can set them; `argocd app rollback` brings back an id with all of them."
    ))
}

/// Those that the application does not have so far.
fn not_there(mut absent: Vec<(String, Error)>, application: &str) -> Option<String> {
    if absent.len() > 1 {
        let names = first_of(absent.into_iter().map(|(label, _)| shown(&label)), NAMED);
        return Some(format!(
            "So far application `{application}` has none of these, and what the revision does not have is not synced: {names}"
        ));
    }
    let (_, error) = absent.pop()?;
    let hint = error.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
    Some(format!("So far {}: nothing is synced if the revision has none.{hint}", error.message))
}

/// Why a sync of chosen resources does nothing to some of them, which Argo CD calls a success.
fn untouched(request: &Request, chosen: &[Resource], own: &Value) -> Vec<String> {
    let is_chosen = |item: &&Value| item.as_object().is_some_and(|node| chosen.contains(&resource::of_node(node)));
    let all = state::list(own, "/status/resources").iter();
    let hooks: Vec<&Value> = all.filter(|item| state::is_on(item, "/hook")).filter(is_chosen).collect();
    let extra: Vec<&Value> = match request.args.flag("prune") {
        true => vec![],
        false => state::to_prune(own).into_iter().filter(is_chosen).collect(),
    };
    let told = [
        ("No hook runs when resources are chosen, so that nothing happens to", hooks),
        ("Without prune=true nothing happens to what is no longer in the repository", extra),
    ];
    let told = told.into_iter().filter(|(_, items)| !items.is_empty());
    told.map(|(why, items)| format!("{why}: {}", state::names(&items, NAMED))).collect()
}

/// Who asked and why is kept with the operation; Argo CD itself only knows the token's account.
fn with_infos(request: &Request) -> Request {
    let info = |name: &str, value: &str| json!({ "name": name, "value": value });
    let mut infos = request.args.list("infos").to_vec();
    infos.push(info("Requested through", &format!("argocd-mcp, {}", request.options.asked_by)));
    infos.extend(request.args.text("reason").map(|reason| info("Reason", reason)));
    request.with("infos", infos.into())
}

async fn read(calls: &SyncApplicationCalls, request: &Request) -> Result<Value, Error> {
    expected(&calls.get(request).await?, "nothing was synced")
}

/// The application with its operation, which is the proof that there is one.
fn started(body: &[u8]) -> Result<Value, Error> {
    const UNKNOWN: &str = "whether the sync was started is not known";
    let application = expected(body, UNKNOWN).and_then(|application| match application.get("operation") {
        Some(Value::Object(_)) => Ok(application),
        _ => Err(Error::new(Kind::Protocol, format!("Argo CD's answer has no operation; {UNKNOWN}"))),
    });
    application.map_err(|error| error.hint("get_application shows the last operation."))
}

/// What a sync takes of a resource.
fn reference(resource: &Resource) -> Value {
    let mut reference = json!({ "group": resource.group, "kind": resource.kind, "name": resource.name });
    if let (Some(namespace), Some(map)) = (&resource.namespace, reference.as_object_mut()) {
        map.insert("namespace".into(), namespace.as_str().into());
    }
    reference
}

/// For sources in the plural, each revision has the 1-based position of its source.
fn check(request: &Request, resources: &[Resource]) -> Result<(), Error> {
    let args = &request.args;
    let (revisions, positions) = (args.list("revisions").len(), args.list("sourcePositions").len());
    let mut problems = vec![];
    if revisions != positions {
        problems.push(format!(
            "`revisions` has {revisions} items and `sourcePositions` {positions}; they go in pairs, positions count from 1"
        ));
    }
    if args.list("sourcePositions").iter().any(|position| position.as_i64().is_none_or(|position| position < 1)) {
        problems.push("`sourcePositions` count from 1".into());
    }
    let list = args.list("sourcePositions");
    if let Some((_, position)) =
        list.iter().enumerate().find(|(index, position)| list.iter().take(*index).any(|other| other == *position))
    {
        problems.push(format!("`sourcePositions` has {position} twice; each source has one revision"));
    }
    if revisions > 0 && args.get("revision").is_some() {
        problems.push("`revision` is for one source, `revisions` for several; give one of them".into());
    }
    if args.flag("replaceSyncOptions") && args.list("syncOptions").is_empty() {
        problems.push("`replaceSyncOptions` needs `syncOptions`".into());
    }
    let options = args.list("syncOptions").iter().filter_map(Value::as_str);
    let twice = sync_options::twice(options.clone());
    let wrong = options.filter_map(sync_options::none).chain(twice);
    problems.extend(wrong.map(|wrong| format!("`syncOptions` {wrong}")));
    problems.extend(args.get("retry").into_iter().flat_map(|retry| sync_options::of_retry("retry", retry)));
    let pattern = |text: &str| text.contains('*') || text.starts_with('!');
    for resource in resources {
        let parts = [resource.group.as_deref(), resource.kind.as_deref(), Some(&resource.name)];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        if parts.iter().any(|part| pattern(part)) {
            let named = shown(&parts.join(":"));
            problems.push(format!("`resources` has `{named}`; Argo CD takes no patterns here, name each resource"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(complaint(request.row, problems)) }
}

/// What is meant for the other kind of sources Argo CD ignores, and deploys the tracked revisions instead.
fn check_sources(request: &Request, application: &Value) -> Result<(), Error> {
    let sources = application.pointer("/spec/sources").and_then(Value::as_array).map_or(0, Vec::len);
    let hydrated = application.pointer("/spec/sourceHydrator").is_some_and(|hydrator| !hydrator.is_null());
    let wrong = |message: String, hint: String| Err(Error::new(Kind::Arguments, message).hint(hint));
    let name = &request.row.name;
    if sources == 0 || hydrated {
        let Some(first) = request.args.list("revisions").first() else { return Ok(()) };
        let message = format!("{name}: `revisions` is for applications with `spec.sources`, which this one has not");
        return wrong(message, format!("Give revision={first}; nothing was synced."));
    }
    if let Some(revision) = request.args.text("revision") {
        let message = format!(
            "{name}: `revision` is for one `spec.source`; this application has {}",
            counted(sources, "sources")
        );
        let how = format!("Give revisions=[\"{}\"] with sourcePositions=[N], N from 1 to {sources}", shown(revision));
        return wrong(message, format!("{how}; nothing was synced."));
    }
    let beyond = |position: &&Value| position.as_u64().is_none_or(|position| position > sources as u64);
    match request.args.list("sourcePositions").iter().find(beyond) {
        None => Ok(()),
        Some(position) => {
            let message = format!(
                "{name}: `sourcePositions` has {position}; the application has {}",
                counted(sources, "sources")
            );
            wrong(message, "Positions count from 1 in the order of spec.sources; nothing was synced.".into())
        }
    }
}
