//! AdamW over a whole module, with the gradient's length bounded over all parameters at once.
//!
//! Burn has an AdamW too. This one differs in what a run that must be resumable needs: moments are kept by the
//! parameter's path, not by an identity that is new in every process, and they are read back onto the device that
//! trains; biases and norms do not decay; and clipping looks at the whole gradient, not at one tensor at a time.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData},
};

use super::config::SchedulePart;

/// Keeps the division sane where a gradient has been zero, as in the original paper.
const EPSILON: f64 = 1e-8;

/// Decoupled weight decay with adaptive moments (Loshchilov and Hutter, <https://arxiv.org/abs/1711.05101>).
#[derive(Debug)]
pub struct AdamW {
    beta_1: f64,
    beta_2: f64,
    weight_decay: f64,
    /// Steps taken so far.
    time: u64,
    /// By the parameter's path.
    moments: BTreeMap<String, Moments>,
}

/// Running means of a parameter's gradient and of its square, as flat tensors.
#[derive(Debug)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
}

/// The gradient of a step by parameter path, as flat tensors without a graph.
#[derive(Debug, Default)]
pub struct GradientSum {
    by_path: BTreeMap<String, Tensor<1>>,
}

impl GradientSum {
    /// Adds the gradients that a backward pass left for the parameters of `module`.
    pub fn add<M: Module>(&mut self, module: &M, gradients: &mut Gradients) {
        self.add_at("", module, gradients);
    }

    /// The same for a module that stands at `path` in the one that learns.
    pub fn add_at<M: Module>(&mut self, path: &str, module: &M, gradients: &mut Gradients) {
        let path = ParameterPath(path.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect());
        module.visit(&mut Collect { path, gradients, sum: self });
    }

    /// The numbers of each parameter's gradient by its path.
    #[cfg(test)]
    pub fn values(&self) -> BTreeMap<String, Vec<f32>> {
        let values = |tensor: &Tensor<1>| tensor.to_data().try_into_vec().unwrap();
        self.by_path.iter().map(|(path, gradient)| (path.clone(), values(gradient))).collect()
    }

    /// The length of the gradient over all parameters. Reads one number back from the device.
    pub fn norm(&self) -> f64 {
        let squares: Vec<Tensor<1>> = self.by_path.values().map(|gradient| gradient.clone().square().sum()).collect();
        if squares.is_empty() {
            return 0.0;
        }
        scalar(Tensor::cat(squares, 0).sum().sqrt())
    }
}

/// What a gradient of this length is multiplied by, so that it is no longer than `most`.
pub fn shortening(length: f64, most: f64) -> f64 {
    (most / length).min(1.0)
}

/// The number in a tensor of one element.
pub(super) fn scalar(tensor: Tensor<1>) -> f64 {
    tensor.into_data().iter::<f64>().next().unwrap_or(f64::NAN)
}

impl AdamW {
    /// An optimizer that has taken no step.
    pub fn new(schedule: &SchedulePart) -> Self {
        Self {
            beta_1: schedule.beta_1,
            beta_2: schedule.beta_2,
            weight_decay: schedule.weight_decay,
            time: 0,
            moments: BTreeMap::new(),
        }
    }

    /// An optimizer with the usual memories of 0.9 and 0.999 that has taken no step.
    pub fn with_decay(weight_decay: f64) -> Self {
        Self { beta_1: 0.9, beta_2: 0.999, weight_decay, time: 0, moments: BTreeMap::new() }
    }

    /// Moves the parameters of `module` one step at this learning rate, the gradient multiplied by `scale` first.
    pub fn step<M: Module>(&mut self, module: M, gradient: GradientSum, scale: f64, learning_rate: f64) -> M {
        self.time += 1;
        module.map(&mut Update { path: ParameterPath::default(), optimizer: self, gradient, scale, learning_rate })
    }

    /// The moments by name (`PATH.first`, `PATH.second`), read back from the device.
    pub fn state(&self) -> BTreeMap<String, TensorData> {
        let named = |path: &str, moment: &str, tensor: &Tensor<1>| (format!("{path}.{moment}"), tensor.to_data());
        self.moments
            .iter()
            .flat_map(|(path, moments)| [named(path, "first", &moments.first), named(path, "second", &moments.second)])
            .collect()
    }

