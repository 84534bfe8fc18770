//! The answer and how the model came to it: what it writes as it writes it, then the place, the reasons, and how far to
//! believe them.

use egui::{Frame, Margin, ProgressBar, RichText, ScrollArea, Stroke, Ui};

use super::{
    super::{
        Ask, View,
        advice::{advice_ui, segmenter_ui},
        theme, words,
    },
    claims::ClaimsView,
    forms::ModelForm,
    keys,
    problems::problems_ui,
    said::Said,
};
use crate::{
    predict::{FindingProblem, finding::Withheld},
    state::{Action, Entry, Found, NotOpen, Page, Side, Work},
};

/// Why a photograph has no colours.
const NOT_MEASURED: &str =
    "What the picture shows cannot be measured yet: the segmenter in use knows drawn streets only.";

/// Draws the answer of the selected picture, under what `head` draws. What contradicts it is said where the evidence, which says
/// it as well, is not seen beside it.
pub fn reasoning_ui(
    view: &mut View<'_>,
    ui: &mut Ui,
    claims: &mut ClaimsView,
    is_beside_evidence: bool,
    head: impl FnOnce(&mut Ui),
) {
    let Some(entry) = view.state.selected() else { return };
    let writes = matches!(entry.work, Work::Running(_));
    // What is being written is followed to its end; the answer is read from its head.
    ScrollArea::vertical().id_salt(("answer", entry.key, writes)).auto_shrink(false).stick_to_bottom(writes).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            head(ui);
            headline_ui(ui, entry, is_beside_evidence);
            if let (Some(found), false) = (entry.found(), writes) {
                match found.finding.withheld {
                    Some(Withheld::KnowsDrawingsOnly) => {
                        not_asked_ui(ui, found);
                        choose_ui(view, ui, entry);
                    }
                    None => answer_ui(view, ui, entry, found, claims),
                }
            }
            written_ui(ui, entry, writes);
        },
    );
}

/// One place for the state of the work, so that nothing below it jumps while tokens come.
fn headline_ui(ui: &mut Ui, entry: &Entry, is_beside_evidence: bool) {
    let palette = theme::palette(ui);
    let heading = |text: String| RichText::new(text).size(theme::PLACE_SIZE);
    match &entry.work {
        Work::Running(progress) => {
            ui.label(heading(format!("{} …", words::capital(words::stage(progress.stage)))));
            match progress.fraction {
                Some(done) => {
                    ui.add(ProgressBar::new(done).desired_height(4.0).fill(palette.accent));
                }
                // As high as the bar, which comes and goes.
                None => ui.add_space(4.0 + ui.spacing().item_spacing.y),
            }
        }
        Work::Waiting => {
            ui.label(heading("Waiting its turn".to_owned()));
        }
        Work::Failed(why) => {
            ui.label(heading("Not located".to_owned()));
            ui.label(RichText::new(words::not_located(&entry.name, why)).color(palette.error));
        }
        Work::Cancelled if entry.found().is_none() => {
            ui.label(heading("Stopped".to_owned()));
            ui.label(
                RichText::new(format!("Press Locate ({}) to begin again.", ui.ctx().format_shortcut(&keys::LOCATE)))
                    .weak(),
            );
        }
        Work::Idle | Work::Cancelled => match (entry.found(), &entry.picture) {
            (Some(found), _) => {
                place_ui(ui, found);
                changed_ui(ui, entry);
                if !is_beside_evidence {
                    at_odds_ui(ui, found);
                }
            }
            (None, Err(why)) => {
                // Why stands in the picture's place.
                let is_coming = *why == NotOpen::Returning;
                ui.label(heading(if is_coming { "Opening …" } else { "Not opened" }.to_owned()));
            }
            (None, Ok(_)) => {
                ui.label(heading("Not located yet".to_owned()));
                ui.label(RichText::new(format!("Press Locate ({}).", ui.ctx().format_shortcut(&keys::LOCATE))).weak());
            }
        },
    }
    ui.add_space(theme::GAP);
}

/// The likeliest place, how likely its country is, and how far around it the belief reaches.
pub(super) fn place_ui(ui: &mut Ui, found: &Found) {
    let finding = &found.finding;
    let Some(headline) = words::headline(finding) else {
        ui.label(RichText::new(words::no_place(finding)).size(theme::PLACE_SIZE));
        return;
    };
    ui.label(RichText::new(headline).size(theme::PLACE_SIZE));
    if let Some(likelihood) = words::likelihood(finding) {
        ui.label(RichText::new(likelihood).strong());
    }
    if let Some(reach) = words::reach(finding) {
        ui.label(reach);
    }
}

/// That the answer is the user's as well, and whether it is about to change.
fn changed_ui(ui: &mut Ui, entry: &Entry) {
    let Some((_, run)) = entry.answer() else { return };
    if run.is_ranking() {
        ui.label(RichText::new("Ranking anew …").weak());
    } else if let Some(changed) = words::changed(&run.found.finding) {
        ui.label(RichText::new(changed).color(theme::palette(ui).accent));
    }
}

