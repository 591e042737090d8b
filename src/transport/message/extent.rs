//! How much a message may hold, whatever its bytes are: a number takes one or two of them, and seventy once it is read.

use axum::http::StatusCode;

use super::{envelope::no_json, refusal::Refusal};

/// Arrays and objects within each other; tools need five.
const DEPTH: usize = 64;
/// Values, those in arrays and objects included: the resources of an application are ten each.
const VALUES: usize = 20_000;

/// Whether a message may be read.
///
/// # Errors
/// 400 with -32700 for one that is too deep, 413 for one with too many values.
pub(super) fn check(json: &[u8]) -> Result<(), Refusal> {
    let (mut depth, mut values, mut text, mut escaped) = (0_usize, 1_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            // What begins with it takes as much as a value, even if it is empty.
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
