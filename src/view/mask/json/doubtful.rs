//! Values of which only the rest of their object tells whether they are credentials.

use serde_json::value::RawValue;

use super::{Field, Masked, Place, is_sensitive, pair};

/// What an object says about itself, perhaps after the values it says it of.
#[derive(Default)]
pub(super) struct Object<'de> {
    pub(super) is_secret: bool,
    /// Where its name was written.
    pub(super) name: std::ops::Range<usize>,
    pub(super) doubtful: Vec<Doubtful<'de>>,
}

/// A value that is a credential if the object is a Secret, or has the name of one. It waits for the object's end.
pub(super) struct Doubtful<'de> {
    pub(super) is_value: bool,
    /// Where it belongs.
    pub(super) begin: usize,
    pub(super) raw: &'de RawValue,
    pub(super) below: Place,
}

impl Object<'_> {
    /// Now that the whole object was read, from `begin` on: writes the values that waited, each once, as it may be that
    /// objects like this one are in them.
    pub(super) fn settle(self, begin: usize, out: &mut Masked) -> Result<(), serde_json::Error> {
        if self.doubtful.is_empty() {
            return Ok(());
        }
        let name: Option<String> = out.text.get(self.name).and_then(|name| serde_json::from_str(name).ok());
        let named = name.as_deref().is_some_and(is_sensitive);
        let says = name.as_deref().map_or(Field::Silent, pair);
        let written = out.text.split_off(begin);
        let mut at = 0;
        for Doubtful { is_value, begin: belongs, raw, below } in self.doubtful {
            out.text.push_str(written.get(at..belongs - begin).unwrap_or_default());
            at = belongs - begin;
            let all = if is_value { named } else { self.is_secret };
            out.again(
                raw,
                Place {
                    all: all || below.all,
                    sealed: (all && !is_value) || below.sealed,
                    own: if is_value && says != Field::Silent { says } else { below.own },
                    ..below
                },
            )?;
        }
        out.text.push_str(written.get(at..).unwrap_or_default());
        Ok(())
    }
}
