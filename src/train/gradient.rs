//! The gradient of a step: of the mean loss over all answer tokens of its lessons, batch after batch, and whether it
//! can be followed.

use burn::tensor::Tensor;

use super::{
    adamw::{GradientSum, scalar},
    error::NotFinite,
    features::KeptFeatures,
    lesson::Lesson,
    loss::AnswerScores,
    rows::Rows,
};
use crate::model::{
    ModelError, Patches,
    qwen2_5_vl::{Answers, Passes, Qwen25Vl},
};

/// The gradient of a step, as far as its batches were learned.
#[derive(Debug)]
pub struct StepGradient {
    /// The answer tokens of all its lessons.
    n_tokens: f64,
    loss: f64,
    sum: GradientSum,
}

/// Loss and gradient of a whole step, which are finite numbers.
#[derive(Debug)]
pub struct Found {
    /// The mean loss over the step's answer tokens, in nats.
    pub loss: f64,
    /// The gradient of `loss`.
    pub gradient: GradientSum,
    /// Its length.
    pub norm: f64,
}

impl StepGradient {
    /// Of a step with these lessons, none of which was learned yet.
    pub fn of(lessons: &[Lesson]) -> Self {
        let n_tokens: usize = lessons.iter().map(Lesson::n_targets).sum();
        Self { n_tokens: n_tokens as f64, loss: 0.0, sum: GradientSum::default() }
    }

    /// Lets `model` learn a batch of the lessons; where an adapter learns, the pictures' features come from `features`, and its
    /// layers are gone through in `passes`. The model is not changed.
    pub fn add(
        &mut self,
        model: &Qwen25Vl,
        batch: &[Lesson],
        features: &KeptFeatures,
        passes: Passes,
    ) -> Result<(), ModelError> {
        if model.learns_lora() {
            return self.add_lora(model, batch, passes, |pictures| features.of(model, pictures));
        }
        let share = AnswerScores::new(model, batch, features)?.total_loss().div_scalar(self.n_tokens);
        self.sum.add(model, &mut share.backward());
        self.loss += scalar(share.inner());
        Ok(())
    }

    /// Lets the adapter that was added last to `model` learn a batch, whose pictures have these `features`.
    fn add_lora(
        &mut self,
        model: &Qwen25Vl,
        batch: &[Lesson],
        passes: Passes,
        features: impl FnOnce(&[&Patches]) -> Result<Option<Tensor<2>>, ModelError>,
    ) -> Result<(), ModelError> {
        let rows = Rows::of(batch);
        let features = features(&rows.pictures)?;
        let answers = Answers { before: &rows.before, tokens: &rows.targets, share: self.n_tokens };
        let sum = &mut self.sum;
        self.loss += model.learn(&rows.batch(), features, &answers, passes, &mut |path, layer, gradients| {
            sum.add_at(path, layer, gradients);
        })?;
        Ok(())
    }

    /// What there is to follow; where it is no finite number, following it would spoil the parameters.
    pub fn found(self) -> Result<Found, NotFinite> {
        let norm = self.sum.norm();
        match (self.loss.is_finite(), norm.is_finite()) {
            (true, true) => Ok(Found { loss: self.loss, gradient: self.sum, norm }),
            (false, _) => Err(NotFinite::Loss),
            (true, false) => Err(NotFinite::Gradient),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        path::{Path, PathBuf},
    };

    use safetensors::SafeTensors;
    use serde_json::Value;

    use super::*;
    use crate::{
        model::{
            ComputeDevice, DeviceChoice, Dropout, LoraChoice, LoraSettings, Packing, Precision,
            Products::{Bf16, F32},
            device,
            qwen2_5_vl::{Kept, LORA_TARGETS},
            save::{NamedTensor, SavedType, save},
            save_lora,
        },
        train::{
            adamw::{AdamW, shortening},
            schedule::Schedule,
        },
    };

    /// Layers are computed again, and nothing is left out.
    const AGAIN: Passes = Passes { kept: Kept::Input, dropout: None };

    /// Much is left out.
    const DROPOUT: Dropout = Dropout { probability: 0.3, seed: 5, step: 3, batch: 0 };

    fn reference() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
    }

