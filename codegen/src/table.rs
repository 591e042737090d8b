//! The tool table: `src/tools/*.toml`, read against the interface.

mod also;
mod calls;
mod checks;
mod implicit;
mod rbac;
mod reads;
mod values;

pub use also::Also;
pub use calls::Use;

use std::collections::BTreeMap;

use serde_json::Value;
use toml::Table as Toml;

use crate::{
    api::Api,
    args::{self, Arg},
    keys,
    reader::{self, Reader},
    release::Release,
    report::Report,
    suggest::did_you_mean,
    view::{Reads, View},
};

/// One row of the table.
#[derive(Debug)]
pub struct Tool {
    /// File it stands in, without `.toml`.
    pub toolset: String,
    /// Name the model calls.
    pub name: String,
    /// Name a person reads.
    pub title: String,
    /// For the model: what it does and when to use it.
    pub about: String,
    /// What a call changes.
    pub effect: Effect,
    /// Arguments that make a write destructive.
    pub destructive_when: Vec<String>,
    /// Whether a second call with the same arguments changes nothing.
    pub idempotent: bool,
    /// Whether the answer carries text written outside Argo CD.
    pub open_world: bool,
    /// Whether clients see it in the list of tools; one that is not can be called by its name.
    pub default: bool,
    /// Rights in Argo CD's RBAC it needs, as in `policy.csv`.
    pub rbac: Vec<String>,
    /// First release of a server that has it.
    pub since: Option<Release>,
    /// Arguments of a call that the documentation shows.
    pub example: Value,
    /// What it calls: `main` of a row with a view, and what an argument or a second read needs.
    pub calls: Vec<Call>,
    /// Its arguments in the order of the schema.
    pub args: Vec<Arg>,
    /// A second read whose lists are added to those of the answer.
    pub also: Option<Also>,
    /// How it answers.
    pub run: Run,
    /// Paths and types for the API surface.
    pub surface: Vec<(String, String)>,
}

/// What a call of a tool changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something that can be undone.
    Write,
    /// Something that is lost.
    Destructive,
}

/// How a tool answers.
#[derive(Debug)]
pub enum Run {
    /// One call and a view.
    Pure(Box<View>),
    /// A Rust module in `src/tools/` that makes several calls, and how it shows the answer to the one called `main`.
    Handled(String, Option<Box<View>>),
}

/// An operation a tool calls.
#[derive(Debug)]
pub struct Call {
    /// What the tool calls it: `main`, or the key in `uses`.
    pub role: String,
    /// First release of a server that has it.
    pub since: Release,
    /// Its `operationId`.
    pub operation: String,
    /// Parameters that are always the same.
    pub constants: Vec<(String, Value)>,
    /// `fields` by first release of a server.
    pub fields: Vec<(Release, String)>,
}

/// Reads all files of the table; rows that do not exist in this release are left out.
pub fn read(files: &[(String, String)], api: &Api, report: &Report) -> Vec<Tool> {
    let parse = |(file, text): &(String, String)| Some((file.clone(), reader::parse(text, file, report)?));
    read_parsed(&files.iter().filter_map(parse).collect::<Vec<_>>(), api, report)
}

/// The same from TOML that is parsed already.
pub fn read_parsed(files: &[(String, Toml)], api: &Api, report: &Report) -> Vec<Tool> {
    let mut tools = vec![];
    for (file, table) in files {
        let root = Reader::new(&keys::OTHER, table, file.as_str(), report);
        let toolset = file.strip_suffix(".toml").unwrap_or(file);
        for (index, row) in root.tables("tool").into_iter().enumerate() {
            let unnamed = format!("number {}, which has no name", index + 1);
            let name = row.get("name").and_then(toml::Value::as_str).unwrap_or(&unnamed);
            let reader = Reader::new(&keys::TOOL, row, format!("{file}: tool `{name}`"), report);
            tools.extend(read_tool(reader, toolset, api));
        }
        for key in ["args", "view"].into_iter().filter(|key| root.has(key)) {
            root.error(format!("`[{key}]` belongs to a row: write [tool.{key}]"));
        }
        root.finish();
    }
    let mut names = BTreeMap::new();
    for tool in &tools {
        if let Some(other) = names.insert(&tool.name, tool) {
            report.error(format!(
                "{}.toml: tool `{}`: the name is taken by the tool \"{}\" in {}.toml",
                tool.toolset, tool.name, other.title, other.toolset
            ));
        }
    }
    tools
}

impl Tool {
    /// A handler or renderer must be there: `handlers` and `renderers` are the modules there are.
    pub fn check_module(&self, (handlers, renderers): &(Vec<String>, Vec<String>), report: &Report) {
        let (what, folder, name, known) = match &self.run {
            Run::Handled(name, _) => ("handler", "tools", name, handlers),
            Run::Pure(view) => match &**view {
                View::Rendered(name) => ("renderer", "view", name, renderers),
                _ => return,
            },
        };
        if !known.contains(name) || !calls::is_identifier(name) {
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            let place = format!("{}.toml: tool `{}`", self.toolset, self.name);
            report.error(format!("{place}: no {what} `{name}`: there is no src/{folder}/{name}.rs{hint}"));
        }
    }
}

