//! What is asked on the page of pictures: which to open, which model to use, where an answer goes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::Ui;

use super::{
    super::forms::{Browse, Form, Out, PathField, What, export_folder},
    export::{self, Format},
};
use crate::{
    locatability::Heatmap,
    model::LoraChoice,
    picture::Picture,
    predict::finding::Finding,
    state::{Action, Locatable, NotWritten, Remark, State},
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

/// Where a model is.
pub struct ModelForm {
    path: PathField,
    wanted: Wanted,
    /// Whether the model in use is to be compared with it.
    compares: bool,
}

/// Which model is asked for, and what it lies in.
#[derive(Clone, PartialEq, Eq)]
enum Wanted {
    Folder,
    Gguf,
    Segmenter,
    Encoder,
    /// An adapter that is added to this model.
    Adapter(ModelSource),
}

impl ModelForm {
    /// For the model that says where, in a folder.
    pub fn folder(state: &State) -> Self {
        let label = "Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)";
        Self { path: line(label, state.settings().model.base()), wanted: Wanted::Folder, compares: false }
    }

    /// For the same in a GGUF file.
    pub fn gguf(state: &State) -> Self {
        let label = "GGUF file of a Qwen2.5-VL model (its vision file, mmproj, beside it)";
        Self { path: line(label, state.settings().model.base()), wanted: Wanted::Gguf, compares: false }
    }

    /// For the model that the one in use is compared with.
    #[must_use]
    pub fn for_comparison(self) -> Self {
        Self { compares: true, ..self }
    }

    /// For the model that says how locatable.
    pub fn segmenter(state: &State) -> Self {
        let label = "Folder of a SegFormer or MaskFormer checkpoint for ADE20K";
        Self { path: line(label, &state.settings().segmenter), wanted: Wanted::Segmenter, compares: false }
    }

    /// For an adapter that is added to the model in use.
    pub fn adapter(state: &State) -> Self {
        let label = "Folder of a LoRA adapter (adapter_config.json, adapter_model.safetensors)";
        let wanted = Wanted::Adapter(state.settings().model_here().clone());
        Self { path: PathField::new(label), wanted, compares: false }
    }

    /// For the one that says what reasons mean.
    pub fn encoder(state: &State) -> Self {
        let label = "Folder of a sentence encoder such as all-MiniLM-L6-v2";
        let path = state.settings().encoder.clone();
        Self {
            path: path.map_or_else(|| PathField::new(label), |path| PathField::with(label, path)),
            wanted: Wanted::Encoder,
            compares: false,
        }
    }
}

/// Whether a file is a model by its name.
pub fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
}

fn line(label: &'static str, source: &ModelSource) -> PathField {
    match source {
        ModelSource::Directory(folder) => PathField::with(label, folder.clone()),
        ModelSource::Starter | ModelSource::Server(_) | ModelSource::Adapted(_) => PathField::new(label),
    }
}

impl Form for ModelForm {
    fn title(&self) -> String {
        let title = match self.wanted {
            _ if self.compares => "Compare with a model",
            Wanted::Folder | Wanted::Gguf => "Choose a model",
            Wanted::Segmenter => "Choose a segmenter",
            Wanted::Encoder => "Choose a sentence encoder",
            Wanted::Adapter(_) => "Add an adapter",
        };
        title.to_owned()
    }

    fn button(&self) -> &'static str {
        match self.wanted {
            _ if self.compares => "Compare",
            Wanted::Adapter(_) => "Add",
            Wanted::Folder | Wanted::Gguf | Wanted::Segmenter | Wanted::Encoder => "Use",
        }
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(match self.wanted {
            Wanted::Gguf => Browse { title: "Choose a GGUF file", what: What::File("GGUF models", &["gguf", "GGUF"]) },
            Wanted::Folder | Wanted::Segmenter | Wanted::Encoder => {
                Browse { title: "Choose a model folder", what: What::Folder }
            }
            Wanted::Adapter(_) => Browse { title: "Choose an adapter folder", what: What::Folder },
        })
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(path) = self.path.path() else { return };
        out.act(match self.wanted {
            _ if self.compares => Action::Compare(ModelSource::Directory(path)),
            Wanted::Folder | Wanted::Gguf => Action::ChooseModel(ModelSource::Directory(path)),
            Wanted::Segmenter => Action::ChooseSegmenter(ModelSource::Directory(path)),
            Wanted::Encoder => Action::ChooseEncoder(Some(path)),
            Wanted::Adapter(model) => {
                let loras = [model.loras(), &[LoraChoice::whole(path)]].concat();
                Action::ChooseModel(model.with_loras(loras))
            }
        });
    }
}

