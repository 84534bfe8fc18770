//! Rotary positions in the rotate-half form that these checkpoints use (Burn's own is the interleaved form):
//! sequential, multimodal (time, height, width) and the two-dimensional one of vision towers.
//!
//! Angles are computed on the host in f32, as upstream does, and go to the device once a forward pass.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::custom_gradient::with_gradient;
use super::elementwise::{AT_ONCE, in_place, learns_on_cpu};
use super::in_memory::is_plain;

/// Cosines and sines for one forward pass, shared by all layers.
#[derive(Debug, Clone)]
pub struct Rotary {
    /// `[batch, 1, tokens, head / 2]`, f32.
    cos: Tensor<4>,
    /// `[batch, 1, tokens, head / 2]`, f32.
    sin: Tensor<4>,
}

/// `1 / theta^(2 i / dim)` for `i` in `0..dim / 2`.
pub fn inverse_frequencies(theta: f32, dim: usize) -> Vec<f32> {
    (0..dim / 2).map(|i| 1.0 / theta.powf(2.0 * i as f32 / dim as f32)).collect()
}

impl Rotary {
    /// From `angles`, row after row: `batch * tokens` rows of `head / 2`.
    fn from_angles(angles: &[f32], [batch, tokens, half]: [usize; 3], device: &Device) -> Self {
        let table = |f: fn(f32) -> f32| {
            let data = TensorData::new(angles.iter().map(|&a| f(a)).collect::<Vec<_>>(), [batch, 1, tokens, half]);
            Tensor::from_data(data, (device, DType::F32))
        };
        Self { cos: table(f32::cos), sin: table(f32::sin) }
    }

    /// Multimodal positions: the frequencies are split into `sections` that turn with time, height and width in this
    /// order (Qwen2-VL, <https://arxiv.org/abs/2409.12191>, section 2.1). Text has three equal numbers.
    ///
    /// `positions` holds `batch` rows of equal length.
    pub fn multimodal(positions: &[Vec<[u32; 3]>], sections: [usize; 3], theta: f32, device: &Device) -> Self {
        let half = sections.iter().sum::<usize>();
        let frequencies = inverse_frequencies(theta, 2 * half);
        let axis: Vec<usize> = sections.iter().enumerate().flat_map(|(axis, &n)| vec![axis; n]).collect();
        let tokens = positions.first().map_or(0, Vec::len);
        let mut angles = Vec::with_capacity(positions.len() * tokens * half);
        for position in positions.iter().flatten() {
            angles.extend(frequencies.iter().zip(&axis).map(|(f, &a)| position[a] as f32 * f));
        }
        Self::from_angles(&angles, [positions.len(), tokens, half], device)
    }

    /// Two-dimensional positions of patches: half of the frequencies turn with the row, half with the column.
    pub fn spatial(positions: &[[u32; 2]], head: usize, theta: f32, device: &Device) -> Self {
        let frequencies = inverse_frequencies(theta, head / 2);
        let mut angles = Vec::with_capacity(positions.len() * head / 2);
        for [row, column] in positions {
            angles.extend(frequencies.iter().map(|f| *row as f32 * f));
            angles.extend(frequencies.iter().map(|f| *column as f32 * f));
        }
        Self::from_angles(&angles, [1, positions.len(), head / 2], device)
    }

    /// The cosines and sines, `[batch, 1, tokens, head / 2]` each.
    pub fn tables(&self) -> [Tensor<4>; 2] {
        [self.cos.clone(), self.sin.clone()]
    }

    /// Turns `x` by its position.
    ///
    /// # Shapes
    /// `[batch, heads, tokens, head]` to the same, f32.
    pub fn turn(&self, x: Tensor<4>) -> Tensor<4> {
        if is_plain(&x) {
            return self.turn_plain(x);
        }
        if learns_on_cpu(&x) {
            // What turned one way comes back the other.
            let back = Self { cos: self.cos.clone(), sin: self.sin.clone().neg() };
            let y = self.turn_plain(x.clone().inner());
            return with_gradient([x], y, move |of_y, _| [Some(back.turn_plain(of_y))]);
        }
        self.turn_composed(x)
    }

