//! How many requests run at a time: in all, for one caller, and for one of several inbound tokens. A few more wait
//! briefly, and all others get 429.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::http::StatusCode;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::draining;
use crate::transport::{http::asker::Asker, message::refusal::Refusal};

/// How long a request waits for a permit.
const QUEUE: Duration = Duration::from_secs(2);
/// If there are this many callers, those without a request are forgotten.
const CALLERS: usize = 1024;

/// The concurrency limits.
#[derive(Debug)]
pub struct Limits {
    all: Arc<Semaphore>,
    each: usize,
    most: usize,
    callers: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
    queue: Queue,
    draining: CancellationToken,
}

/// Permission to run. The permit travels with the request, so that a call counts until it ends, even if its client has
/// left.
#[derive(Debug)]
pub struct Permit {
    _all: OwnedSemaphorePermit,
    _caller: OwnedSemaphorePermit,
    _owner: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// At most `most` requests at a time, and `each` of one caller. Once `draining` is cancelled, no request waits any
    /// more.
    pub fn new(most: usize, each: usize, draining: CancellationToken) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            each: each.min(most),
            most,
            callers: Mutex::default(),
            queue: Queue { most, waiting: Mutex::default() },
            draining,
        }
    }

    /// Gets a permit, if one is free.
    pub fn try_enter(&self, asker: &Asker) -> Option<Permit> {
        let caller = self.of(&asker.caller, self.each).try_acquire_owned().ok()?;
        let owner = self.of_owner(asker).map(Semaphore::try_acquire_owned);
        let owner = owner.transpose().ok()?;
        let all = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Permit { _all: all, _caller: caller, _owner: owner })
    }

    /// Waits briefly for a permit.
    ///
    /// # Errors
    /// 429, or 503 if the process is about to end; both with Retry-After.
    pub async fn enter(&self, asker: &Asker) -> Result<Permit, Refusal> {
        let busy = || {
            let why = format!(
                "Too many requests are running: {} of one caller may, {} in all; try again",
                self.each, self.most
            );
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "busy", why)
        };
        let _place = self.queue.place(asker.whose()).ok_or_else(busy)?;
        let of_caller = self.of(&asker.caller, self.each);
        let of_owner = self.of_owner(asker);
        let permit = async {
            let caller = of_caller.acquire_owned().await.ok()?;
            let owner = match of_owner {
                Some(owner) => Some(owner.acquire_owned().await.ok()?),
                None => None,
            };
            let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(Permit { _all: all, _caller: caller, _owner: owner })
        };
        tokio::select! {
            permit = tokio::time::timeout(QUEUE, permit) => permit.ok().flatten().ok_or_else(busy),
            () = self.draining.cancelled() => Err(draining()),
        }
    }

    /// How many requests are running.
    pub fn running(&self) -> usize {
        self.most - self.all.available_permits()
    }

    /// Permits for one of several inbound tokens in total, whatever Argo CD credentials it is used with. There is
    /// always room for another token.
    fn of_owner(&self, asker: &Asker) -> Option<Arc<Semaphore>> {
        let owner = asker.one_of_several()?;
        Some(self.of(&format!("all of {owner}"), (self.most - self.each).max(self.each)))
    }

    fn of(&self, caller: &str, most: usize) -> Arc<Semaphore> {
        let mut callers = self.callers.lock();
        if let Some(known) = callers.get(caller) {
            return Arc::clone(known);
        }
        if callers.len() >= CALLERS {
            callers.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let semaphore = Arc::new(Semaphore::new(most));
        callers.insert(caller.into(), Arc::clone(&semaphore));
        semaphore
    }
}

/// The callers whose requests wait, each with their number.
#[derive(Debug)]
struct Queue {
    most: usize,
    waiting: Mutex<HashMap<Arc<str>, usize>>,
}

impl Queue {
    /// Takes a place in the queue, if one is free or this caller has less than an equal share. So no caller can keep
    /// the others out.
    fn place(&self, whose: &str) -> Option<QueuePlace<'_>> {
        let whose: Arc<str> = whose.into();
        let mut waiting = self.waiting();
        let all: usize = waiting.values().sum();
        let theirs = waiting.get(&whose).copied();
        let callers = waiting.len() + usize::from(theirs.is_none());
        let theirs = theirs.unwrap_or_default();
        if all >= self.most && theirs >= self.most / callers {
            return None;
        }
        waiting.insert(Arc::clone(&whose), theirs + 1);
        Some(QueuePlace { queue: self, whose })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.waiting.lock()
    }
}

/// A place in the queue.
struct QueuePlace<'a> {
    queue: &'a Queue,
    whose: Arc<str>,
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.waiting();
        if let Some(theirs) = waiting.get_mut(&self.whose) {
            *theirs -= 1;
            if *theirs == 0 {
                waiting.remove(&self.whose);
            }
        }
    }
}