    /// Takes up a state that [`AdamW::state`] gave after `time` steps. What lacks its other half is left out.
    pub fn restore(&mut self, time: u64, mut state: BTreeMap<String, TensorData>, device: &Device) {
        self.time = time;
        self.moments.clear();
        let paths: Vec<String> =
            state.keys().filter_map(|name| name.strip_suffix(".first")).map(str::to_owned).collect();
        for path in paths {
            let halves = (state.remove(&format!("{path}.first")), state.remove(&format!("{path}.second")));
            if let (Some(first), Some(second)) = halves {
                let moments =
                    Moments { first: Tensor::from_data(first, device), second: Tensor::from_data(second, device) };
                self.moments.insert(path, moments);
            }
        }
    }

    /// The new value of one parameter, flat.
    fn moved(
        &mut self,
        path: &str,
        value: Tensor<1>,
        gradient: Tensor<1>,
        decays: bool,
        learning_rate: f64,
    ) -> Tensor<1> {
        let squared = gradient.clone().square();
        let moments = match self.moments.remove(path) {
            Some(Moments { first, second }) => Moments {
                first: first.mul_scalar(self.beta_1) + gradient.mul_scalar(1.0 - self.beta_1),
                second: second.mul_scalar(self.beta_2) + squared.mul_scalar(1.0 - self.beta_2),
            },
            None => {
                Moments { first: gradient.mul_scalar(1.0 - self.beta_1), second: squared.mul_scalar(1.0 - self.beta_2) }
            }
        };
        // Both corrections for the moments' start at zero are folded into the step's size and into epsilon, so that
        // each costs one pass over the numbers less.
        let time = self.time as i32;
        let first_correction = 1.0 - self.beta_1.powi(time);
        let second_correction = (1.0 - self.beta_2.powi(time)).sqrt();
        let size = learning_rate * second_correction / first_correction;
        let direction = moments.first.clone() / (moments.second.clone().sqrt() + EPSILON * second_correction);
        self.moments.insert(path.to_owned(), moments);
        let kept = 1.0 - if decays { learning_rate * self.weight_decay } else { 0.0 };
        value.mul_scalar(kept) - direction.mul_scalar(size)
    }
}

/// The path of a parameter while a module is walked. A module that is one of several forms of the same thing has no part in it.
#[derive(Default)]
struct ParameterPath(Vec<String>);

impl ParameterPath {
    fn enter(&mut self, name: &str, container_type: &str) {
        if !Self::is_choice(container_type) {
            self.0.push(name.to_owned());
        }
    }

    fn exit(&mut self, container_type: &str) {
        if !Self::is_choice(container_type) {
            self.0.pop();
        }
    }

    fn is_choice(container_type: &str) -> bool {
        container_type.starts_with("Enum:")
    }

    fn joined(&self) -> String {
        self.0.join(".")
    }
}

/// Walks a module and adds its gradients to a sum.
struct Collect<'a> {
    path: ParameterPath,
    gradients: &'a mut Gradients,
    sum: &'a mut GradientSum,
}

impl ModuleVisitor for Collect<'_> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !param.is_require_grad() {
            return;
        }
        let Some(gradient) = param.val().grad_remove(self.gradients) else { return };
        let gradient = gradient.flatten::<1>(0, D - 1);
        let path = self.path.joined();
        let sum = match self.sum.by_path.remove(&path) {
            Some(sum) => sum + gradient,
            None => gradient,
        };
        self.sum.by_path.insert(path, sum);
    }
}

