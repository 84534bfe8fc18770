//! NEON: a register holds four numbers of each of four rows, a quarter of a panel. Where the processor has the
//! dot-product instruction (DotProd), it multiplies a register by four activations; elsewhere a few others do.

use std::arch::{aarch64::*, asm};

use super::super::activations::Activations;
use super::super::block::Block;
use super::super::panels::{Line, PANEL, Panels, lines_of, steps_of};
use super::super::unpack::{GROUP, TABLE};
use super::fixed::{by_rows, of_kind};

/// Rows of a register.
const ROWS: usize = PANEL / 4;

/// See [`super::Kernels::multiply`].
#[target_feature(enable = "neon")]
pub(super) fn multiply(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    of_kind!(panels.block, all::<false>(panels, first, x, products));
}

/// Likewise, by dot products.
#[target_feature(enable = "neon,dotprod")]
pub(super) fn multiply_by_dots(panels: &Panels, first: usize, x: &[&[Activations]], products: &mut [[f32; PANEL]]) {
    of_kind!(panels.block, all::<true>(panels, first, x, products));
}

/// `DOTS` says here and below that the processor has the dot-product instruction.
#[target_feature(enable = "neon")]
fn all<const B: u8, const DOTS: bool>(
    panels: &Panels,
    first: usize,
    x: &[&[Activations]],
    products: &mut [[f32; PANEL]],
) {
    by_rows!(dots::<B, DOTS>, panels, first, x, products);
}

/// The products of a panel with `N` rows of activations. One row goes through all of the panel at once, so that each line is
/// read once; more go through a quarter at a time, so that its numbers and all sums stay in registers.
#[target_feature(enable = "neon")]
#[inline]
fn dots<const B: u8, const DOTS: bool, const N: usize>(
    panels: &Panels,
    panel: usize,
    x: &[&[Activations]; N],
) -> [[f32; PANEL]; N] {
    let mut products = [[0.0; PANEL]; N];
    if N == 1 {
        store(&mut products, 0, quarters::<B, DOTS, N, 4>(panels, panel, 0, x));
    } else {
        for quarter in 0..4 {
            store(&mut products, quarter, quarters::<B, DOTS, N, 1>(panels, panel, quarter, x));
        }
    }
    products
}

/// Those with `Q` quarters of it, the first of which is `first`.
#[target_feature(enable = "neon")]
#[inline]
fn quarters<const B: u8, const DOTS: bool, const N: usize, const Q: usize>(
    panels: &Panels,
    panel: usize,
    first: usize,
    x: &[&[Activations]; N],
) -> [[float32x4_t; N]; Q] {
    let block = const { Block::ALL[B as usize] };
    // What is multiplied as signed bytes from the start has its centre off already.
    let centre = if block.centre() == 128 { 0 } else { -i32::from(block.centre()) };
    let lines = panels.lines[panel * panels.groups * lines_of(block)..].chunks_exact(lines_of(block));
    let x = x.map(|x| &x[..panels.groups]);
    let mut sums = [[vdupq_n_f32(0.0); N]; Q];
    for (group, lines) in lines.enumerate().take(panels.groups) {
        for (part, sums) in sums.iter_mut().enumerate() {
            let (scales, low) = scales::<B>(panels, panel, group, first + part);
            let [first_half, second_half] = words::<B>(lines, first + part);
            for (sum, x) in sums.iter_mut().zip(x) {
                let x = &x[group];
                let quants = [vreinterpretq_s8_u8(load(&x.quants, 0)), vreinterpretq_s8_u8(load(&x.quants, 1))];
                if steps_of(block) == 2 {
                    for (half, words) in [first_half, second_half].into_iter().enumerate() {
                        let whole = add::<DOTS>(vdupq_n_s32(centre * x.halves[half]), words, quants[half]);
                        *sum = vfmaq_f32(*sum, vcvtq_f32_s32(whole), vmulq_n_f32(scales[half], x.scale));
                    }
                } else {
                    let whole = vdupq_n_s32(centre * (x.halves[0] + x.halves[1]));
                    let whole = add::<DOTS>(add::<DOTS>(whole, first_half, quants[0]), second_half, quants[1]);
                    *sum = vfmaq_f32(*sum, vcvtq_f32_s32(whole), vmulq_n_f32(scales[0], x.scale));
                }
                if block.has_offset() {
                    *sum = vfmaq_n_f32(*sum, low, x.sum);
                }
            }
        }
    }
    sums
}

