//! What the reviewed API surface had and this one has not, told in the words of the rows.

use std::collections::BTreeMap;

use crate::{
    api::{Api, Operation},
    args::{Arg, COMPANIONS, Names},
    path::Path,
    report::Report,
    suggest::did_you_mean,
    table::Tool,
};

/// How many operations with another route are told one by one.
const FEW: usize = 3;

/// A line of a tool: `sends prune to ApplicationService_Sync body prune` → `boolean`.
type Lines<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

/// What is to be said of one place, and the rows that it is about: one line for one cause.
type Told<'a> = BTreeMap<(&'a str, &'a str, &'a str), (String, Vec<&'a Tool>)>;

/// Compares a surface with the one `before`. What an argument went to and the interface does not take any more is an
/// error, as a call would go without it; what moved or is of another type is a remark.
pub fn check(before: &str, now: &str, tools: &[Tool], api: &Api, report: &Report) {
    moved_operations(before, api, report);
    let (before, now) = (lines(before), lines(now));
    let (mut nowhere, mut elsewhere, mut open) = (Told::new(), Told::new(), Told::new());
    for ((name, what), old) in &before {
        let Some(tool) = tools.iter().find(|tool| tool.name == *name) else { continue };
        match now.get(&(*name, *what)) {
            Some(kind) if kind == old => {}
            Some(&"any") if what.starts_with("reads ") => tell(
                tool,
                &mut open,
                (name, "", ""),
                format!("what it {what} is any; it was {old} when the interface was reviewed"),
            ),
            Some(kind) => report.warning(format!(
                "{}: what it {what} is {kind}; it was {old} when the interface was reviewed",
                rows(&[tool])
            )),
            // What is read and not there is an error of its own.
            None => {
                let Some(sent) = Sent::read(what, tool, api) else { continue };
                let new = sent.now(&now, name);
                let gone = sent.places.iter().filter(|(field, place)| sent.is_gone(field, place, &new, api));
                let changed = sent.places.iter().any(|place| !new.contains(place));
                if changed && gone.clone().next().is_none() {
                    report.warning(format!("{}: it {what} no more; `make docs` takes note", rows(&[tool])));
                }
                for (field, place) in gone {
                    let key = (sent.operation.id.as_str(), *field, *place);
                    match new.iter().find(|(known, _)| known == field) {
                        Some((_, other)) => tell(tool, &mut elsewhere, key, sent.elsewhere(field, place, other)),
                        None if sent.is_told(place) => {}
                        None => tell(tool, &mut nowhere, key, sent.nowhere(field, place, tool)),
                    }
                }
            }
        }
    }
    nowhere.values().for_each(|(problem, tools)| report.error(format!("{}: {problem}", rows(tools))));
    elsewhere.values().for_each(|(problem, tools)| report.warning(format!("{}: {problem}", rows(tools))));
    for (problem, tools) in open.values() {
        let more = tools.len() - 1;
        let others = if more > 0 { format!(", and so {more} more") } else { String::new() };
        report.warning(format!("{}: {problem}{others}", rows(tools.get(..1).unwrap_or_default())));
    }
}

fn tell<'a>(tool: &'a Tool, told: &mut Told<'a>, key: (&'a str, &'a str, &'a str), text: String) {
    told.entry(key).or_insert((text, vec![])).1.push(tool);
}

/// ``resources.toml: tool `get_resources`, `run_resource_action` ``.
fn rows(tools: &[&Tool]) -> String {
    let mut names: Vec<String> = tools.iter().map(|tool| format!("`{}`", tool.name)).collect();
    names.dedup();
    let file = tools.first().map_or("", |tool| tool.toolset.as_str());
    format!("{file}.toml: tool {}", names.join(", "))
}

/// Types of everything that tools send and read.
fn lines(surface: &str) -> Lines<'_> {
    let mut tool = None;
    let mut found = BTreeMap::new();
    for line in surface.lines() {
        match (line.strip_prefix("tool "), line.strip_prefix("  ").and_then(|line| line.rsplit_once(": "))) {
            (Some(name), _) => tool = Some(name),
            (None, Some((what, kind))) => found.extend(tool.map(|tool| ((tool, what), kind))),
            (None, None) => {}
        }
    }
    found
}

