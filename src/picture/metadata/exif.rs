//! Exif (2.3 and 3.0): the fields that cameras write.

use std::fmt::{self, Write as _};

use ::exif::{Exif, Field, In, Reader, Tag, Value};

use crate::geo::LatLon;

use crate::picture::{Block, FileProblem, tiff};

use super::{
    HeadingReference, MAX_FIELDS, MAX_TEXT, Metadata, altitude, camera, clean, heading, mapillary, time, warn_of_datum,
};

/// Reads a block, which is a TIFF in form; a damaged one gives what can be read, and a problem.
pub(super) fn read(mut block: Vec<u8>) -> Metadata {
    let mut metadata = Metadata::default();
    let mut damage = Vec::new();
    let holds_too_much = tiff::holds_too_much(&block);
    if !tiff::make_plain(&mut block) {
        metadata.problems.push(FileProblem::MetadataDamaged("it has more fields than a picture has".to_owned()));
        return metadata;
    }
    let exif = Reader::new().continue_on_error(true).read_raw(block).or_else(|error| {
        error.distill_partial_result(|errors| damage = errors.iter().map(ToString::to_string).collect())
    });
    match exif {
        Ok(exif) => fill(&mut metadata, &exif),
        Err(error) => damage.push(error.to_string()),
    }
    if holds_too_much {
        damage.push("its longest fields hold more than is read".to_owned());
    }
    if let Some(first) = damage.first() {
        metadata.problems.push(FileProblem::MetadataDamaged(clean(first)));
    }
    metadata
}

