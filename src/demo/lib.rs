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
mod deletion;
mod events;
mod fields;
mod gather;
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

use std::{borrow::Cow, fmt, io, pin::Pin, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
        request::Parts,
    },
};
use futures_util::StreamExt;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use request::{Query, Refusal};
use stream::Feed;
use world::World;

/// Longest body that is read.
const MAX_BODY: usize = 16 << 20;
const JSON: &str = "application/json";

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
    let token = SecretString::from(format!("{TOKEN}.{}", names::digits(&random)));
    let authorization = SecretString::from(format!("Bearer {}", token.expose_secret()));
    Ok(Demo { token, world: Arc::new(Mutex::new(World::new(names::clock()))), authorization })
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demo").field("token", &self.token).finish_non_exhaustive()
    }
}

/// Status, content type, body.
pub type Answered = (u16, &'static str, Body);

/// An answer that is not a stream: status, content type, body.
type Whole = (u16, &'static str, Cow<'static, str>);

impl Demo {
    /// Answers a request, as the server it plays would: status, content type, body. Boxed, so that its code is made
    /// here and small.
    pub fn answer(self: Arc<Self>, request: Request) -> Pin<Box<dyn Future<Output = Answered> + Send>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = read(body).await;
            let opened = match self.find(&head, &body) {
                Ok(feed) => feed.open().await.map_err(|refusal| streamed(&refusal, &head)),
                Err(whole) => Err(whole),
            };
            match opened {
                Ok(feed) => (200, feed.content_type(), feed.body()),
                Err((status, content_type, body)) => (status, content_type, body.into()),
            }
        })
    }

    /// A stream, or an answer that is none.
    fn find(&self, head: &Parts, body: &[u8]) -> Result<Feed, Whole> {
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let method = head.method.as_str();
        let reads = method == "GET";
        if !reads && !header(CONTENT_TYPE).eq_ignore_ascii_case(JSON) {
            return Err(plain(415, "Invalid content type\n"));
        }
        let known = header(AUTHORIZATION) == self.authorization.expose_secret();
        let path = routes::segments(head.uri.path()).ok_or_else(not_found)?;
        let shape = routes::shape(&path);
        if shape == "api/version" {
            return Err(unary(&Ok(platform::version(known))));
        }
        let shape = shape.strip_prefix("api/v1/").ok_or_else(not_found)?;
        if shape == "session/userinfo" && reads && !known {
            return Err(unary(&Ok(json!({}))));
        }
        if routes::is_read_only(shape) && !reads {
            return Err(plain(405, "Method Not Allowed\n"));
        }
        let query = Query::read(head.uri.query().unwrap_or_default());
        if let Some(of) = stream::of(shape, &path).filter(|_| reads) {
            let sse = header(ACCEPT) == "text/event-stream";
            let feed = Feed::new(Arc::clone(&self.world), of, query, sse).map_err(|refusal| unary(&Err(refusal)))?;
            return if known { Ok(feed) } else { Err(streamed(&Refusal::no_session(), head)) };
        }
        let mut world = self.world.lock();
        world.advance(names::clock());
        let found = if known {
            routes::answer(&mut world, method, shape, &path, &query, &String::from_utf8_lossy(body))
        } else {
            Some(Err(Refusal::no_session()))
        };
        Err(found.map_or_else(not_found, |result| unary(&result)))
    }
}

/// A body; nothing of one that is too long or breaks off.
async fn read(body: Body) -> Vec<u8> {
    let mut chunks = body.into_data_stream();
    let mut all = vec![];
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) if all.len() + chunk.len() <= MAX_BODY => all.extend_from_slice(&chunk),
            _ => return vec![],
        }
    }
    all
}

fn unary(result: &Result<Value, Refusal>) -> Whole {
    match result {
        Ok(value) => (200, JSON, value.to_string().into()),
        Err(refusal) => (refusal.status(), JSON, refusal.body().to_string().into()),
    }
}

/// A refusal of a stream that has not begun; of it, too, `fields` leaves what it names.
fn streamed(refusal: &Refusal, head: &Parts) -> Whole {
    let query = Query::read(head.uri.query().unwrap_or_default());
    let body = match query.get("fields").filter(|fields| !fields.is_empty()) {
        Some(fields) => fields::project(&refusal.stream_body(), fields),
        None => refusal.stream_body(),
    };
    (refusal.status(), JSON, body.to_string().into())
}

fn not_found() -> Whole {
    plain(404, "Not Found\n")
}

fn plain(status: u16, text: &'static str) -> Whole {
    (status, "text/plain; charset=utf-8", text.into())
}
