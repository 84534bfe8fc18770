//! Which GGUF files make one model: the text file, its further shards, and the vision file (`mmproj`) beside it that has
//! its width.

use std::path::{Path, PathBuf};

use super::Gguf;
use super::names::{Naming, QWEN2, QWEN2_5_VL_MERGER};
use crate::model::error::ModelError;
use crate::model::stored::StoredTensor;

/// What vision files call themselves.
const VISION: &str = "clip";

/// The one projector that is read so far.
const PROJECTOR: &str = "qwen2.5vl_merger";

/// The files of one model, their heads read.
#[derive(Debug)]
pub(crate) struct GgufModel {
    /// The first file of the text part, which says what it is.
    pub text: Gguf,
    /// Its further shards, in order.
    shards: Vec<Gguf>,
    /// None where the architecture reads words alone.
    pub vision: Option<Gguf>,
}

/// The model at `path`, a GGUF file or a folder that has some and no `config.json`; None where it is neither.
///
/// # Errors
/// Where the files do not make one model, one that says which is missing or does not fit.
pub(crate) fn find(path: &Path) -> Result<Option<GgufModel>, ModelError> {
    if is_gguf(path) && path.is_file() {
        let text = Gguf::open(&first_shard(path))?;
        if text.architecture() == VISION {
            return Err(text.wrong("this is a vision part (mmproj); name the text file beside it".to_owned()));
        }
        return GgufModel::of(text).map(Some);
    }
    if path.join("config.json").is_file() {
        return Ok(None);
    }
    let files = gguf_files(path);
    let mut opened = files.iter().map(|file| Gguf::open(file)).collect::<Result<Vec<_>, _>>()?;
    opened.retain(|file| file.architecture() != VISION);
    match (opened.len(), files.first()) {
        (_, None) => Ok(None),
        (1, _) => GgufModel::of(opened.remove(0)).map(Some),
        (0, Some(vision)) => Err(ModelError::Config {
            path: vision.clone(),
            reason:
                "this is a vision part (mmproj), and the folder has no text file; put the model's other file beside it"
                    .to_owned(),
        }),
        _ => Err(ModelError::Config {
            path: path.to_path_buf(),
            reason: format!("there are several models; name one file: {}", names_of(&opened).join(", ")),
        }),
    }
}

/// The files that make up the model that a GGUF file belongs to: its text part with all shards, and its vision part; none where
/// it is no GGUF file.
///
/// # Errors
/// Where shards or the vision part are missing, or a file is no sound GGUF file.
pub fn gguf_parts(path: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let model = find(path)?;
    Ok(model.iter().flat_map(GgufModel::files).map(|file| file.path.clone()).collect())
}

impl GgufModel {
    /// The files that belong to `text`.
    fn of(text: Gguf) -> Result<Self, ModelError> {
        if text.text("general.type").is_some_and(|kind| kind == "adapter") {
            return Err(
                text.wrong("this is an adapter (LoRA) and no model; take a file in which the two are merged".into())
            );
        }
        let sees = match text.architecture().as_ref() {
            "qwen2vl" => true,
            "qwen2" => false,
            "qwen25vl" => return Err(ModelError::OllamasOwn { path: text.path }),
            other => {
                let (path, found) = (text.path.clone(), other.to_owned());
                return Err(ModelError::UnknownArchitecture { path, found, supported: "qwen2vl, qwen2".to_owned() });
            }
        };
        let shards = shards_of(&text)?;
        let vision = if sees { Some(vision_of(&text)?) } else { None };
        Ok(Self { text, shards, vision })
    }

    /// All files, the first of the text part first.
    pub fn files(&self) -> impl Iterator<Item = &Gguf> {
        std::iter::once(&self.text).chain(&self.shards).chain(&self.vision)
    }

    /// All tensors under upstream's names, each with the index of its file in [`Self::files`].
    ///
    /// # Errors
    /// Pieces of one tensor that do not fit together, or a name that stands in two files.
    pub fn tensors(&self) -> Result<Vec<(String, StoredTensor)>, ModelError> {
        let mut all = Vec::new();
        for (index, file) in self.files().enumerate() {
            let is_vision = index > self.shards.len();
            let naming: &Naming = if is_vision { &QWEN2_5_VL_MERGER } else { &QWEN2 };
            let tensors = file.tensors.iter().map(|(name, tensor)| {
                let tensor = StoredTensor { file: index, ..tensor.clone() };
                (name.as_str(), tensor)
            });
            all.extend(naming.upstream(tensors).map_err(|reason| file.wrong(reason))?);
        }
        let mut seen = std::collections::HashSet::new();
        match all.iter().find(|(name, _)| !seen.insert(name.as_str())) {
            Some((name, tensor)) => {
                let file = self.files().nth(tensor.file).unwrap_or(&self.text);
                Err(file.wrong(format!("the tensor '{name}' stands in two places")))
            }
            None => Ok(all),
        }
    }

