//! The list of what is learned from: each source with what it is, how much there is, and what is wrong with it.

use egui::{Align, Button, Frame, Label, Layout, RichText, Role, Ui, WidgetInfo, vec2};

use super::{
    super::{Ask, View, theme, words},
    act,
    source_form::SourceForm,
};
use crate::{
    dataset::{ManifestError, Source, SourceError, SourceKind},
    state::{Learned, SourceAction, TrainingAction},
    train::{TrainError, data::SourceLook},
    worker::Failure,
};

/// Said where the list is empty.
const NOTHING_YET: &str = "Nothing yet. Add photographs that know where they were taken, a table with a line for each \
                           picture, a data set of the Dataset page, or records with questions and answers; as many as \
                           you like. They can be dropped here too.";

/// Draws the list and what adds to it.
pub fn sources_ui(view: &mut View<'_>, ui: &mut Ui) {
    let sources = view.state.training().sources();
    if sources.is_empty() {
        ui.label(RichText::new(NOTHING_YET).small().weak());
    }
    for (number, learned) in sources.iter().enumerate() {
        source_ui(view, ui, number, learned);
    }
    let looks: Vec<&SourceLook> = sources.iter().filter_map(|learned| learned.found.as_ref()?.as_ref().ok()).collect();
    if sources.len() > 1 && looks.len() == sources.len() {
        ui.label(RichText::new(words::sources_together(&looks)).small().weak());
    }
    ui.horizontal_wrapped(|ui| {
        if ui.button("Add files…").on_hover_text("Tables (CSV), data sets, records as JSON or Parquet").clicked() {
            view.asks.push(Ask::Browse(Box::new(SourceForm::new(false))));
        }
        if ui.button("Add a folder…").on_hover_text("Pictures, with a table in the folder or without").clicked() {
            view.asks.push(Ask::Browse(Box::new(SourceForm::new(true))));
        }
        if let Some(file) = view.state.dataset().file()
            && sources.iter().all(|learned| learned.source.path != file)
            && ui.button("Add the data set that is open").clicked()
        {
            act(view, TrainingAction::Source(SourceAction::Add(Source::at(file))));
        }
    });
}

fn source_ui(view: &mut View<'_>, ui: &mut Ui, number: usize, learned: &Learned) {
    let palette = theme::palette(ui);
    let path = &learned.source.path;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let asks_columns = asks_columns(learned);
    Frame::new().fill(palette.raised).inner_margin(8.0).corner_radius(theme::CORNER).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let row = vec2(ui.available_width(), ui.spacing().interact_size.y);
        ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            if button(ui, "Remove", &name, false) {
                act(view, TrainingAction::Source(SourceAction::Remove(number)));
            }
            let text = if asks_columns { "Choose the columns…" } else { "How it is read…" };
            if button(ui, text, &name, asks_columns) {
                view.asks.push(Ask::Show(Box::new(SourceForm::of(number, &learned.source))));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = Label::new(RichText::new(&name).strong()).truncate();
                ui.add(label).on_hover_text(path.display().to_string());
            });
        });
        found_ui(ui, learned);
    });
}

/// Whether the columns of a table are what has to be said of it.
fn asks_columns(learned: &Learned) -> bool {
    match &learned.found {
        None => false,
        Some(Ok(look)) => look.kind == SourceKind::Table && look.is_of_no_use(),
        Some(Err(why)) => lacks_column(why),
    }
}

/// Says what was found.
fn found_ui(ui: &mut Ui, learned: &Learned) {
    let palette = theme::palette(ui);
    match &learned.found {
        None => {
            ui.label(RichText::new("Looking at it …").small().weak());
        }
        Some(Ok(look)) => {
            ui.label(RichText::new(words::source_look(look)).small());
            if let Some(findings) = words::source_findings(look) {
                let colour = if look.is_of_no_use() { palette.error } else { palette.caution_text };
                ui.label(RichText::new(findings).small().color(colour));
            }
        }
        Some(Err(why)) if lacks_column(why) => {
            let text = "Which of its columns is which cannot be told from their names.";
            ui.label(RichText::new(text).small().color(palette.caution_text));
        }
        Some(Err(why)) => {
            ui.label(RichText::new(why.to_string()).small().color(palette.error));
        }
    }
}

/// Whether it is a table of which a column must be named.
fn lacks_column(why: &Failure) -> bool {
    let Failure::Train(TrainError::Source(SourceError::Table(table))) = why else { return false };
    matches!(table, ManifestError::MissingColumn { .. } | ManifestError::NoSuchColumn { .. })
}

/// A button beside others of its name, told apart by what it is about.
fn button(ui: &mut Ui, text: &str, about: &str, is_urgent: bool) -> bool {
    let palette = theme::palette(ui);
    let button = match is_urgent {
        true => Button::new(RichText::new(text).color(palette.on_accent)).fill(palette.accent).small(),
        false => Button::new(text).small(),
    };
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{text} ({about})")));
    response.clicked()
}
