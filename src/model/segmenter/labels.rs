//! From class scores on a network's own grid to a label for each pixel, at any size.

use crate::model::{
    bilinear::{Tap, taps},
    vectorised::vectorised,
};

/// Class scores of one picture on the network's own grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmentation {
    width: usize,
    height: usize,
    classes: usize,
    /// `[height, width, classes]`.
    scores: Vec<f32>,
}

/// One label a pixel: the class's index plus one, 0 where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelMap {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Row after row.
    pub labels: Vec<u8>,
}

impl Segmentation {
    /// `scores` is `[height, width, classes]`, with at most 255 classes.
    pub(super) fn new([height, width]: [usize; 2], classes: usize, scores: Vec<f32>) -> Self {
        debug_assert_eq!(scores.len(), height * width * classes);
        Self { width, height, classes, scores }
    }

    /// Places across the network's grid.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Places down the network's grid.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Classes scored at each place.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The scores, `[height, width, classes]`: logits of SegFormer, weighed probabilities of MaskFormer.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The best class at each place of the network's grid: all that a picture's class shares need.
    pub fn labels_on_grid(&self) -> LabelMap {
        // Two passes over each place, as the first of them is many comparisons at a time.
        let label = |place: &[f32]| {
            let most = place.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            place.iter().position(|&score| score == most).map_or(0, |class| class as u8 + 1)
        };
        let labels = self.scores.chunks_exact(self.classes).map(label).collect();
        LabelMap { width: self.width as u32, height: self.height as u32, labels }
    }

    /// The best class at each pixel of a picture of this size, after upstream's `post_process_semantic_segmentation` with
    /// `target_sizes`: scores are resized bilinearly, then compared.
    ///
    /// Between four places of the grid a score is a mean of its four values, so a class whose greatest value there is less
    /// than another's least can win nowhere between them. Almost everywhere that leaves one or two classes, and neither the
    /// resized scores nor the comparison of all of them is ever made.
    pub fn label_map(&self, width: u32, height: u32) -> LabelMap {
        let (across, down) = (taps(self.width, width as usize), taps(self.height, height as usize));
        let mut labels = Vec::with_capacity(across.len() * down.len());
        let mut band = Band::default();
        let mut sides = Vec::new();
        for row in &down {
            band.move_to(self, row.low, row.high);
            for between in across.chunk_by(|a, b| a.low == b.low) {
                self.label_between(row, between, &band.contenders[between[0].low], &mut sides, &mut labels);
            }
        }
        LabelMap { width, height, labels }
    }

    /// The best of `contenders` at some places of one row, all `between` the same two places of the grid. `sides` is room
    /// for each contender's label and its scores at both.
    fn label_between(
        &self,
        row: &Tap,
        between: &[Tap],
        contenders: &[u8],
        sides: &mut Vec<(u8, f32, f32)>,
        labels: &mut Vec<u8>,
    ) {
        if let &[only] = contenders {
            labels.extend(std::iter::repeat_n(only + 1, between.len()));
            return;
        }
        let [left, right] = [between[0].low, between[0].high];
        let [top_left, top_right] = [left, right].map(|column| self.place(row.low, column));
        let [low_left, low_right] = [left, right].map(|column| self.place(row.high, column));
        let mix = |a: f32, b: f32, part: f32| (1.0 - part) * a + part * b;
        sides.clear();
        sides.extend(contenders.iter().map(|&class| {
            let k = usize::from(class);
            (class + 1, mix(top_left[k], low_left[k], row.part), mix(top_right[k], low_right[k], row.part))
        }));
        // Within one row still fewer can win.
        let sure = sides.iter().fold(f32::NEG_INFINITY, |sure, (_, left, right)| sure.max(left.min(*right)));
        sides.retain(|(_, left, right)| left.max(*right) >= sure);
        labels.extend(between.iter().map(|column| {
            let mut best = (0, f32::NEG_INFINITY);
            for &(label, left, right) in sides.iter() {
                let score = mix(left, right, column.part);
                if score > best.1 {
                    best = (label, score);
                }
            }
            best.0
        }));
    }

    fn place(&self, row: usize, column: usize) -> &[f32] {
        &self.scores[(row * self.width + column) * self.classes..][..self.classes]
    }
}

