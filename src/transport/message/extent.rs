//! How much a message may hold, besides its length in bytes: a number takes one or two bytes in JSON, and seventy in
//! memory.

use axum::http::StatusCode;

use super::{envelope::no_json, refusal::Refusal};

/// How deep arrays and objects may be nested; tools need five levels.
const DEPTH: usize = 64;
/// How many values a message may have, arrays and objects included. One resource of an application takes ten.
const VALUES: usize = 20_000;

/// Checks the depth of a message and the number of its values.
///
/// # Errors
/// 400 with -32700 for a message that is too deep, 413 for a message with too many values.
pub(super) fn check(json: &[u8]) -> Result<(), Refusal> {
    let (mut depth, mut values, mut text, mut escaped) = (0_usize, 1_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            // An array or object takes as much memory as a value, even if it is empty.
            b'[' | b'{' if !text => (depth, values) = (depth + 1, values + 1),
            b']' | b'}' if !text => depth = depth.saturating_sub(1),
            b',' if !text => values += 1,
            _ => {}
        }
        if depth > DEPTH {
            return Err(no_json(format_args!("more than {DEPTH} arrays and objects within each other")));
        }
    }
    if values > VALUES {
        let why = format!("The message has more than {VALUES} values (numbers, texts, arrays, objects): send fewer");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body", why));
    }
    Ok(())
}
