//! What is asked on the page of pictures: which to open, which model to use, where an answer goes.

use std::{path::PathBuf, sync::Arc};

use egui::Ui;

use super::{
    super::forms::{Browse, Form, Out, PathField, What, export_folder},
    export::{self, Format},
};
use crate::{
    locatability::Heatmap,
    picture::Picture,
    predict::finding::Finding,
    state::{Action, Locatable, State},
    worker::{ModelSource, PictureSource},
};

/// The endings of the files that are offered.
const PICTURES: &[&str] =
    &["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "avif", "JPG", "JPEG", "PNG", "HEIC"];

/// Which pictures to open.
pub struct OpenForm {
    path: PathField,
    /// Several, from the system's dialog.
    chosen: Vec<PathBuf>,
}

impl OpenForm {
    /// An empty one.
    pub fn new() -> Self {
        Self { path: PathField::new("Path of a picture or of a folder"), chosen: Vec::new() }
    }
}

impl Form for OpenForm {
    fn title(&self) -> String {
        "Open pictures".to_owned()
    }

    fn button(&self) -> &'static str {
        "Open"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Open photographs", what: What::Files("Pictures", PICTURES) })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        if let [path] = paths.as_slice() {
            self.path.set(path.clone());
        }
        self.chosen = paths;
        true
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let paths = if self.chosen.is_empty() { self.path.path().into_iter().collect() } else { self.chosen };
        out.act(Action::Open(paths.into_iter().map(PictureSource::Path).collect()));
    }
}

/// Which folder a model is in.
pub struct FolderForm {
    path: PathField,
    is_segmenter: bool,
}

impl FolderForm {
    /// For the model that says where.
    pub fn model(state: &State) -> Self {
        let label = "Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)";
        Self { path: line(label, &state.settings().model), is_segmenter: false }
    }

    /// For the model that says how locatable.
    pub fn segmenter(state: &State) -> Self {
        let label = "Folder of a SegFormer or MaskFormer checkpoint for ADE20K";
        Self { path: line(label, &state.settings().segmenter), is_segmenter: true }
    }
}

fn line(label: &'static str, source: &ModelSource) -> PathField {
    match source {
        ModelSource::Starter => PathField::new(label),
        ModelSource::Directory(folder) => PathField::with(label, folder.clone()),
    }
}

impl Form for FolderForm {
    fn title(&self) -> String {
        if self.is_segmenter { "Choose a segmenter" } else { "Choose a model" }.to_owned()
    }

    fn button(&self) -> &'static str {
        "Use"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Choose a model folder", what: What::Folder })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.path.set(path));
        false
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(folder) = self.path.path().map(ModelSource::Directory) else { return };
        out.act(if self.is_segmenter { Action::ChooseSegmenter(folder) } else { Action::ChooseModel(folder) });
    }
}

/// Where an answer goes, and in which form.
pub struct ExportForm {
    path: PathField,
    finding: Arc<Finding>,
    format: Format,
}

impl ExportForm {
    /// For the selected picture's answer, if it has one.
    pub fn of(state: &State) -> Option<Self> {
        let entry = state.selected()?;
        let finding = Arc::clone(&entry.found()?.finding);
        let format = Format::Text;
        let file = export_folder(state.settings().export_folder.as_deref())
            .join(export::named_like(&entry.name, format.extension()));
        Some(Self { path: PathField::with("File", file), finding, format })
    }
}

impl Form for ExportForm {
    fn title(&self) -> String {
        "Export the answer".to_owned()
    }

    fn button(&self) -> &'static str {
        "Write"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    /// A choice of format; the path's ending follows it.
    fn above(&mut self, ui: &mut Ui) {
        let before = self.format;
        ui.horizontal(|ui| {
            for choice in Format::ALL {
                ui.radio_value(&mut self.format, choice, choice.name());
            }
        });
        if self.format != before {
            self.path.follow_ending(before.extension(), self.format.extension());
        }
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Export the answer", what: What::Save(self.path.path()?) })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.path.set(path));
        false
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(path) = self.path.path() else { return };
        let (finding, format) = (self.finding, self.format);
        out.write(&path.clone(), move || {
            export::write(&finding, format, &path)?;
            Ok(format!("The answer was written to {}.", path.display()))
        });
    }
}

/// Where a picture with its colours goes.
pub struct HeatmapForm {
    path: PathField,
    picture: Arc<Picture>,
    locatable: Locatable,
    heatmap: Heatmap,
}

impl HeatmapForm {
    /// For the selected picture, if it has a score.
    pub fn of(state: &State, heatmap: Heatmap) -> Option<Self> {
        let entry = state.selected()?;
        let (picture, locatable) = (entry.picture.clone().ok()?, entry.locatable.clone()?);
        let file = export_folder(state.settings().export_folder.as_deref())
            .join(export::named_like(&entry.name, "locatability.png"));
        Some(Self { path: PathField::with("PNG file", file), picture, locatable, heatmap })
    }
}

impl Form for HeatmapForm {
    fn title(&self) -> String {
        "Save the picture with its colours".to_owned()
    }

    fn button(&self) -> &'static str {
        "Write"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: "Save the picture with its colours", what: What::Save(self.path.path()?) })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        paths.into_iter().take(1).for_each(|path| self.path.set(path));
        false
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(path) = self.path.path() else { return };
        let (picture, locatable, heatmap) = (self.picture, self.locatable, self.heatmap);
        out.write(&path.clone(), move || {
            export::write_heatmap(&picture, &locatable, heatmap, &path)?;
            Ok(format!("The picture with its colours was written to {}.", path.display()))
        });
    }
}