/// Which classes can win between two rows of the grid.
#[derive(Debug, Default)]
struct Band {
    rows: Option<(usize, usize)>,
    /// For each place of the grid's rows, the classes that can win between it and the next.
    contenders: Vec<Vec<u8>>,
}

impl Band {
    fn move_to(&mut self, of: &Segmentation, low: usize, high: usize) {
        if self.rows == Some((low, high)) {
            return;
        }
        self.rows = Some((low, high));
        let row = |row: usize| &of.scores[row * of.width * of.classes..][..of.width * of.classes];
        let (mut least, mut greatest) = (vec![0.0; of.width * of.classes], vec![0.0; of.width * of.classes]);
        ends(row(low), row(high), &mut least, &mut greatest);
        self.contenders.resize(of.width, Vec::new());
        for (column, contenders) in self.contenders.iter_mut().enumerate() {
            let columns = [column, (column + 1).min(of.width - 1)];
            let [here, next] = columns.map(|column| &least[column * of.classes..][..of.classes]);
            let sure = greatest_of_lesser(here, next);
            // A mean may come out a rounding above or below its values.
            let enough = sure - 1e-5 * (1.0 + sure.abs());
            let [here, next] = columns.map(|column| &greatest[column * of.classes..][..of.classes]);
            let classes = here.iter().zip(next).enumerate();
            contenders.clear();
            contenders.extend(classes.filter(|(_, (a, b))| a.max(**b) >= enough).map(|(class, _)| class as u8));
        }
    }
}

/// Numbers that are compared at once.
const LANES: usize = 16;

vectorised! {
    /// The lesser and the greater of each two scores.
    fn ends(_fuses; a: &[f32], b: &[f32], least: &mut [f32], greatest: &mut [f32]) {
        for (((a, b), least), greatest) in a.iter().zip(b).zip(least).zip(greatest) {
            *least = a.min(*b);
            *greatest = a.max(*b);
        }
    }

    /// The greatest of what is the lesser of each two scores.
    fn greatest_of_lesser(_fuses; a: &[f32], b: &[f32]) -> f32 {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let mut most = [f32::NEG_INFINITY; LANES];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                most[lane] = most[lane].max(a[lane].min(b[lane]));
            }
        }
        let mut greatest = f32::NEG_INFINITY;
        for lane in most {
            greatest = greatest.max(lane);
        }
        for (a, b) in a_rest.iter().zip(b_rest) {
            greatest = greatest.max(a.min(*b));
        }
        greatest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores that change from place to place, the same on every run.
    fn segmentation(height: usize, width: usize, classes: usize) -> Segmentation {
        let mut state = 12_345u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let scores = (0..height * width * classes).map(|_| next()).collect();
        Segmentation::new([height, width], classes, scores)
    }

    /// Every class at every pixel.
    fn slowly(of: &Segmentation, width: u32, height: u32) -> Vec<u8> {
        let all: Vec<u8> = (0..of.classes as u8).collect();
        let (across, down) = (taps(of.width, width as usize), taps(of.height, height as usize));
        let (mut sides, mut labels) = (Vec::new(), Vec::new());
        for (row, column) in down.iter().flat_map(|row| across.iter().map(move |column| (row, column))) {
            of.label_between(row, std::slice::from_ref(column), &all, &mut sides, &mut labels);
        }
        labels
    }

    #[test]
    fn classes_that_cannot_win_are_all_that_is_left_out() {
        for (rows, columns, classes) in [(4, 6, 9), (1, 1, 3), (7, 2, 150)] {
            let of = segmentation(rows, columns, classes);
            for (width, height) in [(50, 31), (6, 4), (3, 2), (1, 1), (200, 5)] {
                let found = of.label_map(width, height);
                assert_eq!((found.width, found.height), (width, height));
                assert_eq!(found.labels, slowly(&of, width, height), "{rows}x{columns} to {width}x{height}");
            }
        }
    }

    #[test]
    fn the_grids_own_size_gives_the_grids_labels() {
        let of = segmentation(5, 8, 20);
        assert_eq!(of.label_map(8, 5), of.labels_on_grid());
    }

    #[test]
    fn scores_that_are_no_numbers_have_no_label() {
        let of = Segmentation::new([1, 2], 2, vec![f32::NAN; 4]);
        assert_eq!(of.label_map(3, 1).labels, [0, 0, 0]);
        assert_eq!(of.labels_on_grid().labels, [0, 0]);
    }
}
