//! How locatable a picture is, before the model is asked where it was taken.

use std::sync::Arc;

use crate::{
    assets,
    dataset::Scorer,
    knowledge::ade20k::ClassWeights,
    locatability::{Judge, Judged, LocatabilityNetwork},
    model::{DeviceChoice, device},
    picture::Picture,
    predict::{
        FindingProblem,
        reason::{Thing, things},
    },
};

use super::{
    Failure, JobStage, ModelSource, PictureNews,
    job::{Job, Stopped},
};

/// Holds the segmenter that was used last.
#[derive(Default)]
pub struct Segmenting {
    open: Option<(ModelSource, DeviceChoice, Judge)>,
}

/// What came of it. A picture is located without a score where the segmenter does not work.
#[derive(Default)]
pub struct Segmented {
    /// The score.
    pub locatability: Option<f64>,
    /// Who said it.
    pub segmenter: Option<String>,
    /// What it saw.
    pub things: Option<Vec<Thing>>,
    /// What the user should know about it.
    pub problem: Option<FindingProblem>,
}

impl Segmenting {
    /// Segments a picture, and says its score and label map.
    pub fn segment(
        &mut self,
        source: &ModelSource,
        device: DeviceChoice,
        picture: &Picture,
        job: &Job<'_>,
    ) -> Result<Segmented, Stopped> {
        job.stage(JobStage::Segmenting, None);
        if self.opened(source, device).is_ok_and(|judge| !judge.seen().knows(picture)) {
            return Ok(Segmented { problem: Some(FindingProblem::LocatabilityWithheld), ..Segmented::default() });
        }
        let judged = self.opened(source, device).and_then(|judge| {
            let judged = judge.judge(&picture.pixels)?;
            Ok((judge.name().to_owned(), judged))
        });
        job.check()?;
        let (segmenter, Judged { score, labels }) = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.open = None;
                return Ok(Segmented {
                    problem: Some(FindingProblem::LocatabilityFailed(error.to_string())),
                    ..Segmented::default()
                });
            }
        };
        let (locatability, things) = (Some(score.locatability), Some(things(&labels)));
        let (labels, score) = (Arc::new(labels), Arc::new(score));
        job.tell(PictureNews::Locatability { labels, score, segmenter: segmenter.clone() });
        Ok(Segmented { locatability, segmenter: Some(segmenter), things, problem: None })
    }

    /// What scores pictures for an index.
    pub fn scorer(&mut self, source: &ModelSource, device: DeviceChoice) -> Result<&mut dyn Scorer, Failure> {
        self.opened(source, device).map(|judge| judge as &mut dyn Scorer)
    }

    fn opened(&mut self, source: &ModelSource, device: DeviceChoice) -> Result<&mut Judge, Failure> {
        // Another one's memory is free before this one asks for its own.
        let open = self.open.take().filter(|(open, on, _)| (open, *on) == (source, device));
        let open = match open {
            Some(open) => open,
            None => (source.clone(), device, open_judge(source, ClassWeights::default(), device)?),
        };
        Ok(&mut self.open.insert(open).2)
    }
}

/// Opens a segmenter on a device.
pub fn open_judge(source: &ModelSource, weights: ClassWeights, device: DeviceChoice) -> Result<Judge, Failure> {
    let folder = source.folder(assets::segmenter_folder).ok_or(Failure::OnlyAnswers)??;
    let device = device::open(device)?;
    Ok(Judge::open(&folder, &device, weights)?)
}

/// Opens a fast network on a device.
pub fn open_network(source: &ModelSource, device: DeviceChoice) -> Result<LocatabilityNetwork, Failure> {
    let folder = source.folder(assets::network_folder).ok_or(Failure::OnlyAnswers)??;
    let device = device::open(device)?;
    Ok(LocatabilityNetwork::open(&folder, &device)?)
}
