//! XMP packets (ISO 16684-1): the properties that say where, when and with what, by the addresses of their namespaces.

use std::collections::HashMap;

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

use crate::picture::{Block, FileProblem};

use super::{
    HeadingReference, MAX_FIELDS, Metadata, altitude, angle, camera, clean, heading, position, time, warn_of_datum,
};

const RDF: &[u8] = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// A packet nested deeper is not read on.
const MAX_DEPTH: usize = 64;

/// The namespaces whose properties are understood, by a short name.
const NAMESPACES: [(&[u8], &str); 8] = [
    (b"http://ns.adobe.com/exif/1.0/", "exif"),
    (b"http://cipa.jp/exif/1.0/", "exifEX"),
    (b"http://ns.adobe.com/exif/1.0/aux/", "aux"),
    (b"http://ns.adobe.com/tiff/1.0/", "tiff"),
    (b"http://ns.adobe.com/xap/1.0/", "xmp"),
    (b"http://ns.adobe.com/photoshop/1.0/", "photoshop"),
    (b"http://www.dji.com/drone-dji/1.0/", "drone-dji"),
    (b"http://ns.google.com/photos/1.0/panorama/", "GPano"),
];

/// What a packet says; nothing of one that is no XML.
pub(super) fn read(packet: &[u8]) -> Metadata {
    let found = properties(&text_of(packet));
    let get = |name: &str| found.known.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let mut metadata = Metadata { fields: found.shown, ..Metadata::default() };
    if found.broken {
        metadata.problems.push(FileProblem::XmpDamaged);
    }
    read_position(&get, &mut metadata);
    let owned = |name: &str| get(name).map(clean);
    metadata.camera = camera(owned("tiff:Make"), owned("tiff:Model"));
    metadata.lens = owned("exifEX:LensModel").or_else(|| owned("aux:Lens"));
    metadata.software = owned("xmp:CreatorTool").or_else(|| owned("tiff:Software"));
    metadata.orientation =
        get("tiff:Orientation").and_then(|text| text.parse().ok()).filter(|value| (1..=8).contains(value));
    // When the document was made (`xmp:CreateDate`) is no time of taking.
    let times = ["exif:DateTimeOriginal", "photoshop:DateCreated", "exif:DateTimeDigitized"];
    metadata.taken = times.into_iter().find_map(|name| match time::read(get(name)?, None) {
        time::Reading::Time(time) => Some(time),
        _ => None,
    });
    metadata
}

/// Position, height and heading: Exif's names before the drone maker's.
fn read_position<'a>(get: &impl Fn(&str) -> Option<&'a str>, metadata: &mut Metadata) {
    let problems = &mut metadata.problems;
    let exif = (get("exif:GPSLatitude"), get("exif:GPSLongitude"));
    // Early drones spell their longitude wrongly.
    let drone_longitude = get("drone-dji:GpsLongitude").or_else(|| get("drone-dji:GpsLongtitude"));
    let drone = (get("drone-dji:GpsLatitude"), drone_longitude);
    let references = (get("exif:GPSLatitudeRef"), get("exif:GPSLongitudeRef"));
    metadata.gps = [(exif, references), (drone, (None, None))].into_iter().find_map(|(texts, references)| {
        let (latitude, longitude) = match texts {
            (Some(latitude), Some(longitude)) => (latitude, longitude),
            (None, None) => return None,
            _ => {
                problems.push(FileProblem::HalfPosition(Block::Xmp));
                return None;
            }
        };
        let lat = angle::read(latitude, references.0, ['N', 'S'], 90.0);
        let lon = angle::read(longitude, references.1, ['E', 'W'], 180.0);
        let Some((lat, lon)) = lat.zip(lon) else {
            let (latitude, longitude) = (clean(latitude), clean(longitude));
            problems.push(FileProblem::PositionNotRead { latitude, longitude });
            return None;
        };
        position(lat, lon, problems)
    });
    metadata.gps_datum = get("exif:GPSMapDatum").map(clean);
    if let (Some(_), Some(datum)) = (metadata.gps, &metadata.gps_datum) {
        warn_of_datum(datum, problems);
    }
    metadata.gps_time = get("exif:GPSTimeStamp").and_then(|text| match time::read(text, None) {
        time::Reading::Time(time) if time.len() > 10 => Some(format!("{} UTC", time.trim_end_matches(" +00:00"))),
        _ => None,
    });
    let below = matches!(get("exif:GPSAltitudeRef"), Some("1" | "3"));
    let sea = get("exif:GPSAltitude")
        .and_then(angle::number)
        .map(|metres| if below { -metres.abs() } else { metres })
        .or_else(|| get("drone-dji:AbsoluteAltitude").and_then(angle::number));
    metadata.altitude_m = sea.and_then(|metres| altitude(metres, problems));
    read_heading(get, metadata);
}

