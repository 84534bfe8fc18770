//! The pictures that are open, side by side: a thumbnail, the name, and how far the work on each has come.

use egui::{
    Align2, EventFilter, FontId, Id, Key, Modifiers, Rect, Response, RichText, Role, ScrollArea, Sense, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::{
    super::{
        View,
        textures::{Textures, draw_fitted},
        theme, words,
    },
    strip_filter::{StripFilter, is_bad},
    veil::Veil,
};
use crate::state::{Action, Entry, PictureKey, State, Work};

/// Height of the whole strip.
const HEIGHT: f32 = 122.0;
/// Height of the line over it, where there are more pictures than fit side by side.
const HEAD: f32 = 32.0;
const CELL: Vec2 = vec2(112.0, 104.0);
const STEP: f32 = CELL.x + 8.0;
const THUMBNAIL: Vec2 = vec2(104.0, 62.0);

/// How the strip is looked at.
#[derive(Default)]
pub struct FilmStrip {
    /// The picture that was scrolled to last.
    shown: Option<PictureKey>,
    /// Which pictures it shows.
    pub filter: StripFilter,
}

impl FilmStrip {
    /// Its height in a panel of this width. Where all pictures fit side by side there is nothing to choose among them.
    pub fn height(&mut self, state: &State, width: f32) -> f32 {
        if state.entries().len() as f32 * STEP > width {
            HEIGHT + HEAD
        } else {
            self.filter = StripFilter::All;
            HEIGHT
        }
    }

    /// Draws the strip, which is one control for the keyboard; only the cells in view cost anything.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, textures: &mut Textures, veil: &Veil) {
        if ui.available_height() > HEIGHT {
            let before = self.filter;
            self.filter.ui(view.state, ui);
            if self.filter != before {
                self.shown = None;
            }
        }
        let id = Id::unique("the open pictures");
        // Registered before the cells, so that clicks reach them.
        let strip = ui.interact(ui.available_rect_before_wrap(), id, Sense::focusable_noninteractive());
        let filter = self.filter;
        let entries: Vec<&Entry> = view.state.entries().iter().filter(|entry| filter.shows(entry)).collect();
        let (n_shown, n_open) = (words::count(entries.len()), words::count(view.state.entries().len()));
        let spoken = match filter {
            StripFilter::All => format!("Open pictures: {n_open}"),
            _ => format!("Open pictures: {n_shown} of {n_open}"),
        };
        strip.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &spoken));
        if strip.has_focus() {
            keys(view, ui, id, filter);
        }
        if entries.is_empty() && filter != StripFilter::All {
            ui.centered_and_justified(|ui| ui.label(RichText::new(filter.nothing()).weak()));
            return;
        }
        let selected = view.state.selected().map(|entry| entry.key);
        let n_coming = usize::from(filter == StripFilter::All && !view.state.openings().is_empty());
        let width = (entries.len() + n_coming) as f32 * STEP;
        ScrollArea::horizontal().id_salt("film strip").auto_shrink(false).show_viewport(ui, |ui, seen| {
            ui.set_min_size(vec2(width, CELL.y));
            let origin = ui.min_rect().min;
            let cell = |place: usize| Rect::from_min_size(origin + vec2(place as f32 * STEP, 0.0), CELL);
            let from = ((seen.min.x / STEP).floor().max(0.0) as usize).min(entries.len());
            let to = ((seen.max.x / STEP).ceil().max(0.0) as usize).min(entries.len());
            for (place, entry) in entries.iter().enumerate().take(to).skip(from) {
                let words = Words::of(entry, veil);
                cell_ui(view, ui, cell(place), entry, &words, Some(entry.key) == selected, textures);
            }
            if n_coming == 1 {
                let n_come: usize = view.state.openings().iter().map(|opening| opening.n_come).sum();
                let rect = cell(entries.len());
                let so_far = words::count(n_come);
                let text = if n_come == 0 { "opening …".to_owned() } else { format!("opening …\n{so_far} so far") };
                let weak = theme::palette(ui).text_weak;
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(12.0), weak);
            }
            if selected != self.shown {
                self.shown = selected;
                if let Some(place) = entries.iter().position(|entry| Some(entry.key) == selected) {
                    ui.scroll_to_rect(cell(place), None);
                }
            }
        });
    }
}

