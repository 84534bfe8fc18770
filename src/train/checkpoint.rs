//! Checkpoints: folders that inference opens like any other model, with beside the weights what training needs to go on.
//!
//! `last` is replaced at every save and `best` whenever the loss on held-back pictures is the lowest so far. A folder is
//! filled under another name and then put in the place of the old one, so whenever the process is killed, one whole
//! checkpoint is there.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use burn::tensor::{DType, TensorData};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    TrainError,
    config::{Precision, TrainConfig},
};
use crate::model::save::write_tensors;

/// The file with [`TrainState`], in `last`.
const STATE_FILE: &str = "training_state.json";

/// The file with what a model's network is like.
const CONFIG_FILE: &str = "config.json";

/// The file with the optimizer's moments, in `last`.
const OPTIMIZER_FILE: &str = "optimizer.safetensors";

/// Where a run stands. With the weights and the optimizer's moments it is all that the next step depends on: the order
/// of the pictures follows from the seed and `pictures`, what an adapter's dropout leaves out from the seed and `step`, and
/// nothing else is drawn by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainState {
    /// Steps done.
    pub step: u64,
    /// Pictures learned: the data cursor.
    pub pictures: u64,
    /// Seconds spent so far, over all stretches of the run.
    pub seconds: f64,
    /// Of the steps, those that were not taken because a number of them was not finite.
    #[serde(default)]
    pub not_followed: u64,
    /// All steps of the run, where it has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// The best look at held-back pictures so far.
    pub best: Option<Best>,
    /// SHA-256 of the manifests' bytes; none for drawn streets, which follow from their seeds. The pictures that a
    /// manifest names are not looked at.
    #[serde(default)]
    pub data_sha256: Option<String>,
    /// The training file of the run.
    pub config: TrainConfig,
}

/// The step with the lowest loss on held-back pictures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The step.
    pub step: u64,
    /// Its loss.
    pub loss: f64,
}

/// The folder of a run.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    out: PathBuf,
}

impl Checkpoints {
    /// The checkpoints in `out`, which is made if it is not there. What a process left that was killed while it put a
    /// new checkpoint in place of the old is set right.
    pub fn open(out: &Path) -> Result<Self, TrainError> {
        fs::create_dir_all(out).map_err(|cause| TrainError::write(out, cause))?;
        let checkpoints = Self::at(out);
        for name in ["last", "best"] {
            let (place, filled) = (checkpoints.folder(name), checkpoints.aside(name, "new"));
            // The old folder is moved away only once the new one is whole.
            if !place.exists() && filled.exists() && checkpoints.aside(name, "old").exists() {
                fs::rename(&filled, &place).map_err(|cause| TrainError::write(&place, cause))?;
            }
        }
        Ok(checkpoints)
    }

    /// The checkpoints in `out`, which is left as it is, to be looked at.
    pub fn at(out: &Path) -> Self {
        Self { out: out.to_owned() }
    }

    /// The folder of the checkpoint `name`.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    fn aside(&self, name: &str, suffix: &str) -> PathBuf {
        self.out.join(format!(".{name}.{suffix}"))
    }

    /// Lets `fill` write the files of a checkpoint and then puts them in the place of `name`.
    pub fn replace(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<(), TrainError>,
    ) -> Result<PathBuf, TrainError> {
        let (place, filled, old) = (self.folder(name), self.aside(name, "new"), self.aside(name, "old"));
        for leftover in [&filled, &old] {
            remove(leftover).map_err(|cause| TrainError::write(leftover, cause))?;
        }
        fs::create_dir_all(&filled).map_err(|cause| TrainError::write(&filled, cause))?;
        let whole = fill(&filled).and_then(|()| flush(&filled).map_err(|cause| TrainError::write(&filled, cause)));
        if whole.is_err() {
            // A disk that is full shall not stay full of half a checkpoint.
            remove(&filled).map_err(|cause| TrainError::write(&filled, cause))?;
        }
        whole?;
        let put = || {
            if place.exists() {
                fs::rename(&place, &old)?;
            }
            fs::rename(&filled, &place)?;
            remove(&old)
        };
        put().map_err(|cause| TrainError::write(&place, cause))?;
        Ok(place)
    }

    /// Where the run in this folder stands; none where there is no checkpoint.
    pub fn state(&self) -> Result<Option<TrainState>, TrainError> {
        let file = self.folder("last").join(STATE_FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(TrainError::read(&file, cause)),
        };
        let state = serde_json::from_str(&text).map_err(|cause| TrainError::read(&file, cause))?;
        Ok(Some(state))
    }

    /// The optimizer's moments in `last`.
    pub fn moments(&self) -> Result<BTreeMap<String, TensorData>, TrainError> {
        let file = self.folder("last").join(OPTIMIZER_FILE);
        let bytes = fs::read(&file).map_err(|cause| TrainError::read(&file, cause))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|cause| TrainError::read(&file, cause))?;
        let numbers = |view: &TensorView<'_>| {
            let words =
                view.data().chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
            TensorData::new(words.collect::<Vec<f32>>(), view.shape().to_vec())
        };
        Ok(tensors.iter().map(|(name, view)| (name.to_owned(), numbers(&view))).collect())
    }
}

