//! Parsers of the values of flags.

use std::{
    fmt::{self, Display},
    ops::RangeInclusive,
    str::FromStr,
};

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

impl Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "on" } else { "off" })
    }
}

/// Reads a switch that protects. It is on unless the value clearly means off, so a typing mistake switches it on.
pub(super) fn switch(text: &str) -> Result<Switch, std::convert::Infallible> {
    let off = matches!(text.trim().to_lowercase().as_str(), "" | "0" | "false" | "no" | "off");
    Ok(Switch(!off))
}

/// Reads a switch that weakens security. It is on only if the value clearly means on.
pub(super) fn strict_switch(text: &str) -> Result<Switch, String> {
    match text.trim().to_lowercase().as_str() {
        "" | "0" | "f" | "false" | "n" | "no" | "off" => Ok(Switch(false)),
        "1" | "t" | "true" | "y" | "yes" | "on" => Ok(Switch(true)),
        _ => Err("expected true or false (1, yes, on; 0, no, off)".to_owned()),
    }
}

/// A parser of whole numbers within a range.
pub(super) fn within<N: FromStr + PartialOrd + Display + Copy>(
    range: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("expected a whole number from {} to {}", range.start(), range.end()))
    }
}

/// Whether a text stands for a variable that nobody filled in: `${env:NAME}`, `${NAME}`, `$NAME`.
pub fn is_placeholder(text: &str) -> bool {
    let name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    text.starts_with("${") || text.strip_prefix('$').is_some_and(name)
}
