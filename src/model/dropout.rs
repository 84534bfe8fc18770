//! Dropout of what goes into an adapter while it learns (Srivastava et al. 2014,
//! <https://jmlr.org/papers/v15/srivastava14a.html>), as PEFT's `lora_dropout` has it: each number is left out with a probability,
//! and those that stay are made so much greater that the mean is what it was.
//!
//! Which numbers stay follows from the run's seed, the step, the batch of the step and the layer's name alone, by a generator that
//! can be entered anywhere. So a layer that is computed again on the way back leaves out what it left out before, its gradient
//! does too, a run that goes on is the one that was never stopped, and no checkpoint keeps anything of it. The host draws for every
//! device, and hands one bit a number over.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::elementwise::AT_ONCE;
use super::in_memory::is_plain;
use super::seed::seed_of;
use super::vectorised::vectorised;

/// Numbers whose bits share a word.
const WORD: usize = u32::BITS as usize;

/// With what probability numbers are left out, and of which pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// At least 0 and below 1.
    pub probability: f64,
    /// The run's.
    pub seed: u64,
    /// The step of the run.
    pub step: u64,
    /// Which of the batches whose gradients the step sums.
    pub batch: u64,
}

impl Dropout {
    /// The same for the layer of this name, which leaves out other numbers than the others do.
    pub(super) fn of_layer(self, name: &str) -> Self {
        Self { seed: seed_of(self.seed, name), ..self }
    }

    /// What stays of an input of this shape.
    pub(super) fn mask(self, shape: [usize; 2]) -> DropoutMask {
        let mut stays = vec![0; shape.iter().product::<usize>().div_ceil(WORD)];
        let below = (self.probability * 2f64.powi(32)).round() as u32;
        let words = AT_ONCE / WORD;
        stays.par_chunks_mut(words).enumerate().for_each(|(number, stays)| {
            let mut random = self.random();
            random.set_word_pos((number * AT_ONCE) as u128);
            let mut drawn = [0u32; WORD];
            for word in stays {
                random.fill(&mut drawn);
                *word = drawn.iter().rev().fold(0, |bits, &drawn| bits << 1 | u32::from(drawn >= below));
            }
        });
        DropoutMask { shape, stays, scale: (1.0 / (1.0 - self.probability)) as f32 }
    }

    /// The generator at its first number, one of which belongs to each number of an input.
    fn random(self) -> ChaCha8Rng {
        let mut key = [0; 32];
        let parts = [self.seed, self.step, self.batch];
        key.as_chunks_mut().0.iter_mut().zip(parts).for_each(|(bytes, part)| *bytes = part.to_le_bytes());
        ChaCha8Rng::from_seed(key)
    }
}

/// What stays of one input.
pub(super) struct DropoutMask {
    /// The input's.
    shape: [usize; 2],
    /// A bit for each number, row after row from the lowest bit on; one where it stays.
    stays: Vec<u32>,
    /// What stays is multiplied by this.
    scale: f32,
}

impl DropoutMask {
    /// `x` with zeros where numbers are left out, and the others made greater; and so the gradient of `x` from that of the result.
    ///
    /// # Shapes
    /// `[rows, in]` to the same, f32, outside of any graph.
    pub fn apply(&self, x: Tensor<2>) -> Tensor<2> {
        let device = x.device();
        if !is_plain(&x) {
            return x * self.factors(&device);
        }
        let mut data = x.into_data();
        let values = data.as_mut_slice::<f32>().expect("it has been seen that these are f32 in memory");
        let parts = values.par_chunks_mut(AT_ONCE).zip(self.stays.par_chunks(AT_ONCE / WORD));
        parts.for_each(|(values, stays)| keep(values, stays, self.scale));
        Tensor::from_data(data, (&device, DType::F32))
    }

    /// What each number is multiplied by, made of the bits on the device.
    fn factors(&self, device: &Device) -> Tensor<2> {
        let words = self.stays.len();
        let bits = self.stays.iter().map(|&word| word.cast_signed()).collect();
        let bits = Tensor::<2, Int>::from_data(TensorData::new::<i32, _>(bits, [words, 1]), (device, DType::I32));
        let places = (0..WORD as i32).collect();
        let places = Tensor::<2, Int>::from_data(TensorData::new::<i32, _>(places, [1, WORD]), (device, DType::I32));
        let bits = bits.expand([words, WORD]).bitwise_right_shift(places.expand([words, WORD])).bitwise_and_scalar(1);
        let [rows, columns] = self.shape;
        let bits = bits.reshape([words * WORD]).narrow(0, 0, rows * columns).reshape(self.shape);
        bits.float().cast(DType::F32).mul_scalar(self.scale)
    }
}

