//! What a process writes to its stderr, read beside the test that drives it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Stderr {
    text: Arc<Mutex<String>>,
    reader: thread::JoinHandle<()>,
}

impl Stderr {
    /// Starts a program of which nothing but this is read.
    pub fn of(command: &mut Command) -> (Child, Self) {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = Self::new(child.stderr.take().unwrap());
        (child, stderr)
    }

    pub fn new(stderr: ChildStderr) -> Self {
        let text: Arc<Mutex<String>> = Arc::default();
        let (kept, mut lines) = (Arc::clone(&text), BufReader::new(stderr));
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                kept.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        Self { text, reader }
    }

    /// What has come by now; a line may still be on its way while the process lives.
    pub fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// Waits until a text has come; panics when it never does.
    pub fn says(&self, text: &str) {
        let said = within_patience(|| self.text().contains(text).then_some(()));
        said.unwrap_or_else(|| panic!("stderr has no {text:?}: {}", self.text()));
    }

    /// Waits until nobody can write there any more.
    pub fn ends(&self) {
        within_patience(|| self.reader.is_finished().then_some(())).expect("stderr ends");
    }
}

/// Looks until there is something; `None` when there never is.
pub fn within_patience<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = look();
        if found.is_some() || Instant::now() > end {
            return found;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
