//! The folder in which the program keeps what it keeps.

use std::{env, path::PathBuf};

use directories::ProjectDirs;

/// There is no such folder.
#[derive(Debug, thiserror::Error)]
#[error("no folder for the program's files is known on this system; set TERRASIGHT_HOME to one")]
pub struct HomeError;

/// Where models, settings and logs live: `TERRASIGHT_HOME`, else the system's data folder for this user.
pub fn home() -> Result<PathBuf, HomeError> {
    match env::var_os("TERRASIGHT_HOME") {
        Some(named) if !named.is_empty() => Ok(PathBuf::from(named)),
        _ => ProjectDirs::from("", "", "terrasight").map(|dirs| dirs.data_dir().to_owned()).ok_or(HomeError),
    }
}