/// The scales of the halves of a group for the rows of a quarter, and their offsets.
#[target_feature(enable = "neon")]
#[inline]
fn scales<const B: u8>(panels: &Panels, panel: usize, group: usize, quarter: usize) -> ([float32x4_t; 2], float32x4_t) {
    let block = const { Block::ALL[B as usize] };
    let at = panel * panels.blocks() + group / (block.values() / GROUP);
    let scale = halves(&panels.scales[at], quarter);
    let low = if block.has_offset() { halves(&panels.lows[at], quarter) } else { vdupq_n_f32(0.0) };
    if !block.is_large() {
        return ([scale; 2], low);
    }
    let (place, n) = (panel * panels.groups + group, steps_of(block));
    let scale_of = |half: usize| vmulq_f32(scale, whole(&panels.scale_steps[place * n + half.min(n - 1)], quarter));
    let low =
        if block.has_offset() { vnegq_f32(vmulq_f32(low, whole(&panels.low_steps[place], quarter))) } else { low };
    ([scale_of(0), scale_of(1)], low)
}

/// Adds to each row what half a group gives: its four words with 16 activations.
#[target_feature(enable = "neon")]
#[inline]
fn add<const DOTS: bool>(sums: int32x4_t, words: [int8x16_t; 4], x: int8x16_t) -> int32x4_t {
    if DOTS {
        let sums = add_dots::<0>(sums, words[0], x);
        let sums = add_dots::<1>(sums, words[1], x);
        let sums = add_dots::<2>(sums, words[2], x);
        return add_dots::<3>(sums, words[3], x);
    }
    let x = vreinterpretq_s32_s8(x);
    let fours = [
        vreinterpretq_s8_s32(vdupq_laneq_s32::<0>(x)),
        vreinterpretq_s8_s32(vdupq_laneq_s32::<1>(x)),
        vreinterpretq_s8_s32(vdupq_laneq_s32::<2>(x)),
        vreinterpretq_s8_s32(vdupq_laneq_s32::<3>(x)),
    ];
    // Two products fit into 16 bits, as none is greater than 128 times 127.
    let low = |at: usize| {
        let product = vmull_s8(vget_low_s8(words[at]), vget_low_s8(fours[at]));
        vmlal_s8(product, vget_low_s8(words[at + 1]), vget_low_s8(fours[at + 1]))
    };
    let high = |at: usize| vmlal_high_s8(vmull_high_s8(words[at], fours[at]), words[at + 1], fours[at + 1]);
    let (low, high) = (vpadalq_s16(vpaddlq_s16(low(0)), low(2)), vpadalq_s16(vpaddlq_s16(high(0)), high(2)));
    vaddq_s32(sums, vpaddq_s32(low, high))
}

