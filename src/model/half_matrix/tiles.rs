//! Activations as products with panels take them: some rows at a time, number by number.

use rayon::prelude::*;

/// `x` cut into tiles of rows, the last of which may be shorter; within a tile the first numbers of its rows stand side by side,
/// then the second ones.
pub(in crate::model) struct Tiles<N> {
    values: Vec<N>,
    /// Numbers of a row.
    pub width: usize,
    /// Rows of a whole tile.
    rows: usize,
}

/// From so many numbers on they are sorted on all cores.
const MANY: usize = 64 << 10;

impl<N: Copy + Default + Send + Sync> Tiles<N> {
    /// Of `x`, `[rows, width]`.
    pub fn of(x: &[N], width: usize, rows: usize) -> Self {
        let mut values = vec![N::default(); x.len()];
        let sort = |(tile, x): (&mut [N], &[N])| {
            let rows = x.len() / width.max(1);
            for (row, x) in x.chunks_exact(width.max(1)).enumerate() {
                tile[row..].iter_mut().step_by(rows).zip(x).for_each(|(to, from)| *to = *from);
            }
        };
        let length = (width * rows).max(1);
        if x.len() < MANY {
            values.chunks_mut(length).zip(x.chunks(length)).for_each(sort);
        } else {
            values.par_chunks_mut(length).zip(x.par_chunks(length)).for_each(sort);
        }
        Self { values, width, rows }
    }

    /// Rows of all tiles.
    pub fn all_rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Each tile with the number of its first row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, &[N])> {
        let tiles = self.values.chunks((self.width * self.rows).max(1)).enumerate();
        tiles.map(|(index, tile)| (index * self.rows, tile))
    }
}
