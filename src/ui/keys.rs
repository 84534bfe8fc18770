//! The keyboard: what each key does, the list of it, and what comes by drop and paste.

use std::path::Path;

use egui::{Context, Event, Grid, Key, KeyboardShortcut, Modifiers, RichText, Ui};
use image::RgbImage;

use super::{
    Ask, View,
    background::{Background, Outcome},
    dialogs::{self, typed_path},
    reasoning::section,
    theme,
};
use crate::{
    dataset::IndexSource,
    state::{Action, DatasetAction, Page},
    worker::PictureSource,
};

const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const TYPE_PATH: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::O);
const LOCATE_PAGE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Num1);
const DATASET_PAGE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Num2);
const LOCATE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::L);
const EXPORT: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::E);
const MODEL: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::M);

/// The list that F1 shows, on every page.
const LIST: &[(&str, &str)] = &[
    ("Ctrl+1, Ctrl+2", "The page to locate pictures, the page for data sets"),
    ("Tab, Shift+Tab", "From one control to the next, and back"),
    ("Arrows, +, −", "Move and zoom a map while it has the focus"),
    ("F1 or ?", "This list"),
];

/// What more it shows on the page that locates.
const LOCATE_LIST: &[(&str, &str)] = &[
    ("Ctrl+O", "Open pictures"),
    ("Ctrl+Shift+O", "Open a path that is typed"),
    ("Ctrl+V", "Paste a picture, or paths of pictures"),
    ("Ctrl+L", "Locate the selected picture"),
    ("Esc", "Close a dialog, or stop what runs and waits"),
    ("Left, Right, Page Up, Page Down", "The picture before, the picture after"),
    ("Alt+1 to Alt+9", "Look at the candidate of this rank"),
    ("Delete", "Remove the selected picture"),
    ("Ctrl+C", "Copy the answer"),
    ("Ctrl+E", "Export the answer"),
    ("Ctrl+M", "Choose a model folder"),
    ("H", "Show or hide where the picture's locatability comes from"),
    ("+  −  0  1", "Picture closer, further, whole, 1:1"),
];

/// What more it shows on the page for data sets.
const DATASET_LIST: &[(&str, &str)] = &[
    ("Ctrl+O", "Index a folder, a CSV table or a list"),
    ("Ctrl+Shift+O", "Open an index"),
    ("Up, Down, Page Up, Page Down", "The picture before, the picture after"),
    ("Home, End", "The first picture, the last picture"),
    ("Shift with these", "Select all pictures between"),
    ("Ctrl+click, Shift+click", "Add a picture, or all up to it, to what is selected"),
    ("Ctrl+A", "Select all that is shown"),
    ("Space", "Mark what is selected as checked, or take the mark off"),
    ("Enter", "Open what is selected on the other page"),
    ("Ctrl+E", "Export what is selected, or else what is shown"),
    ("Shift+drag on the map", "Select the samples inside"),
    ("Left, Right on the histogram", "Move the threshold"),
    ("Esc", "Close a dialog, or put the lasso away"),
];

/// Pictures on their way in that are being made ready in the background.
#[derive(Default)]
pub struct Incoming {
    pasting: Vec<Background<PictureSource>>,
    n_pasted: usize,
}

impl Incoming {
    /// Takes files that were dropped, pictures and paths that were pasted.
    pub fn take(&mut self, ctx: &Context, view: &mut View<'_>) {
        let (dropped, events) = ctx.input(|input| (input.raw.dropped_files.clone(), input.events.clone()));
        let mut sources: Vec<PictureSource> = Vec::new();
        for file in &dropped {
            if !file.path().as_os_str().is_empty() {
                sources.push(PictureSource::Path(file.path().to_owned()));
            } else if let Ok(bytes) = file.bytes() {
                sources.push(PictureSource::Bytes { name: "dropped picture".to_owned(), bytes });
            }
        }
        for event in events {
            match event {
                Event::PasteImage(image) => {
                    self.n_pasted += 1;
                    let name = format!("pasted picture {}", self.n_pasted);
                    self.pasting.push(Background::start("terrasight-paste", ctx, move || {
                        let [width, height] = image.size.map(|side| side as u32);
                        let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
                        let pixels = RgbImage::from_raw(width, height, bytes).unwrap_or_default();
                        PictureSource::Pixels { name, pixels }
                    }));
                }
                // Into a field it goes as text.
                Event::Paste(text) if ctx.memory(|memory| memory.focused().is_none()) => {
                    let lines = text.lines().filter(|line| line.starts_with('/') || line.starts_with("file://"));
                    sources.extend(lines.filter_map(typed_path).map(PictureSource::Path));
                }
                _ => {}
            }
        }
        self.pasting.retain(|pasting| match pasting.poll() {
            Outcome::Pending => true,
            Outcome::Ready(source) => {
                sources.push(source);
                false
            }
            Outcome::Lost => false,
        });
        if !sources.is_empty() {
            view.actions.push(for_page(view.state.settings().page, sources));
        }
    }
}

