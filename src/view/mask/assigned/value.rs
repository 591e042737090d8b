//! What follows a name in a text: whether it is a credential, and where that ends.

use std::ops::Range;

use super::{
    extent::{self, Before},
    head::Head,
    prose::is_said_of,
};
use crate::view::mask::{
    MARK, MARK_END,
    fields::Field,
    headers::is_scheme,
    is_mark,
    names::{is_bare_key, is_noun, is_sensitive},
    values::{
        is_counted, is_hidden, is_image, is_kind, is_name_of_object, is_of_words, is_said, is_something_else,
        is_version, looks_random,
    },
};

/// A value, and the text around it.
pub(super) struct Value<'t> {
    head: &'t Head<'t>,
    before: &'t Before<'t>,
    /// Where the value stands in the text.
    at: Range<usize>,
    /// The text of the value.
    value: &'t str,
    /// The text behind the value.
    after: &'t str,
    /// The value has no quotes.
    is_bare: bool,
    /// The value begins with the mark of a credential, and goes on after it.
    goes_on: bool,
}

impl<'t> Value<'t> {
    pub(super) fn after(head: &'t Head<'t>, before: &'t Before<'t>) -> Option<Self> {
        let text = head.text;
        let found = if head.is_tag() { extent::content(head.rest())? } else { extent::value(head.rest(), before)? };
        let begin = head.end + found.start;
        let behind = text.get(begin..).filter(|rest| rest.starts_with(MARK)).and_then(extent::behind_mark);
        let end = behind.map_or(head.end + found.end, |length| begin + length);
        Some(Self {
            head,
            before,
            value: text.get(begin..end)?,
            after: text.get(end..)?,
            goes_on: behind.is_some(),
            is_bare: !text.get(..begin)?.ends_with(['"', '\'', '\n']),
            at: begin..end,
        })
    }

    /// Where the credential stands that the value is, if it is one.
    pub(super) fn credential(self) -> Option<Range<usize>> {
        let Self { ref at, value, is_bare, .. } = self;
        if !self.is_hidden() || self.is_told() || self.is_other() || self.is_masked() || self.names_another() {
            return None;
        }
        let end = if is_bare { at.start + extent::end(self.rest(), value.len()) } else { at.end };
        // The outer quotes of a list of texts stay.
        let is_quoted = |quote: &char| value.len() > 2 && value.starts_with(*quote) && value.ends_with(*quote);
        Some(if ['"', '\''].iter().any(is_quoted) { at.start + 1..end - 1 } else { at.start..end })
    }

    /// The text from the value on.
    fn rest(&self) -> &'t str {
        self.head.text.get(self.at.start..).unwrap_or_default()
    }

    /// The text behind the value, without the spaces that follow.
    fn next(&self) -> &'t str {
        self.after.trim_start_matches(' ')
    }

    fn is_hidden(&self) -> bool {
        let says = self.head.says;
        says.hides(self.value) && (says != Field::Credential || is_credential(self.before, self.value, self.is_bare))
    }

    /// Whether the value was masked already: by itself, or with what follows. A scheme in front of a credential that is
    /// masked stays.
    fn is_masked(&self) -> bool {
        let (value, next) = (self.value, self.next());
        (value.starts_with(MARK) && !self.goes_on)
            || is_marked(value)
            || (value.starts_with('!') && next.trim_start_matches(['"', '\'']).starts_with(MARK))
            || (next.starts_with(MARK) && (is_scheme(value) || is_user(value)))
            || (is_scheme(value) && next.starts_with('$') && is_something_else(next.lines().next().unwrap_or_default()))
            || (value.ends_with('(') && next.trim_start_matches(['"', '\'', '[']).starts_with(MARK))
    }

    /// Whether the value is the name of what follows: `<add key="password" value="…"/>`.
    fn names_another(&self) -> bool {
        let rest = self.next().trim_start_matches(['"', '\'']).trim_start();
        is_bare_key(self.head.name)
            && (rest.starts_with("value=") || (rest.starts_with('>') && is_sensitive(self.value)))
    }

    /// Whether the value says something about a credential: `password: must not be blank`.
    fn is_told(&self) -> bool {
        let Head { name, sign, says, .. } = *self.head;
        let value = self.value;
        // `rbac.authorization.k8s.io:ClusterRole:admin`, `auth-token:apps/Deployment:…`.
        let is_group = || {
            is_kind(value) && name.rsplit('.').next().is_some_and(|last| !is_sensitive(last)) || is_object(name, value)
        };
        let is_resource = || says == Field::Perhaps && (value.contains('/') || is_version(value));
        (sign == ":" && (is_group() || is_resource()))
            || is_said(value, self.rest())
            || is_said_of(self.before, value, self.after)
    }

    /// Whether the value is none that a credential could have: a variable, an image, a number of tokens.
    fn is_other(&self) -> bool {
        let Head { name, sign, .. } = *self.head;
        let (value, next) = (self.value, self.next());
        let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric());
        let is_closed = || next.strip_prefix(']').is_some_and(|rest| !goes_on(rest));
        let begins = self.head.text.get(..self.at.start).unwrap_or_default();
        let is_bracketed = || begins.ends_with('[') && is_closed() && is_hidden(&format!("[{value}]"));
        is_something_else(value.trim_matches(['"', '\'', '`']))
            || is_bracketed()
            || is_counted(name, value, next)
            || (sign == "=" && name.contains('-') && is_image(value))
            || (self.is_bare && sign == " = " && is_code(self.before.text, value))
    }
}

