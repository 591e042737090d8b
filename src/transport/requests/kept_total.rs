//! The kept answers of all sessions together. Their bytes are limited, in all and for each caller.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::{Mutex, MutexGuard};
use rmcp::model::ServerJsonRpcMessage;

/// How many bytes all kept answers may have together.
const ALL: usize = 64 << 20;
/// How many bytes the kept answers of one caller may have together.
const EACH: usize = ALL / 4;

/// The kept answers of all sessions.
#[derive(Debug, Default)]
pub struct KeptTotal(Mutex<Answers>);

/// The kept answers, in the order in which they came.
#[derive(Debug, Default)]
struct Answers {
    all: BTreeMap<u64, Answer>,
    came: u64,
    bytes: usize,
    bytes_of: HashMap<String, usize>,
}

#[derive(Debug)]
struct Answer {
    whose: String,
    bytes: usize,
    message: Arc<ServerJsonRpcMessage>,
}

/// A kept answer, until this value is dropped or the answer has to make room for others.
#[derive(Debug)]
pub struct KeptPlace {
    kept_total: Arc<KeptTotal>,
    number: u64,
}

impl KeptTotal {
    /// Keeps an answer. The oldest answers are discarded to make room, first those of the same caller.
    pub fn keep(self: &Arc<Self>, whose: &str, bytes: usize, message: ServerJsonRpcMessage) -> KeptPlace {
        let mut answers = self.answers();
        answers.came += 1;
        let number = answers.came;
        answers.bytes += bytes;
        *answers.bytes_of.entry(whose.to_owned()).or_default() += bytes;
        answers.all.insert(number, Answer { whose: whose.to_owned(), bytes, message: Arc::new(message) });
        while answers.bytes_of.get(whose).is_some_and(|bytes| *bytes > EACH) {
            let oldest = answers.all.iter().find(|(_, answer)| answer.whose == whose).map(|(number, _)| *number);
            oldest.into_iter().for_each(|oldest| answers.give_up(oldest));
        }
        while answers.bytes > ALL
            && let Some((oldest, _)) = answers.all.first_key_value()
        {
            let oldest = *oldest;
            answers.give_up(oldest);
        }
        KeptPlace { kept_total: Arc::clone(self), number }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock()
    }
}

impl Answers {
    fn give_up(&mut self, number: u64) {
        let Some(Answer { whose, bytes, .. }) = self.all.remove(&number) else { return };
        self.bytes -= bytes;
        if let Some(theirs) = self.bytes_of.get_mut(&whose) {
            *theirs -= bytes;
            if *theirs == 0 {
                self.bytes_of.remove(&whose);
            }
        }
    }
}

impl KeptPlace {
    /// The answer, if it was not discarded.
    pub fn message(&self) -> Option<Arc<ServerJsonRpcMessage>> {
        self.kept_total.answers().all.get(&self.number).map(|answer| Arc::clone(&answer.message))
    }
}

impl Drop for KeptPlace {
    fn drop(&mut self) {
        self.kept_total.answers().give_up(self.number);
    }
}
