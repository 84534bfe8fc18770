//! The Swin transformer (<https://arxiv.org/abs/2103.14030>) as MaskFormer's backbone: what each stage gives before its
//! patches are merged, normalised (reference: transformers' `modeling_maskformer_swin.py`).

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::attention::{Mask, attend};
use super::convolution::{PatchConv, Window, bordered};
use super::elementwise::gelu;
use super::error::ModelError;
use super::fields::Fields;
use super::linear::Linear;
use super::norm::LayerNorm;
use super::weights::{Role, Source};

/// Epsilon of the norms for which upstream has no field.
const NORM_EPSILON: f64 = 1e-5;

/// Tokens along a side of a window at the most (released checkpoints have 7 and 12): attention's bias holds its fourth power.
const MOST_WINDOW: usize = 32;

/// Added to the score of a token of another region of the picture, upstream's number.
const OTHER_REGION: f32 = -100.0;

/// Shape of the backbone.
#[derive(Debug, Clone, PartialEq)]
pub struct SwinConfig {
    /// Side of a patch, pixels.
    pub patch: usize,
    /// Width of a patch; each stage doubles it.
    pub width: usize,
    /// Blocks of each stage.
    pub depths: Vec<usize>,
    /// Attention heads of each stage.
    pub heads: Vec<usize>,
    /// Side of an attention window, tokens.
    pub window: usize,
    /// How many times wider a block is inside.
    pub widening: f64,
    /// Epsilon of the norms inside blocks.
    pub norm_epsilon: f64,
    /// Whether queries, keys and values have a bias.
    pub qkv_bias: bool,
}

impl SwinConfig {
    /// Reads the fields of a `backbone_config`.
    pub(super) fn from_fields(fields: &Fields<'_>) -> Result<Self, ModelError> {
        fields.must_be("hidden_act", "gelu")?;
        if fields.value["use_absolute_embeddings"].as_bool() == Some(true) {
            return Err(fields.wrong("'use_absolute_embeddings' is not supported".to_owned()));
        }
        let config = Self {
            patch: fields.number_or("patch_size", 4)?,
            width: fields.number_or("embed_dim", 96)?,
            depths: fields.numbers_or("depths", &[2, 2, 6, 2])?,
            heads: fields.numbers_or("num_heads", &[3, 6, 12, 24])?,
            window: fields.number_or("window_size", 7)?,
            widening: fields.real_or("mlp_ratio", 4.0)?,
            norm_epsilon: fields.real_or("layer_norm_eps", 1e-5)?,
            qkv_bias: fields.value["qkv_bias"].as_bool() != Some(false),
        };
        if config.window > MOST_WINDOW {
            return Err(fields.wrong(format!("'window_size' is {}; at most {MOST_WINDOW} is read", config.window)));
        }
        let stages = config.depths.len();
        if !(1..=8).contains(&stages) || config.heads.len() != stages {
            return Err(fields.wrong("'depths' and 'num_heads' are not equally long lists".to_owned()));
        }
        let divides = |stage: usize| config.stage_width(stage).is_multiple_of(config.heads[stage]);
        if !(0..stages).all(|stage| config.heads[stage] > 0 && divides(stage)) {
            return Err(fields.wrong("'num_heads' does not divide the stages' widths".to_owned()));
        }
        Ok(config)
    }

    /// Width of the tokens of a stage.
    pub fn stage_width(&self, stage: usize) -> usize {
        self.width << stage
    }
}

/// What a stage gives: its tokens, `[batch, rows * columns, width]`, and their rows and columns.
pub(super) type Features = (Tensor<3>, [usize; 2]);

/// The whole backbone.
#[derive(Module, Debug)]
pub struct Swin {
    embedding: PatchConv,
    embedding_norm: LayerNorm,
    stages: Vec<Stage>,
    #[module(skip)]
    config: SwinConfig,
}

/// One stage: its blocks, the norm of what it gives, and how it hands its tokens on (the last does not).
#[derive(Module, Debug)]
pub struct Stage {
    blocks: Vec<Block>,
    norm: LayerNorm,
    merging: Option<Merging>,
}

/// Two by two tokens become one of twice the width.
#[derive(Module, Debug)]
pub struct Merging {
    norm: LayerNorm,
    reduction: Linear,
}

/// One transformer block over windows; every second one shifts them by half a window.
#[derive(Module, Debug)]
pub struct Block {
    norm_before: LayerNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    /// `[1, heads, window^2, window^2]`, by where two tokens of a window stand to one another.
    position_bias: Param<Tensor<4>>,
    output: Linear,
    norm_after: LayerNorm,
    inner: Linear,
    outer: Linear,
    #[module(skip)]
    window: usize,
    #[module(skip)]
    shift: usize,
}

