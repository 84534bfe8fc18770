//! A conversation about the picture: what the user says in a line becomes evidence where it is understood, and a question is
//! answered from the evidence. Both are worked out on a thread of their own. What neither understands, and whatever the user
//! wishes, is put to the model; its words are shown as its words. Before the picture is located the user may have said already
//! what they know: it waits for the first run.

use std::sync::Arc;

use egui::{Align, Frame, Id, Key, Layout, Margin, Panel, Response, RichText, TextEdit, Ui, vec2};

use super::{
    super::{
        View,
        background::{Background, Polled},
        shortcuts::command,
        words,
    },
    turns::{Wish, turns_ui},
};
use crate::{
    knowledge::clues::Clues,
    predict::{
        Weighing,
        converse::News,
        dialogue::{Reply, after_hint, answer},
        evidence::Piece,
        finding::Evidence,
        hint::{Understood, understand},
    },
    state::{Action, Asked, Entry, PictureKey, TalkAction, Turn},
};

/// No longer line is taken, in characters.
const LONGEST_LINE: usize = 500;
/// In less room, in points, what is to be done with the line stands under it and not beside it.
const WIDTH_FOR_BOTH: f32 = 380.0;
/// What may be said, where something was not understood.
const EXAMPLES: &str =
    "Say such things as \"the sign says Apotheke\" or \"not in Russia\", or ask \"why not Portugal?\".";
/// What stands above the line before anything is said of a picture that was not located yet.
const BEFORE: &str = "Not located yet. Say what you know already, and it counts from the first answer on: \"the sign says \
                      Apotheke\", \"not in Russia\".";
/// What becomes of evidence that is said so early.
const WAITS: &str = "It is kept, and counts when the picture is located.";
/// What a question gets so early.
const NO_ANSWER: &str = "The picture has not been located yet, so there is no answer to ask about.";

/// The conversation about the picture that is looked at.
#[derive(Default)]
pub struct Talk {
    line: String,
    /// Whether what is said is put to the model, understood or not.
    asks_model: bool,
    listening: Option<Listening>,
    takes_focus: bool,
}

/// A line that is being understood.
struct Listening {
    key: PictureKey,
    said: String,
    /// Whether the model is asked where it is not understood.
    may_ask: bool,
    heard: Background<Heard>,
}

/// What was made of a line.
struct Heard {
    reply: Vec<String>,
    pieces: Vec<Piece>,
    /// Whether evidence and knowledge have something to say to it.
    is_answered: bool,
}

impl Talk {
    /// The next thing typed is a line to say.
    pub fn take_focus(&mut self) {
        self.takes_focus = true;
    }

