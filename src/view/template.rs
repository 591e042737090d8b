//! Texts with values in them, evaluated.

use jiff::Timestamp;
use serde_json::Value;

use super::format::{self, Cell};

/// Pieces of a text in order.
pub type Template = &'static [Part];

/// One piece of a text.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// As it stands.
    Text(&'static str),
    /// Values; `-` when there are none.
    Value(Cell),
    /// Left out when it has no value.
    Optional(&'static [Part]),
}

/// The text, and whether it has any value in it.
pub fn render(template: Template, value: &Value, now: Timestamp) -> (String, bool) {
    let mut text = String::new();
    let mut any = false;
    for part in template {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Value(cell) => match format::write(cell, value, now) {
                Some(written) => {
                    any = true;
                    text.push_str(&written);
                }
                None => text.push('-'),
            },
            Part::Optional(inner) => {
                let (piece, has_value) = render(inner, value, now);
                if has_value {
                    any = true;
                    text.push_str(&piece);
                }
            }
        }
    }
    (text, any)
}
