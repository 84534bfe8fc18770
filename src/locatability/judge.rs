//! What says how locatable pictures are: a segmenter with the weights of its classes.

use std::path::Path;

use image::RgbImage;

use super::Score;
use crate::{
    knowledge::ade20k::ClassWeights,
    model::{ComputeDevice, LabelMap, ModelError, Segmentation, Segmenter},
};

/// Label maps have at most this many pixels on their longer side. The window, the commands and the index all judge by the
/// same map, so that a picture has one score everywhere; a finer one changes the third decimal.
pub const LONGEST_SIDE: u32 = 1024;

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

    /// Judges one picture.
    pub fn judge(&self, picture: &RgbImage) -> Result<Judged, ModelError> {
        Ok(self.judged(picture, &self.segmenter.segment(picture)?))
    }

    /// Judges several pictures at once, which is faster where they have one size.
    pub fn judge_many(&self, pictures: &[&RgbImage]) -> Result<Vec<Judged>, ModelError> {
        let segmentations = self.segmenter.segment_many(pictures)?;
        Ok(pictures.iter().zip(&segmentations).map(|(picture, found)| self.judged(picture, found)).collect())
    }

    fn judged(&self, picture: &RgbImage, found: &Segmentation) -> Judged {
        let (width, height) = map_size(picture.dimensions());
        let labels = found.label_map(width, height);
        Judged { score: Score::of(&labels.labels, &self.weights), labels }
    }
}

/// Tells weights apart: FNV-1a (Fowler, Noll and Vo) over their bytes, which is the same everywhere.
fn fingerprint(weights: &ClassWeights) -> u32 {
    let bytes = weights.values().iter().flat_map(|weight| weight.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The size of a picture's label map.
fn map_size((width, height): (u32, u32)) -> (u32, u32) {
    let scale = (f64::from(LONGEST_SIDE) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_has_the_picture_s_shape_within_its_bound() {
        assert_eq!(map_size((448, 336)), (448, 336));
        assert_eq!(map_size((4096, 2048)), (1024, 512));
        assert_eq!(map_size((1, 20_000)), (1, 1024));
    }
}
