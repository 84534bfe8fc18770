//! Activations as products with packed matrices take them: 8 bits a number, 32 numbers under one scale.

use super::unpack::GROUP;

/// Rows of activations in groups of 32 whole numbers; a group's numbers are `scale q`, the greatest of them 127 scales.
#[derive(Debug, Default)]
pub(super) struct Activations {
    /// Numbers in a row.
    width: usize,
    quants: Vec<i8>,
    scales: Vec<f32>,
    /// Sums of each half of a group, in whole numbers: what a matrix's offsets are multiplied by.
    sums: Vec<[i32; 2]>,
}

/// One row of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub quants: &'a [i8],
    pub scales: &'a [f32],
    pub sums: &'a [[i32; 2]],
}

impl Activations {
    /// Takes rows of `width` numbers, a multiple of 32, in place of those it held; its memory is used again.
    pub fn set(&mut self, values: &[f32], width: usize) {
        self.width = width;
        self.quants.resize(values.len(), 0);
        self.scales.clear();
        self.sums.clear();
        for (values, quants) in values.chunks_exact(GROUP).zip(self.quants.chunks_exact_mut(GROUP)) {
            let greatest = values.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            let inverse = if greatest > 0.0 { 127.0 / greatest } else { 0.0 };
            let mut sums = [0; 2];
            for (index, (value, quant)) in values.iter().zip(quants).enumerate() {
                *quant = (value * inverse).round_ties_even() as i8;
                sums[index / (GROUP / 2)] += i32::from(*quant);
            }
            // What is no number must not become one: NaN is left out by `max` and by the cast.
            let sound = values.iter().all(|x| x.is_finite());
            self.scales.push(if sound { greatest / 127.0 } else { f32::NAN });
            self.sums.push(sums);
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.quants.len().checked_div(self.width).unwrap_or(0)
    }

    pub fn row(&self, index: usize) -> Row<'_> {
        let groups = self.width / GROUP;
        Row {
            quants: &self.quants[index * self.width..(index + 1) * self.width],
            scales: &self.scales[index * groups..(index + 1) * groups],
            sums: &self.sums[index * groups..(index + 1) * groups],
        }
    }
}
