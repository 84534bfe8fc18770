//! The planes and the kernels against plain code and against the CPU's packed products.

use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use burn::tensor::{DType, Distribution, Int, Tensor};

use super::matrix::GpuMatrix;
use super::planes::{Layout, Planes};
use super::*;
use crate::model::compute::{ComputeDevice, PackedProducts};
use crate::model::packed::{Block, GROUP, PackedMatrix, sample, unpacked};
use crate::model::{DeviceChoice, adapters, open};

/// A number of the planes, read as the kernels are to read it.
fn number(planes: &Planes, layout: Layout, group: usize, place: usize) -> f32 {
    let half = |bits: u32| half::f16::from_bits(bits as u16).to_f32();
    let byte = |word: u32, at: usize| (word >> (8 * at)) as u8;
    let q = if layout.bits == 8 {
        i32::from(byte(planes.quants[8 * group + place / 4], place % 4) as i8)
    } else {
        let both = byte(planes.quants[4 * group + place % 16 / 4], place % 4);
        let low = u32::from(both >> (4 * (place / 16)) & 15);
        let bits = layout.bits - 4;
        let at = bits * place;
        let high = if bits == 0 { 0 } else { planes.highs[bits * group + at / 32] >> (at % 32) & ((1 << bits) - 1) };
        (low | high << 4) as i32 - layout.centre as i32
    };
    let block = group / layout.groups;
    let (mut scale, mut low) = match layout.has_offset {
        true => (half(planes.scales[block] & 0xffff), half(planes.scales[block] >> 16)),
        false => (half(planes.scales[block / 2] >> (16 * (block % 2)) & 0xffff), 0.0),
    };
    if layout.groups > 1 {
        let steps = planes.steps[group / 2] >> (16 * (group % 2));
        let [first, second] = [0, 1].map(|at| f32::from(byte(steps, at) as i8));
        if layout.has_halves {
            scale *= if place < 16 { first } else { second };
        } else {
            scale *= first;
            low *= -second;
        }
    }
    scale * q as f32 + low
}

#[test]
fn planes_hold_the_numbers_of_the_rows() {
    for block in Block::ALL {
        let (shape, layout) = ([3, 768], Layout::of(block));
        let bytes = sample(block, shape, 5);
        let planes = Planes::of(block, shape, &bytes).unwrap();
        let found: Vec<f32> = (0..3 * 768).map(|place| number(&planes, layout, place / GROUP, place % GROUP)).collect();
        assert_eq!(found, unpacked(block, shape, &bytes).unwrap(), "{block:?}");
        assert!(Planes::of(block, shape, &bytes[1..]).is_none());
        let words = [&planes.quants, &planes.highs, &planes.scales, &planes.steps].map(Vec::len);
        assert_eq!(4 * words.iter().sum::<usize>(), layout.bytes(3 * 768), "{block:?}");
    }
}

/// What an adapter holds against what the file has: kinds with a table are held by the table's values.
#[test]
fn planes_are_hardly_larger_than_the_file() {
    for block in Block::ALL {
        let (held, file) = (Layout::of(block).bytes(1 << 20), block.row_bytes(1 << 20).unwrap());
        let most = if block.has_table() { 2.05 } else { 1.03 };
        assert!(held as f64 <= most * file as f64, "{block:?}: {held} of {file}");
    }
}

/// A hardware adapter where there is one, else software.
fn adapter() -> ComputeDevice {
    let adapter = adapters().into_iter().min_by_key(|a| !a.hardware).expect("no adapter: install mesa-vulkan-drivers");
    println!("on {}", adapter.name);
    let device = open(DeviceChoice::GpuNumber(adapter.number)).unwrap();
    try_once(&device);
    assert_eq!((device.packed_products.get(), device.notes()), (Some(&PackedProducts::Packed), vec![]));
    device
}