fn read_heading<'a>(get: &impl Fn(&str) -> Option<&'a str>, metadata: &mut Metadata) {
    let north = match get("exif:GPSImgDirectionRef") {
        Some("T") => Some(HeadingReference::True),
        Some("M") => Some(HeadingReference::Magnetic),
        _ => None,
    };
    let named = |name: &str| get(name).and_then(angle::number);
    // A camera that looks straight down looks towards no side.
    let looks_down = named("drone-dji:GimbalPitchDegree").is_some_and(|pitch| pitch < -75.0);
    let gimbal = || named("drone-dji:GimbalYawDegree").filter(|_| !looks_down);
    let found = named("exif:GPSImgDirection")
        .map(|degrees| (degrees, north))
        .or_else(|| gimbal().or_else(|| named("GPano:PoseHeadingDegrees")).map(|degrees| (degrees, None)));
    if let Some((degrees, north)) = found {
        metadata.heading_deg = heading(degrees, &mut metadata.problems);
        metadata.heading_reference = north.filter(|_| metadata.heading_deg.is_some());
    }
}

/// The properties of a packet.
#[derive(Default)]
struct Properties {
    /// By short namespace and name, the first of each.
    known: HashMap<String, String>,
    /// Every simple one, as the packet spells it.
    shown: Vec<(String, String)>,
    broken: bool,
}

impl Properties {
    fn add(&mut self, namespace: &ResolveResult<'_>, local: &[u8], spelled: &[u8], value: &str) {
        let value = value.trim();
        let ResolveResult::Bound(namespace) = namespace else { return };
        if value.is_empty() || namespace.0 == RDF {
            return;
        }
        if let Some((_, short)) = NAMESPACES.iter().find(|(address, _)| *address == namespace.0) {
            let name = format!("{short}:{}", String::from_utf8_lossy(local));
            self.known.entry(name).or_insert_with(|| value.chars().take(1000).collect());
        }
        if self.shown.len() < MAX_FIELDS {
            self.shown.push((clean(&format!("XMP {}", String::from_utf8_lossy(spelled))), clean(value)));
        }
    }
}

/// Properties are attributes of the descriptions that stand directly in the packet, or elements in them; a list gives
/// its first text.
fn properties(packet: &str) -> Properties {
    let mut found = Properties::default();
    let mut reader = NsReader::from_str(packet);
    // Names of the open elements, and how many of them stood open at the start of RDF.
    let mut open: Vec<Vec<u8>> = Vec::new();
    let mut rdf = None;
    let mut text = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                let (namespace, local) = reader.resolver().resolve_element(element.name());
                if rdf.is_none()
                    && local.as_ref() == b"RDF"
                    && namespace == ResolveResult::Bound(quick_xml::name::Namespace(RDF))
                {
                    rdf = Some(open.len());
                }
                if rdf.is_some_and(|rdf| open.len() == rdf + 1) {
                    add_attributes(&reader, &element, &mut found);
                }
                open.push(element.name().as_ref().to_vec());
                text.clear();
                if open.len() > MAX_DEPTH {
                    found.broken = true;
                    return found;
                }
            }
            Ok(Event::Empty(element)) if rdf.is_some_and(|rdf| open.len() == rdf + 1) => {
                add_attributes(&reader, &element, &mut found);
            }
            Ok(Event::Text(part)) => text.push_str(&part.decode().unwrap_or_default()),
            Ok(Event::GeneralRef(part)) => {
                let entity = part.decode().unwrap_or_default();
                text.push_str(&quick_xml::escape::unescape(&format!("&{entity};")).unwrap_or_default());
            }
            Ok(Event::End(_)) => {
                // A property, or an item of the list that it holds.
                if let Some(name) = rdf.and_then(|rdf| open.get(rdf + 2)) {
                    let (namespace, local) = reader.resolver().resolve_element(quick_xml::name::QName(name));
                    found.add(&namespace, local.as_ref(), name, &text);
                }
                text.clear();
                open.pop();
            }
            Ok(Event::Eof) => return found,
            Ok(_) => {}
            Err(_) => {
                found.broken = true;
                return found;
            }
        }
    }
}

fn add_attributes(reader: &NsReader<&[u8]>, element: &BytesStart<'_>, found: &mut Properties) {
    for attribute in element.attributes().with_checks(false).flatten() {
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        if let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) {
            found.add(&namespace, local.as_ref(), attribute.key.as_ref(), &value);
        }
    }
}

/// A packet is UTF-8, or UTF-16 with a mark in front.
fn text_of(packet: &[u8]) -> String {
    let (text, _, _) = encoding_rs::UTF_8.decode(packet);
    text.trim_matches('\0').to_owned()
}
