//! From brightness and colour planes to RGB (ITU-T H.273, 8.3), with smooth colour between the samples.

use image::RgbImage;
use rayon::prelude::*;

use super::{Fault, planes::Planes};

/// What one unit of Cb and of Cr adds to red, green and blue, where all reach from -0.5 to 0.5 and from 0 to 1.
type Matrix = [(f32, f32); 3];

/// The identity: the planes are green, blue and red themselves.
const IDENTITY: u16 = 0;

/// How samples become levels of 0 to 255.
#[derive(Clone, Copy)]
struct Levels {
    black: f32,
    brightness: f32,
    middle: f32,
    colour: f32,
}

/// Eight-bit RGB.
pub(super) fn rgb(planes: &Planes) -> Result<RgbImage, Fault> {
    if !planes.is_whole() {
        return Err(Fault::Damaged("its decoder gave too few samples".to_owned()));
    }
    let (width, height) = (planes.width, planes.height);
    let levels = levels(planes);
    let grey = planes.samples[1].is_empty();
    if planes.matrix == IDENTITY && !grey && planes.shift != (0, 0) {
        return Err(Fault::Unsupported("RGB planes of different sizes".to_owned()));
    }
    let matrix = if planes.matrix == IDENTITY || grey { None } else { Some(matrix(planes.matrix)?) };
    let mut pixels = vec![0; width * height * 3];
    pixels.par_chunks_mut((width * 3).max(1)).enumerate().for_each_init(
        || [vec![0; width], vec![0; width]],
        |[blue, red], (y, row)| {
            let brightness = &planes.samples[0][y * width..][..width];
            match &matrix {
                Some(matrix) => {
                    smooth_row(planes, 1, y, blue);
                    smooth_row(planes, 2, y, red);
                    to_rgb(brightness, blue, red, levels, matrix, row);
                }
                None => {
                    let of =
                        |plane: usize| if grey { brightness } else { &planes.samples[plane][y * width..][..width] };
                    for (plane, channel) in [(2, 0), (0, 1), (1, 2)] {
                        for (level, sample) in row.iter_mut().skip(channel).step_by(3).zip(of(plane)) {
                            *level = ((f32::from(*sample) - levels.black) * levels.brightness + 0.5) as u8;
                        }
                    }
                }
            }
        },
    );
    RgbImage::from_raw(width as u32, height as u32, pixels).ok_or(Fault::Damaged("it has no pixels".to_owned()))
}

/// The last four bits of the colour rows are fractions: see [`smooth_row`].
const SMOOTH: f32 = 16.0;

fn to_rgb(brightness: &[u16], blue: &[i32], red: &[i32], levels: Levels, matrix: &Matrix, row: &mut [u8]) {
    let [r, g, b] = *matrix;
    let scale = levels.colour / SMOOTH;
    let middle = levels.middle * SMOOTH;
    for (((pixel, y), cb), cr) in row.as_chunks_mut::<3>().0.iter_mut().zip(brightness).zip(blue).zip(red) {
        // Half is added for rounding; the cast keeps what is beyond black and white at black and white.
        let y = (f32::from(*y) - levels.black) * levels.brightness + 0.5;
        let (cb, cr) = ((*cb as f32 - middle) * scale, (*cr as f32 - middle) * scale);
        pixel[0] = (y + r.0 * cb + r.1 * cr) as u8;
        pixel[1] = (y + g.0 * cb + g.1 * cr) as u8;
        pixel[2] = (y + b.0 * cb + b.1 * cr) as u8;
    }
}

/// One row of a colour plane at full width, times sixteen: each sample weighs three parts and its neighbour one, across
/// and down, as the samples lie between the pixels.
fn smooth_row(planes: &Planes, plane: usize, y: usize, target: &mut [i32]) {
    let samples = &planes.samples[plane];
    let width = planes.width.div_ceil(1 << planes.shift.0);
    let height = planes.height.div_ceil(1 << planes.shift.1);
    let row = |y: usize| &samples[y * width..][..width];
    let (near, far) = if planes.shift.1 == 0 {
        (row(y), row(y))
    } else {
        let at = y / 2;
        let beside = if y.is_multiple_of(2) { at.saturating_sub(1) } else { (at + 1).min(height - 1) };
        (row(at), row(beside))
    };
    let down = |x: usize| 3 * i32::from(near[x]) + i32::from(far[x]);
    if planes.shift.0 == 0 {
        for (x, value) in target.iter_mut().enumerate() {
            *value = 4 * down(x);
        }
        return;
    }
    let (mut before, mut here) = (down(0), down(0));
    for (x, pair) in target.chunks_mut(2).enumerate() {
        let after = down((x + 1).min(width - 1));
        pair[0] = 3 * here + before;
        if let Some(second) = pair.get_mut(1) {
            *second = 3 * here + after;
        }
        (before, here) = (here, after);
    }
}

