//! What files say, read again when one of them changes.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::Version;
use crate::{
    error::{Error, Kind},
    files,
};

/// A version of the files that could not be used is tried again after this time.
const PAUSE: Duration = Duration::from_secs(1);

/// A value made of one or more files. A file that is a pipe or a device from the start is read once; one that becomes
/// something else than a file is never opened: a read could wait for ever, and all callers with it.
#[derive(Debug)]
pub struct Followed<T> {
    /// The setting that names the files: `ARGOCD_API_TOKEN_FILE`.
    setting: String,
    paths: Vec<PathBuf>,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: T,
    /// The versions of the files that `value` was made of; `None` where they are to be read again in any case.
    versions: Option<Vec<Version>>,
    failed: Option<Failed>,
}

/// Versions that could not be used.
#[derive(Debug)]
struct Failed {
    versions: Option<Vec<Version>>,
    at: Instant,
    /// What the log has of it.
    why: String,
}

impl<T: Clone> Followed<T> {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn new(
        setting: impl Into<String>,
        paths: impl IntoIterator<Item = PathBuf>,
        load: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Self, Error> {
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        // Before reading: what is written in between is read the next time.
        let versions = versions(&paths);
        let state = State { value: load()?, versions, failed: None };
        Ok(Self { setting: setting.into(), paths, state: Mutex::new(state) })
    }

    /// The value of the files as they are now.
    ///
    /// # Errors
    /// [`Kind::Configuration`] for a path that became something else than a file, and those of `load`.
    pub fn current(&self, load: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let mut state = self.state.lock();
        let versions = versions(&self.paths);
        if !state.is_of(versions.as_ref()) {
            *state = State { value: self.load(load)?, versions, failed: None };
        }
        Ok(state.value.clone())
    }

    /// The value of the files as they are now. While they cannot be used the old value stays, and `tell` is told why,
    /// once for each reason.
    pub fn now(&self, load: impl FnOnce() -> Result<T, Error>, tell: impl FnOnce(&Error)) -> T {
        let mut state = self.state.lock();
        let versions = versions(&self.paths);
        if state.is_of(versions.as_ref()) {
            state.failed = None;
        } else if state.failed.as_ref().is_none_or(|it| it.versions != versions || it.at.elapsed() >= PAUSE) {
            match self.load(load) {
                Ok(value) => *state = State { value, versions, failed: None },
                Err(error) => {
                    let why = error.message.clone();
                    if state.failed.as_ref().is_none_or(|told| told.why != why) {
                        tell(&error);
                    }
                    state.failed = Some(Failed { versions, at: Instant::now(), why });
                }
            }
        }
        state.value.clone()
    }

    /// Has the files read again, though they look unchanged: another text may have been written within the resolution
    /// of a file's time. What a pipe said is not there a second time.
    pub fn doubt(&self) {
        self.state.lock().versions.take_if(|versions| !versions.contains(&Version::default()));
    }

    fn load(&self, load: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        match self.paths.iter().find(|path| files::is_other(path)) {
            None => load(),
            Some(path) => {
                let message = format!("{} names {}, which is no file any more", self.setting, path.display());
                Err(Error::new(Kind::Configuration, message).hint("Put a file in its place."))
            }
        }
    }
}

impl<T> State<T> {
    fn is_of(&self, versions: Option<&Vec<Version>>) -> bool {
        versions.is_some() && versions == self.versions.as_ref()
    }
}

/// The versions of some files; `None` where one of them is not there.
fn versions(paths: &[PathBuf]) -> Option<Vec<Version>> {
    paths.iter().map(|path| files::version(path).ok()).collect()
}
