//! Writes findings for reading, and in the formats that other programs read: JSON, GeoJSON, KML and CSV. Each document ends
//! with a line break.

mod answer;
pub mod evaluation;
mod format;
mod json;
mod markup;
pub mod training;

use std::fmt::Write as _;

use serde_json::{Value, json};

pub use answer::text;
pub use format::Format;
use json::json;

use crate::{
    dataset::table::{path_cell, text_cell},
    geo::{self, Region},
    predict::{
        finding::{Candidate, Evidence, EvidenceKind, Finding, Outcome},
        statement::Statement,
    },
    words::{self, percent},
};

/// A feature collection: each picture, without geometry, with who answered and what must be known; candidates, the circles
/// that hold half and nine tenths of the probability, the position that the file itself gives, and the areas that the user has
/// drawn or loaded.
fn geojson(outcomes: &[Outcome]) -> String {
    let features: Vec<Value> = outcomes
        .iter()
        .flat_map(|outcome| match outcome {
            Outcome::Found(found) => features_of(found),
            Outcome::Failed(failure) => {
                let properties = json!({ "role": "failed", "picture": failure.picture.path, "error": failure.error });
                vec![json!({ "type": "Feature", "geometry": null, "properties": properties })]
            }
        })
        .collect();
    format!("{:#}\n", json!({ "type": "FeatureCollection", "features": features }))
}

fn gps(found: &Finding) -> Option<&Evidence> {
    found.evidence.iter().find(|evidence| evidence.kind == EvidenceKind::MetadataGps && evidence.position.is_some())
}

fn features_of(found: &Finding) -> Vec<Value> {
    let point = |lat: f64, lon: f64| json!({ "type": "Point", "coordinates": [lon, lat] });
    let feature = |geometry: Value, properties: Value| json!({ "type": "Feature", "geometry": geometry, "properties": properties });
    let path = &found.picture.path;
    let kind = found.probability_kind;
    let problems: Vec<String> = found.problems.iter().map(words::problem).collect();
    let properties = json!({
        "role": "picture", "picture": path, "sha256": found.picture.sha256, "model": found.model,
        "program": found.program, "probability_kind": kind, "problems": problems,
    });
    let mut features = vec![feature(Value::Null, properties)];
    features.extend(found.candidates.iter().map(|candidate| {
        let properties = json!({
            "role": "candidate", "picture": path, "rank": candidate.rank, "probability": candidate.probability,
            "probability_kind": kind.of_candidates(), "within_100_km": candidate.within_100_km,
            "within_100_km_kind": kind, "country": candidate.country, "country_code": candidate.country_code,
            "region": candidate.region, "city": candidate.city, "model": found.model.name,
        });
        feature(point(candidate.lat, candidate.lon), properties)
    }));
    // RFC 7946 lets a feature have no geometry: a circle around both poles has no outline on a flat map.
    let multi_polygon = |polygons: Vec<Value>| {
        if polygons.is_empty() { Value::Null } else { json!({ "type": "MultiPolygon", "coordinates": polygons }) }
    };
    for (role, share, km, rings) in circles(found) {
        let polygons = rings.iter().map(|ring| json!([ring])).collect();
        let properties = json!({ "role": role, "picture": path, "share": share, "share_kind": kind, "radius_km": km });
        features.push(feature(multi_polygon(polygons), properties));
    }
    for (evidence, region, is_inside) in areas(found) {
        let polygons = region.flat_polygons().map(|rings| json!(rings)).collect();
        let properties = json!({
            "role": if is_inside { "only_here" } else { "not_here" }, "picture": path, "id": evidence.id,
            "text": words::statement(&evidence.statement), "strength": evidence.strength, "on": evidence.on,
        });
        features.push(feature(multi_polygon(polygons), properties));
    }
    if let Some((evidence, at)) = gps(found).and_then(|evidence| Some((evidence, evidence.position?))) {
        let properties =
            json!({ "role": "metadata_gps", "picture": path, "text": words::statement(&evidence.statement) });
        features.push(feature(point(at.lat, at.lon), properties));
    }
    features
}