    /// By operations of the tensor library.
    fn turn_composed(&self, x: Tensor<4>) -> Tensor<4> {
        let half = x.dims()[3] / 2;
        let first = x.clone().narrow(3, 0, half);
        let second = x.narrow(3, half, half);
        let turned_first = first.clone() * self.cos.clone() - second.clone() * self.sin.clone();
        let turned_second = second * self.cos.clone() + first * self.sin.clone();
        Tensor::cat(vec![turned_first, turned_second], 3)
    }

    /// On the CPU, a head after the other.
    fn turn_plain(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, tokens, head] = x.dims();
        if self.cos.dims()[0] > 1 {
            let row = |of: &Tensor<4>, row| of.clone().narrow(0, row, 1);
            let rows = (0..batch).map(|index| {
                let one = Self { cos: row(&self.cos, index), sin: row(&self.sin, index) };
                one.turn_plain(row(&x, index))
            });
            return Tensor::cat(rows.collect(), 0);
        }
        let (cos, sin) = (self.cos.to_data(), self.sin.to_data());
        let table = |data: &TensorData| data.as_slice::<f32>().expect("made of f32").to_vec();
        let (cos, sin, half, run) = (table(&cos), table(&sin), (head / 2).max(1), (tokens * head).max(1));
        in_place(x, (AT_ONCE / run).max(1) * run, |values| {
            for head_values in values.chunks_exact_mut(run) {
                let turns = cos.chunks_exact(half).zip(sin.chunks_exact(half));
                for (row, (cos, sin)) in head_values.chunks_exact_mut(2 * half).zip(turns) {
                    let (first, second) = row.split_at_mut(half);
                    for (((a, b), cos), sin) in first.iter_mut().zip(second).zip(cos).zip(sin) {
                        (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn a_quarter_turn_swaps_the_halves() {
        // One frequency of 1 and an angle of pi / 2 is not a whole position, so check against the formula instead.
        let device = Device::flex();
        let rotary = Rotary::multimodal(&[vec![[2, 2, 2]]], [1, 0, 0], 10_000.0, &device);
        let x = Tensor::<4>::from_data(TensorData::new(vec![3.0f32, 5.0], [1, 1, 1, 2]), &device);
        let (sin, cos) = 2f32.sin_cos();
        let got = values(rotary.turn(x));
        assert!((got[0] - (3.0 * cos - 5.0 * sin)).abs() < 1e-6, "{got:?}");
        assert!((got[1] - (5.0 * cos + 3.0 * sin)).abs() < 1e-6, "{got:?}");
    }

    /// One sequence and two of other positions, three heads each: what they become, and what reaches them with a gradient.
    #[test]
    fn both_ways_to_turn_agree() {
        let device = Device::flex();
        let first = vec![[3, 5, 7], [900, 1, 2]];
        let second = vec![[1, 2, 3], [4, 50, 6]];
        for positions in [vec![first.clone()], vec![first, second]] {
            let rotary = Rotary::multimodal(&positions, [1, 2, 1], 10_000.0, &device);
            let normal = || {
                let shape = [positions.len(), 3, 2, 8];
                Tensor::<4>::random(shape, burn::tensor::Distribution::Normal(0.0, 1.0), &device)
            };
            let (x, of_y) = (normal(), normal().autodiff());
            let of = |turn: fn(&Rotary, Tensor<4>) -> Tensor<4>| {
                let x = x.clone().autodiff().require_grad();
                let y = turn(&rotary, x.clone());
                let gradients = (y.clone() * of_y.clone()).sum().backward();
                [y.inner(), x.grad(&gradients).unwrap(), turn(&rotary, x.inner())]
            };
            for (found, right) in of(Rotary::turn).into_iter().zip(of(Rotary::turn_composed)) {
                let difference = (found - right).abs().max().into_scalar::<f32>();
                assert!(difference < 1e-6, "{difference}");
            }
        }
    }

    #[test]
    fn sections_turn_with_their_own_axis() {
        let device = Device::flex();
        let ones = || Tensor::<4>::ones([1, 1, 1, 6], &device);
        let still = values(Rotary::multimodal(&[vec![[0, 0, 0]]], [1, 1, 1], 100.0, &device).turn(ones()));
        let moved = values(Rotary::multimodal(&[vec![[0, 7, 0]]], [1, 1, 1], 100.0, &device).turn(ones()));
        let changed: Vec<bool> = still.iter().zip(&moved).map(|(a, b)| (a - b).abs() > 1e-6).collect();
        assert_eq!(changed, [false, true, false, false, true, false]);
    }
}
