//! The sync options of a call: how they are spelt, merged, and which count for nothing.

use serde_json::Value;

use crate::{suggest::did_you_mean, view::text::shown};

/// The options of a sync that Argo CD knows.
const OPTIONS: &str = "ApplyOutOfSyncOnly ClientSideApplyMigration CreateNamespace FailOnSharedResource Prune PruneLast \
                       PrunePropagationPolicy Replace RespectIgnoreDifferences ServerSideApply \
                       SkipDryRunOnMissingResource Validate";
/// Those that it reads elsewhere, and where.
const ELSEWHERE: &[(&str, &str)] = &[
    ("Delete", "counts in the application's own spec and as an annotation of a resource, not in one sync"),
    ("Force", "counts only as an annotation of a resource; for a sync give force=true"),
];

/// An option as Argo CD compares it: letter by letter.
pub(super) fn spelt(option: &str) -> Value {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let (name, value) = (name.trim(), value.trim());
    let known = OPTIONS
        .split_whitespace()
        .chain(ELSEWHERE.iter().map(|(known, _)| *known))
        .find(|known| known.eq_ignore_ascii_case(name));
    let value = if ["true", "false"].into_iter().any(|word| word.eq_ignore_ascii_case(value)) {
        value.to_ascii_lowercase()
    } else {
        value.to_owned()
    };
    format!("{}={value}", known.unwrap_or(name)).into()
}

/// An option of the call takes the place of the application's option of that name.
pub(super) fn merge(own: &[Value], given: &[Value]) -> Vec<Value> {
    let name =
        |option: &Value| option.as_str().and_then(|text| text.split('=').next()).unwrap_or_default().trim().to_owned();
    let kept = own.iter().filter(|option| !given.iter().any(|other| name(other) == name(option)));
    kept.chain(given).cloned().collect()
}

/// What is told of options that do nothing.
pub(super) fn idle(options: &[Value]) -> Vec<String> {
    let told = |option: &Value| {
        let (name, _) = option.as_str()?.split_once('=')?;
        if OPTIONS.split_whitespace().any(|known| known == name) {
            return None;
        }
        let name = shown(name);
        Some(match ELSEWHERE.iter().find(|(known, _)| *known == name) {
            Some((_, how)) => format!("Sync option {name} {how}."),
            None => {
                let hint = did_you_mean(&name, OPTIONS.split_whitespace());
                format!("Sync option {name} is not known here{hint}; Argo CD passes over those that it does not know.")
            }
        })
    };
    options.iter().filter_map(told).collect()
}
