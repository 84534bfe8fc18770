//! Decoded planes of brightness and colour, and tiles of them put together.

use super::Fault;

/// A picture as decoders give it: one plane of brightness, and two of colour or none.
pub(super) struct Planes {
    pub width: usize,
    pub height: usize,
    /// Bits of a sample, 8 to 12.
    pub bits: u32,
    /// By how many powers of two the colour planes are narrower and lower.
    pub shift: (usize, usize),
    /// Y, Cb, Cr, without padding; the colour planes are empty in a grey picture.
    pub samples: [Vec<u16>; 3],
    /// Matrix coefficients as ITU-T H.273 numbers them, 2 for unspecified.
    pub matrix: u16,
    pub full_range: bool,
}

impl Planes {
    /// Width and height of a plane.
    fn size(&self, plane: usize) -> (usize, usize) {
        plane_size(plane, (self.width, self.height), self.shift)
    }

    /// Whether every plane has the samples that its size asks for.
    pub fn is_whole(&self) -> bool {
        let grey = self.samples[1].is_empty() && self.samples[2].is_empty();
        let filled = |plane: usize| {
            let (width, height) = self.size(plane);
            self.samples[plane].len() == width * height
        };
        (8..=16).contains(&self.bits) && filled(0) && (grey || filled(1) && filled(2))
    }
}

fn plane_size(plane: usize, (width, height): (usize, usize), shift: (usize, usize)) -> (usize, usize) {
    if plane == 0 { (width, height) } else { (width.div_ceil(1 << shift.0), height.div_ceil(1 << shift.1)) }
}

/// Tiles row by row, `columns` in a row, cut at the right and below to the size of the whole.
pub(super) fn compose(tiles: &[&Planes], columns: usize, size: (usize, usize)) -> Result<Planes, Fault> {
    let misfit = || Fault::Damaged("its tiles do not fit together".to_owned());
    let first = *tiles.first().ok_or_else(misfit)?;
    let rows = tiles.len() / columns.max(1);
    let alike = |tile: &&Planes| {
        (tile.width, tile.height, tile.bits, tile.shift) == (first.width, first.height, first.bits, first.shift)
            && tile.samples[1].len() == first.samples[1].len()
            && tile.is_whole()
    };
    if size.0 > first.width * columns || size.1 > first.height * rows || !tiles.iter().all(alike) {
        return Err(misfit());
    }
    let mut whole = Planes {
        width: size.0,
        height: size.1,
        samples: Default::default(),
        bits: first.bits,
        shift: first.shift,
        matrix: first.matrix,
        full_range: first.full_range,
    };
    for plane in 0..3 {
        if first.samples[plane].is_empty() {
            continue;
        }
        let (width, height) = whole.size(plane);
        let (tile_width, tile_height) = first.size(plane);
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            let row_of_tiles = &tiles[y / tile_height * columns..][..columns];
            let mut left = width;
            for tile in row_of_tiles {
                let n = tile_width.min(left);
                samples.extend_from_slice(&tile.samples[plane][y % tile_height * tile_width..][..n]);
                left -= n;
            }
        }
        whole.samples[plane] = samples;
    }
    Ok(whole)
}
