//! What the model's reasons mean beside what they name, where a sentence encoder was chosen for it.

use std::path::{Path, PathBuf};

use crate::{
    knowledge::clues::Clues,
    model::{DeviceChoice, SentenceEncoder, device},
    predict::{
        Finding, FindingProblem,
        reason::{Meanings, Reasons},
    },
};

use super::Failure;

/// Holds the sentence encoder that was used last, with the vectors of the records' names.
#[derive(Default)]
pub struct Matching {
    open: Option<(PathBuf, DeviceChoice, Meanings)>,
}

impl Matching {
    /// The reasons with what they mean; as they were, and why, where the encoder does not work.
    pub fn matched(
        &mut self,
        (folder, device): (&Path, DeviceChoice),
        reasons: Reasons,
        finding: &Finding,
        clues: &Clues,
    ) -> (Reasons, Option<FindingProblem>) {
        let Some(answer) = &finding.answer else { return (reasons, None) };
        let matched = self.opened(folder, device).and_then(|meanings| {
            let matched = reasons.clone().with_meant(answer, clues, meanings)?;
            Ok(matched)
        });
        match matched {
            Ok(matched) => (matched, None),
            Err(error) => {
                self.open = None;
                (reasons, Some(FindingProblem::NotMatchedByMeaning(error.to_string())))
            }
        }
    }

    fn opened(&mut self, folder: &Path, device: DeviceChoice) -> Result<&mut Meanings, Failure> {
        // Another one's memory is free before this one asks for its own.
        let open = match self.open.take().filter(|(open, on, _)| open == folder && *on == device) {
            Some(open) => open,
            None => {
                let encoder = SentenceEncoder::open(folder, &device::open(device)?)?;
                (folder.to_owned(), device, Meanings::new(encoder))
            }
        };
        Ok(&mut self.open.insert(open).2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{knowledge::clues::shipped_clues, predict::answer::Answer};

    fn matched(folder: &str) -> (Finding, Reasons, Option<FindingProblem>) {
        let reasons = vec!["palm trees".to_owned(), "a pleasant street".to_owned()];
        let answer = Answer { reasons, ..Answer::default() };
        let reasons = Reasons::of(&answer, &[], None, None, shipped_clues());
        let finding = Finding { answer: Some(answer), reasons: reasons.clone(), ..Finding::default() };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/bert").join(folder);
        let encoder = (folder.as_path(), DeviceChoice::Cpu);
        let (reasons, problem) = Matching::default().matched(encoder, reasons, &finding, shipped_clues());
        (finding, reasons, problem)
    }

    #[test]
    fn where_the_encoder_cannot_be_opened_words_stand_alone_and_that_is_said() {
        let (finding, reasons, problem) = matched("nowhere");
        assert_eq!(reasons, finding.reasons);
        let Some(FindingProblem::NotMatchedByMeaning(why)) = problem else { panic!("{problem:?}") };
        assert!(why.contains("nowhere") && !why.contains('\n'), "{why}");
        let (finding, reasons, problem) = matched("plain");
        assert_eq!((reasons.claims[0].record(), problem), (finding.reasons.claims[0].record(), None));
    }
}
