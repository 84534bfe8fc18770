//! Activations as products with packed matrices take them: 8 bits a number, 32 numbers under one scale.

use super::unpack::GROUP;

/// Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits.
const ROUND: f32 = 12_582_912.0;

/// 32 activations next to one another, `scale q`; the greatest of them is 127 scales.
#[derive(Debug, Clone, Copy)]
pub(super) struct Activations {
    /// Numbers of -127 to 127, as bytes.
    pub quants: [u8; GROUP],
    pub scale: f32,
    /// Their sum, which the offset of a matrix's group is multiplied by.
    pub sum: f32,
}

impl Activations {
    /// Puts rows of activations into `groups`, in place of those that were there; its memory is used again. Rows have a
    /// multiple of 32 numbers.
    pub fn set(groups: &mut Vec<Self>, values: &[f32]) {
        groups.clear();
        groups.extend(values.as_chunks().0.iter().map(Self::of));
    }

    fn of(values: &[f32; GROUP]) -> Self {
        let greatest = values.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        // What is no number must not become one: `max` leaves NaN out.
        let is_sound = values.iter().all(|x| x.is_finite());
        let (scale, inverse) = match (is_sound, greatest > 0.0) {
            (true, true) => (greatest / 127.0, 127.0 / greatest),
            (true, false) => (0.0, 0.0),
            (false, _) => (f32::NAN, 0.0),
        };
        let mut quants = [0; GROUP];
        let mut sum = 0;
        for (quant, value) in quants.iter_mut().zip(values) {
            let whole = (value * inverse + ROUND).to_bits() as u8;
            *quant = whole;
            sum += i32::from(whole as i8);
        }
        Self { quants, scale, sum: scale * sum as f32 }
    }
}
