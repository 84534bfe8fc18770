//! One record, with everything that is known of it, and what can be done with it.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::{
    super::{Ask, View, theme, words},
    form::ClueForm,
    sieve::is_own,
};
use crate::{
    knowledge::clues::{ClueRecord, shipped_clues},
    predict::hint::ticked,
    state::{Action, Page},
};

/// Draws the record of this id, or what to do to see one.
pub(super) fn details_ui(view: &mut View<'_>, ui: &mut Ui, chosen: Option<&str>) {
    let Some(record) = chosen.and_then(|id| view.state.clues().record(id)).cloned() else {
        ui.label(
            RichText::new("Choose a record to see where it holds, how likely it is and where that is from.").weak(),
        );
        ui.take_available_space();
        return;
    };
    ScrollArea::vertical().id_salt(("clue record", &record.id)).auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(words::feature(record.feature)).weak());
        ui.label(RichText::new(&record.value).size(theme::PLACE_SIZE));
        ui.add_space(theme::GAP);
        buttons_ui(view, ui, &record);
        ui.add_space(theme::GAP_WIDE);
        facts_ui(ui, &record);
    });
}

fn buttons_ui(view: &mut View<'_>, ui: &mut Ui, record: &ClueRecord) {
    let is_own = is_own(view.state, record);
    let replaces = is_own && shipped_clues().record(&record.id).is_some();
    let can_keep = view.state.own_clues_problem().is_none();
    ui.horizontal_wrapped(|ui| {
        let picture =
            view.state.selected().filter(|entry| entry.answer().is_some_and(|(_, run)| run.weighing.is_some()));
        let text = match picture {
            Some(entry) => format!("It becomes evidence of {}", entry.name),
            None => "Locate a picture first: it becomes evidence of the one looked at".to_owned(),
        };
        let see = ui.add_enabled(picture.is_some(), egui::Button::new("I see this in the picture"));
        if see.on_hover_text(&text).on_disabled_hover_text(text).clicked()
            && let Some(entry) = picture
        {
            view.actions.push(Action::AddPiece(entry.key, Box::new(ticked(record, true))));
            view.actions.push(Action::Show(Page::PICTURES));
        }
        let (name, text) = match is_own {
            true => ("Edit…", "Change this clue of yours"),
            false => ("Change for myself…", "A record of your own takes the place of this one"),
        };
        if ui.add_enabled(can_keep, egui::Button::new(name)).on_hover_text(text).clicked() {
            view.asks.push(Ask::Show(Box::new(ClueForm::of(record))));
        }
        if is_own {
            let (name, text) = match replaces {
                true => ("Back to the shipped one", "Takes your record away; Ctrl+Z brings it back"),
                false => ("Remove", "Takes it away; Ctrl+Z brings it back"),
            };
            if ui.button(name).on_hover_text(text).clicked() {
                view.actions.push(Action::DropClue(record.id.clone()));
            }
        }
    });
}

fn facts_ui(ui: &mut Ui, record: &ClueRecord) {
    let width = (ui.available_width() - 130.0).max(120.0);
    let names = record.words.join(", ");
    let (countries, likelihood) = (words::clue_countries(record), words::clue_likelihood(record));
    let (factor, basis) = (words::clue_factor(record), words::clue_basis(record));
    let seen_by = match record.classes.is_empty() {
        true => words::detector(record.seen_by).to_owned(),
        false => format!("{}; where the picture shows {}", words::detector(record.seen_by), record.classes.join(", ")),
    };
    let holds_in = format!("Holds in {}", words::count(record.countries.len()));
    let rows = [
        (holds_in.as_str(), countries),
        ("Likelihood", likelihood),
        ("Speaks", factor),
        ("Known", basis),
        ("Seen by", seen_by),
        ("Named by", names),
        ("Id", record.id.clone()),
    ];
    Grid::new("clue facts").num_columns(2).min_col_width(90.0).spacing([theme::GAP_WIDE, 6.0]).show(ui, |ui| {
        for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
            ui.label(RichText::new(name).weak());
            ui.scope(|ui| {
                ui.set_width(width);
                ui.add(egui::Label::new(value).wrap());
            });
            ui.end_row();
        }
        ui.label(RichText::new("Source").weak());
        ui.scope(|ui| {
            ui.set_width(width);
            source_ui(ui, record);
        });
        ui.end_row();
    });
}

fn source_ui(ui: &mut Ui, record: &ClueRecord) {
    let said = words::clue_source(record);
    if record.source.address.starts_with("https://") {
        ui.horizontal_wrapped(|ui| {
            ui.hyperlink_to(said, &record.source.address)
                .on_hover_text(format!("{} (in your browser)", record.source.address));
        });
    } else {
        ui.add(egui::Label::new(said).wrap());
    }
}
