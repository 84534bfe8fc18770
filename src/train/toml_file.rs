//! What reading any of the program's TOML files has in common: what can be wrong with one, and where its paths start from.

use std::path::{Path, PathBuf};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is no TOML, or has a key that is not known or a value of the wrong kind.
    #[error("{}, {problem}", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// Line and cause.
        problem: String,
    },
    /// A value makes no sense.
    #[error("{}: {key} {problem}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The key with its table, such as `schedule.batch`.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// "line N: cause" in one line, where the TOML reader would draw several.
pub(crate) fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', "; ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

/// The folder of a file, by a path that means the same wherever the program is started: paths in the file are taken from it,
/// and are kept and compared.
pub(crate) fn folder_of(file: &Path) -> Result<PathBuf, ConfigError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Windows resolves `..` by itself, and in its canonical paths it stands for nothing.
    let folder = if cfg!(windows) { std::path::absolute(folder) } else { folder.canonicalize() };
    folder.map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_path_however_its_file_is_named() {
        // Tests run in the crate's folder.
        let right = folder_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("training/evaluate.toml")).unwrap();
        assert!(right.is_absolute());
        for named in ["training/evaluate.toml", "training/../training/evaluate.toml", "src/../training/evaluate.toml"] {
            assert_eq!(folder_of(Path::new(named)).unwrap(), right, "{named}");
        }
        assert_eq!(folder_of(Path::new("Cargo.toml")).unwrap().join("training"), right);
    }
}
