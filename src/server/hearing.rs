//! Hears out what a server says: as it comes, within bounds of bytes and of time, and only as long as somebody listens.

use std::{
    ops::ControlFlow,
    pin::pin,
    time::{Duration, Instant},
};

use reqwest::Response;
use tokio::time::timeout;

use super::ServerError;

/// How often it is asked whether to go on while nothing comes.
const TICK: Duration = Duration::from_millis(100);

/// Told of each new piece of the answer, and in between of nothing, and says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(&str) -> ControlFlow<()>;

/// How much a server may say, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// How long nothing may come.
    pub silence: Duration,
    /// How long all may take.
    pub whole: Duration,
    /// Bytes in all.
    pub bytes: usize,
}

/// Somebody who listens to a server.
pub(super) struct Hearing<'a> {
    host: String,
    watch: Watch<'a>,
    until: Instant,
    bytes_left: usize,
}

impl<'a> Hearing<'a> {
    pub fn new(host: String, bounds: Bounds, watch: Watch<'a>) -> Self {
        Self { host, watch, until: Instant::now() + bounds.whole, bytes_left: bounds.bytes }
    }

    /// Passes a piece of the answer on.
    pub fn tell(&mut self, text: &str) -> Result<(), ServerError> {
        match (self.watch)(text) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ServerError::Cancelled(self.host.clone())),
        }
    }

    /// What a step of the connection brings.
    pub async fn wait<T>(&mut self, step: impl Future<Output = reqwest::Result<T>>) -> Result<T, ServerError> {
        let mut step = pin!(step);
        loop {
            self.tell("")?;
            if Instant::now() > self.until {
                return Err(self.nonsense("it does not come to an end"));
            }
            if let Ok(done) = timeout(TICK, &mut step).await {
                return done.map_err(|error| ServerError::silent(&self.host, &error));
            }
        }
    }

    /// The next bytes of an answer; none at its end.
    pub async fn part(&mut self, response: &mut Response) -> Result<Option<Vec<u8>>, ServerError> {
        let Some(part) = self.wait(response.chunk()).await? else { return Ok(None) };
        match self.bytes_left.checked_sub(part.len()) {
            Some(left) => self.bytes_left = left,
            None => return Err(self.nonsense("it is too long")),
        }
        Ok(Some(part.into()))
    }

    /// All of an answer.
    pub async fn body(&mut self, response: &mut Response) -> Result<Vec<u8>, ServerError> {
        let mut body = Vec::new();
        while let Some(part) = self.part(response).await? {
            body.extend_from_slice(&part);
        }
        Ok(body)
    }

    pub fn nonsense(&self, cause: &str) -> ServerError {
        ServerError::nonsense(&self.host, cause)
    }
}
