//! What becomes of a change of what is to be deployed, of where, or of who deploys it.

use serde_json::Value;

use crate::{
    tools::state::{self, text},
    view::automation,
};

const UNLESS: &str = "unless a sync window or an error holds it up";

/// What of an application's sync policy counts.
struct Policy {
    deploys: bool,
    prunes: bool,
    heals: bool,
}

impl Policy {
    fn of(application: &Value) -> Self {
        let policy = application.pointer("/spec/syncPolicy");
        Self {
            deploys: automation::deploys(policy),
            prunes: automation::prunes(policy),
            heals: automation::heals(policy),
        }
    }
}

/// A sentence a line.
pub(super) fn of(before: &Value, after: &Value) -> Option<String> {
    if let Some(since) = text(after, "/metadata/deletionTimestamp") {
        return Some(deletion(before, after, &since));
    }
    let changed = |key: &str| before.pointer(key) != after.pointer(key);
    let (was, is) = (Policy::of(before), Policy::of(after));
    let is_new = ["/spec/source", "/spec/sources"].into_iter().any(changed);
    let is_moved = changed("/spec/destination");
    // What a hydrator writes may wait for somebody to merge it.
    let is_dry = changed("/spec/sourceHydrator");
    let is_policy = was.deploys != is.deploys || was.prunes != is.prunes || was.heals != is.heals;
    if !(is_new || is_moved || is_dry || is_policy) {
        return None;
    }
    let left = state::left_behind(after).filter(|_| is_moved);
    let mut lines = vec![];
    if state::is_skipped(after) {
        lines.push(
            "Argo CD leaves the application alone while it is annotated argocd.argoproj.io/skip-reconcile=true.".into(),
        );
    } else if is.deploys {
        let next = automatic(&was, &is, is_new, is_moved, left.is_some());
        let waits = is_running(after) && next.is_some();
        lines.extend(next);
        if waits {
            lines.push("Before that, the sync that runs now must end.".into());
        }
    } else if is_new || is_moved || is_dry {
        lines.push("Nothing is deployed by this: its syncs are manual, sync_application starts one.".into());
    }
    lines.extend(left.map(|left| match left.is_certain {
        true => format!("What it deployed to {} stays there, unmanaged.", left.place),
        false => format!(
            "It was compared in {}: if {} is another cluster, what it deployed stays in the first, unmanaged.",
            left.place, left.now
        ),
    }));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What automation makes of it.
fn automatic(was: &Policy, is: &Policy, is_new: bool, is_moved: bool, is_left: bool) -> Option<String> {
    let deletes = match is.prunes {
        true if is_moved && !is_left => " and deletes what the source has no more and what stands where it was",
        true => " and deletes what the source has no more",
        false => "",
    };
    if !was.deploys && !is.heals {
        // A revision is synced once.
        return Some(format!(
            "Auto-sync is on now: it deploys what comes new from the source{deletes}, {UNLESS}; what is OutOfSync now only if this revision was not synced before."
        ));
    }
    if !was.deploys {
        return Some(format!(
            "Auto-sync is on now: it deploys what is OutOfSync and what comes new from the source{deletes}, and reverts what is changed in the cluster, {UNLESS}."
        ));
    }
    if is_new {
        return Some(format!("Its auto-sync deploys this by itself{deletes}, {UNLESS}."));
    }
    // A revision is synced once, unless what differs is to be healed.
    if is_moved && !is.heals {
        return Some(
            "Its auto-sync does not deploy this before a new revision comes, as it had this one; sync_application does.".into(),
        );
    }
    if is_moved {
        let deletes = if is.prunes && !is_left { " and deletes what stands where it was" } else { "" };
        return Some(format!("Its self-heal deploys to the new place by itself{deletes}, {UNLESS}."));
    }
    let mut lines = vec![];
    if is.heals && !was.heals {
        lines.push(
            "Self-heal is on now: it reverts what differs in the cluster, at once where something does.".to_owned(),
        );
    }
    if is.prunes && !was.prunes {
        lines.push("From its next sync on auto-sync deletes what the source has no more.".to_owned());
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What a change means for a deletion that has begun.
fn deletion(before: &Value, after: &Value, since: &str) -> String {
    match state::deletes_resources(before) && !state::deletes_resources(after) {
        true => format!(
            "It is being deleted, since {since}, and has no finalizer any more that deletes its resources: those in the cluster stay, unmanaged."
        ),
        false => format!("It is being deleted, since {since}: nothing is deployed by this."),
    }
}

/// Whether a sync is asked for, or runs.
fn is_running(application: &Value) -> bool {
    application.get("operation").is_some_and(Value::is_object)
        || text(application, "/status/operationState/phase").as_deref() == Some("Running")
}
