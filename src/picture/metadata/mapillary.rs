//! Mapillary's own metadata: JSON that its tools write into Exif's image description.

use serde_json::Value;

use super::{HeadingReference, Metadata, altitude, heading, position, time};

/// What the description says; none where it is not Mapillary's.
pub(super) fn read(description: &str) -> Option<Metadata> {
    let json: Value = serde_json::from_str(description.trim_matches(|c: char| c == '\0' || c.is_whitespace())).ok()?;
    let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
    let mut metadata = Metadata::default();
    let problems = &mut metadata.problems;
    let (lat, lon) = (json.get("MAPLatitude").and_then(number), json.get("MAPLongitude").and_then(number));
    let gps = lat.zip(lon).and_then(|(lat, lon)| position(lat, lon, problems));
    let altitude_m = json.get("MAPAltitude").and_then(number).and_then(|metres| altitude(metres, problems));
    let compass = json.get("MAPCompassHeading");
    let norths = [("TrueHeading", HeadingReference::True), ("MagneticHeading", HeadingReference::Magnetic)];
    let towards = norths.into_iter().find_map(|(name, north)| {
        // Zero to both is what the tools write where there is no compass.
        let degrees = compass?.get(name).and_then(number).filter(|degrees| *degrees != 0.0)?;
        Some((heading(degrees, problems)?, north))
    });
    let taken = match json.get("MAPCaptureTime").and_then(Value::as_str).map(|text| time::read(text, None)) {
        // It is in UTC, which the text does not say.
        Some(time::Reading::Time(time)) => Some(format!("{time} +00:00")),
        _ => None,
    };
    let known = gps.is_some() || taken.is_some() || json.get("MAPLatitude").is_some();
    known.then(|| Metadata {
        gps,
        altitude_m,
        heading_deg: towards.map(|(degrees, _)| degrees),
        heading_reference: towards.map(|(_, north)| north),
        taken,
        ..metadata
    })
}
