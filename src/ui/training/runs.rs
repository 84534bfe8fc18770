//! The runs that lie on the disk, with their curves to be shown side by side, and what can be done with each.

use std::{collections::BTreeSet, path::PathBuf};

use egui::{Label, RichText, Ui};

use super::{
    super::{View, theme, words},
    act,
    report::use_ui,
};
use crate::{
    state::{Running, TrainingAction, kept_models},
    worker::RunRecord,
};

/// Offers to go on with the latest run, where it was broken off.
pub fn offer_ui(view: &mut View<'_>, ui: &mut Ui) {
    let training = view.state.training();
    let latest = training.runs().first().filter(|run| run.is_broken_off());
    let Some(run) = latest.cloned() else { return };
    let palette = theme::palette(ui);
    egui::Frame::new().fill(palette.accent_faint).inner_margin(8.0).corner_radius(theme::CORNER).show(ui, |ui| {
        ui.label(format!("“{}” {}.", run.name(), words::run_standing(&run)));
        if ui.button("Go on with it").clicked() {
            resume(view, &run);
        }
    });
    ui.add_space(theme::GAP);
}

fn resume(view: &mut View<'_>, run: &RunRecord) {
    if let Some(state) = &run.state {
        // Where the folder lies now counts, not where it was.
        let mut config = state.config.clone();
        config.out.clone_from(&run.folder);
        act(view, TrainingAction::Start { config: Box::new(config), resume: true, replaces: false });
    }
}

/// "run 3" where "run 2" is the last that is numbered so.
pub fn next_free(runs: &[RunRecord]) -> String {
    let number = |run: &RunRecord| run.name().strip_prefix("run ")?.parse::<u32>().ok();
    format!("run {}", runs.iter().filter_map(number).max().map_or(1, |last| last.saturating_add(1)))
}

/// Draws the list.
pub fn runs_ui(view: &mut View<'_>, ui: &mut Ui, compared: &mut BTreeSet<PathBuf>) {
    ui.label(RichText::new("Runs").heading());
    let training = view.state.training();
    let runs = training.runs();
    // It is listed among them from the first look after it on.
    let unlisted =
        training.running().filter(|running| running.goes_on() && training.run_in(&running.config.out).is_none());
    if let Some(running) = unlisted {
        ui.separator();
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(running.name()).strong());
            ui.label(RichText::new(words::stage_name(running.config.stage)).weak());
        });
        ui.label(RichText::new("goes on").small());
    } else if runs.is_empty() {
        ui.label(RichText::new("None yet. Each one stays here with its curves, to be set beside the next.").weak());
    }
    for run in runs {
        run_ui(view, ui, run, compared);
    }
}

fn run_ui(view: &mut View<'_>, ui: &mut Ui, run: &RunRecord, compared: &mut BTreeSet<PathBuf>) {
    let goes_on = view.state.training().goes_on();
    let own = view.state.training().running().filter(|running| running.config.out == run.folder);
    let is_own = own.is_some();
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        let mut is_shown = compared.contains(&run.folder) || is_own;
        let shows = ui.add_enabled(!is_own, egui::Checkbox::new(&mut is_shown, RichText::new(run.name()).strong()));
        if shows.on_hover_text("Show its curves").changed() {
            if is_shown {
                compared.insert(run.folder.clone());
            } else {
                compared.remove(&run.folder);
            }
        }
        if let Some(state) = &run.state {
            ui.label(RichText::new(words::stage_name(state.config.stage)).weak());
        }
    });
    let standing = if own.is_some_and(Running::goes_on) { "goes on".to_owned() } else { words::run_standing(run) };
    ui.add(Label::new(RichText::new(standing).small()).truncate()).on_hover_text(run.folder.display().to_string());
    let Some(state) = &run.state else { return };
    ui.horizontal_wrapped(|ui| {
        let can_go_on = run.is_broken_off() && !goes_on;
        if can_go_on
            && theme::small_button(ui, "Go on").on_hover_text("From its last checkpoint, bit for bit").clicked()
        {
            resume(view, run);
        }
        for kept in kept_models(run) {
            let hover = kept.folder.display().to_string();
            use_ui(view, ui, &state.config, &kept.folder, kept.step, (kept.which, &hover));
        }
    });
}
