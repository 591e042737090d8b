//! Arguments of a tool: where each value goes, and of what shape it is.

use serde_json::Value;
use toml::Table;

use crate::{
    api::{Api, Operation},
    path::{Path, Segment},
    reader::Reader,
    release::Release,
    shape::Shape,
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
    /// Whether it names an application.
    pub application: bool,
    /// Where the value goes; nowhere for an argument of the view or of a handler.
    pub targets: Vec<Target>,
    /// First release of a server that understands it.
    pub since: Option<Release>,
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
}

/// The names under which the interface has an application in its paths.
const APPLICATION_PARAMETERS: &[&str] = &["name", "applicationName", "appName", "application.metadata.name"];

const LOCAL_TYPES: &[(&str, u8)] = &[("string", 0), ("strings", 1), ("integer", 2), ("boolean", 3)];

/// Reads one entry of `[tool.args]`; an application becomes three arguments.
pub fn read(name: &str, table: &Table, parent: &Reader<'_>, calls: &[(String, &Operation)], api: &Api) -> Vec<Arg> {
    let reader = Reader::new(table, format!("{}: argument `{name}`", parent.place()), parent.report());
    let (since, until) = (reader.release("since"), reader.release("until"));
    let inside = since.is_none_or(|since| api.release >= since) && until.is_none_or(|until| api.release < until);
    let only = reader.text("of");
    if let Some(role) = only.as_deref().filter(|role| !calls.iter().any(|(known, _)| known == role)) {
        let roles = calls.iter().map(|(role, _)| role.as_str());
        reader
            .error(format!("`of` names `{role}`, which is not in `uses`{}", crate::suggest::did_you_mean(role, roles)));
    }
    let calls: Vec<(usize, &Operation)> = calls
        .iter()
        .enumerate()
        .filter(|(_, (role, _))| only.as_ref().is_none_or(|only| only == role))
        .map(|(index, (_, operation))| (index, *operation))
        .collect();
    let application = reader.choice("kind", &[("application", ())]).is_some();
    let (targets, shape) =
        match (application, reader.text("param"), reader.text("body"), reader.choice("type", LOCAL_TYPES)) {
            (true, None, None, None) => (application_targets(&calls, &reader), Some(Shape::Text)),
            (false, Some(parameter), None, None) => parameter_targets(&parameter, &calls, &reader, inside),
            (false, None, Some(path), None) => body_targets(&path, &calls, &reader, api, inside),
            (false, None, None, Some(kind)) => (
                vec![],
                Some(match kind {
                    0 => Shape::Text,
                    1 => Shape::List(Box::new(Shape::Text)),
                    2 => Shape::Integer,
                    _ => Shape::Boolean,
                }),
            ),
            _ => {
                reader.error("needs exactly one of `param`, `body`, `type` and `kind`");
                (vec![], None)
            }
        };
    let about =
        if application { "Name, or namespace/name".into() } else { reader.required("about").unwrap_or_default() };
    let range = reader.json("range").and_then(|range| match range.as_array().map(Vec::as_slice) {
        Some([low, high]) => low.as_i64().zip(high.as_i64()),
        _ => {
            reader.error("`range` must be two whole numbers: [1, 500]");
            None
        }
    });
    let (aliases, required, choices, default) =
        (reader.texts("alias"), reader.flag("required"), reader.texts("enum"), reader.json("default"));
    reader.finish();
    let name = name.to_owned();
    let required = application || required;
    let arg = shape.map(|shape| Arg {
        name,
        aliases,
        about,
        required,
        shape,
        choices,
        range,
        default,
        application,
        targets,
        since,
    });
    let extra = if application { companions(&calls) } else { vec![] };
    arg.filter(|_| inside).into_iter().chain(extra).collect()
}

