//! The score of one label map, class by class.

use crate::knowledge::ade20k::{self, ClassWeights};

/// What one class adds to a picture's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassPart {
    /// Its number in [`ade20k::classes`].
    pub class: usize,
    /// Its share of the pixels, 0 to 1.
    pub share: f64,
    /// What a picture of nothing else would score.
    pub weight: f64,
    /// Share times weight.
    pub contribution: f64,
}

impl ClassPart {
    /// The class's name without its synonyms.
    pub fn name(&self) -> &'static str {
        ade20k::short_name(self.class)
    }
}

/// How locatable a picture is, and what that is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The sum of all contributions: 0 (nothing tells) to 1 (a picture of road alone).
    pub locatability: f64,
    /// The classes seen, the greatest contribution first.
    pub classes: Vec<ClassPart>,
}

impl Score {
    /// Of a label map whose values are the class plus one (0: none).
    pub fn of(labels: &[u8], weights: &ClassWeights) -> Self {
        let shares = ade20k::shares(labels);
        let part = |(class, (&share, &weight))| ClassPart { class, share, weight, contribution: share * weight };
        let seen = |part: &ClassPart| part.share > 0.0;
        let mut classes: Vec<_> = shares.iter().zip(weights.values()).enumerate().map(part).filter(seen).collect();
        let locatability = classes.iter().map(|part| part.contribution).sum();
        classes.sort_by(|a, b| b.contribution.total_cmp(&a.contribution).then(b.share.total_cmp(&a.share)));
        Self { locatability, classes }
    }

    /// Whether the paper would keep the picture.
    pub fn is_locatable(&self) -> bool {
        self.locatability >= ade20k::THRESHOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_the_greatest_stands_first() {
        let labels = [3, 3, 3, 3, 7, 7, 0, 2];
        let score = Score::of(&labels, &ClassWeights::default());
        assert_eq!(score.classes[0].name(), "road");
        assert!((score.classes[0].contribution - 0.25).abs() < 1e-12);
        assert_eq!(score.classes.len(), 3);
        assert_eq!(score.locatability, ade20k::locatability(&ade20k::shares(&labels), &ClassWeights::default()));
        assert_eq!(Score::of(&[], &ClassWeights::default()).locatability, 0.0);
    }
}
