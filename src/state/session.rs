//! What is kept of the window when it closes, so that it comes back: the pictures by path and hash, what was found
//! and what was said. It shares what is large with the state, so that it costs nothing to make; as text it has a version and room
//! for more, and what a later version has added is carried along.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Early, Turn};
use crate::{
    geo::Surface,
    predict::{Finding, Weighing},
};

/// The form that this program writes and reads.
pub const SESSION_VERSION: u32 = 1;

/// A session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Of the form.
    pub version: u32,
    /// In the order of the strip.
    pub pictures: Vec<KeptPicture>,
    /// Which of them is looked at.
    #[serde(default)]
    pub selected: Option<usize>,
    /// What another version has written.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A picture in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptPicture {
    /// What it is called.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Of the file's bytes, in hexadecimal; none where it was never opened.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The candidate that was looked at.
    pub chosen_rank: usize,
    /// What was found, the latest last.
    pub runs: Vec<KeptRun>,
    /// Which of the runs stands as the answer, from 0; none for the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<usize>,
    /// What was said about it; none in the files of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub talk: Vec<Turn>,
    /// What the user has said of it before anything was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early: Option<Early>,
    /// What another version has written.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A run in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    /// Where, why, and how far to believe it.
    pub finding: Arc<Finding>,
    /// Whether the starter answered.
    pub by_starter: bool,
    /// The probability over the world's cells, of which the likeliest are written.
    #[serde(default, rename = "cells", with = "cells")]
    pub surface: Arc<Surface>,
    /// What it was weighed from; of a picture's latest runs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighing: Option<Arc<Weighing>>,
    /// How many seconds the model took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// A surface as text: latitude, longitude, probability and size of its likeliest cells.
mod cells {
    use serde::{Deserializer, Serializer};

    use super::{Arc, Deserialize, Surface};
    use crate::geo::{Cell, LatLon};

    /// So many are written; the rest is too faint to be seen.
    const MOST: usize = 1000;

    pub fn serialize<S: Serializer>(surface: &Surface, serializer: S) -> Result<S::Ok, S::Error> {
        // To some metres, and to the least share of a surface; more digits would be most of a session's file.
        let rounded = |number: f64, digits: i32| (number * 10f64.powi(digits)).round() / 10f64.powi(digits);
        serializer.collect_seq(surface.cells.iter().take(MOST).map(|(cell, share)| {
            let centre = cell.centre();
            (rounded(centre.lat, 4), rounded(centre.lon, 4), rounded(f64::from(*share), 7), cell.size())
        }))
    }

    /// A cell as it is written; earlier versions wrote no size, and their cells come back wide.
    #[derive(Deserialize)]
    struct Written(f64, f64, f64, #[serde(default)] Option<u8>);

    impl Written {
        fn cell(self) -> Option<(Cell, f64)> {
            let Self(lat, lon, share, size) = self;
            let middle = LatLon::new(lat, lon)?;
            let cell = size.map_or_else(|| Cell::containing(middle), |size| Cell::of_size(middle, size));
            Some((cell?, share))
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Surface>, D::Error> {
        let written = Vec::<Written>::deserialize(deserializer)?;
        Ok(Arc::new(Surface::from_weights(written.into_iter().filter_map(Written::cell))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Cell, LatLon};

    #[test]
    fn a_surface_is_written_in_few_digits_and_comes_back_as_fine_as_it_was() {
        let [paris, santiago] =
            [(48.8, 2.3), (-33.4, -70.6)].map(|(lat, lon)| Cell::containing(LatLon::new(lat, lon).unwrap()).unwrap());
        let small = paris.parts().next().unwrap().parts().next().unwrap();
        let surface = Surface::from_weights([(small, 2.0), (santiago, 1.0)]);
        let mut text = Vec::new();
        cells::serialize(&surface, &mut serde_json::Serializer::new(&mut text)).unwrap();
        let back = cells::deserialize(&mut serde_json::Deserializer::from_slice(&text)).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(",0.6666667,") && text.len() < 2 * 34, "{text}");
        for ((cell, share), (same, again)) in surface.cells.iter().zip(&back.cells) {
            assert!(cell == same && (share - again).abs() < 1e-6, "{text}");
        }
        assert_eq!(back.cells.len(), 2);
        let of_before = "[[48.8, 2.3, 0.7], [-33.4, -70.6, 0.3]]";
        let back = cells::deserialize(&mut serde_json::Deserializer::from_str(of_before)).unwrap();
        assert_eq!(back.cells.iter().map(|(cell, _)| *cell).collect::<Vec<_>>(), [paris, santiago], "wide ones");
    }
}
