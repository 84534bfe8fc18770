//! The shapes of the models that are measured.

/// Tokens that Qwen2.5 has rows for.
pub(super) const VOCABULARY: usize = 151_936;

/// The sizes of a Qwen2.5-VL whose output layer is its embedding.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) feed_forward: usize,
    pub(super) heads: usize,
    pub(super) key_value_heads: usize,
    /// Pairs of each head that turn with time, height and width.
    pub(super) rotary_sections: [usize; 3],
    pub(super) vision_width: usize,
    pub(super) vision_layers: usize,
    pub(super) vision_feed_forward: usize,
    pub(super) vision_heads: usize,
    /// The blocks of the tower that see the whole picture.
    pub(super) whole_attention: [usize; 4],
}

impl Shape {
    /// Qwen2.5-0.5B with a tower in proportion, small enough to be measured beside a peer in f32.
    pub(super) const HALF_BILLION: Self = Self {
        width: 896,
        layers: 24,
        feed_forward: 4864,
        heads: 14,
        key_value_heads: 2,
        rotary_sections: [8, 12, 12],
        vision_width: 768,
        vision_layers: 12,
        vision_feed_forward: 2048,
        vision_heads: 12,
        whole_attention: [2, 5, 8, 11],
    };

    /// Qwen2.5-VL-3B-Instruct, by its `config.json`.
    pub(super) const THREE_BILLION: Self = Self {
        width: 2048,
        layers: 36,
        feed_forward: 11_008,
        heads: 16,
        key_value_heads: 2,
        rotary_sections: [16, 24, 24],
        vision_width: 1280,
        vision_layers: 32,
        vision_feed_forward: 3420,
        vision_heads: 16,
        whole_attention: [7, 15, 23, 31],
    };

    pub(super) fn key_value_width(&self) -> usize {
        self.key_value_heads * self.width / self.heads
    }
}
