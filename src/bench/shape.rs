//! The shapes of the models that are measured.

use crate::model::Precision;

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

    /// The layers of Qwen2.5-VL-7B, as narrow as packed blocks allow: for counts, which widths play no part in.
    pub(super) const NARROW: Self = Self {
        width: 256,
        layers: 28,
        feed_forward: 512,
        heads: 4,
        key_value_heads: 2,
        rotary_sections: [8, 12, 12],
        vision_width: 64,
        vision_layers: 4,
        vision_feed_forward: 128,
        vision_heads: 1,
        whole_attention: [0, 1, 2, 3],
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

    /// Two layers of Qwen2.5-VL-3B, and a tower that takes no time.
    pub(super) const LAYERS_OF_THREE_BILLION: Self = Self {
        layers: 2,
        vision_width: 64,
        vision_layers: 4,
        vision_feed_forward: 128,
        vision_heads: 1,
        whole_attention: [0, 1, 2, 3],
        ..Self::THREE_BILLION
    };

    /// Two layers of Qwen2.5-VL-7B by its `config.json`, and such a tower; its output layer is its embedding here.
    pub(super) const LAYERS_OF_SEVEN_BILLION: Self =
        Self { width: 3584, feed_forward: 18_944, heads: 28, key_value_heads: 4, ..Self::LAYERS_OF_THREE_BILLION };

    /// The vision tower of Qwen2.5-VL-3B and 7B, before layers that take no time.
    pub(super) const TOWER: Self = Self {
        layers: 2,
        vision_width: Self::THREE_BILLION.vision_width,
        vision_layers: Self::THREE_BILLION.vision_layers,
        vision_feed_forward: Self::THREE_BILLION.vision_feed_forward,
        vision_heads: Self::THREE_BILLION.vision_heads,
        whole_attention: Self::THREE_BILLION.whole_attention,
        ..Self::NARROW
    };

    /// Bytes of the weights that a token reads: of all layers and the output layer, with the scales of their blocks.
    pub(super) fn bytes_a_token(&self, precision: Precision) -> f64 {
        let attention = 2 * self.width * (self.width + self.key_value_width());
        let layers = (self.layers * (attention + 3 * self.width * self.feed_forward)) as f64;
        let head = (VOCABULARY * self.width) as f64;
        // Q8_0 has 34 bytes for 32 numbers, Q4_1 has 20.
        let [of_layers, of_head] = match precision {
            Precision::Full => [2.0, 2.0],
            Precision::EightBits => [34.0 / 32.0; 2],
            Precision::FourBits => [20.0 / 32.0, 34.0 / 32.0],
        };
        of_layers * layers + of_head * head
    }

    /// The shape of this name, by which a process of this program is told of it.
    pub(super) fn named(name: &str) -> Result<&'static Self, String> {
        match name {
            "0.5B" => Ok(&Self::HALF_BILLION),
            "3B" => Ok(&Self::THREE_BILLION),
            "3B layers" => Ok(&Self::LAYERS_OF_THREE_BILLION),
            "7B layers" => Ok(&Self::LAYERS_OF_SEVEN_BILLION),
            "tower" => Ok(&Self::TOWER),
            "narrow" => Ok(&Self::NARROW),
            _ => Err(format!("there is no shape '{name}'")),
        }
    }

    pub(super) fn key_value_width(&self) -> usize {
        self.key_value_heads * self.width / self.heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: a layer of 3B has 77,070,336 numbers in its matrices, the head 311,164,928.
    #[test]
    fn a_token_reads_layers_and_head() {
        let (layers, head) = (2.0 * 77_070_336.0, 311_164_928.0);
        let bytes = |precision| Shape::LAYERS_OF_THREE_BILLION.bytes_a_token(precision);
        assert_eq!(bytes(Precision::Full), 2.0 * (layers + head));
        assert_eq!(bytes(Precision::EightBits), 1.0625 * (layers + head));
        assert_eq!(bytes(Precision::FourBits), 0.625 * layers + 1.0625 * head);
    }
}
