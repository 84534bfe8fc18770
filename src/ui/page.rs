//! What a page of the window is to the window itself. A page is a folder of its own and a line in [`super::pages`]: the
//! rail, the keys, drops, the list of shortcuts, the status line and the window's title come from this trait.

use egui::{Context, Painter, Rect, Stroke, Ui};

use super::{View, map::Basemap, shortcuts::Line};
use crate::{
    state::{Action, Page, State},
    worker::PictureSource,
};

/// One page of the window.
pub trait WindowPage {
    /// By which it is chosen and remembered.
    fn page(&self) -> Page;
    /// What the rail calls it: one word.
    fn title(&self) -> &'static str;
    /// Draws its sign for the rail into a square.
    fn icon(&self, painter: &Painter, square: Rect, stroke: Stroke);
    /// What it is for: "say where pictures were taken".
    fn purpose(&self) -> &'static str;
    /// The name of what is open on it, for the window's title.
    fn document(&self, _state: &State) -> Option<String> {
        None
    }
    /// Draws its part of the line at the top.
    fn tools(&mut self, view: &mut View<'_>, ui: &mut Ui);
    /// Draws the page in the space that is left.
    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui, base: &mut Basemap);
    /// Its part of the list of shortcuts.
    fn shortcuts(&self, _ctx: &Context) -> Vec<Line> {
        Vec::new()
    }
    /// Does what the keys say.
    fn keys(&mut self, _view: &mut View<'_>, _ctx: &Context) {}
    /// Takes what was dropped or pasted on it; where it has no use for it, the page of pictures has.
    fn take(&mut self, view: &mut View<'_>, sources: Vec<PictureSource>) {
        view.actions.push(Action::Open(sources));
    }
    /// What a drop of so many files will do.
    fn drop_hint(&self, n_files: usize) -> String {
        let pictures = if n_files == 1 { "this picture" } else { "these pictures" };
        format!("Drop to open {pictures}")
    }
    /// Ends what Escape ends here. Who leaves a line that was typed in gives up what was typed, and stops no work with the same
    /// press.
    fn escape(&mut self, _view: &mut View<'_>, _was_typing: bool) {}
    /// How things stand on it while nothing is being done, in a line.
    fn status(&self, state: &State) -> String;
    /// What stands behind that line and leads somewhere.
    fn leads_to(&self, _state: &State) -> Option<Lead> {
        None
    }
}

/// A link in the status line.
pub struct Lead {
    /// What it says.
    pub text: String,
    /// What it does, and by which key.
    pub hover: fn(&Context) -> String,
    /// Does it.
    pub action: Action,
}
