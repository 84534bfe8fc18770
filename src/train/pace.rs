//! How fast an earlier run was that learned with the same model in the same way: what a new one can go by before its first step.

use std::{fs, path::Path, time::SystemTime};

use super::{
    checkpoint::{TrainState, state_in},
    config::TrainConfig,
    log::LOG_FILE,
};

/// So many folders beside a run are looked into.
const MOST: usize = 500;

/// How fast an earlier run was.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierPace {
    /// What it is called.
    pub run: String,
    /// How many steps it has taken.
    pub steps: u64,
    /// Seconds that a picture took.
    pub seconds_per_picture: f64,
}

impl EarlierPace {
    /// That of the latest run beside this one that learned with the same model in the same way; none where there is none.
    pub fn beside(config: &TrainConfig) -> Option<Self> {
        let folders = fs::read_dir(config.out.parent()?).ok()?.flatten().map(|entry| entry.path());
        let runs = folders.filter(|folder| *folder != config.out).take(MOST).filter_map(|folder| {
            let written = fs::metadata(folder.join(LOG_FILE)).and_then(|log| log.modified()).ok()?;
            let state = state_in(&folder).ok()??;
            is_alike(&state.config, config).then_some((written, Self::of(&folder, &state)?))
        });
        runs.max_by_key(|(written, _): &(SystemTime, Self)| *written).map(|(_, pace)| pace)
    }

    fn of(folder: &Path, state: &TrainState) -> Option<Self> {
        let seconds_per_picture = state.seconds / state.pictures as f64;
        let run = folder.file_name()?.to_string_lossy().into_owned();
        let is_known = state.step > 0 && seconds_per_picture.is_finite() && seconds_per_picture > 0.0;
        is_known.then_some(Self { run, steps: state.step, seconds_per_picture })
    }
}

/// Whether a picture takes one run about as long as the other: the same model in the same form, and lessons of the same kind.
fn is_alike(one: &TrainConfig, other: &TrainConfig) -> bool {
    let of = |config: &TrainConfig| {
        let lora = &config.lora;
        let adapter = (lora.rank, lora.targets.clone(), lora.precision.clone(), lora.products, lora.recompute);
        (config.stage, config.device.clone(), config.model.clone(), config.features.gib > 0.0, adapter)
    };
    of(one) == of(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::checkpoint::{Checkpoints, TrainState};

    #[test]
    fn a_run_goes_by_the_latest_of_its_kind_beside_it() {
        let runs = tempfile::tempdir().unwrap();
        let config = |name: &str, rank: usize| -> TrainConfig {
            let out = runs.path().join(name);
            let text = format!(
                "out = {out:?}\nstage = \"full\"\n[model]\nbase = \"b\"\nparameters = \"lora\"\n[lora]\nrank = {rank}\n\
                 [data]\nstreets = {{ seed = 0, count = 9 }}\n[schedule]\nsteps = 9\nbatch = 2\nlearning_rate = 0.1\n"
            );
            toml::from_str(&text).unwrap()
        };
        let keep = |name: &str, rank: usize, step: u64, seconds: f64| {
            let config = config(name, rank);
            let state = TrainState {
                step,
                pictures: 2 * step,
                seconds,
                not_followed: 0,
                steps: Some(9),
                best: None,
                data_sha256: None,
                config: config.clone(),
            };
            Checkpoints::open(&config.out).unwrap();
            let last = config.out.join("last");
            fs::create_dir_all(&last).unwrap();
            crate::train::checkpoint::write_training_files(&last, &state, &std::collections::BTreeMap::new()).unwrap();
            fs::write(config.out.join(LOG_FILE), "").unwrap();
        };
        let new = config("new", 8);
        assert_eq!(EarlierPace::beside(&new), None);
        keep("other rank", 16, 4, 8.0);
        keep("begun", 8, 0, 0.0);
        assert_eq!(EarlierPace::beside(&new), None);
        keep("run 1", 8, 4, 24.0);
        let expected = EarlierPace { run: "run 1".to_owned(), steps: 4, seconds_per_picture: 3.0 };
        assert_eq!(EarlierPace::beside(&new), Some(expected));
    }
}
