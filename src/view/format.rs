//! Writes values in the formats of the view language; `formats.rs` lists them.

pub mod operation;
pub mod times;
mod words;

use std::borrow::Cow;

use jiff::Timestamp;
use operation::{idle, operation, overrides, tries, way_out, windows};
use serde_json::Value;
use times::{ago, progress, since, time};
pub use words::{application_name, destination, is_elsewhere, stale};
use words::{cluster, hydrator, images, initiator, repository_of, source, synced};

use super::{
    Format, automation, kind, mask,
    path::{self, Path, visit},
    text::{clip, condense, shown},
    tracking,
};

/// Values and how they are written.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Where the values are; each format knows what its paths mean.
    pub paths: &'static [Path],
    /// How they are written.
    pub format: Format,
}

/// Longest text that `line` writes, in characters.
const LINE: usize = 300;

/// The values of a cell as text; `None` when there are none.
pub fn write(cell: &Cell, value: &Value, now: Timestamp) -> Option<String> {
    let values: Vec<Vec<Value>> = cell.paths.iter().map(|path| collect(value, path)).collect();
    let texts = || values.iter().flatten().map(path::scalar).map(|text| shown(&text));
    let first = |index: usize| values.get(index).and_then(|values| values.first());
    let first_text = |index: usize| first(index).map(path::scalar).map(|text| shown(&text));
    match cell.format {
        Format::Plain => join(texts(), ", "),
        Format::Line => join(texts(), "; ").map(|text| condense(&short_words(&text), LINE)),
        Format::Each => join(texts().map(|text| format!("\n  {text}")), ""),
        Format::Age => values.iter().flatten().find_map(time).map(|then| ago(then, now)),
        Format::Existing => {
            first(1)?.as_i64().filter(|generation| *generation > 1).and(Some(ago(time(first(0)?)?, now)))
        }
        Format::Progress => progress(&first_text(0)?, first(1), first(2), now),
        Format::Phase => first_text(0).or_else(|| first(1).map(|_| "requested".to_owned())),
        Format::Failed => first_text(0).filter(|phase| phase == "Failed"),
        Format::Spared => {
            let is_on = |index| first(index).and_then(Value::as_bool) == Some(true);
            let what = match (is_on(1), is_on(2)) {
                (_, true) => "this is a dry run",
                (false, _) => "this sync does not prune",
                _ => return None,
            };
            first(0).map(|_| format!("{what}: confirming ends its wait, and deletes nothing"))
        }
        Format::WayOut => {
            let is_set = |option: &str| values.iter().skip(3).flatten().flat_map(each).any(|one| one == option);
            let failed = first_text(0).is_some_and(|phase| matches!(phase.as_str(), "Failed" | "Error" | "Running"));
            way_out(first(1).filter(|_| failed)?.as_str()?, &first_text(2).unwrap_or_default(), is_set)
        }
        Format::Tries => tries(first(0), first(1)),
        Format::Idle => idle(&first_text(0)?, first(1).is_some(), first(2).is_some()),
        Format::Compared if first_text(0).as_deref() == Some("Unknown") => None,
        Format::Compared => {
            let revisions = values.iter().skip(2).flatten().map(|value| short(&shown(&path::scalar(value))).to_owned());
            join(revisions, ", ").map(|revisions| since(&revisions, first(1), now))
        }
        Format::Short => join(texts().map(|text| short(&text).to_owned()), ", "),
        Format::Name => Some(application_name(first_text(0), first_text(1)?)),
        Format::Object => match (first_text(0), first_text(1)?) {
            (Some(namespace), name) => Some(format!("{namespace}/{name}")),
            (None, name) => Some(name),
        },
        Format::Kind => Some(kind::named(&first_text(0).unwrap_or_default(), &first_text(1)?)),
        Format::Operation => first(0).and_then(operation),
        Format::Overrides => overrides(&values.iter().flatten().flat_map(each).collect::<Vec<_>>()),
        Format::Windows => first(0).and_then(windows),
        Format::Stale => stale(first(0)?, first(1)?),
        Format::Deletion => {
            let since = ago(time(first(0)?)?, now);
            let finalizers = values.get(1).into_iter().flatten().map(path::scalar).map(|text| shown(&text));
            let waits = join(finalizers, ", ").map(|list| format!(", waiting for finalizers {list}"));
            Some(format!("being deleted since {since}{}", waits.unwrap_or_default()))
        }
        Format::Repository => join(texts().map(|url| repository_of(&url)), ", "),
        Format::Cluster => match (cluster(first_text(0).as_deref(), None), cluster(None, first_text(1).as_deref())) {
            (Some(name), Some(server)) if name != server => Some(format!("({name} or {server})")),
            (name, server) => name.or(server),
        },
        Format::Destination => first(0).map(destination),
        Format::Source => join(values.iter().flatten().flat_map(each).map(|one| source(one, false)), "; "),
        Format::SourceUrl => join(values.iter().flatten().flat_map(each).map(|one| source(one, true)), "; "),
        Format::Hydrator => first(0).map(|one| hydrator(one, false)),
        Format::HydratorUrl => first(0).map(|one| hydrator(one, true)),
        Format::None => join(texts(), ", ").or_else(|| Some("none".to_owned())),
        Format::Zone => first_text(0).or_else(|| Some("UTC".to_owned())),
        Format::Tracker => {
            let id = first_text(0)?;
            tracking::tracker(&id, first_text(1).as_deref(), &first_text(2)?).map(tracking::instance)
        }
        Format::Labelled => tracking::labelled(&first_text(0)?, first_text(1).as_deref(), &first_text(2)?),
        Format::Automation => Some(automation::text(first(0))),
        Format::Images => images(&texts().collect::<Vec<_>>()),
        Format::Cause => join(texts(), "; ").map(|text| cause(&text)),
        Format::Initiator => initiator(first_text(0), first(1)),
        Format::Synced => synced(first_text(0).as_deref(), first_text(1).as_deref(), first_text(2).as_deref()),
        Format::Pairs => join(values.iter().flatten().filter_map(pair), "; "),
        Format::Connection => first_text(0).or_else(|| Some("unknown, not monitored yet".to_owned())),
        Format::Monitored => {
            // Empty settings switch it on, too.
            let settings = first(0)?.get("orphanedResources").filter(|settings| settings.is_object())?;
            let warn = settings.get("warn").and_then(Value::as_bool).unwrap_or_default();
            Some(format!("monitored, warn: {warn}"))
        }
        Format::Count => {
            Some(values.iter().map(Vec::len).sum::<usize>()).filter(|count| *count > 0).map(|count| count.to_string())
        }
    }
}

