//! One line: the ways it may be held, and the text in the recogniser's scores.

use image::RgbImage;

use super::boxes::Quad;
use super::crop::{as_line, straightened, unstacked};

/// Shorter lines are filled up with grey to so many pixels, as upstream fills them.
pub(super) const LEAST_WIDTH: u32 = 320;
/// Longer lines are pressed together.
const MOST_WIDTH: u32 = 2400;
/// Boxes that are so many times as high as wide may be turned or hold letters one below the other.
const TALL: f32 = 1.5;
/// Text that is read as surely as this stands the right way up.
const SURE: f32 = 0.9;

/// How the text in a box may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Upright,
    UpsideDown,
    /// Read from bottom to top.
    Rising,
    /// Read from top to bottom, the letters lying.
    Falling,
    /// Upright letters, one below the other.
    Stacked,
}

impl Way {
    /// The ways that a box of these sides is read in, in order.
    pub(super) fn of(width: f32, height: f32) -> &'static [Self] {
        match height >= TALL * width {
            true => &[Self::Falling, Self::Rising, Self::Stacked],
            false => &[Self::Upright, Self::UpsideDown],
        }
    }

    /// The score of an earlier way from which this one is not tried.
    pub(super) fn unneeded_from(self) -> f32 {
        if self == Self::UpsideDown { SURE } else { 1.0 }
    }

    /// The box as a line of upright letters.
    pub(super) fn line(self, picture: &RgbImage, quad: &Quad) -> RgbImage {
        let [a, b, c, d] = *quad;
        let crop = match self {
            Self::Upright => straightened(picture, quad),
            Self::UpsideDown => straightened(picture, &[c, d, a, b]),
            Self::Falling => straightened(picture, &[b, c, d, a]),
            Self::Rising => straightened(picture, &[d, a, b, c]),
            Self::Stacked => unstacked(&straightened(picture, quad)),
        };
        as_line(&crop, MOST_WIDTH)
    }
}

/// What a line says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    /// Mean over the characters of the probability of the best one; 0 for no text.
    pub(super) score: f32,
}

impl Line {
    /// The likeliest class of each column; neighbours of one class are one character, and class 0 is none
    /// (Graves et al. 2006, connectionist temporal classification, best path). `scores` are columns of one number for
    /// each class before softmax; class `n` is character `n - 1`.
    pub(super) fn from_scores(scores: &[f32], characters: &[String]) -> Self {
        let mut line = Self::default();
        let (mut n_characters, mut before) = (0, 0);
        for column in scores.chunks_exact(characters.len() + 1) {
            let (class, probability) = likeliest(column);
            if class != 0 && class != before {
                line.text.push_str(&characters[class - 1]);
                line.score += probability;
                n_characters += 1;
            }
            before = class;
        }
        line.score /= n_characters.max(1) as f32;
        line
    }
}

/// The greatest of these scores, and its share after softmax.
pub(super) fn likeliest(scores: &[f32]) -> (usize, f32) {
    let greatest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let class = scores.iter().position(|&score| score == greatest).unwrap_or(0);
    // Smaller terms than e^-30 change nothing in f32, and most are.
    let near = scores.iter().map(|score| score - greatest).filter(|&below| below > -30.0);
    (class, 1.0 / near.map(f32::exp).sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn characters() -> Vec<String> {
        ["a", "b", " "].map(str::to_owned).to_vec()
    }

    fn scores(path: &[usize]) -> Vec<f32> {
        path.iter().flat_map(|&best| (0..4).map(move |class| if class == best { 4.0 } else { 0.0 })).collect()
    }

    #[test]
    fn repeated_classes_are_one_character_unless_none_stands_between() {
        let line = Line::from_scores(&scores(&[0, 1, 1, 0, 1, 3, 2, 2, 0]), &characters());
        assert_eq!(line.text, "aa b");
        let e4 = 4.0f32.exp();
        assert!((line.score - e4 / (e4 + 3.0)).abs() < 1e-6, "{}", line.score);
        assert_eq!(Line::from_scores(&scores(&[0, 0]), &characters()), Line::default());
    }

    #[test]
    fn a_tall_box_is_read_turned_and_stacked() {
        let mut picture = RgbImage::new(40, 120);
        // The first letter of text that falls stands at the top, and its upper edge to the right.
        picture.put_pixel(29, 10, image::Rgb([255; 3]));
        let quad = [[10.0, 10.0], [30.0, 10.0], [30.0, 110.0], [10.0, 110.0]];
        let falling = Way::Falling.line(&picture, &quad);
        assert_eq!(falling.dimensions(), (240, 48));
        assert!(falling.get_pixel(0, 0).0[0] > 100);
        let rising = Way::Rising.line(&picture, &quad);
        assert!(rising.get_pixel(239, 47).0[0] > 100);
        assert_eq!(Way::Stacked.line(&picture, &quad).dimensions(), (240, 48));
        assert_eq!(Way::of(20.0, 100.0).len(), 3);
        assert_eq!(Way::of(100.0, 20.0), [Way::Upright, Way::UpsideDown]);
    }
}
