//! Writes to an application take turns: what one reads, merges and writes back would undo what another wrote between.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Weak},
};

use tokio::sync::{Mutex, OwnedMutexGuard};

type Turns = parking_lot::Mutex<HashMap<(String, String), Weak<Mutex<()>>>>;

/// Of applications that are written to now.
static TURNS: LazyLock<Turns> = LazyLock::new(Turns::default);

/// Waits until nobody else in this process writes to the application of that name at that base URL. The turn ends when
/// the guard is dropped.
pub(super) async fn of(base_url: &str, application: &str) -> OwnedMutexGuard<()> {
    let turn = {
        let mut turns = TURNS.lock();
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = turns.entry((base_url.to_owned(), application.to_owned())).or_default();
        turn.upgrade().unwrap_or_else(|| {
            let new = Arc::default();
            *turn = Arc::downgrade(&new);
            new
        })
    };
    turn.lock_owned().await
}
