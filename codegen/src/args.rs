//! Arguments of a tool: where each value goes, and of what shape it is.

mod application;
mod places;
mod resource;

use std::collections::BTreeSet;

pub use application::COMPANIONS;
use serde_json::Value;
use toml::Table;

use crate::{
    api::{Api, Operation},
    keys,
    reader::Reader,
    release::Release,
    shape::Shape,
    suggest::did_you_mean,
    table::Use,
};

/// One argument of a tool.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Its name in the tool's schema.
    pub name: String,
    /// Other names that are accepted but not advertised.
    pub aliases: Vec<String>,
    /// For the model: what it does, in a few words.
    pub about: String,
    /// Whether a call without it is refused.
    pub required: bool,
    /// Its shape.
    pub shape: Shape,
    /// Allowed words; empty for any.
    pub choices: Vec<String>,
    /// Smallest and largest number, or length of a list.
    pub range: Option<(i64, i64)>,
    /// Value of a call that does not give one.
    pub default: Option<Value>,
    /// What it names, besides being a value.
    pub names: Names,
    /// Where the value goes; nowhere for an argument of the view or of a handler.
    pub targets: Vec<Target>,
    /// First release of a server that understands it.
    pub since: Option<Release>,
    /// Accepted, for callers of old, but not shown in the schema.
    pub hidden: bool,
    /// A handler fills it; no caller can give it.
    pub filled: bool,
    /// Checked, but shown in the schema as its type and no more; the description says the rest.
    pub brief: bool,
    /// Places an open object must have, `a.b|a.c` for one of two.
    pub needs: Vec<String>,
    /// Parts of an open object that are not sent, and why.
    pub unsent: Vec<(String, String)>,
}

/// Where a value goes on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Index into the calls of the tool.
    pub call: usize,
    /// Place in that call.
    pub place: Place,
}

/// Place in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A path or query parameter.
    Parameter(String),
    /// Keys into the JSON body.
    Body(Vec<String>),
    /// The fields of a resource, each as its parameter.
    Resource(Vec<(&'static str, Box<Place>)>),
}

impl Place {
    /// Whether it is, or is below, the parameter or the key of the body that is called so.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::Parameter(own) => own == name,
            Self::Body(keys) => keys.first().is_some_and(|key| key == name),
            Self::Resource(fields) => fields.iter().any(|(_, inner)| inner.has(name)),
        }
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
    /// The same, its fields as arguments of their own.
    FlatResource,
    /// Several resources; a handler takes one at a time.
    Resources,
}

impl Arg {
    /// An argument that is nothing but a value and goes nowhere.
    pub fn local(name: &str, about: &str, shape: Shape) -> Self {
        Self {
            name: name.into(),
            aliases: vec![],
            about: about.into(),
            required: false,
            shape,
            choices: vec![],
            range: None,
            default: None,
            names: Names::Value,
            targets: vec![],
            since: None,
            hidden: false,
            filled: false,
            brief: false,
            needs: vec![],
            unsent: vec![],
        }
    }
}

/// The name of a type, and its shape.
type LocalType = (&'static str, fn() -> Shape);

/// What an argument of `type` holds, which is not sent.
const LOCAL_TYPES: &[LocalType] = &[
    ("string", || Shape::Text),
    ("strings", || Shape::List(Box::new(Shape::Text))),
    ("integer", || Shape::Integer),
    ("boolean", || Shape::Boolean),
    ("object", || Shape::Map(Box::new(Shape::Any))),
];

/// The role of the call that completes a resource that is only half named.
pub const TREE: &str = "tree";

/// The calls of a tool.
pub type Calls<'a> = [Use<'a>];

