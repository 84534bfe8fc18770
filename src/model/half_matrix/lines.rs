//! Rows of numbers set side by side, as the kernels take panels.

use super::{PANEL, Wide};
use crate::model::vectorised::vectorised;

vectorised! {
    /// Line after line one number of each of up to 16 rows, which are as long as there are lines; zeros for rows that lack.
    pub(in crate::model) fn side_by_side(_fuses; rows: &[&[f32]], lines: &mut [Wide]) {
        let (squares, rest) = lines.as_chunks_mut::<PANEL>();
        let whole = squares.len() * PANEL;
        for (number, square) in squares.iter_mut().enumerate() {
            if rows.len() < PANEL {
                *square = [[0.0; PANEL]; PANEL];
            }
            // As many rows as are known where this is compiled, so that the compiler makes shuffles of it.
            #[allow(clippy::needless_range_loop, reason = "rows and columns change places")]
            for row in 0..PANEL {
                if let Some(values) = rows.get(row).and_then(|values| values[number * PANEL..].first_chunk::<PANEL>()) {
                    for column in 0..PANEL {
                        square[column][row] = values[column];
                    }
                }
            }
        }
        for (number, line) in rest.iter_mut().enumerate() {
            *line = [0.0; PANEL];
            for (value, row) in line.iter_mut().zip(rows) {
                *value = row[whole + number];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows and some, of lengths that are multiples of 16 and that are not, over what stood there before.
    #[test]
    fn each_line_has_one_number_of_each_row() {
        for count in [1, 5, PANEL] {
            for length in [1, 15, 16, 35, 64] {
                let rows: Vec<Vec<f32>> =
                    (0..count).map(|row| (0..length).map(|column| (1 + row * 100 + column) as f32).collect()).collect();
                let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
                let mut lines = vec![[-1.0; PANEL]; length];
                side_by_side(&rows, &mut lines);
                for (column, line) in lines.iter().enumerate() {
                    let right: [f32; PANEL] = std::array::from_fn(|row| rows.get(row).map_or(0.0, |row| row[column]));
                    assert_eq!(*line, right, "{count} rows of {length}");
                }
            }
        }
    }
}