/// The small picture that cameras put beside the large one: a JPEG, as its bytes.
pub(super) fn thumbnail(mut block: Vec<u8>) -> Option<Vec<u8>> {
    if !tiff::make_plain(&mut block) {
        return None;
    }
    let exif = Reader::new().continue_on_error(true).read_raw(block);
    let exif = exif.or_else(|error| error.distill_partial_result(|_| {})).ok()?;
    let number = |tag| exif.get_field(tag, In::THUMBNAIL)?.value.get_uint(0).map(|number| number as usize);
    let (start, length) = (number(Tag::JPEGInterchangeFormat)?, number(Tag::JPEGInterchangeFormatLength)?);
    exif.buf().get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
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
    metadata.taken = taken
        .into_iter()
        .find_map(|(time, offset)| taken_at(&text(time)?, text(offset).as_deref(), &mut metadata.problems));
    metadata.gps = position(exif, &mut metadata.problems);
    metadata.altitude_m = height(exif, &mut metadata.problems);
    metadata.gps_time = gps_time(exif, &mut metadata.problems);
    metadata.gps_datum = text(Tag::GPSMapDatum);
    if let (Some(_), Some(datum)) = (metadata.gps, &metadata.gps_datum) {
        warn_of_datum(datum, &mut metadata.problems);
    }
    metadata.heading_deg = field(Tag::GPSImgDirection)
        .and_then(|field| known(field, FileProblem::HeadingNoNumber, &mut metadata.problems))
        .and_then(|degrees| heading(degrees, &mut metadata.problems));
    if metadata.heading_deg.is_some() {
        metadata.heading_reference = text(Tag::GPSImgDirectionRef).and_then(|letter| heading_reference(&letter));
    }
    let street = field(Tag::ImageDescription).and_then(|field| match &field.value {
        Value::Ascii(lines) => mapillary::read(&String::from_utf8_lossy(&lines.concat())),
        _ => None,
    });
    if let Some(street) = street {
        metadata.complete(street);
    }
    let fields = exif.fields().filter(|field| field.ifd_num == In::PRIMARY && !is_blob(&field.value));
    metadata.fields = fields
        .take(MAX_FIELDS)
        .map(|field| (field.tag.to_string(), shown(field, exif)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
}

/// Latitude and longitude, or a problem where the file has them and they make no sense.
fn position(exif: &Exif, problems: &mut Vec<FileProblem>) -> Option<LatLon> {
    let field = |tag| exif.get_field(tag, In::PRIMARY);
    let (latitude, longitude) = match (field(Tag::GPSLatitude), field(Tag::GPSLongitude)) {
        (Some(latitude), Some(longitude)) => (latitude, longitude),
        (None, None) => return None,
        _ => {
            problems.push(FileProblem::HalfPosition(Block::Exif));
            return None;
        }
    };
    let (Some(lat), Some(lon)) = (degrees(latitude), degrees(longitude)) else {
        problems.push(FileProblem::PositionNotDegrees);
        return None;
    };
    let letter = |tag| field(tag).and_then(text_of)?.chars().next().map(|letter| letter.to_ascii_uppercase());
    let (lat, lon) = match (letter(Tag::GPSLatitudeRef), letter(Tag::GPSLongitudeRef)) {
        (Some(ns @ ('N' | 'S')), Some(ew @ ('E' | 'W'))) => {
            (if ns == 'S' { -lat } else { lat }, if ew == 'W' { -lon } else { lon })
        }
        _ => {
            problems.push(FileProblem::PositionWithoutSides { lat, lon });
            return None;
        }
    };
    let position = super::position(lat, lon, problems);
    if field(Tag::GPSStatus).and_then(text_of).is_some_and(|status| status == "V") {
        problems.push(FileProblem::PositionUncertain);
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
    // Cameras that write minutes with decimals leave the seconds open.
    let sixtieths = |at: usize| {
        let absent = at >= n_parts || is_open(field, at);
        if absent { Some(0.0) } else { number(field, at).filter(|part| (0.0..=60.0).contains(part)) }
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

/// T for true, M for magnetic (Exif 2.3, GPSImgDirectionRef).
fn heading_reference(letter: &str) -> Option<HeadingReference> {
    match letter.chars().next()?.to_ascii_uppercase() {
        'T' => Some(HeadingReference::True),
        'M' => Some(HeadingReference::Magnetic),
        _ => None,
    }
}

/// A field's number; a problem where it has one that cannot be read. A fraction of 0/0 is how cameras leave it open.
fn known(field: &Field, problem: FileProblem, problems: &mut Vec<FileProblem>) -> Option<f64> {
    let number = number(field, 0);
    if number.is_none() && !is_open(field, 0) {
        problems.push(problem);
    }
    number
}

/// Whether a part is 0/0, which is how cameras say that they do not know.
fn is_open(field: &Field, at: usize) -> bool {
    match &field.value {
        Value::Rational(parts) => parts.get(at).is_some_and(|part| part.num == 0 && part.denom == 0),
        Value::SRational(parts) => parts.get(at).is_some_and(|part| part.num == 0 && part.denom == 0),
        _ => false,
    }
}

/// Metres; the references 0 and 2 are above, 1 and 3 below (Exif 3.0, GPSAltitudeRef: the ellipsoid and the sea).
fn height(exif: &Exif, problems: &mut Vec<FileProblem>) -> Option<f64> {
    let field = |tag| exif.get_field(tag, In::PRIMARY);
    let metres = known(field(Tag::GPSAltitude)?, FileProblem::AltitudeNoNumber, problems)?;
    let reference = field(Tag::GPSAltitudeRef).and_then(|field| field.value.get_uint(0));
    let below = matches!(reference, Some(1 | 3));
    altitude(if below { -metres.abs() } else { metres }, problems)
}

/// The time of taking; a problem where the file has one that is no date.
fn taken_at(text: &str, offset: Option<&str>, problems: &mut Vec<FileProblem>) -> Option<String> {
    match time::read(text, offset) {
        time::Reading::Time(time) => Some(time),
        time::Reading::Unset => None,
        time::Reading::Nonsense => {
            problems.push(FileProblem::TakenNoDate(text.to_owned()));
            None
        }
    }
}

/// Date and time of day of the position, in UTC.
fn gps_time(exif: &Exif, problems: &mut Vec<FileProblem>) -> Option<String> {
    let field = |tag| exif.get_field(tag, In::PRIMARY);
    let clock = field(Tag::GPSTimeStamp)?;
    let parts = [number(clock, 0), number(clock, 1), number(clock, 2)];
    let [Some(hour), Some(minute), Some(second)] = parts else {
        if !is_open(clock, 0) {
            problems.push(FileProblem::GpsTimeNotRead);
        }
        return None;
    };
    let clock = format!("{hour:02.0}:{minute:02.0}:{:02.0}", second.floor());
    let date = field(Tag::GPSDateStamp).and_then(text_of);
    match time::read(&format!("{} {clock}", date.as_deref().unwrap_or("2000:01:01")), None) {
        time::Reading::Time(time) if date.is_some() => Some(format!("{time} UTC")),
        time::Reading::Time(_) => Some(format!("{clock} UTC")),
        time::Reading::Unset => None,
        time::Reading::Nonsense => {
            problems.push(FileProblem::GpsTimeNone(format!("{} {clock}", date.unwrap_or_default())));
            None
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const ASCII: u16 = 2;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;

    /// A directory's entries (tag, type, count, value or where it lies) without what should follow them.
    fn directory(entries: &[(u16, u16, u32, u32)]) -> Vec<u8> {
        let mut bytes = (entries.len() as u16).to_be_bytes().to_vec();
        for &(tag, kind, count, value) in entries {
            bytes.extend([tag, kind].map(u16::to_be_bytes).as_flattened());
            bytes.extend([count, value].map(u32::to_be_bytes).as_flattened());
        }
        bytes
    }

    fn longs(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// As some telephones write it: where behind the directories about the taking and the place the next one's offset should
    /// stand, an exposure of 1/60 s and a latitude of 48 degrees stand at once.
    fn file_without_ends() -> Vec<u8> {
        let letter = |letter: u8| u32::from_be_bytes([letter, 0, 0, 0]);
        let parts = [
            b"MM\0*\0\0\0\x08".to_vec(),
            directory(&[(0x010f, ASCII, 8, 50), (0x8769, LONG, 1, 78), (0x8825, LONG, 1, 112)]),
            longs(&[0]),
            b"OnePlus\0".to_vec(),
            b"2017:07:14 10:20:30\0".to_vec(),
            directory(&[(0x829a, RATIONAL, 1, 104), (0x9003, ASCII, 20, 58)]),
            longs(&[1, 60]),
            directory(&[
                (1, ASCII, 2, letter(b'N')),
                (2, RATIONAL, 3, 162),
                (3, ASCII, 2, letter(b'W')),
                (4, RATIONAL, 3, 186),
            ]),
            longs(&[48, 1, 4, 1, 51, 1]),
            longs(&[1, 1, 40, 1, 4, 1]),
        ];
        parts.concat()
    }

    #[test]
    fn data_that_lies_at_once_behind_the_directories_is_taken_for_none() {
        let read = read(file_without_ends());
        let at = read.gps.expect("the file has a position");
        assert!((at.lat - 48.080_833).abs() < 1e-5 && (at.lon + 1.667_778).abs() < 1e-5, "{at:?}");
        assert_eq!(read.taken.as_deref(), Some("2017-07-14 10:20:30"));
        assert_eq!(read.camera.as_deref(), Some("OnePlus"));
    }

    #[test]
    fn a_field_that_is_emptied_is_told() {
        let texts = directory(&[(0x010f, ASCII, 600_000, 38), (0x0110, ASCII, 700_000, 38)]);
        let mut file = [b"MM\0*\0\0\0\x08".to_vec(), texts, longs(&[0])].concat();
        file.resize(800_000, b'a');
        let damage = "its longest fields hold more than is read".to_owned();
        assert_eq!(read(file).problems, [FileProblem::MetadataDamaged(damage)]);
    }
}
