//! Which records are shown: by words, by what they are about, by country, and whether they are the user's own.

use egui::{Checkbox, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::super::{View, pictures::section, theme, words};
use crate::{
    geo::{Country, country_codes, country_named},
    knowledge::clues::{ClueRecord, Feature},
    state::State,
};

/// No longer text is taken, in characters.
const LONGEST: usize = 80;

/// What is sought.
#[derive(Default)]
pub(super) struct Sieve {
    text: String,
    country: String,
    /// All where none is ticked.
    features: Vec<Feature>,
    only_own: bool,
    wants_focus: bool,
}

impl Sieve {
    /// The next thing typed is sought.
    pub(super) fn take_focus(&mut self) {
        self.wants_focus = true;
    }

    /// Whether everything is shown.
    fn shows_all(&self) -> bool {
        self.text.trim().is_empty() && self.country.trim().is_empty() && self.features.is_empty() && !self.only_own
    }

    /// Takes every filter off.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether only the user's own are asked for.
    pub(super) fn asks_for_own(&self) -> bool {
        self.only_own
    }

    /// The country that is typed, by name or code: none where nothing is typed, an error where it is none.
    fn country(&self) -> Option<Result<&'static Country, String>> {
        let typed = self.country.trim();
        let by_code = || country_codes(typed).ok().filter(|codes| codes.len() == 1).map(|codes| codes[0]);
        let found = || country_named(typed).or_else(|| crate::geo::country(by_code()?));
        (!typed.is_empty()).then(|| found().ok_or_else(|| format!("No country is called '{typed}'.")))
    }

    /// The records that fit, those first in which more of the words stand.
    pub(super) fn shown<'a>(&self, state: &'a State) -> Vec<&'a ClueRecord> {
        let clues = state.clues();
        let found = match self.text.trim() {
            "" => clues.records().iter().collect(),
            text => clues.search(text, usize::MAX),
        };
        let country = match self.country() {
            None => None,
            Some(Ok(country)) => Some(country.code),
            Some(Err(_)) => return Vec::new(),
        };
        let fits = |record: &&ClueRecord| {
            (self.features.is_empty() || self.features.contains(&record.feature))
                && country.is_none_or(|code| record.countries.contains(&code))
                && (!self.only_own || is_own(state, record))
        };
        found.into_iter().filter(fits).collect()
    }

    /// Draws the filters.
    pub(super) fn ui(&mut self, view: &View<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            section(ui, "Show");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let all = ui.add_enabled_ui(!self.shows_all(), |ui| theme::small_button(ui, "Show all")).inner;
                if all.on_hover_text("Take every filter off").clicked() {
                    self.reset();
                }
            });
        });
        let name = ui.label(RichText::new("Words").small().weak());
        let field = TextEdit::singleline(&mut self.text).char_limit(LONGEST).desired_width(f32::INFINITY);
        let field = ui.add(field.hint_text("yellow plate")).labelled_by(name.id);
        if std::mem::take(&mut self.wants_focus) {
            field.request_focus();
        }
        let name = ui.label(RichText::new("Holds in the country").small().weak());
        let field = TextEdit::singleline(&mut self.country).char_limit(LONGEST).desired_width(f32::INFINITY);
        ui.add(field.hint_text("Chile, or CL")).labelled_by(name.id);
        if let Some(Err(unknown)) = self.country() {
            ui.colored_label(theme::palette(ui).error, unknown);
        }
        let n_own = view.state.own_clues().len();
        ui.checkbox(&mut self.only_own, format!("Only my own ({})", words::count(n_own)));
        ui.add_space(theme::GAP);
        section(ui, "About");
        ScrollArea::vertical().id_salt("features").auto_shrink(false).show(ui, |ui| {
            for feature in Feature::ALL {
                let n = view.state.clues().records().iter().filter(|record| record.feature == *feature).count();
                let mut is_in = self.features.contains(feature);
                if n == 0 && !is_in {
                    continue;
                }
                ui.horizontal(|ui| {
                    let name = words::feature(*feature);
                    let tick = ui.add(Checkbox::new(&mut is_in, name));
                    let spoken = format!("{name}: {}", words::count(n));
                    tick.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_in, &spoken));
                    if tick.changed() && is_in {
                        self.features.push(*feature);
                    } else if tick.changed() {
                        self.features.retain(|other| other != feature);
                    }
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        ui.label(RichText::new(words::count(n)).small().weak());
                    });
                });
            }
        });
    }
}

/// Whether a record is one of the user's.
pub(super) fn is_own(state: &State, record: &ClueRecord) -> bool {
    state.own_clues().iter().any(|own| own.id == record.id)
}
