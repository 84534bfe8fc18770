//! A convolution on the CPU. What the windows see is gathered for a strip of windows at a time, few enough for the caches,
//! and multiplied there; where a window is one pixel nothing is gathered, and where each channel is for itself
//! nothing is multiplied but what is summed.

use std::ops::Range;

use rayon::prelude::*;

use super::activation::Activation;
use super::depthwise::Depthwise;
use super::planes::Planes;
use super::product::Product;
use super::walk::{Walk, seen_along};
use crate::model::strips::{Strip, in_strips, with_scratch};

/// Numbers that a strip gathers, or holds between two products: half a MiB, which the second cache of most cores holds.
const STRIP_NUMBERS: usize = 128 << 10;
/// Strips are multiples of this, as the matrix library's tiles are.
const TILE: usize = 64;
/// And no wider than this.
const WIDEST: usize = 8 * TILE;
/// Products that are worth waking another core for.
const WORTH_SHARING: usize = 4 << 20;

/// The numbers of a kernel.
#[derive(Debug)]
pub(super) struct Kernel {
    /// `[out, in / groups, rows, columns]`
    pub shape: [usize; 4],
    pub weight: Vec<f32>,
    /// Of each channel that it gives; empty where there is none.
    pub bias: Vec<f32>,
    pub groups: usize,
}

impl Kernel {
    /// `activation(convolution(x))`.
    pub fn forward(&self, x: &Planes, walk: Walk, activation: Activation) -> Planes {
        let [batch, channels, rows, columns] = x.dims;
        let [out, seen, ..] = self.shape;
        assert_eq!(channels, seen * self.groups, "a convolution of {channels} channels");
        let [down, across] = walk.windows([rows, columns]);
        let mut values = vec![0.0; batch * out * down * across];
        for (number, into) in values.chunks_exact_mut((out * down * across).max(1)).enumerate() {
            let picture = x.picture(number);
            match (self.is_depthwise(), walk.is_point()) {
                (true, _) => self.depthwise(picture, [rows, columns], walk, activation, into),
                (false, true) => self.points(picture, rows * columns, activation, into),
                (false, false) => self.gathered(picture, [rows, columns], walk, activation, into),
            }
        }
        Planes::new(values, [batch, out, down, across])
    }

    /// `next(activation(self(x)))` of pixels alone, and `x` added where `adds`; what stands between the two is never
    /// whole in memory.
    pub fn then(&self, next: &Self, x: &Planes, activation: Activation, adds: bool) -> Planes {
        let ([batch, channels, rows, columns], area) = (x.dims, x.area());
        let [inside, out] = [self.shape[0], next.shape[0]];
        assert_eq!([channels, inside], [self.shape[1], next.shape[1]], "two products, one after the other");
        let (first, second) = (self.product(0), next.product(0));
        let (strip, serially) = strips(area, inside, inside * (channels + out) * area);
        let mut values = vec![0.0; batch * out * area];
        for (number, into) in values.chunks_exact_mut((out * area).max(1)).enumerate() {
            let picture = x.picture(number);
            in_strips(into, area, strip, serially, |start, strip| {
                with_scratch(inside * strip.count(), |hidden| {
                    first.write(&picture[start..], area, &mut Strip::whole(hidden, inside), activation, false);
                    if adds {
                        (0..out).for_each(|row| {
                            let from = row * area + start;
                            let count = strip.count();
                            strip.row(row).copy_from_slice(&picture[from..from + count]);
                        });
                    }
                    second.write(hidden, strip.count(), strip, Activation::None, adds);
                });
            });
        }
        Planes::new(values, [batch, out, rows, columns])
    }

    fn is_depthwise(&self) -> bool {
        self.shape[1] == 1 && self.shape[0] == self.groups && self.groups > 1
    }

