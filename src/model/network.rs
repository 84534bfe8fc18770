//! What the conversation needs of an architecture; everything above knows only this.

use burn::tensor::{DType, Tensor};

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::error::ModelError;
use super::image_processor::Patches;

/// New tokens of one conversation.
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    /// Their ids.
    pub tokens: &'a [u32],
    /// Their positions (time, height, width).
    pub positions: &'a [[u32; 3]],
    /// Picture tokens that may stand among them, one tensor a picture, `[cells, hidden]`.
    pub features: &'a [&'a Tensor<2>],
    /// Which row of the joined features stands at each place; shorter than `tokens` where no picture is.
    pub feature_rows: &'a [Option<usize>],
}

/// A language model that sees pictures.
pub(crate) trait Network: Send {
    /// The token that stands for a piece of a picture.
    fn image_token(&self) -> u32;
    /// Scores that one position has.
    fn vocabulary(&self) -> usize;
    /// How many tokens a picture with this grid of patches becomes.
    fn cells(&self, grid: [usize; 3]) -> usize;
    /// Numbers in a patch.
    fn patch_numbers(&self) -> usize;
    /// An empty cache of the right size.
    fn new_cache(&self) -> Cache;
    /// The type in which the matrices are held.
    fn precision(&self) -> DType;

    /// The tokens of a picture, `[cells, hidden]`.
    fn encode(&self, picture: &Patches) -> Tensor<2>;
    /// Positions of all tokens of a prompt whose pictures have these grids.
    fn positions(&self, tokens: &[u32], grids: &[[usize; 3]]) -> Result<Vec<[u32; 3]>, ModelError>;
    /// The last states of the new tokens, `[new, hidden]`.
    fn hidden(&self, chunk: &Chunk<'_>, mask: &Mask, memory: Memory<'_>) -> Tensor<2>;
    /// Scores over the vocabulary, `[rows, hidden]` to `[rows, vocabulary]`.
    fn logits(&self, hidden: Tensor<2>) -> Tensor<2>;
}
