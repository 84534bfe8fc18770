//! Where a run begins: at nothing, or where the checkpoint in its folder stands, if it is the same run still.

use super::{
    TrainError,
    checkpoint::{Checkpoints, TrainState},
    config::TrainConfig,
};

/// The state that a run with this configuration, of data with this sum, begins or goes on with.
pub fn state_to_start_from(
    checkpoints: &Checkpoints,
    config: &TrainConfig,
    data_sha256: Option<String>,
    resume: bool,
) -> Result<TrainState, TrainError> {
    match (checkpoints.state()?, resume) {
        (None, false) => Ok(TrainState {
            step: 0,
            pictures: 0,
            seconds: 0.0,
            not_followed: 0,
            steps: None,
            best: None,
            data_sha256,
            config: config.clone(),
        }),
        (Some(_), false) => Err(TrainError::OutInUse { out: config.out.clone() }),
        (None, true) => Err(TrainError::NothingToResume { out: config.out.clone() }),
        (Some(state), true) => match first_difference(&state.config, config) {
            Some(part) => Err(TrainError::AnotherRun { out: config.out.clone(), part }),
            None if state.data_sha256 != data_sha256 => Err(TrainError::DataChanged { out: config.out.clone() }),
            None => Ok(TrainState { config: config.clone(), ..state }),
        },
    }
}

/// The first part of the training file that decides what is learned and differs. Where files lie, on which device the
/// run goes on, and how often it is looked at and saved may change.
fn first_difference(begun: &TrainConfig, now: &TrainConfig) -> Option<&'static str> {
    let parts = [
        ("stage", begun.stage == now.stage),
        ("seed", begun.seed == now.seed),
        ("model.init", begun.model.init.is_some() == now.model.init.is_some()),
        ("model.parameters", begun.model.parameters == now.model.parameters),
        ("model.picture_tokens", begun.model.picture_tokens == now.model.picture_tokens),
        ("lora.rank", begun.lora.rank == now.lora.rank),
        ("lora.alpha", begun.lora.alpha == now.lora.alpha),
        ("lora.dropout", begun.lora.dropout == now.lora.dropout),
        ("lora.targets", begun.lora.targets == now.lora.targets),
        ("lora.precision", begun.lora.precision == now.lora.precision),
        ("lora.products", begun.lora.products == now.lora.products),
        ("lora.on", begun.lora.on.len() == now.lora.on.len()),
        ("data.streets", begun.data.streets == now.data.streets),
        ("data.manifests", begun.data.manifests.len() == now.data.manifests.len()),
        ("data.sources", begun.data.sources.len() == now.data.sources.len()),
        ("data.apart_km", begun.data.apart_km == now.data.apart_km),
        ("data.clean", begun.data.clean == now.data.clean),
        ("data.columns", begun.data.columns == now.data.columns),
        ("data.min_locatability", begun.data.min_locatability == now.data.min_locatability),
        ("data.jpeg_quality", begun.data.jpeg_quality == now.data.jpeg_quality),
        ("schedule", begun.schedule == now.schedule),
        ("validation.share", begun.validation.share == now.validation.share),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}
