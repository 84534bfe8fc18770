//! The conversations on which the paper's model is trained, in the form that Qwen-VL's `finetune.py` reads
//! (github.com/QwenLM/Qwen-VL, "Finetuning"), with GeoReasoner's questions and answers.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{error::ExportError, form::Stage, job::Job, whole::whole_file};
use crate::{
    dataset::{Row, label::Label},
    geo,
};

/// Writes the job's rows as one JSON list. Rows without a country have no answer and are left out.
pub(super) fn write(job: &mut Job<'_>, stage: Stage) -> Result<(), ExportError> {
    let out = job.out;
    let explain = |cause| ExportError::Write { out: out.to_owned(), cause };
    whole_file(out, job.replaces, explain, |file| {
        let mut before = "[\n";
        for row in job.rows {
            let label = job.index.label(row.id)?;
            let Some(answer) = answer(stage, row, &label) else {
                job.left_out()?;
                continue;
            };
            // The trainer opens the path as it stands, from wherever it is started, so it is given in full.
            let picture = row.file(&job.root);
            let conversation = conversation(row.id, &picture.to_string_lossy(), stage, &answer);
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

fn conversation(id: i64, picture: &str, stage: Stage, answer: &str) -> Value {
    let question = match stage {
        Stage::Reasoning => "Which country is the image located? Explain the reason.",
        Stage::Location => "Which country and city is the image located?",
    };
    json!({
        "id": format!("picture_{id}"),
        "conversations": [
            { "from": "user", "value": format!("Picture 1: <img>{picture}</img>\n{question}") },
            { "from": "assistant", "value": answer },
        ],
    })
}

/// The answer in the paper's words, a Python dictionary; none where the row does not have what it takes.
fn answer(stage: Stage, row: &Row, label: &Label) -> Option<String> {
    let country = &geo::country(row.country?)?.name;
    match stage {
        Stage::Location => {
            let city = row.city.as_deref().unwrap_or_default();
            Some(format!("{{'country': '{country}', 'city': '{city}'}}"))
        }
        Stage::Reasoning if label.reasons.is_empty() => None,
        Stage::Reasoning => {
            let reasons: Vec<String> = label.reasons.iter().map(|reason| format!("'{reason}'")).collect();
            Some(format!("{{'country': '{country}', 'reasons': [{}]}}", reasons.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_words_of_the_paper() {
        let row = Row { country: "CH".parse().ok(), city: Some("Zurich".to_owned()), ..Row::default() };
        let label = Label { reasons: vec!["Swiss signboard.".to_owned()], ..Label::default() };
        let location = answer(Stage::Location, &row, &label);
        assert_eq!(location.as_deref(), Some("{'country': 'Switzerland', 'city': 'Zurich'}"));
        let reasoning = answer(Stage::Reasoning, &row, &label);
        assert_eq!(reasoning.as_deref(), Some("{'country': 'Switzerland', 'reasons': ['Swiss signboard.']}"));
        assert_eq!(answer(Stage::Reasoning, &row, &Label::default()), None);
        assert_eq!(answer(Stage::Location, &Row::default(), &label), None);
    }
}