    /// Draws the conversation about a picture at the foot of its evidence, where the user can add any.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
        if !entry.takes_evidence() {
            return;
        }
        let frame = Frame::new().inner_margin(Margin { top: 6, ..Margin::ZERO });
        let room = ui.available_height();
        let most = room * 0.45;
        Panel::bottom("talk").resizable(false).frame(frame).show(ui, |ui| {
            // Otherwise the turns would have no more room than they took in the frame before, and the line none.
            ui.set_max_height(room);
            let heard = self.listening.as_ref().filter(|listening| listening.key == entry.key);
            let said = heard.map(|listening| listening.said.as_str());
            if entry.found().is_none() && entry.talk.is_empty() && said.is_none() {
                ui.label(RichText::new(BEFORE).weak());
            }
            match turns_ui(view.state, ui, entry, said, most) {
                Some(Wish::GoBack(place)) => view.actions.push(Action::GoBack(entry.key, place)),
                Some(Wish::Stop) => view.actions.push(Action::Talk(entry.key, TalkAction::Stop)),
                Some(Wish::Take(text)) => self.understand(view, ui, entry, text, false),
                None => {}
            }
            self.undo_by_key(view, ui);
            self.line_ui(view, ui, entry);
        });
    }

    /// While nothing is typed, undoing means what was said, and not a letter of the line.
    fn undo_by_key(&self, view: &mut View<'_>, ui: &Ui) {
        let is_here = ui.memory(|memory| memory.has_focus(line_id()));
        if self.line.is_empty() && is_here && ui.input_mut(|input| input.consume_shortcut(&command(Key::Z))) {
            view.actions.push(Action::Undo);
        }
    }

    fn choice_ui(&mut self, ui: &mut Ui) {
        let choice = ui.checkbox(&mut self.asks_model, "Ask the model");
        choice.on_hover_text("What you say goes to the model and is not taken for evidence");
    }

    fn field_ui(&mut self, ui: &mut Ui, entry: &Entry) -> Response {
        // A name of its own, so that it keeps the focus while what stands above it comes and goes.
        let field = TextEdit::singleline(&mut self.line)
            .id(line_id())
            .char_limit(LONGEST_LINE)
            .desired_width(f32::INFINITY)
            .hint_text(match (self.asks_model, entry.found()) {
                (true, _) => "Ask about the picture",
                (false, Some(_)) => "Say what you know, or ask why",
                (false, None) => "Say what you know",
            });
        ui.add(field)
    }

    fn line_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
        let field = if ui.available_width() < WIDTH_FOR_BOTH {
            let field = self.field_ui(ui, entry);
            self.choice_ui(ui);
            field
        } else {
            let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
            let line = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                self.choice_ui(ui);
                self.field_ui(ui, entry)
            });
            line.inner
        };
        ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Say something"));
        if std::mem::take(&mut self.takes_focus) {
            field.request_focus();
        }
        let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if is_entered && !self.line.trim().is_empty() && self.listening.is_none() {
            let said = std::mem::take(&mut self.line).trim().to_owned();
            if self.asks_model {
                say(view, entry.key, asked(view, entry, Turn { said, ..Turn::default() }));
            } else {
                self.understand(view, ui, entry, said, true);
            }
            field.request_focus();
        }
    }

    /// Begins to understand a line.
    fn understand(&mut self, view: &View<'_>, ui: &Ui, entry: &Entry, said: String, may_ask: bool) {
        if self.listening.is_some() {
            return;
        }
        let (line, is_located, evidence) = (said.clone(), entry.found().is_some(), entry.evidence().to_vec());
        let (weighing, clues) = (entry.weighing().cloned().unwrap_or_default(), Arc::clone(view.state.clues()));
        let heard = move || {
            if is_located { hear(&line, &weighing, &evidence, &clues) } else { hear_early(&line, &clues) }
        };
        let heard = Background::start("terrasight-hint", ui.ctx(), heard);
        self.listening = Some(Listening { key: entry.key, said, may_ask, heard });
    }

    /// Takes in what was made of the line, whichever picture is looked at by then. It is of the picture of which it was said, and of
    /// no use where that is not open any more.
    pub fn listen(&mut self, view: &mut View<'_>) {
        let Some(listening) = self.listening.take() else { return };
        let Some(entry) = view.state.entries().iter().find(|entry| entry.key == listening.key) else { return };
        let heard = match listening.heard.poll() {
            Polled::Pending => {
                self.listening = Some(listening);
                return;
            }
            Polled::Ready(heard) => heard,
            Polled::Lost => {
                let reply = vec!["This could not be worked out.".to_owned()];
                Heard { reply, pieces: Vec::new(), is_answered: true }
            }
        };
        let Heard { reply, pieces, is_answered } = heard;
        let ids = pieces.iter().map(|piece| piece.evidence.id.clone()).collect();
        let turn = Turn { said: listening.said, reply, pieces: ids, model: None };
        let turn = match (is_answered, listening.may_ask) {
            (false, true) => asked(view, entry, turn),
            (false, false) | (true, _) => turn,
        };
        say(view, entry.key, turn);
        view.actions.extend(pieces.into_iter().map(|piece| Action::AddPiece(entry.key, Box::new(piece))));
    }
}

fn say(view: &mut View<'_>, key: PictureKey, turn: Turn) {
    view.actions.push(Action::Talk(key, TalkAction::Said(Box::new(turn))));
}

/// The turn with its line put to the model, or with the reason why it cannot be.
fn asked(view: &View<'_>, entry: &Entry, mut turn: Turn) -> Turn {
    match words::cannot_converse(view.state.model()) {
        Some(why) => turn.reply.push(why),
        None => {
            let earlier = entry.talk.iter().filter_map(|turn| turn.model.as_ref()).map(|asked| &asked.news);
            turn.model = Some(Asked::new(News::since(earlier, &words::known(entry)), &turn.said));
            turn.reply.clear(); // that it is no evidence stands above the model's words
        }
    }
    turn
}

fn line_id() -> Id {
    Id::unique("say something")
}

