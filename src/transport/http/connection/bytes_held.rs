//! How many bytes connections hold, counted per owner. If they hold too much together, the owner that holds most loses
//! its oldest connection.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use super::idle::Peer;
use crate::telemetry::metrics;

/// The bytes held by all owners.
#[derive(Debug, Default)]
pub struct BytesHeld {
    bytes: usize,
    came: u64,
    of: HashMap<Arc<str>, Theirs>,
}

/// The entries of one owner, oldest first.
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

impl BytesHeld {
    /// How many bytes are held in all.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many entries there are in all.
    pub fn count(&self) -> usize {
        self.of.values().map(|theirs| theirs.entries.len()).sum()
    }

    /// How many bytes one owner holds.
    pub fn bytes_of(&self, whose: &str) -> usize {
        self.of.get(whose).map_or(0, |theirs| theirs.bytes)
    }

    /// Adds an entry, and returns its number.
    pub fn add(&mut self, whose: &Arc<str>, bytes: usize, peer: &Peer) -> u64 {
        self.came += 1;
        self.bytes += bytes;
        let theirs = self.of.entry(Arc::clone(whose)).or_default();
        theirs.bytes += bytes;
        theirs.entries.insert(self.came, Entry { bytes, since: Instant::now(), peer: peer.clone() });
        self.came
    }

    /// Adds bytes to an entry.
    pub fn grow(&mut self, whose: &str, number: u64, more: usize) {
        if let Some(theirs) = self.of.get_mut(whose)
            && let Some(entry) = theirs.entries.get_mut(&number)
        {
            entry.bytes += more;
            theirs.bytes += more;
            self.bytes += more;
        }
    }

    /// Removes an entry, and returns its connection. `None` if the entry was removed before, when its connection was
    /// closed to make room.
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

    /// Closes connections until no more than `most` bytes are held.
    pub fn keep_within(&mut self, most: usize, reason: &'static str) {
        while self.bytes > most && self.send_one_away(Duration::ZERO, reason) {}
    }

    /// Closes the oldest connection of the owner that holds most, if it has held something for `least`. Returns whether
    /// there was one.
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
