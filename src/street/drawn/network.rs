//! The small network that tells drawn streets from other pictures: convolutions, then a weighted sum of the mean and
//! the greatest value of each channel.

use std::sync::OnceLock;

use safetensors::SafeTensors;

use super::grid;

/// A convolution of 3 x 3 fields in steps of 2, then the positive part.
struct Convolution {
    inputs: usize,
    outputs: usize,
    /// Row, column, input, output.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// See the module.
pub struct Network {
    convolutions: Vec<Convolution>,
    /// Of the means, then of the greatest values.
    weights: Vec<f32>,
    bias: f32,
}

/// The network in `assets/drawn`.
pub fn shipped() -> &'static Network {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    let bytes = include_bytes!("../../../assets/drawn/network.safetensors");
    NETWORK.get_or_init(|| Network::read(bytes).expect("the shipped network is whole"))
}

/// Values of one layer: height x width x channels.
struct Layer {
    height: usize,
    width: usize,
    channels: usize,
    values: Vec<f32>,
}

impl Network {
    /// From a safetensors file with `convolution.N.weight`, `convolution.N.bias`, `head.weight` and `head.bias`, all f32.
    fn read(bytes: &[u8]) -> Option<Self> {
        let file = SafeTensors::deserialize(bytes).ok()?;
        let values = |name: &str| -> Option<Vec<f32>> {
            let data = file.tensor(name).ok()?.data();
            let number = |part: &[u8]| part.try_into().map(f32::from_le_bytes).ok();
            data.chunks_exact(4).map(number).collect()
        };
        let mut convolutions = Vec::new();
        while let Some(bias) = values(&format!("convolution.{}.bias", convolutions.len())) {
            let weights = values(&format!("convolution.{}.weight", convolutions.len()))?;
            let outputs = bias.len();
            convolutions.push(Convolution { inputs: weights.len() / 9 / outputs, outputs, weights, bias });
        }
        let bias = *values("head.bias")?.first()?;
        Some(Self { convolutions, weights: values("head.weight")?, bias })
    }

    /// The score of what [`grid::fields`] says of a picture.
    pub fn score(&self, fields: Vec<f32>) -> f32 {
        let mut layer = Layer { height: grid::HEIGHT, width: grid::WIDTH, channels: grid::CHANNELS, values: fields };
        for convolution in &self.convolutions {
            layer = convolution.apply(&layer);
        }
        let (mean_weights, greatest_weights) = self.weights.split_at(layer.channels);
        let fields = (layer.height * layer.width) as f32;
        let mut score = self.bias;
        for channel in 0..layer.channels {
            let (mut sum, mut greatest) = (0.0f32, 0.0f32);
            for &value in layer.values[channel..].iter().step_by(layer.channels) {
                sum += value;
                greatest = greatest.max(value);
            }
            score += mean_weights[channel] * (sum / fields) + greatest_weights[channel] * greatest;
        }
        score
    }
}

impl Convolution {
    /// Beyond the last row and column lie zeros; before the first nothing is asked for.
    fn apply(&self, layer: &Layer) -> Layer {
        let (height, width) = (layer.height / 2, layer.width / 2);
        let mut values = Vec::with_capacity(height * width * self.outputs);
        for y in 0..height {
            for x in 0..width {
                let start = values.len();
                values.extend_from_slice(&self.bias);
                self.add_fields(layer, [2 * y, 2 * x], &mut values[start..]);
            }
        }
        for value in &mut values {
            *value = value.max(0.0);
        }
        Layer { height, width, channels: self.outputs, values }
    }

    /// Adds the nine fields from `[top, left]` on, each input times its weights.
    fn add_fields(&self, layer: &Layer, [top, left]: [usize; 2], sums: &mut [f32]) {
        let rows = 3.min(layer.height - top);
        let columns = 3.min(layer.width - left);
        for row in 0..rows {
            for column in 0..columns {
                let field = &layer.values[((top + row) * layer.width + left + column) * self.inputs..][..self.inputs];
                let weights = &self.weights[(row * 3 + column) * self.inputs * self.outputs..];
                for (value, weights) in field.iter().zip(weights.chunks_exact(self.outputs)) {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                }
            }
        }
    }
}
