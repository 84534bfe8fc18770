//! In how many bits the weights of a folder in half precision are held, where the packed ones are kept, and in what products with
//! them are taken.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::packed::Block;

/// In how many bits of a number weights are held that come in half precision or more. What is packed already stays as it
/// is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Precision {
    /// As the device's rule has it.
    #[default]
    Full,
    /// 8 bits and a scale for each 32 numbers.
    EightBits,
    /// 4 bits, a scale and an offset; 8 bits where words are looked up and scored, and in vision towers, which lose more by
    /// it.
    FourBits,
}

impl Precision {
    /// All of them, the most exact first.
    pub const ALL: [Self; 3] = [Self::Full, Self::EightBits, Self::FourBits];

    /// How the matrix of this name is packed; none for what stays as it is.
    pub(super) fn block_of(self, name: &str) -> Option<Block> {
        let is_sensitive = name.starts_with("visual.") || name.contains("embed_tokens") || name.starts_with("lm_head");
        match self {
            Self::Full => None,
            Self::FourBits if !is_sensitive => Some(Block::Q4_1),
            Self::EightBits | Self::FourBits => Some(Block::Q8_0),
        }
    }
}

/// There is no such precision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no precision '{0}': use full, 8-bit or 4-bit")]
pub struct PrecisionError(String);

impl FromStr for Precision {
    type Err = PrecisionError;

    fn from_str(text: &str) -> Result<Self, PrecisionError> {
        let found = Self::ALL.into_iter().find(|precision| precision.to_string() == text);
        found.ok_or_else(|| PrecisionError(text.to_owned()))
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::EightBits => "8-bit",
            Self::FourBits => "4-bit",
        })
    }
}

/// In what the factors of a product of many rows with weights in half precision or packed are taken; sums are f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Products {
    /// In f32: every digit counts.
    #[default]
    F32,
    /// Rounded to bf16 on CPUs that have instructions for it, which take them twice as fast; elsewhere in f32.
    Bf16,
}

impl fmt::Display for Products {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        })
    }
}

/// How the weights of a folder are to be packed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Packing {
    /// In how many bits.
    pub precision: Precision,
    /// The folder in which packed weights are kept from one load to the next.
    pub folder: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_are_read_as_they_are_written() {
        for precision in Precision::ALL {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        let error = "8".parse::<Precision>().unwrap_err().to_string();
        assert!(error.contains("'8'") && error.contains("full, 8-bit or 4-bit"), "{error}");
    }

    #[test]
    fn words_and_pictures_are_never_held_in_four_bits() {
        let packed = |name| Precision::FourBits.block_of(name);
        assert_eq!(packed("model.layers.0.mlp.up_proj.weight"), Some(Block::Q4_1));
        for name in ["model.embed_tokens.weight", "lm_head.weight", "visual.blocks.0.attn.proj.weight"] {
            assert_eq!(packed(name), Some(Block::Q8_0), "{name}");
        }
        assert_eq!(Precision::EightBits.block_of("model.layers.0.mlp.up_proj.weight"), Some(Block::Q8_0));
        assert_eq!(Precision::Full.block_of("lm_head.weight"), None);
    }
}
