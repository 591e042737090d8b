//! A bound call: its arguments, and the wire values they become.

use jiff::Timestamp;
use serde_json::Value;

use super::{Arg, Bound, Call, Effect, Names, Place, Resource, Row, Shape};
use crate::{
    argocd::{Session, Wire},
    error::{Error, Kind},
    release::Release,
    view::Context,
};

/// In which form a read row answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Text, as small as possible.
    #[default]
    Text,
    /// The same values as JSON.
    Json,
    /// Argo CD's answer, not projected.
    Raw,
}

/// What the server decides about a call.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time ages are counted from.
    pub now: Timestamp,
    /// The client that asks, for Argo CD's own record of an operation.
    pub asked_by: String,
    /// Whether this server has no tool that changes anything.
    pub read_only: bool,
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
    /// The resource they name, as far as it is known.
    pub resource: Option<Resource>,
    /// What the server decided.
    pub options: Options,
    /// The release of the server, if it was asked and tells; otherwise it is taken for a new one.
    pub release: Option<Release>,
}

impl Request {
    /// A call of a row with bound arguments.
    pub fn new(row: &'static Row, args: Bound, options: Options) -> Self {
        let resource = Resource::named(row, args.values());
        Self { row, args, resource, options, release: None }
    }

    /// The name of the application that the call is about.
    pub fn application(&self) -> Option<&str> {
        let arg = self.row.args.iter().find(|arg| arg.names == Names::Application)?;
        self.args.text(arg.name)
    }

    /// The name of the application that the call writes to, whether it is there already or created; `None` for a row
    /// that reads.
    pub fn writes_to(&self) -> Option<&str> {
        let whole = || {
            let arg = self.row.args.iter().find(|arg| arg.needs.contains(&"metadata.name"))?;
            self.args.get(arg.name)?.pointer("/metadata/name")?.as_str()
        };
        self.application().or_else(whole).filter(|_| self.row.effect != Effect::Read)
    }

    /// The application's name as answers show it: `namespace/name` where the call gives a namespace.
    pub fn application_name(&self) -> String {
        let name = self.application().unwrap_or_default();
        self.args.text("applicationNamespace").map_or(name.to_owned(), |namespace| format!("{namespace}/{name}"))
    }

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

    /// This request with another value for an argument; `null` removes it.
    #[must_use]
    pub fn with(&self, argument: &'static str, value: Value) -> Self {
        Self { args: self.args.with(argument, value), ..self.clone() }
    }

    /// This request, about that resource.
    #[must_use]
    pub fn with_resource(&self, resource: &Resource) -> Self {
        Self { resource: Some(resource.clone()), ..self.clone() }
    }

    /// The call of a role, and its index; of several the one that the server's release has.
    ///
    /// # Errors
    /// Those of [`Session::release`], which asks a server that cannot be reached; [`Kind::Internal`] for a role that
    /// the row does not have.
    pub async fn call(&self, role: &str, session: &Session) -> Result<(usize, &'static Call), Error> {
        let calls: Vec<(usize, &Call)> =
            self.row.calls.iter().enumerate().filter(|(_, call)| call.role == role).collect();
        let found = match calls.as_slice() {
            [one] => Some(*one),
            several => {
                // A server that does not tell its release is taken for one that knows every argument that was given.
                let release = session.release().await?.or_else(|| self.needs());
                let has = |(_, call): &&(usize, &Call)| release.is_some_and(|release| call.since <= release);
                several.iter().find(has).or(several.last()).copied()
            }
        };
        found.ok_or_else(|| Error::new(Kind::Internal, format!("{} has no call `{role}`", self.row.name)))
    }

