//! What a checkpoint's directory says of itself: its name, its architecture, and what it is when it is no checkpoint that
//! can be opened as it lies.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::ModelError;

/// Larger files are not what they are called; the largest `config.json` that was met has 0.1 MB, an index of shards 2 MB.
const LARGEST_JSON: u64 = 64 << 20;

/// Where a model that this program has fetched says from where, with the sums of its files.
pub(crate) const FETCHED_FROM: &str = "terrasight-source.json";

/// The bytes of a file that says something of a checkpoint, up to 64 MiB.
pub(crate) fn small_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let bytes = std::fs::metadata(path)?.len();
    if bytes > LARGEST_JSON {
        let problem = format!("{bytes} bytes are more than such a file has");
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, problem));
    }
    std::fs::read(path)
}

/// A JSON file of the checkpoint, or None where there is none.
pub(crate) fn json_file(path: &Path) -> Result<Option<Value>, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: path.to_path_buf(), reason };
    match small_file(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|e| damaged(e.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ModelError::Read { path: path.to_path_buf(), source }),
    }
}

/// The parsed `config.json` of a checkpoint directory, and its path.
///
/// # Errors
/// Also where the directory is an adapter without its model, a GGUF file's, or holds weights that were packed by a method
/// that this program does not read: each is named as what it is.
pub(crate) fn read_config(directory: &Path) -> Result<(PathBuf, Value), ModelError> {
    let path = directory.join("config.json");
    let Some(config) = json_file(&path)? else { return Err(without_config(directory, path)?) };
    match packed_by(&config).or_else(|| packed_beside(directory)) {
        Some(method) => Err(ModelError::Packed { path, method }),
        None => Ok((path, config)),
    }
}

/// The error for a directory without `config.json`.
fn without_config(directory: &Path, path: PathBuf) -> Result<ModelError, ModelError> {
    if let Some(adapter) = json_file(&directory.join("adapter_config.json"))? {
        let base = adapter["base_model_name_or_path"].as_str().unwrap_or("not named").to_owned();
        return Ok(ModelError::BareAdapter { path: directory.to_path_buf(), base });
    }
    if !directory.exists() {
        return Ok(ModelError::NotThere { name: folder_name(directory), path: directory.to_path_buf() });
    }
    let files = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let names: Vec<PathBuf> = files.map(|file| file.path()).collect();
    let is = |file: &&PathBuf, ends: &[&str]| {
        file.extension().is_some_and(|extension| ends.iter().any(|end| extension.eq_ignore_ascii_case(end)))
    };
    if let Some(path) = names.iter().find(|file| is(file, &["gguf"])) {
        return Ok(ModelError::Packed { path: path.clone(), method: "GGUF".to_owned() });
    }
    let is_of_model = names.iter().any(|file| is(&file, &["json", "safetensors", "bin"]));
    Ok(if is_of_model {
        ModelError::MissingFile { path }
    } else {
        ModelError::NoModel { path: directory.to_path_buf() }
    })
}

/// The method by which `config.json` says that the weights are packed, as people write it.
fn packed_by(config: &Value) -> Option<String> {
    let of = |config: &Value| {
        let said = |field: &str| config.get(field).filter(|value| value.is_object());
        let Some(quantised) = said("quantization_config") else {
            return said("quantization").map(|_| "MLX".to_owned());
        };
        let method = quantised["quant_method"].as_str().unwrap_or_default().to_lowercase();
        let is = |field: &str| quantised[field].as_bool() == Some(true);
        Some(match method.as_str() {
            "awq" => "AWQ".to_owned(),
            "gptq" => "GPTQ".to_owned(),
            "fp8" | "fbgemm_fp8" => "FP8".to_owned(),
            "bitsandbytes" if is("load_in_8bit") => "bitsandbytes (8 bits)".to_owned(),
            "bitsandbytes" => "bitsandbytes (4 bits)".to_owned(),
            // Early files of bitsandbytes do not name it.
            "" if is("load_in_8bit") || is("load_in_4bit") => "bitsandbytes".to_owned(),
            "" => "a method that config.json does not name".to_owned(),
            other => other.to_owned(),
        })
    };
    of(config).or_else(|| of(&config["text_config"]))
}

/// The same by the file that older programs wrote beside `config.json`.
fn packed_beside(directory: &Path) -> Option<String> {
    let files = [("quantize_config.json", "GPTQ"), ("quant_config.json", "AWQ")];
    files.into_iter().find(|(file, _)| directory.join(file).is_file()).map(|(_, method)| method.to_owned())
}