fn read_tool(reader: Reader<'_>, toolset: &str, api: &Api) -> Option<Tool> {
    let (since, until) = reader.span();
    reader.known_release(since, api.newest());
    if since.is_some_and(|since| api.release < since) || until.is_some_and(|until| api.release >= until) {
        return None;
    }
    let found = reader.required("name");
    if let Some(bad) = found.as_ref().filter(|name| !checks::is_tool_name(name)) {
        reader.error(format!("`{bad}` is not a tool name: words of lower case letters, `_` between them, at most 64"));
    }
    let (title, about) = (reader.required("title"), reader.required("about"));
    checks::words(title.as_deref(), about.as_deref(), &reader);
    let effects = [("read", Effect::Read), ("write", Effect::Write), ("destructive", Effect::Destructive)];
    let effect = reader.choice("effect", &effects);
    if !reader.has("effect") {
        reader.error("`effect` is missing: `read`, `write` or `destructive`");
    }
    let handler = reader.text("handler");
    let mut uses = calls::read(&reader, handler.is_some(), api);
    calls::add_tree(&reader, &mut uses, api);
    let mut args: Vec<Arg> = vec![];
    for (name, entry) in reader.table("args").into_iter().flatten() {
        match entry.as_table() {
            Some(entry) => args.extend(args::read(name, entry, &reader, &uses, api)),
            None => {
                reader.error(format!("argument `{name}` must be a table: {name} = {{ param = \"…\", about = \"…\" }}"))
            }
        }
    }
    let constants = calls::constants(&reader, &uses);
    let mut reads = Reads::default();
    let view = reader.table("view").and_then(|table| View::read(table, &reader, &mut reads));
    let also = Also::read(&reader, &uses, &mut reads, api);
    let mut surface = vec![];
    if handler.is_none() || view.is_some() {
        let mains = uses.iter().filter(|call| call.role == "main");
        for (index, main) in mains.enumerate() {
            let found = reads.check(api, &main.operation.response, &reader);
            surface = if index == 0 { found } else { surface };
            checks::stream(main.operation, view.as_ref(), &reader);
        }
    }
    if handler.is_some() {
        checks::handled(view.as_ref(), &uses, &reader);
        surface.extend(reads::check(&uses, api, &reader));
    }
    let fields = uses
        .first()
        .filter(|_| handler.is_none())
        .map(|main| checks::projections(main.operation, &reads, api, &reader));
    let run = match (handler, view) {
        (Some(module), view) => {
            reader.required_here("because");
            Some(Run::Handled(module, view.map(Box::new)))
        }
        (None, Some(view)) => Some(Run::Pure(Box::new(view))),
        (None, None) => {
            if !reader.has("view") {
                reader.error("`view` is missing (or a `handler`)");
            }
            None
        }
    };
    let destructive_when = reader.texts("destructive_when");
    checks::effect(effect, &destructive_when, &args, &uses, &reader);
    let local = implicit::add(&mut args, effect, run.as_ref(), &reader);
    checks::args(&args, &local, run.as_ref(), &destructive_when, &reader);
    checks::calls(&uses, &args, &constants, effect, &reader);
    values::args(&args, run.as_ref(), &reader);
    values::compared(&args, run.as_ref(), &surface, &reader);
    values::places(&uses, &args, &constants, &reader);
    let rbac = reader.texts("rbac");
    if !reader.has("rbac") {
        reader.error("`rbac` is missing: the rights it needs, such as [\"applications, get\"]; [] for none");
    }
    rbac::check(&rbac, &uses, &reader);
    let example = reader.json("example").unwrap_or_else(|| serde_json::json!({}));
    checks::example(&example, &args, &reader);
    let (idempotent, open_world, default) =
        (reader.flag("idempotent"), reader.flag("open_world"), reader.flag("default"));
    if run.is_none() {
        // What goes with the other way to answer is no further mistake.
        ["because", "operation", "reads", "uses"].into_iter().for_each(|key| drop(reader.json(key)));
    }
    reader.finish();
    Some(Tool {
        toolset: toolset.to_owned(),
        name: found.unwrap_or_default(),
        title: title.unwrap_or_default(),
        about: about.unwrap_or_default(),
        effect: effect.unwrap_or(Effect::Read),
        destructive_when,
        idempotent: idempotent || effect == Some(Effect::Read),
        open_world,
        default,
        rbac,
        since,
        example,
        calls: uses
            .iter()
            .enumerate()
            .map(|(index, Use { role, since, operation })| Call {
                role: role.clone(),
                since: *since,
                operation: operation.id.clone(),
                constants: constants.iter().filter(|(name, _)| operation.parameter(name).is_some()).cloned().collect(),
                fields: fields.iter().filter(|_| index == 0).flatten().cloned().collect(),
            })
            .collect(),
        args,
        also,
        run: run?,
        surface,
    })
}
