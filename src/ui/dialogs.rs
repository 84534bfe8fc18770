//! Asking for files and folders. The system's dialogs run on threads of their own, so that the window goes on; where a
//! system has none, or the user prefers it, a path is typed instead.

mod dataset;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use egui::{Align2, Context, Key, RichText, TextEdit, Ui, vec2};

use super::{
    background::{Background, Outcome},
    export::{self, Format},
    theme,
};
pub use dataset::index_beside;
use dataset::{ExportSetForm, IndexForm};

use crate::{
    locatability::Heatmap,
    picture::Picture,
    predict::finding::Finding,
    state::{Action, DatasetAction, DatasetState, Locatable, NoticeKind},
    worker::{ModelSource, PictureSource},
};

/// What is named when pictures are chosen.
const PICTURES: &[&str] =
    &["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "avif", "JPG", "JPEG", "PNG", "HEIC"];
/// A dialog that comes back empty-handed sooner than anyone can have cancelled it was never shown.
const NEVER_SHOWN: Duration = Duration::from_millis(700);

const OPEN_ALREADY: &str = "The system's dialog is open already; a path can be typed here.";
const NONE_SHOWN: &str = "This system shows no file dialog; please type the path.";

/// What a path is wanted for.
enum Purpose {
    Pictures,
    ModelFolder,
    SegmenterFolder,
    Export(Arc<Finding>, Format),
    Heatmap(Arc<Picture>, Locatable, Heatmap),
    Index(IndexForm),
    OpenIndex,
    ExportSet(ExportSetForm),
}

/// What the system's dialog was opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Browsed {
    Pictures,
    IndexSource,
    Index,
    /// To fill the prompt's line.
    Line,
}

struct Prompt {
    purpose: Purpose,
    path: String,
    /// Why a path is to be typed, where that is not plain.
    note: Option<&'static str>,
    is_new: bool,
}

/// The dialogs that are open.
#[derive(Default)]
pub struct Dialogs {
    prompt: Option<Prompt>,
    /// Began when, for what, and what the system's dialog brings.
    browsing: Option<(Instant, Browsed, Background<Vec<PathBuf>>)>,
    writing: Option<Background<Result<String, String>>>,
    /// Whether shortcuts and about are shown.
    pub help: bool,
}

impl Dialogs {
    /// Shows the system's dialog for pictures, or, where one is open already, a line to type a path in.
    pub fn open_pictures(&mut self, ctx: &Context) {
        if self.browsing.is_some() {
            self.ask(Purpose::Pictures, String::new(), Some(OPEN_ALREADY));
            return;
        }
        self.prompt = None;
        self.browse(ctx, Browsed::Pictures, || {
            rfd::FileDialog::new().set_title("Open photographs").add_filter("Pictures", PICTURES).pick_files()
        });
    }

    /// Shows the system's dialog for a folder to index, or, where one is open already, a line to type a path in.
    pub fn index_folder(&mut self, ctx: &Context) {
        if self.browsing.is_some() {
            self.ask(Purpose::Index(IndexForm::default()), String::new(), Some(OPEN_ALREADY));
            return;
        }
        self.prompt = None;
        self.browse(ctx, Browsed::IndexSource, || {
            rfd::FileDialog::new().set_title("Index a folder of pictures").pick_folder().map(|folder| vec![folder])
        });
    }

    /// Shows the system's dialog for an index, or, where one is open already, a line to type a path in.
    pub fn open_index(&mut self, ctx: &Context) {
        if self.browsing.is_some() {
            self.ask(Purpose::OpenIndex, String::new(), Some(OPEN_ALREADY));
            return;
        }
        self.prompt = None;
        self.browse(ctx, Browsed::Index, || {
            let dialog = rfd::FileDialog::new().set_title("Open an index").add_filter("Indexes", &["sqlite"]);
            dialog.pick_file().map(|file| vec![file])
        });
    }

    /// Asks where a part of the data set shall go, and in which form.
    pub fn export_dataset(&mut self, dataset: &DatasetState) {
        let form = ExportSetForm::of(dataset);
        let path = form.proposed_path(dataset).display().to_string();
        self.ask(Purpose::ExportSet(form), path, None);
    }

