//! A name and the sign behind it, and what both say about the value that follows.

use regex::Captures;

use super::{extent::Before, quotes::Quotes};
use crate::view::mask::{
    fields::{Field, pair},
    names::{is_bare_key, is_sensitive},
    values::{is_elsewhere, is_name_of_object, is_store},
};

/// What stands before a value.
pub(super) struct Head<'t> {
    pub(super) text: &'t str,
    pub(super) name: &'t str,
    /// What stands between the name and its value; empty where a space is enough.
    pub(super) sign: &'t str,
    /// Where the head ends in the text.
    pub(super) end: usize,
    /// What the name says about its value.
    pub(super) says: Field,
    whole: &'t str,
    before: &'t str,
    /// The name is that of an element of XML that holds the value: `<entry key="password">`.
    is_xml: bool,
}

impl<'t> Head<'t> {
    pub(super) fn new(text: &'t str, found: &Captures<'t>) -> Option<Self> {
        let (whole, name) = (found.get(0)?, found.name("name")?);
        let sign = found.name("sign").map_or("", |sign| sign.as_str());
        let before = text.get(..name.start())?;
        let (whole, end, name) = (whole.as_str(), whole.end(), name.as_str());
        let says = match said_by(before, name, sign) {
            says if says == Field::Silent || found.name("doubtful").is_none() => says,
            _ => said_without_sign(whole, name, text.get(end..)?),
        };
        Some(Self { text, name, sign, end, says, whole, before, is_xml: found.name("xml").is_some() })
    }

    /// The text behind the head.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.end..).unwrap_or_default()
    }

    pub(super) fn before<'b>(&'b self, has_lines: bool, quotes: &'b Quotes) -> Before<'b> {
        Before { text: self.before, name: self.name, sign: self.sign, has_lines, quotes }
    }

    /// Whether the head is a tag, whose value ends where the next tag begins.
    pub(super) fn is_tag(&self) -> bool {
        self.whole.starts_with('<') && self.whole.ends_with('>')
    }

    /// Whether what follows is not the value of the name.
    pub(super) fn has_no_value(&self) -> bool {
        let Self { name, sign, whole, before, .. } = *self;
        let rest = self.rest();
        // After a flag another flag may follow, or in a list of all flags, what it is for.
        let is_flag = || {
            let next = rest.trim_start_matches(['\\', '"', '\'']);
            let is_flag = whole.starts_with('-');
            let is_sentence = || whole.ends_with("   ") && is_sentence(rest);
            (is_flag && next.starts_with('-'))
                || ((is_flag || before.ends_with('-')) && (is_sentence() || is_type(rest)))
        };
        // After a field called `key` there is a message.
        let is_field = || whole.ends_with(" value: ") && is_bare_key(name.rsplit('.').next().unwrap_or_default());
        // In `${NAME:?missing}` there is a message, and `${secrets:…}` is a reference.
        let is_demanded = || {
            before.ends_with("${")
                && (rest.starts_with('?') || is_store(name, rest.split('}').next().unwrap_or_default()))
        };
        // A comparison in a query: `{secret=~"db.*"}`.
        let is_compared =
            || sign == "=" && rest.strip_prefix('~').is_some_and(|rest| rest.starts_with(['"', '\'', '`', '\\']));
        // `docker build --secret id=npm`, `gcloud secrets … --secret=db`.
        let is_file_or_entry = || {
            name == "secret"
                && before.ends_with("--")
                && (rest.starts_with("id=")
                    || before.ends_with("config set --")
                    || near(before).contains("gcloud secrets "))
        };
        // `<key>` holds the name of an entry.
        let is_entry = || self.is_tag() && is_bare_key(name) && !self.is_xml;
        // `env("SECRET_KEY", default="…")`
        let is_argument =
            || whole.contains(',') && ["default=\"", "default='"].iter().any(|begin| rest.starts_with(begin));
        is_elsewhere(rest)
            || is_argument()
            || is_flag()
            || is_field()
            || is_demanded()
            || is_compared()
            || is_file_or_entry()
            || is_entry()
    }
}

/// Whether a text begins with the type of a flag, as Go's programs list their flags: `--token string   Token used to …`.
fn is_type(text: &str) -> bool {
    ["duration", "int", "string", "stringArray", "stringToString", "strings", "value"].iter().any(|kind| {
        text.strip_prefix(kind).is_some_and(|rest| ["  ", "\n    ", "\n\t"].iter().any(|end| rest.starts_with(end)))
    })
}

