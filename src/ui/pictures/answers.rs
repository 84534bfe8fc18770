//! The answer, the candidates and the evidence: side by side where there is room, else one at a time; where there is little
//! room the map is one of them.

use egui::{Frame, Margin, Rect, RichText, Stroke, Ui, vec2};

use super::{
    super::{View, map::Basemap, split, theme},
    PicturesPage,
    candidates::candidates_ui,
    caution::caution_ui,
    evidence::evidence_ui,
    keys,
    reasoning::reasoning_ui,
};
use crate::state::Entry;

/// One of the panels about the selected picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    #[default]
    Answer,
    Candidates,
    Evidence,
    Signs,
    Map,
    Comparison,
}

impl Tab {
    /// Those that there are: the map where it has no room of its own, and the comparison while two models are compared.
    fn there(has_map: bool, is_comparing: bool) -> Vec<Self> {
        let comparison = is_comparing.then_some(Self::Comparison);
        let map = has_map.then_some(Self::Map);
        let always = [Self::Answer, Self::Candidates, Self::Evidence, Self::Signs];
        comparison.into_iter().chain(always).chain(map).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Answer => "Answer",
            Self::Candidates => "Candidates",
            Self::Evidence => "Evidence",
            Self::Signs => "Signs",
            Self::Map => "Map",
            Self::Comparison => "Comparison",
        }
    }
}

/// From this width on the panels stand side by side.
const WIDTH_FOR_COLUMNS: f32 = 820.0;

impl PicturesPage {
    /// Brings the evidence to the front, for the user to say something.
    pub(super) fn show_talk(&mut self) {
        self.tab = Tab::Evidence;
        self.shows_signs = false;
        self.talk.take_focus();
    }

    /// Brings the evidence to the front, for the user to add a clue, or ends that.
    pub(super) fn show_ticking(&mut self) {
        self.tab = Tab::Evidence;
        self.shows_signs = false;
        self.ticking.toggle();
    }

    /// Brings the signs to the front.
    pub(super) fn show_signs(&mut self) {
        self.tab = Tab::Signs;
        self.shows_signs = true;
    }

