//! Products in plain code, a panel at a time as the others do it: whole numbers inside half a group, f32 over the groups.

use super::super::activations::Activations;
use super::super::panels::{PANEL, Panels, WORDS};

/// See [`super::Kernels::multiply`].
pub(super) fn multiply(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    for (index, products) in products.chunks_exact_mut(x.len().max(1)).enumerate() {
        products.fill([0.0; PANEL]);
        for group in 0..panels.groups {
            add_group(panels, first + index, group, x, products);
        }
    }
}

/// Adds what one group of a panel gives with each row of `x`.
fn add_group(panels: &Panels, panel: usize, group: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    let words = panels.words(panel, group);
    let scales: [_; PANEL] = std::array::from_fn(|lane| panels.scales_of(panel, group, lane));
    for (products, x) in products.iter_mut().zip(x) {
        let x = &x[group];
        for half in 0..2 {
            // The centre's share goes off at the start.
            let mut whole = [-i32::from(panels.block.centre()) * x.halves[half]; PANEL];
            let from = half * WORDS / 2;
            for (word, four) in words[from..from + WORDS / 2].iter().zip(&x.quants.as_chunks::<4>().0[from..]) {
                for (sum, numbers) in whole.iter_mut().zip(word.as_chunks::<4>().0) {
                    *sum += (0..4).map(|at| i32::from(numbers[at]) * i32::from(four[at] as i8)).sum::<i32>();
                }
            }
            for ((product, whole), (scales, _)) in products.iter_mut().zip(whole).zip(&scales) {
                *product += x.scale * scales[half] * whole as f32;
            }
        }
        products.iter_mut().zip(&scales).for_each(|(product, (_, offset))| *product += offset * x.sum);
    }
}