    /// Asks for the path of a picture or a folder of pictures.
    pub fn type_path(&mut self) {
        self.ask(Purpose::Pictures, String::new(), None);
    }

    /// Asks for a model's folder.
    pub fn model_folder(&mut self, before: &ModelSource) {
        self.ask(Purpose::ModelFolder, folder_of(before), None);
    }

    /// Asks for a segmenter's folder.
    pub fn segmenter_folder(&mut self, before: &ModelSource) {
        self.ask(Purpose::SegmenterFolder, folder_of(before), None);
    }

    /// Asks where a picture with its colours shall go.
    pub fn save_heatmap(&mut self, picture: Arc<Picture>, locatable: Locatable, heatmap: Heatmap) {
        let path = export::beside(&picture.name, picture.path.as_deref(), "locatability.png").display().to_string();
        self.ask(Purpose::Heatmap(picture, locatable, heatmap), path, None);
    }

    /// Asks where an answer shall go.
    pub fn export(&mut self, finding: Arc<Finding>) {
        let format = Format::Text;
        let path = export::proposed_path(&finding, format).display().to_string();
        self.ask(Purpose::Export(finding, format), path, None);
    }

    /// Whether something is open that Escape should close.
    pub fn is_open(&self) -> bool {
        self.prompt.is_some() || self.help
    }

    /// Closes what is open.
    pub fn close(&mut self) {
        (self.prompt, self.help) = (None, false);
    }

    /// Draws what is open and takes what the system's dialogs brought.
    pub fn ui(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        self.take_browsed(actions);
        if let Some(Outcome::Ready(written)) = self.writing.as_ref().map(Background::poll) {
            self.writing = None;
            let (kind, text) = match written {
                Ok(text) => (NoticeKind::Info, text),
                Err(text) => (NoticeKind::Error, text),
            };
            actions.push(Action::Tell(kind, text));
        }
        if let Some(mut prompt) = self.prompt.take() {
            match prompt_ui(ctx, &mut prompt, self.browsing.is_some()) {
                Answer::None => self.prompt = Some(prompt),
                Answer::Closed => {}
                Answer::Browse => {
                    self.browse_for(ctx, &prompt);
                    self.prompt = Some(prompt);
                }
                Answer::Done => self.finish(ctx, prompt, actions),
            }
        }
    }

    fn ask(&mut self, purpose: Purpose, path: String, note: Option<&'static str>) {
        self.prompt = Some(Prompt { purpose, path, note, is_new: true });
    }

    fn browse(
        &mut self,
        ctx: &Context,
        browsed: Browsed,
        dialog: impl FnOnce() -> Option<Vec<PathBuf>> + Send + 'static,
    ) {
        let browsing = Background::start("terrasight-dialog", ctx, move || dialog().unwrap_or_default());
        self.browsing = Some((Instant::now(), browsed, browsing));
    }

    fn browse_for(&mut self, ctx: &Context, prompt: &Prompt) {
        let start = PathBuf::from(&prompt.path);
        let one = |path: PathBuf| vec![path];
        let save = move |title: &str| {
            let name = start.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let dialog = rfd::FileDialog::new().set_title(title).set_file_name(name);
            dialog.set_directory(start.parent().unwrap_or(Path::new("/"))).save_file().map(one)
        };
        match &prompt.purpose {
            Purpose::Pictures => self.browse(ctx, Browsed::Pictures, || rfd::FileDialog::new().pick_files()),
            Purpose::ModelFolder | Purpose::SegmenterFolder => self.browse(ctx, Browsed::Line, move || {
                rfd::FileDialog::new().set_title("Choose a model folder").pick_folder().map(one)
            }),
            Purpose::Index(_) => self.browse(ctx, Browsed::Line, move || {
                rfd::FileDialog::new().set_title("Index a folder of pictures").pick_folder().map(one)
            }),
            Purpose::OpenIndex => {
                self.browse(ctx, Browsed::Line, move || rfd::FileDialog::new().pick_file().map(one));
            }
            Purpose::Export(..) => self.browse(ctx, Browsed::Line, move || save("Export the answer")),
            Purpose::Heatmap(..) => self.browse(ctx, Browsed::Line, move || save("Save the picture with its colours")),
            Purpose::ExportSet(_) => self.browse(ctx, Browsed::Line, move || save("Export pictures")),
        }
    }

