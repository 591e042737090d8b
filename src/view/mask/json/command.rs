//! Commands whose words are the items of a list: what a shell would be told in one line.

use super::{Field, Masked, is_sensitive, pair};
use crate::view::mask::{formats, is_mark};

/// Longest list that is looked at, in bytes.
const LONGEST: usize = 8 << 10;
/// In the place of spaces within a word.
const SPACE: &str = "\u{1f}";

/// Masks the credentials of a command, as written from `begin` on: `["redis-cli", "-a", "…"]`.
pub(super) fn mask(out: &mut Masked, begin: usize) {
    let written = out.text.get(begin..).filter(|written| written.len() < LONGEST && written.contains("\"-"));
    let Some(written) = written.filter(|written| formats::possible(written)) else { return };
    let Ok(words) = serde_json::from_str::<Vec<String>>(written) else { return };
    let line = words.iter().map(|word| word.replace([' ', '\n', '\t'], SPACE)).collect::<Vec<_>>().join(" ");
    // A mark has a space in it.
    let masked = formats::mask(&line).replace("\u{ab}masked ", &format!("\u{ab}masked{SPACE}"));
    let shown: Vec<&str> = masked.split(' ').collect();
    if masked == line || shown.len() != words.len() {
        return;
    }
    let shown = words.iter().zip(&shown).map(|(word, shown)| {
        let shown = shown.replace(SPACE, " ");
        if shown.contains(super::MARK) && !is_mark(word) { shown } else { word.clone() }
    });
    let shown = serde_json::Value::from_iter(shown).to_string();
    out.text.truncate(begin);
    out.text.push_str(&shown);
    (out.changed, out.masked) = (true, true);
}

/// What an item of a list, as written, says of the next one, if it is a flag whose value that is: `--password`.
pub(super) fn argument(item: &str) -> Option<Field> {
    let flag = item.strip_prefix("\"-")?.strip_suffix('"')?;
    let flag = flag.strip_prefix('-').unwrap_or(flag);
    if flag.contains('=') {
        return None;
    }
    Some(if is_sensitive(flag) { Field::Argument } else { pair(flag) }).filter(|says| *says != Field::Silent)
}
