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

/// A value that is a credential if the object is a Secret, or has the name of one.
pub(super) struct Doubtful<'de> {
    pub(super) is_value: bool,
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) raw: &'de RawValue,
    pub(super) below: Place,
}

impl Object<'_> {
    /// Now that the whole object was read: writes again what turned out to be credentials.
    pub(super) fn settle(self, out: &mut Masked) -> Result<(), serde_json::Error> {
        if self.doubtful.is_empty() {
            return Ok(());
        }
        let name: Option<String> = out.text.get(self.name).and_then(|name| serde_json::from_str(name).ok());
        let named = name.as_deref().is_some_and(is_sensitive);
        let own = name.as_deref().map_or(Field::Silent, pair);
        for Doubtful { is_value, begin, end, raw, below } in self.doubtful.into_iter().rev() {
            let all = if is_value { named } else { self.is_secret };
            if all || (is_value && own != Field::Silent) {
                let after = out.text.split_off(end);
                out.text.truncate(begin);
                out.again(
                    raw,
                    Place {
                        all: all || below.all,
                        sealed: (all && !is_value) || below.sealed,
                        own: if own == Field::Silent { below.own } else { own },
                        ..below
                    },
                )?;
                out.text.push_str(&after);
            }
        }
        Ok(())
    }
}