    fn take_browsed(&mut self, actions: &mut Vec<Action>) {
        let Some((since, browsed, browsing)) = &self.browsing else { return };
        let (quick, browsed, outcome) = (since.elapsed() < NEVER_SHOWN, *browsed, browsing.poll());
        let mut paths = match outcome {
            Outcome::Pending => return,
            Outcome::Ready(paths) => paths,
            Outcome::Lost => Vec::new(),
        };
        self.browsing = None;
        let first = paths.first().cloned();
        match (&mut self.prompt, first, browsed) {
            (Some(prompt), Some(path), Browsed::Line) => prompt.path = path.display().to_string(),
            (None, Some(_), Browsed::Line) => {}
            (_, Some(_), Browsed::Pictures) => {
                self.prompt = None;
                actions.push(Action::Open(paths.drain(..).map(PictureSource::Path).collect()));
            }
            (_, Some(path), Browsed::IndexSource) => {
                self.ask(Purpose::Index(IndexForm::default()), path.display().to_string(), None);
            }
            (_, Some(path), Browsed::Index) => actions.push(Action::Dataset(DatasetAction::Open(path))),
            (Some(prompt), None, _) if quick => prompt.note = Some(NONE_SHOWN),
            (None, None, Browsed::Pictures) if quick => {
                let note =
                    "This system shows no file dialog; please type the path, or drop the pictures on the window.";
                self.ask(Purpose::Pictures, String::new(), Some(note));
            }
            (None, None, Browsed::IndexSource) if quick => {
                let note = "This system shows no file dialog; please type the path, or drop the folder on the window.";
                self.ask(Purpose::Index(IndexForm::default()), String::new(), Some(note));
            }
            (None, None, Browsed::Index) if quick => self.ask(Purpose::OpenIndex, String::new(), Some(NONE_SHOWN)),
            (_, None, _) => {}
        }
    }

    fn finish(&mut self, ctx: &Context, prompt: Prompt, actions: &mut Vec<Action>) {
        let Some(path) = typed_path(&prompt.path) else { return };
        match prompt.purpose {
            Purpose::Pictures => actions.push(Action::Open(vec![PictureSource::Path(path)])),
            Purpose::ModelFolder => actions.push(Action::ChooseModel(ModelSource::Directory(path))),
            Purpose::SegmenterFolder => actions.push(Action::ChooseSegmenter(ModelSource::Directory(path))),
            Purpose::Heatmap(picture, locatable, heatmap) => {
                self.writing = Some(Background::start("terrasight-export", ctx, move || {
                    export::write_heatmap(&picture, &locatable, heatmap, &path)?;
                    Ok(format!("The picture with its colours was written to {}.", path.display()))
                }));
            }
            Purpose::Index(form) => actions.extend(form.action(path)),
            Purpose::OpenIndex => actions.push(Action::Dataset(DatasetAction::Open(path))),
            Purpose::ExportSet(form) => actions.push(form.action(path)),
            Purpose::Export(finding, format) => {
                self.writing = Some(Background::start("terrasight-export", ctx, move || {
                    export::write(&finding, format, &path)?;
                    Ok(format!("The answer was written to {}.", path.display()))
                }));
            }
        }
    }
}

enum Answer {
    None,
    Closed,
    Browse,
    Done,
}

