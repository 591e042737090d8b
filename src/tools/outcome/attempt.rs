//! Whether auto-sync deploys by itself what is `OutOfSync` now: it syncs each revision only once.

use serde_json::Value;

use crate::tools::state::{has_operation, list, text};

/// What the last operation deployed. Argo CD compares only that before it syncs again: it does not ask whether that was
/// a dry run or a sync of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The revision and the source that the application has now.
    This {
        succeeded: bool,
    },
    Another,
    /// Not known: there may be a newer revision than the one that was compared.
    Unknown,
}

/// Whether auto-sync begins by itself where something is `OutOfSync`; `None` if that is not known.
pub(super) fn begins(application: &Value, heals: bool) -> Option<bool> {
    match last(application) {
        Last::This { succeeded } => Some(heals && succeeded),
        Last::Another => Some(true),
        // Self-heal syncs whatever the revision.
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
    // With a hydrator the result has the source that it wrote, not the one of the spec.
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
    // With this annotation, a revision that changes nothing below its paths is not a new one.
    match at(PATHS).is_some() || finished.is_none() || finished > compared {
        true => Last::Unknown,
        false => Last::Another,
    }
}