/// Whether a text begins with a sentence: `Whether an issuer may …`.
fn is_sentence(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    line.starts_with(|c: char| c.is_ascii_uppercase())
        && line.split_whitespace().take(3).filter(|word| is_word(word)).count() == 3
}

/// What a name says where no sign follows it. In a list, the next item is its value if the item has quotes. In a line
/// of two words, the second is its value, unless that is prose, an address, a variable, or the name of a file, a field
/// or an object.
fn said_without_sign(whole: &str, name: &str, rest: &str) -> Field {
    if whole.contains(',') {
        return if rest.starts_with(['"', '\'', '\\']) { Field::Word } else { Field::Silent };
    }
    let line = rest.lines().next().unwrap_or_default();
    let word = line.trim().trim_matches(['"', '\'']);
    let is_prose = whole.trim_end().ends_with('.') || line.contains("://") || line.split_whitespace().nth(1).is_some();
    let is_reference = word.starts_with(['~', '@', '%', '$', '#', '<', '*', '{'])
        || ["exec:", "file:"].iter().any(|begin| word.starts_with(begin))
        || word.contains(['|', '[', '(', '{']);
    match is_prose || is_reference || is_bare_key(name) || name.contains('/') || is_name_of_object(word) {
        true => Field::Silent,
        false => Field::Doubtful,
    }
}

/// What a name says about the value after the sign. Many names only look like those of credentials:
/// `registry/auth-token:1.2` is an image, `/Secret:…` a resource, `arn:aws:…:secret:prod/db` the name of a secret,
/// `auth-token:apps/Deployment:…` perhaps an application and its resource, `--- PASS:` the result of a test, and
/// `redis key:` a key that is looked up.
fn said_by(before: &str, name: &str, sign: &str) -> Field {
    const LOOKED_UP: &[&str] = &["cache", "kafka", "partition", "public", "redis", "routing", "sort"];
    // Lowercase names with a `-` may be images. Headers have capitals, and in a map that Go prints such names are keys.
    let is_lower = || name.contains('-') && !name.contains(|c: char| c.is_ascii_uppercase());
    let is_in_map = || before.ends_with("map[") || (before.ends_with(' ') && is_map(before));
    let is_joined = sign == ":" && !is_in_map();
    let behind = |c: char| c.is_whitespace() || "\"'=([,".contains(c);
    let is_arn = || name == "secret" && near(before).rsplit(behind).next().is_some_and(|word| word.starts_with("arn:"));
    let is_image = || {
        let image = before.trim_end_matches([' ', '"', '\'', '\\', ':']);
        image.len() < before.len() && (image.ends_with("image") || image.ends_with("Image"))
    };
    // With the host of a registry it is an image even in a map.
    let has_host = || name.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    let is_named = || name.contains('/') || before.ends_with('/') || is_arn() || is_image();
    let is_reference = || (is_joined && is_named()) || (sign == ":" && has_host());
    let word = || before.trim_end().rsplit_terminator(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default();
    let is_looked_up = || is_bare_key(name) && LOOKED_UP.contains(&word());
    if name.contains("stringData.") {
        Field::Credential
    } else if is_reference() || (name == "PASS" && before.ends_with("--- ")) {
        Field::Silent
    } else if is_sensitive(name) && !is_looked_up() {
        if is_joined && is_lower() { Field::Perhaps } else { Field::Credential }
    } else if name.starts_with("user_") && near(before).contains("LoginModule") {
        // `user_bob=…` in Kafka's login module: the value is bob's password.
        Field::Credential
    } else {
        pair(name)
    }
}

/// The last part of the text in front of a name. A text may have many names, so how far each looks back is limited.
fn near(before: &str) -> &str {
    const WINDOW: usize = 512;
    before.get(before.ceil_char_boundary(before.len().saturating_sub(WINDOW))..).unwrap_or_default()
}

/// Whether a text ends in a map as Go prints it, not far from its beginning.
fn is_map(text: &str) -> bool {
    let near = near(text);
    let is_open = |map: &str| !map.contains('\n') && map.matches('[').count() > map.matches(']').count();
    near.rfind("map[").is_some_and(|at| near.get(at..).is_some_and(is_open))
}
