//! One picture of the list, however it is drawn: its words, and what a click on it means.

use egui::{Id, Response, Role, WidgetInfo};

use super::super::{View, words};
use crate::{
    dataset::Row,
    geo::LatLon,
    state::{Action, DatasetAction, Extend},
};

/// The list that the rows belong to, which is one control.
pub(super) fn list_id() -> Id {
    Id::unique("pictures of the data set")
}

/// The places of the list that are in view: the first and the last.
#[derive(Default)]
pub(super) struct InView(Option<(usize, usize)>);

impl InView {
    /// Notes that this place is in view.
    pub fn see(&mut self, place: usize) {
        let (first, last) = self.0.unwrap_or((place, place));
        self.0 = Some((first.min(place), last.max(place)));
    }

    /// How far Page Down goes.
    pub fn page(&self) -> isize {
        self.0.map_or(1, |(first, last)| (last - first).max(1) as isize)
    }
}

/// Gives a row its name and does what a click on it means.
pub(super) fn act_on(view: &mut View<'_>, response: &Response, picture: &Row, place: usize, is_selected: bool) {
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_selected, spoken(picture)));
    let mut act = |action| view.actions.push(Action::Dataset(action));
    if response.double_clicked() {
        view.actions.push(Action::OpenSelected);
    } else if response.clicked() {
        let modifiers = response.ctx.input(|input| input.modifiers);
        let extend = match (modifiers.shift, modifiers.command) {
            (true, _) => Extend::Range,
            (false, true) => Extend::Toggle,
            (false, false) => Extend::No,
        };
        act(DatasetAction::Go(place, extend));
        response.ctx.memory_mut(|memory| memory.request_focus(list_id()));
    }
    if let Some(trouble) = &picture.error {
        response.clone().on_hover_text_at_pointer(words::trouble(trouble));
    }
}

/// The file's name without its folders.
pub fn file_name(picture: &Row) -> String {
    picture.path.file_name().unwrap_or(picture.path.as_os_str()).to_string_lossy().into_owned()
}

/// The city, or else the position.
pub fn place(picture: &Row) -> String {
    match (&picture.city, picture.position) {
        (Some(city), _) => city.clone(),
        (None, Some(LatLon { lat, lon })) => format!("{lat:.3}, {lon:.3}"),
        (None, None) => String::new(),
    }
}

/// Pixels across and down.
pub fn size(picture: &Row) -> String {
    if picture.width == 0 { String::new() } else { format!("{} × {}", picture.width, picture.height) }
}

/// A row as a screen reader says it.
fn spoken(picture: &Row) -> String {
    let mut parts = vec![file_name(picture)];
    parts.extend(picture.locatability.map(|score| format!("locatability {score:.2}")));
    parts.extend(picture.country.map(|code| words::country(Some(code))));
    let state = words::row_state(picture);
    parts.extend((!state.is_empty()).then_some(state));
    parts.join(", ")
}