impl Swin {
    /// Reads the tensors under `{name}.`.
    pub fn load(source: &dyn Source, name: &str, config: &SwinConfig) -> Result<Self, ModelError> {
        let embeddings = format!("{name}.model.embeddings");
        let window = Window { side: config.patch, stride: config.patch, padding: 0 };
        let stages = 0..config.depths.len();
        Ok(Self {
            embedding: PatchConv::load(
                source,
                &format!("{embeddings}.patch_embeddings.projection"),
                [config.width, 3],
                window,
            )?,
            embedding_norm: LayerNorm::load(source, &format!("{embeddings}.norm"), config.width, NORM_EPSILON)?,
            stages: stages.map(|stage| Stage::load(source, name, stage, config)).collect::<Result<_, _>>()?,
            config: config.clone(),
        })
    }

    /// # Shapes
    /// `[batch, rows, columns, 3]` to the features of every stage, fine to coarse.
    pub(super) fn forward(&self, pixels: Tensor<4>) -> Vec<Features> {
        let (x, mut grid) = self.embedding.forward(padded(pixels, self.config.patch));
        let mut x = self.embedding_norm.forward(x);
        let mut features = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let device = x.device();
            let regions = stage.blocks.first().and_then(|block| regions(grid, block.window, &device));
            for block in &stage.blocks {
                x = block.forward(x, grid, regions.as_ref());
            }
            features.push((stage.norm.forward(x.clone()), grid));
            if let Some(merging) = &stage.merging {
                (x, grid) = merging.forward(x, grid);
            }
        }
        features
    }
}

impl Stage {
    fn load(source: &dyn Source, name: &str, stage: usize, config: &SwinConfig) -> Result<Self, ModelError> {
        let width = config.stage_width(stage);
        let layer = format!("{name}.model.encoder.layers.{stage}");
        let block = |index| Block::load(source, &format!("{layer}.blocks.{index}"), stage, index, config);
        let merging = match stage + 1 < config.depths.len() {
            true => Some(Merging {
                norm: LayerNorm::load(source, &format!("{layer}.downsample.norm"), 4 * width, NORM_EPSILON)?,
                reduction: source.linear(&format!("{layer}.downsample.reduction"), [2 * width, 4 * width], false)?,
            }),
            false => None,
        };
        Ok(Self {
            blocks: (0..config.depths[stage]).map(block).collect::<Result<_, _>>()?,
            norm: LayerNorm::load(source, &format!("{name}.hidden_states_norms.{stage}"), width, NORM_EPSILON)?,
            merging,
        })
    }
}

impl Merging {
    fn forward(&self, x: Tensor<3>, [rows, columns]: [usize; 2]) -> Features {
        let [batch, _, width] = x.dims();
        let x = padded(x.reshape([batch, rows, columns, width]), 2);
        let [_, rows, columns, _] = x.dims();
        let grid = [rows / 2, columns / 2];
        let x = x.reshape([batch, grid[0], 2, grid[1], 2, width]);
        // Upstream joins the four tokens down first, then across.
        let x = x.permute([0, 1, 3, 4, 2, 5]).reshape([batch, grid[0] * grid[1], 4 * width]);
        (self.reduction.forward(self.norm.forward(x)), grid)
    }
}

impl Block {
    fn load(
        source: &dyn Source,
        name: &str,
        stage: usize,
        index: usize,
        config: &SwinConfig,
    ) -> Result<Self, ModelError> {
        let (width, heads, window) = (config.stage_width(stage), config.heads[stage], config.window);
        let inside = (config.widening * width as f64) as usize;
        let norm = |part: &str| LayerNorm::load(source, &format!("{name}.{part}"), width, config.norm_epsilon);
        let qkv = |part: &str| source.linear(&format!("{name}.attention.self.{part}"), [width; 2], config.qkv_bias);
        let dense = |part: &str, shape| source.linear(&format!("{name}.{part}"), shape, true);
        let table_shape = [(2 * window - 1) * (2 * window - 1), heads];
        let table_name = format!("{name}.attention.self.relative_position_bias_table");
        let table: Tensor<2> = source.tensor(&table_name, &table_shape, table_shape, Role::Bias)?;
        Ok(Self {
            norm_before: norm("layernorm_before")?,
            query: qkv("query")?,
            key: qkv("key")?,
            value: qkv("value")?,
            position_bias: Param::from_tensor(position_bias(table, window)),
            output: dense("attention.output.dense", [width; 2])?,
            norm_after: norm("layernorm_after")?,
            inner: dense("intermediate.dense", [inside, width])?,
            outer: dense("output.dense", [width, inside])?,
            window,
            shift: if index.is_multiple_of(2) { 0 } else { window / 2 },
        })
    }

    /// # Shapes
    /// `[batch, tokens, width]` to the same, the tokens lying in `grid`'s rows and columns; `regions` is
    /// [`regions`] of that grid.
    fn forward(&self, x: Tensor<3>, grid: [usize; 2], regions: Option<&Tensor<4>>) -> Tensor<3> {
        let x = x.clone() + self.attention(self.norm_before.forward(x), grid, regions);
        x.clone() + self.outer.forward(gelu(self.inner.forward(self.norm_after.forward(x))))
    }