/// Operations in use that have another method or path: what older releases answer at the old one, nobody asks for.
fn moved_operations(before: &str, api: &Api, report: &Report) {
    let mut moved = vec![];
    for line in before.lines() {
        let mut words = line.split(' ');
        let (Some(id), Some(method), Some(path), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Some(operation) = api.operations.get(id).filter(|_| path.starts_with('/')) else { continue };
        if operation.method != method || without_names(&operation.path) != without_names(path) {
            moved.push(format!("`{id}` is {} now; it was {method} {path}", operation.route()));
        }
    }
    let many = moved.len().saturating_sub(FEW);
    for (index, line) in moved.iter().enumerate().take(FEW) {
        let others = if index + 1 == FEW && many > 0 { format!(", and {many} more moved") } else { String::new() };
        report.warning(format!("{line} when the interface was reviewed, and older releases have only that{others}"));
    }
}

/// A path template whose parameters have no names: those are never sent.
fn without_names(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// Where an argument went in one operation.
struct Sent<'a> {
    arg: &'a Arg,
    operation: &'a Operation,
    /// Of a resource its fields, each with its place; else one place without a field.
    places: Vec<(&'a str, &'a str)>,
}

impl<'a> Sent<'a> {
    /// Reads `sends prune to ApplicationService_Sync body prune`; `None` where the row, or another mistake, says that it
    /// is sent no more.
    fn read(what: &'a str, tool: &'a Tool, api: &'a Api) -> Option<Self> {
        let (name, rest) = what.strip_prefix("sends ")?.split_once(" to ")?;
        let (id, place) = rest.split_once(' ')?;
        let operation = api.operations.get(id).filter(|_| tool.calls.iter().any(|call| call.operation == id))?;
        let arg = tool.args.iter().find(|arg| arg.name == name && !arg.targets.is_empty())?;
        Some(Self { arg, operation, places: places(place) })
    }

    /// Where it goes now.
    fn now<'b>(&self, now: &Lines<'b>, tool: &str) -> Vec<(&'b str, &'b str)> {
        let start = format!("sends {} to {} ", self.arg.name, self.operation.id);
        let same = now.keys().filter(|(name, _)| *name == tool);
        same.flat_map(|(_, what)| what.get(start.len()..).filter(|_| what.starts_with(&start)))
            .flat_map(places)
            .collect()
    }

    /// Whether it is the interface, not the row, that a place is not of any more.
    fn is_gone(&self, field: &str, place: &str, new: &[(&str, &str)], api: &Api) -> bool {
        let unnamed = self.arg.names == Names::Application && !new.iter().any(|(known, _)| *known == field);
        unnamed || !self.operation.takes(place, api)
    }

    /// Said to be so by the corrections, or told where the argument is read.
    fn is_told(&self, place: &str) -> bool {
        self.operation.without.iter().any(|known| known == wire(place))
            || COMPANIONS.first() == Some(&self.arg.name.as_str())
    }

    fn elsewhere(&self, field: &str, place: &str, other: &str) -> String {
        let (name, route) = (self.name(field), self.operation.route());
        format!("{name} goes to `{other}` of {route} now; it went to `{place}` when the interface was reviewed")
    }

    fn name(&self, field: &str) -> String {
        let name = &self.arg.name;
        if field.is_empty() { format!("`{name}`") } else { format!("`{field}` of {name}") }
    }

    /// What goes nowhere, what may be meant, and the ways out.
    fn nowhere(&self, field: &str, place: &str, tool: &Tool) -> String {
        let wire = wire(place);
        let route = self.operation.route();
        let taken = |name: &str| tool.args.iter().flat_map(|arg| &arg.targets).any(|target| target.place.has(name));
        let names = self.operation.parameters.iter().map(|parameter| parameter.name.as_str());
        let names = names.chain(self.operation.body_keys.iter().map(String::as_str)).filter(|name| !taken(name));
        let longer = names.clone().find(|name| name.to_lowercase().ends_with(&wire.to_lowercase()));
        let hint = longer.map_or_else(|| did_you_mean(wire, names), |name| format!(" (did you mean `{name}`?)"));
        let (harm, place) = match self.arg.names {
            Names::Value if COMPANIONS.contains(&self.arg.name.as_str()) => {
                ("a call would go without it", "codegen/src/args/application.rs")
            }
            Names::Value => ("a call would go without it", "the row"),
            Names::Application => {
                ("a call would not say which one", "APPLICATION_PARAMETERS in codegen/src/args/application.rs")
            }
            _ => ("a call may hit another object", "FIELDS in codegen/src/args/resource.rs"),
        };
        format!(
            "{} goes nowhere in {route}{hint}: {harm}; write its new name into {place}, or `without = [\"{wire}\"]` of {} into overlay.toml if that is meant",
            self.name(field),
            self.operation.id
        )
    }
}

/// The fields of `{kind: kind, name: body resourceName}` with their places, or the one place there is.
fn places(text: &str) -> Vec<(&str, &str)> {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(fields) => fields.split(", ").filter_map(|field| field.split_once(": ")).collect(),
        None => vec![("", text)],
    }
}

/// The wire name at a place.
fn wire(place: &str) -> &str {
    place.strip_prefix("body ").unwrap_or(place)
}

impl Operation {
    /// Whether it has a place as the surface writes it: `prune`, `body strategy.hook.force`.
    fn takes(&self, place: &str, api: &Api) -> bool {
        match (place.strip_prefix("body "), &self.body) {
            (Some("."), body) => body.is_some(),
            (Some(path), Some(body)) => Path::parse(path).is_ok_and(|path| api.schema_at(body, &path).is_ok()),
            (Some(_), None) => false,
            (None, _) => self.parameter(place).is_some(),
        }
    }
}
