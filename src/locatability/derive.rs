//! Class weights from clue texts.
//!
//! GeoReasoner (Li et al., ICML 2024) measures by Sentence-BERT how similar each of its clues is to each class name, and
//! says that a class's weight follows from these similarities; how, it does not say. That two of its published weights
//! are exactly zero and the greatest exactly one means that small similarities were cut off and the sums divided by the
//! greatest, and so it is done here: `w_k = sum_i M_ik [M_ik > threshold] / max`.

use crate::{
    knowledge::ade20k::{CLASSES, ClassWeights, classes},
    model::{ModelError, SentenceEncoder},
};

/// Similarities up to this count for nothing unless the user says otherwise. With all-MiniLM-L6-v2 and 3,802 clue
/// sentences about countries this came nearest to the published weights: rank correlation 0.645 with three zeros
/// (0.15: 0.642 and none, 0.25: 0.623 and 25, no threshold: 0.611).
pub const DEFAULT_THRESHOLD: f64 = 0.2;

/// Clues whose vectors are in memory at once.
const AT_ONCE: usize = 512;

/// Why no weights come of some clues.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// The encoder cannot go on.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Nothing is similar enough.
    #[error("no class name is more similar than {threshold} to any of the {clues} clues: lower --threshold")]
    NothingSimilar {
        /// What similarities had to pass.
        threshold: f64,
        /// How many clues there were.
        clues: usize,
    },
}

/// The weights that these clues give; `on_clues` is told how many have been read.
pub fn derive_weights(
    clues: &[String],
    encoder: &SentenceEncoder,
    threshold: f64,
    on_clues: &mut dyn FnMut(usize),
) -> Result<ClassWeights, DeriveError> {
    let names: Vec<&str> = classes().iter().map(|class| class.name.as_str()).collect();
    let names = encoder.embed_texts(&names)?;
    let mut sums = [0.0; CLASSES];
    for (index, part) in clues.chunks(AT_ONCE).enumerate() {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        add_similar(&mut sums, &names, &encoder.embed_texts(&part)?, threshold);
        on_clues(index * AT_ONCE + part.len());
    }
    shares_of_greatest(sums).ok_or(DeriveError::NothingSimilar { threshold, clues: clues.len() })
}

/// Adds to each class the similarities above the threshold. All vectors have unit length, so a product is a cosine.
fn add_similar(sums: &mut [f64; CLASSES], names: &[Vec<f32>], clues: &[Vec<f32>], threshold: f64) {
    for (sum, name) in sums.iter_mut().zip(names) {
        for clue in clues {
            let similarity: f64 = name.iter().zip(clue).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            if similarity > threshold {
                *sum += similarity;
            }
        }
    }
}

/// None where all sums are zero. Below a threshold under zero a sum may be negative, and says nothing then.
fn shares_of_greatest(sums: [f64; CLASSES]) -> Option<ClassWeights> {
    let greatest = sums.iter().copied().fold(0.0, f64::max);
    (greatest > 0.0).then(|| ClassWeights::new(sums.map(|sum| (sum / greatest).max(0.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarities_above_the_threshold_are_summed_and_divided_by_the_greatest() {
        let mut names = vec![vec![0.0, 0.0]; CLASSES];
        names[6] = vec![1.0, 0.0];
        names[2] = vec![0.6, 0.8];
        let clues = [vec![1.0, 0.0], vec![0.0, 1.0], vec![0.8, -0.6]];
        let mut sums = [0.0; CLASSES];
        add_similar(&mut sums, &names, &clues, 0.3);
        // Class 6: 1 + 0.8. Class 2: 0.6 + 0.8; its similarity to the third clue, 0, counts for nothing.
        let weights = shares_of_greatest(sums).unwrap();
        assert_eq!(weights.values()[6], 1.0);
        assert!((weights.values()[2] - 1.4 / 1.8).abs() < 1e-6);
        assert_eq!(weights.values().iter().filter(|&&weight| weight > 0.0).count(), 2);
        assert!(shares_of_greatest([0.0; CLASSES]).is_none());
    }
}
