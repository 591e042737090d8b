//! Private keys from their BEGIN to their END, whatever stands around their lines.

use std::sync::LazyLock;

use regex::Regex;

use crate::view::mask::mark;

static EDGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("-----(?:BEGIN|END) [A-Z ]*PRIVATE KEY(?: BLOCK)?-----").ok());

/// Puts a mark in the place of each private key that has an END.
pub(super) fn mask(text: &str) -> String {
    let Some(edge) = &*EDGE else { return mark(text) };
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let (mut masked, mut kept, mut begun) = (String::new(), 0, None::<(usize, usize)>);
    for found in edge.find_iter(text) {
        if found.as_str().starts_with("-----BEGIN") {
            begun = Some((found.start(), found.end()));
        } else if let Some((start, body)) = begun.take()
            && may_be_key(part(body, found.start()))
        {
            masked.push_str(part(kept, start));
            masked.push_str(&mark(part(start, found.end())));
            kept = found.end();
        }
    }
    masked + part(kept, text.len())
}

/// Whether a key may stand in what is between BEGIN and END. That is all but a template, and a few words, as in
/// `expected BEGIN and END`.
pub(in crate::view::mask) fn may_be_key(body: &str) -> bool {
    /// Letters of a run that is too long to be a name.
    const LONG: usize = 16;
    const LONGEST: usize = 40;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let has_digit = |run: &str| run.bytes().any(|byte| byte.is_ascii_digit());
    let is_of_key = |run: &str| run.len() >= LONGEST || (run.len() >= LONG && has_digit(run));
    let is_word = |run: &str| run.len() < LONG && run.bytes().all(|byte| byte.is_ascii_lowercase());
    let body = body.replace("\\n", "\n").replace("\\r", "\n");
    let mut runs = body.split(|c| !is_base64(c));
    let is_template = ["{{", "${", "$("].iter().any(|open| body.contains(open));
    if is_template { runs.any(is_of_key) } else { !runs.all(is_word) }
}