/// What is to be done with what came to a page: one folder, table, list or index is a data set, anything else pictures.
fn for_page(page: Page, sources: Vec<PictureSource>) -> Action {
    let ending = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match sources.as_slice() {
        [PictureSource::Path(path)] if page == Page::Dataset && ending(path) == "sqlite" => {
            Action::Dataset(DatasetAction::Open(path.clone()))
        }
        [PictureSource::Path(path)]
            if page == Page::Dataset && (path.is_dir() || ["csv", "txt"].contains(&ending(path).as_str())) =>
        {
            let file = dialogs::index_beside(path);
            Action::Dataset(DatasetAction::Index(IndexSource::of(path.clone()), file))
        }
        _ => Action::Open(sources),
    }
}

/// Does what the keys say.
pub fn keys(ctx: &Context, view: &mut View<'_>, dialog_is_open: bool) {
    let page = view.state.settings().page;
    let consume = |shortcut: &KeyboardShortcut| ctx.input_mut(|input| input.consume_shortcut(shortcut));
    for (shortcut, page) in [(&LOCATE_PAGE, Page::Locate), (&DATASET_PAGE, Page::Dataset)] {
        if consume(shortcut) {
            view.actions.push(Action::Show(page));
        }
    }
    // The longer one first: the shorter one would take it too.
    for (shortcut, on_locate, on_dataset) in [
        (&TYPE_PATH, Ask::TypePath, Some(Ask::OpenIndex)),
        (&OPEN, Ask::OpenPictures, Some(Ask::IndexFolder)),
        (&EXPORT, Ask::Export, Some(Ask::ExportDataset)),
        (&MODEL, Ask::ModelFolder, None),
    ] {
        if consume(shortcut) {
            view.asks.extend(if page == Page::Locate { Some(on_locate) } else { on_dataset });
        }
    }
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    // A menu that is open closes by itself.
    if !egui::Popup::is_any_open(ctx) && pressed(Key::Escape) {
        if dialog_is_open || page == Page::Dataset {
            view.asks.push(Ask::CloseDialog);
        } else if view.state.can_cancel() {
            view.actions.push(Action::Cancel);
        }
    }
    if pressed(Key::F1) {
        view.asks.push(Ask::Help);
    }
    if page == Page::Locate
        && consume(&LOCATE)
        && let Some(entry) = view.state.selected()
    {
        view.actions.push(Action::Locate(entry.key));
    }
    if ctx.text_edit_focused() {
        return;
    }
    if ctx.input(|input| input.events.iter().any(|event| matches!(event, Event::Text(text) if text == "?"))) {
        view.asks.push(Ask::Help);
    }
    if page == Page::Locate {
        locate_keys(ctx, view);
    }
}

/// What the keys do on the page that locates, while nothing is being typed.
fn locate_keys(ctx: &Context, view: &mut View<'_>) {
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let selected = view.state.selected();
    if ctx.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy))) {
        view.asks.push(Ask::CopyAnswer);
    }
    for (rank, key) in
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9]
            .into_iter()
            .enumerate()
    {
        if ctx.input_mut(|input| input.consume_key(Modifiers::ALT, key)) {
            view.actions.push(Action::ChooseCandidate(rank + 1));
        }
    }
    let mut by = isize::from(pressed(Key::PageDown)) - isize::from(pressed(Key::PageUp));
    // Arrows belong to a control that has the focus, such as the map.
    if ctx.memory(|memory| memory.focused().is_none()) {
        by += isize::from(pressed(Key::ArrowRight)) - isize::from(pressed(Key::ArrowLeft));
    }
    if by != 0 {
        view.actions.push(Action::SelectBy(by));
    }
    if pressed(Key::H) {
        view.asks.push(Ask::ToggleHeatmap);
    }
    if pressed(Key::Delete)
        && let Some(entry) = selected
    {
        view.actions.push(Action::Remove(entry.key));
    }
}

/// The list of keys, and what this program is.
pub fn help_ui(ctx: &Context, page: Page, open: &mut bool) {
    dialogs::dialog(ctx, "Keyboard and about", |ui: &mut Ui| {
        Grid::new("keys").num_columns(2).min_row_height(20.0).spacing([24.0, 4.0]).show(ui, |ui| {
            let here = if page == Page::Locate { LOCATE_LIST } else { DATASET_LIST };
            for (key, does) in here.iter().chain(LIST) {
                ui.label(RichText::new(*key).monospace());
                ui.label(*does);
                ui.end_row();
            }
        });
        ui.add_space(theme::GAP_WIDE);
        section(ui, &format!("Terrasight {}", env!("CARGO_PKG_VERSION")));
        ui.label("Says where a photograph was taken, why, and how far to believe it, wholly on this machine.");
        let data = "Maps: Natural Earth (public domain). Places: GeoNames (CC BY 4.0). Online tiles, when switched on: © OpenStreetMap contributors (ODbL).";
        ui.label(RichText::new(data).small().weak());
        ui.add_space(theme::GAP);
        if ui.button("Close").clicked() {
            *open = false;
        }
    });
}
