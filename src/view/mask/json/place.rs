//! Where a value stands in JSON, which tells whether it is a credential.

use super::{Field, shape::Shape};

/// Where a value stands, and so what of it is a credential.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) depth: u8,
    /// Below a key where names are chosen by people.
    pub(super) chosen: bool,
    /// Every scalar here is a credential.
    pub(super) all: bool,
    /// They are passwords, below which there are no settings.
    pub(super) password: bool,
    /// That is so of a Secret's data, whatever their names are.
    pub(super) sealed: bool,
    /// Small numbers are no credentials: in what somebody wrote for people to read.
    pub(super) counts: bool,
    /// A text here is a word of a command, as items of lists are.
    pub(super) word: bool,
    /// It is of a line that a program logged.
    pub(super) logged: bool,
    /// What the object as a whole is.
    pub(super) shape: Shape,
    /// What is said of a text here: it follows `--password`, its name is `key`, its field is called `token`.
    pub(super) own: Field,
}

impl Place {
    /// That of a child of which nothing more is known: what a field's name says is of its own text alone.
    pub(super) fn below(self) -> Self {
        let stays = self.chosen && matches!(self.own, Field::Perhaps | Field::Doubtful);
        let shape = Shape::Plain;
        Self { depth: self.depth + 1, word: false, shape, own: if stays { self.own } else { Field::Silent }, ..self }
    }

    /// That of an item of a list, of which a field's name says the same as of a text.
    pub(super) fn items(self) -> Self {
        Self { word: true, own: self.own, ..self.below() }
    }
}
