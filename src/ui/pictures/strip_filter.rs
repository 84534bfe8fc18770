//! Which of many pictures the strip shows: all, those with a place, or those with which something went wrong; and the way from one
//! to the next.

use egui::Ui;

use super::super::{View, theme, words};
use crate::state::{Action, Entry, NotOpen, PictureKey, State, Work};

/// Which pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StripFilter {
    /// Every one.
    #[default]
    All,
    /// Those for which a place is given.
    WithPlace,
    /// Those that could not be opened or located.
    Failed,
}

impl StripFilter {
    const EACH: [Self; 3] = [Self::All, Self::WithPlace, Self::Failed];

    /// Whether it shows this picture.
    pub fn shows(self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            Self::WithPlace => has_place(entry),
            Self::Failed => is_bad(entry),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::WithPlace => "With a place",
            Self::Failed => "Failed",
        }
    }

    /// What stands where it shows none.
    pub fn nothing(self) -> &'static str {
        match self {
            Self::All => "No picture is open.",
            Self::WithPlace => "No place is given for any picture yet.",
            Self::Failed => "Nothing went wrong with any picture.",
        }
    }

    /// Draws the choice, with how many each shows.
    pub fn ui(&mut self, state: &State, ui: &mut Ui) {
        ui.horizontal(|ui| {
            for filter in Self::EACH {
                let n = state.entries().iter().filter(|entry| filter.shows(entry)).count();
                theme::choice_value(ui, self, filter, format!("{} {}", filter.name(), words::count(n)));
            }
        });
    }

    /// Goes so many pictures further among those that it shows. From one that it does not show, the next of them is one further.
    pub fn step(self, view: &mut View<'_>, by: isize) {
        if self == Self::All {
            view.actions.push(Action::SelectBy(by));
            return;
        }
        let entries = view.state.entries();
        let shown: Vec<usize> = (0..entries.len()).filter(|&place| self.shows(&entries[place])).collect();
        let here = place_of_selected(view.state).unwrap_or(0);
        let there = match shown.binary_search(&here) {
            Err(next) if by > 0 => next.saturating_add_signed(by - 1),
            Ok(at) | Err(at) => at.saturating_add_signed(by),
        };
        let there = shown.get(there.min(shown.len().saturating_sub(1)));
        view.actions.extend(there.map(|&place| Action::Select(entries[place].key)));
    }
}

/// Whether a place is given. A picture for which none is has been looked at, but it is not located.
pub fn has_place(entry: &Entry) -> bool {
    entry.found().is_some_and(|found| found.finding.is_located())
}

/// Whether it could not be opened, or not be located.
pub fn is_bad(entry: &Entry) -> bool {
    matches!(entry.picture, Err(NotOpen::NotReturned | NotOpen::Failed(_))) || matches!(entry.work, Work::Failed(_))
}

/// The next picture with a place after the one looked at, from the first again after the last; none where that is the only one.
pub fn next_with_place(state: &State) -> Option<PictureKey> {
    let entries = state.entries();
    let here = place_of_selected(state)?;
    let (before, after) = entries.split_at(here);
    after.iter().skip(1).chain(before).find(|entry| has_place(entry)).map(|entry| entry.key)
}

fn place_of_selected(state: &State) -> Option<usize> {
    let selected = state.selected()?.key;
    state.entries().iter().position(|entry| entry.key == selected)
}
