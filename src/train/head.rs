//! Trains the head of the locatability network: vectors of pictures in, their segmentation scores out.
//!
//! Pictures are divided by the seed into three parts: most are learned, on some it is seen when to stop, and on the rest
//! the figures are taken, so that they are of pictures that had no part in the head. The vectors are standardised while
//! it learns; that is folded into the first layer at the end, so the head reads the tower's vectors as they are.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::Module;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::{
    TrainError,
    adamw::{AdamW, GradientSum, scalar, shortening},
    order::Order,
    schedule::Schedule,
};
use crate::{
    knowledge::ade20k::THRESHOLD,
    locatability::{HeldOut, LocatabilityHead, spearman},
    model::{ComputeDevice, seeded::Seeded},
};

/// Fewer pictures than this say nothing that holds for others.
const LEAST_PICTURES: usize = 20;

/// The greatest length of the gradient.
const CLIP: f64 = 1.0;

/// How often it is looked whether to stop, over the whole run.
const LOOKS: u64 = 50;

/// Looks without a better one, after which the run stops.
const PATIENCE: u32 = 12;

/// A number of the vector that varies less than this is left as it is.
const LEAST_DEVIATION: f32 = 1e-6;

/// What a head learns from.
#[derive(Debug, Clone, Copy)]
pub struct HeadData<'a> {
    /// One vector a picture, `[pictures][width]`.
    pub vectors: &'a [Vec<f32>],
    /// The score of each picture, 0 to 1.
    pub scores: &'a [f32],
}

/// How a head learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadSettings {
    /// Numbers between the two layers.
    pub hidden: usize,
    /// Steps at most.
    pub steps: u64,
    /// Pictures a step.
    pub batch: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Decay of matrices towards zero.
    pub weight_decay: f64,
    /// The share of pictures that are not learned: half of them say when to stop, half give the figures.
    pub held_out: f64,
    /// Decides the division, the order and the first weights.
    pub seed: u64,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadProgress {
    /// Steps done.
    pub step: u64,
    /// The mean absolute error on the pictures that say when to stop.
    pub error: f64,
}

/// A trained head and how it does.
#[derive(Debug)]
pub struct TrainedHead {
    /// The head.
    pub head: LocatabilityHead,
    /// Pictures it learned from.
    pub learned: usize,
    /// How it does on pictures that had no part in it.
    pub held_out: HeldOut,
    /// The step of the best look, which is the head that was kept.
    pub step: u64,
}

/// Trains a head. `cancel` is asked at every step.
pub fn train_head(
    data: HeadData<'_>,
    settings: &HeadSettings,
    device: &ComputeDevice,
    cancel: &AtomicBool,
    on_progress: &mut dyn FnMut(HeadProgress),
) -> Result<TrainedHead, TrainError> {
    let pictures = data.vectors.len();
    if pictures < LEAST_PICTURES {
        return Err(TrainError::TooFewScores { pictures, needed: LEAST_PICTURES });
    }
    let parts = Parts::of(pictures, settings);
    let standard = Standard::of(&parts.learned, data.vectors);
    let device = device.for_training();
    let width = data.vectors[0].len();
    // A standard deviation of one over the root of the width keeps what comes out of the first layer near one.
    let source = Seeded::new(settings.seed, 1.0 / (width as f32).sqrt(), &device);
    let head = LocatabilityHead::load(&source, width, settings.hidden)?;
    let run = || {
        let tensors = |part: &[usize], device: &Device| part_of(data, part, &standard, device);
        let learned = tensors(&parts.learned, device.burn());
        let stopping = tensors(&parts.stopping, &device.burn().clone().inner());
        let (head, step) = learn(head, &learned, &stopping, settings, cancel, on_progress)?;
        let head = standard.folded_into(&head);
        let held_out = figures(&head, data, &parts);
        Ok(TrainedHead { head, learned: parts.learned.len(), held_out, step })
    };
    device.guard(run)?
}

/// Which pictures do what.
#[derive(Debug, PartialEq)]
struct Parts {
    learned: Vec<usize>,
    stopping: Vec<usize>,
    reported: Vec<usize>,
}

impl Parts {
    fn of(pictures: usize, settings: &HeadSettings) -> Self {
        let mut shuffled: Vec<usize> = (0..pictures).collect();
        shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(settings.seed));
        let half = ((pictures as f64 * settings.held_out / 2.0).round() as usize).clamp(1, pictures / 3);
        let learned = shuffled.split_off(2 * half);
        let reported = shuffled.split_off(half);
        Self { learned, stopping: shuffled, reported }
    }
}