    /// Whether the caller gave an argument a value that is not an empty list or object.
    pub fn asks_for(&self, arg: &Arg) -> bool {
        let is_empty = |value: &Value| match value {
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        self.args.is_given(arg.name) && !self.args.get(arg.name).is_some_and(is_empty)
    }

    /// The oldest release that knows all arguments that were given; `None` if every release does.
    fn needs(&self) -> Option<Release> {
        self.row.args.iter().filter(|arg| self.asks_for(arg)).filter_map(|arg| arg.since).max()
    }

    /// Makes the call of a role and reads the whole answer.
    ///
    /// # Errors
    /// Those of [`Request::call`] and of [`Session::bytes`].
    pub async fn bytes(&self, role: &str, session: &Session) -> Result<bytes::Bytes, Error> {
        let (index, call) = self.call(role, session).await?;
        session.bytes(call.operation, self.wire(index)).await
    }

    /// The wire values of one of the row's calls: constants, then arguments.
    pub fn wire(&self, index: usize) -> Wire {
        self.wire_of(index, |_, value| value.clone())
    }

    /// The wire values of one of the row's calls, without the parts of arguments that are not sent.
    pub fn sent(&self, index: usize) -> Wire {
        self.wire_of(index, Arg::sent)
    }

    fn wire_of(&self, index: usize, sent: impl Fn(&Arg, &Value) -> Value) -> Wire {
        let mut wire = Wire::default();
        let Some(call) = self.row.calls.get(index) else { return wire };
        for (name, value) in call.constants {
            wire.set(name, value.parse::<Value>().unwrap_or_default());
        }
        for arg in self.row.args {
            for target in arg.targets.iter().filter(|target| target.call == index) {
                match (&target.place, self.args.get(arg.name)) {
                    (Place::Resource(fields), _) => self.set_resource(&mut wire, fields),
                    (place, Some(value)) => set(&mut wire, place, sent(arg, value)),
                    (_, None) => {}
                }
            }
        }
        wire
    }

    fn set_resource(&self, wire: &mut Wire, fields: &[(&str, Place)]) {
        let Some(resource) = &self.resource else { return };
        for (field, place) in fields {
            // With an empty version Argo CD takes that of the tree; without any it fails.
            let value = resource.field(field).or((*field == "version").then_some(""));
            value.into_iter().for_each(|value| set(wire, place, value.into()));
        }
    }

    /// `fields` for a server of that release: the list of the newest release that is not newer than it, the oldest
    /// list for a server that does not tell.
    pub fn fields(call: &Call, release: Option<Release>) -> Option<&'static str> {
        let known = call.fields.iter().rev().find(|(since, _)| release.is_some_and(|release| *since <= release));
        known.or(call.fields.first()).map(|(_, fields)| *fields).filter(|fields| !fields.is_empty())
    }

    /// Arguments that make a JSON answer smaller. For `output=raw` only those that are sent to Argo CD.
    pub fn narrows(&self) -> Vec<&'static str> {
        let raw = self.output() == Output::Raw;
        let offered = |name: &str| self.row.schema.contains(&format!("\"{name}\":{{"));
        let works = |arg: &&Arg| offered(arg.name) && !(raw && arg.targets.is_empty());
        let words = self.context().narrow;
        let numbers = ["limit", "tail", "sinceSeconds"];
        let arguments = self.row.args.iter().filter(works).map(|arg| arg.name);
        arguments.filter(|name| words.contains(name) || numbers.contains(name)).collect()
    }

    /// The largest `maxBytes` there may be.
    pub fn most_bytes(&self) -> Option<usize> {
        let arg = self.row.args.iter().find(|arg| arg.name == "maxBytes")?;
        usize::try_from(arg.range?.1).ok()
    }

    /// What the view of this row needs to know of the call.
    pub fn context(&self) -> Context {
        // These say how an answer looks, or which application it is about; they do not make it smaller.
        const OTHER: &[&str] = &["applicationNamespace", "limit", "maxBytes", "offset", "output", "show"];
        let of_application = |name: &str| name == "project" && self.application().is_some();
        let narrows = |arg: &&Arg| {
            let word = !matches!(arg.shape, Shape::Boolean | Shape::Integer) && !OTHER.contains(&arg.name);
            // An argument in the path says what the answer is about.
            let is_subject = || arg.targets.iter().any(|target| target.is_in_path(self.row.calls));
            let chooses = self.row.effect == Effect::Read && !is_subject();
            arg.names == Names::Value && word && chooses && !of_application(arg.name)
        };
        let narrow = self.row.args.iter().filter(narrows).map(|arg| arg.name);
        Context {
            now: self.options.now,
            args: self.args.values().clone(),
            limit: self.args.size("limit"),
            offset: self.args.size("offset").unwrap_or(0),
            max_bytes: self.max_bytes(),
            json: self.output() == Output::Json,
            problems: vec![],
            narrow: narrow.collect(),
            comparison: None,
            read_only: self.options.read_only,
        }
    }
}

fn set(wire: &mut Wire, place: &Place, value: Value) {
    match place {
        Place::Parameter(name) => wire.set(name, value),
        Place::Body(keys) => wire.set_body(keys, value),
        Place::Resource(_) => {}
    }
}
