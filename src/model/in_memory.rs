//! Numbers of a tensor where they lie in the CPU's memory. They are read in place, whatever the order of its dimensions and
//! whoever else holds it: a weight or a view has not to be copied to be multiplied by.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Tensor};

use super::compute::is_cpu;

/// Whether the numbers lie in memory and nobody asks for gradients.
pub(super) fn is_plain<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device();
    is_cpu(&device) && !device.is_autodiff() && x.dtype() == DType::F32
}

/// A tensor of f32 whose last dimension lies number after number.
pub struct InMemory<const D: usize> {
    tensor: FlexTensor,
    /// Numbers from one index to the next, for each dimension.
    steps: [usize; D],
    /// Numbers of the last dimension.
    width: usize,
}

impl<const D: usize> InMemory<D> {
    /// None where it does not lie in the CPU's memory in f32, or gradients are asked of it.
    pub fn of(tensor: &Tensor<D>) -> Option<Self> {
        if !is_plain(tensor) {
            return None;
        }
        let width = tensor.dims()[D - 1];
        let tensor = tensor.clone().try_into_primitive::<Flex>().ok()?;
        let in_order = |tensor: &FlexTensor| {
            let steps = tensor.layout().strides();
            steps.iter().all(|&step| step >= 0) && (steps[D - 1] == 1 || width < 2)
        };
        let tensor = if in_order(&tensor) { tensor } else { tensor.to_contiguous() };
        let steps = std::array::from_fn(|dimension| tensor.layout().strides()[dimension] as usize);
        Some(Self { tensor, steps, width })
    }

    /// The numbers at these indices of all dimensions but the last.
    pub fn row<const E: usize>(&self, indices: [usize; E]) -> &[f32] {
        const { assert!(E + 1 == D, "one index for each dimension but the last") };
        let steps: usize = indices.iter().zip(&self.steps).map(|(index, step)| index * step).sum();
        &self.tensor.storage()[self.tensor.layout().start_offset() + steps..][..self.width]
    }

    /// All numbers, where they lie one after another.
    pub fn all(&self) -> Option<&[f32]> {
        self.tensor.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Int};

    use super::*;

    /// Whole, turned, cut, repeated without a copy, and with the last dimension elsewhere.
    #[test]
    fn every_view_is_read_as_it_stands() {
        let device = Device::flex();
        let whole = Tensor::<1, Int>::arange(0..2 * 3 * 5, &device).float().cast(DType::F32).reshape([2, 3, 5]);
        let views = [
            whole.clone(),
            whole.clone().swap_dims(0, 1),
            whole.clone().narrow(1, 1, 2).narrow(2, 2, 3),
            whole.clone().narrow(0, 1, 1).expand([4, 3, 5]),
            whole.clone().swap_dims(1, 2),
            whole.clone().flip([1]),
        ];
        for view in views {
            let dims = view.dims();
            let held = InMemory::of(&view).unwrap();
            let right = view.into_data().try_into_vec::<f32>().unwrap();
            let found =
                (0..dims[0]).flat_map(|a| (0..dims[1]).map(move |b| [a, b])).flat_map(|at| held.row(at).to_vec());
            assert_eq!(found.collect::<Vec<_>>(), right, "{dims:?}");
            assert!(held.all().is_none_or(|all| all == right), "{dims:?}");
        }
        assert!(InMemory::of(&whole.clone()).unwrap().all().is_some());
        assert!(InMemory::of(&whole.clone().autodiff()).is_none());
        assert!(InMemory::of(&whole.cast(DType::F16)).is_none());
    }
}
