//! The models that lie on this machine: those that this program keeps, and those of other programs, which are found where they
//! are and used in place.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{Catalogue, space};
use crate::model::{Footprint, ModelError, Purpose, footprint};

/// Whose folder a model lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeper {
    /// This program's.
    Own,
    /// The cache of the hub's own programs.
    HubCache,
    /// LM Studio's.
    LmStudio,
    /// Ollama's.
    Ollama,
}

/// A model on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelved {
    /// What it is called.
    pub name: String,
    /// Its folder, or its GGUF file.
    pub path: PathBuf,
    /// Whose folder that is in.
    pub keeper: Keeper,
    /// Bytes on the disk.
    pub bytes: u64,
    /// What it is, by its own files; none where they are not those of a model that this program opens.
    pub footprint: Option<Footprint>,
    /// Why it cannot be opened, where it cannot.
    pub problem: Option<String>,
}

impl Shelved {
    /// What it does, as far as its files tell.
    pub fn purpose(&self) -> Option<Purpose> {
        self.footprint.as_ref().map(|footprint| footprint.purpose)
    }
}

/// The folder of this program's models in its home.
pub fn models_folder(home: &Path) -> PathBuf {
    home.join("models")
}

/// All models that are found, this program's own first. What other programs hold is listed only where it can be opened, and where
/// it is a vision model in a form of Ollama's own, so that nobody looks for it in vain.
pub fn shelf(home: &Path) -> Vec<Shelved> {
    let mut found: Vec<Shelved> = folders_in(&models_folder(home))
        .into_iter()
        .filter(|folder| is_model_folder(folder))
        .filter_map(|folder| shelved(file_name(&folder)?, folder, Keeper::Own))
        .collect();
    let others = [
        (Keeper::HubCache, hub_cache().map(|cache| in_hub_cache(&cache))),
        (Keeper::LmStudio, lm_studio().map(|folder| in_lm_studio(&folder))),
        (Keeper::Ollama, ollama().map(|folder| in_ollama(&folder, &models_folder(home).join(".ollama")))),
    ];
    for (keeper, models) in others {
        let models = models.unwrap_or_default().into_iter();
        found.extend(models.filter_map(|(name, path)| shelved(name, path, keeper)));
    }
    found.sort_by(|a, b| (a.keeper, &a.name).cmp(&(b.keeper, &b.name)));
    found
}

fn shelved(name: String, path: PathBuf, keeper: Keeper) -> Option<Shelved> {
    let (footprint, problem) = match footprint(&path) {
        Ok(footprint) => (Some(footprint), None),
        Err(error) if keeper == Keeper::Own || matches!(error, ModelError::OllamasOwn { .. }) => {
            (None, Some(error.to_string()))
        }
        Err(error) => {
            tracing::debug!("{error}");
            return None;
        }
    };
    let bytes = match path.is_file() {
        true => footprint.as_ref().map(|footprint| footprint.bytes),
        false => Some(space::held(&path)),
    };
    Some(Shelved { name, bytes: bytes?, path, keeper, footprint, problem })
}

impl Catalogue {
    /// The entry that a model on the shelf was made from, by its name; another program's has the organisation before it.
    pub fn offer_of(&self, model: &Shelved) -> Option<&super::Offer> {
        self.offer(&model.name)
            .or_else(|| self.offers().iter().find(|offer| offer.repository == model.name && offer.files.is_empty()))
    }
}

