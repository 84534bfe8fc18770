//! Vision-language models: a checkpoint directory becomes a [`VisionLanguageModel`] that sees pictures once, reads
//! prompts, answers word by word, and says how likely it finds given answers. Beside them segmenters, which name the class
//! of every pixel ([`Segmenter`]), and models that make vectors of pictures and texts ([`Embedder`]).
//!
//! Shapes are written with names: batch, tokens, patches, heads, head (width of one head), hidden (width of the model).

mod adapters;
mod answering;
mod architectures;
mod attention;
pub mod bert;
mod bilinear;
mod cache;
pub mod chat;
pub mod clip;
mod compute;
mod context;
mod conversation;
#[cfg(test)]
mod conversation_tests;
mod convolution;
mod custom_gradient;
pub mod device;
mod directory;
pub(crate) mod disk;
mod drawn;
mod dropout;
mod efficientnet;
mod elementwise;
mod embedder;
mod error;
mod export;
mod features;
mod fields;
mod footprint;
mod front;
mod frozen;
mod gguf;
mod golden;
mod gpu;
mod half_matrix;
pub mod image_processor;
mod left_out;
mod levels;
pub(crate) mod linear;
mod lora;
mod low_rank;
pub mod maskformer;
mod matrix;
mod network;
mod new_folder;
mod norm;
mod origin;
pub mod packed;
mod packing;
mod panels;
mod patches;
mod pickled;
mod precision;
mod qwen2;
pub mod qwen2_5_vl;
pub mod reader;
mod renames;
mod rotary;
pub mod sampling;
pub mod save;
mod scoring;
mod seed;
pub mod seeded;
mod seen;
pub mod segformer;
pub mod segmenter;
mod self_attention;
mod store;
mod stored;
mod strips;
mod swin;
mod template_functions;
mod threads;
pub mod tokenizer;
mod trie;
mod vectorised;
mod vectors;
mod vision_language;
pub mod weights;

pub use adapters::{Adapter, adapters};
pub use answering::answer_tokens;
pub use bert::SentenceEncoder;
pub use chat::{Content, Message, Role};
pub use clip::Clip;
pub use compute::{ComputeDevice, ComputeKind, DecodeKernel, DeviceNote, PackedProducts};
pub use context::{Context, ContextStore, ReadProgress, ReadStats};
pub use device::{DeviceChoice, open};
pub use drawn::{drawn_score, is_drawn_street};
pub use dropout::Dropout;
pub use embedder::Embedder;
pub use error::{DeviceError, ModelError};
pub use export::{ExportType, export};
pub use footprint::{Footprint, Needs, Placed, Purpose, Shape, footprint, modest};
pub(crate) use front::conversation_tokens;
pub use image_processor::{ImageProcessor, PICTURE_TOKENS};
pub use left_out::LeftOut;
pub use lora::{LoraChoice, LoraFacts, LoraProblem, LoraSettings, merge, save_lora};
pub use patches::{Patches, PictureProcessor};
pub use precision::{Packing, Precision, PrecisionError};
pub use sampling::Sampling;
pub use seen::Seen;
pub use segmenter::{LabelMap, Segmentation, Segmenter};
pub use store::{Store, Weighty};
pub use threads::join_team;
pub use tokenizer::Tokenizer;
pub use vision_language::{
    Facts, FinishReason, GenerateOptions, Generated, PictureTokens, Prompt, VisionLanguageModel, WriteStats,
};

pub(crate) use directory::name_of;
pub(crate) use features::key as picture_key;
