//! Where a value stands in JSON, which tells whether it is a credential.

use super::{Field, shape::Shape};

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
}
