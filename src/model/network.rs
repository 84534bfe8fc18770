//! What the conversation needs of an architecture; everything above knows only this.

use std::ops::ControlFlow;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::attention::Mask;
use super::cache::{Cache, Memory};
use super::error::ModelError;
use super::front::Front;
use super::lora::Adapted;
use super::patches::Patches;

/// Asked between the blocks of a network whether to go on.
pub(crate) type GoOn<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// For work that nobody stops.
pub(crate) fn always() -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// An opened architecture.
pub(crate) struct Opened {
    pub network: Box<dyn Network>,
    pub front: Front,
    /// Where the network was read from.
    pub source: Adapted,
}

/// New tokens of one conversation.
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    /// Their ids, `[new]`, where the network is.
    pub ids: Tensor<1, Int>,
    /// Their positions (time, height, width).
    pub positions: &'a [[u32; 3]],
    /// What [`Network::encode`] made of the pictures that may stand among them.
    pub features: &'a [&'a Tensor<2>],
    /// Which row of the joined features stands at each place; shorter than `ids` where no picture is.
    pub feature_rows: &'a [Option<usize>],
}

/// Tokens as [`Chunk`] has them.
pub(crate) fn ids(tokens: &[u32], device: &Device) -> Tensor<1, Int> {
    let ids: Vec<i32> = tokens.iter().map(|&token| token as i32).collect();
    Tensor::from_data(TensorData::new(ids, [tokens.len()]), device)
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
    /// The form in which most matrices are held, as people write it: a type of numbers or of blocks.
    fn form(&self) -> &'static str;

    /// What the vision tower makes of a picture, `[cells, width]`: a row for each of its places in the prompt, as wide as
    /// the architecture needs it.
    fn encode(&self, picture: &Patches, go_on: GoOn<'_>) -> ControlFlow<(), Tensor<2>>;
    /// How often [`Self::encode`] asks whether to go on.
    fn encode_steps(&self) -> usize;
    /// Positions of all tokens of a prompt whose pictures have these grids.
    fn positions(&self, tokens: &[u32], grids: &[[usize; 3]]) -> Result<Vec<[u32; 3]>, ModelError>;
    /// The last states of the new tokens, `[new, hidden]`. Where it is stopped, the cache stays as long as it was.
    fn hidden(&self, chunk: &Chunk<'_>, mask: &Mask, memory: Memory<'_>, go_on: GoOn<'_>)
    -> ControlFlow<(), Tensor<2>>;
    /// Scores over the vocabulary, `[rows, hidden]` to `[rows, vocabulary]`.
    fn logits(&self, hidden: Tensor<2>) -> Tensor<2>;
}
