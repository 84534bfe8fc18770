//! Floats to blocks of 8 and of 4 bits.

use half::f16;

use super::block::Block;
use super::unpack::GROUP;

/// Factors by which the span of a 4-bit block is drawn in, to see which gives the least error: a single far number
/// otherwise takes the steps from all others.
const SPANS: [f32; 8] = [1.0, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.79];

/// Packs a row of whole groups into `into`: `Q8_0`, or else `Q4_1`. A block with something in it that is no number gets a
/// scale that is none, so that it is found where the block is used.
pub fn quantise(block: Block, values: &[f32], into: &mut Vec<u8>) {
    for values in values.as_chunks::<GROUP>().0 {
        match block {
            Block::Q8_0 => eight_bits(values, into),
            _ => four_bits(values, into),
        }
    }
}

/// `d = max |x| / 127`, the nearest whole number of each.
fn eight_bits(values: &[f32; GROUP], into: &mut Vec<u8>) {
    let greatest = values.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let scale = greatest / 127.0;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let held = f16::from_f32(scale);
    let is_sound = held.is_finite() && values.iter().all(|x| x.is_finite());
    into.extend(if is_sound { held } else { f16::NAN }.to_le_bytes());
    into.extend(values.map(|x| whole(x * inverse) as u8));
}

/// Sixteen steps over the block's span, drawn in or not, whichever is nearest in the mean of squares once scale and offset
/// are fitted to the steps that the numbers fall on.
fn four_bits(values: &[f32; GROUP], into: &mut Vec<u8>) {
    let least = values.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    let most = values.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let (middle, span) = ((least + most) / 2.0, most - least);
    let mut best = (f32::INFINITY, [f16::ZERO; 2], [0u8; GROUP]);
    for factor in SPANS {
        let scale = span * factor / 15.0;
        let low = middle - span * factor / 2.0;
        let quants = steps_of(values, scale, low);
        let fitted = fitted(values, &quants).unwrap_or([scale, low]).map(f16::from_f32);
        let [scale, low] = fitted.map(f16::to_f32);
        // The numbers may be nearer to other steps now.
        let quants = steps_of(values, scale, low);
        let error = summed(values.iter().zip(&quants).map(|(x, &q)| (scale * f32::from(q) + low - x).powi(2)));
        if error < best.0 {
            best = (error, fitted, quants);
        }
    }
    let (error, [mut scale, low], quants) = best;
    // No span was right: a number is not finite, or beyond what half precision can hold.
    if !error.is_finite() {
        scale = f16::NAN;
    }
    into.extend(scale.to_le_bytes());
    into.extend(low.to_le_bytes());
    into.extend((0..GROUP / 2).map(|i| quants[i] | quants[i + GROUP / 2] << 4));
}

/// The nearest whole number of one below 2^22: adding 1.5 * 2^23 leaves it in the lowest bits.
#[inline]
fn whole(x: f32) -> i32 {
    (x + 12_582_912.0).to_bits() as i32
}

fn steps_of(values: &[f32; GROUP], scale: f32, low: f32) -> [u8; GROUP] {
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    values.map(|x| whole(((x - low) * inverse).clamp(0.0, 15.0)) as u8)
}

/// The line through `(q, x)` with the least squares; None where all lie on one step.
fn fitted(values: &[f32; GROUP], quants: &[u8; GROUP]) -> Option<[f32; 2]> {
    let n = GROUP as f32;
    let q: [f32; GROUP] = quants.map(f32::from);
    let (q1, x1) = (summed(q.into_iter()), summed(values.iter().copied()));
    let (q2, qx) = (summed(q.iter().map(|q| q * q)), summed(q.iter().zip(values).map(|(q, x)| q * x)));
    let spread = n * q2 - q1 * q1;
    let scale = (n * qx - q1 * x1) / spread;
    (spread > 0.0 && scale > 0.0).then(|| [scale, (x1 - scale * q1) / n])
}

/// The sum of a group, eight numbers side by side, of which the compiler makes vectors.
#[inline]
fn summed(values: impl Iterator<Item = f32>) -> f32 {
    let mut sums = [0.0; 8];
    values.enumerate().for_each(|(place, x)| sums[place % 8] += x);
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::super::unpacked;
    use super::*;

    fn error(block: Block, values: &[f32]) -> f32 {
        let mut bytes = Vec::new();
        quantise(block, values, &mut bytes);
        let found = unpacked(block, [1, values.len()], &bytes).unwrap();
        let square = |values: &mut dyn Iterator<Item = f32>| values.map(|x| x * x).sum::<f32>();
        (square(&mut found.iter().zip(values).map(|(a, b)| a - b)) / square(&mut values.iter().copied())).sqrt()
    }

    /// The errors of gguf-py's Q8_0 and Q4_1 on numbers like these are 0.0053 and 0.078.
    #[test]
    fn packed_numbers_are_near_what_they_were() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        // Twelve even ones together are near a normal one.
        let mut normal = || (0..12).map(|_| random.random::<f32>() - 0.5).sum::<f32>();
        let values: Vec<f32> = (0..32 * 500).map(|_| normal()).collect();
        let (eight, four) = (error(Block::Q8_0, &values), error(Block::Q4_1, &values));
        assert!(eight < 0.0055 && four < 0.074, "{eight} {four}");
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for block in [Block::Q8_0, Block::Q4_1] {
            for wrong in [f32::NAN, f32::INFINITY] {
                let mut values = [0.5; 32];
                values[7] = wrong;
                let mut bytes = Vec::new();
                quantise(block, &values, &mut bytes);
                assert!(unpacked(block, [1, 32], &bytes).unwrap().iter().all(|x| x.is_nan()), "{block:?} {wrong}");
            }
        }
    }

    /// A scale or an offset beyond them would be infinite.
    #[test]
    fn numbers_beyond_half_precision_are_not_spoiled_unseen() {
        for (block, far) in [(Block::Q8_0, 1e7), (Block::Q4_1, 1e5)] {
            let mut bytes = Vec::new();
            quantise(block, &[far; 32], &mut bytes);
            assert!(unpacked(block, [1, 32], &bytes).unwrap().iter().all(|x| x.is_nan()), "{block:?}");
        }
    }

    #[test]
    fn what_is_the_same_everywhere_stays_what_it_is() {
        for block in [Block::Q8_0, Block::Q4_1] {
            for value in [0.0, 0.5, -2.0] {
                let mut bytes = Vec::new();
                quantise(block, &[value; 32], &mut bytes);
                let found = unpacked(block, [1, 32], &bytes).unwrap();
                assert!(found.iter().all(|x| (x - value).abs() < 1e-3), "{block:?}: {found:?}");
            }
        }
    }
}
