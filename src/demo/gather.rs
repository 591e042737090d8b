//! Collecting, with little code.

use serde_json::{Map, Value};

/// As `Iterator::collect`, of whose several functions for each place it is used at nothing is left: a loop that stands
/// there makes the program some tens of kilobytes smaller.
pub(super) trait Gather: Iterator + Sized {
    /// All of them in a list.
    #[inline(always)]
    fn gather(self) -> Vec<Self::Item> {
        let mut all = Vec::new();
        for item in self {
            all.push(item);
        }
        all
    }

    /// All of them in an object.
    #[inline(always)]
    fn object(self) -> Value
    where
        Self: Iterator<Item = (String, Value)>,
    {
        let mut all = Map::new();
        for (key, value) in self {
            all.insert(key, value);
        }
        Value::Object(all)
    }
}

impl<I: Iterator> Gather for I {}
