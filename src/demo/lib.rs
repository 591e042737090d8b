//! An Argo CD inside this process, for people without a cluster: a small shop, told by `story.json`, that moves.
//!
//! It takes one token, made anew for every process, and is served on 127.0.0.1 at a port of the system's choice.
//! What is served is computed: the story is a list of commits, deployments and mishaps, and everything else follows
//! from it and from the clock. What it does not have answers 501 and says that this is the demo.

#[macro_use]
mod json;

mod actions;
mod application;
mod apply;
mod auto;
mod check;
mod cluster;
pub mod conversation;
mod events;
mod fields;
mod git;
mod logs;
mod names;
mod operation;
mod ordered;
mod patch;
mod platform;
mod pods;
mod reads;
mod request;
mod resources;
mod routes;
mod show;
mod story;
mod stream;
mod tree;
mod world;
mod writes;

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderValue, Method, Response, StatusCode,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use request::{Query, Refusal};
use stream::Feed;
use world::World;

/// Longest body that is read.
const MAX_BODY: usize = 16 << 20;

/// A demo, for whoever listens.
pub struct Demo {
    /// The one token it takes.
    pub token: SecretString,
    world: Arc<Mutex<World>>,
    authorization: SecretString,
}

/// What every token of Argo CD begins with: it is a JWT, here of the account `demo`. Nobody checks a signature.
const TOKEN: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJkZW1vOmFwaUtleSJ9";

/// Tells the story up to now.
///
/// # Errors
/// There is no randomness for the token.
pub fn new() -> io::Result<Demo> {
    let mut random = [0; 24];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut random)
        .map_err(|_| io::Error::other("there is no randomness for its token"))?;
    let token = SecretString::from(format!("{TOKEN}.{}", random.map(|byte| format!("{byte:02x}")).concat()));
    let authorization = SecretString::from(format!("Bearer {}", token.expose_secret()));
    Ok(Demo { token, world: Arc::new(Mutex::new(World::new(names::clock()))), authorization })
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demo").field("token", &self.token).finish_non_exhaustive()
    }
}

impl Demo {
    /// Answers a request, as the server it plays would.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let (head, body) = request.into_parts();
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let json = header(CONTENT_TYPE).eq_ignore_ascii_case("application/json");
        if head.method != Method::GET && !json {
            return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Invalid content type\n");
        }
        let known = header(AUTHORIZATION) == self.authorization.expose_secret();
        let Some(path) = routes::segments(head.uri.path()) else { return plain(StatusCode::NOT_FOUND, "Not Found\n") };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if path == ["api", "version"] {
            return unary(&Ok(platform::version(known)));
        }
        if path == ["api", "v1", "session", "userinfo"] && head.method == Method::GET && !known {
            return unary(&Ok(json!({})));
        }
        if routes::is_read_only(&path) && head.method != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
        }
        let query = Query::read(head.uri.query().unwrap_or_default());
        if let Some(of) = stream::of(&path).filter(|_| head.method == Method::GET) {
            let sse = header(ACCEPT) == "text/event-stream";
            let feed = match Feed::new(Arc::clone(&self.world), of, query, sse) {
                Ok(feed) if known => feed.open().await,
                Ok(_) => Err(Refusal::no_session()),
                Err(refusal) => return unary(&Err(refusal)),
            };
            return match feed {
                Ok(feed) => answer(200, if sse { "text/event-stream" } else { "application/json" }, feed.body()),
                Err(refusal) => answer(refusal.status(), "application/json", refusal.stream_body().to_string().into()),
            };
        }
        let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
        let body = String::from_utf8_lossy(&body);
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(names::clock());
        let found = if known {
            routes::answer(&mut world, head.method.as_str(), &path, &query, &body)
        } else {
            Some(Err(Refusal::no_session()))
        };
        match found {
            Some(result) => unary(&result),
            None => plain(StatusCode::NOT_FOUND, "Not Found\n"),
        }
    }
}

fn unary(result: &Result<Value, Refusal>) -> Response<Body> {
    match result {
        Ok(value) => answer(200, "application/json", value.to_string().into()),
        Err(refusal) => answer(refusal.status(), "application/json", refusal.body().to_string().into()),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    answer(status.as_u16(), "text/plain; charset=utf-8", text.into())
}

fn answer(status: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if status == 200 {
        response.headers_mut().insert("grpc-metadata-content-type", HeaderValue::from_static("application/grpc"));
    }
    response
}
