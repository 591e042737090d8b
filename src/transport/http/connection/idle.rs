//! Connections that do nothing: no request came, it is not complete, or the answer is not taken. What they hold has a
//! bound, one for those whose client has shown who it is and one for all others. Beside them streams of GET, which have
//! none, and go where descriptors are scarce and nothing idle is left.

use std::{sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use super::bytes_held::Ledger;

/// How many bytes they may hold, of either kind.
const MOST: usize = 32 << 20;
/// How long a connection does nothing at least that makes room for another one.
const LEAST: Duration = Duration::from_millis(500);
/// Why they go, for the metrics.
const REASON: &str = "connections";
/// The same of streams.
const STREAMS: &str = "streams";

/// The client's end of a connection; travels with its requests.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    sent_away: CancellationToken,
    /// For whom it counts; nobody, while its client has not shown who it is.
    whose: Arc<Mutex<Arc<str>>>,
}

impl Peer {
    /// Its client has shown who it is.
    pub fn let_in(&self, whose: &str) {
        let mut known = self.whose.lock();
        if **known != *whose {
            *known = whose.into();
        }
    }

    fn whose(&self) -> Arc<str> {
        Arc::clone(&self.whose.lock())
    }

    /// Closes the connection; whether it was not closed for that before.
    pub fn send_away(&self) -> bool {
        let first = !self.sent_away.is_cancelled();
        self.sent_away.cancel();
        first
    }

    /// Ends when the connection is to be closed.
    pub async fn has_to_go(&self) {
        self.sent_away.cancelled().await;
    }
}

/// All crowds, whose connections make room for others where descriptors are scarce.
#[derive(Debug, Default)]
pub struct Crowds {
    idle: Mutex<Vec<Arc<Crowd>>>,
    /// Streams of GET, each for 1.
    streams: Arc<Crowd>,
}

/// What makes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Room {
    /// Idle connections of strangers.
    Strangers,
    /// Idle connections of clients that have shown who they are, too.
    Known,
    /// Nothing, at the moment.
    Nothing,
    /// A stream of GET, whose client comes back.
    Stream,
}

impl Crowds {
    /// One more.
    pub fn another(&self) -> Arc<Crowd> {
        let crowd = Arc::default();
        self.all().push(Arc::clone(&crowd));
        crowd
    }

    /// That of the streams.
    pub fn streams(&self) -> &Arc<Crowd> {
        &self.streams
    }

    /// Sends so many strangers away, or, where they are fewer than those whose clients have shown who they are, of these
    /// what is missing. Many new strangers have to wait until they are old enough to go; where they are few and none
    /// went, the oldest stream ends of whoever has most.
    pub fn make_room(&self, places: usize) -> Room {
        let all = self.all();
        let one = |known: bool| all.iter().any(|crowd| crowd.ledger(known).send_one_away(LEAST, REASON));
        let count = |known: bool| all.iter().map(|crowd| crowd.ledger(known).count()).sum::<usize>();
        let strangers = (0..places).take_while(|_| one(false)).count();
        let missing = if count(false) < count(true) { places - strangers } else { 0 };
        if (0..missing).take_while(|_| one(true)).count() > 0 {
            return Room::Known;
        }
        if strangers > 0 {
            return Room::Strangers;
        }
        let stream = |known: bool| self.streams.ledger(known).send_one_away(LEAST, STREAMS);
        if count(false) < places && (stream(false) || stream(true)) { Room::Stream } else { Room::Nothing }
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Crowd>>> {
        self.idle.lock()
    }
}

/// Those of one listener that do nothing for the same reason.
#[derive(Debug, Default)]
pub struct Crowd {
    strangers: Mutex<Ledger>,
    known: Mutex<Ledger>,
}

impl Crowd {
    fn ledger(&self, known: bool) -> MutexGuard<'_, Ledger> {
        let ledger = if known { &self.known } else { &self.strangers };
        ledger.lock()
    }

    fn ledger_of(&self, whose: &str) -> MutexGuard<'_, Ledger> {
        self.ledger(!whose.is_empty())
    }
}

/// The place of a connection among them, while it has one.
#[derive(Debug)]
pub struct Lull {
    crowd: Arc<Crowd>,
    peer: Peer,
    place: Mutex<Option<(Arc<str>, u64)>>,
}

impl Lull {
    /// Without a place yet.
    pub fn new(crowd: &Arc<Crowd>, peer: &Peer) -> Self {
        Self { crowd: Arc::clone(crowd), peer: peer.clone(), place: Mutex::default() }
    }

    /// From now on it does nothing, and holds so many bytes.
    pub fn begin(&self, bytes: usize) {
        let mut place = self.place();
        self.leave(place.take());
        let whose = self.peer.whose();
        let mut ledger = self.crowd.ledger_of(&whose);
        let number = ledger.add(&whose, bytes, &self.peer);
        *place = Some((whose, number));
        ledger.keep_within(MOST, REASON);
    }

    /// It holds more.
    pub fn add(&self, more: usize) {
        if let Some((whose, number)) = &*self.place() {
            let mut ledger = self.crowd.ledger_of(whose);
            ledger.grow(whose, *number, more);
            ledger.keep_within(MOST, REASON);
        }
    }

    /// Whether it has one.
    pub fn has_place(&self) -> bool {
        self.place().is_some()
    }

    /// It does something.
    pub fn end(&self) {
        self.leave(self.place().take());
    }

    fn leave(&self, place: Option<(Arc<str>, u64)>) {
        if let Some((whose, number)) = place {
            self.crowd.ledger_of(&whose).remove(&whose, number);
        }
    }

    fn place(&self) -> MutexGuard<'_, Option<(Arc<str>, u64)>> {
        self.place.lock()
    }
}

impl Drop for Lull {
    fn drop(&mut self) {
        self.end();
    }
}
