//! A stand-in for Argo CD whose answers take as long as a test wants.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use crate::http::{self, Request, Server, Step};

/// Answers `/api/version` and lists one application.
pub fn quick() -> Server {
    Server::start(answer)
}

/// Lists applications of some hundred kilobytes.
pub fn large() -> Server {
    Server::start(|request| {
        if request.path() == "/api/version" {
            return answer(request);
        }
        let info: Vec<_> =
            (0..80).map(|number| json!({ "name": number.to_string(), "value": "plain words ".repeat(6) })).collect();
        let item = |number: usize| json!({ "metadata": { "name": format!("app-{number}") }, "spec": { "project": "default", "info": info } });
        http::json(200, &json!({ "metadata": {}, "items": (0..50).map(item).collect::<Vec<_>>() }))
    })
}

/// Never answers a list.
pub fn hanging() -> Server {
    Server::start(|request| if request.path() == "/api/version" { answer(request) } else { vec![Step::Hang] })
}

/// Lists that were asked for so far.
pub fn lists(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.path() != "/api/version").count()
}

fn answer(request: &Request) -> Vec<Step> {
    if request.path() == "/api/version" {
        return http::json(200, &json!({ "Version": "v3.5.1" }));
    }
    let token = request.token();
    let item = json!({ "metadata": { "name": format!("app-of-{token}"), "namespace": "argocd" }, "spec": { "project": "default" } });
    http::json(200, &json!({ "metadata": {}, "items": [item] }))
}

/// Answers lists when the test opens the gate.
pub struct Gated {
    pub server: Server,
    gate: Arc<(Mutex<bool>, Condvar)>,
    arrived: Arc<AtomicUsize>,
}

impl Gated {
    pub fn start() -> Self {
        let gate: Arc<(Mutex<bool>, Condvar)> = Arc::default();
        let arrived: Arc<AtomicUsize> = Arc::default();
        let (waits, counts) = (Arc::clone(&gate), Arc::clone(&arrived));
        let server = Server::start(move |request| {
            if request.path() != "/api/version" {
                counts.fetch_add(1, Ordering::SeqCst);
                let (open, changed) = &*waits;
                let patience = Duration::from_secs(60);
                drop(changed.wait_timeout_while(open.lock().unwrap(), patience, |open| !*open).unwrap());
            }
            answer(request)
        });
        Self { server, gate, arrived }
    }

    pub fn open(&self) {
        *self.gate.0.lock().unwrap() = true;
        self.gate.1.notify_all();
    }

    /// Requests that came so far.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }
}
