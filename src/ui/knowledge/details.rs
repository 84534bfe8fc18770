//! One record, with everything that is known of it, and what can be done with it.

use egui::{RichText, ScrollArea, Ui};

use super::{
    super::{
        Ask, View,
        facts::{Facts, facts_ui},
        shortcuts::{UNDO, hint},
        theme, words,
    },
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
        facts_ui(ui, "clue facts", |facts| record_ui(facts, &record));
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
                true => ("Back to the shipped one", "Takes your record away, until that is undone"),
                false => ("Remove", "Takes it away, until that is undone"),
            };
            if ui.button(name).on_hover_text(hint(ui.ctx(), text, UNDO[0])).clicked() {
                view.actions.push(Action::DropClue(record.id.clone()));
            }
        }
    });
}

fn record_ui(facts: &mut Facts<'_>, record: &ClueRecord) {
    let seen_by = match record.classes.is_empty() {
        true => words::detector(record.seen_by).to_owned(),
        false => format!("{}; where the picture shows {}", words::detector(record.seen_by), record.classes.join(", ")),
    };
    let holds_in = format!("Holds in {}", words::count(record.countries.len()));
    for (name, text) in [
        (holds_in.as_str(), words::clue_countries(record)),
        ("Likelihood", words::clue_likelihood(record)),
        ("Speaks", words::clue_factor(record)),
        ("Known", words::clue_basis(record)),
        ("Seen by", seen_by),
        ("Named by", record.words.join(", ")),
        ("Id", record.id.clone()),
    ] {
        if !text.is_empty() {
            facts.text(name, &text);
        }
    }
    facts.row("Source", |ui| source_ui(ui, record));
}

fn source_ui(ui: &mut Ui, record: &ClueRecord) {
    let said = words::clue_source(record);
    if record.source.address.starts_with("https://") {
        ui.hyperlink_to(said, &record.source.address)
            .on_hover_text(format!("{} (in your browser)", record.source.address));
    } else {
        ui.add(egui::Label::new(said).wrap());
    }
}
