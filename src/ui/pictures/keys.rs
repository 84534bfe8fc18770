//! The keys of the page that says where pictures were taken.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::{
    super::{
        Ask,
        map::{Tool, takes_area},
        shortcuts::{Shortcut, command, command_shift, digits, key, undoes},
    },
    AreaForm, PicturesPage,
    export::{answer_form, copy_answer},
    forms::{ModelForm, OpenForm},
    strip_filter::next_with_place,
};
use crate::state::{Action, Entry, Remark};

pub const OPEN: KeyboardShortcut = command(Key::O);
pub const LOCATE: KeyboardShortcut = command(Key::L);
pub const EXPORT: KeyboardShortcut = command(Key::E);
pub const COPY: KeyboardShortcut = command(Key::C);
pub const PASTE: KeyboardShortcut = command(Key::V);
pub const NEXT_PLACE: KeyboardShortcut = key(Key::G);
pub const HEATMAP: KeyboardShortcut = key(Key::H);
pub const SIGNS: KeyboardShortcut = key(Key::S);
pub const ADD_SIGN: KeyboardShortcut = key(Key::B);
pub const ADD_CLUE: KeyboardShortcut = key(Key::K);
pub const POLYGON: KeyboardShortcut = key(Key::P);
pub const CIRCLE: KeyboardShortcut = key(Key::C);
pub const COUNTRIES: KeyboardShortcut = key(Key::N);
pub const MEASURE: KeyboardShortcut = key(Key::M);
pub const AREA: KeyboardShortcut = key(Key::A);
const SAY: KeyboardShortcut = command(Key::T);
pub const HIDE: KeyboardShortcut = command(Key::H);
const RANKS: [KeyboardShortcut; 9] = digits(Modifiers::ALT);

/// What each key does.
pub const TABLE: &[Shortcut<PicturesPage>] = &[
    Shortcut::always(&[OPEN], "Open pictures", |_, view, _, _| view.asks.push(Ask::Browse(Box::new(OpenForm::new())))),
    Shortcut::always(&[command_shift(Key::O)], "Open a path that is typed", |_, view, _, _| {
        view.asks.push(Ask::Show(Box::new(OpenForm::new())));
    }),
    Shortcut::elsewhere(Modifiers::COMMAND, "V", "Paste a picture, or paths of pictures"),
    Shortcut::always(&[LOCATE], "Locate the selected picture", |_, view, _, _| {
        view.actions.extend(view.state.selected().map(|entry| Action::Locate(entry.key)));
    }),
    Shortcut::no_focus(&[key(Key::ArrowLeft)], "The picture before", |page, view, _, _| {
        page.strip.filter.step(view, -1);
    }),
    Shortcut::no_focus(&[key(Key::ArrowRight)], "The picture after", |page, view, _, _| {
        page.strip.filter.step(view, 1);
    }),
    Shortcut::not_typing(&[key(Key::PageUp), key(Key::PageDown)], "The same from anywhere", |page, view, _, place| {
        page.strip.filter.step(view, if place == 0 { -1 } else { 1 });
    }),
    Shortcut::not_typing(&[NEXT_PLACE], "The next picture with a place", |_, view, _, _| {
        view.actions.extend(next_with_place(view.state).map(Action::Select));
    }),
    Shortcut::not_typing(&RANKS, "Look at the candidate of this rank", |_, view, _, place| {
        view.actions.push(Action::ChooseCandidate(place + 1));
    }),
    Shortcut::not_typing(&[key(Key::Delete)], "Remove the selected picture", |_, view, _, _| {
        view.actions.extend(view.state.selected().map(|entry| Action::Remove(entry.key)));
    }),
    undoes("Undo what was opened, removed, chosen or marked; with Shift, do it again"),
    Shortcut::not_typing(&[COPY], "Copy the answer", |_, view, _, _| copy_answer(view)),
    Shortcut::always(&[EXPORT], "Export the answer", |_, view, _, _| {
        view.asks.extend(answer_form(view.state).map(|form| Ask::Show(Box::new(form))));
    }),
    Shortcut::always(&[command(Key::M)], "Choose a model folder", |_, view, _, _| {
        view.asks.push(Ask::Show(Box::new(ModelForm::folder(view.state))));
    }),
    Shortcut::not_typing(&[HEATMAP], "Show or hide where the picture's locatability comes from", |page, view, _, _| {
        page.picture.heatmap.is_shown ^= true;
        let is_withheld = |entry: &Entry| entry.found().is_some_and(|found| found.finding.withheld.is_some());
        if view.state.selected().is_some_and(|entry| entry.locatable.is_none() && is_withheld(entry)) {
            view.actions.push(Action::Tell(Remark::NoColours));
        }
        if view.state.selected().is_some_and(|entry| entry.kept_locatability().is_some()) {
            view.actions.push(Action::Tell(Remark::ColoursNotKept));
        }
    }),
    Shortcut::not_typing(&[SIGNS], "Show or hide the frames of the signs in the picture", |_, view, _, _| {
        view.actions.push(Action::ShowSigns(view.state.settings().hides_signs));
    }),
    Shortcut::not_typing(
        &[ADD_SIGN],
        "Draw a box around a sign that was missed, and type what it says",
        |page, view, _, _| {
            if let Some(entry) = view.state.selected() {
                page.signs.toggle_adding(entry);
                page.show_signs();
            }
        },
    ),
    Shortcut::not_typing(&[ADD_CLUE], "Add a clue that you see, from the knowledge", |page, _, _, _| {
        page.show_ticking();
    }),
    Shortcut::not_typing(
        &[POLYGON, CIRCLE, COUNTRIES, MEASURE],
        "On the map: draw a polygon or a circle, pick countries, measure",
        |page, view, _, place| {
            let tools =
                [Tool::Polygon(Vec::new()), Tool::Circle(None), Tool::Countries(Vec::new()), Tool::Measure(Vec::new())];
            let tool = tools.into_iter().nth(place);
            let can_use = |tool: &Tool| matches!(tool, Tool::Measure(_)) || takes_area(view).is_some();
            tool.filter(can_use).into_iter().for_each(|tool| page.map.drawing.toggle(tool));
        },
    ),
    Shortcut::elsewhere(Modifiers::NONE, "Enter, Backspace", "Close what is drawn, take its last corner back"),
    Shortcut::not_typing(&[AREA], "Type a circle, countries or a file of areas", |page, view, _, _| {
        if let Some(key) = takes_area(view) {
            view.asks.push(Ask::Show(Box::new(AreaForm::new(key, page.map.drawing.is_inside))));
        }
    }),
    Shortcut::always(&[SAY], "Say what you know of the place, or ask", |page, _, _, _| page.show_talk()),
    Shortcut::always(&[HIDE], "Hide the answer, or show it again", |page, _, _, _| page.veil.is_on ^= true),
    Shortcut::elsewhere(Modifiers::NONE, "+  −  0  1", "Picture closer, further, whole, 1:1"),
];
