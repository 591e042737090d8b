//! Where every stage of the build writes what is wrong, so that all of it is told at once.

use std::cell::RefCell;

/// The mistakes and remarks of one run.
#[derive(Debug, Default)]
pub struct Report {
    errors: RefCell<Vec<String>>,
    warnings: RefCell<Vec<String>>,
}

impl Report {
    /// Something the build cannot go on with; said once however often it is found.
    pub fn error(&self, message: impl Into<String>) {
        let message = message.into();
        let mut errors = self.errors.borrow_mut();
        if !errors.contains(&message) {
            errors.push(message);
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

    /// All errors so far, in the order they were found.
    pub fn errors(&self) -> Vec<String> {
        self.errors.borrow().clone()
    }

    /// All warnings so far, in the order they were found.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.borrow().clone()
    }

    /// True when the build cannot go on.
    pub fn failed(&self) -> bool {
        !self.errors.borrow().is_empty()
    }
}