/// Whether a name and a value are a group, a kind and the name of an object, perhaps with its namespace.
fn is_object(group: &str, value: &str) -> bool {
    let is_domain = [".com", ".dev", ".io", ".org"].iter().any(|end| group.ends_with(end));
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase()) && (is_of_words(part) || is_name_of_object(part))
    };
    let parts = value.split_once(':').filter(|(kind, _)| is_domain && is_kind(kind));
    parts.is_some_and(|(_, name)| name.split([':', '/']).all(is_part))
}

/// Whether a value is a call, or a field of something that is called a credential, in a line of code: `get_token()`,
/// `req.body.password;`.
fn is_code(before: &str, value: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let is_declared = ["const", "let", "val", "var"].iter().any(|word| line.trim() == *word);
    let is_line = line.starts_with("    ") || is_declared || value.ends_with(';');
    let value = value.trim_end_matches([';', ',']);
    let is_name = |part: &str| {
        part.strip_suffix("()").unwrap_or(part).bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    let last = value.rsplit('.').next().unwrap_or_default();
    let is_field = || value.matches('.').count() > 1 && is_sensitive(last);
    is_line && value.split('.').all(is_name) && (value.ends_with("()") || is_field())
}

/// Whether a value is a credential and not prose. In prose, a noun, a resource or a word in quotes is followed by what
/// is said about it. A name at the beginning of its line is taken for YAML.
fn is_credential(before: &Before<'_>, value: &str, is_bare: bool) -> bool {
    let Before { name, sign, .. } = *before;
    let may_be_prose = sign != ":" && sign.trim() == ":" && (is_noun(name) || name.contains('-'));
    // Lists of names, `secrets: ["db-creds1"]`.
    let is_list = || {
        (value.starts_with(['"', '\'']) || value.contains(','))
            && value.split(',').all(|item| is_of_words(item.trim().trim_matches(['"', '\''])))
    };
    if is_noun(name) && is_list() {
        return false;
    }
    let may_be_prose = may_be_prose || (is_bare && !before.is_key());
    // `error retrieving secret: eu-central-1`.
    let is_sought = || before.text.trim_end().ends_with("ing");
    let is_name = || name == "secret" && is_sought() && value.contains('-') && is_of_words(value);
    let is_number = || value.len() > 5 && !is_bare_key(name) && value.bytes().all(|byte| byte.is_ascii_digit());
    !may_be_prose || (looks_random(value) && !is_name()) || is_number() || (!is_bare_key(name) && before.begins())
}

/// Whether a value was masked before: it is a mark, perhaps with a scheme or a user in front of it.
pub(in crate::view::mask) fn is_marked(value: &str) -> bool {
    if value.split(',').all(|item| is_mark(item.trim().trim_matches(['"', '\'']))) {
        return true;
    }
    let Some(at) = value.find(MARK).filter(|_| value.trim_end().ends_with(MARK_END)) else { return false };
    let (before, rest) = (value.get(..at).unwrap_or_default().trim_end(), value.get(at..).unwrap_or_default());
    is_mark(rest) && (before.is_empty() || is_scheme(before) || is_user(before))
}

/// Whether a text is a user in front of the mark of a password: `user:`, `postgres://user:`. If the user looks
/// generated, it may be a credential itself.
fn is_user(value: &str) -> bool {
    value.ends_with([':', '=', '/']) && (value.contains("://") || !looks_random(value))
}
