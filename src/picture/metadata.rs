//! What a file says of itself: Exif in JPEG, TIFF, PNG, WebP, HEIC and AVIF. It is read from strangers' files, so every
//! number is checked and what makes no sense becomes a problem in plain words, never a place.

use std::{
    fmt::{self, Write as _},
    io::{BufRead, Seek},
};

use exif::{Exif, Field, In, Reader, Tag, Value};

use crate::geo::LatLon;

/// Files with more fields than this list only the first.
const MAX_FIELDS: usize = 400;

/// A field's text is cut here, in characters.
const MAX_TEXT: usize = 200;

/// What a picture's file says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Where the camera says it was.
    pub gps: Option<LatLon>,
    /// Metres above the sea, below it negative.
    pub altitude_m: Option<f64>,
    /// Where the camera looked, degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// When it was taken, `2024-05-31 14:03:09`, with the offset from UTC where the file has one.
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
    /// What makes no sense in it, in plain words.
    pub problems: Vec<String>,
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

/// Reads what there is; a file without metadata gives an empty answer, a damaged one a problem.
pub(super) fn read<R: BufRead + Seek>(reader: &mut R) -> Metadata {
    let mut metadata = Metadata::default();
    let mut damage = Vec::new();
    let exif = Reader::new().continue_on_error(true).read_from_container(reader).or_else(|error| {
        error.distill_partial_result(|errors| damage = errors.iter().map(ToString::to_string).collect())
    });
    match exif {
        Ok(exif) => fill(&mut metadata, &exif),
        Err(exif::Error::NotFound(_)) => {}
        // The decoder says what is wrong with the file itself.
        Err(exif::Error::InvalidFormat(reason)) if reason.contains("Unknown image format") => {}
        Err(error) => damage.push(error.to_string()),
    }
    if let Some(first) = damage.first() {
        metadata.problems.push(format!("Some of the picture's metadata is damaged ({}).", clean(first)));
    }
    metadata
}