fn prompt_ui(ctx: &Context, prompt: &mut Prompt, is_browsing: bool) -> Answer {
    let (title, label, button) = match prompt.purpose {
        Purpose::Pictures => ("Open pictures", "Path of a picture or of a folder", "Open"),
        Purpose::ModelFolder => {
            ("Choose a model", "Folder of a Qwen2.5-VL checkpoint (config.json, safetensors, tokenizer.json)", "Use")
        }
        Purpose::SegmenterFolder => {
            ("Choose a segmenter", "Folder of a SegFormer or MaskFormer checkpoint for ADE20K", "Use")
        }
        Purpose::Export(..) => ("Export the answer", "File", "Write"),
        Purpose::Heatmap(..) => ("Save the picture with its colours", "PNG file", "Write"),
        Purpose::Index(_) => ("Index pictures", "Folder, CSV table, or list of files", "Index"),
        Purpose::OpenIndex => ("Open an index", "Index file (.sqlite)", "Open"),
        Purpose::ExportSet(ref form) => {
            ("Export pictures", if form.is_folder() { "New folder" } else { "New file" }, "Export")
        }
    };
    let mut answer = Answer::None;
    dialog(ctx, title, |ui| {
        if let Some(note) = prompt.note {
            ui.label(note);
        }
        if let Purpose::Export(_, format) = &mut prompt.purpose {
            format_ui(ui, format, &mut prompt.path);
        }
        if let Purpose::ExportSet(form) = &mut prompt.purpose {
            form.ui(ui, &mut prompt.path);
        }
        let name = ui.label(label);
        let field = ui.add(TextEdit::singleline(&mut prompt.path).desired_width(f32::INFINITY)).labelled_by(name.id);
        if std::mem::take(&mut prompt.is_new) {
            field.request_focus();
        }
        if let Purpose::Index(form) = &mut prompt.purpose {
            form.ui(ui, &prompt.path);
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            let can = !prompt.path.trim().is_empty();
            if ui.add_enabled(can, egui::Button::new(button)).clicked() || (entered && can) {
                answer = Answer::Done;
            }
            if ui.add_enabled(!is_browsing, egui::Button::new("Browse…")).clicked() {
                answer = Answer::Browse;
            }
            if ui.button("Cancel").clicked() {
                answer = Answer::Closed;
            }
        });
    });
    answer
}

/// A choice of format; the path's ending follows it.
fn format_ui(ui: &mut Ui, format: &mut Format, path: &mut String) {
    let before = *format;
    ui.horizontal(|ui| {
        for choice in Format::ALL {
            ui.selectable_value(format, choice, choice.name());
        }
    });
    if *format != before && Path::new(path).extension().is_some_and(|ending| ending == before.extension()) {
        *path = Path::new(path).with_extension(format.extension()).display().to_string();
    }
}

fn folder_of(source: &ModelSource) -> String {
    if let ModelSource::Directory(folder) = source { folder.display().to_string() } else { String::new() }
}

/// A small window in the middle, above all others.
pub fn dialog(ctx: &Context, title: &str, contents: impl FnOnce(&mut Ui)) {
    egui::Window::new(RichText::new(title).strong())
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, -40.0))
        .default_width(520.0)
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            ui.set_width(520.0);
            contents(ui);
        });
}

/// A path as people paste it: with quotes around it, with `~` or as a `file://` address.
pub fn typed_path(text: &str) -> Option<PathBuf> {
    let text = text.trim().trim_matches(['"', '\'']);
    if let Some(address) = text.strip_prefix("file://") {
        return Some(PathBuf::from(unescaped(address)));
    }
    if let Some(inside) = text.strip_prefix("~/") {
        return directories::UserDirs::new().map(|user| user.home_dir().join(inside));
    }
    (!text.is_empty()).then(|| PathBuf::from(text))
}

/// Percent escapes undone, as file addresses have them.
fn unescaped(address: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = address.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_as_people_paste_them() {
        let path = |text| typed_path(text).map(|path| path.display().to_string());
        assert_eq!(path("  \"/a b/c.jpg\" ").as_deref(), Some("/a b/c.jpg"));
        assert_eq!(path("file:///a%20b/%C3%A9.jpg").as_deref(), Some("/a b/é.jpg"));
        assert_eq!(path("file:///100%.jpg").as_deref(), Some("/100%.jpg"));
        assert_eq!(path("   "), None);
    }
}
