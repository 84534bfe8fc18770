//! What a segmenter needs of an architecture.

use burn::tensor::Tensor;

use crate::model::weights::Checkpoint;

/// Class scores of a batch on the network's own grid.
pub(crate) struct GridScores {
    /// `[batch, rows * columns, classes]`.
    pub values: Tensor<3>,
    /// Rows and columns.
    pub grid: [usize; 2],
}

/// What a segmenter needs of an architecture.
pub(crate) trait SegmentationNetwork: Send + Sync {
    /// Whether pictures of `rows` by `columns` pixels are large enough.
    fn takes(&self, rows: usize, columns: usize) -> bool;

    /// `[batch, rows, columns, 3]`, normalised, to scores.
    fn scores(&self, pixels: Tensor<4>) -> GridScores;
}

/// An opened network and the checkpoint it was read from.
pub(crate) type Opened = (Box<dyn SegmentationNetwork>, Checkpoint);
