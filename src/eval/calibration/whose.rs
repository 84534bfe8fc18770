//! Whose words records are: beside them lies the SHA-256 of the model's files, so that no model's are taken for another's.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
};

use super::super::EvalError;

/// The file beside the records.
const FILE: &str = "model.sha256";

/// Takes a folder of records, which is there, for the model whose files have this SHA-256, unless it is another's.
pub fn take_for(sha256: &str, folder: &Path) -> Result<(), EvalError> {
    let file = folder.join(FILE);
    match File::create_new(&file).and_then(|mut marked| writeln!(marked, "{sha256}")) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => is_of(sha256, folder),
        Err(cause) => Err(EvalError::File { path: file, cause: cause.to_string() }),
    }
}

/// Refuses a folder of records that another model has been taken for. One that says nothing is taken as it is.
pub fn is_of(sha256: &str, folder: &Path) -> Result<(), EvalError> {
    let file = folder.join(FILE);
    match fs::read_to_string(&file) {
        // A process that shares the work may be writing it: then this is the beginning of it.
        Ok(marked) if sha256.starts_with(marked.trim()) => Ok(()),
        Ok(_) => Err(EvalError::AnotherModel(folder.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(EvalError::File { path: file, cause: cause.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_one_model_are_refused_to_another() {
        let folder = tempfile::tempdir().unwrap();
        is_of("ab", folder.path()).unwrap();
        take_for("ab", folder.path()).unwrap();
        take_for("ab", folder.path()).unwrap();
        is_of("ab", folder.path()).unwrap();
        for refused in [take_for("cd", folder.path()), is_of("cd", folder.path())] {
            let said = refused.unwrap_err().to_string();
            assert!(said.contains("another model") && said.contains(&folder.path().display().to_string()), "{said}");
        }
        assert!(matches!(take_for("ab", &folder.path().join("nowhere")), Err(EvalError::File { .. })));
    }
}
