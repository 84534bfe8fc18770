//! The list of models: each with what it does, its size, how it fits and how it stands with it.

use egui::{Align2, Color32, FontId, Rect, RichText, ScrollArea, Ui, pos2, vec2};

use super::{
    super::{View, theme, words},
    trained::trained_ui,
};
use crate::{
    hub::Verdict,
    state::{Model, Standing, State},
    worker::ModelSource,
};

/// Height of a model's row, in points.
const ROW: f32 = 48.0;
/// Room at the right for fit and standing.
const RIGHT: f32 = 128.0;

/// The models as they are listed: what lies here, then what could be fetched; of each first what says where.
pub(super) fn in_order(state: &State) -> Vec<Model<'_>> {
    let mut models = state.hub().models();
    models.sort_by_key(|model| (model.shelved.is_none(), model.purpose()));
    models
}

/// Whether a model is the one that answers, or the one that segments.
pub(super) fn is_used(state: &State, model: &Model<'_>) -> bool {
    let Some(shelved) = model.shelved else { return false };
    let source = ModelSource::Directory(shelved.path.clone());
    state.settings().model == source || state.settings().segmenter == source
}

/// Whether a model is the one that the model in use is compared with.
pub(super) fn is_compared(state: &State, model: &Model<'_>) -> bool {
    let of = |source: &ModelSource| matches!((source, model.shelved), (ModelSource::Directory(folder), Some(shelved)) if *folder == shelved.path);
    state.comparison().is_some_and(|comparison| of(&comparison.source))
}

/// Draws the list; the name of the model that was clicked on comes back.
pub(super) fn list_ui(view: &mut View<'_>, ui: &mut Ui, chosen: Option<&str>) -> Option<String> {
    let models = in_order(view.state);
    let n_here = models.iter().filter(|model| model.shelved.is_some()).count();
    let (here, to_fetch) = models.split_at(n_here);
    let state = view.state;
    let mut clicked = None;
    ScrollArea::vertical().id_salt("models").auto_shrink(false).show(ui, |ui| {
        let mut rows_ui = |ui: &mut Ui, models: &[Model<'_>]| {
            for model in models {
                if row_ui(state, ui, model, chosen == Some(model.name)) {
                    clicked = Some(model.name.to_owned());
                }
            }
        };
        ui.label(RichText::new("On this machine").strong());
        if here.is_empty() {
            ui.label(RichText::new("None but the starter, which knows drawn streets only.").weak());
        }
        rows_ui(ui, here);
        trained_ui(view, ui);
        if !to_fetch.is_empty() {
            ui.add_space(theme::GAP_WIDE);
            ui.label(RichText::new("To fetch").strong());
        }
        rows_ui(ui, to_fetch);
    });
    clicked
}

fn row_ui(state: &State, ui: &mut Ui, model: &Model<'_>, is_chosen: bool) -> bool {
    let palette = theme::palette(ui);
    let title = model.offer.map_or(model.name, |offer| offer.title.as_str());
    let bytes = model.shelved.map(|shelved| shelved.bytes).or(model.offer.and_then(|offer| offer.bytes));
    let size = bytes.map_or_else(|| "size not known".to_owned(), words::bytes);
    let verdict =
        state.hub().memory(state.settings().device).map(|memory| model.fit(memory, state.settings().precision).verdict);
    let fit = verdict.map_or("", words::fit_in_short);
    let used = match (is_used(state, model), is_compared(state, model)) {
        (true, _) => "in use",
        (false, true) => "compared",
        (false, false) => "",
    };
    let standing = words::standing_in_short(&model.standing);
    let without = if model.shelved.is_some() { "cannot be opened" } else { "being brought in" };
    let does = model.purpose().map_or(without, words::purpose);
    let said: Vec<&str> = [does, &size, fit, used, &standing].into_iter().filter(|text| !text.is_empty()).collect();
    let name = format!("Model {}: {}", model.name, said.join(", "));
    let response = theme::list_row(ui, ROW, is_chosen, &name);
    let row = response.rect;
    theme::row_text(ui, row, RIGHT, [(6.0, title.to_owned()), (26.0, format!("{does}, {size}"))]);
    let font = FontId::proportional(theme::SMALL_SIZE);
    let right = |y: f32, text: &str, color| {
        ui.painter().text(pos2(row.max.x - 8.0, row.min.y + y), Align2::RIGHT_CENTER, text, font.clone(), color)
    };
    let at = right(14.0, fit, palette.text_weak);
    if let Some(verdict) = verdict {
        ui.painter().circle_filled(pos2(at.min.x - 9.0, at.center().y), 4.5, color_of(ui, verdict));
    }
    let low = if used.is_empty() { standing.as_str() } else { used };
    let is_bad = matches!(model.standing, Standing::Failed(_) | Standing::Damaged(_));
    right(34.0, low, if is_bad { palette.error } else { palette.text_weak });
    if let Standing::Underway(underway) = &model.standing {
        let share = underway.progress.done as f32 / underway.progress.all.max(1) as f32;
        let bar = Rect::from_min_size(pos2(row.min.x + 8.0, row.max.y - 5.0), vec2((row.width() - 16.0) * share, 3.0));
        ui.painter().rect_filled(bar, 1.5, palette.accent);
    }
    response.clicked()
}

/// Green, yellow or red; the word stands beside it.
pub(super) fn color_of(ui: &Ui, verdict: Verdict) -> Color32 {
    let palette = theme::palette(ui);
    match verdict {
        Verdict::Fits => palette.map.gps,
        Verdict::Tight => palette.map.unlikely,
        Verdict::TooLarge => palette.error,
        Verdict::Unknown => palette.line,
    }
}
