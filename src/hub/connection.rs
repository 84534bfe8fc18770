//! The client for the hub's protocol: requests with token and range, redirects that keep to TLS, and what the answers mean.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use reqwest::{
    Client, Response, StatusCode,
    header::{RANGE, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    Hub, HubError,
    patience::{Failed, Patience, Tries},
};
use crate::server::in_a_line;

const USER_AGENT: &str = concat!("terrasight/", env!("CARGO_PKG_VERSION"));
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);
/// So often an answer may point elsewhere.
const MOST_REDIRECTS: usize = 10;
/// No list of the hub's is larger, in bytes.
const MOST_LIST_BYTES: usize = 16 << 20;
/// No server is waited for longer than this, whatever it asks for.
const MOST_WAIT: Duration = Duration::from_secs(300);

/// A client of one hub.
pub(super) struct Connection {
    client: Client,
    pub(super) hub: Hub,
    patience: Patience,
    has_answered: AtomicBool,
}

impl Connection {
    pub(super) fn new(hub: &Hub, patience: Patience) -> Result<Self, HubError> {
        // It fails only where a provider is installed already, which serves as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .read_timeout(patience.silence)
            .redirect(Policy::custom(|attempt| match may_follow(attempt.previous(), attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(why_not) => attempt.error(why_not),
            }))
            .build();
        let client = client.map_err(|error| HubError::NoClient(in_a_line(&error)))?;
        Ok(Self { client, hub: hub.clone(), patience, has_answered: AtomicBool::new(false) })
    }

    /// The tries of one thing.
    pub(super) fn tries(&self) -> Tries<'_> {
        self.patience.tries(&self.has_answered)
    }

    /// The answer to a request for `url`, from this byte on. `what` is what people call it.
    pub(super) async fn get(&self, what: &str, url: Url, from: u64) -> Result<Response, Failed> {
        let mut request = self.client.get(url);
        if let Some(token) = self.hub.token() {
            // The client drops it where an answer points to another host.
            request = request.bearer_auth(token);
        }
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let response = request.send().await.map_err(|error| cut(what, &error))?;
        self.has_answered.store(true, Ordering::Relaxed);
        let (what, status) = (what.to_owned(), response.status());
        let code = status.as_u16();
        let error = match status {
            _ if status.is_success() || status == StatusCode::RANGE_NOT_SATISFIABLE => return Ok(response),
            StatusCode::NOT_FOUND => HubError::NotThere(what),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => HubError::NotAllowed { what, status: code },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => HubError::Busy { what, status: code },
            _ if status.is_server_error() => HubError::Busy { what, status: code },
            _ => HubError::Refused { what, status: code },
        };
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Err(Failed { error, wait: asked.map(|seconds| Duration::from_secs(seconds).min(MOST_WAIT)) })
    }

    /// What a list of the hub's says.
    pub(super) async fn list<T: DeserializeOwned>(&self, what: &str, url: &Url) -> Result<T, HubError> {
        let mut tries = self.tries();
        loop {
            match self.text(what, url.clone()).await {
                Ok(text) => {
                    let nonsense = |error: serde_json::Error| HubError::Nonsense {
                        what: what.to_owned(),
                        cause: error.to_string(),
                    };
                    return serde_json::from_slice(&text).map_err(nonsense);
                }
                Err(failed) => tries.again(failed).await?,
            }
        }
    }

    async fn text(&self, what: &str, url: Url) -> Result<Vec<u8>, Failed> {
        let mut response = self.get(what, url, 0).await?;
        let mut text = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| cut(what, &error))? {
            text.extend_from_slice(&part);
            if text.len() > MOST_LIST_BYTES {
                return Err(
                    HubError::Nonsense { what: what.to_owned(), cause: "its list has no end".to_owned() }.into()
                );
            }
        }
        Ok(text)
    }
}

/// Whether an answer that points to `next` is followed, after those that came before, the request's own address first.
fn may_follow(previous: &[Url], next: &Url) -> Result<(), &'static str> {
    let was_safe = previous.last().is_some_and(|url| url.scheme() == "https");
    if previous.len() > MOST_REDIRECTS {
        Err("it points elsewhere again and again")
    } else if was_safe && next.scheme() != "https" {
        Err("it points from an encrypted address to one that is not")
    } else {
        Ok(())
    }
}

pub(super) fn cut(what: &str, error: &reqwest::Error) -> HubError {
    let (what, cause) = (what.to_owned(), in_a_line(error));
    match error {
        _ if error.is_redirect() => HubError::Nonsense { what, cause },
        _ if error.is_connect() => HubError::NotReached { what, cause },
        _ => HubError::Cut { what, cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server of the other tests speaks no TLS, so that here the decision alone is tried.
    #[test]
    fn no_answer_leads_from_an_encrypted_address_to_one_that_is_not() {
        let urls = |texts: &[&str]| texts.iter().map(|text| Url::parse(text).unwrap()).collect::<Vec<_>>();
        let follows = |previous: &[&str], next: &str| may_follow(&urls(previous), &urls(&[next])[0]).is_ok();
        let (safe, open) = ("https://hub.example/a", "http://store.example/a");
        assert!(follows(&[safe], "https://store.example/a") && follows(&[open], open) && follows(&[open], safe));
        assert!(!follows(&[safe], open) && !follows(&[safe], "http://hub.example/a"));
        assert!(!follows(&[open, safe], open), "nor after an upgrade");
        assert!(follows(&[safe; MOST_REDIRECTS], safe) && !follows(&[safe; MOST_REDIRECTS + 1], safe));
    }
}
