//! Streams of lines, such as logs: grouped by who wrote them, repeated ones folded, complaints of the server told apart.

mod groups;

use std::io::ErrorKind;

use groups::{group, newest};
use jiff::Timestamp;
use serde_json::{Value, de::Read, json};

use super::{
    Context, Problem, Rendered, mask,
    path::{self, Path},
    text::{clip, shown, shown_line},
};

/// Where a line has its text, who wrote it and when.
#[derive(Debug)]
pub struct LogView {
    /// The text.
    pub text: Path,
    /// Who wrote it; a line without a writer is a complaint of the server.
    pub group: Path,
    /// When, RFC 3339.
    pub time: Path,
    /// Whether it is the mark that ends the stream.
    pub last: Path,
    /// The argument that switches folding off.
    pub fold: &'static str,
    /// The argument that chooses lines by their text; the server's complaints go through it as well.
    pub filter: &'static str,
    /// The argument that says how many lines.
    pub tail: &'static str,
    /// The argument that chooses one writer of several that belong together.
    pub container: &'static str,
    /// Said when the stream is empty: nobody could have written.
    pub nobody: &'static str,
    /// Said instead of that of a resource that no application manages.
    pub orphaned: &'static str,
    /// Said when somebody could have written, but nobody did.
    pub nothing: &'static str,
}

/// Longest line that is shown, in characters.
const LINE: usize = 1000;

/// What is said of lines that are missing at their end.
const BROKE_OFF: &str = "the logs broke off";

struct Line {
    group: String,
    time: String,
    text: String,
}

#[derive(Default)]
struct Stream {
    lines: Vec<Line>,
    complaints: Vec<String>,
    ended: bool,
}

/// Shows a stream.
///
/// # Errors
/// [`Problem::Refused`] for an error in the stream before any line, and where there is nothing but complaints;
/// [`Problem::Silent`] where nobody could have written.
pub fn render<'de>(view: &LogView, body: impl Read<'de>, context: &Context) -> Result<Rendered, Problem> {
    let filter = context.args.get(view.filter).and_then(Value::as_str).unwrap_or_default();
    let mut stream = read(view, body, filter)?;
    let hidden = context.problems.iter().filter(|problem| !stream.complaints.contains(problem));
    stream.complaints.extend(hidden.cloned().collect::<Vec<_>>());
    if stream.lines.is_empty() && !stream.complaints.is_empty() {
        return Err(refusal(&stream.complaints));
    }
    let is_silent = stream.lines.is_empty() && !stream.ended;
    if context.json {
        let line = |line: &Line| json!({ "podName": line.group, "timeStamp": line.time, "content": line.text });
        let items: Vec<Value> = stream.lines.iter().map(line).collect();
        let total = items.len();
        let json = json!({ "items": items, "total": total, "returned": total, "problems": stream.complaints });
        let rendered = super::json_answer(&json, context.max_bytes)?;
        return if is_silent { Err(Problem::Silent(rendered)) } else { Ok(rendered) };
    }
    if is_silent {
        return Err(Problem::Silent(Rendered { text: view.nobody.to_owned(), json: None }));
    }
    // Argo CD filters what `tail` leaves.
    let looked = context.args.get(view.tail).filter(|_| !filter.is_empty()).map(|tail| {
        format!("{} chose among the last {tail} lines of each; a larger {} looks further back", view.filter, view.tail)
    });
    if stream.lines.is_empty() {
        let text = looked.map_or(view.nothing.to_owned(), |looked| format!("{looked}\n{}", view.nothing));
        return Ok(Rendered { text, json: None });
    }
    let fold = context.args.get(view.fold).and_then(Value::as_bool) != Some(false);
    let mut problems: Vec<String> =
        folded(&stream.complaints).iter().map(|complaint| format!("problem: {complaint}")).collect();
    problems.extend(looked);
    Ok(Rendered { text: newest(&problems, &group(stream.lines, fold), context.max_bytes), json: None })
}

