//! What people read, in one place, so that the window, the terminal and every exported file say the same thing in the
//! same way, and so that other languages can follow. The rooms below hand over numbers, and codes with their arguments;
//! here they become words. Each table is a plain match, so that a code without its sentence does not compile, and no logic
//! compares what is made here.

mod changes;
mod clues;
mod comparing;
mod contradiction;
mod data;
mod dataset;
mod dialogue;
mod evaluation;
mod evidence;
mod files;
mod findings;
mod grammar;
mod hints;
mod hub;
mod models;
mod notices;
mod numbers;
mod places;
mod reasons;
mod settings;
mod signs;
mod training;
mod work;

pub use changes::change;
pub use clues::{clue, clue_basis, clue_countries, clue_factor, clue_likelihood, clue_regions, clue_source, detector};
pub use comparing::{agreement, choice, choice_in_full, model_source, model_used, off, took};
pub use data::{cleaned_texts, data_counts, data_refusal, fault, fault_advice, fault_case};
pub use dataset::{
    column, country, dataset_work, export_form, indexing, list_or_table, missing_column, position_source, role,
    row_state, separator, trouble, understood,
};
pub use dialogue::{cannot_converse, ending, known, reply};
pub use evaluation::{
    difference, evaluated_at, evaluated_count, evaluated_models, evaluated_pictures, evaluated_probabilities,
    evaluation, evaluation_in_short, evaluation_progress, figure, measure, measure_meaning, share,
};
pub use evidence::{evidence_kind, evidence_weight, source, statement};
pub use files::file_problem;
pub use findings::{
    answered_by, changed, no_place, no_place_in_full, probability_kind, problem, problem_in_short, rests_on, scores,
    surface_scale,
};
pub use grammar::capital;
pub use hints::{feature, unclear};
pub use hub::{fit, fit_in_short, keeper, purpose, standing, standing_in_short, token};
pub use models::{left_out, lora, model_note, pace, picture_cost, placed};
pub use notices::remark;
pub use numbers::{
    bytes, coordinates, count, duration, factor, heading, kilometres, metres, percent, square_kilometres,
};
pub use places::{around_in_full, headline, likelihood, place, place_in_short, reach};
pub use reasons::{claims, verdict, verdict_name, verdicts};
pub use settings::{device, network, precision, theme};
pub use signs::{sign, sign_reading, sign_text};
pub use training::{
    before_and_after, data_findings, dry_run, folder_to_learn_from, probe_answer, run_cautions, run_figures,
    run_in_short, run_progress, run_report, run_standing, source_findings, source_kind, source_look, sources_together,
    stage_name, stage_purpose, truth, unmatched,
};
pub use work::{model, no_model, no_pixels, not_located, not_open, stage, unload_after, unloaded, work, work_in_short};
