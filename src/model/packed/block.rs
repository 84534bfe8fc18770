//! The kinds of blocks: how many numbers one holds and in how many bytes (ggml's `ggml-common.h`).

/// How numbers are packed. The names are ggml's: the digit is the bits of a number, `K` means blocks of 256 numbers with
/// packed scales of their own, `IQ4` takes its 16 values from a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(non_camel_case_types, missing_docs, reason = "ggml's own names")]
pub enum Block {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,
}

impl Block {
    /// All of them, each at the place of its own number.
    pub const ALL: [Self; 10] = [
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4_K,
        Self::Q5_K,
        Self::Q6_K,
        Self::IQ4_NL,
        Self::IQ4_XS,
    ];

    /// The kind with ggml's number `id` (`enum ggml_type`).
    pub fn from_ggml(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|block| block.layout().0 == id)
    }

    /// Its number there.
    pub const fn ggml(self) -> u32 {
        self.layout().0
    }

    /// Numbers in a block.
    pub const fn values(self) -> usize {
        self.layout().1
    }

    /// Bytes of a block.
    pub const fn bytes(self) -> usize {
        self.layout().2
    }

    /// Bytes of a row of `values` numbers; None where they are no whole number of blocks.
    pub fn row_bytes(self, values: usize) -> Option<usize> {
        values.is_multiple_of(self.values()).then_some(())?;
        (values / self.values()).checked_mul(self.bytes())
    }

    /// Whether it has 256 numbers and steps of its scale for each 32 of them.
    pub const fn is_large(self) -> bool {
        self.values() == 256
    }

    /// Whether it has offsets beside its scale.
    pub const fn has_offset(self) -> bool {
        matches!(self, Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K)
    }

    /// Whether its numbers are places in the table of values.
    pub const fn has_table(self) -> bool {
        matches!(self, Self::IQ4_NL | Self::IQ4_XS)
    }

    /// Bits of a number.
    pub const fn bits(self) -> usize {
        match self {
            Self::Q4_0 | Self::Q4_1 | Self::Q4_K | Self::IQ4_NL | Self::IQ4_XS => 4,
            Self::Q5_0 | Self::Q5_1 | Self::Q5_K => 5,
            Self::Q6_K => 6,
            Self::Q8_0 => 8,
        }
    }

    /// The number that stands for zero; what is looked up in the table has 128 added for this.
    pub const fn centre(self) -> u8 {
        match self {
            Self::Q4_0 => 8,
            Self::Q5_0 => 16,
            Self::Q6_K => 32,
            Self::Q8_0 | Self::IQ4_NL | Self::IQ4_XS => 128,
            Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K => 0,
        }
    }

    /// Where the f16 scales and offsets of a block stand.
    pub(super) fn halves(self) -> &'static [usize] {
        match self {
            Self::Q4_0 | Self::Q5_0 | Self::Q8_0 | Self::IQ4_NL | Self::IQ4_XS => &[0],
            Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K => &[0, 2],
            Self::Q6_K => &[208],
        }
    }

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q4_K => "Q4_K",
            Self::Q5_K => "Q5_K",
            Self::Q6_K => "Q6_K",
            Self::IQ4_NL => "IQ4_NL",
            Self::IQ4_XS => "IQ4_XS",
        }
    }

    /// ggml's number, numbers in a block, bytes of a block.
    const fn layout(self) -> (u32, usize, usize) {
        match self {
            Self::Q4_0 => (2, 32, 18),
            Self::Q4_1 => (3, 32, 20),
            Self::Q5_0 => (6, 32, 22),
            Self::Q5_1 => (7, 32, 24),
            Self::Q8_0 => (8, 32, 34),
            Self::Q4_K => (12, 256, 144),
            Self::Q5_K => (13, 256, 176),
            Self::Q6_K => (14, 256, 210),
            Self::IQ4_NL => (20, 32, 18),
            Self::IQ4_XS => (23, 256, 136),
        }
    }
}