    /// Draws the panels, with the map among them where there is no other room for it.
    pub(super) fn answers_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, base: Option<&mut Basemap>) {
        let frame = Frame::new().fill(theme::palette(ui).ground).inner_margin(Margin::symmetric(theme::PADDING, 8));
        frame.show(ui, |ui| {
            let Some(entry) = view.state.selected() else {
                match base {
                    Some(base) => self.map.ui(view, ui, base),
                    None => empty_ui(ui),
                }
                ui.take_available_space();
                return;
            };
            let is_comparing = view.state.comparison().is_some();
            if is_comparing && !std::mem::replace(&mut self.is_comparing, is_comparing) {
                self.tab = Tab::Comparison;
            }
            self.is_comparing = is_comparing;
            if !view.is_veiled && !matches!(self.tab, Tab::Map | Tab::Comparison) {
                caution_ui(view, ui);
            }
            if view.is_veiled && base.is_none() {
                self.veil.ui(view, ui, entry);
            } else if base.is_none() && !is_comparing && ui.available_width() >= WIDTH_FOR_COLUMNS {
                self.columns_ui(view, ui);
            } else {
                self.tabs_ui(view, ui, base);
            }
            ui.take_available_space();
        });
    }

    fn tabs_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, mut base: Option<&mut Basemap>) {
        let tabs = Tab::there(base.is_some(), self.is_comparing);
        if !tabs.contains(&self.tab) {
            self.tab = Tab::default();
        }
        ui.horizontal_wrapped(|ui| {
            for tab in tabs {
                let name = match (tab, n_contradictions(view)) {
                    (Tab::Evidence, n @ 1..) => format!("{} ({n} !)", tab.name()),
                    _ => tab.name().to_owned(),
                };
                theme::choice_value(ui, &mut self.tab, tab, name);
            }
            if self.tab == Tab::Evidence {
                self.add_clue_ui(view, ui);
            }
        });
        ui.separator();
        if self.tab == Tab::Map
            && let Some(base) = &mut base
        {
            self.map.ui(view, ui, base);
        } else {
            self.tab_ui(self.tab, view, ui, false);
        }
    }

    fn columns_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let whole = ui.available_rect_before_wrap();
        let gap = 2.0 * theme::GAP_WIDE;
        let line = Stroke::new(1.0, theme::palette(ui).line);
        let mut from = whole.min;
        let found = view.state.selected().and_then(Entry::found);
        let is_without =
            found.is_none_or(|found| found.finding.candidates.is_empty() && found.finding.countries.is_empty());
        let columns: &[(Tab, f32)] = match is_without {
            true => &[(Tab::Answer, 0.5), (Tab::Evidence, 0.5)],
            false => &[(Tab::Answer, 0.36), (Tab::Candidates, 0.30), (Tab::Evidence, 0.34)],
        };
        for (tab, share) in columns.iter().copied() {
            let width = (whole.width() - (columns.len() - 1) as f32 * gap) * share;
            let column = Rect::from_min_size(from, vec2(width, whole.height()));
            split::panel(ui, tab.name(), column, |ui| {
                if tab == Tab::Evidence {
                    self.evidence_or_signs_ui(view, ui);
                } else {
                    ui.label(RichText::new(tab.name()).small().weak());
                    self.tab_ui(tab, view, ui, !self.shows_signs);
                }
            });
            from.x += width + gap;
            if tab != Tab::Evidence {
                ui.painter().vline(from.x - gap / 2.0, whole.y_range(), line);
            }
        }
    }

    /// The evidence and the signs that some of it comes of take turns.
    fn evidence_or_signs_ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            for (shows_signs, tab) in [(false, Tab::Evidence), (true, Tab::Signs)] {
                let name = RichText::new(tab.name()).small();
                theme::choice_value(ui, &mut self.shows_signs, shows_signs, name);
            }
            if !self.shows_signs {
                self.add_clue_ui(view, ui);
            }
        });
        self.tab_ui(if self.shows_signs { Tab::Signs } else { Tab::Evidence }, view, ui, true);
    }

    fn add_clue_ui(&mut self, view: &View<'_>, ui: &mut Ui) {
        if let (Some(entry), false) = (view.state.selected(), view.is_veiled) {
            self.ticking.button_ui(ui, entry, keys::ADD_CLUE);
        }
    }

    fn tab_ui(&mut self, tab: Tab, view: &mut View<'_>, ui: &mut Ui, is_beside_evidence: bool) {
        let Some(entry) = view.state.selected() else { return };
        if view.is_veiled {
            self.veil.ui(view, ui, entry);
            return;
        }
        match tab {
            Tab::Answer => reasoning_ui(view, ui, &mut self.claims, is_beside_evidence, |ui| {
                let position = self.facts.ui(ui, entry);
                if let Some(position) = position {
                    self.map.go_to(position);
                    self.tab = if self.tab == Tab::Answer && self.is_compact { Tab::Map } else { self.tab };
                }
            }),
            Tab::Candidates => candidates_ui(view, ui),
            Tab::Evidence => {
                self.talk.ui(view, ui, entry);
                evidence_ui(view, ui, &mut self.signs, &mut self.ticking);
            }
            Tab::Signs => self.signs.list_ui(view, ui, entry, keys::ADD_SIGN),
            Tab::Comparison => self.comparison.ui(view, ui, entry),
            Tab::Map => {}
        }
    }
}

/// So many things about the selected picture contradict each other.
fn n_contradictions(view: &View<'_>) -> usize {
    let found = view.state.selected().and_then(Entry::found).filter(|_| !view.is_veiled);
    found.map_or(0, |found| found.finding.problems.iter().filter(|problem| problem.is_contradiction()).count())
}

fn empty_ui(ui: &mut Ui) {
    ui.label(RichText::new("The answer, its reasons and the evidence stand here once a picture is open.").weak());
}
