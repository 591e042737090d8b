//! What the state of an application means for what Argo CD does with it.

use serde_json::Value;

use super::answer::spelt;
use crate::{
    release::Release,
    view::{
        Comparison,
        format::{destination, is_elsewhere, short, stale},
        kind,
        text::{condense, first_of, shown},
    },
};

/// The type of condition of an application whose destination or project is missing or does not allow it; also of one
/// with a mistake in its spec that was compared all the same.
pub const INVALID_SPEC: &str = "InvalidSpecError";

/// The finalizer with which an application's resources are deleted, too; `/foreground` or `/background` may follow.
pub const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

const CONDITIONS: &str = "/status/conditions";

/// A text that is there, as it may be shown.
pub fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(shown)
}

/// A switch, off where it is not there.
pub fn is_on(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer) == Some(&Value::Bool(true))
}

/// A list, without items where it is not there.
pub fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The finalizers of an application.
pub fn finalizers(application: &Value) -> impl Iterator<Item = &str> {
    list(application, "/metadata/finalizers").iter().filter_map(Value::as_str)
}

/// Whether Argo CD deletes the resources for this finalizer. It ignores others that only begin like it.
pub fn takes_resources(finalizer: &str) -> bool {
    matches!(finalizer.strip_prefix(FINALIZER), Some("" | "/foreground" | "/background"))
}

/// Whether deleting the application deletes its resources, too.
pub fn deletes_resources(application: &Value) -> bool {
    finalizers(application).any(takes_resources)
}

/// The sync options of an application's spec.
pub fn sync_options(application: &Value) -> &[Value] {
    list(application, "/spec/syncPolicy/syncOptions")
}

/// Whether Argo CD leaves the application alone: it neither compares nor syncs nor deletes it. These words are true for
/// Go.
pub fn is_skipped(application: &Value) -> bool {
    const SKIP: &str = "/metadata/annotations/argocd.argoproj.io~1skip-reconcile";
    text(application, SKIP).is_some_and(|skip| ["1", "t", "T", "true", "TRUE", "True"].contains(&skip.as_str()))
}

/// Why Argo CD does not know how an application's resources in the cluster and in the repository compare; `None` if it
/// knows. If it does not, it calls all of them missing, or says that all are to be pruned.
pub fn not_compared(application: &Value) -> Option<String> {
    const REASON: usize = 250;
    let is_unknown = text(application, "/status/sync/status").as_deref() == Some("Unknown");
    if is_new(application) {
        return Some("it was not compared yet".into());
    }
    let failed = |condition: &Value| {
        let kind = text(condition, "/type")
            .filter(|kind| kind == "ComparisonError" || (kind == INVALID_SPEC && is_unknown))?;
        Some(format!("{kind}: {}", condense(&text(condition, "/message")?, REASON)))
    };
    let reason = list(application, CONDITIONS).iter().filter_map(failed).next_back();
    reason.or_else(|| is_unknown.then(|| "its sync status is Unknown".into()))
}

/// Whether an application was never compared. Until then Argo CD tells nothing of its resources.
pub fn is_new(application: &Value) -> bool {
    text(application, "/status/sync/status").is_none()
}

/// An application without its operation, which may begin or end at any time.
pub fn without_operation(application: &Value) -> Value {
    let mut application = application.clone();
    application.as_object_mut().into_iter().for_each(|application| drop(application.shift_remove("operation")));
    application
}

/// Whether an operation of the application is asked for or runs.
pub fn has_operation(application: &Value) -> bool {
    application.get("operation").is_some_and(Value::is_object)
}

/// Whether auto-sync waits for a new revision, whatever the last operation deployed. Before 3.2 it does so with several
/// sources and without self-heal.
pub fn waits_for_revision(application: &Value, heals: bool, release: Option<Release>) -> bool {
    let is_hydrated = application.pointer("/spec/sourceHydrator").is_some_and(|hydrator| !hydrator.is_null());
    let is_old = release.is_some_and(|release| release < Release::new(3, 2, 0));
    is_old && !heals && !is_hydrated && !list(application, "/spec/sources").is_empty()
}

/// The texts of a list, as they may be shown.
pub fn texts(application: &Value, pointer: &str) -> Vec<String> {
    list(application, pointer).iter().filter_map(Value::as_str).map(shown).collect()
}

