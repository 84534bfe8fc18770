//! Pictures that a model has looked at lately, so that none is encoded twice: not for a second question, nor after it was
//! left and opened again.

use burn::tensor::Tensor;
use sha2::{Digest as _, Sha256};

use super::patches::Patches;
use super::store::Store;

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

/// Picture tokens, `[cells, width]`, by their picture.
pub(crate) type FeatureStore = Store<PictureKey, Tensor<2>>;

impl Default for FeatureStore {
    fn default() -> Self {
        Self::new(MOST_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_the_same_numbers_and_another_shape_differ() {
        let of = |grid, first| key(&Patches { values: vec![first, 2.0], grid, merged_tokens: 1 });
        assert_eq!(of([1, 1, 2], 1.0), of([1, 1, 2], 1.0));
        assert_ne!(of([1, 1, 2], 1.0), of([1, 2, 1], 1.0));
        assert_ne!(of([1, 1, 2], 1.0), of([1, 1, 2], -1.0));
    }
}
