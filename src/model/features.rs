//! Pictures that a model has looked at lately, so that none is encoded twice: not for a second question, nor after it was
//! left and opened again.

use burn::tensor::Tensor;
use lru::LruCache;
use sha2::{Digest as _, Sha256};

use super::patches::Patches;

/// Bytes of picture tokens that are kept at most; a picture of 1,280 tokens in a model of 7 billion numbers takes 18 MB.
const MOST_BYTES: usize = 256 << 20;

/// What makes two pictures the same to a model.
pub(crate) type PictureKey = [u8; 32];

/// SHA-256 over the grid and the numbers.
pub(crate) fn key(picture: &Patches) -> PictureKey {
    let mut sha = Sha256::new();
    for side in picture.grid {
        sha.update((side as u64).to_le_bytes());
    }
    // A few kilobytes at a time: number by number would take far longer.
    for numbers in picture.values.chunks(2048) {
        sha.update(numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    }
    sha.finalize().into()
}

/// Picture tokens, `[cells, width]`, by their picture; what was not asked for the longest goes first.
#[derive(Debug)]
pub(crate) struct FeatureStore {
    kept: LruCache<PictureKey, Tensor<2>>,
    bytes: usize,
    most_bytes: usize,
}

impl Default for FeatureStore {
    fn default() -> Self {
        Self::new(MOST_BYTES)
    }
}

impl FeatureStore {
    fn new(most_bytes: usize) -> Self {
        Self { kept: LruCache::unbounded(), bytes: 0, most_bytes }
    }

    /// The tokens of a picture that has been encoded lately.
    pub fn get(&mut self, key: &PictureKey) -> Option<Tensor<2>> {
        self.kept.get(key).cloned()
    }

    /// Keeps the tokens of a picture, and lets others go until all fit.
    pub fn put(&mut self, key: PictureKey, features: Tensor<2>) {
        self.bytes += size(&features);
        if let Some(old) = self.kept.put(key, features) {
            self.bytes -= size(&old);
        }
        while self.bytes > self.most_bytes
            && let Some((_, old)) = self.kept.pop_lru()
        {
            self.bytes -= size(&old);
        }
    }
}

fn size(features: &Tensor<2>) -> usize {
    features.dims().iter().product::<usize>() * features.dtype().size()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first_and_the_bound_is_kept() {
        let picture = || Tensor::<2>::zeros([4, 8], &Device::flex());
        let mut store = FeatureStore::new(3 * 4 * 8 * 4);
        for key in 0..3 {
            store.put([key; 32], picture());
        }
        assert!(store.get(&[0; 32]).is_some());
        store.put([3; 32], picture());
        let held: Vec<bool> = (0..4).map(|key| store.get(&[key; 32]).is_some()).collect();
        assert_eq!(held, [true, false, true, true]);
        store.put([3; 32], picture());
        assert_eq!((store.bytes, store.kept.len()), (3 * 4 * 8 * 4, 3), "the same picture counts once");
        store.put([9; 32], Tensor::zeros([400, 8], &Device::flex()));
        assert_eq!((store.bytes, store.kept.len()), (0, 0), "one that is too large is not kept");
    }

    #[test]
    fn pictures_of_the_same_numbers_and_another_shape_differ() {
        let of = |grid, first| key(&Patches { values: vec![first, 2.0], grid, merged_tokens: 1 });
        assert_eq!(of([1, 1, 2], 1.0), of([1, 1, 2], 1.0));
        assert_ne!(of([1, 1, 2], 1.0), of([1, 2, 1], 1.0));
        assert_ne!(of([1, 1, 2], 1.0), of([1, 1, 2], -1.0));
    }
}