fn application_targets(calls: &[(usize, &Operation)], reader: &Reader<'_>) -> Vec<Target> {
    let target = |(call, operation): &(usize, &Operation)| {
        let parameter =
            operation.parameters.iter().find(|p| p.in_path && APPLICATION_PARAMETERS.contains(&p.name.as_str()))?;
        Some(Target { call: *call, place: Place::Parameter(parameter.name.clone()) })
    };
    let targets: Vec<Target> = calls.iter().filter_map(target).collect();
    if targets.is_empty() && !calls.is_empty() {
        reader.error("no operation of the tool has an application in its path");
    }
    targets
}

/// `applicationNamespace` and `project` of an application, where the operations take them.
fn companions(calls: &[(usize, &Operation)]) -> Vec<Arg> {
    let companion = |name: &str, alias: &[&str], wire: &str, about: &str| {
        let targets: Vec<Target> = calls
            .iter()
            .filter_map(|(call, operation)| place(operation, wire).map(|place| Target { call: *call, place }))
            .collect();
        (!targets.is_empty()).then(|| Arg {
            name: name.into(),
            aliases: alias.iter().map(|alias| (*alias).to_owned()).collect(),
            about: about.into(),
            required: false,
            shape: Shape::Text,
            choices: vec![],
            range: None,
            default: None,
            application: false,
            targets,
            since: None,
        })
    };
    [
        companion(
            "applicationNamespace",
            &["appNamespace"],
            "appNamespace",
            "Namespace of the Application, if not Argo CD's own",
        ),
        companion("project", &[], "project", "Its project, if known"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn place(operation: &Operation, wire: &str) -> Option<Place> {
    if operation.parameter(wire).is_some() {
        return Some(Place::Parameter(wire.to_owned()));
    }
    operation.body_keys.iter().any(|key| key == wire).then(|| Place::Body(vec![wire.to_owned()]))
}

fn parameter_targets(
    name: &str,
    calls: &[(usize, &Operation)],
    reader: &Reader<'_>,
    inside: bool,
) -> (Vec<Target>, Option<Shape>) {
    let found: Vec<_> =
        calls.iter().filter_map(|(call, operation)| Some((*call, operation.parameter(name)?))).collect();
    if found.is_empty() && inside {
        for (_, operation) in calls {
            let hint = crate::suggest::did_you_mean(name, operation.parameters.iter().map(|p| p.name.as_str()));
            reader.error(format!("no parameter `{name}` in {}{hint}", operation.route()));
        }
    }
    let shape =
        found.first().map(|(_, parameter)| Shape::of_parameter(parameter.kind)).or((!inside).then_some(Shape::Any));
    (found.into_iter().map(|(call, _)| Target { call, place: Place::Parameter(name.to_owned()) }).collect(), shape)
}

fn body_targets(
    text: &str,
    calls: &[(usize, &Operation)],
    reader: &Reader<'_>,
    api: &Api,
    inside: bool,
) -> (Vec<Target>, Option<Shape>) {
    let depth = reader.number("depth").unwrap_or(3);
    let path = match Path::parse(text) {
        Ok(path) => path,
        Err(problem) => {
            reader.error(problem);
            return (vec![], None);
        }
    };
    let keys: Vec<String> = path
        .segments
        .iter()
        .filter_map(|segment| if let Segment::Key(key) = segment { Some(key.clone()) } else { None })
        .collect();
    let (mut targets, mut shape, mut problems) = (vec![], None, vec![]);
    for (call, operation) in calls {
        let Some(body) = &operation.body else { continue };
        match api.schema_at(body, &path) {
            Ok(schema) => {
                shape.get_or_insert_with(|| schema.map_or(Shape::Any, |schema| Shape::of_schema(api, schema, depth)));
                targets.push(Target { call: *call, place: Place::Body(keys.clone()) });
            }
            Err(problem) => problems.push(format!("body path `{text}` of {}: {}", operation.route(), problem.message)),
        }
    }
    if targets.is_empty() && inside && !calls.is_empty() {
        if problems.is_empty() {
            reader.error(format!("body path `{text}`: the operation takes no body"));
        }
        problems.iter().for_each(|problem| reader.error(problem));
    }
    (targets, shape.or((!inside).then_some(Shape::Any)))
}
