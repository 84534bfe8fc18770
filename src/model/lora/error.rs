//! What can be wrong with an adapter.

use std::path::PathBuf;

use thiserror::Error;

/// Why an adapter cannot be used with a model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LoraProblem {
    /// It is none.
    #[error("has no adapter_config.json: give the folder of a LoRA adapter as PEFT saves it")]
    NoAdapter,
    /// Its settings cannot be read.
    #[error("adapter_config.json {0}")]
    Settings(String),
    /// It is of a kind that is not read.
    #[error("is {0}, and only plain LoRA adapters can be used; merge it into its model with PEFT and use that")]
    Kind(String),
    /// None of its layers is one of the model's.
    #[error(
        "changes nothing in this model: none of its {layers} layers ({first}, ...) is there; it belongs to another model{base}"
    )]
    NothingMatches {
        /// How many it has.
        layers: usize,
        /// The first of them.
        first: String,
        /// The model it names, in brackets, if any.
        base: String,
    },
    /// Its factors have other sizes than the model's matrix.
    #[error(
        "does not fit this model: its factors for {layer} are {a:?} and {b:?}, the matrix is {matrix:?}; it belongs to \
         another model{base}"
    )]
    WrongShape {
        /// The layer, as the adapter names it.
        layer: String,
        /// Sizes of the first factor, `[rank, in]`.
        a: Vec<usize>,
        /// Sizes of the second, `[out, rank]`.
        b: Vec<usize>,
        /// `[out, in]`
        matrix: [usize; 2],
        /// The model it names, in brackets, if any.
        base: String,
    },
    /// The model's weights lie in a form that is not written.
    #[error("cannot be merged into {}: get the model as safetensors", weights.display())]
    NotMergeable {
        /// The file with the weights.
        weights: PathBuf,
    },
    /// A layer has one factor only.
    #[error("is incomplete: {layer} has only one of its two factors; get it again")]
    Half {
        /// The layer, as the adapter names it.
        layer: String,
    },
    /// A factor holds NaN or infinity.
    #[error("holds numbers that are none, for the layer {layer}: get it again")]
    NoNumbers {
        /// The layer, as the model names it.
        layer: String,
    },
    /// Two of its tensors are for one layer.
    #[error("names the layer {layer} twice, so which one counts is not known")]
    Twice {
        /// The layer, without what stands before it.
        layer: String,
    },
}