fn levels(planes: &Planes) -> Levels {
    let most = ((1u32 << planes.bits) - 1) as f32;
    let eighth = (1u32 << (planes.bits - 8)) as f32;
    let middle = 128.0 * eighth;
    if planes.full_range {
        Levels { black: 0.0, brightness: 255.0 / most, middle, colour: 255.0 / most }
    } else {
        let (brightness, colour) = (255.0 / (219.0 * eighth), 255.0 / (224.0 * eighth));
        Levels { black: 16.0 * eighth, brightness, middle, colour }
    }
}

/// From the weights of red and blue in the brightness (H.273, table 4); what is unspecified is taken for BT.601, as
/// everybody does.
fn matrix(number: u16) -> Result<Matrix, Fault> {
    let (red, blue) = match number {
        1 => (0.2126, 0.0722),
        2 | 5 | 6 => (0.299, 0.114),
        4 => (0.30, 0.11),
        7 => (0.212, 0.087),
        8 => return Ok([(-1.0, 1.0), (1.0, 0.0), (-1.0, -1.0)]),
        9 | 10 => (0.2627, 0.0593),
        other => return Err(Fault::Unsupported(format!("the colour matrix {other}"))),
    };
    let green = 1.0 - red - blue;
    let (from_red, from_blue) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
    Ok([(0.0, from_red), (-from_blue * blue / green, -from_red * red / green), (from_blue, 0.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(shift: (usize, usize), width: usize, height: usize, samples: [Vec<u16>; 3]) -> Planes {
        Planes { width, height, bits: 8, shift, samples, matrix: 6, full_range: true }
    }

    #[test]
    fn colours_come_out_as_the_matrix_says() {
        // BT.601, full range: pure red is 76, 85, 255.
        let red = rgb(&planes((0, 0), 1, 1, [vec![76], vec![85], vec![255]])).unwrap();
        assert_eq!(red.get_pixel(0, 0).0, [254, 0, 0]);
        // Limited range: 16 is black, 235 white.
        let limited = |y| Planes { full_range: false, ..planes((0, 0), 1, 1, [vec![y], vec![128], vec![128]]) };
        assert_eq!(rgb(&limited(16)).unwrap().get_pixel(0, 0).0, [0; 3]);
        assert_eq!(rgb(&limited(235)).unwrap().get_pixel(0, 0).0, [255; 3]);
        // Planes that are green, blue and red themselves.
        let identity = Planes { matrix: IDENTITY, ..planes((0, 0), 1, 1, [vec![20], vec![30], vec![10]]) };
        assert_eq!(rgb(&identity).unwrap().get_pixel(0, 0).0, [10, 20, 30]);
        // Ten bits.
        let deep = Planes { bits: 10, ..planes((0, 0), 1, 1, [vec![400], vec![512], vec![512]]) };
        assert_eq!(rgb(&deep).unwrap().get_pixel(0, 0).0, [100; 3]);
    }

    #[test]
    fn colour_is_smooth_between_its_samples() {
        let step = planes((1, 1), 8, 2, [vec![128; 16], vec![128; 4], vec![100, 100, 180, 180]]);
        let reds: Vec<u8> = rgb(&step).unwrap().pixels().take(8).map(|pixel| pixel.0[0]).collect();
        assert!(reds.windows(2).all(|pair| pair[0] <= pair[1]), "{reds:?}");
        let values: std::collections::BTreeSet<u8> = reds.iter().copied().collect();
        assert_eq!(values.len(), 4, "two steps lie between the two levels: {reds:?}");
    }

    #[test]
    fn odd_sizes_have_every_pixel() {
        let plain = planes((1, 1), 5, 3, [vec![90; 15], vec![128; 6], vec![128; 6]]);
        assert!(rgb(&plain).unwrap().pixels().all(|pixel| pixel.0 == [90; 3]));
    }
}