/// Where the run in this folder stands; none where there is no checkpoint.
pub fn state_in(folder: &Path) -> Result<Option<TrainState>, TrainError> {
    Checkpoints::at(folder).state()
}

/// Writes what training needs beside the weights into a checkpoint folder.
pub fn write_training_files(
    folder: &Path,
    state: &TrainState,
    moments: &BTreeMap<String, TensorData>,
) -> Result<(), TrainError> {
    let file = folder.join(STATE_FILE);
    let text = serde_json::to_string_pretty(state).map_err(|cause| TrainError::write(&file, cause))?;
    fs::write(&file, text).map_err(|cause| TrainError::write(&file, cause))?;
    let file = folder.join(OPTIMIZER_FILE);
    let mut views = Vec::with_capacity(moments.len());
    for (name, data) in moments {
        debug_assert_eq!(data.dtype(), DType::F32, "parameters that learn are f32");
        let view = TensorView::new(Dtype::F32, data.shape().to_vec(), data.as_bytes());
        views.push((name, view.map_err(|cause| TrainError::write(&file, cause))?));
    }
    write_tensors(views, None, &file).map_err(|cause| TrainError::write(&file, cause))
}

/// Copies from a model folder what is not weights (tokenizer, chat template, image processor) and writes `config` beside
/// it with the number format of the weights. Who may write there is not copied: a base may be read-only. The model card stays behind, because its figures are another model's.
pub fn copy_settings(from: &Path, to: &Path, config: &Value, precision: Precision) -> Result<(), TrainError> {
    let entries = fs::read_dir(from).map_err(|cause| TrainError::read(from, cause))?;
    for entry in entries {
        let path = entry.map_err(|cause| TrainError::read(from, cause))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let is_setting = matches!(extension, "json" | "jinja" | "txt" | "tiktoken" | "model") || name == "LICENSE";
        if path.is_file() && is_setting && !name.ends_with(".index.json") && ![STATE_FILE, CONFIG_FILE].contains(&name)
        {
            let place = to.join(name);
            let copy = || io::copy(&mut File::open(&path)?, &mut File::create(&place)?);
            copy().map_err(|cause| TrainError::write(&place, cause))?;
        }
    }
    mark_caution(&to.join("terrasight.json"))?;
    let mut config = config.clone();
    for key in ["torch_dtype", "dtype"] {
        if let Some(format) = config.get_mut(key) {
            *format = match precision {
                Precision::F32 => "float32".into(),
                Precision::F16 => "float16".into(),
            };
        }
    }
    let file = to.join(CONFIG_FILE);
    fs::write(&file, format!("{config:#}\n")).map_err(|cause| TrainError::write(&file, cause))
}

/// What stands before the caution of a model that another was trained from.
const OF_BASE: &str = "Of the model that it was trained from: ";

/// A caution is about the model that it was written for, and says so in the folder of one that was trained from it.
fn mark_caution(file: &Path) -> Result<(), TrainError> {
    let Some(mut said) = fs::read_to_string(file).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok())
    else {
        return Ok(());
    };
    let Some(caution) = said["caution"].as_str().filter(|caution| !caution.starts_with(OF_BASE)) else { return Ok(()) };
    said["caution"] = format!("{OF_BASE}{caution}").into();
    fs::write(file, format!("{said:#}\n")).map_err(|cause| TrainError::write(file, cause))
}

