//! The menu of sessions: a new one, and those that were kept, each with its time and its pictures.

use std::{
    collections::HashMap,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use egui::{Role, ScrollArea, Ui, WidgetInfo};
use jiff::{civil::DateTime, tz::TimeZone};
use serde::Deserialize;

use super::super::{
    View,
    background::{Background, Polled},
    theme, words,
};
use crate::state::Action;

/// Width of the menu, in points: a session's line is not broken.
const WIDTH: f32 = 320.0;

/// How the file of a session is named, by its time in UTC.
const NAMED: &str = "%Y-%m-%d %H.%M.%S";

/// So many sessions stand in the menu, the latest first, with their pictures; those before in one that opens from it.
const LATEST: usize = 12;
/// Height of that one at most, in points.
const HEIGHT: f32 = 320.0;

/// What a session's file says of its pictures.
#[derive(Deserialize)]
struct Pictures {
    pictures: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// What is known of the sessions' pictures.
#[derive(Default)]
pub(super) struct Sessions {
    pictures: HashMap<PathBuf, String>,
    reading: Option<Background<HashMap<PathBuf, String>>>,
    is_open: bool,
}

impl Sessions {
    /// Draws the button, and the menu while it is open. Files are read as it opens, off the window's thread.
    pub(super) fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        match self.reading.as_ref().map(Background::poll) {
            Some(Polled::Ready(pictures)) => (self.pictures, self.reading) = (pictures, None),
            Some(Polled::Lost) => self.reading = None,
            Some(Polled::Pending) | None => {}
        }
        let files = view.state.recent_sessions();
        let zone = TimeZone::try_system().ok();
        let button = ui.button(format!("Sessions{}", theme::FOR_ARROW));
        theme::menu_arrow(ui, &button);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Sessions"));
        let menu = theme::menu(&button).width(WIDTH).show(|ui| {
            ui.set_min_width(WIDTH);
            if ui.button("New session").clicked() {
                view.actions.push(Action::OpenRecent(None));
            }
            if !files.is_empty() {
                ui.separator();
            }
            let mut offer = |ui: &mut Ui, file: &PathBuf| {
                let pictures = self.pictures.get(file).map_or_else(String::new, |pictures| format!(" · {pictures}"));
                let is_open = view.state.open_session_file() == Some(file.as_path());
                if ui.radio(is_open, when(file, zone.as_ref()) + &pictures).clicked() && !is_open {
                    view.actions.push(Action::OpenRecent(Some(file.clone())));
                }
            };
            let (latest, older) = files.split_at(files.len().min(LATEST));
            latest.iter().for_each(|file| offer(ui, file));
            if !older.is_empty() {
                ui.menu_button("Older", |ui| {
                    let list = ScrollArea::vertical().max_height(HEIGHT);
                    list.show(ui, |ui| older.iter().for_each(|file| offer(ui, file)));
                });
            }
        });
        let was_open = std::mem::replace(&mut self.is_open, menu.is_some());
        if self.is_open && !was_open && self.reading.is_none() {
            let files: Vec<PathBuf> = files.iter().take(LATEST).cloned().collect();
            let read = move || files.into_iter().filter_map(|file| Some((file.clone(), pictures_of(&file)?))).collect();
            self.reading = Some(Background::start("terrasight-sessions", ui.ctx(), read));
        }
    }
}

/// "beach.jpg and 61 more". What was found is passed over.
fn pictures_of(file: &Path) -> Option<String> {
    let Pictures { pictures } = serde_json::from_reader(BufReader::new(File::open(file).ok()?)).ok()?;
    let (first, others) = pictures.split_first()?;
    Some(match others.len() {
        0 => first.name.clone(),
        n => format!("{} and {} more", first.name, words::count(n)),
    })
}

/// When a session began, in the zone of the machine; where that is not known, in UTC, and that is said.
fn when(file: &Path, zone: Option<&TimeZone>) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    // A second session of the same second has a number after its time.
    let begun = stem.get(..19).and_then(|time| DateTime::strptime(NAMED, time).ok()?.to_zoned(TimeZone::UTC).ok());
    match (begun, zone) {
        (None, _) => stem.into_owned(),
        (Some(begun), None) => begun.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        (Some(begun), Some(zone)) => begun.with_time_zone(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_called_by_its_local_time_and_its_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("2026-11-28 23.27.53 2.json");
        let east = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(when(&file, Some(&east)), "2026-11-29 00:27");
        assert_eq!(when(&file, None), "2026-11-28 23:27 UTC");
        assert_eq!(when(Path::new("mine.json"), None), "mine");
        assert_eq!(pictures_of(&file), None);
        for (names, said) in [(&["a.jpg"][..], "a.jpg"), (&["a.jpg", "b.jpg", "c.jpg"][..], "a.jpg and 2 more")] {
            let pictures: Vec<_> = names.iter().map(|name| serde_json::json!({ "name": name, "runs": [] })).collect();
            std::fs::write(&file, serde_json::json!({ "version": 1, "pictures": pictures }).to_string()).unwrap();
            assert_eq!(pictures_of(&file).as_deref(), Some(said));
        }
    }
}
