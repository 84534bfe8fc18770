//! A conversation about the picture: what the user says in a line becomes evidence where it is understood, and a question is
//! answered from the evidence. Both are worked out on a thread of their own; the model is not asked.

use std::{collections::HashMap, sync::Arc};

use egui::{Frame, Id, Key, Margin, Panel, RichText, ScrollArea, TextEdit, Ui};

use super::super::{
    View,
    background::{Background, Polled},
    shortcuts::command,
    theme, words,
};
use crate::{
    knowledge::clues::shipped_clues,
    predict::{
        Finding, Weighing,
        dialogue::{after_hint, answer},
        evidence::Piece,
        hint::{Understood, understand},
    },
    state::{Action, Entry, PictureKey, Run},
};

/// No longer line is taken, in characters.
const LONGEST_LINE: usize = 500;
/// No more turns than this are kept of a picture.
const MOST_TURNS: usize = 100;
/// What may be said, where something was not understood.
const EXAMPLES: &str =
    "Say such things as \"the sign says Apotheke\" or \"not in Russia\", or ask \"why not Portugal?\".";

/// The conversations about the pictures.
#[derive(Default)]
pub struct Talk {
    line: String,
    turns: HashMap<PictureKey, Vec<Turn>>,
    /// The line that is being understood, and of which picture.
    listening: Option<(PictureKey, String, Background<Heard>)>,
    takes_focus: bool,
}

/// A line of the user's and what was made of it.
struct Turn {
    said: String,
    reply: Vec<String>,
    /// Ids of the pieces that came of it.
    pieces: Vec<String>,
}

/// What was made of a line.
struct Heard {
    reply: Vec<String>,
    pieces: Vec<Piece>,
}

impl Talk {
    /// The next thing typed is a line to say.
    pub fn take_focus(&mut self) {
        self.takes_focus = true;
    }

    /// Draws the conversation about a picture at the foot of its evidence.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
        let Some((_, run)) = entry.last_run().filter(|(_, run)| run.weighing.is_some()) else { return };
        self.listen(view, entry.key);
        let frame = Frame::new().inner_margin(Margin { top: 6, ..Margin::ZERO });
        let most = ui.available_height() * 0.45;
        Panel::bottom("talk").resizable(false).frame(frame).show(ui, |ui| {
            let turns = self.turns.get(&entry.key).map_or(&[][..], Vec::as_slice);
            let back_to = turns_ui(ui, entry.key, turns, run, most);
            if let Some((_, said, _)) = self.listening.as_ref().filter(|(key, ..)| *key == entry.key) {
                ui.label(RichText::new(format!("{said} …")).weak());
            }
            if let Some(place) = back_to {
                self.go_back(view, entry.key, run, place);
            }
            self.undo_by_key(view, ui);
            self.line_ui(ui, entry.key, run);
        });
    }

    /// While nothing is typed, undoing means what was said, and not a letter of the line.
    fn undo_by_key(&self, view: &mut View<'_>, ui: &Ui) {
        let is_here = ui.memory(|memory| memory.has_focus(line_id()));
        if self.line.is_empty() && is_here && ui.input_mut(|input| input.consume_shortcut(&command(Key::Z))) {
            view.actions.push(Action::Undo);
        }
    }

    fn line_ui(&mut self, ui: &mut Ui, key: PictureKey, run: &Run) {
        // A name of its own, so that it keeps the focus while what stands above it comes and goes.
        let field = TextEdit::singleline(&mut self.line)
            .id(line_id())
            .char_limit(LONGEST_LINE)
            .desired_width(f32::INFINITY)
            .hint_text("Say what you know, or ask why");
        let field = ui.add(field);
        ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Say something"));
        if std::mem::take(&mut self.takes_focus) {
            field.request_focus();
        }
        let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if is_entered && !self.line.trim().is_empty() && self.listening.is_none() {
            let said = std::mem::take(&mut self.line).trim().to_owned();
            let line = said.clone();
            let (finding, weighing) = run.as_wanted();
            let heard =
                Background::start("terrasight-hint", ui.ctx(), move || hear(&line, &finding, weighing.as_deref()));
            self.listening = Some((key, said, heard));
            field.request_focus();
        }
    }

    /// Takes in what was made of the line; it waits until its picture is looked at again.
    fn listen(&mut self, view: &mut View<'_>, key: PictureKey) {
        let Some((of, said, heard)) = self.listening.take_if(|(of, ..)| *of == key) else { return };
        let heard = match heard.poll() {
            Polled::Pending => {
                self.listening = Some((of, said, heard));
                return;
            }
            Polled::Ready(heard) => heard,
            Polled::Lost => Heard { reply: vec!["This could not be worked out.".to_owned()], pieces: Vec::new() },
        };
        let turns = self.turns.entry(key).or_default();
        let pieces = heard.pieces.iter().map(|piece| piece.evidence.id.clone()).collect();
        turns.push(Turn { said, reply: heard.reply, pieces });
        let n_too_many = turns.len().saturating_sub(MOST_TURNS);
        turns.drain(..n_too_many);
        view.actions.extend(heard.pieces.into_iter().map(|piece| Action::AddPiece(Box::new(piece))));
    }

    /// Takes a turn and all after it back, with the evidence that came of them.
    fn go_back(&mut self, view: &mut View<'_>, key: PictureKey, run: &Run, place: usize) {
        let Some(turns) = self.turns.get_mut(&key) else { return };
        let ids: Vec<String> = turns.drain(place..).flat_map(|turn| turn.pieces).collect();
        let own = run.own().iter().map(|piece| &piece.evidence.id).filter(|id| ids.contains(id));
        view.actions.extend(own.map(|id| Action::DropPiece(id.clone())));
    }
}

