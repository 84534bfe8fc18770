//! The system's file dialogs, on threads of their own, so that the window goes on.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use egui::Context;

use super::{
    super::background::{Background, Polled},
    Form,
};

/// Said where a second dialog is asked for.
pub const OPEN_ALREADY: &str = "The system's dialog is open already; a path can be typed here.";
/// Said where the system has none, and what is asked for is there already.
pub const NONE_SHOWN: &str =
    "This system shows no file dialog. Type the path here, or drop the file or folder on the window.";
/// Said where the system has none, and a place is asked for.
pub const NONE_TO_SAVE: &str = "This system shows no file dialog. Type the path here.";
/// A dialog that comes back empty-handed sooner than anyone can have cancelled it was never shown.
const NEVER_SHOWN: Duration = Duration::from_millis(700);

/// Which of the system's dialogs.
pub struct Browse {
    /// Its heading.
    pub title: &'static str,
    /// What is chosen in it.
    pub what: What,
}

/// What is chosen in a system's dialog.
pub enum What {
    /// Files of these endings, in small letters, under this name.
    Files(&'static str, &'static [&'static str]),
    /// One file of these endings, in small letters, under this name.
    File(&'static str, &'static [&'static str]),
    /// A folder.
    Folder,
    /// Where to write; it begins here.
    Save(PathBuf),
}

impl Browse {
    /// Whether it is about something that is there already, which can be dropped instead.
    pub fn is_of_what_is_there(&self) -> bool {
        !matches!(self.what, What::Save(_))
    }

    fn show(self) -> Option<Vec<PathBuf>> {
        let dialog = rfd::FileDialog::new().set_title(self.title);
        let one = |path: PathBuf| vec![path];
        match self.what {
            What::Files(name, endings) => dialog.add_filter(name, &either_case(endings)).pick_files(),
            What::File(name, endings) => dialog.add_filter(name, &either_case(endings)).pick_file().map(one),
            What::Folder => dialog.pick_folder().map(one),
            What::Save(start) => {
                let name = start.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let folder = start.parent().unwrap_or(Path::new("/"));
                dialog.set_file_name(name).set_directory(folder).save_file().map(one)
            }
        }
    }
}

/// The endings as cameras write them, too: some systems tell them apart.
fn either_case(endings: &[&str]) -> Vec<String> {
    endings.iter().flat_map(|ending| [(*ending).to_owned(), ending.to_uppercase()]).collect()
}

/// What came of a system's dialog.
pub enum Found {
    /// At least one path.
    Paths(Vec<PathBuf>),
    /// It was closed without one.
    Nothing,
    /// There was none.
    NeverShown,
}

/// A system's dialog that is open.
pub struct Browsing {
    since: Instant,
    chosen: Background<Vec<PathBuf>>,
    /// The form that waits for what it brings; none where the form stands open beside it.
    pub form: Option<Box<dyn Form>>,
}

impl Browsing {
    /// Shows it.
    pub fn start(ctx: &Context, browse: Browse, form: Option<Box<dyn Form>>) -> Self {
        let chosen = Background::start("terrasight-dialog", ctx, move || browse.show().unwrap_or_default());
        Self { since: Instant::now(), chosen, form }
    }

    /// What came of it, once it is closed.
    pub fn poll(&self) -> Option<Found> {
        let paths = match self.chosen.poll() {
            Polled::Pending => return None,
            Polled::Ready(paths) => paths,
            Polled::Lost => Vec::new(),
        };
        Some(match paths.is_empty() {
            false => Found::Paths(paths),
            true if self.since.elapsed() < NEVER_SHOWN => Found::NeverShown,
            true => Found::Nothing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_offered_whether_its_ending_is_in_capitals_or_not() {
        assert_eq!(either_case(&["tif", "cr2"]), ["tif", "TIF", "cr2", "CR2"]);
    }
}
