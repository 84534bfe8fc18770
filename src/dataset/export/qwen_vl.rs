//! The conversations on which the paper's model is trained, in the form that Qwen-VL's `finetune.py` reads
//! (github.com/QwenLM/Qwen-VL, "Finetuning"), with GeoReasoner's questions and answers.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{error::ExportError, form::Stage, job::Job, whole::whole_file};
use crate::{
    dataset::{Label, Turn},
    geo,
};

/// Writes the job's rows as one JSON list. Rows without a country have no answer and are left out.
pub(super) fn write(job: &mut Job<'_>, stage: Stage) -> Result<(), ExportError> {
    let out = job.out;
    let explain = |cause| ExportError::Write { out: out.to_owned(), cause };
    whole_file(out, job.replaces, explain, |file| {
        let mut before = "[\n";
        for row in job.rows {
            let label = Label { country: row.country, city: row.city.clone(), ..job.index.label(row.id)? };
            let Some(turn) = turn(stage, &label) else {
                job.left_out()?;
                continue;
            };
            // The trainer opens the path as it stands, from wherever it is started, so it is given in full.
            let picture = row.file(&job.root);
            let conversation = conversation(row.id, &picture.to_string_lossy(), &turn);
            write!(file, "{before}{conversation}").map_err(explain)?;
            before = ",\n";
            job.written(row)?;
        }
        if job.summary.written == 0 {
            return Err(ExportError::Nothing);
        }
        file.write_all(b"\n]\n").map_err(explain)
    })
}

fn conversation(id: i64, picture: &str, Turn { asked, answered }: &Turn) -> Value {
    json!({
        "id": format!("picture_{id}"),
        "conversations": [
            { "from": "user", "value": format!("Picture 1: <img>{picture}</img>\n{asked}") },
            { "from": "assistant", "value": answered },
        ],
    })
}

/// The question and the answer in the paper's words, a Python dictionary; none where the label does not have what it takes.
pub(super) fn turn(stage: Stage, label: &Label) -> Option<Turn> {
    let country = &geo::country(label.country?)?.name;
    let answered = match stage {
        Stage::Location => {
            let city = label.city.as_deref().unwrap_or_default();
            format!("{{'country': '{country}', 'city': '{city}'}}")
        }
        Stage::Reasoning => {
            let reasons: Vec<String> = label.told_reasons().iter().map(|reason| format!("'{reason}'")).collect();
            if reasons.is_empty() {
                return None;
            }
            format!("{{'country': '{country}', 'reasons': [{}]}}", reasons.join(", "))
        }
    };
    Some(Turn { asked: stage.question().to_owned(), answered })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_words_of_the_paper() {
        let reasons = vec!["Swiss signboard.".to_owned()];
        let label = Label { country: "CH".parse().ok(), city: Some("Zurich".to_owned()), reasons, ..Label::default() };
        let answer = |stage, label: &Label| turn(stage, label).map(|turn| turn.answered);
        let location = answer(Stage::Location, &label);
        assert_eq!(location.as_deref(), Some("{'country': 'Switzerland', 'city': 'Zurich'}"));
        let reasoning = answer(Stage::Reasoning, &label);
        assert_eq!(reasoning.as_deref(), Some("{'country': 'Switzerland', 'reasons': ['Swiss signboard.']}"));
        let clues = vec!["Swiss signboard.".into(), serde_json::json!({ "text": "A bollard." })];
        let by_clue = Label { reasons: Vec::new(), clues, ..label.clone() };
        assert_eq!(answer(Stage::Reasoning, &by_clue), reasoning, "a clue that is written as text is a reason");
        assert_eq!(answer(Stage::Reasoning, &Label { reasons: Vec::new(), ..label.clone() }), None);
        assert_eq!(answer(Stage::Location, &Label { country: None, ..label }), None);
    }
}
