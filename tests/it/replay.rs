//! Replays recorded exchanges: a test names those it needs, and any other request fails it.
//!
//! Matches method, raw path, identity and query as a set. Not compared: `fields` (applied to the unprojected recording
//! as the server does), an empty `group`, the value of `version` (an empty one is the tree's; absent, the server fails),
//! and the application's own `appNamespace` and `project`. `podName` is short for `kind=Pod` and `resourceName`,
//! `infos` of a sync,
//! `follow=false` is what a server does without `follow`, and anybody may ask for the version. Of an application's sync
//! windows nobody has to name a recording: those that have none answer as `checkout` does. Nor of the rights of the
//! account `nobody`, which has none.

mod projection;

use std::sync::{Arc, Mutex};

use serde_json::Value;

pub use projection::{project_list, project_paths};

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

    /// Everything that was recorded of a release; here bodies must agree as well.
    pub fn all(release: &str) -> Self {
        Self::start(release, recordings::all(release), true)
    }

    pub fn new(release: &str, recordings: Vec<Recording>) -> Self {
        Self::start(release, recordings, false)
    }

    fn start(release: &str, recordings: Vec<Recording>, bodies: bool) -> Self {
        let unmatched: Arc<Mutex<Vec<String>>> = Arc::default();
        let (misses, release) = (Arc::clone(&unmatched), release.to_owned());
        let server = Server::start(move |request| match find(&recordings, request, bodies) {
            Some(recording) => replay(recording, request, &release),
            None if request.path().ends_with("/syncwindows") => replay(&windows(request, &release), request, &release),
            None if request.token() == "nobody" && request.path().starts_with("/api/v1/account/can-i/") => {
                http::json(200, &serde_json::json!({ "value": "no" }))
            }
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

/// The sync windows of an application: those that were recorded, or none.
fn windows(request: &Request, release: &str) -> Recording {
    let frozen = request.path().contains("/frozen/");
    recordings::load(&format!("{release}/sync-windows.{}", if frozen { "frozen" } else { "checkout" }))
}

/// A recording with the very same `fields` is better than one without any, and that than one with others.
fn find<'a>(recordings: &'a [Recording], request: &Request, bodies: bool) -> Option<&'a Recording> {
    let asked = fields(&request.query());
    let found: Vec<&Recording> = recordings.iter().filter(|recording| matches(recording, request, bodies)).collect();
    let same = found.iter().find(|recording| fields(&recording.request.query) == asked);
    let whole = found.iter().find(|recording| fields(&recording.request.query).is_none());
    same.or(whole).or(found.first()).copied()
}

fn fields(query: &[(String, String)]) -> Option<String> {
    query.iter().find(|(name, _)| name == "fields").map(|(_, fields)| fields.clone())
}

fn matches(recording: &Recording, request: &Request, bodies: bool) -> bool {
    let recorded = &recording.request;
    let own = |name: &str| {
        let item = recording.response.json.as_ref();
        let pointer = if name == "appNamespace" { "/metadata/namespace" } else { "/spec/project" };
        item.and_then(|item| item.pointer(pointer)).and_then(Value::as_str).map(str::to_owned)
    };
    let compared = |pairs: &[(String, String)]| {
        let said = |(name, value): &(String, String)| match name.as_str() {
            "fields" => false,
            "group" => !value.is_empty(),
            "follow" => value != "false",
            "appNamespace" | "project" => own(name).as_ref() != Some(value),
            _ => true,
        };
        let mut pairs: Vec<(String, String)> = pairs.iter().filter(|pair| said(pair)).cloned().collect();
        if let Some(pod) = pairs.iter().position(|(name, _)| name == "podName") {
            pairs[pod].0 = "resourceName".into();
            pairs.push(("kind".into(), "Pod".into()));
        }
        for (_, value) in pairs.iter_mut().filter(|(name, _)| name == "version") {
            value.clear();
        }
        pairs.sort();
        pairs
    };
    let identity = recorded.identity == request.token() || request.path() == "/api/version";
    let body = recorded.body.as_ref().filter(|_| bodies).is_none_or(|body| {
        serde_json::from_str(&request.body).ok().map(without_infos) == Some(without_infos(body.clone()))
    });
    identity
        && body
        && recorded.method == request.method
        && recorded.path == request.path()
        && compared(&recorded.query) == compared(&request.query())
}

/// `infos` of a sync are kept with the operation and change nothing.
fn without_infos(mut body: Value) -> Value {
    body.as_object_mut().into_iter().for_each(|body| drop(body.remove("infos")));
    body
}

fn replay(recording: &Recording, request: &Request, release: &str) -> Vec<Step> {
    let response = &recording.response;
    let status = response.status.expect("a recording without an answer");
    let content_type = response.headers.get("content-type").map_or("application/json", String::as_str);
    let recorded = fields(&recording.request.query).is_some();
    // What a stream refuses is projected, too.
    let streamed = response.json.as_ref().is_some_and(|body| body.pointer("/error/grpc_code").is_some());
    let fields = fields(&request.query()).filter(|_| (status == 200 || streamed) && !recorded);
    let path = request.path();
    let projects = ["/managed-resources", "/logs", "/projects"].iter().any(|end| path.ends_with(end));
    match (&response.json, &response.text, fields) {
        (Some(list), _, Some(fields)) if path == "/api/v1/applications" => {
            let (status, body) = project_list(list, &fields, release);
            http::json(status, &body)
        }
        (Some(json), _, Some(fields)) if projects => http::json(status, &project_paths(json, &fields)),
        (None, Some(lines), Some(fields)) if projects => {
            let line = |line: &str| format!("{}\n", project_paths(&serde_json::from_str(line).unwrap(), &fields));
            http::answer(status, content_type, lines.lines().map(line).collect::<String>().as_bytes())
        }
        (Some(json), _, _) => http::json(status, json),
        (None, text, _) => http::answer(status, content_type, text.clone().unwrap_or_default().as_bytes()),
    }
}
