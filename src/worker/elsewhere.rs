//! A model of a server, in the local model's place.

use std::ops::ControlFlow;

use crate::{
    hub::question_elsewhere,
    model::{FinishReason, PictureTokens},
    picture::Picture,
    predict::{
        LocateError, LocateSettings, Located, Observer, Prompting,
        converse::{Conversation, Spoken},
        converse_elsewhere, locate_elsewhere, server_model,
        sign::Sign,
    },
    server::{Finish, Said, Server, ServerError},
};

use super::{Job, Measured, ModelNote, ModelSummary, Stopped};

/// A model that a server runs.
pub(super) struct RemoteModel {
    server: Server,
    /// As the server calls it.
    name: String,
    pub(super) summary: ModelSummary,
}

impl RemoteModel {
    /// Asks the server which model answers. No picture is sent.
    pub(super) fn open(server: &Server, job: &Job<'_>) -> Result<Self, Stopped> {
        let watch = &mut |_: &str| if job.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let name = server.model_name(watch).map_err(|error| match error {
            ServerError::Cancelled(_) => Stopped::Cancelled,
            other => other.into(),
        })?;
        let mut notes = vec![ModelNote::Elsewhere(server.host())];
        notes.extend(server.is_open().then_some(ModelNote::Unencrypted));
        let summary = ModelSummary {
            source: server.clone().into(),
            name: server_model(server, &name),
            directory: server.to_string().into(),
            device: server.host(),
            precision: String::new(),
            parameters: 0,
            bytes: 0,
            picture_tokens: PictureTokens::default(),
            placed: None,
            measured: Measured::default(),
            is_starter: false,
            converses: true,
            notes,
        };
        Ok(Self { server: server.clone(), name, summary })
    }

    pub(super) fn locate(
        &self,
        picture: &Picture,
        signs: Vec<Sign>,
        settings: &LocateSettings,
        observer: &mut dyn Observer,
    ) -> Result<Located, LocateError> {
        let prompting = Prompting::known(question_elsewhere(&self.name).as_deref());
        locate_elsewhere((&self.server, &self.name), prompting, picture, signs, settings, observer)
    }

    pub(super) fn converse(
        &self,
        picture: &Picture,
        conversation: &Conversation,
        settings: &LocateSettings,
        observer: &mut dyn Observer,
    ) -> Result<(Spoken, FinishReason), LocateError> {
        let (server, pixels) = ((&self.server, self.name.as_str()), &picture.pixels);
        let Said { text, finish, .. } = converse_elsewhere(server, pixels, conversation, settings, observer)?;
        let finish = match finish {
            Finish::Stop => FinishReason::Stop,
            Finish::Length | Finish::CutOff => FinishReason::Length,
            Finish::Cancelled => FinishReason::Cancelled,
        };
        Ok((Spoken { model: self.summary.name.clone(), text, ..Spoken::default() }, finish))
    }
}