type Circle = (&'static str, f64, f64, Vec<Vec<[f64; 2]>>);

/// The circles around the first candidate, the wider one first so that the other is drawn on it.
fn circles(found: &Finding) -> Vec<Circle> {
    let Some(centre) = found.candidates.first().and_then(Candidate::position) else { return Vec::new() };
    [("credible_p90", 0.9, found.credible_km.p90), ("credible_p50", 0.5, found.credible_km.p50)]
        .into_iter()
        .map(|(role, share, km)| (role, share, km, geo::circle_rings(centre, km)))
        .collect()
}

/// The regions that the user has drawn or loaded, and whether the picture was taken there or elsewhere.
fn areas(found: &Finding) -> impl Iterator<Item = (&Evidence, &Region, bool)> {
    found.evidence.iter().filter_map(|evidence| match &evidence.statement {
        Statement::Area { area, is_inside } => Some((evidence, area.region()?, *is_inside)),
        _ => None,
    })
}

/// The same for globes and map programs, one folder a picture.
fn kml(outcomes: &[Outcome]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n\
         <name>Terrasight</name>\n<Style id=\"area\"><PolyStyle><color>330080ff</color></PolyStyle></Style>\n",
    );
    for outcome in outcomes {
        match outcome {
            Outcome::Found(found) => folder(&mut out, found),
            Outcome::Failed(failure) => {
                let (name, error) = (xml(&failure.picture.path), described(&failure.error));
                // Writing to a String cannot fail.
                let _ = writeln!(out, "<Folder><name>{name}</name><description>{error}</description></Folder>");
            }
        }
    }
    out + "</Document>\n</kml>\n"
}

fn folder(out: &mut String, found: &Finding) {
    let what = match found.candidates.is_empty() {
        true => words::no_place_in_full(found),
        false => format!("{}.", words::scores(found.probability_kind)),
    };
    let note = format!("{}; {what}", found.model.name);
    let note = std::iter::once(note).chain(found.problems.iter().map(words::problem)).collect::<Vec<_>>().join(" ");
    let mut lines = vec![format!(
        "<Folder><name>{}</name><description>{}</description>",
        xml(&found.picture.path),
        described(&note)
    )];
    for candidate in &found.candidates {
        let name =
            format!("{}. {} ({})", candidate.rank, words::around_in_full(candidate), percent(candidate.probability));
        let near = format!("{} within 100 km", percent(candidate.within_100_km));
        lines.push(placemark(&name, &near, candidate.lat, candidate.lon));
    }
    if let Some((evidence, at)) = gps(found).and_then(|evidence| Some((evidence, evidence.position?))) {
        lines.push(placemark("Position in the file", &words::statement(&evidence.statement), at.lat, at.lon));
    }
    for (_, share, km, rings) in circles(found) {
        if rings.is_empty() {
            continue;
        }
        let polygons: String = rings.iter().map(|ring| polygon(std::slice::from_ref(ring))).collect();
        lines.push(area_placemark(&format!("{} within {km:.0} km", percent(share)), "", &polygons));
    }
    for (evidence, region, _) in areas(found) {
        let polygons: String = region.flat_polygons().map(|rings| polygon(&rings)).collect();
        let note = format!("{}, {}", words::evidence_weight(evidence), words::source(&evidence.source));
        lines.push(area_placemark(&words::statement(&evidence.statement), &note, &polygons));
    }
    lines.push("</Folder>\n".to_owned());
    out.push_str(&lines.join("\n"));
}

fn placemark(name: &str, text: &str, lat: f64, lon: f64) -> String {
    let (name, text) = (xml(name), described(text));
    let description = if text.is_empty() { text } else { format!("<description>{text}</description>") };
    format!(
        "<Placemark><name>{name}</name>{description}<Point><coordinates>{lon:.6},{lat:.6}</coordinates></Point></Placemark>"
    )
}

