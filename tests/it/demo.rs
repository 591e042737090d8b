//! The demo: an Argo CD inside the process, held against the recordings of a real one.

mod answers;
mod conversation;
mod deletions;
mod honesty;
mod moves;
mod refusals;
mod shapes;
mod streams;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use argocd_mcp::{cli::demo::router, transport::http::connection::listener::Listener};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Longer than anything in the story takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A demo of a test's own, and a client of it that knows no more than HTTP.
pub struct Fixture {
    runtime: tokio::runtime::Runtime,
    pub base_url: String,
    token: SecretString,
    http: reqwest::Client,
}

/// Status, content type and body.
pub type Answered = (u16, String, String);

impl Fixture {
    pub fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let demo = Arc::new(argocd_mcp::demo::new().unwrap());
        let token = demo.token.clone();
        let context = runtime.enter();
        let listener =
            Listener::bind(([127, 0, 0, 1], 0).into(), router(demo), None, PATIENCE, &Arc::default()).unwrap();
        let base_url = format!("http://{}", listener.address().unwrap());
        listener.spawn(Default::default(), Default::default());
        drop(context);
        let http = reqwest::Client::builder().build().unwrap();
        Self { runtime, base_url, token, http }
    }

    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }

    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A request with the right token and, where there is a body, the right type.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.base_url);
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(self.token());
        if method == "GET" { request } else { request.header("content-type", "application/json") }
    }

    pub fn answered(&self, request: reqwest::RequestBuilder) -> Answered {
        self.block_on(async {
            let response = request.send().await.unwrap();
            let header = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
            (response.status().as_u16(), header.unwrap_or_default(), response.text().await.unwrap())
        })
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.body(body.to_string()),
            None => request,
        };
        let (status, _, body) = self.answered(request);
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub fn application(&self, name: &str) -> Value {
        self.get(&format!("/api/v1/applications/{name}"))
    }

    /// Names, namespaces and projects of all applications.
    pub fn applications(&self) -> Vec<(String, String)> {
        let list = self.get("/api/v1/applications");
        let text = |item: &Value, pointer: &str| item.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| (text(item, "/metadata/name"), text(item, "/metadata/namespace"))).collect()
    }

    /// Asks until an application is as wished, and answers how it is then.
    pub fn wait(&self, name: &str, wished: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let application = self.application(name);
            if wished(&application) {
                return application;
            }
            assert!(Instant::now() < end, "{name} does not become as wished: {application:#}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub fn wait_for(&self, name: &str, sync: &str, health: &str) -> Value {
        self.wait(name, |app| {
            app["operation"].is_null()
                && app["status"]["sync"]["status"] == sync
                && app["status"]["health"]["status"] == health
        })
    }

    /// Waits until an event of an application says something: what passes quickly may be over before it is asked for.
    pub fn wait_for_event(&self, name: &str, said: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.get(&format!("/api/v1/applications/{name}/events")).to_string().contains(said) {
            assert!(Instant::now() < end, "{name}: no event says {said}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub fn sync(&self, name: &str, body: &Value) -> Value {
        let (status, answer) = self.send("POST", &format!("/api/v1/applications/{name}/sync"), Some(body));
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Waits until no operation goes on, and answers the state of the last one.
    pub fn finished(&self, name: &str) -> Value {
        let done =
            |app: &Value| app["operation"].is_null() && app["status"]["operationState"]["finishedAt"].is_string();
        self.wait(name, done)["status"]["operationState"].clone()
    }
}

/// Runs checks that mostly wait, all at the same time; tells the names of those that fail.
pub fn at_once(checks: &[(&str, fn())]) {
    std::thread::scope(|scope| {
        let run = |(name, check): &(&str, fn())| {
            let thread = std::thread::Builder::new().name((*name).to_owned());
            (name.to_string(), thread.spawn_scoped(scope, *check).unwrap())
        };
        let running: Vec<_> = checks.iter().map(run).collect();
        let failed: Vec<String> =
            running.into_iter().filter_map(|(name, check)| check.join().err().map(|_| name)).collect();
        assert!(failed.is_empty(), "{failed:?}");
    });
}

/// A resource of a result of a sync, by kind and name.
pub fn result<'a>(state: &'a Value, kind: &str, name: &str) -> &'a Value {
    let resources = state["syncResult"]["resources"].as_array().unwrap();
    resources.iter().find(|one| one["kind"] == kind && one["name"] == name).unwrap_or_else(|| panic!("{state:#}"))
}

/// An application of somebody's own, from a path the story has.
pub fn own_application(name: &str) -> Value {
    json!({
        "metadata": { "name": name, "namespace": "argocd", "labels": { "team": "mine" }, "finalizers": ["resources-finalizer.argocd.argoproj.io"] },
        "spec": {
            "project": "default",
            "source": { "repoURL": "https://git.shop.example/shop/deploy.git", "path": "apps/cart", "targetRevision": "main" },
            "destination": { "server": "https://kubernetes.default.svc", "namespace": name },
            "syncPolicy": { "syncOptions": ["CreateNamespace=true"] },
        },
    })
}
