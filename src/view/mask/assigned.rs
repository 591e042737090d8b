//! Values that stand beside their names in a text: `name=value`, `name: value`, `--name value`, `<name>value</name>`.

mod extent;
mod heads;
mod prose;
mod quotes;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use extent::Before;
use heads::HEADS;
use prose::is_said_of;
use quotes::Quotes;
use regex::Regex;

use super::{
    MARK, MARK_END,
    fields::{Field, pair},
    headers::is_scheme,
    is_mark, mark,
    names::{is_bare_key, is_noun, is_sensitive},
    values::{
        is_counted, is_elsewhere, is_hidden, is_image, is_kind, is_name_of_object, is_of_words, is_said,
        is_something_else, is_store, is_version, looks_random,
    },
};

/// Every name of a credential contains one of these, in upper or lower case. The sections in brackets list users and
/// their passwords.
const PARTS: &[&str] = &[
    "[admins]",
    "[users]",
    "auth",
    "contrasena",
    "cookie",
    "cred",
    "kennwort",
    "key",
    "pass",
    "pat",
    "psk",
    "pw",
    "secret",
    "securejson",
    "senha",
    "stringdata",
    "token",
];

static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PARTS).ok());

/// Whether a text has any sign that may separate a name from its value; `false` is certain.
pub(super) fn has_sign(text: &str) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b':' | b'=' | b'%' | b'<' | b',' | b' ' | b'\t');
    text.as_bytes().iter().fold(false, |any, byte| any | is_sign(byte))
}

/// Whether a text has any part of a name of a credential; `false` is certain.
pub(super) fn has_name(text: &str) -> bool {
    NAMES.as_ref().is_none_or(|names| names.is_match(text))
}

/// Masks the values whose names say that they are credentials.
pub(super) fn mask(text: &str) -> String {
    HEADS.iter().fold(text.to_owned(), |text, head| mask_after(head, &text))
}

/// Where the value begins in a word of a command that consists of a name and its value: `--db-password=…`,
/// `DB_PASSWORD=…`.
pub(super) fn argument(word: &str) -> Option<usize> {
    let (name, value) = word.split_once('=')?;
    let flag = name.trim_start_matches('-');
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let is_name = flag.bytes().all(is_known) && (flag.len() < name.len() || flag == flag.to_ascii_uppercase());
    // Only values with unusual characters need this; any other value is found, with its end, as in all texts.
    let is_odd = value.contains([' ', '|', '\\', ',', ';', '&']) && !value.contains(['\n', '\u{ab}']);
    let is_value = is_odd && !value.starts_with(['"', '\'', '`']) && !is_elsewhere(value) && !is_something_else(value);
    (is_name && is_value && is_sensitive(flag) && !is_bare_key(flag)).then_some(name.len() + 1)
}