/// Mean and standard deviation of each number of the vectors that are learned.
struct Standard {
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

impl Standard {
    fn of(learned: &[usize], vectors: &[Vec<f32>]) -> Self {
        let count = learned.len() as f64;
        let moments = |column: usize| {
            let values = || learned.iter().map(|&index| f64::from(vectors[index][column]));
            let mean = values().sum::<f64>() / count;
            let deviation = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt() as f32;
            (mean as f32, if deviation < LEAST_DEVIATION { 1.0 } else { deviation })
        };
        let (mean, deviation) = (0..vectors[0].len()).map(moments).unzip();
        Self { mean, deviation }
    }

    /// The head that does with vectors as they are what `head` does with standardised ones.
    fn folded_into(&self, head: &LocatabilityHead) -> LocatabilityHead {
        let LocatabilityHead { hidden, out } = head.valid();
        LocatabilityHead { hidden: hidden.standardising(&self.mean, &self.deviation), out }
    }
}

/// Standardised vectors `[pictures, width]` and scores `[pictures]`.
struct Standardised {
    vectors: Tensor<2>,
    scores: Tensor<1>,
}

fn part_of(data: HeadData<'_>, part: &[usize], standard: &Standard, device: &Device) -> Standardised {
    let width = standard.mean.len();
    let row = |&index: &usize| {
        let moments = standard.mean.iter().zip(&standard.deviation);
        data.vectors[index].iter().zip(moments).map(|(x, (mean, deviation))| (x - mean) / deviation)
    };
    let vectors = TensorData::new(part.iter().flat_map(row).collect::<Vec<f32>>(), [part.len(), width]);
    let scores = TensorData::new(part.iter().map(|&index| data.scores[index]).collect::<Vec<f32>>(), [part.len()]);
    Standardised {
        vectors: Tensor::from_data(vectors, (device, DType::F32)),
        scores: Tensor::from_data(scores, (device, DType::F32)),
    }
}

/// The head at its best look, and that look's step.
fn learn(
    mut head: LocatabilityHead,
    learned: &Standardised,
    stopping: &Standardised,
    settings: &HeadSettings,
    cancel: &AtomicBool,
    on_progress: &mut dyn FnMut(HeadProgress),
) -> Result<(LocatabilityHead, u64), TrainError> {
    let steps = settings.steps;
    let schedule = Schedule { steps, warmup_steps: steps / 20, peak: settings.learning_rate, final_share: 0.0 };
    let mut optimizer = AdamW::with_decay(settings.weight_decay);
    let mut order = Order::new(settings.seed, learned.vectors.dims()[0]);
    let every = (steps / LOOKS).max(1);
    let mut best = (f64::INFINITY, head.clone(), 0);
    let mut looks_without = 0;
    for step in 0..steps {
        if cancel.load(Ordering::Relaxed) {
            return Err(TrainError::Stopped);
        }
        let cursors = step * settings.batch as u64..(step + 1) * settings.batch as u64;
        let rows: Vec<i32> = cursors.map(|cursor| order.item(cursor) as i32).collect();
        let data = TensorData::new(rows, [settings.batch]);
        let rows = Tensor::<1, Int>::from_data(data, &learned.vectors.device());
        let error =
            head.forward(learned.vectors.clone().select(0, rows.clone())) - learned.scores.clone().select(0, rows);
        let mut gradient = GradientSum::default();
        gradient.add(&head, &mut error.square().mean().backward());
        let scale = shortening(gradient.norm(), CLIP);
        head = optimizer.step(head, gradient, scale, schedule.rate(step));
        if (step + 1) % every == 0 || step + 1 == steps {
            let predicted = head.valid().forward(stopping.vectors.clone());
            let error = scalar((predicted - stopping.scores.clone()).abs().mean());
            on_progress(HeadProgress { step: step + 1, error });
            looks_without += 1;
            if error < best.0 {
                best = (error, head.clone(), step + 1);
                looks_without = 0;
            }
            if looks_without == PATIENCE {
                break;
            }
        }
    }
    if best.0.is_finite() { Ok((best.1, best.2)) } else { Err(TrainError::NoNumbers) }
}

/// How the finished head does on the part that is reported.
fn figures(head: &LocatabilityHead, data: HeadData<'_>, parts: &Parts) -> HeldOut {
    let width = data.vectors[0].len();
    let rows: Vec<f32> = parts.reported.iter().flat_map(|&index| data.vectors[index].iter().copied()).collect();
    let rows = TensorData::new(rows, [parts.reported.len(), width]);
    let predicted = head.forward(Tensor::from_data(rows, (&head.hidden.device(), DType::F32)));
    let predicted: Vec<f64> = predicted.into_data().iter::<f64>().collect();
    let right: Vec<f64> = parts.reported.iter().map(|&index| f64::from(data.scores[index])).collect();
    let count = right.len() as f64;
    let mean = |part: &[usize]| part.iter().map(|&i| f64::from(data.scores[i])).sum::<f64>() / part.len() as f64;
    let guess = mean(&parts.learned);
    let same_side = predicted.iter().zip(&right).filter(|(a, b)| (**a >= THRESHOLD) == (**b >= THRESHOLD)).count();
    HeldOut {
        pictures: right.len(),
        spearman: spearman(&predicted, &right),
        mean_absolute_error: predicted.iter().zip(&right).map(|(a, b)| (a - b).abs()).sum::<f64>() / count,
        error_of_the_mean: right.iter().map(|score| (score - guess).abs()).sum::<f64>() / count,
        agreement: same_side as f64 / count,
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;

    const WIDTH: usize = 16;

    /// Vectors of unit length whose first two numbers decide the score.
    fn pictures(count: usize) -> (Vec<Vec<f32>>, Vec<f32>) {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let vector = |random: &mut ChaCha8Rng| {
            let raw: Vec<f32> = (0..WIDTH).map(|_| random.random::<f32>() - 0.4).collect();
            let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt();
            raw.into_iter().map(|x| x / length).collect::<Vec<f32>>()
        };
        let vectors: Vec<Vec<f32>> = (0..count).map(|_| vector(&mut random)).collect();
        let score = |v: &Vec<f32>| (0.4 + 0.5 * v[0] - 0.8 * v[1] * v[1]).clamp(0.0, 1.0);
        let scores = vectors.iter().map(score).collect();
        (vectors, scores)
    }

    fn settings() -> HeadSettings {
        let (learning_rate, weight_decay) = (1e-2, 1e-4);
        HeadSettings { hidden: 16, steps: 400, batch: 64, learning_rate, weight_decay, held_out: 0.3, seed: 4 }
    }

    fn train(vectors: &[Vec<f32>], scores: &[f32], settings: &HeadSettings) -> Result<TrainedHead, TrainError> {
        let data = HeadData { vectors, scores };
        train_head(data, settings, &ComputeDevice::cpu(), &AtomicBool::new(false), &mut |_| {})
    }

    #[test]
    fn it_learns_and_reports_on_pictures_it_has_not_seen() {
        let (vectors, scores) = pictures(600);
        let trained = train(&vectors, &scores, &settings()).unwrap();
        let held_out = trained.held_out;
        assert_eq!((trained.learned, held_out.pictures), (420, 90));
        assert!(held_out.spearman.unwrap() > 0.95, "{held_out:?}");
        assert!(held_out.mean_absolute_error < 0.3 * held_out.error_of_the_mean, "{held_out:?}");
        assert!(held_out.agreement > 0.85, "{held_out:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_head() {
        let (vectors, scores) = pictures(60);
        let settings = HeadSettings { steps: 20, ..settings() };
        let figures = || train(&vectors, &scores, &settings).unwrap().held_out;
        assert_eq!(figures(), figures());
    }

    #[test]
    fn noise_stops_early() {
        let (vectors, mut scores) = pictures(100);
        scores.rotate_left(37);
        let mut looks = 0;
        let data = HeadData { vectors: &vectors, scores: &scores };
        let settings = HeadSettings { steps: 5000, ..settings() };
        train_head(data, &settings, &ComputeDevice::cpu(), &AtomicBool::new(false), &mut |_| looks += 1).unwrap();
        assert!(looks < LOOKS, "{looks} looks");
    }

    #[test]
    fn the_parts_share_no_picture() {
        for pictures in [20, 21, 1000] {
            let parts = Parts::of(pictures, &settings());
            let mut all = [parts.learned, parts.stopping, parts.reported].concat();
            all.sort_unstable();
            assert_eq!(all, (0..pictures).collect::<Vec<_>>());
        }
        let parts = Parts::of(20, &HeadSettings { held_out: 0.0, ..settings() });
        assert_eq!((parts.stopping.len(), parts.reported.len()), (1, 1));
    }

    #[test]
    fn what_cannot_be_learned_is_said() {
        let (vectors, scores) = pictures(19);
        let line = train(&vectors, &scores, &settings()).unwrap_err().to_string();
        assert!(line.contains("19 pictures can be used") && line.contains("at least 20"), "{line}");
        let (vectors, scores) = pictures(50);
        let data = HeadData { vectors: &vectors, scores: &scores };
        let stopped = train_head(data, &settings(), &ComputeDevice::cpu(), &AtomicBool::new(true), &mut |_| {});
        assert!(matches!(stopped, Err(TrainError::Stopped)));
    }
}
