//! The 150 ADE20K classes in MaskFormer's order, and how much each says about where a street is.
//!
//! The weights are the published ones of GeoReasoner (Li et al., ICML 2024; lingli1996/GeoReasoner,
//! `loc_clip/locatability_comput.py`).

use std::sync::OnceLock;

/// How many classes there are.
pub const CLASSES: usize = 150;

/// The paper keeps street views whose locatability is at least this.
pub const THRESHOLD: f64 = 0.4;

/// One class of the segmentation.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Class {
    /// ADE20K's own name, with its synonyms.
    #[serde(rename = "class")]
    pub name: String,
    /// 0 (says nothing) to 1 (the road).
    pub weight: f64,
}

/// All classes; a class's index is its number in MaskFormer's label maps.
pub fn classes() -> &'static [Class] {
    static TABLE: OnceLock<Vec<Class>> = OnceLock::new();
    TABLE.get_or_init(|| {
        csv::Reader::from_reader(include_bytes!("../../assets/knowledge/ade20k.csv").as_slice())
            .deserialize()
            .collect::<Result<Vec<Class>, _>>()
            .expect("the shipped table of classes is read in a test")
    })
}

/// The published weights, by class.
pub fn weights() -> [f64; CLASSES] {
    std::array::from_fn(|class| classes()[class].weight)
}

/// A class's name without its synonyms; empty where there is no such class.
pub fn short_name(class: usize) -> &'static str {
    classes().get(class).map_or("", |class| class.name.split(',').next().unwrap_or_default().trim())
}

/// Locatability: the sum over classes of weight times share of the picture.
///
/// `shares[k]` is the fraction of pixels of class `k`; pixels without a class count for nothing.
pub fn locatability(shares: &[f64; CLASSES]) -> f64 {
    classes().iter().zip(shares).map(|(class, share)| class.weight * share).sum()
}

/// The share of each class in a label map whose values are the class index plus one (0: none).
pub fn shares(labels: &[u8]) -> [f64; CLASSES] {
    let mut counts = [0u64; CLASSES];
    for &label in labels {
        if let Some(count) = usize::from(label).checked_sub(1).and_then(|class| counts.get_mut(class)) {
            *count += 1;
        }
    }
    counts.map(|count| count as f64 / labels.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the authors' own script prints.
    #[test]
    fn golden_example_of_the_paper() {
        let example = [
            (1, 0.19507864117622375),
            (2, 0.33347809314727783),
            (4, 0.046887848526239395),
            (6, 0.36356136202812195),
            (9, 0.03862818703055382),
            (11, 0.012277703732252121),
            (12, 0.00012078536383341998),
            (20, 0.0040527344681322575),
            (43, 0.0002300061605637893),
            (53, 0.0013723273295909166),
            (59, 3.3408716262783855e-05),
            (87, 0.0002197265566792339),
            (93, 0.002009662799537182),
            (138, 0.0020494963973760605),
        ];
        let mut shares = [0.0; CLASSES];
        for (class, share) in example {
            shares[class] = share;
        }
        assert!((locatability(&shares) - 0.48667102942170887).abs() < 1e-12);
    }

    #[test]
    fn table_is_whole() {
        assert_eq!(classes().len(), CLASSES);
        assert_eq!(classes()[6].name, "road, route");
        assert_eq!(classes()[6].weight, 1.0);
    }

    #[test]
    fn labels_count_from_one_and_none_counts_for_nothing() {
        let shares = shares(&[0, 7, 7, 3]);
        assert_eq!((shares[6], shares[2]), (0.5, 0.25));
        assert_eq!(shares.iter().sum::<f64>(), 0.75);
    }
}