/// Masks the values after one kind of head. A value that is not a credential is searched again, as it may hold another
/// name: `error: password=…`, `https://…?token=…`.
fn mask_after(head: &Regex, text: &str) -> String {
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let has_lines = text.contains('\n');
    let mut masked = String::with_capacity(text.len());
    let (mut kept, mut at, mut quotes) = (0, 0, Quotes::default());
    while let Some(found) = head.captures_at(text, at) {
        let (Some(whole), Some(name)) = (found.get(0), found.name("name")) else { break };
        at = whole.end();
        let sign = found.name("sign").map_or("", |sign| sign.as_str());
        let (before, name) = (part(0, name.start()), name.as_str());
        let rest = part(at, text.len());
        let says = match said_by(before, name, sign) {
            says if says == Field::Silent || found.name("doubtful").is_none() => says,
            _ => said_without_sign(whole.as_str(), name, rest),
        };
        if says == Field::Silent {
            continue;
        }
        // After a flag another flag may follow, which is not its value.
        let is_flag = || whole.as_str().starts_with('-') && rest.trim_start_matches(['\\', '"', '\'']).starts_with('-');
        // After a field called `key`, and in `${NAME:?missing}`, there is a message and no value. `${secrets:…}` is a
        // reference.
        let is_field =
            || whole.as_str().ends_with(" value: ") && is_bare_key(name.rsplit('.').next().unwrap_or_default());
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
                && (rest.starts_with("id=") || near(before).contains("gcloud secrets "))
        };
        if is_elsewhere(rest) || is_flag() || is_field() || is_demanded() || is_compared() || is_file_or_entry() {
            continue;
        }
        quotes.go_on(text, at);
        let before = Before { text: before, name, sign, has_lines, quotes: &quotes };
        // `<key>` holds the name of an entry.
        let value = match whole.as_str().starts_with('<') && whole.as_str().ends_with('>') {
            true if is_bare_key(name) && found.name("xml").is_none() => continue,
            true => extent::content(rest),
            false => extent::value(rest, &before),
        };
        let Some(value) = value else { continue };
        let begin = at + value.start;
        let behind = Some(part(begin, text.len())).filter(|rest| rest.starts_with(MARK)).and_then(extent::behind_mark);
        let end = behind.map_or(at + value.end, |length| begin + length);
        let is_bare = !part(0, begin).ends_with(['"', '\'', '\n']);
        let value = part(begin, end);
        let after = part(end, text.len()).trim_start_matches(' ');
        // A scheme in front of a credential that is already masked stays.
        let is_masked = (value.starts_with(MARK) && behind.is_none())
            || is_marked(value)
            || (value.starts_with('!') && after.trim_start_matches(['"', '\'']).starts_with(MARK))
            || (after.starts_with(MARK) && (is_scheme(value) || is_user(value)))
            || (is_scheme(value)
                && after.starts_with('$')
                && is_something_else(after.lines().next().unwrap_or_default()))
            || (value.ends_with('(') && after.trim_start_matches(['"', '\'', '[']).starts_with(MARK));
        // `<add key="password" value="…"/>`
        let names_another = || {
            let rest = after.trim_start_matches(['"', '\'']).trim_start();
            is_bare_key(name) && (rest.starts_with("value=") || (rest.starts_with('>') && is_sensitive(value)))
        };
        let is_image = || sign == "=" && name.contains('-') && is_image(value);
        let is_counted = || is_counted(name, value, after);
        // `rbac.authorization.k8s.io:ClusterRole`, `auth-token:apps/Deployment:…`, `password: must not be blank`.
        let is_group = || name.rsplit('.').next().is_some_and(|last| !is_sensitive(last)) && is_kind(value);
        let is_resource = || says == Field::Perhaps && (value.contains('/') || is_version(value));
        let is_told = || {
            (sign == ":" && (is_group() || is_resource()))
                || is_said(value, part(begin, text.len()))
                || is_said_of(&before, value, part(end, text.len()))
        };
        let is_credential =
            says.hides(value) && !is_told() && (says != Field::Credential || is_credential(&before, value, is_bare));
        let is_other = || {
            let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric());
            let is_closed = || after.strip_prefix(']').is_some_and(|rest| !goes_on(rest));
            let is_bracketed = || part(0, begin).ends_with('[') && is_closed() && is_hidden(&format!("[{value}]"));
            is_something_else(value.trim_matches(['"', '\''])) || is_bracketed()
        };
        if is_credential && !is_other() && !is_masked && !names_another() && !is_counted() && !is_image() {
            let end = if is_bare { begin + extent::end(part(begin, text.len()), end - begin) } else { end };
            // The outer quotes of a list of texts stay.
            let is_quoted =
                ['"', '\''].iter().any(|quote| value.len() > 2 && value.starts_with(*quote) && value.ends_with(*quote));
            let (begin, end) = if is_quoted { (begin + 1, end - 1) } else { (begin, end) };
            masked.push_str(part(kept, begin));
            masked.push_str(&mark(part(begin, end)));
            (kept, at) = (end, end);
        }
    }
    masked.push_str(part(kept, text.len()));
    masked
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
pub(super) fn is_marked(value: &str) -> bool {
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
