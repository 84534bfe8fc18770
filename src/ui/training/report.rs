//! Before and after: what a run of this session has changed on held-back pictures.

use std::path::Path;

use egui::{Grid, RichText, Ui};

use super::super::{Ask, View, forms::SaveForm, theme, words};
use crate::{
    export,
    state::{Action, Outcome, Remark, Running, model_of},
    train::TrainConfig,
};

const EXPLAINS: &str = "A page for reading, which needs nothing beside itself: what the run changed on held-back pictures, its \
                        answers about the same few before and after, its curves, and the training file that repeats it.";

/// Draws the report of a run that has ended.
pub fn report_ui(view: &mut View<'_>, ui: &mut Ui, running: &Running) {
    let Some(Outcome::Ended(trained)) = &running.outcome else { return };
    ui.add_space(theme::GAP);
    ui.label(RichText::new("Before and after").strong());
    let rows = words::before_and_after(running);
    if rows.is_empty() {
        ui.label(RichText::new("Held-back pictures were not looked at twice.").weak());
    } else {
        Grid::new("before and after").num_columns(3).spacing([18.0, 4.0]).show(ui, |ui| {
            for row in &rows {
                for cell in row {
                    ui.label(cell);
                }
                ui.end_row();
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        if let Some((folder, best)) = &trained.best {
            let text = "The model whose loss on held-back pictures was lowest";
            use_ui(view, ui, &running.config, folder, best.step, ("best", text));
        }
        let text = "The model as it was when the run ended";
        use_ui(view, ui, &running.config, &trained.last, running.step(), ("last", text));
        if ui.button("Save the report…").on_hover_text("As a page that opens in any browser").clicked() {
            let name = running.config.out.file_name().unwrap_or_default().to_string_lossy();
            let (name, page) = (format!("training {name}.html"), export::training::page(running));
            let contents = move |_: &Path| Ok(page.into_bytes());
            let form = SaveForm::new(view.state, "Save the report", name, contents, Remark::ReportWritten);
            view.asks.push(Ask::Show(Box::new(form.explained(EXPLAINS))));
        }
        if ui.button("Copy the report").clicked() {
            view.asks.push(Ask::Copy(words::run_report(running)));
            view.actions.push(Action::Tell(Remark::ReportCopied));
        }
    });
}

/// Puts a model of a run to use, which is said; where it is in use, that it is.
pub fn use_ui(view: &mut View<'_>, ui: &mut Ui, config: &TrainConfig, folder: &Path, step: u64, which: (&str, &str)) {
    let (model, in_use) = (model_of(config, folder), &view.state.settings().model);
    let (which, hover) = which;
    let name = format!("the {which} (step {})", words::count(step as usize));
    if model == *in_use {
        ui.label(RichText::new(format!("{} is in use", words::capital(&name))).weak());
    } else if ui.button(format!("Use {name}")).on_hover_text(hover).clicked() {
        let before = Some(in_use.clone()).filter(|before| !before.lies_in(&config.out));
        let run = config.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
        view.actions.push(Action::ChooseModel(model));
        view.actions.push(Action::Tell(Remark::ModelTried { run, step, before }));
    }
}
