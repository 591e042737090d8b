//! What is told of a sync that was started: what it is, what it deletes, and what auto-sync makes of it.

use serde_json::{Value, json};

use crate::{
    release::Release,
    tools::{
        Request, Resource,
        answer::spelt,
        state::{self, is_on, list, names, revisions, text, texts},
    },
    view::automation,
};

/// Most resources that are named, of those that were not chosen and of those that were.
const NAMED: usize = 5;
const CHOSEN: usize = 20;

/// A sentence a line.
pub(super) fn lines(application: &Value, request: &Request) -> Vec<String> {
    let dry = is_on(application, "/operation/sync/dryRun");
    let next = if state::is_skipped(application) {
        "It does not begin while the application is annotated argocd.argoproj.io/skip-reconcile=true."
    } else if dry {
        "It changes nothing in the cluster, but it is an operation: it takes the place of the last one's result. get_application shows what it would do; what the cluster refuses (immutable fields, admission policies), a dry run does not see."
    } else {
        "It is running; get_application shows how it ends."
    };
    let mut lines = vec![head(application, dry), next.to_owned()];
    if dry && list(application, "/status/resources").iter().any(|resource| is_on(resource, "/hook")) {
        lines.push(
            "Hooks left over from before, whose policy deletes them by now, Argo CD may delete in a dry run, too."
                .into(),
        );
    }
    lines.extend(replaced(application, dry));
    lines.extend(force_fails(application).filter(|_| !dry).map(str::to_owned));
    lines.extend(pruned(&with_its_options(application), request.release, dry));
    lines.extend(attempt(application, request, dry));
    lines
}

fn head(application: &Value, dry: bool) -> String {
    let mut parts = vec![];
    match revisions(application, "/operation/sync").as_slice() {
        [] => {}
        [one] => parts.push(format!("revision {one}")),
        several => parts.push(format!("revisions {}", several.join(", "))),
    }
    let prunes = is_on(application, "/operation/sync/prune");
    parts.push(if prunes { "with pruning".into() } else { "without pruning".into() });
    if is_forced(application) {
        parts.push("with force".into());
    }
    if let Some(limit) =
        application.pointer("/operation/retry/limit").and_then(Value::as_i64).filter(|limit| *limit != 0)
    {
        parts.push(if limit < 0 { "retried without end".into() } else { format!("retried {limit} times at most") });
    }
    let resources: Vec<&Value> = chosen(application).iter().collect();
    if !resources.is_empty() {
        parts.push(format!("only {} (no hooks, no history entry)", names(&resources, CHOSEN)));
    }
    let options = texts(application, "/operation/sync/syncOptions");
    if !options.is_empty() {
        parts.push(format!("options {}", options.join(", ")));
    }
    if let Some(user) = text(application, "/operation/initiatedBy/username") {
        parts.push(format!("by {user}"));
    }
    let what = if dry { "Dry run" } else { "Sync" };
    format!("{what} of {} started: {}.", spelt(application).unwrap_or_default(), parts.join("; "))
}

fn is_forced(application: &Value) -> bool {
    ["hook", "apply"].iter().any(|how| is_on(application, &format!("/operation/sync/syncStrategy/{how}/force")))
}

/// What the option `Replace=true` means.
fn replaced(application: &Value, dry: bool) -> Option<String> {
    let verb = if dry { "It would replace" } else { "It replaces" };
    let how = if is_forced(application) { ", and deletes each before it makes it again" } else { "" };
    has_option(application, "Replace=true").then(|| {
        format!(
            "{verb} resources whole: what the repository does not set, such as an autoscaler's replicas, goes{how}."
        )
    })
}

/// What Argo CD does not refuse, although it cannot do it.
fn force_fails(application: &Value) -> Option<&'static str> {
    let fails = is_forced(application)
        && has_option(application, "ServerSideApply=true")
        && !has_option(application, "Replace=true");
    fails.then_some(
        "It fails: force is not possible with ServerSideApply=true, but for what is annotated otherwise. Sync without force, or with syncOptions [\"ServerSideApply=false\"].",
    )
}

/// Whether the sync has an option.
fn has_option(application: &Value, wanted: &str) -> bool {
    list(application, "/operation/sync/syncOptions").iter().any(|option| option == wanted)
}

/// The resources of a sync of chosen ones.
fn chosen(application: &Value) -> &[Value] {
    list(application, "/operation/sync/resources")
}

