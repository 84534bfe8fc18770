//! The pictures as a table or as a grid. Both draw only the rows in view, and both are one control for the keyboard.

use egui::{Event, EventFilter, Id, Key, Memory, Modifiers, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo};

use super::{
    super::{View, theme, words},
    grid::{Grid, grid_ui},
    row::{self, InView},
    table::table_ui,
    thumbnails::Thumbnails,
};
use crate::state::{Action, DatasetAction, Filter};

/// Table or grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrangement {
    /// A row a picture.
    #[default]
    Table,
    /// A small picture each.
    Grid,
}

/// How the list is looked at.
#[derive(Default)]
pub struct List {
    /// Table or grid.
    pub arrangement: Arrangement,
    /// The cursor as it was drawn last, in which place of how many.
    followed: Option<u32>,
    /// The first and the last place in view, in the frame before.
    in_view: InView,
    /// How the grid lies.
    grid: Grid,
}

impl List {
    /// Draws the list in the space that is left.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, thumbnails: &mut Thumbnails) {
        let dataset = view.state.dataset();
        let whole = ui.available_rect_before_wrap();
        let id = row::list_id();
        // Registered before what stands on it, so that clicks reach the rows.
        let response = ui.interact(whole, id, Sense::focusable_noninteractive());
        let (n_shown, n_selected) = (dataset.listing().shown().len(), dataset.selection().len());
        let spoken = format!("Pictures: {} shown, {} selected", words::count(n_shown), words::count(n_selected));
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &spoken));
        if n_shown == 0 {
            nothing_ui(view, ui);
            return;
        }
        let cursor = dataset.selection().cursor();
        let scroll_to = if cursor == self.followed {
            None
        } else {
            self.followed = cursor;
            cursor.and_then(|cursor| dataset.listing().shown().iter().position(|row| *row == cursor))
        };
        self.in_view = InView::default();
        match self.arrangement {
            Arrangement::Table => table_ui(&mut self.in_view, view, ui, thumbnails, scroll_to),
            Arrangement::Grid => grid_ui(&mut self.grid, &mut self.in_view, view, ui, thumbnails, scroll_to),
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, theme::palette(ui).accent);
            ui.painter().rect_stroke(whole.shrink(1.0), 2.0, stroke, StrokeKind::Inside);
        }
        self.keys(view, ui, id);
    }

    /// What the keys do while the list has the focus, or nothing has.
    fn keys(&mut self, view: &mut View<'_>, ui: &Ui, id: Id) {
        let focused = ui.memory(Memory::focused);
        if view.is_covered || focused.is_some_and(|focused| focused != id) || egui::Popup::is_any_open(ui.ctx()) {
            return;
        }
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        let mut act = |action| view.actions.push(Action::Dataset(action));
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::A)) {
            act(DatasetAction::SelectAll);
        }
        let extends = ui.input(|input| input.modifiers.shift);
        let presses =
            |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)).min(1 << 20) as isize;
        let across = if self.arrangement == Arrangement::Grid { self.grid.columns as isize } else { 1 };
        let page = self.in_view.page();
        let mut by = across * (presses(Key::ArrowDown) - presses(Key::ArrowUp));
        if self.arrangement == Arrangement::Grid {
            by += presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        }
        by += page * (presses(Key::PageDown) - presses(Key::PageUp));
        let ends = presses(Key::End) - presses(Key::Home);
        if ends != 0 {
            by = if ends > 0 { isize::MAX } else { isize::MIN };
        }
        if by != 0 {
            act(DatasetAction::Move(by, extends));
        }
        if presses(Key::Space) > 0 {
            act(DatasetAction::ToggleChecked);
        }
        if presses(Key::Enter) > 0 {
            view.actions.push(Action::OpenSelected);
        }
        ui.input_mut(|input| {
            // A space typed on the list marks; it is no text for anything else.
            input.events.retain(|event| !matches!(event, Event::Text(text) if text == " "));
        });
    }
}

fn nothing_ui(view: &mut View<'_>, ui: &mut Ui) {
    let dataset = view.state.dataset();
    ui.add_space(ui.available_height() * 0.35);
    ui.vertical_centered(|ui| {
        if dataset.rows().is_empty() {
            let text =
                if dataset.indexing().is_some() { "Looking for pictures …" } else { "The index holds no pictures." };
            ui.label(text);
            return;
        }
        ui.label("No picture passes the filters.");
        if ui.button("Show all pictures").clicked() {
            let filter = Filter { threshold: dataset.filter().threshold, ..Filter::default() };
            view.actions.push(Action::Dataset(DatasetAction::SetFilter(filter)));
        }
    });
}