    fn json(file: &Path) -> Value {
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    fn ids(value: &Value) -> Vec<u32> {
        value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
    }

    fn lessons(batches: &Value) -> Vec<Lesson> {
        let file = std::fs::read(reference().join("qwen2_5_vl/pixel_values.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&file).unwrap();
        let lesson = |lesson: &Value| {
            let pixels = file.tensor(lesson["pictures"][0].as_str().unwrap()).unwrap();
            let values = pixels.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            let grid: Vec<usize> = ids(&lesson["grids"][0]).into_iter().map(|side| side as usize).collect();
            let merged_tokens = grid.iter().product::<usize>() / 4;
            let patches = Patches { values, grid: grid.try_into().unwrap(), merged_tokens };
            Lesson::asked(ids(&lesson["prompt"]), ids(&lesson["answer"]), patches, "CL".parse().unwrap())
        };
        batches.as_array().unwrap().iter().flat_map(|batch| batch.as_array().unwrap()).map(lesson).collect()
    }

    /// The checkpoint with its adapter, which learns from now on.
    fn student(name: &str, adapter: &str, device: &ComputeDevice) -> Qwen25Vl {
        student_of(name, reference().join("lora").join(name).join(adapter), device)
    }

    /// The same with the adapter in this folder.
    fn student_of(name: &str, adapter: PathBuf, device: &ComputeDevice) -> Qwen25Vl {
        let folder = reference().join("qwen2_5_vl").join(name);
        let lora = LoraChoice::whole(adapter);
        let mut model = Qwen25Vl::open_with(&folder, &json(&folder.join("config.json")), &[lora], device).unwrap().0;
        model.learn_last_lora(&LORA_TARGETS.map(str::to_owned));
        model
    }

    fn factors(model: &Qwen25Vl) -> BTreeMap<String, Vec<f32>> {
        let tensors = model.lora_tensors().into_iter();
        tensors.map(|tensor| (tensor.name, tensor.values.into_data().try_into_vec().unwrap())).collect()
    }

    /// A step of an adapter, two lessons to a batch, as a run takes it.
    fn step(
        model: &Qwen25Vl,
        lessons: &[Lesson],
        passes: Passes,
        mut features: impl FnMut(&[&Patches]) -> Result<Option<Tensor<2>>, ModelError>,
    ) -> Found {
        let mut gradient = StepGradient::of(lessons);
        for (batch, lessons) in (0..).zip(lessons.chunks(2)) {
            let dropout = passes.dropout.map(|dropout| Dropout { batch, ..dropout });
            gradient.add_lora(model, lessons, Passes { dropout, ..passes }, &mut features).unwrap();
        }
        gradient.found().unwrap()
    }

    /// As many steps of an adapter as the fixture has, as a run takes them: losses and the model in the end.
    fn steps(
        mut model: Qwen25Vl,
        fixture: &Value,
        passes: Passes,
        features: impl Fn(&[&Patches]) -> Result<Option<Tensor<2>>, ModelError>,
    ) -> (Vec<f64>, Qwen25Vl) {
        let settings = &fixture["settings"];
        let number = |name: &str| settings[name].as_f64().unwrap();
        let lessons = lessons(&fixture["batches"]);
        let part = format!(
            "steps = 1\nbatch = 1\nlearning_rate = {}\nbeta_2 = {}\nweight_decay = {}\n",
            number("learning_rate"),
            number("beta_2"),
            number("weight_decay")
        );
        let mut optimizer = AdamW::new(&toml::from_str(&part).unwrap());
        let steps = fixture["steps"].as_u64().unwrap();
        let (peak, final_share) = (number("learning_rate"), number("final_share"));
        let schedule = Schedule { steps, warmup_steps: number("warmup_steps") as u64, peak, final_share };
        let mut losses = Vec::new();
        for at in 0..steps {
            let Found { loss, gradient, norm } = step(&model, &lessons, passes, &features);
            losses.push(loss);
            model = optimizer.step(model, gradient, shortening(norm, number("clip")), schedule.rate(at));
        }
        (losses, model)
    }

    /// The length of the difference over the length of the right one.
    fn difference(found: &[f32], right: &[f32]) -> f64 {
        let length = |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>().sqrt();
        let between = length(&mut found.iter().zip(right).map(|(a, b)| f64::from(a - b)));
        between / length(&mut right.iter().map(|b| f64::from(*b)))
    }

    #[track_caller]
    fn check(found: &BTreeMap<String, Vec<f32>>, right: &BTreeMap<String, Vec<f32>>, tolerance: f64) {
        assert!(found.keys().eq(right.keys()));
        for (name, right) in right {
            let difference = difference(&found[name], right);
            assert!(difference < tolerance, "{name}: {difference}");
        }
    }

    /// Five steps of `peft` and `torch.optim.AdamW` on the same batches, with two batches to a step.
    #[test]
    fn an_adapter_learns_as_it_does_with_peft() {
        let graph = Passes { kept: Kept::Graph, ..AGAIN };
        // In bf16 by what rounding makes: the losses' fourth digit, and steps of AdamW, which are as long for small gradients.
        let ways = [(F32, AGAIN, 1e-4, 1e-3), (F32, graph, 1e-4, 1e-3), (Bf16, AGAIN, 5e-3, 0.05)];
        for name in ["untied", "tied_sharded"] {
            let fixture = json(&reference().join(format!("lora/{name}.json")));
            let right = factors(&student(name, "last", &ComputeDevice::cpu()));
            for (products, passes, of_losses, of_factors) in ways {
                let device = ComputeDevice::cpu().with_products(products);
                let (learning, tower) = (student(name, "first", &device), student(name, "first", &device));
                let (losses, model) = steps(learning, &fixture, passes, |pictures| tower.features(pictures));
                for (loss, right) in losses.iter().zip(fixture["losses"].as_array().unwrap()) {
                    let right = right.as_f64().unwrap();
                    assert!(
                        (loss - right).abs() < of_losses,
                        "{name} {products}: {losses:?} and {}",
                        fixture["losses"]
                    );
                }
                check(&factors(&model), &right, of_factors);
            }
            let before = factors(&student(name, "first", &ComputeDevice::cpu()));
            let moved = right.iter().map(|(name, right)| difference(&before[name], right)).fold(f64::MAX, f64::min);
            assert!(moved > 1e-2, "the factors have moved: {moved}");
        }
    }

    /// The checkpoint packed, and the numbers that its blocks stand for as a checkpoint in f32; both with the same adapter.
    fn packed_twins(precision: Precision, device: &ComputeDevice) -> [Qwen25Vl; 2] {
        let (home, twin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = reference().join("qwen2_5_vl/untied");
        let config = json(&folder.join("config.json"));
        let packing = Packing { precision, folder: home.path().to_owned() };
        let lora = [LoraChoice { folder: reference().join("lora/untied/first"), percent: 100 }];
        let open = |folder: &Path, device: &ComputeDevice| {
            let mut model = Qwen25Vl::open_with(folder, &config, &lora, device).unwrap().0;
            model.learn_last_lora(&LORA_TARGETS.map(str::to_owned));
            model
        };
        let packed = open(&folder, &device.clone().with_packing(packing).with_products(F32));
        save(packed.named_tensors(), SavedType::F32, &twin.path().join("model.safetensors")).unwrap();
        [packed, open(twin.path(), &ComputeDevice::cpu())]
    }

    #[test]
    fn over_packed_weights_an_adapter_learns_as_over_the_numbers_that_they_stand_for() {
        let fixture = json(&reference().join("lora/untied.json"));
        for precision in [Precision::EightBits, Precision::FourBits] {
            let [packed, dense] = packed_twins(precision, &ComputeDevice::cpu());
            assert_ne!(packed.language().form(), dense.language().form());
            // The tower is not trained, and answers in 8 bits of activations where it is packed.
            let features = |pictures: &[&Patches]| dense.features(pictures);
            let (losses, model) = steps(packed, &fixture, AGAIN, features);
            let (right, twin) = steps(dense.clone(), &fixture, AGAIN, features);
            for (loss, right) in losses.iter().zip(&right) {
                assert!((loss - right).abs() < 1e-4, "{precision}: {losses:?} and {right:?}");
            }
            check(&factors(&model), &factors(&twin), 1e-3);
        }
    }

    /// The slope of the loss along each kind of factor's gradient, by the difference of two losses with the same numbers left out: so
    /// they are the same ones on the way there, where a layer is computed again, and on the way back.
    #[test]
    fn with_dropout_the_gradient_is_the_slope_of_the_loss() {
        let lessons = lessons(&json(&reference().join("lora/untied.json"))["batches"]);
        let model = student("untied", "first", &ComputeDevice::cpu());
        let features: Vec<_> =
            lessons.chunks(2).map(|lessons| model.features(&Rows::of(lessons).pictures).unwrap()).collect();
        let learn = |model: &Qwen25Vl, kept, dropout| {
            let mut features = features.iter().cloned();
            let next = |_: &[&Patches]| Ok(features.next().flatten());
            let Found { loss, gradient, .. } = step(model, &lessons, Passes { kept, dropout }, next);
            (loss, gradient.values())
        };
        let (loss, gradient) = learn(&model, Kept::Input, Some(DROPOUT));
        let plain = learn(&model, Kept::Input, None);
        assert!((loss - plain.0).abs() > 1e-3, "{loss} and {}", plain.0);
        assert_eq!(learn(&model, Kept::Input, Some(Dropout { probability: 0.0, ..DROPOUT })), plain, "to the bit");
        let (kept_loss, kept) = learn(&model, Kept::Graph, Some(DROPOUT));
        assert!((loss - kept_loss).abs() < 1e-6);
        check(&kept, &gradient, 1e-5);

        // The gradient's name of a factor that PEFT names so.
        let path = |name: &str| {
            let name = name.replace("model.language_model.", "language.").replace(".weight", "");
            name.replace("lora_A", "low_rank.0.a").replace("lora_B", "low_rank.0.b")
        };
        let kinds =
            LORA_TARGETS.iter().flat_map(|target| ["lora_A", "lora_B"].map(|factor| format!("{target}.{factor}")));
        for kind in kinds {
            let of_kind = |name: &str| name.contains(&kind).then(|| &gradient[&path(name)]);
            let squares = |of: &Vec<f32>| of.iter().map(|x| f64::from(x * x)).sum::<f64>();
            let length = factors(&model).keys().filter_map(|name| of_kind(name)).map(squares).sum::<f64>().sqrt();
            let moved = |by: f64| {
                let along = (by / length) as f32;
                let tensors = model.lora_tensors().into_iter().map(|tensor| match of_kind(&tensor.name) {
                    Some(of) => {
                        let more = Tensor::<1>::from_floats(of.as_slice(), &tensor.values.device()).mul_scalar(along);
                        NamedTensor { values: tensor.values + more, ..tensor }
                    }
                    None => tensor,
                });
                let folder = tempfile::tempdir().unwrap();
                let targets = Qwen25Vl::lora_pattern(&LORA_TARGETS.map(str::to_owned));
                let settings = LoraSettings { rank: 4, alpha: 6.0, dropout: 0.3, base: String::new(), targets };
                save_lora(folder.path(), &settings, tensors.collect()).unwrap();
                let moved = student_of("untied", folder.path().to_owned(), &ComputeDevice::cpu());
                learn(&moved, Kept::Input, Some(DROPOUT)).0
            };
            let by = 0.02 / length.max(0.05);
            let slope = (moved(by) - moved(-by)) / (2.0 * by);
            assert!((slope - length).abs() < 0.01 * length, "{kind}: a slope of {slope} and a gradient of {length}");
        }
    }

    #[test]
    #[ignore = "needs a graphics adapter, which software is enough for"]
    fn on_an_adapter_an_adapter_learns_as_on_the_cpu() {
        let device = device::open("gpu:0".parse::<DeviceChoice>().unwrap()).unwrap();
        let fixture = json(&reference().join("lora/untied.json"));
        let lessons = lessons(&fixture["batches"]);
        let gradient = |model: &Qwen25Vl, features: &[Tensor<2>], dropout| {
            let mut features = features.iter();
            let device = model.language().device();
            let next = |_: &[&Patches]| Ok(features.next().map(|of| of.clone().to_device(&device)));
            let Found { loss, gradient, .. } = step(model, &lessons, Passes { dropout, ..AGAIN }, next);
            (loss, gradient.values())
        };
        let plain = |name, device: &ComputeDevice| {
            [student(name, "first", device), student(name, "first", &ComputeDevice::cpu())]
        };
        let pairs = [
            plain("untied", &device),
            packed_twins(Precision::EightBits, &device),
            packed_twins(Precision::FourBits, &device),
        ];
        for [on_adapter, on_cpu] in pairs {
            let features: Vec<_> = lessons
                .chunks(2)
                .map(|lessons| on_cpu.features(&Rows::of(lessons).pictures).unwrap().unwrap())
                .collect();
            for dropout in [None, Some(DROPOUT)] {
                let (loss, found) = gradient(&on_adapter, &features, dropout);
                let (right_loss, right) = gradient(&on_cpu, &features, dropout);
                assert!((loss - right_loss).abs() < 1e-3, "{}: {loss} and {right_loss}", on_adapter.language().form());
                check(&found, &right, 1e-3);
            }
        }
    }
}