/// What the server complains of in a stream, apart from the end of the stream itself.
pub fn complaints<'de>(view: &LogView, body: impl Read<'de>) -> Vec<String> {
    let complaints = read(view, body, "").map(|stream| stream.complaints).unwrap_or_default();
    complaints.into_iter().filter(|complaint| !complaint.starts_with(BROKE_OFF)).collect()
}

/// What is said of silence where no application manages the resource.
pub fn orphaned(view: &LogView, silent: Rendered) -> Rendered {
    let Some(mut json) = silent.json else { return Rendered { text: view.orphaned.to_owned(), json: None } };
    json.as_object_mut().map(|map| map.insert("problems".into(), json!([view.orphaned])));
    Rendered { text: json.to_string(), json: Some(json) }
}

/// Whether a refusal says that there is no such container, which tells nothing of those that there are.
pub fn is_of_container(said: &str) -> bool {
    said.contains("is not valid for pod")
}

/// The lists in which Kubernetes names the containers that there are.
fn lists(said: &str) -> impl Iterator<Item = &str> {
    said.split("choose one of: [").skip(1).filter_map(|rest| rest.split(']').next())
}

/// The containers among which Kubernetes wants a choice.
pub fn containers(said: &str) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    for name in lists(said).flat_map(str::split_whitespace) {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    all
}

/// How a way out begins that is a choice among containers.
pub const CHOOSE: &str = "Call again with container";

/// The way out that complaints name: the containers that there are.
pub fn choices(complaints: &[String]) -> Option<String> {
    let mut all: Vec<&str> = complaints.iter().flat_map(|said| lists(said)).collect();
    all.dedup();
    (!all.is_empty()).then(|| format!("{CHOOSE} set to one of [{}].", all.join("], or of [")))
}

/// The stream as it came, one JSON a line, masked; and that it broke off, if it did.
///
/// # Errors
/// [`Problem::TooLarge`], [`Problem::Json`]
pub fn raw<'de>(view: &LogView, body: impl Read<'de>, max_bytes: usize) -> Result<Rendered, Problem> {
    let (mut came, mut broken) = (vec![], None);
    for value in values(body) {
        match value {
            Ok(value) => came.push(value),
            Err(error) if came.is_empty() => return Err(Problem::Json(error)),
            Err(error) => {
                broken = Some(format!("problem: {}", broke_off(&error)));
                break;
            }
        }
    }
    let groups: Vec<String> = came.iter().map(|value| path::text(value, view.group).unwrap_or_default()).collect();
    let texts = came.iter_mut().map(|value| path::text_mut(value, view.text));
    mask::lines(groups.iter().map(String::as_str).zip(texts).filter_map(|(group, text)| Some((group, text?))));
    let lines = came.iter().map(|value| mask::json(&value.to_string()));
    let lines: Vec<String> = lines.chain(broken.map(Ok)).collect::<Result<_, _>>().map_err(Problem::Json)?;
    Ok(Rendered { text: super::within(lines.join("\n"), max_bytes)?, json: None })
}

fn broke_off(error: &serde_json::Error) -> String {
    let why = match error.io_error_kind() {
        Some(ErrorKind::TimedOut) => ": no more came in time; take a smaller tail or raise ARGOCD_MCP_TIMEOUT",
        None if !error.is_eof() => ": what came then is no JSON",
        _ => "",
    };
    format!("{BROKE_OFF}{why}")
}

fn values<'de>(body: impl Read<'de>) -> impl Iterator<Item = Result<Value, serde_json::Error>> {
    serde_json::Deserializer::new(body).into_iter()
}

