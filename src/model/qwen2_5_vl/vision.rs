//! The vision tower: patches to picture tokens, with attention inside windows in most blocks and over the whole picture
//! in a few (Qwen2.5-VL, <https://arxiv.org/abs/2502.13923>, section 2.1.1).

use std::ops::ControlFlow;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::config::VisionConfig;
use crate::model::attention::{Mask, attend};
use crate::model::elementwise::{gelu, silu};
use crate::model::error::ModelError;
use crate::model::linear::Linear;
use crate::model::network::GoOn;
use crate::model::norm::RmsNorm;
use crate::model::rotary::Rotary;
use crate::model::save::NamedTensor;
use crate::model::weights::Source;

/// Base of the rotary frequencies; upstream has no field for it.
const ROPE_THETA: f32 = 10_000.0;
/// Epsilon of the tower's norms; upstream has no field for it.
const NORM_EPSILON: f64 = 1e-6;

/// `down(silu(gate x) * up x)`, with biases.
#[derive(Module, Debug)]
pub struct VisionMlp {
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
}

/// One transformer block.
#[derive(Module, Debug)]
pub struct VisionBlock {
    norm1: RmsNorm,
    norm2: RmsNorm,
    qkv: Linear,
    proj: Linear,
    mlp: VisionMlp,
    #[module(skip)]
    heads: usize,
}

/// The whole tower with its merger.
#[derive(Module, Debug)]
pub struct VisionTower {
    patch_embed: Linear,
    blocks: Vec<VisionBlock>,
    ln_q: RmsNorm,
    merger_in: Linear,
    merger_out: Linear,
    #[module(skip)]
    config: VisionConfig,
}

/// A run of equally long stretches of the patch sequence that attend each within itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    count: usize,
    len: usize,
}

/// How the patches of some pictures lie in the sequence while the tower works on them: windows one after another, windows
/// of one size together, so that each size is one batch.
#[derive(Debug)]
struct Layout {
    /// Which merged cell (in reading order, over all pictures) stands at each place.
    order: Vec<usize>,
    windows: Vec<Stretch>,
    frames: Vec<Stretch>,
    /// Row and column of each patch, in the order of the sequence.
    positions: Vec<[u32; 2]>,
}

impl Layout {
    fn new(grids: &[[usize; 3]], config: &VisionConfig) -> Self {
        let (merge, side) = (config.merge, config.window_cells());
        let unit = merge * merge;
        let mut layout = Self { order: Vec::new(), windows: Vec::new(), frames: Vec::new(), positions: Vec::new() };
        let mut first = 0;
        for &[frames, height, width] in grids {
            let (rows, columns) = (height / merge, width / merge);
            for _ in 0..frames {
                let mut windows = windows_of(rows, columns, side);
                // A stable sort: equal sizes stand together and keep their reading order.
                windows.sort_by_key(|cells| std::cmp::Reverse(cells.len()));
                for cells in &windows {
                    push(&mut layout.windows, cells.len() * unit);
                    for &(row, column) in cells {
                        layout.order.push(first + row * columns + column);
                        // Inside a merged cell patches stand row by row.
                        let inside = (0..unit).map(|i| [row * merge + i / merge, column * merge + i % merge]);
                        layout.positions.extend(inside.map(|[r, c]| [r as u32, c as u32]));
                    }
                }
                push(&mut layout.frames, rows * columns * unit);
                first += rows * columns;
            }
        }
        layout
    }

    /// Where each cell of the reading order stands in the sequence.
    fn inverse(&self) -> Vec<usize> {
        let mut inverse = vec![0; self.order.len()];
        for (place, &cell) in self.order.iter().enumerate() {
            inverse[cell] = place;
        }
        inverse
    }
}

/// The cells of each window of a frame; windows at the lower and right edges are short.
fn windows_of(rows: usize, columns: usize, side: usize) -> Vec<Vec<(usize, usize)>> {
    let mut windows = Vec::new();
    for top in (0..rows).step_by(side) {
        for left in (0..columns).step_by(side) {
            let (bottom, right) = ((top + side).min(rows), (left + side).min(columns));
            windows.push((top..bottom).flat_map(|row| (left..right).map(move |column| (row, column))).collect());
        }
    }
    windows
}

