//! How large a coded HEVC picture is, told before the decoder takes memory for it (ITU-T H.265, 7.3.2.2).

/// Bits from the front; none where there are too few.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u64> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u64::from(bit))
    }

    fn number(&mut self, n: usize) -> Option<u64> {
        (0..n).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    fn skip(&mut self, n: usize) {
        self.at += n;
    }

    /// An Exp-Golomb number (9.2).
    fn golomb(&mut self) -> Option<u64> {
        let mut n_zeros = 0;
        while self.bit()? == 0 {
            n_zeros += 1;
            if n_zeros > 31 {
                return None;
            }
        }
        Some((1 << n_zeros) - 1 + self.number(n_zeros)?)
    }
}

/// Width and height in pixels of what a sequence parameter set describes, before any cutting.
pub(super) fn coded_size(unit: &[u8]) -> Option<(u64, u64)> {
    let payload = without_emulation(unit.get(2..)?);
    let mut bits = Bits { bytes: &payload, at: 0 };
    bits.skip(4);
    let n_layers = bits.number(3)? as usize;
    bits.skip(1 + 88 + 8);
    let mut present = Vec::new();
    for _ in 0..n_layers {
        present.push((bits.bit()?, bits.bit()?));
    }
    if n_layers > 0 {
        bits.skip(2 * (8 - n_layers));
    }
    for (profile, level) in present {
        bits.skip(88 * profile as usize + 8 * level as usize);
    }
    let _id = bits.golomb()?;
    if bits.golomb()? == 3 {
        bits.skip(1);
    }
    Some((bits.golomb()?, bits.golomb()?))
}

/// The bytes without the threes that keep start codes from occurring (7.3.1.1).
fn without_emulation(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut n_zeros = 0;
    for &byte in bytes {
        if n_zeros >= 2 && byte == 3 {
            n_zeros = 0;
            continue;
        }
        n_zeros = if byte == 0 { n_zeros + 1 } else { 0 };
        plain.push(byte);
    }
    plain
}
