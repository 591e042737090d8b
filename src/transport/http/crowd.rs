//! Connections that do nothing: no request came, it is not complete, or the answer is not taken. What they hold has a
//! bound, one for those whose client has shown who it is and one for all others; beyond it the one goes that did nothing for longest.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

use crate::telemetry::metrics;

/// How many bytes they may hold, of either kind.
const MOST: usize = 32 << 20;

/// The client's end of a connection; travels with its requests.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    sent_away: CancellationToken,
    known: Arc<AtomicBool>,
}

impl Peer {
    /// Its client has shown who it is.
    pub fn let_in(&self) {
        self.known.store(true, Ordering::Relaxed);
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

/// Those of one listener.
#[derive(Debug, Default)]
pub struct Crowd {
    strangers: Mutex<Members>,
    known: Mutex<Members>,
}

/// In the order in which they began to do nothing.
#[derive(Debug, Default)]
struct Members {
    all: BTreeMap<u64, Member>,
    came: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Member {
    bytes: usize,
    peer: Peer,
}

/// Where a connection stands among them.
#[derive(Clone, Copy, Debug)]
struct Place {
    known: bool,
    number: u64,
}

impl Crowd {
    fn members(&self, known: bool) -> MutexGuard<'_, Members> {
        let members = if known { &self.known } else { &self.strangers };
        members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn make_room(&mut self) {
        while self.bytes > MOST
            && let Some((_, oldest)) = self.all.pop_first()
        {
            self.bytes -= oldest.bytes;
            oldest.peer.send_away();
            metrics::rejected("connections");
        }
    }
}

/// The place of a connection among them, while it has one.
#[derive(Debug)]
pub struct Lull {
    crowd: Arc<Crowd>,
    peer: Peer,
    place: Mutex<Option<Place>>,
}

impl Lull {
    /// Without a place yet.
    pub fn new(crowd: &Arc<Crowd>, peer: &Peer) -> Self {
        Self { crowd: Arc::clone(crowd), peer: peer.clone(), place: Mutex::default() }
    }

    /// From now on it does nothing, and holds so many bytes.
    pub fn begin(&self, bytes: usize) {
        let known = self.peer.known.load(Ordering::Relaxed);
        let mut place = self.place();
        self.leave(place.take());
        let mut members = self.crowd.members(known);
        members.came += 1;
        members.bytes += bytes;
        let number = members.came;
        *place = Some(Place { known, number });
        members.all.insert(number, Member { bytes, peer: self.peer.clone() });
        members.make_room();
    }

    /// It holds more.
    pub fn add(&self, more: usize) {
        let Some(Place { known, number }) = *self.place() else { return };
        let mut members = self.crowd.members(known);
        if let Some(member) = members.all.get_mut(&number) {
            member.bytes += more;
            members.bytes += more;
            members.make_room();
        }
    }

    /// It does something.
    pub fn end(&self) {
        self.leave(self.place().take());
    }

    fn leave(&self, place: Option<Place>) {
        if let Some(Place { known, number }) = place {
            let mut members = self.crowd.members(known);
            let held = members.all.remove(&number);
            members.bytes -= held.map_or(0, |held| held.bytes);
        }
    }

    fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lull {
    fn drop(&mut self) {
        self.end();
    }
}
