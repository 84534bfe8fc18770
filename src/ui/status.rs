//! The line at the bottom: what is being done and for how long, which model answers, and what the network is used for.

use std::time::{Duration, Instant};

use egui::{Layout, ProgressBar, RichText, Ui};

use super::{View, page::WindowPage, theme, words};
use crate::{
    state::{ModelState, Page, State},
    worker::JobId,
};

/// Remembers when the job that is shown began.
#[derive(Default)]
pub struct Status {
    since: Option<(JobId, Instant)>,
}

impl Status {
    /// Draws the line.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, page: &dyn WindowPage, network: &str) {
        ui.horizontal_centered(|ui| {
            self.work_ui(view, ui, page);
            for text in underway_elsewhere(view.state, page.page()) {
                ui.separator();
                ui.label(RichText::new(text).small());
            }
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(format!("Network: {network}")).small().weak());
                ui.separator();
                ui.label(RichText::new(words::model(view.state.model(), &view.state.settings().model)).small().weak());
            });
        });
    }

    fn work_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, page: &dyn WindowPage) {
        let state = view.state;
        let job = state.running().map(|(_, progress)| progress.job);
        if self.since.map(|(job, _)| job) != job {
            self.since = job.map(|job| (job, Instant::now()));
        }
        let fraction = if let (Some((entry, progress)), Some((_, since))) = (state.running(), self.since) {
            // The seconds must go on counting while nothing else happens.
            ui.request_repaint_after(Duration::from_millis(500));
            let doing = words::stage(progress.stage);
            let waiting =
                if state.n_waiting() > 0 { format!(", {} waiting", state.n_waiting()) } else { String::new() };
            let text = format!("{}: {doing}, {} s{waiting}", entry.name, since.elapsed().as_secs());
            ui.label(RichText::new(text).small());
            progress.fraction
        } else if let ModelState::Loading { fraction, .. } = state.model() {
            ui.label(RichText::new("Reading the model").small());
            *fraction
        } else {
            ui.label(RichText::new(page.status(state)).small());
            if let Some(lead) = page.leads_to(state) {
                ui.spacing_mut().item_spacing.x = 3.0;
                let hover = (lead.hover)(ui.ctx());
                if ui.link(RichText::new(lead.text).small()).on_hover_text(hover).clicked() {
                    view.actions.push(lead.action);
                }
            }
            return;
        };
        if let Some(done) = fraction {
            let bar = ProgressBar::new(done).desired_width(120.0).desired_height(5.0);
            ui.add(bar.fill(theme::palette(ui).accent));
        }
    }
}

/// What goes on behind another page than this one, which shows its own at length.
fn underway_elsewhere(state: &State, page: Page) -> impl Iterator<Item = String> {
    let run = state.training().running().filter(|run| run.goes_on() && page != Page::TRAINING);
    let evaluating = state.evaluation().running().filter(|_| page != Page::EVALUATION);
    run.map(words::run_in_short).into_iter().chain(evaluating.map(words::evaluation_in_short))
}