/// The folder that programs of this user keep what they could fetch again.
pub(super) fn cache_folder() -> Option<PathBuf> {
    named("XDG_CACHE_HOME").or_else(|| Some(user_folder()?.join(".cache")))
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn user_folder() -> Option<PathBuf> {
    named("HOME").or_else(|| named("USERPROFILE"))
}

/// Where the hub's own programs keep what they have fetched.
pub fn hub_cache() -> Option<PathBuf> {
    let home = || named("HF_HOME").or_else(|| Some(cache_folder()?.join("huggingface")));
    named("HF_HUB_CACHE").or_else(|| Some(home()?.join("hub")))
}

fn lm_studio() -> Option<PathBuf> {
    let user = user_folder()?;
    [".lmstudio/models", ".cache/lm-studio/models"].map(|path| user.join(path)).into_iter().find(|path| path.is_dir())
}

fn ollama() -> Option<PathBuf> {
    named("OLLAMA_MODELS").or_else(|| Some(user_folder()?.join(".ollama/models")))
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn entries_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let is_hidden = |path: &PathBuf| file_name(path).is_none_or(|name| name.starts_with('.'));
    entries_in(folder).into_iter().filter(|path| path.is_dir() && !is_hidden(path)).collect()
}

fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
}

fn is_model_folder(folder: &Path) -> bool {
    folder.join("config.json").is_file() || entries_in(folder).iter().any(|path| is_gguf(path))
}

/// `models--ORGANISATION--MODEL/snapshots/COMMIT`.
fn in_hub_cache(cache: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for repository in folders_in(cache) {
        let Some(name) =
            file_name(&repository).and_then(|name| Some(name.strip_prefix("models--")?.replace("--", "/")))
        else {
            continue;
        };
        let snapshots = folders_in(&repository.join("snapshots")).into_iter();
        found.extend(snapshots.filter(|folder| is_model_folder(folder)).map(|folder| (name.clone(), folder)));
    }
    found
}

/// `ORGANISATION/MODEL/*.gguf`, of which each text file is a model.
fn in_lm_studio(folder: &Path) -> Vec<(String, PathBuf)> {
    let models = folders_in(folder).into_iter().flat_map(|organisation| folders_in(&organisation));
    let files = models.flat_map(|model| entries_in(&model)).filter(|path| is_gguf(path));
    let is_text = |path: &PathBuf| file_name(path).is_some_and(|name| !name.to_lowercase().contains("mmproj"));
    files.filter(is_text).filter_map(|path| Some((path.file_stem()?.to_string_lossy().into_owned(), path))).collect()
}

/// A manifest `manifests/HOST/NAMESPACE/MODEL/TAG` names the blobs of a model. Those have no endings, so that links with names
/// that say what they are stand for them in `links`.
fn in_ollama(folder: &Path, links: &Path) -> Vec<(String, PathBuf)> {
    let hosts = folders_in(&folder.join("manifests")).into_iter();
    let models = hosts.flat_map(|host| folders_in(&host)).flat_map(|namespace| folders_in(&namespace));
    let tags = models.flat_map(|model| entries_in(&model)).filter(|path| path.is_file());
    tags.filter_map(|manifest| linked(folder, &manifest, links)).collect()
}

fn linked(folder: &Path, manifest: &Path, links: &Path) -> Option<(String, PathBuf)> {
    let text = fs::read_to_string(manifest).ok()?;
    let said: serde_json::Value = serde_json::from_str(&text).ok()?;
    let blob = |kind: &str| {
        let kind = format!("application/vnd.ollama.image.{kind}");
        let layer = said["layers"].as_array()?.iter().rfind(|layer| layer["mediaType"] == kind)?;
        let digest =
            layer["digest"].as_str()?.strip_prefix("sha256:").filter(|sum| super::catalogue::is_sha256(sum))?;
        Some(folder.join("blobs").join(format!("sha256-{digest}"))).filter(|path| path.is_file())
    };
    let name = format!("{}-{}", file_name(manifest.parent()?)?, file_name(manifest)?);
    if !super::inside::is_name(&name) {
        return None;
    }
    let place = links.join(&name);
    for (blob, called) in [(blob("model"), "model.gguf"), (blob("projector"), "mmproj.gguf")] {
        let Some(blob) = blob else { continue };
        let link = place.join(called);
        if fs::read_link(&link).ok().as_ref() != Some(&blob) {
            fs::create_dir_all(&place).ok()?;
            let _none_before = fs::remove_file(&link);
            stand_for(&blob, &link).ok()?;
        }
    }
    place.join("model.gguf").is_file().then_some((name, place))
}

