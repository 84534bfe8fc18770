//! The 150 ADE20K classes in MaskFormer's order, and how much each says about where a street is.
//!
//! The weights are the published ones of GeoReasoner (Li et al., ICML 2024; lingli1996/GeoReasoner,
//! `loc_clip/locatability_comput.py`), or a user's own from a file of the same form.

use std::{
    io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// How many classes there are.
pub const CLASSES: usize = 150;

/// The paper keeps street views whose locatability is at least this.
pub const THRESHOLD: f64 = 0.4;

/// A larger file is no table of weights, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// One class of the segmentation.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
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

/// A class's name without its synonyms; empty where there is no such class.
pub fn short_name(class: usize) -> &'static str {
    classes().get(class).map_or("", |class| class.name.split(',').next().unwrap_or_default().trim())
}

/// How much each class says about where a street is, in the order of [`classes`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClassWeights([f64; CLASSES]);

/// Why a file of weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// It cannot be read.
    #[error("cannot read the class weights {}: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It is no table of class weights.
    #[error("{}: {problem}; it needs the columns class and weight and a line for each of ADE20K's 150 classes", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// What does not fit.
        problem: String,
    },
}

impl Default for ClassWeights {
    /// The published ones.
    fn default() -> Self {
        Self(std::array::from_fn(|class| classes()[class].weight))
    }
}

impl ClassWeights {
    /// Weights in the order of [`classes`].
    pub fn new(weights: [f64; CLASSES]) -> Self {
        Self(weights)
    }

    /// Reads a CSV table with the columns `class` and `weight`, one line a class in any order, as [`Self::to_csv`]
    /// writes it.
    pub fn read(file: &Path) -> Result<Self, WeightsError> {
        let unreadable = |cause| WeightsError::Unreadable { file: file.to_owned(), cause };
        let wrong = |problem| WeightsError::Form { file: file.to_owned(), problem };
        if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_BYTES {
            return Err(wrong("it is too large for 150 weights".to_owned()));
        }
        Self::from_csv(&std::fs::read(file).map_err(unreadable)?).map_err(wrong)
    }

    fn from_csv(text: &[u8]) -> Result<Self, String> {
        let mut weights = [None; CLASSES];
        for (index, line) in csv::Reader::from_reader(text).deserialize::<Class>().enumerate() {
            let Class { name, weight } = line.map_err(|error| error.to_string())?;
            let class = classes().iter().position(|class| class.name == name);
            let class = class.ok_or_else(|| format!("line {}: '{name}' is no class of ADE20K", index + 2))?;
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(format!("line {}: {weight} is no weight", index + 2));
            }
            if weights[class].replace(weight).is_some() {
                return Err(format!("line {}: '{name}' stands there twice", index + 2));
            }
        }
        let mut whole = [0.0; CLASSES];
        for (class, weight) in weights.into_iter().enumerate() {
            whole[class] = weight.ok_or_else(|| format!("there is no weight for '{}'", classes()[class].name))?;
        }
        Ok(Self(whole))
    }

    /// As a CSV table with the columns `class` and `weight`.
    pub fn to_csv(&self) -> String {
        let mut table = csv::Writer::from_writer(Vec::new());
        for (class, weight) in classes().iter().zip(self.0) {
            let line = Class { name: class.name.clone(), weight };
            table.serialize(line).expect("a name and a number can be written to memory");
        }
        let bytes = table.into_inner().expect("memory can be written to");
        String::from_utf8(bytes).expect("names and numbers are text")
    }

    /// All of them.
    pub fn values(&self) -> &[f64; CLASSES] {
        &self.0
    }
}

/// Locatability: the sum over classes of weight times share of the picture.
///
/// `shares[k]` is the fraction of pixels of class `k`; pixels without a class count for nothing.
pub fn locatability(shares: &[f64; CLASSES], weights: &ClassWeights) -> f64 {
    weights.0.iter().zip(shares).map(|(weight, share)| weight * share).sum()
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
        assert!((locatability(&shares, &ClassWeights::default()) - 0.48667102942170887).abs() < 1e-12);
    }

    #[test]
    fn table_is_whole() {
        assert_eq!(classes().len(), CLASSES);
        assert_eq!(classes()[6].name, "road, route");
        assert_eq!(classes()[6].weight, 1.0);
    }

    #[test]
    fn weights_come_back_from_their_file() {
        let weights = ClassWeights::new(std::array::from_fn(|class| class as f64 / 149.0));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("weights.csv");
        std::fs::write(&file, weights.to_csv()).unwrap();
        assert_eq!(ClassWeights::read(&file).unwrap(), weights);
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/knowledge/ade20k.csv");
        assert_eq!(ClassWeights::read(&shipped).unwrap(), ClassWeights::default());
    }

    #[test]
    fn files_that_are_no_weights_say_why() {
        let good = ClassWeights::default().to_csv();
        for (from, to, says) in [
            ("class,weight", "name,weight", "missing field `class`"),
            ("\nwall,", "\nwalls,", "line 2: 'walls' is no class"),
            ("\nbuilding,", "\nwall,", "line 3: 'wall' stands there twice"),
            ("\nsky,", "\nsky,-", "is no weight"),
            ("\nsky,", "\nsky,x", "invalid float"),
        ] {
            let problem = ClassWeights::from_csv(good.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(problem.contains(says), "'{problem}' does not say '{says}'");
        }
        let short = &good[..good.trim_end().rfind('\n').unwrap()];
        assert!(ClassWeights::from_csv(short.as_bytes()).unwrap_err().contains("no weight for 'flag'"));
        let missing = ClassWeights::read(Path::new("no/weights.csv")).unwrap_err().to_string();
        assert!(missing.contains("no/weights.csv"));
    }

    #[test]
    fn labels_count_from_one_and_none_counts_for_nothing() {
        let shares = shares(&[0, 7, 7, 3]);
        assert_eq!((shares[6], shares[2]), (0.5, 0.25));
        assert_eq!(shares.iter().sum::<f64>(), 0.75);
    }
}
