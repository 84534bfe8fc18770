//! What says how locatable pictures are: a segmenter with the weights of its classes.

use std::path::Path;

use image::RgbImage;

use super::Score;
use crate::{
    dataset::reduced_for_scorer,
    knowledge::ade20k::ClassWeights,
    model::{ComputeDevice, LabelMap, ModelError, Seen, Segmentation, Segmenter},
};

/// A segmenter and what its classes weigh.
pub struct Judge {
    segmenter: Segmenter,
    weights: ClassWeights,
    name: String,
}

/// How locatable a picture is, and where on it that comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The score, and what it is made of.
    pub score: Score,
    /// Which class lies where.
    pub labels: LabelMap,
}

impl Judge {
    /// Opens the segmenter of a folder, whose classes must be ADE20K's.
    pub fn open(folder: &Path, device: &ComputeDevice, weights: ClassWeights) -> Result<Self, ModelError> {
        let segmenter = Segmenter::open(folder, device)?;
        segmenter.check_ade20k()?;
        let name = match weights == ClassWeights::default() {
            true => segmenter.name().to_owned(),
            false => format!("{}, weights {:08x}", segmenter.name(), fingerprint(&weights)),
        };
        Ok(Self { segmenter, weights, name })
    }

    /// The segmenter's name, and a mark of its weights where they are not the published ones.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the segmenter has learned from; of other pictures it says nothing true.
    pub fn seen(&self) -> Seen {
        self.segmenter.seen()
    }

    /// Judges one picture, reduced as the index reduces pictures, so that it has one score everywhere.
    pub fn judge(&self, picture: &RgbImage) -> Result<Judged, ModelError> {
        let smaller = reduced_for_scorer(picture);
        let picture = smaller.as_ref().unwrap_or(picture);
        Ok(self.judged(picture, &self.segmenter.segment(picture)?))
    }

    /// Judges several pictures as they are, which is faster together where they have one size.
    pub fn judge_many(&self, pictures: &[&RgbImage]) -> Result<Vec<Judged>, ModelError> {
        let segmentations = self.segmenter.segment_many(pictures)?;
        Ok(pictures.iter().zip(&segmentations).map(|(picture, found)| self.judged(picture, found)).collect())
    }

    fn judged(&self, picture: &RgbImage, found: &Segmentation) -> Judged {
        let labels = found.label_map(picture.width(), picture.height());
        Judged { score: Score::of(&labels.labels, &self.weights), labels }
    }
}

/// Tells weights apart: FNV-1a (Fowler, Noll and Vo) over their bytes, which is the same everywhere.
fn fingerprint(weights: &ClassWeights) -> u32 {
    let bytes = weights.values().iter().flat_map(|weight| weight.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