/// The beginning and the end of a line that is too long, and what the filter found in it.
fn excerpt(line: &str, filter: &str) -> String {
    /// Characters around what was found.
    const AROUND: usize = 200;
    let length = line.chars().count();
    if length <= LINE {
        return line.to_owned();
    }
    let part = |from: usize, count: usize| line.chars().skip(from).take(count).collect::<String>();
    let left_out = |count: usize| format!(" … {count} characters … ");
    let (head, tail) = (LINE / 3, LINE / 3);
    let lower = line.to_lowercase();
    let found = if filter.is_empty() { None } else { lower.split_once(&filter.to_lowercase()) };
    let found = found.map(|(before, _)| before.chars().count());
    match found.map(|at| at.saturating_sub(AROUND / 2)).filter(|at| *at > head && at + AROUND < length - tail) {
        Some(at) => {
            let (before, after) = (left_out(at - head), left_out(length - tail - at - AROUND));
            format!("{}{before}{}{after}{}", part(0, head), part(at, AROUND), part(length - tail, tail))
        }
        None => format!("{}{}{}", part(0, head), left_out(length - head - tail), part(length - tail, tail)),
    }
}

fn read<'de>(view: &LogView, body: impl Read<'de>, filter: &str) -> Result<Stream, Problem> {
    let mut stream = Stream::default();
    for value in values(body) {
        let value = match value {
            Ok(value) => value,
            // What came before is worth having.
            Err(error) if !stream.lines.is_empty() => {
                stream.complaints.push(broke_off(&error));
                break;
            }
            Err(error) => return Err(Problem::Json(error)),
        };
        if let Some(error) = value.get("error") {
            let said = error.get("message").unwrap_or(error).as_str().unwrap_or("the stream ended with an error");
            if stream.lines.is_empty() {
                return Err(Problem::Refused(shown(said), None));
            }
            stream.complaints.push(format!("{BROKE_OFF}: {}", shown(said)));
            break;
        }
        let part = |path: Path| path::text(&value, path).unwrap_or_default();
        let (text, group) = (part(view.text), shown(&part(view.group)));
        if part(view.last) == "true" {
            stream.ended = true;
        } else if group.is_empty() && !text.is_empty() {
            let text = clip(&shown_line(&text), LINE);
            if !stream.complaints.contains(&text) {
                stream.complaints.push(text);
            }
        } else {
            stream.lines.push(Line { group, time: utc(part(view.time)), text });
        }
    }
    mask::lines(stream.lines.iter_mut().map(|Line { group, text, .. }| (group.as_str(), text)));
    stream.lines.iter_mut().for_each(|line| line.text = excerpt(&shown_line(&line.text), filter));
    Ok(stream)
}

/// A node may write times of its own zone.
fn utc(time: String) -> String {
    if time.ends_with('Z') {
        return time;
    }
    time.parse::<Timestamp>().map_or(time, |time| time.to_string())
}

/// Complaints that are the same but for the pod are one.
fn folded(complaints: &[String]) -> Vec<String> {
    let split = |said: &str| {
        let (before, rest) = said.split_once(" pod ")?;
        let end = rest.find([' ', ',']).unwrap_or(rest.len());
        Some((before.to_owned(), rest.get(..end)?.to_owned(), rest.get(end..)?.to_owned()))
    };
    let mut kept: Vec<(String, String, String, usize)> = vec![];
    for said in complaints {
        let (before, pod, after) = split(said).unwrap_or_else(|| (said.clone(), String::new(), String::new()));
        match kept.iter_mut().find(|known| known.0 == before && known.2 == after) {
            Some((.., more)) => *more += 1,
            None => kept.push((before, pod, after, 0)),
        }
    }
    let write = |(before, pod, after, more): (String, String, String, usize)| match (pod.is_empty(), more) {
        (true, _) => before,
        (false, 0) => format!("{before} pod {pod}{after}"),
        (false, more) => format!("{before} pod {pod} and {more} more{after}"),
    };
    kept.into_iter().map(write).collect()
}

/// Kubernetes' own words arrive as lines.
fn refusal(complaints: &[String]) -> Problem {
    let said = folded(complaints).join("; ");
    let hint = match choices(complaints) {
        None if is_of_container(&said) => Some("Leave container out, or take one that the pod has.".to_owned()),
        None if said.contains("previous terminated container") => {
            Some("It has not been restarted: leave previous out.".to_owned())
        }
        choices => choices,
    };
    Problem::Refused(said, hint)
}
