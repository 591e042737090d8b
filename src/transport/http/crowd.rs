//! Connections that do nothing: no request came, its head is not complete, or the answer is not taken. Nobody knows whose
//! they are, so what they hold has a bound for all; beyond it the one goes that did nothing for longest.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use crate::telemetry::metrics;

/// How many bytes all may hold.
const MOST: usize = 32 << 20;

/// The client's end of a connection; travels with its requests.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    sent_away: CancellationToken,
}

impl Peer {
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
pub struct Crowd(Mutex<Members>);

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

impl Crowd {
    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    number: Mutex<Option<u64>>,
}

impl Lull {
    /// Without a place yet.
    pub fn new(crowd: &Arc<Crowd>, peer: &Peer) -> Self {
        Self { crowd: Arc::clone(crowd), peer: peer.clone(), number: Mutex::default() }
    }

    /// From now on it does nothing, and holds so many bytes.
    pub fn begin(&self, bytes: usize) {
        let mut number = self.number();
        let mut members = self.crowd.members();
        let held = number.take().and_then(|number| members.all.remove(&number));
        members.bytes -= held.map_or(0, |held| held.bytes);
        members.came += 1;
        members.bytes += bytes;
        let came = *number.insert(members.came);
        members.all.insert(came, Member { bytes, peer: self.peer.clone() });
        members.make_room();
    }

    /// It holds more.
    pub fn add(&self, more: usize) {
        let number = self.number();
        let mut members = self.crowd.members();
        if let Some(member) = number.and_then(|number| members.all.get_mut(&number)) {
            member.bytes += more;
            members.bytes += more;
            members.make_room();
        }
    }

    /// It does something.
    pub fn end(&self) {
        if let Some(number) = self.number().take() {
            let mut members = self.crowd.members();
            let held = members.all.remove(&number);
            members.bytes -= held.map_or(0, |held| held.bytes);
        }
    }

    fn number(&self) -> MutexGuard<'_, Option<u64>> {
        self.number.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lull {
    fn drop(&mut self) {
        self.end();
    }
}