/// The application with the options of the sync in the place of its own: Argo CD prunes by those.
fn with_its_options(application: &Value) -> Value {
    let mut changed = application.clone();
    let options = application.pointer("/operation/sync/syncOptions").filter(|options| options.is_array());
    if let (Some(options), Some(spec)) = (options, changed.get_mut("spec").and_then(Value::as_object_mut)) {
        spec.insert("syncPolicy".into(), json!({ "syncOptions": options }));
    }
    changed
}

/// What goes with pruning, as far as the application was compared.
fn pruned(application: &Value, release: Option<Release>, dry: bool) -> Option<String> {
    let prunes = is_on(application, "/operation/sync/prune");
    let is_known = || state::not_compared(application).is_none() && state::compared_before(application).is_none();
    if !is_known() {
        return None;
    }
    let only: Vec<Resource> = chosen(application).iter().filter_map(Value::as_object).map(Resource::of).collect();
    let is_meant = |resource: &&Value| {
        let resource = resource.as_object().map(Resource::of).unwrap_or_default();
        let is = |one: &Resource| one.kind == resource.kind && one.name == resource.name;
        only.is_empty() || only.iter().any(|one| is(one) && one.namespace == resource.namespace)
    };
    let resources: Vec<&Value> = state::to_prune(application).into_iter().filter(is_meant).collect();
    let waiting = state::to_confirm(application, &resources, release);
    if !prunes {
        let waits = state::may_wait(application, &resources, release);
        if let Some(waits) = waits {
            return Some(format!("It leaves {}, which the repository has no more. {waits}", names(&resources, NAMED)));
        }
        return (!waiting.is_empty()).then(|| {
            format!(
                "Although it deletes nothing, it does not end, and no other sync begins, before a person confirms that {} may be pruned: {}",
                names(&waiting, NAMED),
                state::confirmation(application)
            )
        });
    }
    if state::has_option(application, "Prune=false", release) {
        return Some("It prunes nothing: the application's own sync option Prune=false keeps all.".into());
    }
    let now = revisions(application, "/operation/sync");
    let is_compared = now == revisions(application, "/status/sync");
    let verb = if dry { "It would delete" } else { "It deletes" };
    let unseen = format!("what else {} has no more", now.join(", "));
    let known = state::pruned(application, &resources, NAMED, release);
    match (known, is_compared || !only.is_empty()) {
        (None, false) if resources.is_empty() => {
            Some(format!("{verb} what {} has no more; it was not compared yet.", now.join(", ")))
        }
        (None, _) => None,
        (Some((known, waits)), true) => Some(format!("{verb}, {known}.{waits}")),
        (Some((known, waits)), false) => Some(format!("{verb}, {known}, and {unseen}.{waits}")),
    }
}

/// Argo CD takes every operation for auto-sync's attempt at its revision, whether it deployed all, a part or nothing.
fn attempt(application: &Value, request: &Request, dry: bool) -> Option<String> {
    let policy = application.pointer("/spec/syncPolicy");
    if !automation::deploys(policy) || (!dry && chosen(application).is_empty()) {
        return None;
    }
    let now = revisions(application, "/operation/sync");
    let is_synced = text(application, "/status/sync/status").as_deref() == Some("Synced");
    // Auto-sync begins where something is OutOfSync, and a dry run makes nothing so.
    let is_done = is_synced && (dry || now == revisions(application, "/status/sync"));
    let tracked = text(application, "/spec/source/targetRevision");
    let is_other = request.args.text("revision").is_some_and(|given| tracked.is_none_or(|tracked| tracked != given))
        || request.args.is_given("revisions");
    let heals = automation::heals(policy);
    let now = now.join(", ");
    match (is_done, is_other) {
        (true, _) => None,
        (false, true) if heals => None,
        (false, true) if state::waits_for_revision(application, heals, request.release) => Some(
            "Auto-sync of several sources without self-heal deploys nothing before a new revision comes (Argo CD before 3.2).".into(),
        ),
        (false, true) => Some(
            "Auto-sync goes by the last operation, which is this now: where its tracked revision is another, it deploys that again and reverts what differs in the cluster.".into(),
        ),
        (false, false) if heals => Some(format!(
            "Auto-sync takes this for its sync of {now}: self-heal deploys what still differs, without hooks; sync_application runs them."
        )),
        (false, false) => Some(format!(
            "Auto-sync takes this for its sync of {now}, and does not deploy what still differs; sync_application does."
        )),
    }
}
