//! The line at the bottom: what is being done and for how long, which model answers, and what the network is used for.

use std::time::{Duration, Instant};

use egui::{Layout, ProgressBar, RichText, Ui};

use super::{View, theme, words};
use crate::{
    state::{DatasetState, ModelState, Page},
    worker::JobId,
};

/// Remembers when the job that is shown began.
#[derive(Default)]
pub struct Status {
    since: Option<(JobId, Instant)>,
}

impl Status {
    /// Draws the line.
    pub fn ui(&mut self, view: &View<'_>, ui: &mut Ui, network: &str) {
        ui.horizontal_centered(|ui| {
            self.work_ui(view, ui);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(format!("Network: {network}")).small().weak());
                ui.separator();
                ui.label(RichText::new(model_words(view.state.model())).small().weak());
            });
        });
    }

    fn work_ui(&mut self, view: &View<'_>, ui: &mut Ui) {
        let state = view.state;
        let job = state.running().map(|(_, progress)| progress.job);
        if self.since.map(|(job, _)| job) != job {
            self.since = job.map(|job| (job, Instant::now()));
        }
        let fraction = if let (Some((entry, progress)), Some((_, since))) = (state.running(), self.since) {
            // The seconds must go on counting while nothing else happens.
            ui.request_repaint_after(Duration::from_millis(500));
            let doing = progress.stage.map_or_else(|| "starting".to_owned(), |stage| stage.to_string());
            let waiting =
                if state.n_waiting() > 0 { format!(", {} waiting", state.n_waiting()) } else { String::new() };
            let text = format!("{}: {doing}, {} s{waiting}", entry.name, since.elapsed().as_secs());
            ui.label(RichText::new(text).small());
            progress.fraction
        } else if let ModelState::Loading { fraction, .. } = state.model() {
            ui.label(RichText::new("Reading the model").small());
            *fraction
        } else if state.settings().page == Page::Dataset {
            ui.label(RichText::new(dataset_words(state.dataset())).small());
            return;
        } else {
            let located = state.entries().iter().filter(|entry| entry.found().is_some()).count();
            let text = match (state.entries().len(), located) {
                (0, _) => "Ready".to_owned(),
                (1, n) => if n == 1 { "1 picture, located" } else { "1 picture, not located" }.to_owned(),
                (all, n) => format!("{all} pictures, {n} located"),
            };
            ui.label(RichText::new(text).small());
            return;
        };
        if let Some(done) = fraction {
            let bar = ProgressBar::new(done).desired_width(120.0).desired_height(5.0);
            ui.add(bar.fill(theme::palette(ui).accent));
        }
    }
}

/// The data set in a line: "streets.terrasight.sqlite: 100,000 pictures, 12 with errors".
fn dataset_words(dataset: &DatasetState) -> String {
    let Some(file) = dataset.file() else { return "No data set is open".to_owned() };
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let n_rows = dataset.rows().len();
    let mut text = format!("{name}: {} picture{}", words::count(n_rows), if n_rows == 1 { "" } else { "s" });
    if dataset.listing().n_errors() > 0 {
        text += &format!(", {} with errors", words::count(dataset.listing().n_errors()));
    }
    text
}

fn model_words(model: &ModelState) -> String {
    match model {
        ModelState::NotLoaded => "no model read yet".to_owned(),
        ModelState::Loading { .. } => "reading the model".to_owned(),
        ModelState::Ready(model) => format!("{} on {}, {}", model.name, model.device, model.precision),
        ModelState::Failed(_) => "no model: see the Model menu".to_owned(),
    }
}
