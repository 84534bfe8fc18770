//! What a token takes beside its products while an answer is written, a kernel for each piece of work: composed of the
//! tensor library's operations a token of 28 layers calls an adapter some 1,300 times, and waits for the calls.
//!
//! Each kernel has a slow twin, which is what the library does. An adapter is tried with all of them before a model writes on
//! it (`check.rs`), and those that are wrong there are not used there. Devices that have not been tried, the CPU and
//! devices with gradients among them, use none.

mod attend;
mod best;
mod best_token;
mod check;
mod norm;
mod ops;
mod sent;
#[cfg(test)]
mod tests;
mod turn;

use std::sync::{PoisonError, RwLock};

use burn::tensor::{Device, Tensor};

pub use best_token::BestToken;
pub use check::try_once;
pub use ops::{attend, turn};
pub use turn::Heads;

use super::matrix::FEW_ROWS;
use crate::model::compute::DecodeKernel;

/// The devices that have been tried, and the kernels that are right on each.
static TRIED: RwLock<Vec<(Device, Vec<DecodeKernel>)>> = RwLock::new(Vec::new());

/// Remembers which kernels are right on `device`.
fn trust(device: &Device, right: Vec<DecodeKernel>) {
    // A panic while the lock was held leaves a list that is still whole.
    let mut tried = TRIED.write().unwrap_or_else(PoisonError::into_inner);
    tried.retain(|(known, _)| known != device);
    tried.push((device.clone(), right));
}

/// Whether `kernel` may be used on `device`.
fn is_right(kernel: DecodeKernel, device: &Device) -> bool {
    if device.is_autodiff() {
        return false;
    }
    let tried = TRIED.read().unwrap_or_else(PoisonError::into_inner);
    tried.iter().any(|(known, right)| known == device && right.contains(&kernel))
}

/// Whether `device` has kernels for a few rows times a matrix in half precision, and times several matrices at once.
pub fn multiplies(device: &Device) -> bool {
    is_right(DecodeKernel::Products, device)
}

/// Whether `device` has [`turn`] and [`attend`] for such heads.
pub fn attends(device: &Device, heads: Heads) -> bool {
    let fits = heads.width <= ops::ATTENDING && heads.width.is_multiple_of(4);
    fits && is_right(DecodeKernel::Turn, device) && is_right(DecodeKernel::Attend, device)
}

/// `x + delta`, or `x`, and its root mean square norm; None where the device has no kernel for it or the rows are not few.
///
/// # Shapes
/// `[.., width]`, and `[width]` of `weight`; all in f32.
pub fn sum_and_norm<const D: usize>(
    x: &Tensor<D>,
    delta: Option<&Tensor<D>>,
    weight: &Tensor<1>,
    epsilon: f64,
) -> Option<[Tensor<D>; 2]> {
    let rows: usize = x.dims()[..D - 1].iter().product();
    let is_for_it = rows <= FEW_ROWS && is_right(DecodeKernel::Norm, &x.device());
    is_for_it.then(|| ops::sum_and_norm(x.clone(), delta.cloned(), weight.clone(), epsilon as f32))
}

/// Whether `device` has [`best`].
pub fn finds_best(device: &Device) -> bool {
    is_right(DecodeKernel::Best, device)
}

/// The place of the first of the highest of `scores`, on its way back from the device; None where the device has no kernel for
/// it.
///
/// # Shapes
/// `[1, count]` in f32.
pub fn best(scores: &Tensor<2>) -> Option<BestToken> {
    finds_best(&scores.device()).then(|| BestToken::of(scores.clone()))
}
