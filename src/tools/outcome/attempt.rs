//! Whether auto-sync deploys by itself what is `OutOfSync` now: it syncs a revision once.

use serde_json::Value;

use crate::tools::state::{has_operation, list, text};

/// What its last operation was of. Argo CD asks for no more: neither whether it was a dry run, nor of what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The revision and the source that it has now.
    This {
        succeeded: bool,
    },
    Another,
    /// It may have a newer revision than the one that was compared.
    Unknown,
}

/// Whether auto-sync begins by itself where something is `OutOfSync`; none if that cannot be told.
pub(super) fn begins(application: &Value, heals: bool) -> Option<bool> {
    match last(application) {
        Last::This { succeeded } => Some(heals && succeeded),
        Last::Another => Some(true),
        // Healing minds no revision.
        Last::Unknown => heals.then_some(true),
    }
}

fn last(application: &Value) -> Last {
    const PATHS: &str = "/metadata/annotations/argocd.argoproj.io~1manifest-generate-paths";
    let at = |pointer: &str| application.pointer(pointer);
    let state = "/status/operationState";
    if has_operation(application) {
        return Last::Unknown;
    }
    if at(state).is_none() {
        return Last::Another;
    }
    let (revision, source) =
        if list(application, "/spec/sources").is_empty() { ("revision", "source") } else { ("revisions", "sources") };
    let result = |key: &str| at(&format!("{state}/syncResult/{key}"));
    if at(&format!("{state}/syncResult")).is_none() {
        return Last::Unknown;
    }
    // Of a hydrator's source the result has what was written.
    if at("/spec/sourceHydrator").is_none() && at(&format!("/spec/{source}")) != result(source) {
        return Last::Another;
    }
    if at(&format!("/status/sync/{revision}")) == result(revision) {
        return Last::This {
            succeeded: text(application, "/status/operationState/phase").as_deref() == Some("Succeeded"),
        };
    }
    let (finished, compared) =
        (text(application, "/status/operationState/finishedAt"), text(application, "/status/reconciledAt"));
    // With paths, a revision that changes nothing there counts for none.
    match at(PATHS).is_some() || finished.is_none() || finished > compared {
        true => Last::Unknown,
        false => Last::Another,
    }
}
