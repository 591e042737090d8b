//! What chooses, folds, counts and orders the items of a list.

use serde_json::Value;

use crate::view::{Cell, Path, Table, path};

/// A filter set by an argument of the tool.
#[derive(Debug)]
pub struct Filter {
    /// The argument.
    pub arg: &'static str,
    /// What it is compared with; one match suffices.
    pub cell: Cell,
    /// How it is compared.
    pub op: Op,
    /// What an item without a value has.
    pub missing: &'static str,
}

/// How a filter compares, always without regard to case.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// The same text, or one that fits a pattern with `*`.
    Equal,
    /// One of the texts of the argument.
    Any,
    /// Contains the text, or matches it where it has `*` or `?`.
    Glob,
}

/// A condition on an item. A missing value is neither one thing nor its opposite: the condition does not hold. Where the
/// path leads through a list, one value suffices for `is` and `has`, and `not` is of all.
#[derive(Debug)]
pub struct Condition {
    /// Where the value is.
    pub path: Path,
    /// Holds for one of these.
    pub is: &'static [&'static str],
    /// Holds for anything but these.
    pub not: &'static [&'static str],
    /// Holds for what contains one of these.
    pub has: &'static [&'static str],
}

impl Condition {
    /// Whether it holds for an item, or for the object that a list is of.
    pub fn holds_at(&self, item: &Value) -> bool {
        let mut values = vec![];
        path::visit(item, self.path, &mut |value| values.push(path::scalar(value)));
        let mut each = values.iter().map(|value| self.holds(value));
        if self.not.is_empty() { each.any(|holds| holds) } else { !values.is_empty() && each.all(|holds| holds) }
    }

    /// Whether it holds for a value; it has one of the three lists.
    fn holds(&self, value: &str) -> bool {
        self.is.contains(&value)
            || self.has.iter().any(|part| value.contains(part))
            || (!self.not.is_empty() && !self.not.contains(&value))
    }
}

impl Table {
    /// Whether an item is one of those that the list is about.
    pub(in crate::view) fn takes(&self, item: &Value) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.holds_at(item))
    }

    /// Whether an item says anything of what the list is about; of a hook Argo CD may tell neither status nor health.
    pub(in crate::view) fn speaks_of(&self, item: &Value) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| path::text(item, only.path).is_some())
    }

    /// What an item has that has no value there, as its filter says.
    pub(super) fn missing(&self, path: Path) -> Option<String> {
        let filter = self.filters.iter().find(|filter| filter.cell.paths == [path])?;
        Some(filter.missing.to_owned()).filter(|missing| !missing.is_empty())
    }
}

/// Items that agree in some values become one: the latest of them, with `$count` for the number of all where it is
/// more than one, and `$latest` where their texts differ.
#[derive(Debug)]
pub struct Fold {
    /// The values in which they agree.
    pub by: &'static [Path],
    /// A text in which they agree but for revisions and numbers; empty for none.
    pub text: Path,
    /// How many an item stands for, the first that it has counts; one where it does not say.
    pub count: &'static [Path],
    /// Times, the first that an item has counts.
    pub latest: &'static [Path],
}

/// One key of an order.
#[derive(Debug)]
pub struct Sort {
    /// Where the value is; the first that there is counts.
    pub paths: &'static [Path],
    /// Values in their order, `*Error` for all that end so, what is not listed last; empty for the natural order.
    pub order: &'static [&'static str],
    /// Largest first, for the natural order.
    pub descending: bool,
}

impl Sort {
    /// The place of a value in the listed order.
    pub fn rank(&self, value: &str) -> Option<usize> {
        let fits = |word: &&str| word.strip_prefix('*').map_or(*word == value, |end| value.ends_with(end));
        self.order.iter().position(fits)
    }
}

/// A total by value.
#[derive(Debug)]
pub struct Count {
    /// What is counted.
    pub head: &'static str,
    /// Where the value is.
    pub path: Path,
}
