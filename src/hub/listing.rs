//! What the hub says lies in a repository, and which of it a model needs.

use std::collections::HashSet;

use serde::Deserialize;

use super::{HubError, Offer, catalogue::is_sha256, connection::Connection, record::RecordedFile};

/// A commit, written out.
const COMMIT_DIGITS: usize = 40;

#[derive(Deserialize)]
struct Revision {
    sha: String,
}

/// A line of the hub's list of files.
#[derive(Debug, Clone, Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    /// Of large files, whose name in the store is their SHA-256.
    lfs: Option<Stored>,
}

#[derive(Debug, Clone, Deserialize)]
struct Stored {
    oid: String,
    size: u64,
}

impl From<Listed> for RecordedFile {
    fn from(listed: Listed) -> Self {
        let bytes = listed.lfs.as_ref().map_or(listed.size, |stored| stored.size);
        let sha256 = listed.lfs.map(|stored| stored.oid).filter(|sum| is_sha256(sum));
        Self { path: listed.path, bytes, sha256 }
    }
}

/// The commit that is meant, and the files that are needed from it, each with its size and, where known, its SHA-256. The hub is
/// asked only for what the catalogue does not say.
pub(super) async fn files_of(connection: &Connection, offer: &Offer) -> Result<(String, Vec<RecordedFile>), HubError> {
    let known = |file: &super::OfferedFile| {
        let (bytes, sha256) = (file.bytes?, file.sha256.clone()?);
        Some(RecordedFile { path: file.path.clone(), bytes, sha256: Some(sha256) })
    };
    let all_known: Option<Vec<RecordedFile>> = offer.files.iter().map(known).collect();
    let repository = offer.repository.as_str();
    let api = |what: &str, which: &str| connection.hub.url(&["api", "models", repository, what, which]);
    let commit = if is_commit(&offer.revision) {
        offer.revision.clone()
    } else {
        let said: Revision = connection.list(repository, &api("revision", &offer.revision)).await?;
        if !is_commit(&said.sha) {
            let cause = "it names no commit".to_owned();
            return Err(HubError::Nonsense { what: repository.to_owned(), cause });
        }
        said.sha
    };
    if let Some(files) = all_known.filter(|files| !files.is_empty()) {
        return Ok((commit, files));
    }
    let mut tree = api("tree", &commit);
    tree.set_query(Some("recursive=true"));
    let listed: Vec<Listed> = connection.list(repository, &tree).await?;
    let mut listed: Vec<RecordedFile> =
        listed.into_iter().filter(|line| line.kind == "file").map(RecordedFile::from).collect();
    check_once(&listed, repository)?;
    if offer.files.is_empty() {
        return Ok((commit, needed(listed, repository)?));
    }
    for file in &offer.files {
        let there = listed.iter_mut().find(|other| other.path == file.path);
        let there = there.ok_or_else(|| HubError::NotThere(format!("{repository}/{}", file.path)))?;
        there.bytes = file.bytes.unwrap_or(there.bytes);
        there.sha256 = file.sha256.clone().or(there.sha256.take());
    }
    listed.retain(|file| offer.files.iter().any(|other| other.path == file.path));
    Ok((commit, listed))
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Two files of one name would be written over one another.
fn check_once(files: &[RecordedFile], repository: &str) -> Result<(), HubError> {
    let mut seen = HashSet::new();
    if files.iter().all(|file| seen.insert(file.path.as_str())) {
        return Ok(());
    }
    Err(HubError::Nonsense { what: repository.to_owned(), cause: "it lists a file twice".to_owned() })
}

/// Of a repository's files those that this program reads: weights as safetensors, or else as PyTorch saves them, and what
/// describes them.
fn needed(mut files: Vec<RecordedFile>, repository: &str) -> Result<Vec<RecordedFile>, HubError> {
    const BESIDE: [&str; 15] = [
        "config.json",
        "generation_config.json",
        "preprocessor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "vocab.txt",
        "merges.txt",
        "chat_template.json",
        "chat_template.jinja",
        "modules.json",
        "1_Pooling/config.json",
        "LICENSE",
    ];
    let is_weights = |path: &str, stem: &str, ending: &str| {
        !path.contains('/')
            && path.starts_with(stem)
            && (path.ends_with(ending) || path.ends_with(&format!("{ending}.index.json")))
    };
    let is_safe = |file: &RecordedFile| is_weights(&file.path, "model", ".safetensors");
    let has_safe = files.iter().any(is_safe);
    let is_pickled = |file: &RecordedFile| !has_safe && is_weights(&file.path, "pytorch_model", ".bin");
    files.retain(|file| BESIDE.contains(&file.path.as_str()) || is_safe(file) || is_pickled(file));
    let has = |wanted: &dyn Fn(&RecordedFile) -> bool| files.iter().any(wanted);
    if has(&|file| file.path == "config.json") && (has(&is_safe) || has(&is_pickled)) {
        return Ok(files);
    }
    let cause = "there is no model in it that this program reads".to_owned();
    Err(HubError::Nonsense { what: repository.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> Result<Vec<String>, HubError> {
        let file = |path: &&str| RecordedFile { path: (*path).to_owned(), bytes: 1, sha256: None };
        Ok(needed(paths.iter().map(file).collect(), "a/b")?.into_iter().map(|file| file.path).collect())
    }

    #[test]
    fn a_list_that_names_a_file_twice_is_no_hubs() {
        let file = |path: &str| RecordedFile { path: path.to_owned(), bytes: 1, sha256: None };
        let said = |paths: &[&str]| check_once(&paths.iter().map(|path| file(path)).collect::<Vec<_>>(), "a/b");
        assert!(said(&["a", "b", "b/a"]).is_ok());
        let error = said(&["a", "b", "a"]).unwrap_err().to_string();
        assert!(error.contains("it lists a file twice") && error.contains("check the mirror's address"), "{error}");
    }

    #[test]
    fn weights_are_taken_once_and_with_what_describes_them() {
        let both = ["README.md", "config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json"];
        let with = [both.as_slice(), &["pytorch_model.bin", "onnx/model.safetensors", "tf_model.h5"]].concat();
        assert_eq!(paths(&with).unwrap(), &both[1..]);
        assert_eq!(paths(&["config.json", "pytorch_model.bin", "x.py"]).unwrap(), ["config.json", "pytorch_model.bin"]);
        assert!(paths(&["config.json", "model.onnx"]).is_err() && paths(&["model.safetensors"]).is_err());
    }
}