/// Removes a folder that may not be there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Waits until the folder's files are on the disk: a rename may otherwise arrive there before what it renames.
fn flush(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        fs::OpenOptions::new().write(true).open(entry?.path())?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join("weights")).ok()
    }

    fn fill(text: &'static str) -> impl FnOnce(&Path) -> Result<(), TrainError> {
        move |folder| fs::write(folder.join("weights"), text).map_err(|cause| TrainError::write(folder, cause))
    }

    #[test]
    fn a_checkpoint_takes_the_place_of_the_one_before() {
        let out = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::open(out.path()).unwrap();
        assert!(checkpoints.state().unwrap().is_none());
        checkpoints.replace("last", fill("1")).unwrap();
        let place = checkpoints.replace("last", fill("2")).unwrap();
        assert_eq!(read(&place).as_deref(), Some("2"));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_failed_save_leaves_the_old_one() {
        let out = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::open(out.path()).unwrap();
        let place = checkpoints.replace("last", fill("1")).unwrap();
        let full = |folder: &Path| {
            fs::write(folder.join("weights"), "half").unwrap();
            Err(TrainError::write(folder, "disk full"))
        };
        assert!(checkpoints.replace("last", full).is_err());
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "the half of it is taken away");
        assert_eq!(read(&Checkpoints::open(out.path()).unwrap().folder("last")).as_deref(), Some("1"));
        checkpoints.replace("last", fill("2")).unwrap();
        assert_eq!(read(&place).as_deref(), Some("2"));
    }

    #[test]
    fn a_kill_between_the_two_renames_is_set_right() {
        let out = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::open(out.path()).unwrap();
        let place = checkpoints.replace("last", fill("1")).unwrap();
        fs::rename(&place, out.path().join(".last.old")).unwrap();
        fs::create_dir(out.path().join(".last.new")).unwrap();
        fs::write(out.path().join(".last.new/weights"), "2").unwrap();
        assert_eq!(read(&Checkpoints::open(out.path()).unwrap().folder("last")).as_deref(), Some("2"));
    }

    #[test]
    fn settings_are_copied_and_weights_and_the_card_are_not() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let settings = ["config.json", "tokenizer.json", "merges.txt"];
        for name in ["model.safetensors", "model.safetensors.index.json", "README.md"].iter().chain(&settings) {
            let file = from.path().join(name);
            fs::write(&file, "{}").unwrap();
            let mut rights = fs::metadata(&file).unwrap().permissions();
            rights.set_readonly(true);
            fs::set_permissions(&file, rights).unwrap();
        }
        let config = serde_json::json!({ "torch_dtype": "bfloat16", "vocab_size": 5 });
        copy_settings(from.path(), to.path(), &config, Precision::F32).unwrap();
        let mut names: Vec<_> = fs::read_dir(to.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["config.json", "merges.txt", "tokenizer.json"]);
        let config = fs::read_to_string(to.path().join("config.json")).unwrap();
        assert!(config.contains("float32") && config.contains("vocab_size"));
        for name in settings {
            let is_readonly = fs::metadata(to.path().join(name)).unwrap().permissions().readonly();
            assert!(!is_readonly, "{name}: nobody but root could write the next one");
        }
    }

    #[test]
    fn a_caution_says_of_which_model_it_is_once() {
        let [base, last, next] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        fs::write(base.path().join("terrasight.json"), r#"{"seen": "drawings", "caution": "Beware."}"#).unwrap();
        for (from, to) in [(&base, &last), (&last, &next)] {
            copy_settings(from.path(), to.path(), &serde_json::json!({}), Precision::F32).unwrap();
            let text = fs::read_to_string(to.path().join("terrasight.json")).unwrap();
            let said: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&said["seen"], &said["caution"]), (&"drawings".into(), &format!("{OF_BASE}Beware.").into()));
        }
    }

    #[test]
    fn moments_come_back_bit_for_bit() {
        let out = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::open(out.path()).unwrap();
        let text = "out = \"o\"\nstage = \"full\"\n[model]\nbase = \"b\"\n[data]\nmanifests = [\"m\"]\n\
                    [schedule]\nsteps = 1\nbatch = 1\nlearning_rate = 0.1\n";
        let config = toml::from_str(text).unwrap();
        let best = Some(Best { step: 2, loss: 0.5 });
        let data_sha256 = Some("ab".to_owned());
        let state = TrainState {
            step: 3,
            pictures: 12,
            seconds: 1.5,
            not_followed: 1,
            steps: Some(9),
            best,
            data_sha256,
            config,
        };
        let moments = BTreeMap::from([("a.first".to_owned(), TensorData::new(vec![0.1_f32, -1e-30, 3.0], [3]))]);
        checkpoints.replace("last", |folder| write_training_files(folder, &state, &moments)).unwrap();
        assert_eq!(checkpoints.state().unwrap(), Some(state));
        assert_eq!(checkpoints.moments().unwrap()["a.first"].as_bytes(), moments["a.first"].as_bytes());
    }
}