/// The one of `all` that a parsed `config.json` names; the error lists the first name of each.
pub(crate) fn find_architecture<'a, A>(
    path: &Path,
    config: &Value,
    all: &'a [A],
    names: impl Fn(&A) -> &'static [&'static str],
) -> Result<&'a A, ModelError> {
    let found = named(config);
    all.iter().find(|a| names(a).contains(&found)).ok_or_else(|| ModelError::UnknownArchitecture {
        path: path.to_path_buf(),
        found: found.to_owned(),
        supported: all.iter().map(|a| names(a)[0]).collect::<Vec<_>>().join(", "),
    })
}

/// What a parsed `config.json` calls its architecture.
fn named(config: &Value) -> &str {
    config["architectures"][0].as_str().or_else(|| config["model_type"].as_str()).unwrap_or("none named")
}

/// As [`read_config`], for a directory that must name one of `supported`.
pub(crate) fn read_config_of(
    directory: &Path,
    supported: &'static [&'static str],
) -> Result<(PathBuf, Value), ModelError> {
    let (path, config) = read_config(directory)?;
    find_architecture(&path, &config, &[supported], |names| names)?;
    Ok((path, config))
}

/// The directory's name; the hub's cache keeps `organisation/model` in
/// `models--organisation--model/snapshots/<revision>`.
pub(crate) fn name_of(directory: &Path) -> String {
    let whole = directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf());
    let names: Vec<_> = whole.iter().rev().take(3).map(|name| name.to_string_lossy()).collect();
    match names.as_slice() {
        [_, snapshots, model] if snapshots == "snapshots" && model.starts_with("models--") => {
            model["models--".len()..].replacen("--", "/", 1)
        }
        _ => folder_name(&whole),
    }
}

/// Folders of the models that every run of training has.
const PARTS_OF_RUN: [&str; 3] = ["last", "best", "tried"];

/// What a folder is called: by its own name, and where every run has a folder of that name, by the run's too.
pub fn folder_name(folder: &Path) -> String {
    let name = |folder: &Path| folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let own = name(folder).unwrap_or_else(|| folder.display().to_string());
    match folder.parent().and_then(name).filter(|_| PARTS_OF_RUN.contains(&own.as_str())) {
        Some(run) => format!("{run} ({own})"),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_in_the_hubs_cache_has_the_hubs_name() {
        let name = |path: &str| name_of(Path::new(path));
        assert_eq!(
            name("/home/a/hub/models--Qwen--Qwen2.5-VL-3B-Instruct/snapshots/66285546"),
            "Qwen/Qwen2.5-VL-3B-Instruct"
        );
        assert_eq!(name("/models/my-model"), "my-model");
        assert_eq!(name("/home/a/runs/run 1/tried"), "run 1 (tried)");
    }

    #[test]
    fn what_cannot_be_opened_is_named_as_what_it_is() {
        let error = |file: &str, text: &str| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(file), text).unwrap();
            read_config(folder.path()).unwrap_err().to_string()
        };
        for (quantised, name) in [
            (r#"{"quant_method": "awq", "bits": 4}"#, "AWQ"),
            (r#"{"quant_method": "gptq", "bits": 4}"#, "GPTQ"),
            (r#"{"quant_method": "fp8"}"#, "FP8"),
            (r#"{"quant_method": "bitsandbytes", "load_in_4bit": true}"#, "bitsandbytes (4 bits)"),
            (r#"{"load_in_8bit": true}"#, "bitsandbytes"),
            (r#"{"quant_method": "hqq"}"#, "hqq"),
        ] {
            let said = error("config.json", &format!(r#"{{"quantization_config": {quantised}}}"#));
            assert!(said.contains(name) && said.contains("unpacked"), "{said}");
            let said = error("config.json", &format!(r#"{{"text_config": {{"quantization_config": {quantised}}}}}"#));
            assert!(said.contains(name), "{said}");
        }
        let mlx = error("config.json", r#"{"quantization": {"group_size": 64, "bits": 4}}"#);
        assert!(mlx.contains("packed by MLX"), "{mlx}");
        let adapter = error("adapter_config.json", r#"{"base_model_name_or_path": "Qwen/Qwen2.5-VL-7B-Instruct"}"#);
        assert!(adapter.contains("adapter") && adapter.contains("Qwen/Qwen2.5-VL-7B-Instruct"), "{adapter}");
        assert!(error("model-Q4_K_M.gguf", "GGUF").contains("GGUF"));
        assert!(error("notes.txt", "").contains("holds no model"));
        assert!(error("tokenizer.json", "{}").contains("config.json is missing"));
        let gone = read_config(Path::new("/nowhere/runs/run 1/best")).unwrap_err().to_string();
        assert!(gone.starts_with("run 1 (best) is not there any more"), "{gone}");
        let plain = tempfile::tempdir().unwrap();
        std::fs::write(plain.path().join("config.json"), r#"{"quantization_config": null}"#).unwrap();
        assert!(read_config(plain.path()).is_ok());
    }
}