/// The revision of an operation or of a comparison, or the revisions of several sources, each in short.
pub fn revisions(application: &Value, at: &str) -> Vec<String> {
    let one = text(application, &format!("{at}/revision"));
    let revisions = one.map_or_else(|| texts(application, &format!("{at}/revisions")), |one| vec![one]);
    revisions.iter().map(|revision| short(revision).to_owned()).collect()
}

/// The revisions that were compared.
pub fn compared(application: &Value) -> Option<String> {
    Some(revisions(application, "/status/sync").join(", ")).filter(|all| !all.is_empty())
}

/// What an application says of its comparison.
pub fn comparison(application: &Value, release: Option<Release>) -> Comparison {
    let option = |option: &Value| option.as_str().map(str::to_owned);
    let is_idle = |option: &String| option.starts_with("Prune=") && !counts(release);
    let options = sync_options(application).iter().filter_map(option).filter(|option| !is_idle(option));
    Comparison {
        unknown: not_compared(application),
        sync_options: Some(options.collect()),
        revisions: compared(application),
        reconciled: text(application, "/status/reconciledAt"),
        stale: compared_before(application),
        unsure: unsure(application),
        copied: copied(application),
        resources: resources(application, false),
        hooks: resources(application, true),
        deleted: text(application, "/metadata/deletionTimestamp").is_some(),
    }
}

/// The sources and the destination that were compared, where the spec has others by now.
pub fn compared_before(application: &Value) -> Option<String> {
    stale(application.get("spec")?, application.pointer("/status/sync/comparedTo")?)
}

/// Labels of resources that were not compared although the application was. Their project may not permit them; then no
/// sync of the whole application begins.
fn unsure(application: &Value) -> Vec<String> {
    if not_compared(application).is_some() {
        return vec![];
    }
    let is_unsure = |resource: &&Value| text(resource, "/status").as_deref() == Some("Unknown");
    list(application, "/status/resources").iter().filter(is_unsure).map(label).collect()
}

/// Labels of resources that are in the cluster but not in the repository, and that no sync prunes: their tracking id
/// names this application, but another resource. That happens when an operator copies an object with its annotations,
/// or when its owner was deleted without it.
fn copied(application: &Value) -> Vec<String> {
    let is_copied = |resource: &&Value| {
        text(resource, "/status").is_none() && !is_on(resource, "/requiresPruning") && !is_on(resource, "/hook")
    };
    list(application, "/status/resources").iter().filter(is_copied).map(label).collect()
}

/// Kind and name of each resource of an application that is a hook, or of each that is none.
fn resources(application: &Value, hooks: bool) -> Vec<(String, String)> {
    let of = |resource: &Value, key| text(resource, key).unwrap_or_default();
    let all = list(application, "/status/resources").iter().filter(|resource| is_on(resource, "/hook") == hooks);
    all.map(|resource| (kind::named(&of(resource, "/group"), &of(resource, "/kind")), of(resource, "/name"))).collect()
}

/// Resources that the compared revision does not have any more, without hooks, of which Argo CD always says that. A
/// sync that prunes deletes them, unless they have `Prune=false`.
pub fn to_prune(application: &Value) -> Vec<&Value> {
    let is_extra = |resource: &&Value| is_on(resource, "/requiresPruning") && !is_on(resource, "/hook");
    list(application, "/status/resources").iter().filter(is_extra).collect()
}

/// Which of these resources a sync that prunes deletes, and a sentence on who must confirm that; `None` if it deletes
/// none.
pub fn pruned(
    application: &Value,
    resources: &[&Value],
    most: usize,
    release: Option<Release>,
) -> Option<(String, String)> {
    if resources.is_empty() || has_option(application, "Prune=false", release) {
        return None;
    }
    let confirmed = match to_confirm(application, resources, release).is_empty() {
        false => format!(" It waits until a person confirms that: {}", confirmation(application)),
        true => may_wait(application, resources, release).map(|waits| format!(" {waits}")).unwrap_or_default(),
    };
    let idle = ["Prune=false", "Prune=confirm"].into_iter().find(|option| has_option(application, option, None));
    let early = idle.zip(release.filter(|_| !counts(release))).map(|(option, server)| {
        format!(" Its syncOption {option} counts for nothing before Argo CD 3.4, and this is {server}.")
    });
    let told = early.unwrap_or_default() + &confirmed;
    Some((format!("unless annotated Prune=false: {}", names(resources, most)), told))
}

