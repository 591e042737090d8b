//! Commands whose words are the items of a list: what a shell would be told in one line.

use std::ops::Range;

use serde_json::Value;

use super::{Field, Masked, is_bare_key, is_sensitive, pair};
use crate::view::mask::{MARK, formats};

/// Longest list that is looked at, in bytes.
const LONGEST: usize = 8 << 10;
/// Stands in for a word with spaces in it: such a word is a script, and scripts are masked on their own.
const OPAQUE: &str = "x";
/// Stands in for the space inside a mark.
const SPACE: &str = "\u{1f}";

/// Masks the credentials of a command that was written from `begin` on: `["redis-cli", "-a", "…"]`.
pub(super) fn mask(out: &mut Masked, begin: usize) {
    let written = out.text.get(begin..).filter(|written| is_possible(written));
    let Some(words) = written.and_then(words) else { return };
    if let Some(shown) = masked(&words) {
        out.text.truncate(begin);
        out.text.push_str(&Value::from(shown).to_string());
        (out.changed, out.masked) = (true, true);
    }
}

/// Masks the credentials of a container's command whose words stand in two lists, written in these two places.
pub(super) fn apart(out: &mut Masked, command: Range<usize>, args: Range<usize>) {
    let part = |place: &Range<usize>| out.text.get(place.clone()).unwrap_or_default();
    if command.is_empty() || !is_possible(part(&args)) && !formats::possible(part(&command)) {
        return;
    }
    let (Some(mut all), Some(more)) = (words(part(&command)), words(part(&args))) else { return };
    let count = all.len();
    all.extend(more);
    let Some(mut shown) = masked(&all) else { return };
    let shown_args = shown.split_off(count);
    let mut both = [(command, shown), (args, shown_args)];
    both.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    for (place, shown) in both {
        out.text.replace_range(place, &Value::from(shown).to_string());
    }
    (out.changed, out.masked) = (true, true);
}

fn is_possible(written: &str) -> bool {
    written.len() < LONGEST && written.contains("\"-") && formats::possible(written)
}

/// The words of a list; `None` if it holds anything but texts and numbers.
fn words(written: &str) -> Option<Vec<Value>> {
    let words: Vec<Value> = serde_json::from_str(written).ok().filter(|_| written.len() < LONGEST)?;
    words.iter().all(|word| word.is_string() || word.is_number()).then_some(words)
}

/// The words of a command as they are shown; `None` where there is nothing to mask.
fn masked(words: &[Value]) -> Option<Vec<Value>> {
    let text = |word: &Value| word.as_str().map_or_else(|| word.to_string(), str::to_owned);
    let texts: Vec<String> = words.iter().map(text).collect();
    let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let line: Vec<&str> = texts.iter().map(|text| if is_word(text) { text.as_str() } else { OPAQUE }).collect();
    let line = line.join(" ");
    let masked = formats::mask(&line);
    if masked == line {
        return None;
    }
    let masked = masked.replace(&format!("{MARK} "), &format!("{MARK}{SPACE}"));
    let shown: Vec<&str> = masked.split(' ').collect();
    let one = |(word, (text, shown)): (&Value, (&String, &&str))| {
        let is_hidden = is_word(text) && shown.contains(MARK);
        if is_hidden { shown.replace(SPACE, " ").into() } else { word.clone() }
    };
    (shown.len() == words.len()).then(|| words.iter().zip(texts.iter().zip(&shown)).map(one).collect())
}

/// What a flag such as `--password` says of the next item in the list, which is its value.
pub(super) fn argument(item: &str) -> Option<Field> {
    let flag = item.strip_prefix("\"-")?.strip_suffix('"')?;
    let flag = flag.strip_prefix('-').unwrap_or(flag);
    if flag.contains('=') {
        return None;
    }
    Some(if is_sensitive(flag) { Field::Argument } else { pair(flag) }).filter(|says| *says != Field::Silent)
}

/// What the name of a header says of the next item in the list, which is the header's value: `["X-Api-Key", "…"]`.
pub(super) fn pair_of(item: &str) -> Option<Field> {
    let name = item.strip_prefix('"')?.strip_suffix('"')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    (is_name && is_sensitive(name) && !is_bare_key(name)).then_some(Field::Word)
}
