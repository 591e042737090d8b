//! Short lists in order. What std has for this is made for large ones, and is some ten kilobytes of code for each type;
//! the demo must not make the program much larger.

/// Sorts by insertion; equal items keep their order.
pub(super) fn sort<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while let Some(before) = at.checked_sub(1) {
            match (items.get(before), items.get(at)) {
                (Some(one), Some(other)) if less(other, one) => items.swap(before, at),
                _ => break,
            }
            at = before;
        }
    }
}

/// A map of few entries, in the order of their keys.
#[derive(Clone, Debug)]
pub(super) struct Ordered<K, V>(Vec<(K, V)>);

impl<K: Ord, V> Ordered<K, V> {
    pub(super) fn new() -> Self {
        Self(vec![])
    }

    fn place<Q: ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: PartialEq<Q>,
    {
        self.0.iter().position(|(known, _)| known == key)
    }

    pub(super) fn get<Q: ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: PartialEq<Q>,
    {
        self.0.get(self.place(key)?).map(|(_, value)| value)
    }

    pub(super) fn get_mut<Q: ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: PartialEq<Q>,
    {
        let place = self.place(key)?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    pub(super) fn contains_key<Q: ?Sized>(&self, key: &Q) -> bool
    where
        K: PartialEq<Q>,
    {
        self.place(key).is_some()
    }

    /// Puts a value in the place of the one there is, or where it belongs.
    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.get_mut(&key) {
            Some(there) => *there = value,
            None => {
                let place = self.0.iter().position(|(known, _)| *known > key).unwrap_or(self.0.len());
                self.0.insert(place, (key, value));
            }
        }
    }

    pub(super) fn remove<Q: ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: PartialEq<Q>,
    {
        self.place(key).map(|place| self.0.remove(place).1)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }
}