/// The texts a filter compares with: the values as they are and as they are written.
pub fn compared(cell: &Cell, value: &Value, now: Timestamp) -> Vec<String> {
    let mut values: Vec<Vec<Value>> = cell.paths.iter().map(|path| collect(value, path)).collect();
    if cell.format == Format::Name {
        // A name is not compared with the namespace alone.
        values.drain(..values.len().saturating_sub(1));
    }
    let mut texts: Vec<String> = values.iter().flatten().map(path::scalar).collect();
    texts.extend((cell.format != Format::Plain).then(|| write(cell, value, now)).flatten());
    texts
}

/// The value of a filter in the form that cells have: names without Argo CD's usual namespace, repositories as
/// `host/path`.
pub fn as_written<'a>(cell: &Cell, wanted: &'a Value) -> Cow<'a, Value> {
    let usual = |text: &str| Some(text.strip_prefix(words::USUAL_NAMESPACE)?.strip_prefix('/')?.to_owned());
    let written = match cell.format {
        Format::Cluster => return words::clusters(wanted),
        Format::Name => wanted.as_str().and_then(usual),
        // A part of an address is compared as it is.
        Format::Repository => {
            wanted.as_str().filter(|text| text.contains("://") || text.contains('@')).map(repository_of)
        }
        _ => None,
    };
    let written = written.filter(|text| !text.trim_matches(['*', '/']).is_empty());
    written.map_or(Cow::Borrowed(wanted), |text| Cow::Owned(text.into()))
}

fn collect(value: &Value, path: &[path::Segment]) -> Vec<Value> {
    let mut values = vec![];
    visit(value, path, &mut |found| values.push(found.clone()));
    values
}

/// `name: value`
fn pair(value: &Value) -> Option<String> {
    let mut value = value.clone();
    mask::value(&mut value);
    let key = |key: &str| value.get(key).and_then(Value::as_str).map(shown);
    Some(condense(&format!("{}: {}", key("name")?, key("value")?), LINE))
}

/// A list's items, or the value itself.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}

fn join(texts: impl Iterator<Item = String>, separator: &str) -> Option<String> {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join(separator))
}

/// The last parts of `what: why: cause` that fit into 90 characters. If the part that tells why is not among them, the
/// text begins there: what follows it is detail.
fn cause(text: &str) -> String {
    const MOST: usize = 90;
    const TELLING: &[&str] =
        &["x509", "forbidden", "unauthorized", "denied", "refused", "no such host", "timed out", "timeout", "deadline"];
    let starts = text.match_indices(": ").map(|(at, separator)| at + separator.len());
    let parts = std::iter::once(0).chain(starts).filter_map(|start| text.get(start..));
    let all: Vec<&str> = parts.collect();
    let fitting = all.iter().find(|part| part.chars().count() <= MOST).or(all.last()).copied().unwrap_or(text);
    // An address may have `timeout` in its query.
    let unquoted = |part: &str| part.split('"').step_by(2).collect::<String>().to_ascii_lowercase();
    let tells = |part: &str| TELLING.iter().any(|word| unquoted(part).contains(word));
    let telling = all.iter().find(|part| tells(part.split(": ").next().unwrap_or(part)));
    let cause = telling.copied().filter(|_| !tells(fitting)).unwrap_or(fitting);
    match cause.rsplit_once(", not ").filter(|(_, name)| cause.chars().count() > MOST && name.len() < MOST / 2) {
        // Of a certificate, the name that it is not for matters more than those it is for.
        Some((names, name)) => format!("{} not {name}", clip(names, MOST - name.len() - 5)),
        None => clip(cause, MOST),
    }
}

/// Seven characters of a SHA-1 or SHA-256; branches, tags and chart versions whole.
pub fn short(revision: &str) -> &str {
    let sha = matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sha { revision.get(..7).unwrap_or(revision) } else { revision }
}

fn short_words(text: &str) -> String {
    text.split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let end = piece.get(word.len()..).unwrap_or_default();
            // Digests, which have 64 characters, stay whole.
            if word.len() == 40 { format!("{}{end}", short(word)) } else { piece.to_owned() }
        })
        .collect()
}
