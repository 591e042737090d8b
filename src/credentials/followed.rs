//! What a file says, read again when the file changes.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::{
    config::file::{self, Version},
    error::Error,
};

/// How often a version that cannot be used is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// A value made of a file. A version of the file with a mistake is logged and not used.
#[derive(Debug)]
pub(super) struct Followed<T> {
    path: PathBuf,
    /// What the log calls it: `the token registry`.
    what: &'static str,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: T,
    /// The version of the file that it is of.
    version: Option<Version>,
    failed: Option<Failed>,
}

/// A version that could not be used.
#[derive(Debug)]
struct Failed {
    version: Option<Version>,
    at: Instant,
    /// What the log has of it.
    why: String,
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
        let version = file::version(&path).ok();
        let state = State { value: load(&path)?, version, failed: None };
        Ok(Self { path, what, state: Mutex::new(state) })
    }

    /// The value of the file as it is now.
    pub(super) fn now(&self, load: impl FnOnce(&Path) -> Result<T, Error>) -> T {
        let mut state = self.state.lock();
        let version = file::version(&self.path).ok();
        if version.is_some() && version == state.version {
            state.failed = None;
        } else if state.failed.as_ref().is_none_or(|it| it.version != version || it.at.elapsed() >= PAUSE) {
            let loaded = match version.map(|_| load(&self.path)) {
                Some(Ok(value)) => Ok(value),
                Some(Err(error)) => Err(format!("changed and stays as it was: {}", error.message)),
                None => Err("is gone; what it said stays in force".to_owned()),
            };
            match loaded {
                Ok(value) => *state = State { value, version, failed: None },
                Err(why) => {
                    if state.failed.as_ref().is_none_or(|told| told.why != why) {
                        tracing::error!("{} {why}", self.what);
                    }
                    state.failed = Some(Failed { version, at: Instant::now(), why });
                }
            }
        }
        state.value.clone()
    }
}
