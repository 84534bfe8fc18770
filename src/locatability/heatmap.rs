//! A picture's own map of where its score comes from: each pixel in the colour of its class's weight.

use image::RgbImage;

use crate::knowledge::ade20k::ClassWeights;

/// A scale of colours, dark for a weight of 0 to bright for 1; all three can be read by people who do not tell red from
/// green, and in grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorMap {
    /// Dark blue over green to yellow.
    #[default]
    Viridis,
    /// Blue over grey to yellow; made for every kind of colour blindness.
    Cividis,
    /// Black over purple to pale yellow.
    Magma,
}

impl ColorMap {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Viridis, Self::Cividis, Self::Magma];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viridis => "Viridis",
            Self::Cividis => "Cividis",
            Self::Magma => "Magma",
        }
    }

    /// The colour of a weight from 0 to 1.
    pub fn color(self, weight: f64) -> [u8; 3] {
        let gradient = match self {
            Self::Viridis => colorous::VIRIDIS,
            Self::Cividis => colorous::CIVIDIS,
            Self::Magma => colorous::MAGMA,
        };
        gradient.eval_continuous(weight.clamp(0.0, 1.0)).as_array()
    }
}

/// How the weights are laid over a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heatmap {
    /// The colours.
    pub colors: ColorMap,
    /// 0 (the picture alone) to 1 (the colours alone).
    pub opacity: f32,
}

impl Default for Heatmap {
    fn default() -> Self {
        Self { colors: ColorMap::default(), opacity: 0.6 }
    }
}

impl Heatmap {
    /// The colour of each label, with its opacity: label 0 has no class and lets the picture through.
    pub fn palette(&self, weights: &ClassWeights) -> [[u8; 4]; 256] {
        let opacity = (self.opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
        let mut palette = [[0; 4]; 256];
        for (color, &weight) in palette[1..].iter_mut().zip(weights.values()) {
            let [r, g, b] = self.colors.color(weight);
            *color = [r, g, b, opacity];
        }
        palette
    }

    /// The picture with the colours over it. `labels` has `label_size` (width, height) and is stretched to the picture, the
    /// nearest label for each pixel.
    pub fn over(&self, picture: &RgbImage, labels: &[u8], label_size: (u32, u32), weights: &ClassWeights) -> RgbImage {
        let palette = self.palette(weights);
        let (width, height) = picture.dimensions();
        let place = |at: u32, of: u32, labels: u32| u64::from(at) * u64::from(labels) / u64::from(of.max(1));
        let mut painted = picture.clone();
        for (x, y, pixel) in painted.enumerate_pixels_mut() {
            let (column, row) = (place(x, width, label_size.0), place(y, height, label_size.1));
            let label = labels.get((row * u64::from(label_size.0) + column) as usize).copied().unwrap_or(0);
            let [r, g, b, opacity] = palette[usize::from(label)];
            for (level, over) in pixel.0.iter_mut().zip([r, g, b]) {
                let (under, over, opacity) = (u32::from(*level), u32::from(over), u32::from(opacity));
                *level = ((under * (255 - opacity) + over * opacity + 127) / 255) as u8;
            }
        }
        painted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_road_is_bright_and_what_has_no_class_shows_the_picture() {
        let picture = RgbImage::from_pixel(4, 2, image::Rgb([10, 20, 30]));
        let whole = Heatmap { opacity: 1.0, ..Heatmap::default() };
        let painted = whole.over(&picture, &[7, 0], (2, 1), &ClassWeights::default());
        assert_eq!(painted.get_pixel(1, 1).0, ColorMap::Viridis.color(1.0));
        assert_eq!(painted.get_pixel(2, 0).0, [10, 20, 30]);
        let none = Heatmap { opacity: 0.0, ..whole };
        assert_eq!(none.over(&picture, &[7, 0], (2, 1), &ClassWeights::default()), picture);
    }

    #[test]
    fn every_scale_grows_brighter_with_the_weight() {
        let brightness = |[r, g, b]: [u8; 3]| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        for colors in ColorMap::ALL {
            let steps: Vec<_> = (0..=10).map(|step| brightness(colors.color(f64::from(step) / 10.0))).collect();
            assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{}: {steps:?}", colors.name());
        }
    }
}