/// Adds to each row the sum of its four products with activations `4 FOUR` to `4 FOUR + 3`. The intrinsic for this,
/// `vdotq_laneq_s32`, is not stable before Rust 1.98.
#[target_feature(enable = "neon")]
#[inline]
fn add_dots<const FOUR: usize>(sums: int32x4_t, word: int8x16_t, x: int8x16_t) -> int32x4_t {
    let mut sums = sums;
    #[allow(unsafe_code, reason = "an instruction without an intrinsic")]
    // SAFETY: it touches nothing but its registers, and only `multiply_by_dots`, which asks for it, sets `DOTS`.
    unsafe {
        asm!(
            ".arch_extension dotprod",
            "sdot {sums:v}.4s, {word:v}.16b, {x:v}.4b[{four}]",
            sums = inout(vreg) sums,
            word = in(vreg) word,
            x = in(vreg) x,
            four = const FOUR,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// The words of the halves of a group for the rows of a quarter.
#[target_feature(enable = "neon")]
#[inline]
fn words<const B: u8>(lines: &[Line], quarter: usize) -> [[int8x16_t; 4]; 2] {
    // One by one: where the compiler makes a loop of this, words do not stay in registers.
    let first = [
        word::<B, 0>(lines, quarter),
        word::<B, 1>(lines, quarter),
        word::<B, 2>(lines, quarter),
        word::<B, 3>(lines, quarter),
    ];
    let second = [
        word::<B, 4>(lines, quarter),
        word::<B, 5>(lines, quarter),
        word::<B, 6>(lines, quarter),
        word::<B, 7>(lines, quarter),
    ];
    [first, second]
}

/// One of them, as bytes with a sign.
#[target_feature(enable = "neon")]
#[inline]
fn word<const B: u8, const WORD: usize>(lines: &[Line], quarter: usize) -> int8x16_t {
    let block = const { Block::ALL[B as usize] };
    let line = |line: usize| load(&lines[line].0, quarter);
    if block.bits() == 8 {
        return vreinterpretq_s8_u8(veorq_u8(line(WORD), vdupq_n_u8(128)));
    }
    let low = if WORD < 4 { vandq_u8(line(WORD), vdupq_n_u8(15)) } else { vshrq_n_u8::<4>(line(WORD % 4)) };
    if block.has_table() {
        return vqtbl1q_s8(vreinterpretq_s8_u8(load(&TABLE.map(|value| value as u8), 0)), low);
    }
    // The line that has the higher bits, how far up they go, and their places then.
    let (high, up, places) = match block.bits() {
        5 => (4, 4 - WORD as i8, 16),
        6 => (4 + WORD / 4, 4 - 2 * (WORD % 4) as i8, 48),
        _ => return vreinterpretq_s8_u8(low),
    };
    let high = vandq_u8(vshlq_u8(line(high), vdupq_n_s8(up)), vdupq_n_u8(places));
    vreinterpretq_s8_u8(vorrq_u8(low, high))
}

/// The sixteen bytes at a quarter of a line, or at a half of 32 bytes.
#[target_feature(enable = "neon")]
#[inline]
fn load(bytes: &[u8], at: usize) -> uint8x16_t {
    let bytes = &bytes[16 * at..16 * at + 16];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has 16 bytes, and the load asks for no alignment.
    unsafe {
        vld1q_u8(bytes.as_ptr())
    }
}

/// The four f16 of a quarter as f32.
#[target_feature(enable = "neon")]
#[inline]
fn halves(bits: &[u16; PANEL], quarter: usize) -> float32x4_t {
    let bits = &bits[ROWS * quarter..ROWS * quarter + ROWS];
    #[allow(unsafe_code, reason = "a load has no safe form")]
    // SAFETY: the slice has four numbers, and the load asks for no alignment.
    let bits = unsafe { vld1_u16(bits.as_ptr()) };
    vcvt_f32_f16(vreinterpret_f16_u16(bits))
}

/// The four steps of a quarter as f32.
#[target_feature(enable = "neon")]
#[inline]
fn whole(steps: &[i8; PANEL], quarter: usize) -> float32x4_t {
    let steps = std::array::from_fn::<_, ROWS, _>(|row| steps[ROWS * quarter + row] as u8);
    let steps = vcreate_s8(u64::from(u32::from_le_bytes(steps)));
    vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(steps))))
}

/// Puts the sums of some quarters, the first of which is `first`, where they belong.
#[target_feature(enable = "neon")]
#[inline]
fn store<const N: usize, const Q: usize>(products: &mut [[f32; PANEL]; N], first: usize, sums: [[float32x4_t; N]; Q]) {
    for (part, sums) in sums.into_iter().enumerate() {
        for (products, sum) in products.iter_mut().zip(sums) {
            let rows = &mut products[ROWS * (first + part)..][..ROWS];
            #[allow(unsafe_code, reason = "a store has no safe form")]
            // SAFETY: the slice has four numbers, and the store asks for no alignment.
            unsafe {
                vst1q_f32(rows.as_mut_ptr(), sum);
            }
        }
    }
}