    /// The product of one group.
    fn product(&self, group: usize) -> Product<'_> {
        let [out, seen, rows, columns] = self.shape;
        let (out, inp) = (out / self.groups, seen * rows * columns);
        let bias = if self.bias.is_empty() { &self.bias } else { &self.bias[group * out..][..out] };
        Product { weight: &self.weight[group * out * inp..][..out * inp], bias, out, inp }
    }

    fn points(&self, picture: &[f32], area: usize, activation: Activation, into: &mut [f32]) {
        let [out, seen, ..] = self.shape;
        let (strip, serially) = strips(area, seen, out * seen * area);
        in_strips(into, area, strip, serially, |first, strip| {
            for group in 0..self.groups {
                let (product, from) = (self.product(group), group * seen * area + first);
                let mut rows = strip.narrowed(group * product.out, product.out);
                product.write(&picture[from..], area, &mut rows, activation, false);
            }
        });
    }

    fn gathered(&self, picture: &[f32], sides: [usize; 2], walk: Walk, activation: Activation, into: &mut [f32]) {
        let [out, seen, ..] = self.shape;
        let [down, across] = walk.windows(sides);
        let (area, depth) = (sides[0] * sides[1], seen * walk.size[0] * walk.size[1]);
        let (strip, serially) = strips(down * across, depth, out * depth * down * across);
        in_strips(into, down * across, strip, serially, |first, strip| {
            with_scratch(depth * strip.count(), |gathered| {
                for group in 0..self.groups {
                    let planes = &picture[group * seen * area..][..seen * area];
                    gather(planes, sides, walk, first..first + strip.count(), gathered);
                    let product = self.product(group);
                    let mut rows = strip.narrowed(group * product.out, product.out);
                    product.write(gathered, rows.count(), &mut rows, activation, false);
                }
            });
        });
    }

    fn depthwise(&self, picture: &[f32], sides: [usize; 2], walk: Walk, activation: Activation, into: &mut [f32]) {
        let over = Depthwise::new(walk, sides);
        let (area, places) = (sides[0] * sides[1], walk.size[0] * walk.size[1]);
        let windows = into.len() / self.groups;
        let write = |(channel, into): (usize, &mut [f32])| {
            let (plane, weights) = (&picture[channel * area..][..area], &self.weight[channel * places..][..places]);
            over.plane(plane, weights, self.bias.get(channel).copied().unwrap_or(0.0), into);
            activation.apply(into);
        };
        match into.len() * places < WORTH_SHARING {
            true => into.chunks_exact_mut(windows).enumerate().for_each(write),
            false => into.par_chunks_exact_mut(windows).enumerate().for_each(write),
        }
    }
}

/// How wide the strips are of a matrix with so many columns, whose strips gather `depth` numbers a column, and whether one
/// thread does them all, for `work` products.
fn strips(columns: usize, depth: usize, work: usize) -> (usize, bool) {
    let threads = rayon::current_num_threads();
    let serially = work < WORTH_SHARING;
    let share = if serially { columns } else { columns.div_ceil(threads) };
    let fits = (STRIP_NUMBERS / depth.max(1)).clamp(TILE, WIDEST) / TILE * TILE;
    (share.next_multiple_of(TILE).min(fits), serially)
}

/// What these windows see, `[channels * places, windows]`.
fn gather(planes: &[f32], sides: [usize; 2], walk: Walk, windows: Range<usize>, into: &mut [f32]) {
    let (area, places) = (sides[0] * sides[1], walk.size[0] * walk.size[1]);
    let [_, across] = walk.windows(sides);
    for (number, into) in into.chunks_exact_mut(windows.len()).enumerate() {
        let plane = &planes[number / places * area..][..area];
        let place = [number % places / walk.size[1], number % places % walk.size[1]];
        let (mut window, mut rest) = (windows.start, into);
        while !rest.is_empty() {
            let [row, column] =
                [window / across * walk.stride[0] + place[0], window % across * walk.stride[1] + place[1]];
            let (run, behind) = rest.split_at_mut((across - window % across).min(rest.len()));
            window += run.len();
            rest = behind;
            match row.checked_sub(walk.padding[0].0).filter(|row| *row < sides[0]) {
                Some(row) => {
                    let start = column as isize - walk.padding[1].0 as isize;
                    seen_along(&plane[row * sides[1]..][..sides[1]], start, walk.stride[1], run);
                }
                None => run.fill(0.0),
            }
        }
    }
}
