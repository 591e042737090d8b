//! Streams of lines, such as logs: grouped by who wrote them, repeated ones folded, complaints of the server told apart.

use std::io;

use serde_json::{Value, json};

use super::{
    Context, Problem, Rendered, mask,
    path::{self, Path},
    text::{clip, clip_bytes, counted, shown},
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
    /// Said when the stream is empty: nobody could have written.
    pub nobody: &'static str,
    /// Said when somebody could have written, but nobody did.
    pub nothing: &'static str,
}

/// Longest line that is shown, in characters.
const LINE: usize = 1000;

struct Line {
    group: String,
    time: String,
    text: String,
}

/// Lines of one or several writers that wrote the same.
struct Group {
    names: Vec<String>,
    /// Time, text, and how often in a row.
    lines: Vec<(String, String, usize)>,
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
/// [`Problem::Refused`] for an error in the stream, and where there is nothing but complaints.
pub fn render(view: &LogView, body: impl io::Read, context: &Context) -> Result<Rendered, Problem> {
    let stream = read(view, body)?;
    if stream.lines.is_empty() && !stream.complaints.is_empty() {
        return Err(refusal(&stream.complaints));
    }
    if context.json {
        let line = |line: &Line| json!({ "podName": line.group, "timeStamp": line.time, "content": line.text });
        let items: Vec<Value> = stream.lines.iter().map(line).collect();
        let total = items.len();
        let json = json!({ "items": items, "total": total, "returned": total, "problems": stream.complaints });
        return super::json_answer(&json, context.max_bytes);
    }
    if stream.lines.is_empty() {
        let text = if stream.ended { view.nothing } else { view.nobody };
        return Ok(Rendered { text: text.to_owned(), json: None });
    }
    let fold = context.args.get(view.fold).and_then(Value::as_bool) != Some(false);
    let mut lines: Vec<String> = stream.complaints.iter().map(|complaint| format!("problem: {complaint}")).collect();
    for group in group(stream.lines, fold) {
        lines.extend(group.show());
    }
    Ok(Rendered { text: newest(&lines, context.max_bytes), json: None })
}

impl Group {
    /// A head with the day, then the lines; a time is said once for all lines of a second.
    fn show(&self) -> Vec<String> {
        let count: usize = self.lines.iter().map(|(_, _, count)| count).sum();
        let each = if self.names.len() > 1 { " each, all the same" } else { "" };
        let mut day = self.lines.first().map_or("", |(time, _, _)| date(time));
        let on = if day.is_empty() { String::new() } else { format!("; {day} UTC") };
        let mut shown = vec![format!("{} ({}{each}{on}):", self.names.join(", "), counted(count, "lines"))];
        let mut before = "";
        for (time, text, count) in &self.lines {
            let times = if *count > 1 { format!(" (\u{d7}{count})") } else { String::new() };
            let mut prefix = if clock(time) == before { String::new() } else { format!("{} ", clock(time)) };
            if date(time) != day {
                prefix = format!("{} {prefix}", date(time));
            }
            (day, before) = (date(time), clock(time));
            shown.push(format!("{prefix}{text}{times}").trim_end().to_owned());
        }
        shown
    }
}

/// The stream as it came, one JSON a line, masked.
///
/// # Errors
/// [`Problem::TooLarge`], [`Problem::Json`]
pub fn raw(body: impl io::Read, max_bytes: usize) -> Result<Rendered, Problem> {
    let lines = values(body).map(|value| mask::json(&value?.to_string()));
    let lines: Vec<String> = lines.collect::<Result<_, _>>().map_err(Problem::Json)?;
    Ok(Rendered { text: super::within(lines.join("\n"), max_bytes)?, json: None })
}

fn values(body: impl io::Read) -> impl Iterator<Item = Result<Value, serde_json::Error>> {
    serde_json::Deserializer::from_reader(io::BufReader::new(body)).into_iter::<Value>()
}

fn read(view: &LogView, body: impl io::Read) -> Result<Stream, Problem> {
    let mut stream = Stream::default();
    for value in values(body) {
        let value = value.map_err(Problem::Json)?;
        if let Some(error) = value.get("error") {
            let said = error.get("message").and_then(Value::as_str).unwrap_or("the stream ended with an error");
            return Err(Problem::Refused(shown(said), None));
        }
        let part = |path: Path| path::text(&value, path).unwrap_or_default();
        let (text, group) = (clip(&shown(&part(view.text)), LINE), shown(&part(view.group)));
        if part(view.last) == "true" {
            stream.ended = true;
        } else if group.is_empty() && !text.is_empty() {
            if !stream.complaints.contains(&text) {
                stream.complaints.push(text);
            }
        } else {
            stream.lines.push(Line { group, time: part(view.time), text });
        }
    }
    Ok(stream)
}

/// Kubernetes' own words arrive as lines.
fn refusal(complaints: &[String]) -> Problem {
    let said = complaints.join("; ");
    let choices = said.split_once("choose one of: ").map(|(_, choices)| choices.split(']').next().unwrap_or(choices));
    let hint = match choices {
        Some(choices) => Some(format!("Call again with container set to one of {}].", choices.trim_end_matches(']'))),
        None if said.contains("is not valid for pod") => {
            Some("Leave container out, or take one that the pod has.".to_owned())
        }
        None if said.contains("previous terminated container") => {
            Some("It has not been restarted: leave previous out.".to_owned())
        }
        None => None,
    };
    Problem::Refused(said, hint)
}

fn group(lines: Vec<Line>, fold: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for Line { group, time, text } in lines {
        let found = groups.iter().position(|known| known.names.contains(&group));
        let index = found.unwrap_or_else(|| {
            groups.push(Group { names: vec![group], lines: vec![] });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(index) else { continue };
        match group.lines.last_mut().filter(|(_, before, _)| fold && *before == text) {
            Some((_, _, count)) => *count += 1,
            None => group.lines.push((time, text, 1)),
        }
    }
    if fold { merge(groups) } else { groups }
}

/// Writers of the same texts become one.
fn merge(groups: Vec<Group>) -> Vec<Group> {
    let mut merged: Vec<Group> = vec![];
    let same = |a: &Group, b: &Group| {
        a.lines.len() == b.lines.len() && a.lines.iter().zip(&b.lines).all(|(a, b)| (&a.1, a.2) == (&b.1, b.2))
    };
    for group in groups {
        match merged.iter_mut().find(|known| same(known, &group)) {
            Some(known) => known.names.extend(group.names),
            None => merged.push(group),
        }
    }
    merged
}

/// `2026-11-22` of an RFC 3339 time.
fn date(time: &str) -> &str {
    time.get(..10).unwrap_or_default()
}

/// `21:48:06` of an RFC 3339 time.
fn clock(time: &str) -> &str {
    time.get(11..19).unwrap_or(time)
}

/// The last lines count: the first ones go when there are too many.
fn newest(lines: &[String], max_bytes: usize) -> String {
    let all: usize = lines.iter().map(|line| line.len() + 1).sum();
    if all <= max_bytes {
        return lines.join("\n");
    }
    let mut kept: Vec<String> = vec![];
    let mut room = max_bytes.saturating_sub(120);
    for line in lines.iter().rev() {
        if line.len() + 1 > room {
            break;
        }
        room -= line.len() + 1;
        kept.push(line.clone());
    }
    if let (true, Some(last)) = (kept.is_empty(), lines.last()) {
        kept.push(clip_bytes(last, room));
    }
    kept.reverse();
    let cut = lines.len() - kept.len();
    format!(
        "the first {cut} of {} lines are cut: take a smaller tail, a filter or a larger maxBytes\n{}",
        lines.len(),
        kept.join("\n")
    )
}
