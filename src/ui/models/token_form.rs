//! Asks for the token that says who you are, for models that a hub shows to members alone; or forgets it.

use egui::{TextEdit, Ui};

use super::super::{
    forms::{Form, Out, PathField},
    words,
};
use crate::{
    hub::{HOST, Hub, Token, TokenFrom},
    state::{Action, HubAction, State},
};

/// The token, hidden unless it is to be seen, and what becomes of it.
pub(super) struct TokenForm {
    host: String,
    /// Whether others on the way can read what the server is sent.
    is_open: bool,
    from: Option<TokenFrom>,
    is_kept: bool,
    typed: String,
    shows: bool,
    forgets: bool,
    has_focus: bool,
}

impl TokenForm {
    /// For the server that the settings name.
    pub(super) fn new(state: &State) -> Self {
        let access = state.hub().stock().map(|stock| stock.access.clone()).unwrap_or_default();
        let hub = access.hub(state.settings().mirror.as_deref()).ok();
        let hub = hub.as_ref();
        Self {
            host: hub.map_or(HOST, |hub| hub.host()).to_owned(),
            is_open: hub.is_some_and(Hub::is_open),
            from: hub.and_then(|hub| access.token_for(hub)),
            is_kept: hub.is_some_and(|hub| access.keeps_for(hub)),
            typed: String::new(),
            shows: false,
            forgets: false,
            has_focus: false,
        }
    }

    fn token(&self) -> Option<Token> {
        Token::new(&self.typed)
    }
}

impl Form for TokenForm {
    fn title(&self) -> String {
        format!("Token for {}", self.host)
    }

    fn button(&self) -> &'static str {
        if self.forgets { "Forget the token" } else { "Keep" }
    }

    fn path(&mut self) -> Option<&mut PathField> {
        None
    }

    fn above(&mut self, ui: &mut Ui) {
        let host = &self.host;
        ui.label(format!(
            "{host} shows some models to members alone. A token of yours, from the settings of your account there, says who you \
             are. It is kept in a file that you alone can read, and shown to {host} and to nobody else."
        ));
        ui.label(words::token(self.from));
        if self.is_open {
            ui.label("The connection is not encrypted: others on the network can see the token.");
        }
        ui.add_enabled_ui(!self.forgets, |ui| {
            let label = ui.label("Token");
            ui.horizontal(|ui| {
                let width = ui.available_width() - 60.0;
                let line = TextEdit::singleline(&mut self.typed).password(!self.shows).desired_width(width);
                let field = ui.add(line).labelled_by(label.id);
                if !std::mem::replace(&mut self.has_focus, true) {
                    field.request_focus();
                }
                ui.toggle_value(&mut self.shows, "Show").on_hover_text("Shows the characters");
            });
        });
        if !self.typed.trim().is_empty() && self.token().is_none() {
            ui.label("A token has no spaces and no signs beyond ASCII.");
        }
        if self.is_kept {
            ui.checkbox(&mut self.forgets, "Forget the token that is kept");
        }
    }

    fn is_complete(&self) -> bool {
        self.forgets || self.token().is_some()
    }

    fn finish(self: Box<Self>, out: &mut Out<'_>) {
        match self.token() {
            _ if self.forgets => out.act(Action::Hub(HubAction::ForgetToken)),
            Some(token) => out.act(Action::Hub(HubAction::KeepToken(token))),
            None => {}
        }
    }
}
