//! Forms: what is asked before something is done. Each is a type of the room that needs it; here is what they have in
//! common: one stands open at a time, over the dimmed window and under its menus; the system's own dialogs run on threads,
//! and where a system has none a path is typed; and no file is replaced without a question.

mod browse;
mod path;
mod save;
mod table;

use std::path::{Path, PathBuf};

use egui::{Align2, Context, Frame, Id, Modal, Order, RichText, ScrollArea, Ui, vec2};

use browse::Browsing;
pub use browse::{Browse, What};
pub use path::{PathField, export_folder, typed_path};
pub use save::{Contents, SaveForm};
pub use table::{Found, TableQuestions};

use super::{
    background::{Background, Polled},
    theme,
};
use crate::{
    state::{Action, Remark},
    worker::PictureSource,
};

/// Width of a form, in points, where it does not say another.
const WIDTH: f32 = 520.0;

/// What heading, buttons and the window's edges need of its height; what is asked scrolls in the rest, which is not less
/// than [`LEAST`].
const AROUND: f32 = 150.0;
const LEAST: f32 = 80.0;

/// What is asked before something is done.
pub trait Form {
    /// Its heading.
    fn title(&self) -> String;
    /// The word on the button that does it.
    fn button(&self) -> &'static str;
    /// How wide it is, in points, where the window has the room.
    fn width(&self) -> f32 {
        WIDTH
    }
    /// The line for the path, where it asks for one.
    fn path(&mut self) -> Option<&mut PathField>;
    /// Draws what comes before that line.
    fn above(&mut self, _ui: &mut Ui) {}
    /// Draws what comes after it.
    fn below(&mut self, _ui: &mut Ui) {}
    /// Whether all that must be said is said.
    fn is_complete(&self) -> bool;
    /// The system's dialog that fills the line.
    fn browse(&self) -> Option<Browse> {
        None
    }
    /// Takes what the system's dialog brought, which is at least one path; whether nothing more is to be asked.
    fn take(&mut self, paths: Vec<PathBuf>) -> bool {
        if let (Some(line), Some(path)) = (self.path(), paths.into_iter().next()) {
            line.set(path);
        }
        false
    }
    /// Why it cannot be done as it stands, asked when it is to be done; the form stays open then, with what was typed.
    fn refusal(&self) -> Option<String> {
        None
    }
    /// The file that would be written over.
    fn replaces(&self) -> Option<PathBuf> {
        None
    }
    /// What is asked before that is done.
    fn question(&self, replaced: &Path) -> Question {
        let lost = if replaced.is_dir() { "Files of the same names in it" } else { "What is in it now" };
        let loses = format!("{} is there already. {lost} would be lost.", replaced.display());
        Question { heading: "Replace this file?", loses }
    }
    /// Whether Enter does it where there is no line to type into.
    fn is_done_by_enter(&self) -> bool {
        false
    }
    /// Does it.
    fn finish(self: Box<Self>, out: &mut Out<'_>);
}

/// What is asked before something is written over.
pub struct Question {
    /// Its heading.
    pub heading: &'static str,
    /// What would be lost.
    pub loses: String,
}

/// Where a form leaves what is to be done.
pub struct Out<'a> {
    ctx: &'a Context,
    actions: &'a mut Vec<Action>,
    working: &'a mut Vec<Background<Action>>,
    /// Whether the file that is there may be replaced: the user was asked, and said so.
    pub may_replace: bool,
}

impl Out<'_> {
    /// The state is to do this.
    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// A file is to be written, off the window's thread; what is said of it afterwards is the result. The next export is
    /// proposed for the same folder.
    pub fn write(&mut self, file: &Path, write: impl FnOnce() -> Remark + Send + 'static) {
        self.working.push(Background::start("terrasight-export", self.ctx, || Action::Tell(write())));
        self.actions.extend(file.parent().map(|folder| Action::ExportedTo(folder.to_owned())));
    }

    /// A file is to be read, off the window's thread; the state is to do what comes of it.
    pub fn fetch(&mut self, read: impl FnOnce() -> Action + Send + 'static) {
        self.working.push(Background::start("terrasight-reading", self.ctx, read));
    }
}

/// The form that stands open, and what goes on for its sake.
#[derive(Default)]
pub struct Forms {
    open: Option<Open>,
    browsing: Option<Browsing>,
    working: Vec<Background<Action>>,
}