fn line_id() -> Id {
    Id::unique("say something")
}

/// Draws the turns; the place of the one before which to go back to.
fn turns_ui(ui: &mut Ui, key: PictureKey, turns: &[Turn], run: &Run, most: f32) -> Option<usize> {
    let mut back_to = None;
    let area = ScrollArea::vertical().id_salt(("talk", key)).max_height(most).auto_shrink([false, true]);
    area.stick_to_bottom(true).show(ui, |ui| {
        ui.set_width(ui.available_width());
        for (place, turn) in turns.iter().enumerate() {
            let is_gone =
                !turn.pieces.is_empty() && !run.own().iter().any(|piece| turn.pieces.contains(&piece.evidence.id));
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(&turn.said).strong());
                let back = ui.small_button("Go back").on_hover_text("To before this was said, with what came of it");
                let name = format!("Go back to before: {}", turn.said);
                back.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                if back.clicked() {
                    back_to = Some(place);
                }
            });
            for line in &turn.reply {
                let line = RichText::new(line);
                ui.label(if is_gone { line.weak() } else { line });
            }
            if is_gone {
                ui.label(RichText::new("The evidence that came of it was taken back.").weak());
            }
            ui.add_space(theme::GAP);
        }
    });
    back_to
}

/// What a line says, and what is answered to it.
fn hear(line: &str, finding: &Arc<Finding>, weighing: Option<&Weighing>) -> Heard {
    let clues = shipped_clues();
    let before = weighing.map_or_else(Vec::new, |weighing| weighing.as_set(&finding.evidence));
    let (mut reply, mut pieces): (Vec<String>, Vec<Piece>) = (Vec::new(), Vec::new());
    let mut is_clear = false;
    for part in understand(line, clues) {
        is_clear |= !matches!(part, Understood::Not(_));
        match part {
            Understood::Evidence(piece) => {
                reply.push(words::statement(&piece.evidence.statement));
                pieces.push(*piece);
            }
            Understood::Question(question) => reply.extend(words::reply(&answer(&question, &before, clues))),
            Understood::Not(unclear) => reply.push(words::unclear(&unclear)),
        }
    }
    if !pieces.is_empty() {
        let said: Vec<String> = pieces.iter().map(|piece| piece.evidence.id.clone()).collect();
        let others = before.iter().filter(|piece| !said.contains(&piece.evidence.id)).cloned();
        let after: Vec<Piece> = others.chain(pieces.iter().cloned()).collect();
        reply.extend(words::reply(&after_hint(&said, &before, &after)));
    }
    if !is_clear {
        reply.push(EXAMPLES.to_owned());
    }
    Heard { reply, pieces }
}
