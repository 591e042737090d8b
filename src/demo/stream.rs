//! Streams: watches of applications and of a resource tree, and logs; as lines of JSON or as server-sent events.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::stream;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    fields,
    gather::Gather,
    logs::{self, Wish},
    names::{Millis, clock},
    ordered::Ordered,
    reads,
    request::{Query, Refusal},
    tree,
    world::World,
};

/// How often a stream looks for something new.
const LOOK: Duration = Duration::from_millis(100);
/// How often a server-sent stream shows that it lives.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What a stream is of.
pub(super) enum Of {
    Applications,
    /// An application's tree.
    Tree(String),
    /// An application's logs.
    Logs(String),
}

/// The stream a path is of.
pub(super) fn of(shape: &str, path: &[String]) -> Option<Of> {
    let name = |index: usize| path.get(index).cloned().unwrap_or_default();
    match shape {
        "stream/applications" => Some(Of::Applications),
        "stream/applications/*/resource-tree" => Some(Of::Tree(name(4))),
        "applications/*/logs" | "applications/*/pods/*/logs" => Some(Of::Logs(name(3))),
        _ => None,
    }
}

/// An open stream.
pub(super) struct Feed {
    world: Arc<Mutex<World>>,
    of: Of,
    query: Query,
    sse: bool,
    begun: bool,
    /// What was sent of each application, as it was sent and whole; of a tree under the empty name.
    sent: Ordered<String, (String, Value)>,
    /// Up to when logs were sent.
    said: Option<Millis>,
    wish: Option<Wish>,
    ended: bool,
    waiting: VecDeque<Bytes>,
    alive: Instant,
}

impl Feed {
    /// A stream that has sent nothing yet.
    ///
    /// # Errors
    /// Parameters that cannot be read; they are refused before there is a stream.
    pub(super) fn new(world: Arc<Mutex<World>>, of: Of, query: Query, sse: bool) -> Result<Self, Refusal> {
        let wish = if matches!(of, Of::Logs(_)) { Some(Wish::read(&query)?) } else { None };
        Ok(Self {
            world,
            of,
            query,
            sse,
            wish,
            begun: false,
            sent: Ordered::new(),
            said: None,
            ended: false,
            waiting: VecDeque::new(),
            alive: Instant::now(),
        })
    }

    /// Waits for the first thing to send. Like a server, it says nothing before, not even a header.
    ///
    /// # Errors
    /// What is refused before anything is sent.
    pub(super) async fn open(mut self) -> Result<Self, Refusal> {
        loop {
            self.look()?;
            if !self.waiting.is_empty() || self.ended {
                self.alive = Instant::now();
                return Ok(self);
            }
            sleep(LOOK).await;
        }
    }

