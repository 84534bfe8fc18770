//! What a file says of itself. It is read from strangers' files, so every number is checked; what is there and cannot be
//! read or makes no sense becomes a problem, never a place.

mod angle;
mod exif;
mod mapillary;
mod sources;
mod time;
mod xmp;

use serde::{Deserialize, Serialize};

use crate::geo::LatLon;

use super::{FileProblem, kind::Kind};
use sources::Sources;

/// Files with more fields than this list only the first.
const MAX_FIELDS: usize = 400;

/// A field's text is cut here, in characters.
const MAX_TEXT: usize = 200;

/// Heights that a camera can have, in metres: below the Dead Sea's mines, and where the air ends.
const ALTITUDES_M: std::ops::RangeInclusive<f64> = -4_500.0..=100_000.0;

/// What a picture's file says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Where the camera says it was.
    pub gps: Option<LatLon>,
    /// When the satellites said so, `2024-05-31 12:03:07 UTC`; without the date where the file has none.
    pub gps_time: Option<String>,
    /// The geodetic datum that the file names for its position, `WGS-84`.
    pub gps_datum: Option<String>,
    /// Metres above the sea or the ellipsoid (the file seldom tells them apart rightly), below it negative.
    pub altitude_m: Option<f64>,
    /// Where the camera looked, degrees clockwise from the north that [`Self::heading_reference`] names.
    pub heading_deg: Option<f64>,
    /// Which north the heading counts from; none where the file does not say.
    pub heading_reference: Option<HeadingReference>,
    /// When it was taken, `2024-05-31 14:03:09`, with the offset from UTC where the file has one
    /// (`2024-05-31 14:03:09 +02:00`); seldom a date alone.
    pub taken: Option<String>,
    /// Maker and model.
    pub camera: Option<String>,
    /// Lens.
    pub lens: Option<String>,
    /// What wrote the file.
    pub software: Option<String>,
    /// How the pixels must be turned (Exif values 1 to 8); `Picture` has done it.
    pub orientation: Option<u8>,
    /// Every readable field, name and value.
    pub fields: Vec<(String, String)>,
    /// What is there and cannot be read or makes no sense, of the pixels too.
    pub problems: Vec<FileProblem>,
}

/// The north that a heading is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeadingReference {
    /// The pole.
    True,
    /// The compass needle, which the declination of the place turns away from the pole.
    Magnetic,
}

impl HeadingReference {
    /// As it stands in JSON and CSV.
    pub fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::Magnetic => "magnetic",
        }
    }
}

impl Metadata {
    /// One clause for where the pixels cannot be shown.
    pub fn summary(&self) -> String {
        let place = self.gps.map(|gps| format!("GPS {:.5}, {:.5}", gps.lat, gps.lon));
        let taken = self.taken.as_ref().map(|taken| format!("taken {taken}"));
        let camera = self.camera.as_ref().map(|camera| format!("camera {camera}"));
        let parts: Vec<String> = [place, taken, camera].into_iter().flatten().collect();
        if parts.is_empty() {
            return "its metadata names no place, time or camera".to_owned();
        }
        format!("its metadata was read: {}", parts.join(", "))
    }
}

/// Two positions in one file that lie farther apart than this contradict each other, in kilometres.
const SAME_PLACE_KM: f64 = 1.0;

/// Reads what there is: Exif first, then XMP for what it lacks, then the names of texts. A file without metadata gives an
/// empty answer, a damaged one a problem.
pub(super) fn read(kind: Kind, file: &[u8]) -> Metadata {
    let sources = Sources::of(kind, file);
    let mut metadata = Metadata::default();
    for block in sources.exif {
        metadata.complete(exif::read(block));
    }
    for packet in &sources.xmp {
        metadata.complete(xmp::read(packet));
    }
    let room = MAX_FIELDS.saturating_sub(metadata.fields.len());
    metadata.fields.extend(sources.texts.into_iter().filter(|(_, text)| !text.is_empty()).take(room));
    metadata
}