fn area_placemark(name: &str, text: &str, polygons: &str) -> String {
    let (name, text) = (xml(name), described(text));
    let description = if text.is_empty() { text } else { format!("<description>{text}</description>") };
    format!(
        "<Placemark><name>{name}</name>{description}<styleUrl>#area</styleUrl><MultiGeometry>{polygons}</MultiGeometry></Placemark>"
    )
}

/// A polygon of closed rings: the outer one, then the holes.
fn polygon(rings: &[Vec<[f64; 2]>]) -> String {
    let boundary = |(at, ring): (usize, &Vec<[f64; 2]>)| {
        let points: Vec<String> = ring.iter().map(|[lon, lat]| format!("{lon:.5},{lat:.5}")).collect();
        let name = if at == 0 { "outerBoundaryIs" } else { "innerBoundaryIs" };
        format!("<{name}><LinearRing><coordinates>{}</coordinates></LinearRing></{name}>", points.join(" "))
    };
    format!("<Polygon>{}</Polygon>", rings.iter().enumerate().map(boundary).collect::<String>())
}

/// Text for a description, which globes show as HTML with `$[..]` filled in: it stays the text it is.
fn described(text: &str) -> String {
    xml(&xml(text).replace("$[", "&#36;["))
}

/// Text for XML: the five signs escaped, and the characters that XML 1.0 forbids left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

const COLUMNS: [&str; 22] = [
    "path",
    "sha256",
    "rank",
    "latitude",
    "longitude",
    "probability",
    "probability_kind",
    "within_100_km",
    "within_100_km_kind",
    "country_code",
    "country",
    "region",
    "city",
    "p50_km",
    "p90_km",
    "file_latitude",
    "file_longitude",
    "file_taken",
    "file_camera",
    "file_heading_deg",
    "problems",
    "error",
];

/// One row a candidate, and one for a picture without any or that failed; the first row names the columns. No cell is read
/// as a formula by a spreadsheet.
fn csv(outcomes: &[Outcome]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    for outcome in outcomes {
        match outcome {
            Outcome::Found(found) if found.candidates.is_empty() => rows.push(row(found, None)),
            Outcome::Found(found) => rows.extend(found.candidates.iter().map(|candidate| row(found, Some(candidate)))),
            Outcome::Failed(failure) => {
                let mut row = COLUMNS.map(|_| String::new());
                row[0] = path_cell(&failure.picture.path);
                row[21] = text_cell(&failure.error);
                rows.push(row);
            }
        }
    }
    // All rows are equally long and the writer's target is memory, so no write fails.
    for row in rows {
        let _ = out.write_record(&row);
    }
    out.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn row(found: &Finding, candidate: Option<&Candidate>) -> [String; 22] {
    let kind = found.probability_kind;
    let of = |value: fn(&Candidate) -> String| candidate.map_or_else(String::new, value);
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let wide = |km: f64| if candidate.is_some() { km.to_string() } else { String::new() };
    let file = &found.picture.metadata;
    let text = |text: &Option<String>| text_cell(text.as_deref().unwrap_or(""));
    [
        path_cell(&found.picture.path),
        found.picture.sha256.clone(),
        of(|c| c.rank.to_string()),
        of(|c| c.lat.to_string()),
        of(|c| c.lon.to_string()),
        of(|c| c.probability.to_string()),
        kind.of_candidates().name().to_owned(),
        of(|c| c.within_100_km.to_string()),
        kind.name().to_owned(),
        of(|c| c.country_code.map_or_else(String::new, |code| code.to_string())),
        of(|c| text_cell(&c.country)),
        of(|c| text_cell(&c.region)),
        of(|c| text_cell(&c.city)),
        wide(found.credible_km.p50),
        wide(found.credible_km.p90),
        number(file.position.map(|position| position.lat)),
        number(file.position.map(|position| position.lon)),
        text(&file.taken),
        text(&file.camera),
        number(file.heading_deg),
        text_cell(&found.problems.iter().map(words::problem).collect::<Vec<_>>().join(" ")),
        String::new(),
    ]
}

#[cfg(test)]
mod tests;
