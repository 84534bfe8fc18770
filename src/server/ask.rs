//! Asks a server about a picture, and hears its answer as it comes.

use std::{ops::ControlFlow, pin::pin, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header::CONTENT_TYPE, redirect::Policy};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{runtime::Builder, time::timeout};

use super::{
    Said, Server, ServerError,
    events::{Events, TooLong},
    said::{Finish, Reply, message_of},
};

const USER_AGENT: &str = concat!("terrasight/", env!("CARGO_PKG_VERSION"));
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);
/// How long a server may say nothing: a large model on a slow machine looks at a picture for minutes.
const SILENCE: Duration = Duration::from_secs(900);
/// How often it is asked whether to go on while nothing comes.
const TICK: Duration = Duration::from_millis(100);
/// Alternatives to each token: as many as the protocol allows.
const ALTERNATIVES: u32 = 20;
/// What is not streamed is no larger, in bytes.
const MOST_BODY: usize = 16 << 20;

/// What is said in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whether the user said it, and not the model.
    pub is_user: bool,
    /// The words.
    pub text: String,
}

/// A question about a picture.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The conversation; the last turn is the user's. The picture stands before the first.
    pub turns: &'a [Turn],
    /// The picture, as JPEG.
    pub picture: &'a [u8],
    /// Tokens of the answer at most.
    pub max_new_tokens: usize,
    /// 0 is greedy.
    pub temperature: f32,
    /// The share of probability that tokens are drawn from; 1 is all.
    pub top_p: f32,
    /// Decides the draws, where the server keeps to it.
    pub seed: u64,
}

