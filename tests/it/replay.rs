//! Replays recorded exchanges: a test names those it needs, and any other request fails it.
//!
//! Matches method, raw path, identity and query as a set. Not compared: `fields` (applied to the unprojected recording
//! as the server does), empty `version` and `group`, and the application's own `appNamespace` and `project`.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::{
    http::{self, Request, Server, Step},
    recordings::{self, Recording},
};

pub struct Replay {
    server: Server,
    unmatched: Arc<Mutex<Vec<String>>>,
}

impl Replay {
    /// `release` is the folder of the recordings; names with a `/` are taken as they are.
    pub fn of(release: &str, names: &[&str]) -> Self {
        let path = |name: &str| if name.contains('/') { name.to_owned() } else { format!("{release}/{name}") };
        let recordings: Vec<Recording> = names.iter().map(|name| recordings::load(&path(name))).collect();
        Self::new(release, recordings)
    }

    pub fn new(release: &str, recordings: Vec<Recording>) -> Self {
        let unmatched: Arc<Mutex<Vec<String>>> = Arc::default();
        let (misses, release) = (Arc::clone(&unmatched), release.to_owned());
        let server =
            Server::start(move |request| match recordings.iter().find(|recording| matches(recording, request)) {
                Some(recording) => replay(recording, request, &release),
                None => {
                    misses.lock().unwrap().push(format!("{} as {}", request.line(), request.token()));
                    http::answer(599, "text/plain", b"no recording")
                }
            });
        Self { server, unmatched }
    }

    pub fn url(&self) -> &str {
        &self.server.url
    }

    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let unmatched = self.unmatched.lock().unwrap();
        assert!(std::thread::panicking() || unmatched.is_empty(), "no recording for {unmatched:#?}");
    }
}

fn matches(recording: &Recording, request: &Request) -> bool {
    let recorded = &recording.request;
    let own = |name: &str| {
        let item = recording.response.json.as_ref();
        let pointer = if name == "appNamespace" { "/metadata/namespace" } else { "/spec/project" };
        item.and_then(|item| item.pointer(pointer)).and_then(Value::as_str).map(str::to_owned)
    };
    let compared = |pairs: &[(String, String)]| {
        let mut pairs: Vec<(String, String)> = pairs
            .iter()
            .filter(|(name, value)| {
                name != "fields" && !(value.is_empty() && matches!(name.as_str(), "version" | "group"))
            })
            .filter(|(name, value)| {
                !(matches!(name.as_str(), "appNamespace" | "project") && own(name).as_ref() == Some(value))
            })
            .cloned()
            .collect();
        pairs.sort();
        pairs
    };
    let identity = recorded.identity == request.token();
    identity
        && recorded.method == request.method
        && recorded.path == request.path()
        && compared(&recorded.query) == compared(&request.query())
}

fn replay(recording: &Recording, request: &Request, release: &str) -> Vec<Step> {
    let response = &recording.response;
    let status = response.status.expect("a recording without an answer");
    let content_type = response.headers.get("content-type").map_or("application/json", String::as_str);
    let fields = request.query().into_iter().find(|(name, _)| name == "fields").map(|(_, fields)| fields);
    let recorded_fields = recording.request.query.iter().any(|(name, _)| name == "fields");
    match (&response.json, fields) {
        (Some(list), Some(fields)) if status == 200 && !recorded_fields && request.path() == "/api/v1/applications" => {
            let (status, body) = project_list(list, &fields, release);
            http::json(status, &body)
        }
        (Some(json), _) => http::json(status, json),
        (None, _) => http::answer(status, content_type, response.text.clone().unwrap_or_default().as_bytes()),
    }
}

/// Paths an application list can be projected to, and what stands there when the application has nothing: `Some(null)`
/// for what is a nil pointer, map or list in Go, `None` where the key is left out.
const LISTED: &[(&str, &str, Option<&str>)] = &[
    ("2.0", "metadata.annotations", Some("null")),
    ("2.0", "metadata.creationTimestamp", Some("null")),
    ("2.0", "metadata.deletionTimestamp", Some("null")),
    ("2.0", "metadata.labels", Some("null")),
    ("2.0", "metadata.name", Some("\"\"")),
    ("2.0", "metadata.namespace", Some("\"\"")),
    ("2.0", "operation.sync", None),
    ("2.0", "spec", Some("{}")),
    ("3.5", "spec.destination", Some("{}")),
    ("3.5", "spec.project", Some("\"\"")),
    ("3.5", "spec.source", Some("null")),
    ("3.5", "spec.sourceHydrator", Some("null")),
    ("3.5", "spec.sources", Some("null")),
    ("3.5", "spec.syncPolicy", Some("null")),
    ("2.0", "status.health", Some("{}")),
    ("2.0", "status.operationState.finishedAt", None),
    ("2.0", "status.operationState.phase", None),
    ("2.0", "status.operationState.startedAt", None),
    ("2.0", "status.resources", None),
    ("3.2", "status.sourceHydrator", Some("{}")),
    ("2.0", "status.summary", Some("{}")),
    ("3.5", "status.sync.revision", Some("\"\"")),
    ("2.0", "status.sync.status", Some("\"\"")),
];

/// `fields` on the application list, as a server of that release applies it.
pub fn project_list(list: &Value, fields: &str, release: &str) -> (u16, Value) {
    let known = |since: &str| {
        let number = |text: &str| -> Vec<u32> {
            text.trim_start_matches('v').split('.').map(|part| part.parse().unwrap()).collect()
        };
        number(since) <= number(release)
    };
    let exclude = fields.starts_with('-');
    let named: Vec<&str> =
        fields.trim_start_matches('-').split(',').filter_map(|field| field.strip_prefix("items.")).collect();
    let chosen: Vec<_> =
        LISTED.iter().filter(|(since, path, _)| known(since) && named.contains(path) != exclude).collect();
    let overlaps = chosen.iter().any(|(_, path, _)| *path == "spec")
        && chosen.iter().any(|(_, path, _)| path.starts_with("spec."));
    if overlaps {
        return (500, json!({ "error": "failed to marshal error message" }));
    }
    let project = |item: &Value| {
        let mut projected = json!({});
        for (_, path, nothing) in &chosen {
            let pointer = format!("/{}", path.replace('.', "/"));
            let missing = || {
                if path.starts_with("status.operationState") && item.pointer("/status/operationState").is_none() {
                    None
                } else {
                    *nothing
                }
            };
            let value =
                item.pointer(&pointer).cloned().or_else(|| missing().map(|text| serde_json::from_str(text).unwrap()));
            if let Some(value) = value {
                let mut at = &mut projected;
                for key in path.split('.') {
                    at = at.as_object_mut().unwrap().entry(key).or_insert_with(|| json!({}));
                }
                *at = value;
            }
        }
        projected
    };
    let items: Vec<Value> = list["items"].as_array().into_iter().flatten().map(project).collect();
    let items = if items.is_empty() { Value::Null } else { Value::Array(items) };
    (200, json!({ "items": items, "metadata": list["metadata"] }))
}