/// What the keys do while the strip has the focus.
fn keys(view: &mut View<'_>, ui: &Ui, id: Id, filter: StripFilter) {
    let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let presses = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as isize;
    let mut by = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
    let ends = presses(Key::End) - presses(Key::Home);
    if ends != 0 {
        by = ends.signum() * view.state.entries().len() as isize;
    }
    if by != 0 {
        filter.step(view, by);
    }
}

/// What a cell says.
struct Words {
    spoken: String,
    short: String,
}

impl Words {
    /// While the answer is hidden the place is not named.
    fn of(entry: &Entry, veil: &Veil) -> Self {
        let is_hidden = veil.hides(entry.key) && entry.found().is_some() && !entry.is_busy();
        let (long, short) = if is_hidden {
            ("located, the answer is hidden".to_owned(), "located".to_owned())
        } else {
            (words::work(entry), words::work_in_short(entry))
        };
        Self { spoken: format!("{}: {long}", entry.name), short }
    }
}

fn cell_ui(
    view: &mut View<'_>,
    ui: &mut Ui,
    rect: Rect,
    entry: &Entry,
    words: &Words,
    is_selected: bool,
    textures: &mut Textures,
) {
    let palette = theme::palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(entry.key), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_selected, &words.spoken));
    theme::cell(ui, &response, rect, is_selected);
    let frame = Rect::from_min_size(rect.min + vec2(4.0, 4.0), THUMBNAIL);
    thumbnail_ui(ui, frame, entry, textures);
    let line = |row: f32| pos2(rect.center().x, frame.max.y + 4.0 + row * 15.0);
    let font = FontId::proportional(11.5);
    let width = CELL.x - 8.0;
    let color = if is_bad(entry) { palette.error } else { palette.text_weak };
    let lines = [
        theme::elided_name(ui, &entry.name, &font, palette.text, width),
        theme::elided(ui, words.short.clone(), font, color, width),
    ];
    for (row, galley) in lines.into_iter().enumerate() {
        let at = line(row as f32) - vec2(galley.size().x / 2.0, 0.0);
        ui.painter().galley(at, galley, palette.text);
    }
    if let Work::Running(progress) = entry.doing() {
        let track = Rect::from_min_max(pos2(frame.min.x, frame.max.y - 3.0), frame.max);
        ui.painter().rect_filled(track, 0.0, palette.line);
        let done = track.with_max_x(track.min.x + track.width() * progress.fraction.unwrap_or(0.0).clamp(0.0, 1.0));
        ui.painter().rect_filled(done, 0.0, palette.accent);
    }
    act_on(view, &response, entry);
    response.on_hover_text(&words.spoken);
}

fn thumbnail_ui(ui: &Ui, frame: Rect, entry: &Entry, textures: &mut Textures) {
    let palette = theme::palette(ui);
    ui.painter().rect_filled(frame, 2.0, palette.sunken);
    let Ok(picture) = &entry.picture else {
        ui.painter().text(
            frame.center(),
            Align2::CENTER_CENTER,
            "no picture",
            FontId::proportional(11.5),
            palette.error,
        );
        return;
    };
    let texture = textures.thumbnail(ui.ctx(), entry.key, picture);
    draw_fitted(ui.painter(), frame, texture);
}

fn act_on(view: &mut View<'_>, response: &Response, entry: &Entry) {
    if response.clicked() {
        view.actions.push(Action::Select(entry.key));
    }
    response.context_menu(|ui| {
        if ui.add_enabled(entry.picture.is_ok() && !entry.is_busy(), egui::Button::new("Locate again")).clicked() {
            view.actions.push(Action::Locate(entry.key));
        }
        if ui.button("Remove from the strip").clicked() {
            view.actions.push(Action::Remove(entry.key));
        }
    });
}