/// Told of each new piece of the answer, and in between of nothing, and says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(&str) -> ControlFlow<()>;

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl Server {
    /// The name of the model that answers: the one that the address names, or the only one that the server offers.
    pub fn model_name(&self) -> Result<String, ServerError> {
        if let Some(model) = self.model() {
            return Ok(model.to_owned());
        }
        let text = blocking(async {
            let request = self.client()?.get(self.url("models")?);
            let response = self.keyed(request).send().await.map_err(|error| self.silent(&error))?;
            let status = response.status();
            let body = self.body(response).await?;
            if status.is_success() { Ok(body) } else { Err(self.refused(status, &body)) }
        })??;
        let models: Models = serde_json::from_slice(&text).map_err(|error| self.nonsense(error.to_string()))?;
        let mut names: Vec<String> = models.data.into_iter().map(|model| model.id).collect();
        match (names.pop(), names.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) => Err(ServerError::WhichModel { host: self.host(), offers: "it offers no model".to_owned() }),
            (Some(last), more) => Err(ServerError::WhichModel {
                host: self.host(),
                offers: format!("it offers {} models, {last} among them", more + 1),
            }),
        }
    }

    /// The model's answer. Probabilities of tokens are asked for, and done without where the server does not know of them.
    pub fn answer(&self, model: &str, question: &Question<'_>, watch: Watch<'_>) -> Result<Said, ServerError> {
        blocking(async {
            let client = self.client()?;
            let url = self.url("chat/completions")?;
            let ask = |with_probabilities| {
                let body = body_of(model, question, with_probabilities).to_string();
                self.keyed(client.post(url.clone())).header(CONTENT_TYPE, "application/json").body(body)
            };
            let Some(response) = self.sent(ask(true), watch).await? else { return Ok(cancelled()) };
            if response.status() != StatusCode::BAD_REQUEST {
                return self.heard(response, watch).await;
            }
            let Some(response) = self.sent(ask(false), watch).await? else { return Ok(cancelled()) };
            self.heard(response, watch).await
        })?
    }

    fn client(&self) -> Result<Client, ServerError> {
        // It fails only where a provider is installed already, which serves as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().user_agent(USER_AGENT).connect_timeout(CONNECT).read_timeout(SILENCE);
        // The picture goes to the address that was named and to no other.
        client.redirect(Policy::none()).build().map_err(|error| ServerError::NoClient(in_a_line(&error)))
    }

    fn keyed(&self, request: RequestBuilder) -> RequestBuilder {
        match self.key() {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// The answer's head; none where it is no longer wanted.
    async fn sent(&self, request: RequestBuilder, watch: Watch<'_>) -> Result<Option<Response>, ServerError> {
        let mut sending = pin!(request.send());
        loop {
            match timeout(TICK, &mut sending).await {
                Ok(response) => return response.map(Some).map_err(|error| self.silent(&error)),
                Err(_nothing_yet) if watch("").is_break() => return Ok(None),
                Err(_nothing_yet) => {}
            }
        }
    }

    /// The answer, streamed or whole.
    async fn heard(&self, mut response: Response, watch: Watch<'_>) -> Result<Said, ServerError> {
        let status = response.status();
        if !status.is_success() {
            let body = self.body(response).await?;
            return Err(self.refused(status, &body));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut said = Said::default();
        if kind.starts_with("application/json") {
            let body = self.body(response).await?;
            let wanted = self.add(&String::from_utf8_lossy(&body), &mut said, watch)?;
            return Ok(if wanted.is_break() { Said { finish: Finish::Cancelled, ..said } } else { said });
        }
        let mut events = Events::default();
        loop {
            let part = match timeout(TICK, response.chunk()).await {
                Err(_nothing_yet) if watch("").is_break() => return Ok(Said { finish: Finish::Cancelled, ..said }),
                Err(_nothing_yet) => continue,
                Ok(part) => part.map_err(|error| self.silent(&error))?,
            };
            let Some(part) = part else { return Ok(said) };
            let data = events.take(&part).map_err(|TooLong| self.nonsense("a line has no end".to_owned()))?;
            for data in data {
                if data == "[DONE]" {
                    return Ok(said);
                }
                if self.add(&data, &mut said, watch)?.is_break() {
                    return Ok(Said { finish: Finish::Cancelled, ..said });
                }
            }
        }
    }

    fn add(&self, data: &str, said: &mut Said, watch: Watch<'_>) -> Result<ControlFlow<()>, ServerError> {
        let reply = Reply::read(data).map_err(|cause| self.nonsense(cause))?;
        let text = reply.add_to(said).map_err(|cause| self.nonsense(cause))?;
        Ok(watch(&text))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, ServerError> {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.silent(&error))? {
            body.extend_from_slice(&part);
            if body.len() > MOST_BODY {
                return Err(self.nonsense("it has no end".to_owned()));
            }
        }
        Ok(body)
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> ServerError {
        let (host, status) = (self.host(), status.as_u16());
        if matches!(status, 401 | 403) {
            return ServerError::NotAllowed { host, status };
        }
        let text = String::from_utf8_lossy(body);
        let said = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
        ServerError::Refused { host, status, said: message_of(&said) }
    }

    fn silent(&self, error: &reqwest::Error) -> ServerError {
        ServerError::Silent { host: self.host(), cause: in_a_line(error) }
    }

    fn nonsense(&self, cause: String) -> ServerError {
        ServerError::Nonsense { host: self.host(), cause }
    }
}

fn cancelled() -> Said {
    Said { finish: Finish::Cancelled, ..Said::default() }
}

fn body_of(model: &str, question: &Question<'_>, with_probabilities: bool) -> Value {
    let picture = format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(question.picture));
    let message = |(place, turn): (usize, &Turn)| match place {
        0 => json!({ "role": "user", "content": [
            { "type": "image_url", "image_url": { "url": picture } }, { "type": "text", "text": turn.text },
        ] }),
        _ => json!({ "role": if turn.is_user { "user" } else { "assistant" }, "content": turn.text }),
    };
    let messages: Vec<Value> = question.turns.iter().enumerate().map(message).collect();
    let mut body = json!({
        "model": model, "messages": messages, "stream": true, "max_tokens": question.max_new_tokens,
        "temperature": question.temperature, "top_p": question.top_p, "seed": question.seed,
    });
    if with_probabilities {
        body["logprobs"] = json!(true);
        body["top_logprobs"] = json!(ALTERNATIVES);
    }
    body
}

fn blocking<T>(work: impl Future<Output = T>) -> Result<T, ServerError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| ServerError::NoClient(error.to_string()))?;
    let done = runtime.block_on(work);
    // Names are looked up on a thread that may hang on.
    runtime.shutdown_background();
    Ok(done)
}

/// The innermost cause, which says the most, without the address.
fn in_a_line(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "nothing came for too long".to_owned() } else { cause.to_string().replace('\n', " ") }
}
