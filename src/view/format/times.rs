//! Times as the time since them.

use jiff::Timestamp;
use serde_json::Value;

pub(super) fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// `3d4h`, `22m`; `1s` also for what lies less than a second back or, by skewed clocks, ahead.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    match now.as_second() - then.as_second() {
        // A clock elsewhere is a little ahead, or wrong.
        ..-5 => format!("-{}", ago(now, then)),
        -5..=0 => "1s".into(),
        // Minutes and seconds would be precision nobody reads.
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds => exact(seconds),
    }
}

/// A text and how long ago that was, where it is known.
pub fn since(text: &str, then: Option<&Value>, now: Timestamp) -> String {
    then.and_then(time).map_or_else(|| text.to_owned(), |then| format!("{text} {} ago", ago(then, now)))
}

/// The two largest units of a time in seconds: `3d4h`, `5m10s`, `7s`.
fn exact(seconds: i64) -> String {
    let units = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let largest = units.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let two = units.iter().skip(largest).take(2).filter(|(count, _)| *count > 0);
    two.map(|(count, unit)| format!("{count}{unit}")).collect()
}

/// `Failed 10m ago, took 4m7s`; of what goes on `Running for 4m`: while it waits to try again, it has an end as well.
pub(super) fn progress(phase: &str, began: Option<&Value>, ended: Option<&Value>, now: Timestamp) -> Option<String> {
    let (began, ended) = (began.and_then(time), ended.and_then(time));
    if matches!(phase, "Running" | "Terminating") {
        return Some(began.map_or(phase.to_owned(), |began| format!("{phase} for {}", ago(began, now))));
    }
    let took = began.zip(ended).map(|(began, ended)| ended.as_second() - began.as_second()).filter(|took| *took > 0);
    let took = took.map(|took| format!(", took {}", exact(took))).unwrap_or_default();
    Some(ended.or(began).map_or(phase.to_owned(), |end| format!("{phase} {} ago{took}", ago(end, now))))
}
