//! Is this picture one of our drawn streets, or anything else? Told from the pixels alone.
//!
//! The starter models know drawn streets only, so what they say of a photograph is no evidence. A drawn street is made of
//! flat faces under a few dozen colours, with a horizon, a road and a little noise. A photograph of a street has the same
//! layout but rough surfaces; another drawing has the flat faces but other colours and another layout. So a picture is
//! reduced to 48 x 36 fields, each with its colour and how rough it is (`grid`), and a small convolutional network gives a
//! score (`network`). It has learned from drawn streets on one side and made-up pictures on the other
//! (`training/drawn/`); no photograph was used. **Soft photographs of streets still pass, about one in six**:
//! figures in `assets/drawn/README.md`.
//!
//! All sums are in `f32`, in one fixed order and without fused operations, so that every machine gives the same answer.

mod grid;
mod network;

use image::RgbImage;

/// From this score on a picture counts as a drawn street; what other thresholds give: `assets/drawn/README.md`.
pub const DRAWN_FROM: f32 = 2.0;

/// Whether this is a drawn street of ours: whole, cut down to half, resized or saved as JPEG. False for photographs and for
/// all other renderings, as far as the figures in `assets/drawn/README.md` go.
pub fn is_drawn_street(picture: &RgbImage) -> bool {
    drawn_score(picture) >= DRAWN_FROM
}

/// How much a picture looks like a drawn street: a log odds against made-up other pictures, not a probability. Negative
/// infinity for a picture without pixels.
pub fn drawn_score(picture: &RgbImage) -> f32 {
    if picture.width() == 0 || picture.height() == 0 {
        return f32::NEG_INFINITY;
    }
    network::shipped().score(grid::fields(picture))
}
