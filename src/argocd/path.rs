//! Values in the path of a request: encoded so that no value leaves its segment, or refused where no encoding helps.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, Kind};

/// Everything but the unreserved characters of RFC 3986 §2.3 is encoded. `:`, `+` and `\` are, too: Argo CD's router
/// reads `:` as a verb, its unescaping reads `+` as a space, and URL parsers read `\` as `/`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes one path segment. The generated client calls this instead of progenitor's own encoder.
pub fn encode_path(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

/// Refuses the values that no encoding keeps in their segment: URL parsers drop `.` and `..` however they are spelt.
///
/// # Errors
/// [`Kind::Arguments`]: the value would leave its segment, or is empty. The message names parameter and value.
pub fn check(parameter: &str, value: &str) -> Result<(), Error> {
    let problem = match value {
        "" => "is empty",
        "." | ".." => "is a path, not a name",
        _ if value.chars().any(char::is_control) => "contains a control character",
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Arguments, format!("`{parameter}` {problem}: {value:?}")))
}
