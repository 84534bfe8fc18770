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
    /// The sums of the first 16 and of the other numbers, which the centre of a matrix's numbers is multiplied by.
    pub halves: [i32; 2],
}

impl Activations {
    /// Zeros.
    pub const NONE: Self = Self { quants: [0; GROUP], scale: 0.0, sum: 0.0, halves: [0; 2] };

    /// Puts activations into `groups`, of which there are as many as those make.
    #[inline(always)]
    pub fn set(groups: &mut [Self], values: &[f32]) {
        for (group, values) in groups.iter_mut().zip(values.as_chunks().0) {
            *group = Self::of(values);
        }
    }

    #[inline(always)]
    fn of(values: &[f32; GROUP]) -> Self {
        // Lane by lane, of which the compiler makes vectors. What is no number must not become one: `max` leaves NaN out,
        // and a product with 0 keeps it.
        let (mut most, mut wrong) = ([0.0f32; 8], [0.0f32; 8]);
        for eight in values.as_chunks::<8>().0 {
            for lane in 0..8 {
                most[lane] = most[lane].max(eight[lane].abs());
                wrong[lane] += eight[lane] * 0.0;
            }
        }
        let greatest = most.iter().fold(0.0f32, |a, &b| a.max(b));
        let is_sound = wrong.iter().sum::<f32>() == 0.0;
        let (scale, inverse) = match (is_sound, greatest > 0.0) {
            (true, true) => (greatest / 127.0, 127.0 / greatest),
            (true, false) => (0.0, 0.0),
            (false, _) => (f32::NAN, 0.0),
        };
        let whole: [i32; GROUP] = std::array::from_fn(|i| (values[i] * inverse + ROUND).to_bits() as i32);
        let quants = whole.map(|whole| whole as u8);
        let sum = |from: usize| whole[from..from + GROUP / 2].iter().map(|&q| i32::from(q as i8)).sum::<i32>();
        let halves = [sum(0), sum(GROUP / 2)];
        Self { quants, scale, sum: scale * (halves[0] + halves[1]) as f32, halves }
    }
}