/// What must not be missed beside a sure answer: that what the user says does not fit the file or what else was said, and the
/// first thing of the file that does not fit the picture.
fn at_odds_ui(ui: &mut Ui, found: &Found) {
    let mut of_file = true;
    let is_said = |problem: &&FindingProblem| match problem {
        FindingProblem::Contradiction { .. } => std::mem::take(&mut of_file),
        FindingProblem::AtOdds(both) => both.is_of_user() || (both.is_of_file() && std::mem::take(&mut of_file)),
        _ => false,
    };
    problems_ui(ui, found.finding.problems.iter().filter(is_said).map(words::problem_in_short));
}

fn answer_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry, found: &Found, claims: &mut ClaimsView) {
    let Some(answer) = &found.finding.answer else { return };
    let by = words::model_used(&found.finding.model);
    let said: Vec<&str> = [&answer.city, &answer.country].into_iter().flatten().map(String::as_str).collect();
    if !said.is_empty() {
        ui.label(RichText::new(format!("{by} says: {}", said.join(", "))).weak());
        ui.add_space(theme::GAP);
    }
    if !answer.reasons.is_empty() {
        section(ui, "Reasons");
        claims.list_ui(ui, entry, &answer.reasons, &found.finding.reasons);
        ui.add_space(theme::GAP);
    }
    let in_use = view.state.model().summary().map(|model| model.name.as_str());
    if let Some(in_use) = in_use.filter(|in_use| *in_use != by && view.state.comparison().is_none()) {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("By {by}; {in_use} is in use now.")).weak());
            if ui.link("Locate again").clicked() {
                view.actions.push(Action::Locate(entry.key));
            }
        });
    }
    ui.label(RichText::new(words::probability_kind(&found.finding)).small().weak());
    ui.add_space(theme::GAP_WIDE);
}

/// Where the model was not asked: what the place rests on, or that nothing tells of one.
fn not_asked_ui(ui: &mut Ui, found: &Found) {
    let finding = &found.finding;
    ui.label(words::rests_on(finding));
    if !finding.candidates.is_empty() {
        ui.label(RichText::new(words::probability_kind(finding)).small().weak());
    }
    ui.add_space(theme::GAP_WIDE);
}

/// In the answer's place where the model knows drawings only and the picture is none: what to do about it.
fn choose_ui(view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.raised).stroke(Stroke::new(1.0, palette.outline));
    frame.corner_radius(theme::CORNER).inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        section(ui, "Choose a model for photographs");
        ui.label(
            "The model in use has learned from drawn streets, and this picture is none: what it said would be made up.",
        );
        ui.add_space(theme::GAP);
        advice_ui(view, ui, true);
        ui.add_space(theme::GAP);
        ui.horizontal_wrapped(|ui| {
            if ui.button("See the Models page").clicked() {
                view.actions.push(Action::Show(Page::MODELS));
            }
            if ui.button("Choose a model folder…").clicked() {
                view.asks.push(Ask::Show(Box::new(ModelForm::folder(view.state))));
            }
        });
        if entry.locatable.is_none() {
            ui.add_space(theme::GAP_WIDE);
            section(ui, "Choose a segmenter for photographs");
            ui.label(NOT_MEASURED);
            ui.add_space(theme::GAP);
            ui.horizontal_wrapped(|ui| {
                segmenter_ui(view, ui);
                if theme::small_button(ui, "Choose a segmenter folder…").clicked() {
                    view.asks.push(Ask::Show(Box::new(ModelForm::segmenter(view.state))));
                }
            });
        }
    });
    ui.add_space(theme::GAP_WIDE);
}

/// What the model writes while it writes it; afterwards only the sentences that it wrote beside its answer, which stands
/// above in order.
fn written_ui(ui: &mut Ui, entry: &Entry, writes: bool) {
    let text = match (entry.found(), writes) {
        // The other model of a comparison has answered, or an earlier run of the program.
        (Some(found), false) if entry.reasoning.is_empty() || entry.answers() == Some(Side::Other) => {
            found.finding.reasoning.as_str()
        }
        _ => entry.reasoning.as_str(),
    };
    let said = Said::of(text);
    let answer = said.answer.filter(|_| writes || entry.found().is_none());
    if said.prose.is_empty() && answer.is_none() {
        return;
    }
    section(ui, if writes { "The model is writing" } else { "What the model wrote" });
    if !said.prose.is_empty() {
        ui.label(said.prose);
    }
    let Some(answer) = answer else { return };
    for (name, value) in [("Country", &answer.country), ("City", &answer.city)] {
        if let Some(value) = value {
            ui.label(format!("{name}: {value}"));
        }
    }
    reasons_ui(ui, &answer.reasons);
}

/// Reasons, numbered.
pub fn reasons_ui(ui: &mut Ui, reasons: &[String]) {
    for (place, reason) in reasons.iter().enumerate() {
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(format!("{}.", place + 1)).weak());
            ui.vertical(|ui| ui.label(reason));
        });
    }
}

/// The small heading of a section.
pub fn section(ui: &mut Ui, title: &str) {
    ui.label(RichText::new(title).strong());
}
