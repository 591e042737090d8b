//! What connections hold, in bytes, and for whom: where that is too much, who holds most loses the connection that has
//! held it for longest.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use super::idle::Peer;
use crate::telemetry::metrics;

/// What is held.
#[derive(Debug, Default)]
pub struct Ledger {
    bytes: usize,
    came: u64,
    of: HashMap<Arc<str>, Theirs>,
}

/// What is held for one, in the order in which it came.
#[derive(Debug, Default)]
struct Theirs {
    bytes: usize,
    entries: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    bytes: usize,
    since: Instant,
    peer: Peer,
}

impl Ledger {
    /// All of it.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many hold something.
    pub fn count(&self) -> usize {
        self.of.values().map(|theirs| theirs.entries.len()).sum()
    }

    /// That of one.
    pub fn bytes_of(&self, whose: &str) -> usize {
        self.of.get(whose).map_or(0, |theirs| theirs.bytes)
    }

    /// An entry, and its number.
    pub fn add(&mut self, whose: &Arc<str>, bytes: usize, peer: &Peer) -> u64 {
        self.came += 1;
        self.bytes += bytes;
        let theirs = self.of.entry(Arc::clone(whose)).or_default();
        theirs.bytes += bytes;
        theirs.entries.insert(self.came, Entry { bytes, since: Instant::now(), peer: peer.clone() });
        self.came
    }

    /// An entry holds more.
    pub fn grow(&mut self, whose: &str, number: u64, more: usize) {
        if let Some(theirs) = self.of.get_mut(whose)
            && let Some(entry) = theirs.entries.get_mut(&number)
        {
            entry.bytes += more;
            theirs.bytes += more;
            self.bytes += more;
        }
    }

    /// The connection of an entry, which has none here any more if it was closed for it.
    pub fn remove(&mut self, whose: &str, number: u64) -> Option<Peer> {
        let theirs = self.of.get_mut(whose)?;
        let Entry { bytes, peer, .. } = theirs.entries.remove(&number)?;
        theirs.bytes -= bytes;
        self.bytes -= bytes;
        if theirs.entries.is_empty() {
            self.of.remove(whose);
        }
        Some(peer)
    }

    /// Sends connections away until no more than `most` is held.
    pub fn keep_within(&mut self, most: usize, reason: &'static str) {
        while self.bytes > most && self.send_one_away(Duration::ZERO, reason) {}
    }

    /// Sends one away that has held something for `least`; whether there was such a one.
    pub fn send_one_away(&mut self, least: Duration, reason: &'static str) -> bool {
        let most = self.of.iter().max_by_key(|(_, theirs)| theirs.bytes);
        let oldest = most.and_then(|(whose, theirs)| Some((Arc::clone(whose), theirs.entries.first_key_value()?)));
        let Some((whose, (number, _))) = oldest.filter(|(_, (_, entry))| entry.since.elapsed() >= least) else {
            return false;
        };
        let number = *number;
        if self.remove(&whose, number).is_some_and(|peer| peer.send_away()) {
            metrics::rejected(reason);
        }
        true
    }
}
