//! Idle connections: no request has come, the request is incomplete, or the client does not read the answer. The bytes
//! they hold are limited, once for known clients (which have shown who they are) and once for strangers. Streams of GET
//! are listed too; they have no limit, but are closed when file descriptors run out and no idle connection is left.

use std::{sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use super::bytes_held::BytesHeld;

/// How many bytes one list of idle connections may hold, that of strangers or that of known clients.
const MOST: usize = 32 << 20;
/// How long a connection must have been idle before it may be closed to free a descriptor.
const LEAST: Duration = Duration::from_millis(500);
/// The reason that metrics give for closed connections.
const REASON: &str = "connections";
/// The reason that metrics give for closed streams.
const STREAMS: &str = "streams";

/// The client's end of a connection. A clone travels with each request.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    sent_away: CancellationToken,
    /// The caller that the connection counts for; empty while the client has not shown who it is.
    whose: Arc<Mutex<Arc<str>>>,
}

impl Peer {
    /// Notes that the client has shown who it is.
    pub fn let_in(&self, whose: &str) {
        let mut known = self.whose.lock();
        if **known != *whose {
            *known = whose.into();
        }
    }

    fn whose(&self) -> Arc<str> {
        Arc::clone(&self.whose.lock())
    }

    /// Closes the connection. Returns whether this was the first call.
    pub fn send_away(&self) -> bool {
        let first = !self.sent_away.is_cancelled();
        self.sent_away.cancel();
        first
    }

    /// Waits until the connection is to be closed.
    pub async fn has_to_go(&self) {
        self.sent_away.cancelled().await;
    }
}

/// All idle connections and streams, which make room for others when descriptors run out.
#[derive(Debug, Default)]
pub struct IdleLists {
    idle: Mutex<Vec<Arc<IdleList>>>,
    /// Streams of GET. Each counts as one byte, so that the owner with most bytes is the one with most streams.
    streams: Arc<IdleList>,
}

/// What was closed to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Room {
    /// Idle connections of strangers.
    Strangers,
    /// Idle connections of known clients, after those of strangers.
    Known,
    /// Nothing; there may be something later.
    Nothing,
    /// A stream of GET, whose client will connect again.
    Stream,
}

impl IdleLists {
    /// Adds a list of idle connections.
    pub fn another(&self) -> Arc<IdleList> {
        let idle_list = Arc::default();
        self.all().push(Arc::clone(&idle_list));
        idle_list
    }

    /// The list of streams.
    pub fn streams(&self) -> &Arc<IdleList> {
        &self.streams
    }

    /// Closes up to `places` idle connections of strangers. If strangers then have fewer idle connections than known
    /// clients, closes those of known clients for the rest. Connections younger than LEAST are left alone. If nothing
    /// could be closed and strangers have few, ends the oldest stream of the owner that has most.
    pub fn make_room(&self, places: usize) -> Room {
        let all = self.all();
        let one = |known: bool| all.iter().any(|idle_list| idle_list.bytes_held(known).send_one_away(LEAST, REASON));
        let count = |known: bool| all.iter().map(|idle_list| idle_list.bytes_held(known).count()).sum::<usize>();
        let strangers = (0..places).take_while(|_| one(false)).count();
        let missing = if count(false) < count(true) { places - strangers } else { 0 };
        if (0..missing).take_while(|_| one(true)).count() > 0 {
            return Room::Known;
        }
        if strangers > 0 {
            return Room::Strangers;
        }
        let stream = |known: bool| self.streams.bytes_held(known).send_one_away(LEAST, STREAMS);
        if count(false) < places && (stream(false) || stream(true)) { Room::Stream } else { Room::Nothing }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<IdleList>>> {
        self.idle.lock()
    }
}

/// The connections of one listener that are idle for the same reason.
#[derive(Debug, Default)]
pub struct IdleList {
    strangers: Mutex<BytesHeld>,
    known: Mutex<BytesHeld>,
}

impl IdleList {
    fn bytes_held(&self, known: bool) -> MutexGuard<'_, BytesHeld> {
        let bytes_held = if known { &self.known } else { &self.strangers };
        bytes_held.lock()
    }

    fn bytes_held_by(&self, whose: &str) -> MutexGuard<'_, BytesHeld> {
        self.bytes_held(!whose.is_empty())
    }
}

/// The entry of one connection in the list of idle connections, while the connection is idle.
#[derive(Debug)]
pub struct IdleEntry {
    idle_list: Arc<IdleList>,
    peer: Peer,
    place: Mutex<Option<(Arc<str>, u64)>>,
}

impl IdleEntry {
    /// A connection that is not idle.
    pub fn new(idle_list: &Arc<IdleList>, peer: &Peer) -> Self {
        Self { idle_list: Arc::clone(idle_list), peer: peer.clone(), place: Mutex::default() }
    }

    /// Marks the connection as idle, holding this many bytes.
    pub fn begin(&self, bytes: usize) {
        let mut place = self.place();
        self.leave(place.take());
        let whose = self.peer.whose();
        let mut bytes_held = self.idle_list.bytes_held_by(&whose);
        let number = bytes_held.add(&whose, bytes, &self.peer);
        *place = Some((whose, number));
        bytes_held.keep_within(MOST, REASON);
    }

    /// Adds to the bytes that the idle connection holds.
    pub fn add(&self, more: usize) {
        if let Some((whose, number)) = &*self.place() {
            let mut bytes_held = self.idle_list.bytes_held_by(whose);
            bytes_held.grow(whose, *number, more);
            bytes_held.keep_within(MOST, REASON);
        }
    }

    /// Whether the connection is idle.
    pub fn has_place(&self) -> bool {
        self.place().is_some()
    }

    /// Marks the connection as busy.
    pub fn end(&self) {
        self.leave(self.place().take());
    }

    fn leave(&self, place: Option<(Arc<str>, u64)>) {
        if let Some((whose, number)) = place {
            self.idle_list.bytes_held_by(&whose).remove(&whose, number);
        }
    }

    fn place(&self) -> MutexGuard<'_, Option<(Arc<str>, u64)>> {
        self.place.lock()
    }
}

impl Drop for IdleEntry {
    fn drop(&mut self) {
        self.end();
    }
}