struct Open {
    form: Box<dyn Form>,
    /// Why a path is to be typed, where that is not plain.
    note: Option<&'static str>,
    /// Why it was not done.
    refused: Option<String>,
    /// The file that the question is about, while it stands.
    replaces: Option<PathBuf>,
}

impl Open {
    fn new(form: Box<dyn Form>, note: Option<&'static str>) -> Self {
        Self { form, note, refused: None, replaces: None }
    }

    /// Whether it cannot be done as it stands; why is said in the form.
    fn is_refused(&mut self) -> bool {
        self.refused = self.form.refusal();
        if self.refused.is_some() {
            self.replaces = None;
        }
        self.refused.is_some()
    }

    /// Whether it asks for something that is there already, which can be dropped on it.
    fn takes_drops(&self) -> bool {
        self.replaces.is_none() && self.form.browse().as_ref().is_some_and(Browse::is_of_what_is_there)
    }
}

enum Answer {
    None,
    Close,
    Browse,
    Do,
}

impl Forms {
    /// Opens a form in place of the one that is open.
    pub fn show(&mut self, form: Box<dyn Form>) {
        self.open = Some(Open::new(form, None));
    }

    /// Shows the system's dialog first, and the form itself only where there is more to ask or no such dialog.
    pub fn browse(&mut self, ctx: &Context, form: Box<dyn Form>) {
        match form.browse() {
            Some(browse) if self.browsing.is_none() => {
                self.open = None;
                self.browsing = Some(Browsing::start(ctx, browse, Some(form)));
            }
            Some(_) => self.open = Some(Open::new(form, Some(browse::OPEN_ALREADY))),
            None => self.show(form),
        }
    }

    /// Reads a file off the window's thread; the state is to do what comes of it.
    pub fn fetch(&mut self, ctx: &Context, read: impl FnOnce() -> Action + Send + 'static) {
        self.working.push(Background::start("terrasight-reading", ctx, read));
    }

    /// Whether a form is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether what is dropped is for the form that is open.
    pub fn takes_drops(&self) -> bool {
        self.open.as_ref().is_some_and(Open::takes_drops)
    }

    /// Gives the files and folders that have come to the form that is open, where it asks for such; what else has come is left.
    pub fn take_dropped(&mut self, ctx: &Context, came: &mut Vec<PictureSource>, actions: &mut Vec<Action>) {
        if !self.takes_drops() {
            return;
        }
        let path_of = |source: &PictureSource| match source {
            PictureSource::Path(path) => Some(path.clone()),
            PictureSource::Bytes { .. } | PictureSource::Pixels { .. } => None,
        };
        let paths: Vec<PathBuf> = came.iter().filter_map(path_of).collect();
        if !paths.is_empty() {
            came.retain(|source| path_of(source).is_none());
            self.give(ctx, paths, actions);
        }
    }

    /// Gives paths to the form that is open, which is done where nothing more is to be asked.
    fn give(&mut self, ctx: &Context, paths: Vec<PathBuf>, actions: &mut Vec<Action>) {
        let Some(mut open) = self.open.take() else { return };
        if open.form.take(paths) {
            self.finish(ctx, open.form, false, actions);
        } else {
            self.open = Some(open);
        }
    }

    /// Takes the question back, or else closes the form.
    pub fn escape(&mut self) {
        if let Some(open) = &mut self.open
            && open.replaces.take().is_none()
        {
            self.open = None;
        }
    }

    /// Draws the form that is open, and takes what dialogs and threads brought.
    pub fn ui(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        self.take_browsed(ctx, actions);
        self.working.retain(|working| match working.poll() {
            Polled::Pending => true,
            Polled::Ready(action) => {
                actions.push(action);
                false
            }
            Polled::Lost => false,
        });
        let Some(mut open) = self.open.take() else { return };
        match open_ui(ctx, &mut open, self.browsing.is_some()) {
            Answer::None => self.open = Some(open),
            Answer::Close if open.replaces.take().is_some() => self.open = Some(open),
            Answer::Close => {}
            Answer::Browse => {
                self.browsing = open.form.browse().map(|browse| Browsing::start(ctx, browse, None));
                self.open = Some(open);
            }
            Answer::Do if open.is_refused() => self.open = Some(open),
            Answer::Do if open.replaces.is_none() && open.form.replaces().is_some() => {
                open.replaces = open.form.replaces();
                self.open = Some(open);
            }
            Answer::Do => {
                let may_replace = open.replaces.is_some();
                self.finish(ctx, open.form, may_replace, actions);
            }
        }
    }

