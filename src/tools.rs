//! Room `tools`: the table, the binding of arguments to its rows, and the few handlers.
//!
//! The types here are what `codegen/src/rows.rs` writes statics of; the rows themselves are `tools/*.toml`.

pub mod also;
pub mod answer;
pub mod bind;
mod containers;
pub mod create_application;
pub mod delete_application;
mod events;
pub mod explain;
pub mod get_resources;
pub mod newer;
pub mod outcome;
pub mod owner;
pub mod request;
pub mod resource;
pub mod run;
pub mod run_resource_action;
mod sources;
pub mod state;
pub mod sync_application;
pub mod sync_options;
mod turns;
pub mod update_application;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

pub use also::Also;
pub use answer::Answer;
pub use bind::Bound;
pub use request::{Options, Output, Request};
pub use resource::Resource;
pub use run::call;

use crate::{
    argocd::{Operation, Session},
    error::Error,
    release::Release,
    view::View,
};

/// The generated table.
#[allow(missing_docs, clippy::doc_markdown, reason = "generated")]
pub mod table {
    include!(concat!(env!("OUT_DIR"), "/table.rs"));
}

/// The row of that name.
pub fn find(name: &str) -> Option<&'static Row> {
    table::ROWS.iter().find(|row| row.name == name)
}

/// One tool.
#[derive(Debug)]
pub struct Row {
    /// File of the table it stands in.
    pub toolset: &'static str,
    /// Name the model calls.
    pub name: &'static str,
    /// Name a person reads.
    pub title: &'static str,
    /// For the model: what it does and when to use it.
    pub about: &'static str,
    /// What a call changes.
    pub effect: Effect,
    /// Arguments that make a write destructive.
    pub destructive_when: &'static [&'static str],
    /// Whether a second call with the same arguments changes nothing further.
    pub idempotent: bool,
    /// Whether the answer carries text written outside Argo CD.
    pub open_world: bool,
    /// Whether clients see it in the list of tools; one that is not can be called by its name.
    pub default: bool,
    /// Rights in Argo CD's RBAC it needs: `applications, get`.
    pub rbac: &'static [&'static str],
    /// First release of a server that has it.
    pub since: Option<Release>,
    /// Arguments of a call that the documentation shows, as JSON.
    pub example: &'static str,
    /// JSON Schema of the arguments.
    pub schema: &'static str,
    /// Arguments in the order of the schema.
    pub args: &'static [Arg],
    /// Operations it calls: `main` of a row with a view, and what an argument or a second read needs.
    pub calls: &'static [Call],
    /// A second read whose lists are added to those of the answer.
    pub also: Option<&'static Also>,
    /// How it answers.
    pub run: Run,
}

/// What a call changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something that can be undone.
    Write,
    /// Something that is lost.
    Destructive,
}

impl Row {
    /// The arguments that a caller may give.
    pub fn takes(&self) -> impl Iterator<Item = &'static Arg> {
        self.args.iter().filter(|arg| !arg.filled)
    }

    /// How it shows the answer to its call `main`.
    pub fn view(&self) -> Option<&View> {
        match &self.run {
            Run::Pure(view) => Some(view),
            Run::Handled(_, view) => view.as_ref(),
        }
    }

    /// What a call with these arguments changes, as they come from the model.
    pub fn effect_of(&self, arguments: &Map<String, Value>) -> Effect {
        let is_switch = |name: &str| {
            self.args.iter().find(|arg| arg.name == name).is_none_or(|arg| matches!(arg.shape, Shape::Boolean))
        };
        let is_given = |name: &&str| match arguments.get(*name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) if is_switch(name) => text.trim().eq_ignore_ascii_case("true"),
            Some(given) if is_switch(name) => *given == Value::Bool(true),
            Some(_) => true,
        };
        if self.destructive_when.iter().any(is_given) { Effect::Destructive } else { self.effect }
    }
}

/// How a row answers.
pub enum Run {
    /// One call and a view.
    Pure(View),
    /// A module of this room that makes several calls, and a view of the answer to the one called `main`.
    Handled(fn(Session, Request) -> BoxFuture<'static, Result<Answer, Error>>, Option<View>),
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pure(_) => "pure",
            Self::Handled(..) => "handled",
        })
    }
}

