//! The kernels against what the tensor library and plain code make of the same numbers.

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::{DType, Tensor, TensorData};

use super::check::{of_attention, of_norm, of_products, of_turn};
use super::*;
use crate::model::compute::ComputeDevice;
use crate::model::{DeviceChoice, GenerateOptions, Sampling, VisionLanguageModel, adapters, golden, open};

/// A hardware adapter where there is one, else software, on which all kernels are right.
fn adapter() -> ComputeDevice {
    let adapter = adapters().into_iter().min_by_key(|a| !a.hardware).expect("no adapter: install mesa-vulkan-drivers");
    let device = open(DeviceChoice::GpuNumber(adapter.number)).unwrap();
    try_once(&device);
    assert_eq!((device.wrong_kernels.get(), device.notes()), (Some(&vec![]), vec![]), "{}", device.name);
    device
}

#[test]
fn devices_that_have_not_been_tried_use_no_kernel() {
    let cpu = ComputeDevice::cpu();
    try_once(&cpu);
    assert!(best(&Tensor::ones([1, 3], cpu.burn())).is_none());
    trust(&Device::flex(), vec![]);
    assert!(!is_right(DecodeKernel::Best, &Device::flex().autodiff()));
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn the_best_score_is_the_first_of_the_highest_and_never_hides_a_nan() {
    let device = adapter();
    let found = |scores: &[f32]| {
        let data = TensorData::new(scores.to_vec(), [1, scores.len()]);
        let best = best(&Tensor::from_data(data, (device.burn(), DType::F32))).unwrap();
        let held = best.token().try_into_vec_as::<u32>().unwrap();
        let sent = best.read().unwrap();
        assert_eq!(held, [sent.unwrap_or(0)]);
        sent
    };
    let (high, none) = (f32::INFINITY, f32::NAN);
    assert_eq!(found(&[7.0]), Some(0));
    assert_eq!(found(&[-0.0, 0.0, -1.0]), Some(0));
    assert_eq!(found(&[-3.0, -1e-40, -2.0]), Some(1));
    assert_eq!([found(&[-high, -high]), found(&[1.0, high, high])], [Some(0), Some(1)]);
    assert_eq!([found(&[none, 1.0]), found(&[1.0, -none])], [None, None]);
    for count in [255, 256, 257, 16_385, 151_936] {
        let scores: Vec<f32> = (0..count).map(|place| ((place * 7919 + count) % 5003) as f32 / 99.0 - 20.0).collect();
        let highest = scores.iter().copied().fold(f32::MIN, f32::max);
        let right = scores.iter().position(|&score| score == highest).unwrap();
        assert_eq!(found(&scores), Some(right as u32), "{count}");
    }
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn every_kernel_is_what_plain_loops_are() {
    let device = adapter();
    let burn = device.burn();
    // Widths of a unit or two and of several turns of a workgroup; heights that leave some of one over.
    for (outs, inp) in [([1, 1], 8), ([4, 5], 512), ([66, 7], 1032), ([128, 32], 4864)] {
        assert!(of_products(burn, DType::F16, outs, inp).unwrap() < 2e-5, "{outs:?} {inp}");
    }
    for (shape, has_delta) in [([1, 1], true), ([4, 256], true), ([2, 257], false), ([3, 3584], true)] {
        assert!(of_norm(burn, shape, has_delta).unwrap() < 1e-5, "{shape:?}");
    }
    for cache in [DType::F32, DType::F16] {
        assert!(of_turn(burn, cache).unwrap() < 1e-5, "{cache:?}");
        for (queries, keys, width) in [(1, 1, 4), (14, 2, 64), (4, 4, 80), (28, 4, 128)] {
            for seen in [1, 2, 127, 128, 129, 700] {
                let heads = Heads { queries, keys, width };
                let apart = of_attention(burn, cache, heads, seen).unwrap();
                assert!(apart < 2e-5, "{cache:?} {heads:?} {seen}: {apart}");
            }
        }
    }
}

#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_cache_that_somebody_else_holds_is_left_as_it_is() {
    let device = adapter();
    let heads = Heads { queries: 2, keys: 1, width: 4 };
    let held = || [0, 1].map(|_| Tensor::<4>::zeros([1, 1, 3, 4], device.burn()));
    let token = || Tensor::<2>::ones([1, heads.numbers()], device.burn());
    let tables = || [0, 1].map(|_| Tensor::<4>::ones([1, 1, 1, 2], device.burn()));
    let sum = |of: &Tensor<4>| of.clone().sum().into_scalar::<f32>();
    let shared = held();
    let (_, [_, values]) = turn(token(), tables(), shared.clone(), 1, heads);
    assert_eq!(([sum(&shared[0]), sum(&shared[1])], sum(&values)), ([0.0; 2], 4.0));
    // And one that nobody holds can be written again where it lies.
    let (_, own) = turn(token(), tables(), held(), 1, heads);
    assert!(own.iter().all(Tensor::can_mut));
}

/// The vision tower, and the decoder through the cache, with what the kernels do in place of the library.
#[test]
#[ignore = "needs a Vulkan driver: run by .ci/run"]
fn a_model_that_decodes_by_the_kernels_is_the_cpus() {
    let device = adapter();
    for precision in [DType::F32, DType::F16] {
        golden::check(&device, precision).unwrap();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
    let plain = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        std::fs::copy(folder.join(file), plain.path().join(file)).unwrap();
    }
    // Its generation_config.json asks for a penalty, which needs the scores.
    for (folder, stays) in [(plain.path(), true), (folder.as_path(), false)] {
        decodes_as_the_cpu(folder, &device, stays);
    }
}

/// `stays` says whether the scores stay on the device.
fn decodes_as_the_cpu(folder: &Path, device: &ComputeDevice, stays: bool) {
    let answers = [ComputeDevice::cpu().in_f32(), device.clone()].map(|device| {
        let model = VisionLanguageModel::open(folder, &device).unwrap();
        let mut context = model.start();
        model.read_tokens(&mut context, &[5, 9, 3, 7], &[]).unwrap();
        let options = GenerateOptions { max_new_tokens: 24, sampling: Sampling::GREEDY, stop: Vec::new() };
        let [mut branch, mut stopped] = [context.branch(), context.branch()];
        let said = model.generate(&mut context, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(context.next_logits().is_empty(), stays && !device.is_cpu(), "where the scores are");
        let again = model.generate(&mut branch, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(said.token_ids, again.token_ids, "a branch has a cache of its own");
        // Stopped while the token after the next is under way, and gone on with.
        let mut left = 3;
        let begin = model.generate(&mut stopped, &options, &mut |_| {
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((begin.unwrap().token_ids.as_slice(), stopped.cache.len()), (&said.token_ids[..3], stopped.len()));
        let options = GenerateOptions { max_new_tokens: 22, ..options };
        let rest = model.generate(&mut stopped, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(rest.token_ids, said.token_ids[2..], "an answer that was stopped goes on");
        model.push(&mut context, 4).unwrap();
        (said.token_ids, context.next_logits().to_vec())
    });
    let [(right, right_scores), (found, scores)] = answers;
    assert!(right.len() > 4, "{right:?}");
    assert_eq!(right, found);
    let apart = right_scores.iter().zip(&scores).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-3, "{apart}");
}
