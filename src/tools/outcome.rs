//! What follows from a change of an application: of its source, its destination or its sync policy.

mod attempt;

use serde_json::Value;

use attempt::begins;

use crate::{
    release::Release,
    tools::{
        answer::spelt,
        state::{self, text, to_prune},
    },
    view::automation,
};

/// Most resources that are named.
const NAMED: usize = 5;
/// Why auto-sync ignores a change of the spec.
const SEVERAL: &str = ", as it is of several sources and without self-heal (Argo CD before 3.2); sync_application does";
const UNLESS: &str = "unless a sync window or an error holds it up";

/// The parts of an application's sync policy that count here.
#[derive(Clone, Copy, PartialEq)]
struct Policy {
    deploys: bool,
    prunes: bool,
    heals: bool,
    /// Whether auto-sync may delete every resource.
    empties: bool,
}

impl Policy {
    fn of(application: &Value, release: Option<Release>) -> Self {
        let policy = application.pointer("/spec/syncPolicy");
        Self {
            deploys: automation::deploys(policy),
            prunes: automation::prunes(policy) && !state::has_option(application, "Prune=false", release),
            heals: automation::heals(policy),
            empties: state::is_on(application, "/spec/syncPolicy/automated/allowEmpty"),
        }
    }
}

/// What follows from a change, one sentence a line; `None` if nothing does.
pub fn of(before: &Value, after: &Value, release: Option<Release>) -> Option<String> {
    if let Some(since) = text(after, "/metadata/deletionTimestamp") {
        return Some(deletion(before, after, &since));
    }
    let changed = |key: &str| before.pointer(key) != after.pointer(key);
    let (was, is) = (Policy::of(before, release), Policy::of(after, release));
    let is_new = ["/spec/source", "/spec/sources"].into_iter().any(changed);
    let is_moved = changed("/spec/destination");
    // The output of a hydrator may have to be merged by somebody first.
    let is_dry = changed("/spec/sourceHydrator");
    let is_policy = was != is;
    let is_off = changed("/spec/syncPolicy/automated") && !was.deploys && is_switched_off(after);
    let (was_skipped, is_skipped) = (state::is_skipped(before), state::is_skipped(after));
    if !(is_new || is_moved || is_dry || is_policy || is_off || was_skipped != is_skipped) {
        return None;
    }
    let left = state::left_behind(after).filter(|_| is_moved);
    let waits = state::waits_for_revision(after, is.heals, release) && revisions(before) == revisions(after);
    let begins = if waits { Some(false) } else { begins(after, is.heals) };
    let change = Change { was, is, is_new, is_moved, is_dry, is_left: left.is_some(), begins, waits, release };
    let mut lines = vec![];
    if is_skipped {
        lines.push(
            "Argo CD leaves the application alone while it is annotated argocd.argoproj.io/skip-reconcile=true: it neither compares nor syncs nor deletes it.".into(),
        );
    } else if was_skipped {
        lines.push(woken(after, is));
    } else if is.deploys {
        let next = change.automatic(after);
        let waits = is_running(after) && !next.is_empty();
        lines.extend(next);
        if waits {
            lines.push("Before that, the sync that runs now must end.".into());
        }
    } else if is_new || is_moved || is_dry {
        lines.push(match is_moved && is_running(after) {
            true => "Its syncs are manual; the one that runs now deploys to the new place if it is retried.".into(),
            false => "Nothing is deployed by this: its syncs are manual, sync_application starts one.".into(),
        });
    }
    if was.deploys && !is.deploys && is_running(after) {
        lines.push(format!(
            "The sync that runs now goes on, its retries, too; a person ends it: argocd app terminate-op {}.",
            spelt(after).unwrap_or_default()
        ));
    }
    if is_off {
        lines.push("Auto-sync stays off: spec.syncPolicy.automated.enabled is false.".into());
    }
    lines.extend(left.map(|left| match left.is_certain {
        true => format!("What it deployed to {} stays there, unmanaged.", left.place),
        false => format!(
            "It was compared in {}: if {} is another cluster, what it deployed stays in the first, unmanaged.",
            left.place, left.now
        ),
    }));
    let beside = state::left_namespace(after).filter(|_| is_moved && !(is.prunes && change.begins == Some(true)));
    let end = if is.deploys && is.prunes { "its next sync, which prunes" } else { "a sync with prune=true" };
    lines.extend(beside.map(|old| format!("What is in {old} stays there, too, until {end}.")));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The parts of each source from which its revision follows.
fn revisions(application: &Value) -> Vec<[Option<&Value>; 3]> {
    let parts = |source| ["repoURL", "chart", "targetRevision"].map(|key| Value::get(source, key));
    state::list(application, "/spec/sources").iter().map(parts).collect()
}

fn is_switched_off(application: &Value) -> bool {
    application.pointer("/spec/syncPolicy/automated/enabled") == Some(&Value::Bool(false))
}

/// The parts of a change on which auto-sync decides.
struct Change {
    was: Policy,
    is: Policy,
    is_new: bool,
    is_moved: bool,
    /// Its hydrator changed.
    is_dry: bool,
    /// What it deployed stays behind in another cluster.
    is_left: bool,
    begins: Option<bool>,
    /// Auto-sync begins only when a new revision comes.
    waits: bool,
    release: Option<Release>,
}

impl Change {
    /// What auto-sync does about the change, one sentence a line.
    fn automatic(&self, after: &Value) -> Vec<String> {
        let Self { was, is, is_new, is_moved, is_dry, is_left, begins, .. } = self;
        let moved = match is.prunes && *is_moved && !is_left {
            true => " and deletes what stands where it was",
            false => "",
        };
        let deletes = match (is.prunes, moved.is_empty()) {
            (true, false) => " and deletes what the source has no more and what stands where it was",
            (true, true) => " and deletes what the source has no more",
            (false, _) => "",
        };
        let mut lines = vec![];
        if !was.deploys {
            lines.push(self.switched_on(deletes));
            lines.extend(self.pruned(after));
        } else if self.waits && (*is_new || *is_moved) {
            lines.push(format!("Its auto-sync does not deploy this before a new revision comes{SEVERAL}."));
        } else if *is_new {
            lines.push(format!("Its auto-sync deploys this by itself{deletes}, {UNLESS}."));
        } else if *is_dry {
            lines.push(format!("Its auto-sync deploys by itself what is hydrated there{deletes}, {UNLESS}."));
        } else if *is_moved {
            let how = if is.heals { "self-heal" } else { "auto-sync" };
            lines.push(match begins {
                Some(true) => format!("Its {how} deploys to the new place by itself{moved}, {UNLESS}."),
                Some(false) => "Its auto-sync does not deploy this before a new revision comes, as its last operation was of this one; sync_application does.".into(),
                None => "Its auto-sync deploys this by itself only if its last operation was of another revision; sync_application does.".into(),
            });
        } else {
            if is.heals && !was.heals {
                lines.push(
                    "Self-heal is on now: it reverts what differs in the cluster, at once where something does."
                        .to_owned(),
                );
            }
            if is.prunes && was.prunes && is.empties && !was.empties {
                lines.extend(self.pruned(after));
            }
            if is.prunes && !was.prunes {
                lines.push(self.pruned(after).unwrap_or_else(|| {
                    "From its next sync on auto-sync deletes what the source has no more.".to_owned()
                }));
            }
        }
        lines
    }

    fn switched_on(&self, deletes: &str) -> String {
        if self.is.heals {
            return format!(
                "Auto-sync is on now: it deploys what is OutOfSync and what comes new from the source{deletes}, and reverts what is changed in the cluster, {UNLESS}."
            );
        }
        let comes = format!("what comes new from the source{deletes}, {UNLESS}");
        match self.begins {
            Some(false) if self.waits => {
                format!("Auto-sync is on now: it deploys {comes}; not what is OutOfSync now{SEVERAL}.")
            }
            Some(true) => format!("Auto-sync is on now: it deploys what is OutOfSync and {comes}."),
            Some(false) => format!(
                "Auto-sync is on now: it deploys {comes}; not what is OutOfSync now, as its last operation was of this revision."
            ),
            None => format!(
                "Auto-sync is on now: it deploys {comes}; what is OutOfSync now only if its last operation was of another revision."
            ),
        }
    }

    /// What auto-sync deletes at its next look, now that pruning is on.
    fn pruned(&self, after: &Value) -> Option<String> {
        let is_out = text(after, "/status/sync/status").as_deref() == Some("OutOfSync");
        if !self.is.prunes || self.is_moved || self.begins != Some(true) || !is_out {
            return None;
        }
        let extra = to_prune(after);
        match extra.len() {
            0 => None,
            all if all == state::list(after, "/status/resources").len() && !self.is.empties => Some(
                "It deletes nothing as long as that would be all it has: spec.syncPolicy.automated.allowEmpty is off."
                    .into(),
            ),
            _ => state::pruned(after, &extra, NAMED, self.release).map(|(known, waits)| {
                format!("Auto-sync begins at its next look, {UNLESS}, and deletes then, {known}.{waits}")
            }),
        }
    }
}

/// What Argo CD does next with an application that it left alone until now.
fn woken(after: &Value, is: Policy) -> String {
    let asked = if is_running(after) { ", the sync that was asked for first" } else { "" };
    let syncs = match (is.deploys, is.prunes) {
        (true, true) => "auto-sync deploys what differs by then and deletes what the source has no more",
        (true, false) => "auto-sync deploys what differs by then",
        (false, _) => "its syncs are manual",
    };
    format!("Argo CD goes on with the application{asked}: {syncs}.")
}

/// What a change means for a deletion that has begun.
fn deletion(before: &Value, after: &Value, since: &str) -> String {
    if state::finalizers(before).next().is_some() && state::finalizers(after).next().is_none() {
        let stay = if state::deletes_resources(before) { ": its resources in the cluster stay, unmanaged" } else { "" };
        return format!("It was being deleted, since {since}, and is gone now, with its last finalizer{stay}.");
    }
    if state::is_skipped(before) && !state::is_skipped(after) {
        let how = if state::deletes_resources(after) { "with its resources" } else { "its resources stay" };
        return format!("It is being deleted, since {since}: Argo CD goes on with that now, {how}.");
    }
    match state::deletes_resources(before) && !state::deletes_resources(after) {
        true => format!(
            "It is being deleted, since {since}, and has no finalizer any more that deletes its resources: those in the cluster stay, unmanaged."
        ),
        false if is_running(after) => {
            format!(
                "It is being deleted, since {since}: the sync that was asked for before goes first, and still deploys."
            )
        }
        false => format!("It is being deleted, since {since}: nothing is deployed by this."),
    }
}

/// Whether a sync is asked for, or runs.
fn is_running(application: &Value) -> bool {
    state::has_operation(application) || text(application, "/status/operationState/phase").as_deref() == Some("Running")
}
