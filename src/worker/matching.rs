//! What the model's reasons mean beside what they name, where a sentence encoder was chosen for it.

use std::path::{Path, PathBuf};

use crate::{
    assets::Fingerprint,
    knowledge::clues::Clues,
    model::{DeviceChoice, SentenceEncoder, device},
    predict::{
        answer::Answer,
        finding::EncoderUsed,
        reason::{Meanings, Reasons},
    },
};

use super::Failure;

/// Holds the sentence encoder that was used last, with the vectors of the records' names.
#[derive(Default)]
pub struct Matching {
    open: Option<Open>,
}

struct Open {
    folder: PathBuf,
    device: DeviceChoice,
    used: EncoderUsed,
    meanings: Meanings,
}

impl Matching {
    /// The reasons of an answer with what they mean, and by which encoder; why not, where it does not work.
    pub fn matched(
        &mut self,
        (folder, device): (&Path, DeviceChoice),
        reasons: &Reasons,
        answer: &Answer,
        clues: &Clues,
    ) -> Result<(Reasons, EncoderUsed), Failure> {
        let matched = self.opened(folder, device).and_then(|open| {
            let matched = reasons.clone().with_meant(answer, clues, &mut open.meanings)?;
            Ok((matched, open.used.clone()))
        });
        if matched.is_err() {
            self.open = None;
        }
        matched
    }

    fn opened(&mut self, folder: &Path, device: DeviceChoice) -> Result<&mut Open, Failure> {
        // Another one's memory is free before this one asks for its own.
        let open = match self.open.take().filter(|open| open.folder == folder && open.device == device) {
            Some(open) => open,
            None => {
                let encoder = SentenceEncoder::open(folder, &device::open(device)?)?;
                let sha256 = Fingerprint::of(folder.to_owned()).get();
                let used = EncoderUsed { name: encoder.name().to_owned(), sha256 };
                Open { folder: folder.to_owned(), device, used, meanings: Meanings::new(encoder) }
            }
        };
        Ok(self.open.insert(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::shipped_clues;

    fn matched(folder: &str) -> (Reasons, Result<(Reasons, EncoderUsed), Failure>) {
        let reasons = vec!["palm trees".to_owned(), "a pleasant street".to_owned()];
        let answer = Answer { reasons, ..Answer::default() };
        let reasons = Reasons::of(&answer, &[], None, None, shipped_clues());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/bert").join(folder);
        let encoder = (folder.as_path(), DeviceChoice::Cpu);
        let matched = Matching::default().matched(encoder, &reasons, &answer, shipped_clues());
        (reasons, matched)
    }

    #[test]
    fn where_the_encoder_cannot_be_opened_that_is_said_and_else_by_which_one() {
        let (_, refused) = matched("nowhere");
        let why = refused.unwrap_err().to_string();
        assert!(why.contains("nowhere") && !why.contains('\n'), "{why}");
        let (before, matched) = matched("plain");
        let (reasons, EncoderUsed { name, sha256 }) = matched.unwrap();
        assert_eq!(reasons.claims[0].record(), before.claims[0].record());
        assert_eq!((name.as_str(), sha256.map(|sha256| sha256.len())), ("plain", Some(64)));
    }
}
