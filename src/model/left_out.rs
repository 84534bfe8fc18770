//! What a checkpoint may leave out, since its architecture has something of its own for it. That this stood in is told to
//! people: it is right for what the architecture was released with, and may be wrong for what was trained from it.

/// Something that a checkpoint does not bring, in whose place its architecture's own is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// How a conversation is written.
    ChatTemplate,
    /// `preprocessor_config.json`: how a picture is cut into patches.
    Preprocessor,
    /// `tokenizer_config.json`: what the special tokens are called.
    TokenizerConfig,
}