/// An operation a row calls.
#[derive(Debug)]
pub struct Call {
    /// What the row calls it: `main`, or a key of `uses`.
    pub role: &'static str,
    /// First release of a server that has it; of several calls of a role the first that the server has is made.
    pub since: Release,
    /// The generated operation.
    pub operation: &'static Operation,
    /// Parameters that are always the same: name, and value as JSON.
    pub constants: &'static [(&'static str, &'static str)],
    /// The query parameter `fields`, a list with commas, by the first release of a server that it is for.
    pub fields: &'static [(Release, &'static str)],
}

/// An argument of a row.
#[derive(Debug)]
pub struct Arg {
    /// Its name in the schema.
    pub name: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// Whether a call without it is refused.
    pub required: bool,
    /// Its shape.
    pub shape: Shape,
    /// Allowed words; empty for any.
    pub choices: &'static [&'static str],
    /// Smallest and largest number, or length of a list.
    pub range: Option<(i64, i64)>,
    /// Value of a call that does not give one, as JSON.
    pub default: Option<&'static str>,
    /// What it names, besides being a value.
    pub names: Names,
    /// First release of a server that understands it.
    pub since: Option<Release>,
    /// Where the value goes.
    pub targets: &'static [Target],
    /// Places an open object must have, `a.b|a.c` for one of two.
    pub needs: &'static [&'static str],
    /// Parts of an open object that are not sent, and why.
    pub unsent: &'static [(&'static str, &'static str)],
    /// A handler fills it; no caller can give it.
    pub filled: bool,
}

impl Arg {
    /// The part of a value that is sent to Argo CD.
    fn sent(&self, given: &Value) -> Value {
        let mut sent = given.clone();
        let unsent = |key: &str| self.unsent.iter().any(|(part, _)| *part == key);
        sent.as_object_mut().into_iter().for_each(|map| map.retain(|key, _| !unsent(key)));
        sent
    }

    /// One line for each part of a value that is not sent, except parts that `known`, what Argo CD has, holds already.
    fn left_out(&self, given: &Value, known: &Value) -> String {
        let says = |part: &&Value| !part.is_null() && part.as_object().is_none_or(|map| !map.is_empty());
        let is_told = |part: &str| given.get(part).filter(says).is_some_and(|given| known.get(part) != Some(given));
        let parts = self.unsent.iter().filter(|(part, _)| is_told(part));
        parts.map(|(part, why)| format!("\n`{}.{part}` was left out: {why}.", self.name)).collect()
    }
}

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Nothing.
    Value,
    /// An application.
    Application,
    /// One resource of the application, as an object.
    Resource,
    /// One resource of the application, its fields as arguments of their own.
    FlatResource,
    /// Several resources; a handler takes one at a time.
    Resources,
}

/// Where a value goes.
#[derive(Debug)]
pub struct Target {
    /// Index into the calls of the row.
    pub call: usize,
    /// Place in that call.
    pub place: Place,
}

impl Target {
    /// Whether this place is in the path of a request; `calls` are those of the row.
    fn is_in_path(&self, calls: &[Call]) -> bool {
        match (self.place, calls.get(self.call)) {
            (Place::Parameter(name), Some(call)) => call.operation.parameters.contains(&(name, true)),
            _ => false,
        }
    }
}

/// Place in a request.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A path or query parameter.
    Parameter(&'static str),
    /// Keys into the JSON body.
    Body(&'static [&'static str]),
    /// The fields of a resource, each in its place.
    Resource(&'static [(&'static str, Place)]),
}

/// Shape of a value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// true or false.
    Boolean,
    /// Any JSON.
    Any,
    /// A list of one shape.
    List(&'static Shape),
    /// An object with keys of the caller's choice.
    Map(&'static Shape),
    /// An object with known keys.
    Object(&'static [(&'static str, Shape)]),
    /// An object with known keys, and the shape of what all other keys hold; these are kept as they are, nulls
    /// included.
    Open(&'static [(&'static str, Shape)], &'static Shape),
    /// A resource of an application: kind and name, and what else is known of it.
    Resource,
}
