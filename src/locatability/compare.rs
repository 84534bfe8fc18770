//! Two sets of class weights side by side, and how well their orders agree.

use crate::knowledge::ade20k::{ClassWeights, classes};

/// Derived weights beside the published ones.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// Spearman's rank correlation; none where all weights of a side are equal.
    pub spearman: Option<f64>,
    /// One a class, in the order of the classes.
    pub rows: Vec<ClassRow>,
}

/// One class. The greatest weight has rank 1; equal weights share the mean of their ranks.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ClassRow {
    /// ADE20K's own name.
    pub class: &'static str,
    /// The published weight.
    pub published: f64,
    /// The derived weight.
    pub derived: f64,
    /// Its place among the published.
    pub published_rank: f64,
    /// Its place among the derived.
    pub derived_rank: f64,
}

/// `derived` beside the published weights.
pub fn compare(derived: &ClassWeights) -> Comparison {
    let (published, derived) = (*ClassWeights::default().values(), *derived.values());
    let falling = |weights: &[f64]| ranks(&weights.iter().map(|weight| -weight).collect::<Vec<_>>());
    let (published_ranks, derived_ranks) = (falling(&published), falling(&derived));
    let row = |index: usize| ClassRow {
        class: &classes()[index].name,
        published: published[index],
        derived: derived[index],
        published_rank: published_ranks[index],
        derived_rank: derived_ranks[index],
    };
    Comparison { spearman: spearman(&published, &derived), rows: (0..published.len()).map(row).collect() }
}

/// Spearman's rank correlation: Pearson's correlation of the ranks, ties sharing their mean rank (Spearman 1904). None
/// where one side does not vary, or the sides differ in length.
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.len() != right.len() {
        return None;
    }
    let (left, right) = (ranks(left), ranks(right));
    // Ranks of n numbers have the mean (n + 1) / 2, ties or not.
    let mean = (left.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let spread = (product(&left, &left) * product(&right, &right)).sqrt();
    (spread > 0.0).then(|| product(&left, &right) / spread)
}

/// The rank of each number, the smallest first, from 1; equal numbers share the mean of their ranks.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let mean = (start + 1 + start + tied.len()) as f64 / 2.0;
        for &index in tied {
            ranks[index] = mean;
        }
        start += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_share_the_mean_rank() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3, 0.0, 0.3]), [4.0, 2.0, 4.0, 1.0, 4.0]);
        assert!(ranks(&[]).is_empty());
    }

    /// Expected values are those of scipy.stats.spearmanr.
    #[test]
    fn the_correlation_is_that_of_scipy() {
        let correlation = |a: &[f64], b: &[f64]| spearman(a, b).unwrap();
        assert!((correlation(&[1.0, 2.0, 3.0], &[10.0, 20.0, 15.0]) - 0.5).abs() < 1e-12);
        let (a, b) = ([1.0, 2.0, 2.0, 4.0, 5.0], [5.0, 6.0, 7.0, 8.0, 7.0]);
        assert!((correlation(&a, &b) - 0.763_157_894_736_842).abs() < 1e-12);
        assert!((correlation(&a, &a) - 1.0).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn the_published_weights_agree_with_themselves() {
        let comparison = compare(&ClassWeights::default());
        assert!((comparison.spearman.unwrap() - 1.0).abs() < 1e-12);
        let road = &comparison.rows[6];
        assert_eq!((road.class, road.published_rank, road.derived_rank), ("road, route", 1.0, 1.0));
        // Two classes have the weight zero.
        assert_eq!(comparison.rows.iter().filter(|row| row.published_rank == 149.5).count(), 2);
    }
}
