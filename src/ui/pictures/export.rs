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
    export::{self, Format},
    knowledge::ade20k::ClassWeights,
    locatability::Heatmap,
    picture::Picture,
    predict::finding::{Finding, Outcome},
    state::{Action, Entry, Locatable, Remark, State},
};

/// An answer, or those of all pictures that were located, and in which form.
struct AnswerFile {
    one: Outcome,
    all: Vec<Outcome>,
    is_all: bool,
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
        if self.all.len() > 1 {
            ui.horizontal(|ui| {
                ui.radio_value(&mut self.is_all, false, "This picture");
                ui.radio_value(&mut self.is_all, true, format!("All {}", words::count(self.all.len())));
            });
        }
        if self.format != before {
            path.follow_ending(before.extension(), self.format.extension());
        }
    }

    fn bytes(self: Box<Self>, _: &Path) -> Result<Vec<u8>, String> {
        let outcomes = if self.is_all { self.all.as_slice() } else { std::slice::from_ref(&self.one) };
        Ok(self.format.written(outcomes).into_bytes())
    }
}

/// Saves the selected picture's answer, if it has one, or the answers of all pictures.
pub fn answer_form(state: &State) -> Option<SaveForm> {
    let entry = state.selected()?;
    let outcome = |entry| answer_of(entry).map(|finding| Outcome::Found(Box::new(finding)));
    let all = state.entries().iter().filter_map(outcome).collect();
    let answer = AnswerFile { one: outcome(entry)?, all, is_all: false, format: Format::Text };
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
    if let Some(answer) = view.state.selected().and_then(answer_of) {
        view.asks.push(Ask::Copy(export::text([&answer])));
        view.actions.push(Action::Tell(Remark::AnswerCopied));
    }
}

/// A picture's answer as it goes out. One that came without a file is called by its name, and not by the file that the program
/// keeps it in.
fn answer_of(entry: &Entry) -> Option<Finding> {
    let mut finding = Finding::clone(&entry.found()?.finding);
    let is_own_file = entry.path.as_ref().and_then(|path| path.file_name()).is_some_and(|name| *name == *entry.name);
    if !is_own_file {
        finding.picture.path.clone_from(&entry.name);
    }
    Some(finding)
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
