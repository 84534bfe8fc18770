//! A store with a bound in bytes, from which goes first what was not asked for the longest.

use std::hash::Hash;

use burn::tensor::Tensor;
use lru::LruCache;

/// What knows how much memory it takes.
pub trait Weighty {
    /// Bytes, on the device and off it.
    fn bytes(&self) -> usize;
}

impl Weighty for Tensor<2> {
    fn bytes(&self) -> usize {
        self.dims().iter().product::<usize>() * self.dtype().size()
    }
}

/// Things of at most so many bytes together.
#[derive(Debug)]
pub struct Store<K: Hash + Eq, V> {
    kept: LruCache<K, V>,
    bytes: usize,
    most_bytes: usize,
}

impl<K: Hash + Eq, V: Weighty> Store<K, V> {
    /// An empty one for so many bytes.
    pub fn new(most_bytes: usize) -> Self {
        Self { kept: LruCache::unbounded(), bytes: 0, most_bytes }
    }

    /// How many bytes are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is kept under a key, which stays.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        self.kept.get(key)
    }

    /// Takes out what is kept under a key, to be put back when it has been used.
    pub fn take(&mut self, key: &K) -> Option<V> {
        let taken = self.kept.pop(key)?;
        self.bytes -= taken.bytes();
        Some(taken)
    }

    /// Keeps something, in the place of what was kept under its key, and lets others go until all fit. What is larger than
    /// the bound by itself is not kept, and nothing else goes for it.
    pub fn put(&mut self, key: K, value: V) {
        self.take(&key);
        let bytes = value.bytes();
        if bytes > self.most_bytes {
            return;
        }
        while self.bytes + bytes > self.most_bytes
            && let Some((_, oldest)) = self.kept.pop_lru()
        {
            self.bytes -= oldest.bytes();
        }
        self.bytes += bytes;
        self.kept.put(key, value);
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    const BYTES: usize = 4 * 8 * 4;

    fn thing() -> Tensor<2> {
        Tensor::zeros([4, 8], &Device::flex())
    }

    fn held(store: &Store<u8, Tensor<2>>) -> Vec<u8> {
        (0..10).filter(|key| store.kept.contains(key)).collect()
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first_and_the_bound_is_kept() {
        let mut store = Store::new(3 * BYTES);
        (0..3).for_each(|key| store.put(key, thing()));
        assert!(store.get(&0).is_some());
        store.put(3, thing());
        assert_eq!(held(&store), [0, 2, 3]);
        store.put(3, thing());
        assert_eq!((store.bytes(), held(&store).len()), (3 * BYTES, 3), "the same key counts once");
        store.put(9, Tensor::zeros([400, 8], &Device::flex()));
        assert_eq!((store.bytes(), held(&store)), (3 * BYTES, vec![0, 2, 3]), "one that is too large is not kept");
        store.put(3, Tensor::zeros([400, 8], &Device::flex()));
        assert_eq!((store.bytes(), held(&store)), (2 * BYTES, vec![0, 2]), "nor is what it was before");
    }

    #[test]
    fn what_is_taken_out_counts_no_more_until_it_is_put_back() {
        let mut store = Store::new(2 * BYTES);
        store.put(1, thing());
        let taken = store.take(&1).unwrap();
        assert_eq!((store.bytes(), store.take(&1).is_none()), (0, true));
        store.put(1, taken);
        assert_eq!(store.bytes(), BYTES);
    }
}
