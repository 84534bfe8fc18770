//! The answer, the candidates and the evidence: side by side where there is room, else one at a time.

use egui::{Frame, Margin, Panel, RichText, Stroke, Ui, UiBuilder};

use super::{
    super::{View, theme},
    PicturesPage,
    candidates::candidates_ui,
    evidence::evidence_ui,
    reasoning::{caution_ui, is_by_starter, reasoning_ui},
};

/// Which of the three panels under the map is shown where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    #[default]
    Answer,
    Candidates,
    Evidence,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Answer, Self::Candidates, Self::Evidence];

    fn name(self) -> &'static str {
        match self {
            Self::Answer => "Answer",
            Self::Candidates => "Candidates",
            Self::Evidence => "Evidence",
        }
    }

    fn ui(self, view: &mut View<'_>, ui: &mut Ui) {
        match self {
            Self::Answer => reasoning_ui(view, ui),
            Self::Candidates => candidates_ui(view, ui),
            Self::Evidence => evidence_ui(view, ui),
        }
    }
}

/// From this width on all three panels under the map stand side by side.
const WIDTH_FOR_COLUMNS: f32 = 820.0;

impl PicturesPage {
    pub(super) fn answers_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        if view.state.selected().is_none() {
            ui.label(
                RichText::new("The answer, its reasons and the evidence stand here once a picture is open.").weak(),
            );
            ui.take_available_space();
            return;
        }
        if is_by_starter(view) {
            let frame = Frame::new().inner_margin(Margin { top: 8, ..Margin::ZERO });
            let strip = Panel::bottom("caution").resizable(false).show_separator_line(false).frame(frame);
            strip.show(ui, |ui| caution_ui(view, ui));
        }
        if ui.available_width() < WIDTH_FOR_COLUMNS {
            ui.horizontal(|ui| {
                for tab in Tab::ALL {
                    ui.selectable_value(&mut self.tab, tab, tab.name());
                }
            });
            ui.separator();
            self.tab.ui(view, ui);
            ui.take_available_space();
            return;
        }
        let whole = ui.available_rect_before_wrap();
        let gap = 2.0 * theme::GAP_WIDE;
        let line = Stroke::new(1.0, theme::palette(ui).line);
        let mut from = whole.min.x;
        for (tab, share) in Tab::ALL.into_iter().zip([0.38, 0.32, 0.30]) {
            let width = (whole.width() - 2.0 * gap) * share;
            let column = whole.with_min_x(from).with_max_x(from + width);
            ui.scope_builder(UiBuilder::new().max_rect(column).id_salt(tab.name()), |ui| {
                ui.label(RichText::new(tab.name()).small().weak());
                tab.ui(view, ui);
            });
            from += width + gap;
            if tab != Tab::Evidence {
                ui.painter().vline(from - gap / 2.0, whole.y_range(), line);
            }
        }
        ui.take_available_space();
    }
}
