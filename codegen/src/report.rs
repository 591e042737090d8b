//! Where every stage of the build writes what is wrong, so that all of it is told at once.

use std::{cell::RefCell, collections::BTreeMap};

/// How many places with the same mistake are told one by one.
const FEW: usize = 3;

/// The mistakes and remarks of one run.
#[derive(Debug, Default)]
pub struct Report {
    /// Where each is, and what.
    errors: RefCell<Vec<(String, String)>>,
    warnings: RefCell<Vec<String>>,
    taken: RefCell<Taken>,
}

/// By table and key: what values a reader takes there, and the shortest one that it found.
type Taken = BTreeMap<(&'static str, &'static str), (String, String)>;

impl Report {
    /// Something the build cannot go on with; said once however often it is found.
    pub fn error(&self, message: impl Into<String>) {
        self.error_at("", message);
    }

    /// The same of a place, such as a row.
    pub fn error_at(&self, place: &str, message: impl Into<String>) {
        let error = (place.to_owned(), message.into());
        let mut errors = self.errors.borrow_mut();
        if !errors.contains(&error) {
            errors.push(error);
        }
    }

    /// Something the maintainer should look at, although the build goes on; said once, too.
    pub fn warning(&self, message: impl Into<String>) {
        let message = message.into();
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&message) {
            warnings.push(message);
        }
    }

    /// All errors so far, in the order they were found. What is wrong in many places is one line: it has one cause.
    pub fn errors(&self) -> Vec<String> {
        let errors = self.errors.borrow();
        let line = |(index, (place, message)): (usize, &(String, String))| {
            let same = || errors.iter().enumerate().filter(|(_, (_, other))| other == message);
            let many = same().count() > FEW;
            let first = same().next().is_some_and(|(first, _)| first == index);
            let text = if place.is_empty() { message.clone() } else { format!("{place}: {message}") };
            match (many, first) {
                (true, true) => Some(format!("{text} (and so in {} more places)", same().count() - 1)),
                (true, false) => None,
                (false, _) => Some(text),
            }
        };
        errors.iter().enumerate().filter_map(line).collect()
    }

    /// All warnings so far, in the order they were found.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.borrow().clone()
    }

    /// Notes for the documentation what values a key of a table takes, and one that it has.
    pub fn take(&self, (table, key): (&'static str, &'static str), wanted: &str, example: Option<String>) {
        let mut taken = self.taken.borrow_mut();
        let (known, shortest) = taken.entry((table, key)).or_default();
        // A key may be read in several ways: the longest says most.
        if wanted.len() > known.len() {
            wanted.clone_into(known);
        }
        if let Some(example) = example {
            let is_shorter = (example.len(), &example) < (shortest.len(), &*shortest);
            if is_shorter || shortest.is_empty() {
                *shortest = example;
            }
        }
    }

    /// What values a key of a table takes, and one that it has; an empty text for none.
    pub fn taken(&self, table: &'static str, key: &'static str) -> Option<(String, String)> {
        self.taken.borrow().get(&(table, key)).cloned()
    }

    /// True when the build cannot go on.
    pub fn failed(&self) -> bool {
        !self.errors.borrow().is_empty()
    }
}
