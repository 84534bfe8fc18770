//! `terrasight [PHOTO...]`: the window, or, where there is no display, the same pictures on the terminal.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    app::{self, WindowError},
    assets,
};

use super::{Failure, locate, output::complain};

pub(super) fn open(pictures: &[PathBuf]) -> Result<(), Failure> {
    let reason = if has_display() {
        match app::run_window(pictures.to_vec()) {
            Ok(()) => return Ok(()),
            Err(error @ WindowError::Broke(_)) => return Err(Failure::new(error)),
            Err(error) => format!("the window cannot be opened ({error})"),
        }
    } else {
        "there is no display".to_owned()
    };
    let (what, pictures) = if pictures.is_empty() {
        ("the samples that come with the program are", samples()?)
    } else {
        ("the pictures are", pictures.to_vec())
    };
    complain(format_args!(
        "{reason}, so {what} located here on the terminal; for the window, run terrasight in a desktop session (DISPLAY or \
         WAYLAND_DISPLAY set), or under a virtual display: xvfb-run -a terrasight"
    ));
    locate::on_terminal(&pictures)
}

/// Whether a window could be shown; only X11 and Wayland say so beforehand.
pub(super) fn has_display() -> bool {
    let names_one = |variable| env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(names_one)
}

/// The samples as files.
fn samples() -> Result<Vec<PathBuf>, Failure> {
    let folder = assets::home().map_err(Failure::new)?.join("samples");
    let failed = |path: &Path, error: std::io::Error| {
        Failure::new(format!(
            "{}: cannot be written ({error}); set TERRASIGHT_HOME to a folder that can",
            path.display()
        ))
    };
    fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    let mut paths = Vec::new();
    for sample in assets::samples() {
        let path = folder.join(sample.name);
        assets::write_whole(&path, sample.bytes).map_err(|error| failed(&path, error))?;
        paths.push(path);
    }
    Ok(paths)
}
