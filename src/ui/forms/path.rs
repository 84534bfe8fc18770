//! A path that is asked for. It is kept as a path: what came from a dialog or a drop is never read back from its letters,
//! which not every path has.

use std::path::{Path, PathBuf};

use egui::{TextEdit, Ui};

/// A line with a path in it.
#[derive(Default)]
pub struct PathField {
    label: &'static str,
    text: String,
    /// The path that the text was made from, while nobody has changed the text.
    exact: Option<PathBuf>,
    wants_focus: bool,
}

impl PathField {
    /// An empty line with this name.
    pub fn new(label: &'static str) -> Self {
        Self { label, wants_focus: true, ..Self::default() }
    }

    /// An empty line that does not take the keyboard to itself.
    pub fn unfocused(label: &'static str) -> Self {
        Self { label, ..Self::default() }
    }

    /// A line with a path in it.
    pub fn with(label: &'static str, path: PathBuf) -> Self {
        let mut field = Self::new(label);
        field.set(path);
        field
    }

    /// Puts a path into the line.
    pub fn set(&mut self, path: PathBuf) {
        self.text = path.display().to_string();
        self.exact = Some(path);
    }

    /// Calls the line something else.
    pub fn rename(&mut self, label: &'static str) {
        self.label = label;
    }

    /// The path, if there is one.
    pub fn path(&self) -> Option<PathBuf> {
        self.exact.clone().or_else(|| typed_path(&self.text))
    }

    /// Draws name and line; whether Enter was pressed in it.
    pub fn ui(&mut self, ui: &mut Ui) -> bool {
        let name = ui.label(self.label);
        let field = ui.add(TextEdit::singleline(&mut self.text).desired_width(f32::INFINITY)).labelled_by(name.id);
        if field.changed() {
            self.exact = None;
        }
        if std::mem::take(&mut self.wants_focus) {
            field.request_focus();
        }
        field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    /// Gives the file another ending where it has the first of these.
    pub fn follow_ending(&mut self, before: &str, after: &str) {
        let Some(path) = self.path() else { return };
        let has_ending = path.extension().map_or(before.is_empty(), |ending| ending == before);
        if has_ending {
            self.set(path.with_extension(after));
        }
    }
}

/// A path as people paste it: with quotes around it, with `~` or as a `file://` address.
pub fn typed_path(text: &str) -> Option<PathBuf> {
    let text = text.trim().trim_matches(['"', '\'']);
    if text.starts_with("file://") {
        return url::Url::parse(text).ok().and_then(|address| address.to_file_path().ok());
    }
    if let Some(inside) = text.strip_prefix("~/") {
        return directories::UserDirs::new().map(|user| user.home_dir().join(inside));
    }
    (!text.is_empty()).then(|| PathBuf::from(text))
}

/// Where an export goes unless the user says otherwise: where the last one went, else to their documents, else home.
/// Never beside a photograph, which may be evidence.
pub fn export_folder(last: Option<&Path>) -> PathBuf {
    let documents = || {
        let user = directories::UserDirs::new()?;
        Some(user.document_dir().filter(|folder| folder.is_dir()).unwrap_or(user.home_dir()).to_owned())
    };
    last.filter(|folder| folder.is_dir()).map(Path::to_owned).or_else(documents).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_as_people_paste_them() {
        let path = |text| typed_path(text).map(|path| path.display().to_string());
        assert_eq!(path("  \"/a b/c.jpg\" ").as_deref(), Some("/a b/c.jpg"));
        assert_eq!(path("file:///a%20b/%C3%A9.jpg").as_deref(), Some("/a b/é.jpg"));
        assert_eq!(path("file:///100%.jpg").as_deref(), Some("/100%.jpg"));
        assert_eq!(path("   "), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_stays_what_it_is() {
        use std::os::unix::ffi::OsStringExt as _;
        let strange = PathBuf::from(std::ffi::OsString::from_vec(b"/a/\xff.jpg".to_vec()));
        let mut field = PathField::with("File", strange.clone());
        assert_eq!(field.path(), Some(strange));
        field.follow_ending("jpg", "png");
        assert_eq!(field.path().unwrap().file_name().unwrap().as_encoded_bytes(), b"\xff.png");
    }

    #[test]
    fn an_ending_follows_the_form_and_ones_own_is_left_alone() {
        let mut field = PathField::with("File", "/a/b.txt".into());
        field.follow_ending("txt", "json");
        assert_eq!(field.path(), Some("/a/b.json".into()));
        field.follow_ending("csv", "kml");
        assert_eq!(field.path(), Some("/a/b.json".into()));
        field.follow_ending("json", "");
        assert_eq!(field.path(), Some("/a/b".into()));
    }

    #[test]
    fn an_export_goes_where_the_last_one_went_while_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(export_folder(Some(folder.path())), folder.path());
        assert_ne!(export_folder(Some(&folder.path().join("gone"))), folder.path().join("gone"));
    }
}