/// Reads one entry of `[tool.args]`; an application and a flat resource become several arguments.
pub fn read(name: &str, table: &Table, parent: &Reader<'_>, calls: &Calls<'_>, api: &Api) -> Vec<Arg> {
    let reader = Reader::new(&keys::ARGUMENT, table, format!("{}: argument `{name}`", parent.place()), parent.report());
    let (since, until) = reader.span();
    reader.known_release(since, api.newest());
    let inside = since.is_none_or(|since| api.release >= since) && until.is_none_or(|until| api.release < until);
    let calls = chosen(&reader, parent, calls);
    let own: Vec<(usize, &Operation)> =
        calls.iter().filter(|(_, role, _)| *role != TREE).map(|(index, _, operation)| (*index, *operation)).collect();
    let all: Vec<(usize, &Operation)> = calls.iter().map(|(index, _, operation)| (*index, *operation)).collect();
    let kinds = [("application", Names::Application), ("resource", Names::Resource), ("resources", Names::Resources)];
    let flat = reader.flag("flat");
    let kind = reader.choice("kind", &kinds).map(|kind| if flat { Names::FlatResource } else { kind });
    let (param, body, local) = (reader.text("param"), places::body_paths(&reader), reader.choice("type", LOCAL_TYPES));
    let (targets, shape) = match (kind, param, body, local) {
        (Some(Names::Application), None, None, None) => (application::targets(&all, &reader), Some(Shape::Text)),
        (Some(names), None, None, None) => (resource::targets(&own, &reader), Some(resource::shape(names))),
        (None, Some(parameter), None, None) => {
            // A handler that fills it in fills in its namespace, too.
            if !reader.flag("filled") {
                application::not_plain(&parameter, &own, &reader);
            }
            places::parameter(&parameter, &own, &reader, api, inside)
        }
        (None, None, Some(paths), None) => places::body(&paths, &own, &reader, api, inside),
        (None, None, None, Some(shape)) => (vec![], Some(shape())),
        _ => {
            reader.error("needs exactly one of `param`, `body`, `type` and `kind`");
            (vec![], None)
        }
    };
    let about = reader.text("about").unwrap_or_default();
    let range = reader.json("range").and_then(|range| match range.as_array().map(Vec::as_slice) {
        Some([low, high]) if low.is_i64() && high.is_i64() => low.as_i64().zip(high.as_i64()),
        _ => {
            reader.error("`range` must be two whole numbers: [1, 500]");
            None
        }
    });
    let (aliases, required, hidden) = (reader.texts("alias"), reader.flag("required"), reader.flag("hidden"));
    let (choices, default, brief) = (reader.texts("enum"), reader.json("default"), reader.flag("brief"));
    let filled = reader.flag("filled");
    let open = reader.flag("open");
    let needs = places::needs(&reader, api.release);
    let shape = shape.map(|shape| if open { shape.opened() } else { shape });
    places::check_needs(&needs, shape.as_ref(), &reader);
    let unsent = places::unsent(shape.as_ref(), &reader);
    if let (true, Some(shape)) = (open, shape.as_ref().filter(|shape| !matches!(shape, Shape::Open(..)))) {
        reader.error(format!("`open` is for objects, not for {shape}"));
    }
    if flat && kind.is_none_or(|names| names != Names::FlatResource) {
        reader.error("`flat` goes with `kind = \"resource\"`");
    }
    if kind == Some(Names::Resources) && !parent.has("handler") {
        reader.error("`kind = \"resources\"` needs a handler, which takes one at a time");
    }
    if required && (hidden || filled) {
        reader.error("is `required`, and nobody who reads the schema knows of it: no `hidden` or `filled`");
    }
    if filled && !parent.has("handler") {
        reader.error("is `filled`, which needs a handler that fills it");
    }
    if default.is_some() && required {
        reader.error("has a `default`, although every call must give it");
    }
    if default.is_some() && kind.is_some() {
        reader.error("has a `default`; an argument of a `kind` has none");
    }
    if reader.has("enum") && choices.is_empty() {
        reader.error("`enum` has nothing in it");
    }
    let mut words = BTreeSet::new();
    if let Some(word) = choices.iter().find(|word| word.trim().is_empty() || !words.insert(word.as_str())) {
        reader.error(format!("`enum` has `{word}` twice, or empty"));
    }
    for name in aliases.iter().map(String::as_str).chain([name]).filter(|name| !is_name(name)) {
        reader.error(format!("`{name}` is not a name of an argument: letters and digits, a letter first"));
    }
    reader.finish();
    let required = kind.is_some_and(|names| names != Names::Resources) || required;
    let names = kind.unwrap_or(Names::Value);
    let arg = shape.map(|shape| Arg {
        aliases,
        required,
        choices,
        range,
        default,
        names,
        targets,
        since,
        hidden: hidden || filled,
        filled,
        brief: brief || open,
        needs,
        unsent,
        ..Arg::local(name, &about, shape)
    });
    let extra = match names {
        Names::Application => application::companions(&all),
        Names::FlatResource => resource::companions(),
        Names::Resource | Names::Resources | Names::Value => vec![],
    };
    arg.filter(|_| inside).into_iter().chain(extra).collect()
}

/// Whether clients and shells can say it.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The calls that `of` names, or all.
fn chosen<'a>(reader: &Reader<'_>, row: &Reader<'_>, calls: &'a Calls<'a>) -> Vec<(usize, &'a str, &'a Operation)> {
    let only = reader.text("of");
    // A role whose operation does not exist has been reported as that.
    let known = |role: &str| {
        calls.iter().any(|call| call.role == role)
            || row.table("uses").is_some_and(|uses| uses.contains_key(role))
            || (role == "main" && row.has("operation"))
    };
    if let Some(role) = only.as_deref().filter(|role| !known(role)) {
        let hint = did_you_mean(role, calls.iter().map(|call| call.role.as_str()));
        reader.error(format!("`of` names `{role}`, which is not in `uses`{hint}"));
    }
    let all = calls.iter().enumerate().map(|(index, call)| (index, call.role.as_str(), call.operation));
    all.filter(|(_, role, _)| only.as_deref().is_none_or(|only| only == *role)).collect()
}

/// Where an operation takes a value: as a parameter, or as a top-level key of its body.
fn place(operation: &Operation, wire: &str) -> Option<Place> {
    if operation.parameter(wire).is_some() {
        return Some(Place::Parameter(wire.to_owned()));
    }
    operation.body_keys.iter().any(|key| key == wire).then(|| Place::Body(vec![wire.to_owned()]))
}