/// Resources whose pruning a person must confirm. Every sync waits for that before it ends, also one of a part, one
/// without pruning and a dry run.
pub fn to_confirm<'v>(application: &Value, resources: &[&'v Value], release: Option<Release>) -> Vec<&'v Value> {
    // Before 3.4 Argo CD says so only of resources annotated Delete=confirm.
    if !counts(release) {
        return vec![];
    }
    let all = has_option(application, "Prune=confirm", release);
    resources.iter().filter(|resource| all || is_to_confirm(resource)).copied().collect()
}

/// Whether Argo CD says of a resource that a person must confirm its deletion.
pub fn is_to_confirm(resource: &Value) -> bool {
    is_on(resource, "/requiresDeletionConfirmation")
}

/// The command with which a person confirms it.
pub fn confirmation(application: &Value) -> String {
    format!("argocd app confirm-deletion {}", spelt(application).unwrap_or_default())
}

/// A sentence for releases that do not tell whether one of these resources is annotated so that a person must confirm
/// its pruning.
pub fn may_wait(application: &Value, resources: &[&Value], release: Option<Release>) -> Option<String> {
    if resources.is_empty() || counts(release) {
        return None;
    }
    let way = confirmation(application);
    Some(format!("Where one is annotated Prune=confirm, it does not end before a person confirms: {way}"))
}

/// Whether this release honours the options `Prune` and `Delete` of an application's own spec.
pub fn counts(release: Option<Release>) -> bool {
    release.is_none_or(|release| release >= Release::new(3, 4, 0))
}

/// Whether the application sets this option (`Prune` or `Delete`), and this release honours it.
pub fn has_option(application: &Value, option: &str, release: Option<Release>) -> bool {
    counts(release) && sync_options(application).iter().any(|it| it.as_str() == Some(option))
}

/// The first resources of a list by kind and name, and how many more there are.
pub fn names(resources: &[&Value], most: usize) -> String {
    first_of(resources.iter().map(|resource| label(resource)), most)
}

/// A resource by kind and name.
fn label(resource: &Value) -> String {
    let of = |key: &str| text(resource, key).unwrap_or_default();
    kind::label(&kind::named(&of("/group"), &of("/kind")), &of("/namespace"), &of("/name"))
}

/// The messages of an application's conditions of that type.
pub fn conditions(application: &Value, kind: &str) -> impl Iterator<Item = String> {
    let those = list(application, CONDITIONS).iter().filter(move |it| text(it, "/type").as_deref() == Some(kind));
    those.filter_map(|condition| text(condition, "/message"))
}

/// The place in which an application still has resources, although its spec has another one by now.
pub struct Left {
    /// The old cluster and namespace.
    pub place: String,
    /// The cluster and namespace of the spec.
    pub now: String,
    /// Whether they are certainly two clusters: a name and a URL may be of the same one.
    pub is_certain: bool,
}

/// The resources of an application that are in the cluster.
fn there(application: &Value) -> impl Iterator<Item = &Value> {
    let is_there = |resource: &&Value| text(resource, "/health/status").as_deref() != Some("Missing");
    list(application, "/status/resources").iter().filter(is_there)
}

/// The namespace in which an application still has resources, if its spec names another one of the same cluster by now.
pub fn left_namespace(application: &Value) -> Option<String> {
    let then = text(application, "/status/sync/comparedTo/destination/namespace")?;
    let is_in = |resource: &Value| text(resource, "/namespace").as_ref() == Some(&then);
    let is_other = text(application, "/spec/destination/namespace").as_ref() != Some(&then);
    (is_other && left_behind(application).is_none() && there(application).any(is_in)).then_some(then)
}

/// The cluster and namespace in which an application still has resources, if its spec names another cluster by now.
pub fn left_behind(application: &Value) -> Option<Left> {
    let now = application.pointer("/spec/destination")?;
    let then = application.pointer("/status/sync/comparedTo/destination")?;
    let is_certain = match is_elsewhere(now, then) {
        _ if there(application).next().is_none() => return None,
        Some(false) => return None,
        is_elsewhere => is_elsewhere.is_some(),
    };
    Some(Left { place: destination(then), now: destination(now), is_certain })
}
