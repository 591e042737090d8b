//! Where a value stands in JSON, which tells whether it is a credential.

use super::{Field, shape::Shape};
use crate::view::mask::{
    fields::{field, pair},
    names::{holds_credentials, is_bare_key, is_beside, is_of_password, is_owner, is_sensitive, is_setting},
};

/// Where a value stands, and what follows from that.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) depth: u8,
    /// The value stands below a key under which people choose the names.
    pub(super) chosen: bool,
    /// Every scalar here is a credential.
    pub(super) all: bool,
    /// The credentials here are passwords, which have no settings below them.
    pub(super) password: bool,
    /// The value belongs to the data of a Secret, which is masked whatever the names are.
    pub(super) sealed: bool,
    /// Small numbers are not taken for credentials, as the text was written for people to read.
    pub(super) counts: bool,
    /// A text here is a word of a command, as items of lists are.
    pub(super) word: bool,
    /// What the object as a whole is.
    pub(super) shape: Shape,
    /// What the surroundings say of a text here: it follows `--password`, or stands under `key` or `token`.
    pub(super) own: Field,
}

impl Place {
    /// The place of a child of which nothing more is known. What a field's name says holds for the text directly under
    /// it, not for what is nested deeper.
    pub(super) fn below(self) -> Self {
        let stays = self.chosen && matches!(self.own, Field::Perhaps | Field::Doubtful);
        let shape = Shape::Plain;
        Self { depth: self.depth + 1, word: false, shape, own: if stays { self.own } else { Field::Silent }, ..self }
    }

    /// The place of an item in a list: the field's name says the same of it as of a single text.
    pub(super) fn items(self) -> Self {
        Self { word: true, own: self.own, ..self.below() }
    }

    /// The place of the value under a key, and whether the key names a credential.
    pub(super) fn under(self, key: &str) -> (Self, bool) {
        let mut below = self.below();
        below.chosen |= chooses_names(key);
        let holds = self.shape.holds(key);
        let is_named = self.shape != Shape::Reference && self.chosen && is_sensitive(key) || holds_credentials(key);
        // In a map, `email` may be the name of a credential; in the items of a list it is a field.
        let is_beside = || is_beside(key) || (is_owner(key) && self.word);
        below.all = below.all && (self.sealed || (holds && !is_beside()));
        let is_setting = below.all && !self.sealed && !self.password && is_setting(key);
        below.all = below.all && !is_setting;
        // `password: { name: db, key: admin }` names an entry of a Secret.
        let is_entry = below.all && !self.sealed && key == "key";
        below.all = (below.all && !is_entry) || (is_named && !is_bare_key(key));
        below.password |= is_named && is_of_password(key);
        below.own = match if self.chosen { pair(key) } else { field(key) } {
            _ if is_entry || is_setting || (is_named && is_bare_key(key)) => Field::Doubtful,
            _ if is_named => Field::Perhaps,
            Field::Silent if !holds && self.shape == Shape::Schema || self.chosen && is_beside() => Field::Silent,
            says if below.own == Field::Silent => says,
            _ => below.own,
        };
        (below, is_named)
    }
}

/// Whether people choose the names below a key.
fn chooses_names(key: &str) -> bool {
    matches!(key, "annotations" | "binaryData" | "data" | "map" | "stringData" | "values" | "valuesObject")
}
