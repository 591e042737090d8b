//! A bound call: its arguments, and the wire values they become.

use jiff::Timestamp;
use serde_json::Value;

use super::{Bound, Call, Place, Row, Shape};
use crate::{argocd::Wire, release::Release, view::Context};

/// In which form a read row answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Small text.
    #[default]
    Text,
    /// The same values as JSON.
    Json,
    /// Argo CD's answer, not projected.
    Raw,
}

/// What the server decides about a call.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The time ages are counted from.
    pub now: Timestamp,
}

/// Bytes of an answer unless `maxBytes` says otherwise.
const MAX_BYTES: usize = 20_000;

/// A call of a row.
#[derive(Clone, Debug)]
pub struct Request {
    /// The row.
    pub row: &'static Row,
    /// Its arguments.
    pub args: Bound,
    /// What the server decided.
    pub options: Options,
}

impl Request {
    /// In which form the answer is wanted.
    pub fn output(&self) -> Output {
        match self.args.text("output") {
            Some("json") => Output::Json,
            Some("raw") => Output::Raw,
            _ => Output::Text,
        }
    }

    /// Most bytes of the answer.
    pub fn max_bytes(&self) -> usize {
        self.args.size("maxBytes").unwrap_or(MAX_BYTES)
    }

    /// The wire values of one of the row's calls: constants, then arguments.
    pub fn wire(&self, role: &str) -> Wire {
        let mut wire = Wire::default();
        let Some((index, call)) = self.row.calls.iter().enumerate().find(|(_, call)| call.role == role) else {
            return wire;
        };
        for (name, value) in call.constants {
            wire.set(name, serde_json::from_str::<Value>(value).unwrap_or_default());
        }
        for arg in self.row.args {
            let Some(value) = self.args.get(arg.name) else { continue };
            for target in arg.targets.iter().filter(|target| target.call == index) {
                match target.place {
                    Place::Parameter(name) => wire.set(name, value.clone()),
                    Place::Body(keys) => wire.set_body(keys, value.clone()),
                }
            }
        }
        wire
    }

    /// `fields` for a server of that release: the list of the newest release that is not newer than it, the oldest
    /// list for a server that does not tell.
    pub fn fields(call: &Call, release: Option<Release>) -> Option<&'static str> {
        let known = call.fields.iter().rev().find(|(since, _)| release.is_some_and(|release| *since <= release));
        known.or(call.fields.first()).map(|(_, fields)| *fields).filter(|fields| !fields.is_empty())
    }

    /// What the view needs to know.
    pub fn context(&self) -> Context {
        let lists =
            |arg: &&super::Arg| !arg.application && !matches!(arg.name, "limit" | "offset" | "output" | "maxBytes");
        let narrow =
            self.row.args.iter().filter(lists).filter(|arg| !matches!(arg.shape, Shape::Boolean)).map(|arg| arg.name);
        Context {
            now: self.options.now,
            args: self.args.values().clone(),
            limit: self.args.size("limit"),
            offset: self.args.size("offset").unwrap_or(0),
            max_bytes: self.max_bytes(),
            json: self.output() == Output::Json,
            narrow: narrow.collect(),
        }
    }
}