vectorised! {
    /// [`DropoutMask::apply`] of plain numbers whose first has the lowest bit.
    fn keep(_fuses; values: &mut [f32], stays: &[u32], scale: f32) {
        for (values, word) in values.chunks_mut(WORD).zip(stays) {
            for (place, value) in values.iter_mut().enumerate() {
                // A product, so that what is no number stays none.
                *value *= if word >> place & 1 == 1 { scale } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DROPOUT: Dropout = Dropout { probability: 0.3, seed: 7, step: 11, batch: 2 };

    /// Whether each number stays.
    fn bits(dropout: Dropout, shape: [usize; 2]) -> Vec<bool> {
        let n = shape.iter().product();
        let mask = dropout.mask(shape);
        (0..n).map(|number| mask.stays[number / WORD] >> (number % WORD) & 1 == 1).collect()
    }

    /// The share of numbers at which two masks differ.
    fn difference(a: Dropout, b: Dropout) -> f64 {
        let (a, b) = (bits(a, [100, 100]), bits(b, [100, 100]));
        a.iter().zip(&b).filter(|(a, b)| a != b).count() as f64 / 1e4
    }

    /// Word by word from the generator's beginning, where several threads enter it in the middle.
    #[test]
    fn a_number_stays_as_the_generator_has_it_at_its_place() {
        let shape = [17, AT_ONCE / 8 + 5];
        let mut random = DROPOUT.random();
        let right: Vec<bool> =
            (0..shape[0] * shape[1]).map(|_| f64::from(random.random::<u32>()) >= 0.3 * 2f64.powi(32)).collect();
        assert!(right.len() > 2 * AT_ONCE && bits(DROPOUT, shape) == right);
    }

    #[test]
    fn every_step_batch_layer_and_run_leaves_out_others_and_the_same_again() {
        let others = [
            Dropout { seed: 8, ..DROPOUT },
            Dropout { step: 12, ..DROPOUT },
            Dropout { batch: 3, ..DROPOUT },
            DROPOUT.of_layer("model.layers.0.mlp.up_proj"),
        ];
        for other in others {
            // Of two that know nothing of each other 2 * 0.3 * 0.7 differ.
            let found = difference(DROPOUT, other);
            assert!((found - 0.42).abs() < 0.03, "{other:?}: {found}");
        }
        assert_eq!(difference(DROPOUT, DROPOUT), 0.0);
        let of = |name| DROPOUT.of_layer(name);
        assert!(difference(of("model.layers.0.mlp.up_proj"), of("model.layers.1.mlp.up_proj")) > 0.39);
    }

    /// Both ways, on numbers that leave a word and a thread's share unfilled.
    #[test]
    fn what_stays_is_scaled_and_the_rest_is_zero() {
        for shape in [[3, 7], [5, 64], [67, 777]] {
            let n: usize = shape.iter().product();
            let values: Vec<f32> = (1..=n).map(|number| number as f32 / 100.0).collect();
            let right: Vec<f32> = (values.iter().zip(bits(DROPOUT, shape)))
                .map(|(value, stays)| if stays { value * (1.0f32 / 0.7) } else { 0.0 })
                .collect();
            let mask = DROPOUT.mask(shape);
            let x = Tensor::<2>::from_data(TensorData::new(values, shape), &Device::flex());
            for found in [mask.apply(x.clone()), x * mask.factors(&Device::flex())] {
                let found = found.into_data().try_into_vec::<f32>().unwrap();
                let near = |(found, right): (&f32, &f32)| (found - right).abs() <= 1e-6 * right;
                assert!(found.iter().zip(&right).all(near), "{shape:?}");
            }
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let x = Tensor::<2>::full([1, 200], f32::NAN, &Device::flex());
        let found = DROPOUT.mask([1, 200]).apply(x).into_data().try_into_vec::<f32>().unwrap();
        assert!(found.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn nothing_and_nearly_everything_can_be_left_out() {
        let share = |probability| {
            let bits = bits(Dropout { probability, ..DROPOUT }, [300, 300]);
            bits.iter().filter(|stays| !**stays).count() as f64 / 9e4
        };
        assert_eq!(share(0.0), 0.0);
        for probability in [0.05, 0.5, 0.99] {
            // Five times the deviation of such a count.
            let bound = 5.0 * (probability * (1.0 - probability) / 9e4f64).sqrt();
            assert!((share(probability) - probability).abs() < bound, "{probability}: {}", share(probability));
        }
    }
}