/// What a line says, and what is answered to it.
fn hear(line: &str, weighing: &Weighing, evidence: &[Evidence], clues: &Clues) -> Heard {
    let before = weighing.as_set(evidence);
    let (mut reply, mut pieces): (Vec<String>, Vec<Piece>) = (Vec::new(), Vec::new());
    let (mut is_clear, mut is_answered) = (false, false);
    for part in understand(line, clues) {
        is_clear |= !matches!(part, Understood::Not(_));
        match part {
            Understood::Evidence(piece) => {
                is_answered = true;
                reply.push(words::statement(&piece.evidence.statement));
                pieces.push(*piece);
            }
            Understood::Question(question) => {
                let said = answer(&question, &before, clues);
                is_answered |= said != Reply::NoEvidence;
                reply.extend(words::reply(&said));
            }
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
    Heard { reply, pieces, is_answered }
}

/// What a line says of a picture that was not located yet.
fn hear_early(line: &str, clues: &Clues) -> Heard {
    let (mut reply, mut pieces): (Vec<String>, Vec<Piece>) = (Vec::new(), Vec::new());
    let mut is_question = false;
    for part in understand(line, clues) {
        match part {
            Understood::Evidence(piece) => {
                reply.push(words::statement(&piece.evidence.statement));
                pieces.push(*piece);
            }
            Understood::Question(_) => is_question = true,
            Understood::Not(unclear) => reply.push(words::unclear(&unclear)),
        }
    }
    let last = match (pieces.is_empty(), is_question) {
        (false, _) => WAITS,
        (true, true) => NO_ANSWER,
        (true, false) => EXAMPLES,
    };
    reply.push(last.to_owned());
    Heard { reply, is_answered: !pieces.is_empty(), pieces }
}

#[cfg(test)]
mod tests {
    use egui::Context;
    use image::RgbImage;

    use super::*;
    use crate::{
        picture::{Picture, Preview},
        state::{Settings, State},
        worker::{Event, PictureNews, PictureSource},
    };

    /// A window with two pictures, of which the second is looked at; a line was said of the first.
    fn said_of_the_first() -> (State, PictureKey, Talk) {
        let mut state = State::new(Settings::default());
        state.perform(Action::Open(vec![PictureSource::Path("folder".into())]));
        let job = state.openings()[0].job;
        for (name, side) in [("a.jpg", 4), ("b.jpg", 5)] {
            let picture = Picture::from_rgb(name, RgbImage::new(side, side));
            let preview = Arc::new(Preview::of(&picture));
            state.apply(Event::Pictures { job, news: PictureNews::Opened { preview, picture: None } });
        }
        state.perform(Action::SelectBy(1));
        let (key, clues) = (state.entries()[0].key, Arc::clone(state.clues()));
        let heard = Background::start("hint", &Context::default(), move || hear_early("not Chile", &clues));
        let listening = Some(Listening { key, said: "not Chile".to_owned(), may_ask: false, heard });
        (state, key, Talk { listening, ..Talk::default() })
    }

    /// What is to be done when the line has been understood.
    fn listen(talk: &mut Talk, state: &State) -> Vec<Action> {
        let (mut actions, mut asks) = (Vec::new(), Vec::new());
        while talk.listening.is_some() {
            talk.listen(&mut View {
                state,
                actions: &mut actions,
                asks: &mut asks,
                is_veiled: false,
                is_covered: false,
            });
            std::thread::yield_now();
        }
        actions
    }

    #[test]
    fn a_line_is_taken_in_for_its_picture_though_another_is_looked_at() {
        let (state, key, mut talk) = said_of_the_first();
        let actions = listen(&mut talk, &state);
        let [Action::Talk(of, TalkAction::Said(turn)), Action::AddPiece(to, piece)] = actions.as_slice() else {
            panic!("{actions:?}")
        };
        assert_eq!((*of, *to, turn.pieces.as_slice()), (key, key, &[piece.evidence.id.clone()][..]));
        assert_ne!(state.selected().unwrap().key, key);
    }

    #[test]
    fn a_line_about_a_picture_that_has_gone_is_forgotten_so_that_another_can_be_said() {
        let (mut state, key, mut talk) = said_of_the_first();
        state.perform(Action::Remove(key));
        assert!(listen(&mut talk, &state).is_empty());
    }
}