    fn attention(&self, x: Tensor<3>, [rows, columns]: [usize; 2], regions: Option<&Tensor<4>>) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let (window, shift) = (self.window, self.shift as i64);
        let x = padded(x.reshape([batch, rows, columns, width]), window);
        let [_, padded_rows, padded_columns, _] = x.dims();
        let x = if shift > 0 { x.roll(&[-shift, -shift], &[1, 2]) } else { x };
        let [down, across] = [padded_rows / window, padded_columns / window];
        let windows = x.reshape([batch, down, window, across, window, width]).swap_dims(2, 3);
        let windows = windows.reshape([batch * down * across, window * window, width]);

        let mut bias = self.position_bias.val();
        if let (Some(regions), true) = (regions, shift > 0) {
            bias = (bias + regions.clone()).repeat_dim(0, batch);
        }
        let mixed = self.attend(windows, bias);

        let x = mixed.reshape([batch, down, across, window, window, width]).swap_dims(2, 3);
        let x = x.reshape([batch, padded_rows, padded_columns, width]);
        let x = if shift > 0 { x.roll(&[shift, shift], &[1, 2]) } else { x };
        x.narrow(1, 0, rows).narrow(2, 0, columns).reshape([batch, tokens, width])
    }

    /// `[windows, tokens, width]` to the same; `bias` is `[windows or 1, heads, tokens, tokens]`.
    fn attend(&self, x: Tensor<3>, bias: Tensor<4>) -> Tensor<3> {
        let [windows, tokens, width] = x.dims();
        let heads = self.position_bias.val().dims()[1];
        let of_heads = |t: Tensor<3>| t.reshape([windows, tokens, heads, width / heads]).swap_dims(1, 2);
        let (query, key) = (self.query.forward(x.clone()), self.key.forward(x.clone()));
        let value = self.value.forward(x);
        let mixed = attend(of_heads(query), of_heads(key), of_heads(value), &Mask::from_bias(bias));
        self.output.forward(mixed.swap_dims(1, 2).reshape([windows, tokens, width]))
    }
}

/// Zeros below and to the right, until both sides are multiples of `multiple`.
fn padded(x: Tensor<4>, multiple: usize) -> Tensor<4> {
    let [_, rows, columns, _] = x.dims();
    let missing = |side: usize| side.next_multiple_of(multiple) - side;
    match (missing(rows), missing(columns)) {
        (0, 0) => x,
        (below, right) => bordered(x, [0, below], [0, right]),
    }
}

/// For each pair of tokens of a window the row of the table that holds how they stand to one another.
fn position_bias(table: Tensor<2>, window: usize) -> Tensor<4> {
    let heads = table.dims()[1];
    let tokens = window * window;
    let mut rows = Vec::with_capacity(tokens * tokens);
    for query in 0..tokens {
        for key in 0..tokens {
            let down = query / window + window - 1 - key / window;
            let across = query % window + window - 1 - key % window;
            rows.push((down * (2 * window - 1) + across) as i32);
        }
    }
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [tokens * tokens]), &table.device());
    table.select(0, rows).transpose().reshape([1, heads, tokens, tokens])
}

/// For shifted windows: what is added to the scores of tokens that lie at opposite edges of the picture and met in a
/// window only because the picture was rolled, `[windows, 1, window^2, window^2]`. None where windows are never shifted.
fn regions([rows, columns]: [usize; 2], window: usize, device: &Device) -> Option<Tensor<4>> {
    let shift = window / 2;
    if shift == 0 {
        return None;
    }
    let [rows, columns] = [rows.next_multiple_of(window), columns.next_multiple_of(window)];
    let region = |place: usize, side: usize| usize::from(place + window >= side) + usize::from(place + shift >= side);
    let (down, across, tokens) = (rows / window, columns / window, window * window);
    let mut values = Vec::with_capacity(down * across * tokens * tokens);
    for (top, left) in (0..down).flat_map(|row| (0..across).map(move |column| (row * window, column * window))) {
        let of = |token: usize| {
            let (row, column) = (top + token / window, left + token % window);
            3 * region(row, rows) + region(column, columns)
        };
        for query in 0..tokens {
            values.extend((0..tokens).map(|key| if of(query) == of(key) { 0.0 } else { OTHER_REGION }));
        }
    }
    let shape = [down * across, 1, tokens, tokens];
    Some(Tensor::from_data(TensorData::new(values, shape), (device, DType::F32)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_window_that_would_take_gigabytes_is_refused() {
        let read = |window: usize| {
            let value = json!({"window_size": window});
            SwinConfig::from_fields(&Fields { path: Path::new("config.json"), value: &value })
        };
        assert_eq!(read(12).unwrap().window, 12);
        for window in [33, 1000, u32::MAX as usize] {
            let line = read(window).unwrap_err().to_string();
            assert_eq!(line, format!("config.json: 'window_size' is {window}; at most 32 is read"));
        }
    }
}
