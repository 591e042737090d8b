//! Writes to an application take turns: one that reads, merges and writes back would undo what another wrote in between.
//! Calls that come at the same time have no promised order; a client that needs one waits for each answer.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Weak},
};

use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout_at,
};

use super::Request;
use crate::{
    argocd::Session,
    error::{Error, Kind},
};

type Turns = parking_lot::Mutex<HashMap<(String, String), Weak<Mutex<()>>>>;

/// The turns of the applications that are written to now, by base URL and name.
static TURNS: LazyLock<Turns> = LazyLock::new(Turns::default);

/// Waits until no other call of this process writes to the application that this request writes to. The turn ends when
/// the guard is dropped; a request that only reads needs none.
///
/// # Errors
/// [`Kind::Busy`] when too little of the call's time is left: nothing was sent then.
pub(super) async fn wait(request: &Request, session: &Session) -> Result<Option<OwnedMutexGuard<()>>, Error> {
    let Some(application) = request.writes_to() else { return Ok(None) };
    let turn = turn(session.base_url(), application);
    timeout_at(session.write_by().into(), turn.lock_owned()).await.map(Some).map_err(|_| {
        let message = format!(
            "another write to application `{application}` was still running; this one was not sent, and nothing was changed"
        );
        Error::new(Kind::Busy, message).hint("Look with get_application what the other one did before you call again.")
    })
}

fn turn(base_url: &str, application: &str) -> Arc<Mutex<()>> {
    let mut turns = TURNS.lock();
    turns.retain(|_, turn| turn.strong_count() > 0);
    let turn = turns.entry((base_url.to_owned(), application.to_owned())).or_default();
    turn.upgrade().unwrap_or_else(|| {
        let new = Arc::default();
        *turn = Arc::downgrade(&new);
        new
    })
}