fn size(x: &[f32]) -> f32 {
    (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt()
}

/// The size of the difference.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    size(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

fn dense(x: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
    let numbers = weight.dtype();
    x.cast(numbers).matmul(weight.transpose()).cast(DType::F32)
}

/// One row and rows that leave some of a workgroup over; one group of threads, and units for several turns of them and some
/// over; rows of activations for either way, and several strips of the matrix.
#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn products_are_those_of_the_unpacked_numbers_and_near_the_cpus() {
    let device = adapter();
    for block in Block::ALL {
        for shape in [[1, 256], [37, 768], [70, 4608]] {
            let bytes = sample(block, shape, 3);
            let weights = unpacked(block, shape, &bytes).unwrap();
            let on_cpu = PackedMatrix::new(block, shape, &bytes).unwrap();
            let matrix = GpuMatrix::new(block, shape, &bytes, &device).unwrap();
            let unpacking = GpuMatrix { is_fast: false, at_once: 20 * shape[1], numbers: DType::F32, ..matrix.clone() };
            let halves = GpuMatrix { is_fast: false, numbers: DType::F16, ..matrix.clone() };
            for rows in [1, 3, 7] {
                let x = Tensor::<2>::random(
                    [rows, shape[1]],
                    Distribution::Normal(0.0, 1.0),
                    &burn::tensor::Device::flex(),
                );
                let values = x.clone().into_data().try_to_vec::<f32>().unwrap();
                let weight = Tensor::<1>::from_floats(&*weights, &x.device()).reshape(shape);
                let right = x.clone().matmul(weight.transpose()).into_data().try_to_vec::<f32>().unwrap();
                let x = Tensor::from_data(x.into_data(), device.burn());
                let times =
                    |matrix: &GpuMatrix| matrix.times(x.clone(), dense).into_data().try_to_vec::<f32>().unwrap();
                let found = times(&matrix);
                // What products of normal activations with such weights are in the mean.
                let unit = size(&weights) * (shape[1] as f32).sqrt();
                let name = format!("{block:?} {shape:?} {rows}");
                // Rows for which the fast kernel is not meant are multiplied in f16.
                assert!(apart(&found, &right) < unit * if rows > 4 { 2e-3 } else { 1e-5 }, "{name}");
                assert!(apart(&times(&unpacking), &right) < unit * 1e-5, "{name}, unpacked");
                assert!(apart(&times(&halves), &right) < unit * 2e-3, "{name}, in f16");
                // Eight bits of activations there.
                assert!(apart(&found, &on_cpu.times(&values)) < unit * 0.02, "{name}, CPU");
            }
        }
    }
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn rows_are_gathered_and_small_or_wrong_scales_are_kept() {
    let device = adapter();
    for block in [Block::Q8_0, Block::Q4_1, Block::Q5_0] {
        let shape = [40, 64];
        let mut bytes = sample(block, shape, 8);
        let row = block.row_bytes(64).unwrap();
        // The least f16, the least normal one, one that is no number, and infinity.
        for (place, bits) in [(0, 0x0001u16), (1, 0x0400), (2, 0x7e00), (3, 0xfc00)] {
            bytes[place * row..place * row + 2].copy_from_slice(&bits.to_le_bytes());
        }
        let weights = unpacked(block, shape, &bytes).unwrap();
        let matrix = GpuMatrix::new(block, shape, &bytes, &device).unwrap();
        let ids = [39i32, 0, 1, 2, 3, 0];
        let names = Tensor::<1, Int>::from_data(ids, (device.burn(), DType::I32));
        let found = matrix.rows(names).into_data().try_to_vec::<f32>().unwrap();
        for (id, found) in ids.iter().zip(found.chunks_exact(64)) {
            for (found, right) in found.iter().zip(&weights[*id as usize * 64..]) {
                let is_same =
                    if right.is_finite() { (found - right).abs() <= 1e-6 * right.abs() } else { !found.is_finite() };
                assert!(is_same, "{block:?} row {id}: {found} {right}");
            }
        }
        let y = matrix.times(Tensor::ones([1, 64], device.burn()), dense).into_data().try_to_vec::<f32>().unwrap();
        let is_finite: Vec<bool> = y[..5].iter().map(|y| y.is_finite()).collect();
        assert_eq!(is_finite, [true, true, false, false, true], "{block:?}: {y:?}");
    }
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn an_adapter_that_is_wrong_with_few_rows_unpacks_for_them() {
    let right = adapter();
    let wrong = Arc::new(OnceLock::from(PackedProducts::Unpacked));
    let wrong = ComputeDevice { packed_products: wrong, ..right.clone() };
    let bytes = sample(Block::Q8_0, [40, 64], 4);
    for (device, dense_products) in [(right, 0), (wrong, 1)] {
        let matrix = GpuMatrix::new(Block::Q8_0, [40, 64], &bytes, &device).unwrap();
        let count = Cell::new(0);
        let counted = |x, weight| {
            count.set(count.get() + 1);
            dense(x, weight)
        };
        let _ = matrix.times(Tensor::ones([1, 64], device.burn()), counted);
        assert_eq!(count.get(), dense_products);
    }
}

/// Matrices of several kinds in one launch, one with a bias, and gate and up.
#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn several_matrices_at_once_are_each_by_itself() {
    let device = adapter();
    let x = |rows| Tensor::<2>::random([rows, 512], Distribution::Normal(0.0, 1.0), device.burn());
    for kinds in [[Block::Q4_K, Block::Q4_K, Block::Q6_K], [Block::Q8_0, Block::Q5_0, Block::Q4_1]] {
        let matrix = |block, out, seed| GpuMatrix::new(block, [out, 512], &sample(block, [out, 512], seed), &device);
        let [first, second, third] = [(kinds[0], 70, 1), (kinds[1], 6, 2), (kinds[2], 9, 3)]
            .map(|(kind, out, seed)| matrix(kind, out, seed).unwrap());
        let up = matrix(kinds[2], 70, 4).unwrap();
        let bias = Tensor::<1>::random([6], Distribution::Normal(0.0, 50.0), device.burn());
        for rows in [1, 3] {
            let x = x(rows);
            let alone = |matrix: &GpuMatrix| matrix.times(x.clone(), dense);
            let right = vec![alone(&first), alone(&second) + bias.clone().unsqueeze(), alone(&third)];
            let factors =
                [first.factor(None), second.factor(Some(bias.clone())), third.factor(None)].map(Option::unwrap);
            let values = |of: Tensor<2>| of.into_data().try_to_vec::<f32>().unwrap();
            let [right, found] = [Tensor::cat(right, 1), products(x.clone(), factors)].map(values);
            assert!(apart(&right, &found) < 1e-5 * size(&right), "{kinds:?}, {rows} rows");
            let right = values(burn::tensor::activation::silu(alone(&first)) * alone(&up));
            let found = values(gated(x.clone(), first.factor(None).unwrap(), up.factor(None).unwrap()));
            assert!(apart(&right, &found) < 1e-5 * size(&right), "{kinds:?}, {rows} rows, gated");
        }
    }
}

/// The planes and nothing else: a dense copy would take four times the bytes.
#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_matrix_takes_its_packed_bytes_on_the_adapter() {
    let device = adapter();
    let in_use = || {
        device.burn().sync().unwrap();
        device.burn().memory_pool_usage().unwrap().bytes_in_use
    };
    let shape = [2048, 4096];
    for block in [Block::Q8_0, Block::Q4_1] {
        let bytes = sample(block, shape, 2);
        let before = in_use();
        let matrix = GpuMatrix::new(block, shape, &bytes, &device).unwrap();
        let taken = in_use() - before;
        let _ = matrix.times(Tensor::ones([1, 4096], device.burn()), dense).into_data();
        let after = in_use() - before;
        println!("{block:?}: {} bytes, {taken} held, {after} after a product", bytes.len());
        assert!(after < bytes.len() as u64 * 11 / 10, "{block:?}: {after} of {}", bytes.len());
    }
}