/// What is written to a file, and what is to be said of it before.
trait Written: Send {
    /// Draws the choices there are; the path's ending follows them.
    fn above(&mut self, _ui: &mut Ui, _path: &mut PathField) {}
    /// Writes it.
    fn write(&self, path: &Path, may_replace: bool) -> Result<(), NotWritten>;
    /// What is said once it is written.
    fn done(&self, path: PathBuf) -> Remark;
}

/// Where something goes that is written to a file.
pub struct FileForm {
    title: &'static str,
    path: PathField,
    written: Box<dyn Written>,
}

impl FileForm {
    /// For the selected picture's answer, if it has one.
    pub fn of_answer(state: &State) -> Option<Self> {
        let entry = state.selected()?;
        let answer = AnswerFile { finding: Arc::clone(&entry.found()?.finding), format: Format::Text };
        let file = export_folder(state.settings().export_folder.as_deref())
            .join(export::named_like(&entry.name, answer.format.extension()));
        let path = PathField::with("File", file);
        Some(Self { title: "Export the answer", path, written: Box::new(answer) })
    }

    /// For the selected picture with its colours, if it has a score and its pixels are at hand.
    pub fn of_colours(state: &State, heatmap: Heatmap) -> Option<Self> {
        let entry = state.selected()?;
        let (picture, locatable) = (state.pixels(entry.key)?.clone(), entry.locatable.clone()?);
        let file = export_folder(state.settings().export_folder.as_deref())
            .join(export::named_like(&entry.name, "locatability.png"));
        let written = Box::new(ColoursFile { picture, locatable, heatmap });
        Some(Self { title: "Save the picture with its colours", path: PathField::with("PNG file", file), written })
    }
}

impl Form for FileForm {
    fn title(&self) -> String {
        self.title.to_owned()
    }

    fn button(&self) -> &'static str {
        "Write"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        Some(&mut self.path)
    }

    fn above(&mut self, ui: &mut Ui) {
        self.written.above(ui, &mut self.path);
    }

    fn is_complete(&self) -> bool {
        self.path.path().is_some()
    }

    fn browse(&self) -> Option<Browse> {
        Some(Browse { title: self.title, what: What::Save(self.path.path()?) })
    }

    fn replaces(&self) -> Option<PathBuf> {
        self.path.path().filter(|path| path.exists())
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        let Some(path) = self.path.path() else { return };
        let (written, may_replace) = (self.written, out.may_replace);
        out.write(&path.clone(), move || match written.write(&path, may_replace) {
            Ok(()) => written.done(path),
            Err(why) => Remark::NotWritten(path, why),
        });
    }
}

/// An answer, and in which form.
struct AnswerFile {
    finding: Arc<Finding>,
    format: Format,
}

impl Written for AnswerFile {
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

    fn write(&self, path: &Path, may_replace: bool) -> Result<(), NotWritten> {
        export::write(&self.finding, self.format, path, may_replace)
    }

    fn done(&self, path: PathBuf) -> Remark {
        Remark::AnswerWritten(path)
    }
}

/// A picture with its colours.
struct ColoursFile {
    picture: Arc<Picture>,
    locatable: Locatable,
    heatmap: Heatmap,
}

impl Written for ColoursFile {
    fn write(&self, path: &Path, may_replace: bool) -> Result<(), NotWritten> {
        export::write_heatmap(&self.picture, &self.locatable, self.heatmap, path, may_replace)
    }

    fn done(&self, path: PathBuf) -> Remark {
        Remark::ColoursWritten(path)
    }
}
