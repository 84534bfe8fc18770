//! The turns of a conversation about a picture, as they stand above its line.

use egui::{Align, Frame, Margin, ProgressBar, Rect, RichText, Role, ScrollArea, Ui, WidgetInfo, vec2};

use super::super::{theme, words};
use crate::state::{Asked, Ending, Entry, State, Turn};

/// What the user wants of the turns.
pub enum Wish {
    /// Back to before this one.
    GoBack(usize),
    /// The model shall say no more.
    Stop,
    /// What the model said shall be taken for evidence, as far as it is understood.
    Take(String),
}

/// Draws the turns, and under them the line that is being understood.
pub fn turns_ui(state: &State, ui: &mut Ui, entry: &Entry, being_understood: Option<&str>, most: f32) -> Option<Wish> {
    let mut wish = None;
    let area = ScrollArea::vertical().id_salt(("talk", entry.key)).max_height(most).auto_shrink([false, true]);
    // A new answer is read from its first line; only what the model is still saying is followed to its end.
    let is_speaking = |turn: &Turn| turn.model.as_ref().is_some_and(|asked| asked.ending.is_none());
    let follows = being_understood.is_some() || entry.talk.last().is_some_and(is_speaking);
    let shown = ui.scope_id().with(("turns shown", entry.key));
    let n_before = ui.data(|data| data.get_temp::<usize>(shown)).unwrap_or(0);
    ui.data_mut(|data| data.insert_temp(shown, entry.talk.len()));
    area.min_scrolled_height(0.0).stick_to_bottom(follows).show(ui, |ui| {
        ui.set_width(ui.available_width());
        for (place, turn) in entry.talk.iter().enumerate() {
            let top = ui.cursor().min;
            if said_ui(ui, turn) {
                wish = Some(Wish::GoBack(place));
            }
            if place >= n_before && place + 1 == entry.talk.len() && !follows {
                ui.scroll_to_rect(Rect::from_min_size(top, vec2(1.0, most)), Some(Align::TOP));
            }
            reply_ui(ui, turn, entry);
            if let Some(asked) = &turn.model {
                wish = asked_ui(state, ui, asked).or(wish.take());
            }
            ui.add_space(theme::GAP);
        }
        if let Some(said) = being_understood {
            ui.label(RichText::new(format!("{said} …")).weak());
        }
    });
    wish
}

/// Draws what the user said; whether to go back to before it.
fn said_ui(ui: &mut Ui, turn: &Turn) -> bool {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(&turn.said).strong());
        let back = theme::small_button(ui, "Go back").on_hover_text("To before this was said, with what came of it");
        let name = format!("Go back to before: {}", turn.said);
        back.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        back.clicked()
    })
    .inner
}

fn reply_ui(ui: &mut Ui, turn: &Turn, entry: &Entry) {
    let is_gone = !turn.pieces.is_empty() && !entry.own().iter().any(|piece| turn.pieces.contains(&piece.evidence.id));
    for line in &turn.reply {
        let line = RichText::new(line);
        ui.label(if is_gone { line.weak() } else { line });
    }
    if is_gone {
        ui.label(RichText::new("The evidence that came of it was taken back.").weak());
    }
}

/// Draws what the model said, marked as its words, or where its answer stands.
fn asked_ui(state: &State, ui: &mut Ui, asked: &Asked) -> Option<Wish> {
    let mut wish = None;
    Frame::new().inner_margin(Margin { left: 10, ..Margin::ZERO }).show(ui, |ui| {
        let (name, text) = (speaker(state, asked), &asked.spoken.text);
        if !text.is_empty() {
            ui.label(RichText::new(format!("{name}, in its own words; no evidence:")).small().weak());
            ui.label(text);
        }
        match &asked.ending {
            None => {
                if waiting_ui(ui, asked, name) {
                    wish = Some(Wish::Stop);
                }
            }
            Some(ending) => {
                if let Some(line) = words::ending(ending) {
                    let failed = matches!(ending, Ending::Failed(_) | Ending::NoModel | Ending::NoPixels);
                    let line = RichText::new(line);
                    ui.label(if failed { line.color(theme::palette(ui).error) } else { line.weak() });
                }
                let take = |ui: &mut Ui| {
                    theme::small_button(ui, "Take as evidence")
                        .on_hover_text("As if you had said it, as far as it is understood")
                };
                if !text.is_empty() && take(ui).clicked() {
                    wish = Some(Wish::Take(text.clone()));
                }
            }
        }
    });
    wish
}

/// Draws that an answer is waited for; whether to stop it.
fn waiting_ui(ui: &mut Ui, asked: &Asked, name: &str) -> bool {
    let is_stopped = ui.horizontal(|ui| {
        let doing = asked.progress.map_or("waiting its turn", |progress| words::stage(progress.stage));
        ui.label(RichText::new(format!("{name}: {doing} …")).weak());
        let stop = theme::small_button(ui, "Stop");
        stop.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Stop the model"));
        stop.clicked()
    });
    if let Some(done) = asked.progress.and_then(|progress| progress.fraction) {
        ui.add(ProgressBar::new(done).desired_height(4.0).fill(theme::palette(ui).accent));
    }
    is_stopped.inner
}

/// Who said it, or is about to.
fn speaker<'s>(state: &'s State, asked: &'s Asked) -> &'s str {
    match (asked.spoken.model.as_str(), state.model().summary()) {
        ("", Some(model)) => &model.name,
        ("", None) => "The model",
        (name, _) => name,
    }
}
