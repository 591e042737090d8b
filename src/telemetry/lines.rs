//! Lines that wait to be written. A thread of their own writes them, so that no call waits for a reader that stands
//! still.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::metrics;

/// What a line costs in addition to its length, in bytes.
const EACH: usize = 64;
/// How long the end of the process waits for one output to be written.
const PATIENCE: Duration = Duration::from_secs(1);
/// Least time between two reports that an output cannot be written.
const TOLD: Duration = Duration::from_secs(60);

/// All outputs, in the order in which they are to be flushed.
static WAYS: Mutex<Vec<Lines>> = Mutex::new(vec![]);

/// The lines of one output that wait. A line that finds no room is lost, which is counted and logged.
#[derive(Clone, Debug)]
pub struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// The name of the output in metrics.
    of: &'static str,
    /// The name of the output in the log.
    what: String,
    /// How many bytes may wait.
    most: usize,
    waiting: AtomicUsize,
    lost: AtomicU64,
    jobs: Sender<Job>,
}

#[derive(Debug)]
enum Job {
    Line(Vec<u8>),
    /// Sends when all lines before it are written.
    Flush(Sender<()>),
}

impl Lines {
    /// Starts a thread that writes lines by `put`, one at a time; `most` bytes of lines may wait.
    ///
    /// # Errors
    /// There is no thread.
    pub fn new(
        of: &'static str,
        what: impl Into<String>,
        most: usize,
        put: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (jobs, coming) = mpsc::channel();
        let (waiting, lost) = Default::default();
        let lines = Self(Arc::new(Shared { of, what: what.into(), most, waiting, lost, jobs }));
        let to_write = lines.clone();
        thread::Builder::new().name(of.to_owned()).spawn(move || to_write.0.write(&coming, put))?;
        WAYS.lock().push(lines.clone());
        Ok(lines)
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let cost = line.len() + EACH;
        if self.0.waiting.fetch_add(cost, Ordering::Relaxed) > self.0.most {
            self.0.waiting.fetch_sub(cost, Ordering::Relaxed);
            self.0.is_lost();
        } else {
            // Its thread lives as long as the process.
            let _ = self.0.jobs.send(Job::Line(line.to_vec()));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn is_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        metrics::line_lost(self.of);
    }

    fn write(&self, coming: &Receiver<Job>, mut put: impl FnMut(&[u8]) -> io::Result<()>) {
        let mut told: Option<Instant> = None;
        let mut works = true;
        while let Ok(job) = coming.try_recv().or_else(|_| {
            self.tell_lost(works);
            coming.recv()
        }) {
            match job {
                Job::Line(line) => {
                    let written = put(&line);
                    works = written.is_ok();
                    if let Err(error) = written {
                        self.is_lost();
                        if told.is_none_or(|told| told.elapsed() >= TOLD) {
                            told = Some(Instant::now());
                            tracing::error!(
                                "{} cannot be written: {error}; until it can, its lines are lost",
                                self.what
                            );
                        }
                    }
                    self.waiting.fetch_sub(line.len() + EACH, Ordering::Relaxed);
                }
                Job::Flush(done) => {
                    self.tell_lost(works);
                    let _ = done.send(());
                }
            }
        }
    }

    /// Logs how many lines were lost, once the output works again.
    fn tell_lost(&self, works: bool) {
        let lost = if works { self.lost.swap(0, Ordering::Relaxed) } else { 0 };
        if lost > 0 {
            tracing::warn!(
                lost,
                "lines of {} are missing: they could not be written, or not as fast as they came",
                self.what
            );
        }
    }
}

/// Waits until all lines are written, but not for long.
pub fn flush() {
    let ways = WAYS.lock().clone();
    for Lines(way) in ways {
        let (done, written) = mpsc::channel();
        let _ = way.jobs.send(Job::Flush(done));
        let _ = written.recv_timeout(PATIENCE);
    }
}
