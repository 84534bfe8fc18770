//! What is asked on the page of pictures: which to open, which model to use.

use std::path::{Path, PathBuf};

use super::super::forms::{Browse, Form, Out, PathField, What};
use crate::{
    model::LoraChoice,
    picture::ENDINGS,
    state::{Action, State},
    worker::{ModelSource, PictureSource},
};

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
        Some(Browse { title: "Open photographs", what: What::Files("Pictures", ENDINGS) })
    }

    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        if let [path] = paths.as_slice() {
            self.path.set(path.clone());
        }
        self.chosen = paths;
        true
    }

    fn refusal(&self) -> Option<String> {
        let missing = self.path.path().filter(|path| self.chosen.is_empty() && !path.exists())?;
        Some(format!("There is nothing at {}: correct the path, or browse.", missing.display()))
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
            Wanted::Gguf => Browse { title: "Choose a GGUF file", what: What::File("GGUF models", &["gguf"]) },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_offers_the_photographs_of_cameras_too() {
        let Some(Browse { what: What::Files(_, offered), .. }) = OpenForm::new().browse() else { panic!("no dialog") };
        for ending in ["jpg", "heic", "dng", "cr2", "nef", "arw", "raf"] {
            assert!(offered.contains(&ending), "{ending}");
        }
    }
}
