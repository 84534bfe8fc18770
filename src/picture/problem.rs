//! What is wrong with a file that opens all the same: codes with their arguments. The sentences stand in `words`.

use serde::{Deserialize, Serialize};

use crate::geo::LatLon;

/// What is there in a file and cannot be read or makes no sense, or must be known of what is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", content = "of", rename_all = "snake_case")]
pub enum FileProblem {
    /// The file is cut; so many hundredths of the picture's rows, at its lower edge, are shown grey.
    RowsMissing(u32),
    /// The file is cut, and only the finest detail is missing.
    DetailMissing,
    /// The end marker is missing and nothing else.
    EndMissing,
    /// Part of the picture may be wrong: what the decoder said.
    DataDamaged(String),
    /// Of a camera raw file the embedded preview is shown.
    PreviewShown,
    /// The reader of the metadata failed, so that nothing is known of them.
    MetadataNotRead,
    /// Some of the Exif metadata is damaged: what its reader said.
    MetadataDamaged(String),
    /// Some of the XMP metadata is damaged.
    XmpDamaged,
    /// Latitude or longitude stands alone.
    HalfPosition(Block),
    /// The position is no degrees, minutes and seconds.
    PositionNotDegrees,
    /// The position in XMP, as it is written there, is none.
    PositionNotRead {
        /// As written.
        latitude: String,
        /// As written.
        longitude: String,
    },
    /// The position does not say north or south and east or west.
    PositionWithoutSides {
        /// Degrees.
        lat: f64,
        /// Degrees.
        lon: f64,
    },
    /// The position is 0, 0, which cameras write when they have none.
    PositionZeros,
    /// The position is not on the Earth.
    PositionOffEarth {
        /// Degrees.
        lat: f64,
        /// Degrees.
        lon: f64,
    },
    /// The receiver marked the position as uncertain.
    PositionUncertain,
    /// Two positions contradict each other; the first is used.
    TwoPositions {
        /// How far apart they lie.
        km: f64,
        /// The other one.
        second: LatLon,
    },
    /// The position is in China's shifted datum (GCJ-02).
    ShiftedDatum,
    /// The position is in a datum other than that of maps.
    OtherDatum(String),
    /// The altitude is no number.
    AltitudeNoNumber,
    /// No camera can be at this height, in metres.
    AltitudeImpossible(f64),
    /// The heading is no number.
    HeadingNoNumber,
    /// The heading, in degrees, is no direction.
    HeadingImpossible(f64),
    /// The time of taking, as it is written, is no date.
    TakenNoDate(String),
    /// The time of the position is no hours, minutes and seconds.
    GpsTimeNotRead,
    /// The time of the position, as it is written, is none.
    GpsTimeNone(String),
}

impl FileProblem {
    /// Whether pixels are missing, or may be wrong.
    pub fn is_of_pixels(&self) -> bool {
        matches!(self, Self::RowsMissing(_) | Self::DetailMissing | Self::DataDamaged(_))
    }
}

/// A kind of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// The camera's own fields.
    Exif,
    /// Adobe's packets.
    Xmp,
}
