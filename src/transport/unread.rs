//! What waits on a stream until its client reads it, counted in bytes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How many bytes may wait before another request comes.
const MOST: usize = 1 << 20;

/// How much waits.
#[derive(Clone, Debug, Default)]
pub struct Backlog(Arc<AtomicUsize>);

impl Backlog {
    /// One message more, until it is dropped.
    pub fn add(&self, json: String) -> Unread {
        self.0.fetch_add(json.len(), Ordering::Relaxed);
        Unread { json, backlog: self.clone() }
    }

    /// Whether it is so much that no further request is taken.
    pub fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MOST
    }
}

/// A message that waits.
#[derive(Debug)]
pub struct Unread {
    /// What it says.
    pub json: String,
    backlog: Backlog,
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.backlog.0.fetch_sub(self.json.len(), Ordering::Relaxed);
    }
}
