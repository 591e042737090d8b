//! Lines on their way out. A thread writes them: what reads them may stand still, and nothing here waits for that.

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

/// What a line takes beside its bytes.
const EACH: usize = 64;
/// How long the end of the process waits for those of one way.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is told that nothing can be written.
const TOLD: Duration = Duration::from_secs(60);

/// All ways, in the order in which they are to be emptied.
static WAYS: Mutex<Vec<Lines>> = Mutex::new(vec![]);

/// Where lines wait to be written; those that find no room are lost, counted and told of.
#[derive(Clone, Debug)]
pub struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// For the metrics.
    of: &'static str,
    /// For the log.
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
    /// Told when all before it is written.
    Flush(Sender<()>),
}

impl Lines {
    /// Lines that `put` writes, one at a time; `most` bytes of them may wait.
    ///
    /// # Errors
    /// No thread can be had.
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

    /// Once it flows again.
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

/// Waits until all that was said is written, but not for long.
pub fn flush() {
    let ways = WAYS.lock().clone();
    for Lines(way) in ways {
        let (done, written) = mpsc::channel();
        let _ = way.jobs.send(Job::Flush(done));
        let _ = written.recv_timeout(PATIENCE);
    }
}