fn push(stretches: &mut Vec<Stretch>, len: usize) {
    match stretches.last_mut() {
        Some(last) if last.len == len => last.count += 1,
        _ => stretches.push(Stretch { count: 1, len }),
    }
}

impl VisionTower {
    /// Reads `visual.*`.
    pub fn load(source: &dyn Source, config: &VisionConfig) -> Result<Self, ModelError> {
        let c = config;
        let wide = c.hidden * c.merge * c.merge;
        let block = |index: usize| -> Result<VisionBlock, ModelError> {
            let name = |part: &str| format!("visual.blocks.{index}.{part}");
            Ok(VisionBlock {
                norm1: RmsNorm::load(source, &name("norm1"), c.hidden, NORM_EPSILON)?,
                norm2: RmsNorm::load(source, &name("norm2"), c.hidden, NORM_EPSILON)?,
                qkv: source.linear(&name("attn.qkv"), [3 * c.hidden, c.hidden], true)?,
                proj: source.linear(&name("attn.proj"), [c.hidden, c.hidden], true)?,
                mlp: VisionMlp {
                    gate_proj: source.linear(&name("mlp.gate_proj"), [c.intermediate, c.hidden], true)?,
                    up_proj: source.linear(&name("mlp.up_proj"), [c.intermediate, c.hidden], true)?,
                    down_proj: source.linear(&name("mlp.down_proj"), [c.hidden, c.intermediate], true)?,
                },
                heads: c.heads,
            })
        };
        Ok(Self {
            patch_embed: source.linear_shaped("visual.patch_embed.proj", &patch_shape(c), false)?,
            blocks: (0..c.depth).map(block).collect::<Result<_, _>>()?,
            ln_q: RmsNorm::load(source, "visual.merger.ln_q", c.hidden, NORM_EPSILON)?,
            merger_in: source.linear("visual.merger.mlp.0", [wide, wide], true)?,
            merger_out: source.linear("visual.merger.mlp.2", [c.out, wide], true)?,
            config: c.clone(),
        })
    }

    /// The picture tokens of all pictures, one picture after another, each in reading order.
    ///
    /// # Shapes
    /// `[patches, channels * frames * side * side]` in merge-block order, with the grid (frames, rows, columns of
    /// patches) of each picture, to `[merged cells, out]`. `go_on` is asked before each block.
    pub(crate) fn forward(
        &self,
        patches: Tensor<2>,
        grids: &[[usize; 3]],
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Tensor<2>> {
        let layout = Layout::new(grids, &self.config);
        let device = patches.device();
        let unit = self.config.merge * self.config.merge;
        let head = self.config.hidden / self.config.heads;
        let rotary = Rotary::spatial(&layout.positions, head, ROPE_THETA, &device);
        let [count, numbers] = patches.dims();
        let patches = patches.reshape([count / unit, unit * numbers]);
        let patches = patches.select(0, indices(&layout.order, &device)).reshape([count, numbers]);
        let mut x = self.patch_embed.forward(patches);
        for (index, block) in self.blocks.iter().enumerate() {
            go_on()?;
            let full = self.config.full_attention.contains(&index);
            x = block.forward(x, &rotary, if full { &layout.frames } else { &layout.windows });
        }
        let x = self.ln_q.forward(x).reshape([count / unit, unit * self.config.hidden]);
        let x = self.merger_out.forward(gelu(self.merger_in.forward(x)));
        ControlFlow::Continue(x.select(0, indices(&layout.inverse(), &device)))
    }

    /// All parameters under their upstream names.
    pub fn named(&self, into: &mut Vec<NamedTensor>) {
        self.patch_embed.named_shaped("visual.patch_embed.proj", &patch_shape(&self.config), into);
        for (index, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("visual.blocks.{index}.{part}");
            block.norm1.named(&name("norm1"), into);
            block.norm2.named(&name("norm2"), into);
            block.qkv.named(&name("attn.qkv"), into);
            block.proj.named(&name("attn.proj"), into);
            block.mlp.gate_proj.named(&name("mlp.gate_proj"), into);
            block.mlp.up_proj.named(&name("mlp.up_proj"), into);
            block.mlp.down_proj.named(&name("mlp.down_proj"), into);
        }
        self.ln_q.named("visual.merger.ln_q", into);
        self.merger_in.named("visual.merger.mlp.0", into);
        self.merger_out.named("visual.merger.mlp.2", into);
    }
}

impl VisionBlock {
    /// # Shapes
    /// `[patches, hidden]` to the same.
    fn forward(&self, x: Tensor<2>, rotary: &Rotary, stretches: &[Stretch]) -> Tensor<2> {
        let x = x.clone() + self.attention(self.norm1.forward(x), rotary, stretches);
        let h = self.norm2.forward(x.clone());
        let gated = silu(self.mlp.gate_proj.forward(h.clone())) * self.mlp.up_proj.forward(h);
        x + self.mlp.down_proj.forward_loud(gated)
    }