#[cfg(unix)]
fn stand_for(file: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

/// Where links need a right that users seldom have, a second name for the same file serves as well.
#[cfg(not(unix))]
fn stand_for(file: &Path, link: &Path) -> std::io::Result<()> {
    fs::hard_link(file, link)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn models_of_other_programs_are_found_by_their_names() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        touch(&at("hub/models--Qwen--Qwen2.5-VL-3B/snapshots/abc/config.json"), b"{}");
        touch(&at("hub/models--Qwen--Unfinished/snapshots/abc/README.md"), b"");
        touch(&at("hub/datasets--a--b/snapshots/abc/config.json"), b"{}");
        let cached = in_hub_cache(&at("hub"));
        assert_eq!(cached.len(), 1);
        assert_eq!(cached[0].0, "Qwen/Qwen2.5-VL-3B");

        touch(&at("lm/org/model/text-Q4_K_M.gguf"), b"");
        touch(&at("lm/org/model/mmproj-text.gguf"), b"");
        let names: Vec<String> = in_lm_studio(&at("lm")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["text-Q4_K_M"]);
    }

    #[test]
    fn of_what_others_hold_only_ollamas_own_form_is_listed_though_it_cannot_be_opened() {
        let root = tempfile::tempdir().unwrap();
        let listed = |architecture: &str, keeper| {
            let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
            let said = [text("general.architecture"), vec![8, 0, 0, 0], text(architecture)].concat();
            let head = [b"GGUF\x03\0\0\0".to_vec(), vec![0; 8], vec![1, 0, 0, 0, 0, 0, 0, 0], said].concat();
            touch(&root.path().join(architecture).join("model.gguf"), &head);
            shelved("m".to_owned(), root.path().join(architecture), keeper)
        };
        let own_form = listed("qwen25vl", Keeper::Ollama).unwrap();
        assert!(own_form.purpose().is_none() && own_form.problem.unwrap().contains("Ollama's own form"));
        assert_eq!(listed("gemma3", Keeper::Ollama), None);
        assert!(listed("gemma3", Keeper::Own).unwrap().problem.unwrap().contains("'gemma3' is not supported"));
    }

    #[test]
    fn a_model_of_ollamas_is_used_by_links_and_its_bytes_stay_where_they_are() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let layer = |kind: &str, digit: &str| {
            format!(r#"{{"mediaType":"application/vnd.ollama.image.{kind}","digest":"sha256:{}"}}"#, digit.repeat(64))
        };
        let manifest = |layers: &[String]| format!(r#"{{"layers":[{}]}}"#, layers.join(","));
        let vision = manifest(&[layer("model", "a"), layer("projector", "b"), layer("template", "c")]);
        touch(&at("ollama/manifests/host/library/vision/7b"), vision.as_bytes());
        touch(&at("ollama/manifests/host/library/gone/latest"), manifest(&[layer("model", "d")]).as_bytes());
        touch(&at("ollama/manifests/host/library/evil/latest"), manifest(&[layer("model", "../x")]).as_bytes());
        touch(&at("ollama/manifests/host/library/no/json"), b"{");
        touch(&at(&format!("ollama/blobs/sha256-{}", "a".repeat(64))), b"text");
        touch(&at(&format!("ollama/blobs/sha256-{}", "b".repeat(64))), b"eyes");
        let found = in_ollama(&at("ollama"), &at("links"));
        assert_eq!(found, [("vision-7b".to_owned(), at("links/vision-7b"))]);
        assert_eq!(fs::read(at("links/vision-7b/mmproj.gguf")).unwrap(), b"eyes");
        assert_eq!(in_ollama(&at("ollama"), &at("links")), found, "the links stand already");
    }
}