    fn finish(&mut self, ctx: &Context, form: Box<dyn Form>, may_replace: bool, actions: &mut Vec<Action>) {
        form.finish(&mut Out { ctx, actions, working: &mut self.working, may_replace });
    }

    fn take_browsed(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        let Some(found) = self.browsing.as_ref().and_then(Browsing::poll) else { return };
        let form = self.browsing.take().and_then(|browsing| browsing.form);
        match (form, found) {
            (Some(mut form), browse::Found::Paths(paths)) => {
                if form.take(paths) {
                    self.finish(ctx, form, false, actions);
                } else {
                    self.show(form);
                }
            }
            (None, browse::Found::Paths(paths)) => self.give(ctx, paths, actions),
            (form, browse::Found::NeverShown) => {
                self.open = form.map(|form| Open::new(form, None)).or(self.open.take());
                if let Some(open) = &mut self.open {
                    open.note = Some(if open.takes_drops() { browse::NONE_SHOWN } else { browse::NONE_TO_SAVE });
                }
            }
            (_, browse::Found::Nothing) => {}
        }
    }
}

fn open_ui(ctx: &Context, open: &mut Open, is_browsing: bool) -> Answer {
    if let Some(file) = &open.replaces {
        return question_ui(ctx, &open.form.question(file));
    }
    let mut answer = Answer::None;
    dialog_of(ctx, &open.form.title(), open.form.width(), |ui| {
        if let Some(note) = open.note {
            ui.label(note);
        }
        let room = (ctx.content_rect().height() - AROUND).max(LEAST);
        let asked = ScrollArea::vertical().id_salt("asked").max_height(room).auto_shrink([false, true]);
        let entered = asked.show(ui, |ui| {
            open.form.above(ui);
            let entered = open.form.path().is_some_and(|path| path.ui(ui));
            open.form.below(ui);
            entered
        });
        let entered = entered.inner;
        if let Some(why) = &open.refused {
            ui.label(RichText::new(why).color(theme::palette(ui).error));
        }
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            let can = open.form.is_complete();
            let palette = theme::palette(ui);
            let (ink, fill) = if can { (palette.on_accent, palette.accent) } else { (palette.text, palette.button) };
            let button = egui::Button::new(RichText::new(open.form.button()).color(ink)).fill(fill);
            let button = ui.add_enabled(can, button);
            if open.form.is_done_by_enter() && ui.memory(|memory| memory.focused().is_none()) {
                button.request_focus();
            }
            if button.clicked() || (entered && can) {
                answer = Answer::Do;
            }
            if open.form.browse().is_some() && ui.add_enabled(!is_browsing, egui::Button::new("Browse…")).clicked() {
                answer = Answer::Browse;
            }
            if ui.button("Cancel").clicked() {
                answer = Answer::Close;
            }
        });
    });
    answer
}

/// Asks whether it may be written over.
fn question_ui(ctx: &Context, question: &Question) -> Answer {
    let mut answer = Answer::None;
    dialog(ctx, question.heading, |ui| {
        ui.label(&question.loses);
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            if ui.button("Replace").clicked() {
                answer = Answer::Do;
            }
            let keep = ui.button("Keep it");
            if ui.memory(|memory| memory.focused().is_none()) {
                keep.request_focus();
            }
            if keep.clicked() {
                answer = Answer::Close;
            }
        });
    });
    answer
}

/// A sheet in the middle, over the dimmed window; menus that open on it stand above it.
pub fn dialog(ctx: &Context, title: &str, contents: impl FnOnce(&mut Ui)) {
    dialog_of(ctx, title, WIDTH, contents);
}

fn dialog_of(ctx: &Context, title: &str, width: f32, contents: impl FnOnce(&mut Ui)) {
    let id = Id::unique(("form", title));
    let area = Modal::default_area(id).order(Order::Middle).anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0));
    let frame = Frame::window(&ctx.style_of(ctx.theme()));
    Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
        let room = ui.ctx().content_rect().size();
        ui.set_width(width.min(room.x - 60.0));
        // Otherwise what scrolls would have no more room than the form had in the frame before.
        ui.set_max_height(room.y);
        ui.label(RichText::new(title).heading());
        ui.add_space(theme::GAP);
        contents(ui);
    });
}