    fn attention(&self, x: Tensor<2>, rotary: &Rotary, stretches: &[Stretch]) -> Tensor<2> {
        let [patches, hidden] = x.dims();
        let (heads, head) = (self.heads, hidden / self.heads);
        let qkv = self.qkv.forward(x);
        // [1, heads, patches, head]
        let part = |index: usize| {
            qkv.clone().narrow(1, index * hidden, hidden).reshape([1, patches, heads, head]).swap_dims(1, 2)
        };
        let (q, k, v) = (rotary.turn(part(0)), rotary.turn(part(1)), part(2));
        let mut start = 0;
        let mut seen = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            let len = stretch.count * stretch.len;
            let batch = |t: &Tensor<4>| {
                let t = t.clone().narrow(2, start, len).reshape([heads, stretch.count, stretch.len, head]);
                t.swap_dims(0, 1)
            };
            let mixed = attend(batch(&q), batch(&k), batch(&v), &Mask::none());
            // [count, heads, len, head] to [patches of the stretch, hidden]
            seen.push(mixed.swap_dims(1, 2).reshape([len, hidden]));
            start += len;
        }
        self.proj.forward(Tensor::cat(seen, 0))
    }
}

/// The patch embedding is a three-dimensional convolution whose stride is its size, so a product.
fn patch_shape(c: &VisionConfig) -> [usize; 5] {
    [c.hidden, c.channels, c.frames, c.patch, c.patch]
}

fn indices(list: &[usize], device: &Device) -> Tensor<1, Int> {
    let list: Vec<i32> = list.iter().map(|&i| i as i32).collect();
    let count = list.len();
    Tensor::from_data(TensorData::new(list, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> VisionConfig {
        VisionConfig {
            depth: 1,
            hidden: 8,
            intermediate: 8,
            heads: 1,
            channels: 3,
            patch: 14,
            frames: 2,
            merge: 2,
            window: 112,
            full_attention: vec![],
            out: 8,
        }
    }

    #[test]
    fn windows_of_one_size_stand_together_and_edges_are_short() {
        // 5 x 7 cells in windows of 4 x 4: 16, 12, 4 and 3 cells.
        let layout = Layout::new(&[[1, 10, 14]], &config());
        let sizes: Vec<_> = layout.windows.iter().map(|s| (s.count, s.len)).collect();
        assert_eq!(sizes, [(1, 64), (1, 48), (1, 16), (1, 12)]);
        assert_eq!(layout.frames, [Stretch { count: 1, len: 140 }]);
        assert_eq!(layout.order[16], 4);
        assert_eq!(layout.positions[16 * 4..16 * 4 + 4], [[0, 8], [0, 9], [1, 8], [1, 9]]);
    }

    #[test]
    fn equal_pictures_are_one_batch_and_every_cell_comes_back() {
        let layout = Layout::new(&[[1, 16, 16], [1, 16, 16]], &config());
        assert_eq!(layout.windows, [Stretch { count: 8, len: 64 }]);
        assert_eq!(layout.frames, [Stretch { count: 2, len: 256 }]);
        let inverse = layout.inverse();
        assert!((0..128).all(|cell| layout.order[inverse[cell]] == cell));
    }
}