    pub(super) fn content_type(&self) -> &'static str {
        if self.sse { "text/event-stream" } else { super::JSON }
    }

    /// The body of the answer.
    pub(super) fn body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut feed| async move {
            loop {
                if let Some(bytes) = feed.waiting.pop_front() {
                    return Some((Ok::<_, std::convert::Infallible>(bytes), feed));
                }
                if feed.ended {
                    return None;
                }
                if feed.sse && feed.alive.elapsed() >= KEEPALIVE {
                    feed.alive += KEEPALIVE;
                    feed.waiting.push_back(Bytes::from_static(b":\n"));
                    continue;
                }
                sleep(LOOK).await;
                if let Err(refusal) = feed.look() {
                    feed.send(&refusal.stream_body());
                    feed.ended = true;
                }
            }
        }))
    }

    fn write(&mut self, message: &Value) {
        let text = if self.sse { format!("data: {message} \n\n\n") } else { format!("{message}\n") };
        self.waiting.push_back(text.into());
    }

    fn send(&mut self, message: &Value) {
        match self.query.get("fields").filter(|fields| !fields.is_empty()).map(str::to_owned) {
            Some(fields) => self.write(&fields::project(message, &fields)),
            None => self.write(message),
        }
    }

    fn look(&mut self) -> Result<(), Refusal> {
        let world = Arc::clone(&self.world);
        let mut world = world.lock();
        world.advance(clock());
        match &self.of {
            Of::Applications => self.applications(&mut world),
            Of::Tree(name) => {
                let name = name.clone();
                self.tree(&world, &name)
            }
            Of::Logs(name) => {
                let name = name.clone();
                self.logs(&world, &name)
            }
        }
    }

    /// Applications that came, changed or went. What does not change in what is asked for is not sent again.
    fn applications(&mut self, world: &mut World) -> Result<(), Refusal> {
        let known = self.query.get("resourceVersion").is_some_and(|version| !version.is_empty());
        let quiet = !self.begun && known && self.query.get("name").is_none_or(str::is_empty);
        self.begun = true;
        let mut there = vec![];
        for index in 0..world.apps.len() {
            let Some(app) = world.apps.get(index) else { break };
            let key = format!("{}/{}", app.namespace(), app.name());
            there.push(key.clone());
            if !reads::listed(app, &self.query, true)? {
                continue;
            }
            let mut shown = world.show(app, false);
            // What goes on by itself has no version yet; each message has its own.
            let version = |shown: &Value| shown.pointer("/metadata/resourceVersion").cloned();
            if self.sent.get(&key).is_some_and(|(_, last)| *last != shown && version(last) == version(&shown)) {
                world.touch(index, |_| ());
                shown = world.apps.get(index).map(|app| world.show(app, false)).unwrap_or_default();
            }
            let kind = if self.sent.contains_key(&key) { "MODIFIED" } else { "ADDED" };
            let told = self.told(&shown);
            let same = self.sent.get(&key).is_some_and(|(before, _)| *before == told);
            if !same && !quiet {
                self.send(&json!({ "result": { "type": kind, "application": shown } }));
            }
            self.sent.insert(key, (told, shown));
        }
        let gone: Vec<String> = self.sent.keys().filter(|key| !there.contains(key)).cloned().gather();
        for key in gone {
            if let Some((_, mut last)) = self.sent.remove(&key) {
                super::json::set(&mut last, "/metadata/resourceVersion", &world.next_version().to_string());
                self.send(&json!({ "result": { "type": "DELETED", "application": last } }));
            }
        }
        Ok(())
    }

    /// An application as a watcher sees it, for comparison.
    fn told(&self, shown: &Value) -> String {
        match self.query.get("fields").filter(|fields| !fields.is_empty()) {
            Some(fields) => fields::project(&json!({ "result": { "application": shown } }), fields).to_string(),
            None => shown.to_string(),
        }
    }

    /// The tree whenever it changed; not the one there is at first.
    fn tree(&mut self, world: &World, name: &str) -> Result<(), Refusal> {
        let app = match reads::app(world, name, &self.query) {
            Ok(app) => app,
            Err(_) if self.begun => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let now = tree::tree(world, app);
        let text = now.to_string();
        let same = self.sent.get("").is_some_and(|(before, _)| *before == text);
        if self.begun && !same {
            self.send(&json!({ "result": now }));
        }
        self.begun = true;
        self.sent.insert(String::new(), (text, now));
        Ok(())
    }

    fn logs(&mut self, world: &World, name: &str) -> Result<(), Refusal> {
        let app = reads::app(world, name, &self.query)?;
        let Some(wish) = self.wish.take() else { return Ok(()) };
        let pods = logs::pods_of(world, app, &self.query);
        let complaints = if self.begun { vec![] } else { logs::complaint(&pods, &wish) };
        let refused = wish.unknown_container();
        let lines = if refused { vec![] } else { logs::lines(world, &pods, &wish, self.said)? };
        let first = !std::mem::replace(&mut self.begun, true);
        self.said = Some(world.now);
        for entry in complaints.into_iter().chain(lines.iter().map(logs::entry)) {
            self.send(&json!({ "result": entry }));
        }
        if !wish.follow || refused {
            if first && !pods.is_empty() {
                self.send(&json!({ "result": logs::last(world.now) }));
            }
            self.ended = true;
        }
        self.wish = Some(wish);
        Ok(())
    }
}
