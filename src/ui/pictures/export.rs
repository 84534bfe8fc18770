//! An answer on its way out of the window: as text for the clipboard, or as a file.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::Ui;
use image::ImageFormat;

use super::super::{
    Ask, View,
    forms::{Contents, PathField, SaveForm},
    words,
};
use crate::{
    export,
    knowledge::ade20k::ClassWeights,
    locatability::Heatmap,
    picture::Picture,
    predict::finding::{Finding, Outcome},
    state::{Locatable, Remark, State},
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

/// An answer, and in which form.
struct AnswerFile {
    finding: Arc<Finding>,
    format: Format,
}

impl Contents for AnswerFile {
    fn above(&mut self, ui: &mut Ui, path: &mut PathField) {
        let before = self.format;
        ui.horizontal(|ui| {
            for choice in Format::ALL {
                ui.radio_value(&mut self.format, choice, choice.name());
            }
        });
        if self.format != before {
            path.follow_ending(before.extension(), self.format.extension());
        }
    }

    fn bytes(self: Box<Self>, _: &Path) -> Result<Vec<u8>, String> {
        Ok(self.format.written(&self.finding).into_bytes())
    }
}

/// Saves the selected picture's answer, if it has one.
pub fn answer_form(state: &State) -> Option<SaveForm> {
    let entry = state.selected()?;
    let answer = AnswerFile { finding: Arc::clone(&entry.found()?.finding), format: Format::Text };
    let name = named_like(&entry.name, answer.format.extension());
    Some(SaveForm::new(state, "Export the answer", name, answer, Remark::AnswerWritten))
}

/// Saves the selected picture with its colours as PNG, if it has a score and its pixels are at hand.
pub fn colours_form(state: &State, heatmap: Heatmap) -> Option<SaveForm> {
    let entry = state.selected()?;
    let (picture, locatable) = (Arc::clone(state.pixels(entry.key)?), entry.locatable.clone()?);
    let name = named_like(&entry.name, "locatability.png");
    let png = move |_: &Path| coloured(&picture, &locatable, heatmap);
    let form = SaveForm::new(state, "Save the picture with its colours", name, png, Remark::ColoursWritten);
    Some(form.explained("It is written as PNG, whatever its name ends in."))
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

/// A picture with the weights of its classes over it, as PNG.
fn coloured(picture: &Picture, locatable: &Locatable, heatmap: Heatmap) -> Result<Vec<u8>, String> {
    let labels = &locatable.labels;
    let size = (labels.width, labels.height);
    let painted = heatmap.over(&picture.pixels, &labels.labels, size, &ClassWeights::default());
    let mut png = Vec::new();
    painted.write_to(&mut io::Cursor::new(&mut png), ImageFormat::Png).map_err(|error| error.to_string())?;
    Ok(png)
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