fn fill(metadata: &mut Metadata, exif: &Exif) {
    let field = |tag| exif.get_field(tag, In::PRIMARY);
    let text = |tag| field(tag).and_then(text_of);
    metadata.camera = camera(text(Tag::Make), text(Tag::Model));
    metadata.lens = text(Tag::LensModel);
    metadata.software = text(Tag::Software);
    metadata.orientation = field(Tag::Orientation)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| (1..=8).contains(value));
    let taken = [(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal), (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized)];
    metadata.taken = taken.into_iter().find_map(|(time, offset)| time_of(&text(time)?, text(offset)));
    metadata.gps = position(exif, &mut metadata.problems);
    metadata.altitude_m = field(Tag::GPSAltitude).and_then(|field| number(field, 0)).map(|metres| {
        let below = field(Tag::GPSAltitudeRef).and_then(|field| field.value.get_uint(0)) == Some(1);
        if below { -metres } else { metres }
    });
    metadata.heading_deg = field(Tag::GPSImgDirection)
        .and_then(|field| number(field, 0))
        .filter(|degrees| (0.0..=360.0).contains(degrees))
        .map(|degrees| degrees.rem_euclid(360.0));
    let fields = exif.fields().filter(|field| field.ifd_num == In::PRIMARY && !is_blob(&field.value));
    metadata.fields = fields
        .take(MAX_FIELDS)
        .map(|field| (field.tag.to_string(), shown(field, exif)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
}

/// Latitude and longitude, or a problem where the file has them and they make no sense.
fn position(exif: &Exif, problems: &mut Vec<String>) -> Option<LatLon> {
    let field = |tag| exif.get_field(tag, In::PRIMARY);
    let (latitude, longitude) = match (field(Tag::GPSLatitude), field(Tag::GPSLongitude)) {
        (Some(latitude), Some(longitude)) => (latitude, longitude),
        (None, None) => return None,
        _ => {
            problems.push("The file has half a GPS position (latitude or longitude alone); it is not used.".to_owned());
            return None;
        }
    };
    let (Some(lat), Some(lon)) = (degrees(latitude), degrees(longitude)) else {
        problems
            .push("The file has GPS fields that are no degrees, minutes and seconds; they are not used.".to_owned());
        return None;
    };
    let letter = |tag| field(tag).and_then(text_of)?.chars().next().map(|letter| letter.to_ascii_uppercase());
    let (lat, lon) = match (letter(Tag::GPSLatitudeRef), letter(Tag::GPSLongitudeRef)) {
        (Some(ns @ ('N' | 'S')), Some(ew @ ('E' | 'W'))) => {
            (if ns == 'S' { -lat } else { lat }, if ew == 'W' { -lon } else { lon })
        }
        _ => {
            problems.push(format!(
                "The file's GPS position ({lat:.4}, {lon:.4}) does not say north or south and east or west; it is not used."
            ));
            return None;
        }
    };
    if lat == 0.0 && lon == 0.0 {
        problems.push(
            "The file's GPS position is 0, 0, which cameras write when they have none; it is not used.".to_owned(),
        );
        return None;
    }
    let position = if lon.abs() <= 180.0 { LatLon::new(lat, lon) } else { None };
    if position.is_none() {
        problems.push(format!("The file's GPS position ({lat:.4}, {lon:.4}) is not on the Earth; it is not used."));
    }
    if field(Tag::GPSStatus).and_then(text_of).is_some_and(|status| status == "V") {
        problems.push("The GPS receiver marked its position as uncertain.".to_owned());
    }
    position
}

/// Degrees from one, two or three numbers: degrees, minutes, seconds.
fn degrees(field: &Field) -> Option<f64> {
    let n_parts = match &field.value {
        Value::Rational(parts) => parts.len(),
        Value::SRational(parts) => parts.len(),
        _ => 1,
    };
    let sixtieths = |at: usize| {
        if at >= n_parts { Some(0.0) } else { number(field, at).filter(|part| (0.0..=60.0).contains(part)) }
    };
    Some(number(field, 0)? + sixtieths(1)? / 60.0 + sixtieths(2)? / 3600.0)
}

fn number(field: &Field, at: usize) -> Option<f64> {
    let number = match &field.value {
        Value::Rational(parts) => parts.get(at)?.to_f64(),
        Value::SRational(parts) => parts.get(at)?.to_f64(),
        Value::Float(parts) => f64::from(*parts.get(at)?),
        Value::Double(parts) => *parts.get(at)?,
        other => f64::from(other.get_uint(at)?),
    };
    number.is_finite().then_some(number)
}

fn text_of(field: &Field) -> Option<String> {
    let Value::Ascii(lines) = &field.value else { return None };
    let text = clean(&lines.iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join(" "));
    (!text.is_empty()).then_some(text)
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

/// `2024:05:31 14:03:09` as people write it; none for the zeros and blanks of a camera whose clock was never set.
fn time_of(text: &str, offset: Option<String>) -> Option<String> {
    let time = exif::DateTime::from_ascii(text.as_bytes()).ok()?;
    let is_date = time.year > 0 && (1..=12).contains(&time.month) && (1..=31).contains(&time.day);
    if !is_date || time.hour > 23 || time.minute > 59 || time.second > 60 {
        return None;
    }
    let offset = offset.filter(|offset| is_offset(offset)).map_or(String::new(), |offset| format!(" {offset}"));
    Some(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}{offset}",
        time.year, time.month, time.day, time.hour, time.minute, time.second
    ))
}

/// `+02:00` and the like.
fn is_offset(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && matches!(bytes[0], b'+' | b'-')
        && bytes[3] == b':'
        && [1, 2, 4, 5].iter().all(|at| bytes[*at].is_ascii_digit())
}

fn is_blob(value: &Value) -> bool {
    matches!(value, Value::Undefined(bytes, _) if bytes.len() > 64)
        || matches!(value, Value::Byte(bytes) if bytes.len() > 64)
}

/// A field as people read it; writing stops at the bound, however many values a stranger's file claims.
fn shown(field: &Field, exif: &Exif) -> String {
    let mut start = Start(String::new());
    // An error says only that the bound was reached.
    let _ = write!(start, "{}", field.display_value().with_unit(exif));
    clean(&start.0)
}

/// Keeps the first of what is written to it.
struct Start(String);

impl fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() > MAX_TEXT * 4 {
            return Err(fmt::Error);
        }
        self.0.extend(text.chars().take(MAX_TEXT));
        Ok(())
    }
}

/// Printable, on one line, of bounded length.
fn clean(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches('"').trim().to_owned()
}
