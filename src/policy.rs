//! Room `policy`: which rows a caller may see and run.

use crate::{
    error::{Error, Kind},
    tools::{Effect, Row, table::ROWS},
};

/// What this server allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// No row that changes anything.
    pub read_only: bool,
}

impl Policy {
    /// The rows a caller sees, always in the order of the table.
    pub fn visible(self) -> impl Iterator<Item = &'static Row> {
        ROWS.iter().filter(move |row| row.default && self.permit(row).is_ok())
    }

    /// Whether a row may run.
    ///
    /// # Errors
    /// [`Kind::Policy`] says what forbids it.
    pub fn permit(self, row: &Row) -> Result<(), Error> {
        if self.read_only && row.effect != Effect::Read {
            return Err(Error::new(
                Kind::Policy,
                format!("`{}` changes something in Argo CD, and this server is read-only", row.name),
            )
            .hint("Whoever runs it set --read-only or MCP_READ_ONLY."));
        }
        Ok(())
    }
}
