//! What a file says, read again when the file changes.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use crate::error::Error;

/// A value made of a file. A version of the file with a mistake is logged and not used.
#[derive(Debug)]
pub(super) struct Followed<T> {
    path: PathBuf,
    /// What the log calls it: `the token registry`.
    what: &'static str,
    state: Mutex<(Option<SystemTime>, T)>,
}

impl<T: Clone> Followed<T> {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// Those of `load`.
    pub(super) fn new(
        path: PathBuf,
        what: &'static str,
        load: impl FnOnce(&Path) -> Result<T, Error>,
    ) -> Result<Self, Error> {
        // Before reading: what is written in between is read the next time.
        let changed = modified(&path);
        let state = Mutex::new((changed, load(&path)?));
        Ok(Self { path, what, state })
    }

    /// The value of the file as it is now.
    pub(super) fn now(&self, load: impl FnOnce(&Path) -> Result<T, Error>) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = modified(&self.path);
        if changed != state.0 {
            state.0 = changed;
            match changed.map(|_| load(&self.path)) {
                Some(Ok(value)) => state.1 = value,
                Some(Err(error)) => tracing::error!("{} changed and stays as it was: {}", self.what, error.message),
                None => tracing::error!("{} is gone; what it said stays in force", self.what),
            }
        }
        state.1.clone()
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
