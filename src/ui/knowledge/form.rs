//! The form of a clue of the user's own: what is seen, where, and how likely it is there and elsewhere.

use egui::{ComboBox, Slider, TextEdit, Ui};

use super::super::{
    forms::{Form, Out, PathField},
    theme, words,
};
use crate::{
    geo::{CountryCode, country_codes},
    knowledge::clues::{Basis, ClueRecord, ClueSource, Detector, Feature, MOST_FACTOR, problem_of},
    state::{Action, State},
};

/// No longer text is taken for one field, in characters.
const LONGEST: usize = 400;

/// A clue being written.
pub(super) struct ClueForm {
    /// What is not asked for stays as it was in this record.
    before: Option<ClueRecord>,
    /// The id of a new one.
    id: String,
    feature: Feature,
    value: String,
    codes: String,
    /// In hundredths.
    inside: f64,
    outside: f64,
    words: String,
    source: String,
}

impl ClueForm {
    /// An empty one.
    pub(super) fn new(state: &State) -> Self {
        let is_taken = |id: &str| state.clues().record(id).is_some();
        Self {
            before: None,
            id: (1..).map(|n: u32| format!("own-{n}")).find(|id| !is_taken(id)).unwrap_or_default(),
            feature: Feature::Other,
            value: String::new(),
            codes: String::new(),
            inside: 50.0,
            outside: 5.0,
            words: String::new(),
            source: "my own".to_owned(),
        }
    }

    /// To change this one.
    pub(super) fn of(record: &ClueRecord) -> Self {
        Self {
            id: record.id.clone(),
            feature: record.feature,
            value: record.value.clone(),
            codes: record.countries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            inside: 100.0 * record.inside,
            outside: 100.0 * record.outside,
            words: record.words.join(", "),
            source: record.source.name.clone(),
            before: Some(record.clone()),
        }
    }

    /// The record that is typed, or what is wrong with it; none while it is not complete.
    fn record(&self) -> Option<Result<ClueRecord, String>> {
        if self.value.trim().is_empty() || self.codes.trim().is_empty() {
            return None;
        }
        let countries: Vec<CountryCode> = match country_codes(&self.codes) {
            Ok(codes) => codes,
            Err(why) => return Some(Err(format!("These are no countries: {why}."))),
        };
        let before = self.before.as_ref();
        let (inside, outside) = (self.inside / 100.0, self.outside / 100.0);
        // What was counted holds for the numbers and countries that were counted only.
        let is_as_counted = |before: &&ClueRecord| {
            let is_near = |one: f64, other: f64| (one - other).abs() < 1e-9;
            before.countries == countries && is_near(before.inside, inside) && is_near(before.outside, outside)
        };
        let kept = before.filter(is_as_counted);
        let same_source = before.filter(|before| before.source.name == self.source.trim());
        let named =
            || ClueSource { name: self.source.trim().to_owned(), address: String::new(), licence: String::new() };
        let names = self.words.split(',').map(str::trim).filter(|name| !name.is_empty());
        let record = ClueRecord {
            id: self.id.clone(),
            feature: self.feature,
            value: self.value.trim().to_owned(),
            countries,
            inside,
            outside,
            basis: kept.map_or(Basis::Judged, |before| before.basis.clone()),
            seen_by: before.map_or(Detector::User, |before| before.seen_by),
            source: same_source.map_or_else(named, |before| before.source.clone()),
            words: names.map(str::to_owned).collect(),
            classes: before.map_or_else(Vec::new, |before| before.classes.clone()),
        };
        Some(problem_of(&record).map_or(Ok(record), |problem| Err(format!("This is no record: {problem}."))))
    }
}

fn field_ui(ui: &mut Ui, name: &str, text: &mut String, hint: &str) {
    let label = ui.label(name);
    let field = TextEdit::singleline(text).char_limit(LONGEST).hint_text(hint).desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
}

fn share_ui(ui: &mut Ui, name: &str, percent: &mut f64) {
    let label = ui.label(name);
    let slider = Slider::new(percent, 0.1..=100.0).logarithmic(true).max_decimals(2).suffix(" %");
    theme::slider(ui, slider).labelled_by(label.id);
}

impl Form for ClueForm {
    fn title(&self) -> String {
        if self.before.is_some() { "A clue, as you know it" } else { "A clue of your own" }.to_owned()
    }

    fn button(&self) -> &'static str {
        "Keep"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        let label = ui.label("About");
        let chosen = ComboBox::from_id_salt("clue feature").selected_text(words::feature(self.feature));
        let chosen = chosen.show_ui(ui, |ui| {
            for feature in Feature::ALL {
                ui.selectable_value(&mut self.feature, *feature, words::feature(*feature));
            }
        });
        chosen.response.labelled_by(label.id);
        field_ui(ui, "What is seen", &mut self.value, "yellow kiosks");
        field_ui(ui, "Codes of the countries where it is so", &mut self.codes, "PL, CZ");
        share_ui(ui, "How likely a picture from there shows it", &mut self.inside);
        share_ui(ui, "How likely a picture from elsewhere does", &mut self.outside);
        field_ui(
            ui,
            "Words that name it, with commas between",
            &mut self.words,
            "yellow kiosk, kiosk with yellow roof",
        );
        field_ui(ui, "Where you know it from", &mut self.source, "my own");
        let most = format!("A clue that is judged speaks at most {MOST_FACTOR} times as strongly for one side.");
        ui.label(egui::RichText::new(most).small().weak());
    }

    fn below(&mut self, ui: &mut Ui) {
        if let Some(Err(why)) = self.record() {
            ui.colored_label(theme::palette(ui).error, why);
        }
    }

    fn is_complete(&self) -> bool {
        matches!(self.record(), Some(Ok(_)))
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        if let Some(Ok(record)) = self.record() {
            out.act(Action::PutClue(Box::new(record)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{knowledge::clues::shipped_clues, state::Settings};

    #[test]
    fn a_record_is_made_of_what_is_typed_and_what_is_wrong_is_said() {
        let mut form = ClueForm::new(&State::new(Settings::default()));
        assert_eq!(form.record(), None);
        (form.value, form.codes, form.words) =
            ("yellow kiosks".into(), "PL, CZ".into(), "yellow kiosk, , kiosk".into());
        let record = form.record().unwrap().unwrap();
        assert_eq!((record.id.as_str(), record.basis, record.words.len()), ("own-1", Basis::Judged, 2));
        form.codes = "QQ".into();
        assert!(form.record().unwrap().unwrap_err().contains("QQ"));
        (form.codes, form.outside) = ("PL".into(), 0.5);
        assert!(form.record().unwrap().unwrap_err().contains("20 times"));
    }

    #[test]
    fn a_record_that_is_not_changed_stays_counted_and_another_likelihood_is_judged() {
        let counted = shipped_clues().record("driving_side-left").unwrap();
        let mut form = ClueForm::of(counted);
        assert_eq!(form.record().unwrap().unwrap().basis, counted.basis);
        assert_eq!(form.record().unwrap().unwrap().source, counted.source);
        (form.inside, form.outside) = (60.0, 10.0);
        assert_eq!(form.record().unwrap().unwrap().basis, Basis::Judged);
    }
}
