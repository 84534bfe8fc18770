//! Passes on what the locating says of itself as what its job says.

use crate::predict::{LocateStage, Observer};

use super::{JobStage, PictureNews, job::Job};

/// Tells a job's listener.
pub(super) struct Telling<'a>(pub(super) &'a Job<'a>);

impl Observer for Telling<'_> {
    fn stage(&mut self, stage: LocateStage, fraction: Option<f32>) {
        let stage = match stage {
            LocateStage::Asking => JobStage::Asking,
            LocateStage::Seeing => JobStage::Seeing,
            LocateStage::Reasoning => JobStage::Reasoning,
            LocateStage::Weighing => JobStage::Weighing,
        };
        self.0.stage(stage, fraction);
    }

    fn token(&mut self, text: &str) {
        self.0.tell(PictureNews::Token(text.to_owned()));
    }

    fn is_cancelled(&self) -> bool {
        self.0.shall_end()
    }
}