    /// Whether a text file has the tensor that the file calls `name`.
    pub fn has(&self, name: &str) -> bool {
        std::iter::once(&self.text).chain(&self.shards).any(|file| file.has(name))
    }
}

fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
}

/// The GGUF files of a folder by name, of split ones the first.
fn gguf_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| is_gguf(path) && path.is_file()).collect();
    files.retain(|path| first_shard(path) == *path);
    files.sort();
    files
}

fn names_of(files: &[Gguf]) -> Vec<String> {
    let name = |file: &Gguf| Some(file.path.file_name()?.to_string_lossy().into_owned());
    files.iter().filter_map(name).collect()
}

/// `NAME-00002-of-00003.gguf` in its parts: the name, which of how many.
fn shard_parts(path: &Path) -> Option<(&str, usize, usize)> {
    let stem = path.file_stem()?.to_str()?;
    let (front, count) = stem.rsplit_once("-of-")?;
    let (name, number) = front.rsplit_once('-')?;
    let digits = |text: &str| if text.len() == 5 { text.parse().ok() } else { None };
    Some((name, digits(number)?, digits(count)?))
}

/// The first file of the model that `path` is a shard of; `path` itself where it is whole.
fn first_shard(path: &Path) -> PathBuf {
    match shard_parts(path) {
        Some((name, _, count)) => path.with_file_name(format!("{name}-00001-of-{count:05}.gguf")),
        None => path.to_path_buf(),
    }
}

/// The shards that follow the first.
fn shards_of(first: &Gguf) -> Result<Vec<Gguf>, ModelError> {
    let count = first.whole("split.count").unwrap_or(1);
    let mut shards = Vec::new();
    if count > 1 {
        let parts = shard_parts(&first.path).filter(|&(_, number, of)| number == 1 && of as u64 == count);
        let unnamed =
            || first.wrong(format!("it is the first of {count} shards and not named NAME-00001-of-{count:05}"));
        let (name, _, _) = parts.ok_or_else(unnamed)?;
        for number in 2..=count {
            let path = first.path.with_file_name(format!("{name}-{number:05}-of-{count:05}.gguf"));
            if !path.is_file() {
                return Err(ModelError::MissingFile { path });
            }
            let shard = Gguf::open(&path)?;
            if shard.whole("split.no") != Some(number - 1) {
                return Err(shard.wrong(format!("it does not say that it is shard {number}")));
            }
            shards.push(shard);
        }
    }
    let found = first.tensors.len() + shards.iter().map(|shard| shard.tensors.len()).sum::<usize>();
    match first.whole("split.tensors.count") {
        Some(all) if all != found as u64 => {
            Err(first.wrong(format!("the shards have {found} tensors of {all}: download them again")))
        }
        _ => Ok(shards),
    }
}

/// The vision file beside `text` that gives vectors of its width.
fn vision_of(text: &Gguf) -> Result<Gguf, ModelError> {
    let width = text.whole("qwen2vl.embedding_length");
    // A bare file name lies in the working folder, whose name is not empty.
    let folder = text.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (mut fitting, mut other) = (Vec::new(), None);
    for path in gguf_files(folder) {
        if path.file_name() == text.path.file_name() {
            continue;
        }
        // A file that cannot be read is no vision file; its error counts only where there is no other.
        let file = match Gguf::open(&path) {
            Ok(file) if file.architecture() == VISION => file,
            Ok(_) => continue,
            Err(error) => {
                other = other.or(Some(error));
                continue;
            }
        };
        match misfit(&file, width) {
            None => fitting.push(file),
            Some(reason) => other = Some(file.wrong(reason)),
        }
    }
    // Half precision before f32, which is twice as large and no better.
    fitting.sort_by_key(|file| file.whole("general.file_type") == Some(0));
    match (fitting.into_iter().next(), other) {
        (Some(vision), _) => Ok(vision),
        (None, Some(error)) => Err(error),
        (None, None) => Err(text.wrong(
            "its vision file (mmproj-*.gguf) is missing; download it from where this file is from, into the same folder"
                .to_owned(),
        )),
    }
}

/// Why a vision file is none for a text part of this width.
fn misfit(vision: &Gguf, text_width: Option<u64>) -> Option<String> {
    let projector = vision.text("clip.projector_type").or_else(|| vision.text("clip.vision.projector_type"));
    let projector = projector.unwrap_or_default();
    if projector != PROJECTOR {
        return Some(format!(
            "the projector '{projector}' of this vision part is not supported; supported: {PROJECTOR}"
        ));
    }
    let width = vision.whole("clip.vision.projection_dim");
    if width == text_width {
        return None;
    }
    let written = |width: Option<u64>| width.map_or("no".to_owned(), |width| width.to_string());
    Some(format!(
        "this vision part gives vectors of {} numbers and the text part takes {}: they are of two models, get the mmproj \
         file that belongs to the text file",
        written(width),
        written(text_width)
    ))
}
