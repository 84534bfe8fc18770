//! Taking models away again.

use std::{fs, io, path::Path};

use super::{
    HubError, Keeper, Shelved,
    gone::{clear_gone, gone_of},
    pull::{lock, parts_of},
};
use crate::{assets::packing_in, model::Precision};

/// Deletes a model that this program keeps in `home`, and what was packed of it. It is out of its place in one step, so that no
/// half of it is ever taken for whole.
pub fn remove(home: &Path, model: &Shelved) -> Result<(), HubError> {
    if model.keeper != Keeper::Own {
        return Err(HubError::NotOurs(model.name.clone()));
    }
    for precision in [Precision::EightBits, Precision::FourBits] {
        let packed = packing_in(home, precision).place_of(&model.path);
        match fs::remove_file(&packed) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(HubError::disk(&packed)(error)),
            _ => {}
        }
    }
    let models = model.path.parent().unwrap_or(Path::new(""));
    clear_gone(models);
    let gone = gone_of(models, &model.name);
    fs::rename(&model.path, &gone).map_err(HubError::disk(&model.path))?;
    match fs::remove_dir_all(&gone) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(HubError::disk(&gone)(error)),
        _ => Ok(()),
    }
}

/// Deletes what has come of a model that is not whole.
pub fn forget_parts(models: &Path, name: &str) -> Result<(), HubError> {
    let parts = parts_of(models, name);
    if !parts.is_dir() {
        return Ok(());
    }
    let _lock = lock(&parts, name)?;
    fs::remove_dir_all(&parts).map_err(HubError::disk(&parts))
}