/// Walks a module and moves its parameters.
struct Update<'a> {
    path: ParameterPath,
    optimizer: &'a mut AdamW,
    gradient: GradientSum,
    scale: f64,
    learning_rate: f64,
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.joined();
        let Some(gradient) = self.gradient.by_path.remove(&path) else { return param };
        let gradient = if self.scale == 1.0 { gradient } else { gradient.mul_scalar(self.scale) };
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let value = tensor.inner().flatten::<1>(0, D - 1);
        // Vectors are biases and norms: to pull them towards zero would change what a layer is, not regularise it.
        let moved = self.optimizer.moved(&path, value, gradient, D > 1, self.learning_rate);
        Param::from_mapped_value(id, moved.reshape(shape).autodiff().require_grad(), mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;

    fn schedule(weight_decay: f64) -> SchedulePart {
        let text =
            format!("steps = 1\nbatch = 1\nlearning_rate = 0.1\nbeta_2 = 0.999\nweight_decay = {weight_decay}\n");
        toml::from_str(&text).unwrap()
    }

    fn layer(device: &Device) -> Linear {
        let mut layer = LinearConfig::new(2, 1).init(device);
        layer.weight = Param::from_data([[1.0], [-2.0]], device);
        layer.bias = Some(Param::from_data([0.5], device));
        layer
    }

    fn values(layer: &Linear) -> Vec<f64> {
        let bias = layer.bias.as_ref().unwrap().val();
        let data = [layer.weight.val().into_data(), bias.into_data()];
        data.iter().flat_map(|data| data.iter::<f64>().collect::<Vec<_>>()).collect()
    }

    /// The gradient of `scale` times `weight[0] * 3 + weight[1] * 4 + bias`, which is (3, 4, 1) times the scale.
    fn gradient(layer: &Linear, scale: f64, device: &Device) -> GradientSum {
        let loss = layer.forward(Tensor::<2>::from_data([[3.0, 4.0]], device)).sum().mul_scalar(scale);
        let mut sum = GradientSum::default();
        sum.add(layer, &mut loss.backward());
        sum
    }

    /// A step on the gradient (3, 4, 1), scaled by the optimizer.
    fn step(optimizer: &mut AdamW, layer: Linear, scale: f64, device: &Device) -> (Linear, f64) {
        let sum = gradient(&layer, 1.0, device);
        let norm = sum.norm();
        (optimizer.step(layer, sum, scale, 0.1), norm)
    }

    #[test]
    fn the_first_step_has_the_size_of_the_learning_rate() {
        let device = Device::flex().autodiff();
        let (moved, norm) = step(&mut AdamW::new(&schedule(0.0)), layer(&device), 1.0, &device);
        assert!((norm - 26.0_f64.sqrt()).abs() < 1e-6);
        for (value, expected) in values(&moved).iter().zip([0.9, -2.1, 0.4]) {
            assert!((value - expected).abs() < 1e-5, "{value} is not {expected}");
        }
    }

    #[test]
    fn matrices_decay_and_biases_do_not() {
        let device = Device::flex().autodiff();
        let (moved, _) = step(&mut AdamW::new(&schedule(0.5)), layer(&device), 1.0, &device);
        for (value, expected) in values(&moved).iter().zip([0.95 - 0.1, -1.9 - 0.1, 0.4]) {
            assert!((value - expected).abs() < 1e-5, "{value} is not {expected}");
        }
    }

    /// The numbers are those of `tests/reference/adamw.py`.
    #[test]
    fn several_steps_are_those_of_torch() {
        let expected = [
            [0.85, -2.0, 0.4],
            [0.7334189, -1.9740811, 0.3259189],
            [0.6601695, -1.9119555, 0.2893404],
            [0.5617798, -1.881739, 0.2239592],
            [0.4779475, -1.8433954, 0.1682159],
        ];
        let device = Device::flex().autodiff();
        let mut optimizer = AdamW::new(&schedule(0.5));
        let mut model = layer(&device);
        for (scale, expected) in [1.0, 0.1, -0.3, 2.0, 0.02].into_iter().zip(expected) {
            model = step(&mut optimizer, model, scale, &device).0;
            for (value, expected) in values(&model).iter().zip(expected) {
                assert!((value - expected).abs() < 2e-5, "{value} is not {expected}");
            }
        }
    }

    /// The numbers are those of `tests/reference/adamw.py`.
    #[test]
    fn a_long_gradient_is_shortened_as_torch_shortens_it() {
        let expected = [
            ([0.85, -2.0, 0.4], 5.0990195),
            ([0.7241807, -1.9833193, 0.3166807], 0.509902),
            ([0.6743067, -1.8978183, 0.3030157], 1.5297059),
            ([0.5960391, -1.8474796, 0.2584635], 10.198039),
            ([0.526889, -1.7944538, 0.2191153], 0.1019804),
        ];
        let device = Device::flex().autodiff();
        let mut optimizer = AdamW::new(&schedule(0.5));
        let mut model = layer(&device);
        for (scale, (expected, length)) in [1.0, 0.1, -0.3, 2.0, 0.02].into_iter().zip(expected) {
            let sum = gradient(&model, scale, &device);
            let norm = sum.norm();
            assert!((norm - length).abs() < 1e-5, "{norm} is not {length}");
            model = optimizer.step(model, sum, shortening(norm, 2.0), 0.1);
            for (value, expected) in values(&model).iter().zip(expected) {
                assert!((value - expected).abs() < 2e-5, "{value} is not {expected}");
            }
        }
    }

    #[test]
    fn a_restored_optimizer_goes_on_as_the_first_would() {
        let device = Device::flex().autodiff();
        let mut first = AdamW::new(&schedule(0.1));
        let mut model = layer(&device);
        for scale in [1.0, 0.1, -0.3] {
            model = step(&mut first, model, scale, &device).0;
        }
        let mut second = AdamW::new(&schedule(0.1));
        second.restore(3, first.state(), &device.clone().inner());
        let expected = values(&step(&mut first, model.clone(), 0.5, &device).0);
        assert_eq!(values(&step(&mut second, model, 0.5, &device).0), expected);
    }
}
