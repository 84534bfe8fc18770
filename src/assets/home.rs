//! The folder in which the program keeps what it keeps.

use std::{
    env,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use crate::model::{Packing, Precision};

/// There is no such folder.
#[derive(Debug, thiserror::Error)]
#[error("no folder for the program's files is known on this system; set TERRASIGHT_HOME to one")]
pub struct HomeError;

/// How weights are packed in this precision: what is packed is kept in the program's folder, so that none is needed where
/// nothing is packed.
pub fn packing(precision: Precision) -> Result<Packing, HomeError> {
    match precision {
        Precision::Full => Ok(Packing::default()),
        _ => Ok(packing_in(&home()?, precision)),
    }
}

/// How weights are packed in this precision where the program's folder is `home`: they are kept in `packed/` of it.
pub fn packing_in(home: &Path, precision: Precision) -> Packing {
    Packing { precision, folder: home.join("packed") }
}

/// Where models, settings and logs live: `TERRASIGHT_HOME`, else the system's data folder for this user.
pub fn home() -> Result<PathBuf, HomeError> {
    match env::var_os("TERRASIGHT_HOME") {
        Some(named) if !named.is_empty() => Ok(PathBuf::from(named)),
        _ => ProjectDirs::from("", "", "terrasight").map(|dirs| dirs.data_dir().to_owned()).ok_or(HomeError),
    }
}
