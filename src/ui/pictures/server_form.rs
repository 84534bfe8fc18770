//! Asks which server shall answer in the model's place, and says what it will receive.

use egui::{TextEdit, Ui};

use super::super::{
    forms::{Form, Out, PathField},
    words,
};
use crate::{
    server::Server,
    state::{Action, State},
    worker::ModelNote,
};

/// The address, and what follows of it.
pub(super) struct ServerForm {
    address: String,
    has_focus: bool,
}

impl ServerForm {
    pub(super) fn new(state: &State) -> Self {
        Self { address: state.settings().server.clone().unwrap_or_default(), has_focus: false }
    }

    fn server(&self) -> Option<Server> {
        Server::at(&self.address).ok()
    }
}

impl Form for ServerForm {
    fn title(&self) -> String {
        "Let a server answer".to_owned()
    }

    fn button(&self) -> &'static str {
        "Send pictures there"
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        ui.label("vLLM, llama.cpp, Ollama and others that speak OpenAI's protocol can answer in the place of a model of this machine.");
        let label = ui.label("Address of the server, and after # the name of its model where it has several");
        let hint = "http://127.0.0.1:8000/v1#MODEL";
        let line = TextEdit::singleline(&mut self.address).hint_text(hint).desired_width(f32::INFINITY);
        let field = ui.add(line).labelled_by(label.id);
        if !std::mem::replace(&mut self.has_focus, true) {
            field.request_focus();
        }
        match Server::at(&self.address) {
            Ok(server) => {
                ui.label(words::model_note(&ModelNote::Elsewhere(server.host())));
                if server.is_open() {
                    ui.label(words::model_note(&ModelNote::Unencrypted));
                }
            }
            Err(_) if self.address.trim().is_empty() => {}
            Err(error) => {
                ui.label(error.to_string());
            }
        }
        ui.label("The picture's pixels and your questions go there, and nothing else: what its file says, signs, evidence and the map stay on this machine.");
    }

    fn is_complete(&self) -> bool {
        self.server().is_some()
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        if let Some(server) = self.server() {
            out.act(Action::ChooseModel(server.into()));
        }
    }
}
