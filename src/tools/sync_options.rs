//! Sync options and retries, of a call or of an application's spec: how they are spelt and merged, and which have no
//! effect.

use serde_json::Value;

use super::state;
use crate::{release::Release, suggest::did_you_mean, view::text::shown};

/// The options of a sync that Argo CD knows.
const OPTIONS: &str = "ApplyOutOfSyncOnly ClientSideApplyMigration CreateNamespace FailOnSharedResource Prune PruneLast \
                       PrunePropagationPolicy Replace RespectIgnoreDifferences ServerSideApply \
                       SkipDryRunOnMissingResource Validate";
/// Options that it reads elsewhere, and where.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "Delete",
        "counts as an annotation of a resource and, from Argo CD 3.4 on, in the application's own spec, not in one sync",
    ),
    ("Force", "counts only as an annotation of a resource; for a sync give force=true"),
];

/// Options that came with a release, or that count in a sync or in an application's own spec only since then.
const SINCE: &[(&str, Release)] = &[
    ("ClientSideApplyMigration", Release::new(3, 1, 0)),
    ("Delete", Release::new(3, 4, 0)),
    ("Prune", Release::new(3, 4, 0)),
    ("SkipDryRunOnMissingResource", Release::new(3, 1, 0)),
];

/// The values that an option may have.
fn values(name: &str) -> &'static [&'static str] {
    match name {
        "PrunePropagationPolicy" => &["foreground", "background", "orphan"],
        "Delete" | "Prune" => &["true", "false", "confirm"],
        _ => &["true", "false"],
    }
}

/// The name of a known option, however it is written.
fn known(name: &str) -> Option<&'static str> {
    let all = OPTIONS.split_whitespace().chain(ELSEWHERE.iter().map(|(known, _)| *known));
    all.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// An option as Argo CD compares it: letter by letter.
pub fn spelt(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let (name, value) = (name.trim(), value.trim());
    let name = known(name).unwrap_or(name);
    let value = values(name).iter().find(|word| word.eq_ignore_ascii_case(value)).copied().unwrap_or(value);
    format!("{name}={value}")
}

/// An option of the call takes the place of the application's option of that name.
pub fn merge(own: &[Value], given: &[Value]) -> Vec<Value> {
    let name =
        |option: &Value| option.as_str().and_then(|text| text.split('=').next()).unwrap_or_default().trim().to_owned();
    let kept = own.iter().filter(|option| !given.iter().any(|other| name(other) == name(option)));
    kept.chain(given).cloned().collect()
}

/// A sentence for each option that has no effect in a sync.
pub fn idle(options: &[Value], release: Option<Release>) -> Vec<String> {
    let told = |option: &Value| {
        let (name, _) = option.as_str()?.split_once('=')?;
        if OPTIONS.split_whitespace().any(|known| known == name) {
            return too_early(name, release);
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

/// A sentence for an option that the server is too old for.
fn too_early(name: &str, release: Option<Release>) -> Option<String> {
    let (name, since) = SINCE.iter().find(|(known, _)| *known == name)?;
    let server = release.filter(|server| server < since)?;
    let how = if *name == "ClientSideApplyMigration" { "" } else { ", before as an annotation of a resource alone" };
    Some(format!(
        "Sync option {name} does nothing here: it counts from Argo CD {}.{} on{how}; this is {server}.",
        since.major, since.minor
    ))
}

/// A sentence for each option of an application's spec that has no effect there.
pub fn idle_in_spec(application: &Value, release: Option<Release>) -> Vec<String> {
    // `Delete` has an effect in a spec.
    let is_delete = |option: &Value| option.as_str().is_some_and(|option| option.starts_with("Delete="));
    let (delete, others): (Vec<Value>, Vec<Value>) =
        state::sync_options(application).iter().cloned().partition(is_delete);
    let early = delete.first().and_then(|_| too_early("Delete", release));
    idle(&others, release).into_iter().chain(early).collect()
}

/// What is wrong with an option. Argo CD ignores a value that it does not know, and does not say so.
pub fn none(option: &str) -> Option<String> {
    let parts = option.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let Some((name, value)) = parts.filter(|(name, value)| !name.is_empty() && !value.is_empty()) else {
        return Some(format!("has `{}`; each is Name=value, such as CreateNamespace=true", shown(option)));
    };
    let values = values(known(name)?);
    let is_one = values.iter().any(|word| word.eq_ignore_ascii_case(value));
    (!is_one).then(|| format!("has `{}`; its value is one of {}", shown(option), values.join(", ")))
}

/// An option that is given twice with different values.
pub fn twice<'o>(options: impl Iterator<Item = &'o str>) -> Option<String> {
    let mut given: Vec<(String, String)> = vec![];
    for option in options.map(spelt) {
        let (name, value) = option.split_once('=').unwrap_or((&option, ""));
        if given.iter().any(|(known, other)| known == name && other != value) {
            return Some(format!("has `{}` twice, with different values", shown(name)));
        }
        given.push((name.to_owned(), value.to_owned()));
    }
    None
}

/// What is wrong with the sync policy of an application, which Argo CD takes as it is.
pub fn of_policy(at: &str, policy: &Value) -> Vec<String> {
    let options = policy.get("syncOptions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let wrong = |option: &str| {
        let spelt = spelt(option);
        let otherwise = || (spelt != option).then(|| format!("has `{}`; Argo CD knows `{spelt}`", shown(option)));
        none(option).or_else(otherwise).map(|wrong| format!("`{at}.syncOptions` {wrong}"))
    };
    let retry = policy.get("retry").map(|retry| of_retry(&format!("{at}.retry"), retry));
    let twice = twice(options.clone()).map(|twice| format!("`{at}.syncOptions` {twice}"));
    options.filter_map(wrong).chain(twice).chain(retry.into_iter().flatten()).collect()
}

/// What is wrong with a retry. With a time that Argo CD cannot read it never retries; without a pause it retries
/// several times a second.
pub fn of_retry(at: &str, retry: &Value) -> Vec<String> {
    let time = |key: &str| {
        let time = retry.pointer(&format!("/backoff/{key}"))?.as_str()?;
        (!time.is_empty() && !is_time(time))
            .then(|| format!("`{at}.backoff.{key}` is `{}`; write 30s, 5m or 1h", shown(time)))
    };
    let factor = retry.pointer("/backoff/factor").and_then(Value::as_i64).filter(|factor| *factor < 1);
    let factor = factor.map(|factor| format!("`{at}.backoff.factor` is {factor}; it must be 1 or more, 2 is usual"));
    ["duration", "maxDuration"].into_iter().filter_map(time).chain(factor).collect()
}

/// Whether Argo CD reads it as a time above zero: seconds, or a duration as Go writes it.
fn is_time(text: &str) -> bool {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if !text.contains(|c: char| ('1'..='9').contains(&c)) {
        return false;
    }
    if rest.parse::<u64>().is_ok() {
        return true;
    }
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(is_number);
        let number = rest.strip_suffix(unit).unwrap_or(rest);
        let next = unit.trim_start_matches(|c| !is_number(c));
        let unit = unit.strip_suffix(next).unwrap_or(unit);
        let is_unit = ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"].contains(&unit);
        // Digits with one dot at most, as in `1.5h`.
        if number.parse::<f64>().is_err() || !is_unit {
            return false;
        }
        rest = next;
    }
    true
}