/// The JPEG that a camera put into the metadata for a first look.
pub(super) fn thumbnail(kind: Kind, file: &[u8]) -> Option<Vec<u8>> {
    Sources::of(kind, file).exif.into_iter().find_map(exif::thumbnail)
}

impl Metadata {
    /// Takes over what is missing here; two positions that contradict each other become a problem.
    fn complete(&mut self, other: Self) {
        if let (Some(here), Some(there)) = (self.gps, other.gps)
            && here.distance_km(there) > SAME_PLACE_KM
        {
            self.problems.push(FileProblem::TwoPositions { km: here.distance_km(there), second: there });
        }
        self.gps = self.gps.or(other.gps);
        if self.heading_deg.is_none() {
            (self.heading_deg, self.heading_reference) = (other.heading_deg, other.heading_reference);
        }
        self.altitude_m = self.altitude_m.or(other.altitude_m);
        self.orientation = self.orientation.or(other.orientation);
        let texts = [
            (&mut self.gps_time, other.gps_time),
            (&mut self.gps_datum, other.gps_datum),
            (&mut self.taken, other.taken),
            (&mut self.camera, other.camera),
            (&mut self.lens, other.lens),
            (&mut self.software, other.software),
        ];
        for (here, there) in texts {
            if here.is_none() {
                *here = there;
            }
        }
        let room = MAX_FIELDS.saturating_sub(self.fields.len());
        self.fields.extend(other.fields.into_iter().take(room));
        for problem in other.problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }
}

/// The position, or a problem where it is nowhere on the Earth or the zeros of a camera that had none.
fn position(lat: f64, lon: f64, problems: &mut Vec<FileProblem>) -> Option<LatLon> {
    if lat == 0.0 && lon == 0.0 {
        problems.push(FileProblem::PositionZeros);
        return None;
    }
    let position = if lon.abs() <= 180.0 { LatLon::new(lat, lon) } else { None };
    if position.is_none() {
        problems.push(FileProblem::PositionOffEarth { lat, lon });
    }
    position
}

/// A height in metres, or a problem where no camera can be: 4294967284 is a -12 that was written as a number without sign.
fn altitude(metres: f64, problems: &mut Vec<FileProblem>) -> Option<f64> {
    let possible = ALTITUDES_M.contains(&metres);
    if !possible {
        problems.push(FileProblem::AltitudeImpossible(metres));
    }
    possible.then_some(metres)
}

/// A heading in [0, 360), or a problem where it is none.
fn heading(degrees: f64, problems: &mut Vec<FileProblem>) -> Option<f64> {
    let possible = (-180.0..=360.0).contains(&degrees);
    if !possible {
        problems.push(FileProblem::HeadingImpossible(degrees));
    }
    possible.then(|| degrees.rem_euclid(360.0))
}

/// Datums that lie within a few metres of the one that maps use.
fn warn_of_datum(datum: &str, problems: &mut Vec<FileProblem>) {
    let letters: String = datum.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let near =
        ["WGS84", "WGS1984", "WGS1984EGM96", "WGS84EGM96", "NAD83", "ETRS89", "JGD2000", "JGD2011", "GDA94", "GCJ02"];
    if letters == "GCJ02" {
        problems.push(FileProblem::ShiftedDatum);
    } else if !near.contains(&letters.as_str()) {
        problems.push(FileProblem::OtherDatum(datum.to_owned()));
    }
}

/// Printable, on one line, of bounded length.
fn clean(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches('"').trim().to_owned()
}

/// Makers often begin the model with their own name, and it need not stand twice.
fn camera(make: Option<String>, model: Option<String>) -> Option<String> {
    match (make, model) {
        (Some(make), Some(model)) => {
            let first = make.split_whitespace().next().unwrap_or_default().to_lowercase();
            let repeats = model.to_lowercase().starts_with(&first);
            Some(if repeats { model } else { format!("{make} {model}") })
        }
        (make, model) => model.or(make),
    }
}
