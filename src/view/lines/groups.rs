//! Lines by their writer, and the newest of each under a byte cap.

use jiff::{SignedDuration, Timestamp};

use super::Line;
use crate::view::text::{clip_bytes, counted};

/// How far apart in time the same lines of several writers may be to be told as one.
const TOGETHER: SignedDuration = SignedDuration::from_mins(5);
/// From when on the end of a repetition is told besides its beginning.
const LONG: SignedDuration = SignedDuration::from_mins(1);

/// Lines of one or several writers that wrote the same.
pub(super) struct Group {
    names: Vec<String>,
    lines: Vec<Entry>,
}

/// A line, and those like it that follow.
struct Entry {
    time: String,
    /// Of the last of them.
    until: String,
    text: String,
    count: usize,
}

impl Entry {
    fn is_like(&self, other: &Self) -> bool {
        self.text == other.text
            && self.count == other.count
            && [(&self.time, &other.time), (&self.until, &other.until)]
                .into_iter()
                .all(|(a, b)| apart(a, b) <= TOGETHER)
    }
}

/// How far apart two times are; nothing where one cannot be read.
fn apart(a: &str, b: &str) -> SignedDuration {
    let times = a.parse::<Timestamp>().ok().zip(b.parse::<Timestamp>().ok());
    times.map_or(SignedDuration::ZERO, |(a, b)| b.duration_since(a).abs())
}

/// The lines by writer; with `fold`, the same ones in a row are one, and writers of the same are one.
pub(super) fn group(lines: Vec<Line>, fold: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for Line { group, time, text } in lines {
        let found = groups.iter().position(|known| known.names.contains(&group));
        let index = found.unwrap_or_else(|| {
            groups.push(Group { names: vec![group], lines: vec![] });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(index) else { continue };
        match group.lines.last_mut().filter(|before| fold && before.text == text) {
            Some(before) => {
                before.count += 1;
                before.until = time;
            }
            None => group.lines.push(Entry { until: time.clone(), time, text, count: 1 }),
        }
    }
    if fold { merge(groups) } else { groups }
}

/// Writers of the same texts at about the same time become one.
fn merge(groups: Vec<Group>) -> Vec<Group> {
    let mut merged: Vec<Group> = vec![];
    let same = |a: &Group, b: &Group| {
        a.lines.len() == b.lines.len() && a.lines.iter().zip(&b.lines).all(|(a, b)| a.is_like(b))
    };
    for group in groups {
        match merged.iter_mut().find(|known| same(known, &group)) {
            Some(known) => known.names.extend(group.names),
            None => merged.push(group),
        }
    }
    merged
}

impl Group {
    /// Lines that were written, without the first entries.
    fn count(&self, without: usize) -> usize {
        self.lines.iter().skip(without).map(|line| line.count).sum()
    }

    /// A head with the day, then the lines but the first ones; a time is said once for all lines of a second.
    fn show(&self, without: usize) -> Vec<String> {
        let (all, left) = (self.count(0), self.count(without));
        let cut = if left < all { format!(", the first {} cut", all - left) } else { String::new() };
        let each = if self.names.len() > 1 { " each, all the same" } else { "" };
        let mut day = self.lines.get(without).or(self.lines.last()).map_or("", |line| date(&line.time));
        let on = if day.is_empty() { String::new() } else { format!("; {day} UTC") };
        let mut shown = vec![format!("{} ({}{each}{cut}{on}):", self.names.join(", "), counted(all, "lines"))];
        let mut before = "";
        for Entry { time, until, text, count } in self.lines.iter().skip(without) {
            // Most lines are there once: their times are not read.
            let times = match *count {
                1 => String::new(),
                count if apart(time, until) < LONG => format!(" (\u{d7}{count})"),
                count => format!(" (\u{d7}{count} until {})", clock(until)),
            };
            let mut prefix = if clock(time) == before { String::new() } else { format!("{} ", clock(time)) };
            if date(time) != day {
                prefix = format!("{} {prefix}", date(time));
            }
            (day, before) = (date(time), clock(time));
            shown.push(format!("{prefix}{text}{times}").trim_end().to_owned());
        }
        shown
    }

    fn bytes(&self, without: usize) -> usize {
        self.show(without).iter().map(|line| line.len() + 1).sum()
    }

    /// The newest lines that fit, at least a part of the last one.
    fn fit(&self, room: usize) -> (Vec<String>, usize) {
        let (mut fits, mut over) = (self.lines.len(), 0);
        // The fewer are left out, the longer it is: the least that fits is between.
        while over < fits {
            let middle = over.midpoint(fits);
            if self.bytes(middle) <= room { fits = middle } else { over = middle + 1 }
        }
        let fits = fits.min(self.lines.len().saturating_sub(1));
        let mut shown = self.show(fits);
        let head = shown.first().map_or(0, |head| head.len() + 2);
        if let Some(last) = shown.last_mut() {
            *last = clip_bytes(last, room.saturating_sub(head).max(40));
        }
        (shown, fits)
    }
}

/// The newest lines of each writer: they share what there is, and who needs less leaves it to the others.
pub(super) fn newest(problems: &[String], groups: &[Group], max_bytes: usize) -> String {
    let whole: Vec<String> = problems.iter().cloned().chain(groups.iter().flat_map(|group| group.show(0))).collect();
    let text = whole.join("\n");
    if text.len() <= max_bytes {
        return text;
    }
    /// For the line about what was cut.
    const NOTE: usize = 160;
    /// No writer is shown with less.
    const LEAST: usize = 160;
    let problems = clip_bytes(&problems.join("\n"), max_bytes / 5);
    let mut room = max_bytes.saturating_sub(NOTE + problems.len());
    let shown = groups.len().min((room / LEAST).max(1));
    let mut order: Vec<(usize, &Group)> = groups.iter().take(shown).enumerate().collect();
    order.sort_by_key(|(_, group)| group.bytes(0));
    let mut parts: Vec<(usize, Vec<String>)> = vec![];
    let mut cut = groups.iter().skip(shown).map(|group| group.count(0) * group.names.len()).sum::<usize>();
    for (done, (index, group)) in order.into_iter().enumerate() {
        let (lines, without) = group.fit(room / (shown - done));
        cut += (group.count(0) - group.count(without)) * group.names.len();
        room = room.saturating_sub(lines.iter().map(|line| line.len() + 1).sum());
        parts.push((index, lines));
    }
    parts.sort_by_key(|(index, _)| *index);
    let all: usize = groups.iter().map(|group| group.count(0) * group.names.len()).sum();
    let what = if groups.len() > 1 {
        format!("{cut} of {all} lines, the first of each,")
    } else {
        format!("the first {cut} of {all} lines")
    };
    let note = format!("{what} are cut: take a smaller tail, a filter or a larger maxBytes");
    let more = groups.len() - shown;
    let rest = (more > 0).then(|| format!("and {}: name one in resourceRef", counted(more, "more pods")));
    let lines = parts.into_iter().flat_map(|(_, lines)| lines);
    let problems = Some(problems).filter(|problems| !problems.is_empty());
    std::iter::once(note).chain(problems).chain(lines).chain(rest).collect::<Vec<_>>().join("\n")
}

/// `2026-11-22` of an RFC 3339 time.
fn date(time: &str) -> &str {
    time.get(..10).unwrap_or_default()
}

/// `21:48:06` of an RFC 3339 time.
fn clock(time: &str) -> &str {
    time.get(11..19).unwrap_or(time)
}
