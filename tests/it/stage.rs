//! A stand-in whose state a write changes: one application and one resource, taken from recordings.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::{
    http::{self, Request, Server, Step},
    recordings,
};

/// An Argo CD that has the recorded application `scratch` and the Deployment of `checkout`.
pub struct Stage {
    pub server: Server,
    pub state: Arc<Mutex<State>>,
}

pub struct State {
    pub application: Value,
    pub deployment: Value,
    /// An action sets its replicas to 5, instead of restarting it.
    pub scales: bool,
}

impl Stage {
    pub fn start(release: &str) -> Self {
        let recorded = |name: &str| recordings::load(&format!("v3.5.1/{name}")).response.json.unwrap();
        let manifest = recorded("resource.get.deployment")["manifest"].as_str().unwrap().to_owned();
        let state = State {
            application: recorded("applications.get.after-sync"),
            deployment: serde_json::from_str(&manifest).unwrap(),
            scales: false,
        };
        let state = Arc::new(Mutex::new(state));
        let (shared, release) = (Arc::clone(&state), release.to_owned());
        let server = Server::start(move |request| answer(request, &mut shared.lock().unwrap(), &release));
        Self { server, state }
    }

    /// Requests without the ones that only ask, as `line body`.
    pub fn writes(&self) -> Vec<String> {
        let writes = self.server.requests().into_iter().filter(|request| request.method != "GET");
        writes.map(|request| format!("{} {}", request.line(), request.body)).collect()
    }
}

fn answer(request: &Request, state: &mut State, release: &str) -> Vec<Step> {
    let path = request.path();
    match (request.method.as_str(), path.rsplit('/').next().unwrap()) {
        ("GET", "version") => http::json(200, &json!({ "Version": release })),
        ("GET", "actions") => {
            let name = format!("{release}/resource-actions.list.deployment");
            http::json(200, &recordings::load(&name).response.json.unwrap())
        }
        ("GET", "resource") => http::json(200, &json!({ "manifest": state.deployment.to_string() })),
        ("POST", "v2" | "actions") if state.scales => {
            state.deployment["spec"]["replicas"] = json!(5);
            http::json(200, &json!({}))
        }
        ("POST", "v2" | "actions") => {
            let annotations = &mut state.deployment["spec"]["template"]["metadata"]["annotations"];
            annotations["kubectl.kubernetes.io/restartedAt"] = json!("2026-11-22T22:00:00Z");
            http::json(200, &json!({}))
        }
        ("POST", "applications" | "sync") => {
            let synced = recordings::load("v3.5.1/applications.sync").response.json.unwrap();
            http::json(200, &synced)
        }
        ("GET", _) => http::json(200, &state.application),
        ("PUT", _) => {
            let sent: Value = serde_json::from_str(&request.body).unwrap();
            state.application["spec"] = sent["spec"].clone();
            for key in ["labels", "annotations", "finalizers"] {
                state.application["metadata"][key] = sent["metadata"][key].clone();
            }
            state.application["metadata"]["resourceVersion"] = json!("99999");
            http::json(200, &state.application)
        }
        ("DELETE", _) => {
            if request.query().contains(&("cascade".into(), "false".into())) {
                let finalizers = state.application["metadata"]["finalizers"].as_array_mut();
                finalizers.into_iter().for_each(|finalizers| {
                    finalizers
                        .retain(|one| !one.as_str().unwrap().starts_with("resources-finalizer.argocd.argoproj.io"));
                });
            }
            state.application["metadata"]["deletionTimestamp"] = json!("2026-11-22T22:00:00Z");
            http::json(200, &json!({}))
        }
        _ => recorded(request),
    }
}

/// What a tool that is nothing but a row is answered: the recording of its example.
fn recorded(request: &Request) -> Vec<Step> {
    let fits = |recording: &recordings::Recording| {
        recording.request.method == request.method && recording.request.path == request.path()
    };
    let answer = recordings::all("v3.5.1").into_iter().find(|it| fits(it) && it.response.status == Some(200));
    match answer.and_then(|recording| recording.response.json) {
        Some(json) => http::json(200, &json),
        None => {
            let said = format!("no recording in tests/recordings/v3.5.1 of {} {}", request.method, request.path());
            http::answer(599, "text/plain", said.as_bytes())
        }
    }
}
