//! An answer on its way out of the window: as text for the clipboard, or as a file.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::super::{Ask, View, words};
use crate::{
    assets, export,
    knowledge::ade20k::ClassWeights,
    locatability::Heatmap,
    picture::Picture,
    predict::finding::{Finding, Outcome},
    state::{Locatable, NotWritten},
};

/// What a file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For reading.
    Text,
    /// All of the finding, as `terrasight locate --format json` prints it.
    Json,
    /// The candidates as points.
    GeoJson,
    /// The candidates as placemarks.
    Kml,
    /// One row a candidate.
    Csv,
}

impl Format {
    /// All of them, the one for reading first.
    pub const ALL: [Self; 5] = [Self::Text, Self::Json, Self::GeoJson, Self::Kml, Self::Csv];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Json => "JSON",
            Self::GeoJson => "GeoJSON",
            Self::Kml => "KML",
            Self::Csv => "CSV",
        }
    }

    /// How its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::GeoJson => "geojson",
            Self::Kml => "kml",
            Self::Csv => "csv",
        }
    }

    fn written(self, finding: &Finding) -> String {
        let outcomes = || [Outcome::Found(Box::new(finding.clone()))];
        match self {
            Self::Text => text(finding),
            Self::Json => export::json(&outcomes()),
            Self::GeoJson => export::geojson(&outcomes()),
            Self::Kml => export::kml(&outcomes()),
            Self::Csv => export::csv(&outcomes()),
        }
    }
}

/// Writes a finding to a file, whole or not at all.
pub fn write(finding: &Finding, format: Format, path: &Path, may_replace: bool) -> Result<(), NotWritten> {
    write_file(path, format.written(finding).as_bytes(), may_replace)
}

/// Writes a file, whole or not at all. One that has come since the user was asked is not replaced either.
pub fn write_file(path: &Path, bytes: &[u8], may_replace: bool) -> Result<(), NotWritten> {
    let write = if may_replace { assets::write_whole } else { assets::write_new };
    write(path, bytes).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if !may_replace => NotWritten::IsThere,
        _ => NotWritten::Refused(error.to_string()),
    })
}

/// The selected picture's answer as text, to the clipboard.
pub fn copy_answer(view: &mut View<'_>) {
    if let Some(found) = view.state.selected().and_then(|entry| entry.found()) {
        view.asks.push(Ask::Copy(text(&found.finding)));
    }
}

/// A file's name after a picture's, with another ending.
pub fn named_like(picture: &str, ending: &str) -> PathBuf {
    let stem = Path::new(picture).file_stem().map_or_else(|| "picture".into(), |stem| stem.to_string_lossy());
    PathBuf::from(format!("{stem}.{ending}"))
}

/// Writes a picture with the weights of its classes over it, as PNG.
pub fn write_heatmap(
    picture: &Picture,
    locatable: &Locatable,
    heatmap: Heatmap,
    path: &Path,
    may_replace: bool,
) -> Result<(), NotWritten> {
    let labels = &locatable.labels;
    let size = (labels.width, labels.height);
    let painted = heatmap.over(&picture.pixels, &labels.labels, size, &ClassWeights::default());
    let mut png = Vec::new();
    painted
        .write_to(&mut io::Cursor::new(&mut png), image::ImageFormat::Png)
        .map_err(|error| NotWritten::Refused(error.to_string()))?;
    write_file(path, &png, may_replace)
}

/// A reason, and what was found in the picture of what it claims.
fn with_verdicts(finding: &Finding, number: usize, reason: &str) -> String {
    let found = words::verdicts(&finding.reasons, number).into_iter().map(|found| format!("  {found}"));
    std::iter::once(reason.to_owned()).chain(found).collect::<Vec<_>>().join("\n")
}

/// The answer for reading: place, how far to believe it, reasons, alternatives, cautions.
pub fn text(finding: &Finding) -> String {
    let mut lines = vec![finding.picture.path.clone()];
    if let Some(first) = finding.candidates.first() {
        lines.push(format!("Around {} ({})", words::place(first), words::coordinates(first.lat, first.lon)));
        lines.push(format!(
            "{}; {} within 100 km of it; half within {}, nine tenths within {}. {}",
            words::percent(first.probability),
            words::percent(first.within_100_km),
            words::kilometres(finding.credible_km.p50),
            words::kilometres(finding.credible_km.p90),
            words::probability_kind(finding)
        ));
    }
    let mut list = |title: &str, items: &mut dyn Iterator<Item = String>| {
        let items: Vec<String> = items.collect();
        if !items.is_empty() {
            lines.extend([String::new(), format!("{title}:")]);
            lines.extend(items.into_iter().map(|item| format!("- {item}")));
        }
    };
    let reasons = finding.answer.iter().flat_map(|answer| answer.reasons.iter().enumerate());
    list("Reasons", &mut reasons.map(|(number, reason)| with_verdicts(finding, number, reason)));
    let others = finding.candidates.iter().skip(1);
    list("Other candidates", &mut others.map(|c| format!("{} {}", words::place(c), words::percent(c.probability))));
    let struck = finding.evidence.iter().filter(|evidence| !evidence.on);
    list("Struck by the user", &mut struck.map(|evidence| words::statement(&evidence.statement)));
    list("To keep in mind", &mut finding.problems.iter().map(words::problem));
    let model = &finding.model;
    lines.extend([String::new(), format!("Model {} on {}, seed {}", model.name, model.device, model.seed)]);
    lines.push(format!("SHA-256 of the picture {}", finding.picture.sha256));
    lines.join("\n") + "\n"
}
