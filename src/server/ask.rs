//! Asks a server about a picture, and hears its answer as it comes.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{
    Client, RequestBuilder, Response,
    header::{CONTENT_TYPE, HeaderName, LOCATION},
    redirect::Policy,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::{
    Finish, Said, Server, ServerError, Watch,
    error::{in_a_line, line_of},
    events::{Events, TooLong},
    hearing::{Bounds, Hearing},
    said::{Reply, message_of},
};

const USER_AGENT: &str = concat!("terrasight/", env!("CARGO_PKG_VERSION"));
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);
/// Of a list of models, which is at hand at once.
const LIST: Bounds = Bounds { silence: Duration::from_secs(20), whole: Duration::from_secs(60), bytes: 4 << 20 };
/// Of an answer: a large model on a slow machine looks at a picture for minutes. A token with its alternatives is about 2 KB.
const ANSWER: Bounds = Bounds { silence: Duration::from_secs(900), whole: Duration::from_secs(3600), bytes: 64 << 20 };
/// So many alternatives to each token are asked for: as many as the protocol allows, then as many as earlier servers do.
const ALTERNATIVES: [u32; 2] = [20, 5];

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
    ///
    /// # Errors
    /// No such list, or none or several models in it.
    pub fn model_name(&self, watch: Watch<'_>) -> Result<String, ServerError> {
        if let Some(model) = self.model() {
            return Ok(model.to_owned());
        }
        let text = blocking(async {
            let mut hearing = Hearing::new(self.host(), LIST, watch);
            let request = self.keyed(self.client(LIST)?.get(self.url("models")?));
            let mut response = self.accepted(hearing.wait(request.send()).await?, &mut hearing).await?;
            hearing.body(&mut response).await
        })??;
        let models: Models = serde_json::from_slice(&text).map_err(|error| self.nonsense(&error.to_string()))?;
        let mut names: Vec<String> = models.data.iter().map(|model| line_of(&model.id)).collect();
        match (names.pop(), names.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) => Err(ServerError::WhichModel { host: self.host(), offers: "it offers no model".to_owned() }),
            (Some(last), more) => Err(ServerError::WhichModel {
                host: self.host(),
                offers: format!("it offers {} models, {last} among them", more + 1),
            }),
        }
    }

    /// The model's answer; what had been said by then where it is no longer wanted. Probabilities of tokens are asked for, and
    /// done without where the server does not know of them.
    ///
    /// # Errors
    /// No answer, a refusal, or what is not of the protocol.
    pub fn answer(&self, model: &str, question: &Question<'_>, watch: Watch<'_>) -> Result<Said, ServerError> {
        self.answer_within(ANSWER, model, question, watch)
    }

    pub(super) fn answer_within(
        &self,
        bounds: Bounds,
        model: &str,
        question: &Question<'_>,
        watch: Watch<'_>,
    ) -> Result<Said, ServerError> {
        let mut said = Said::default();
        let heard = blocking(async {
            let mut hearing = Hearing::new(self.host(), bounds, watch);
            let response = self.asked(model, question, self.client(bounds)?, &mut hearing).await?;
            self.heard(response, &mut hearing, &mut said).await
        })?;
        match heard {
            Ok(()) => Ok(said),
            Err(ServerError::Cancelled(_)) => Ok(Said { finish: Finish::Cancelled, ..said }),
            Err(error) => Err(error),
        }
    }

    /// The head of the answer to the question with as many alternatives to each token as the server allows.
    async fn asked(
        &self,
        model: &str,
        question: &Question<'_>,
        client: Client,
        hearing: &mut Hearing<'_>,
    ) -> Result<Response, ServerError> {
        let url = self.url("chat/completions")?;
        let with = |alternatives| {
            let body = body_of(model, question, alternatives).to_string();
            self.keyed(client.post(url.clone())).header(CONTENT_TYPE, "application/json").body(body)
        };
        for alternatives in ALTERNATIVES {
            let response = hearing.wait(with(Some(alternatives)).send()).await?;
            // "Bad request" of most, "unprocessable" of some.
            if !matches!(response.status().as_u16(), 400 | 422) {
                return self.accepted(response, hearing).await;
            }
        }
        let response = hearing.wait(with(None).send()).await?;
        self.accepted(response, hearing).await
    }

    /// The answer's text, streamed or whole.
    async fn heard(
        &self,
        mut response: Response,
        hearing: &mut Hearing<'_>,
        said: &mut Said,
    ) -> Result<(), ServerError> {
        let mut is_answer = false;
        let mut add = |data: &str, hearing: &mut Hearing<'_>| {
            let wrong = |cause: String| self.nonsense(&cause);
            let added = Reply::read(data).and_then(|reply| reply.add_to(said)).map_err(wrong)?;
            is_answer |= added.is_some();
            hearing.tell(&added.unwrap_or_default())
        };
        if header(&response, CONTENT_TYPE).starts_with("application/json") {
            let body = hearing.body(&mut response).await?;
            add(&String::from_utf8_lossy(&body), hearing)?;
        } else {
            let mut events = Events::default();
            'parts: while let Some(part) = hearing.part(&mut response).await? {
                for data in events.take(&part).map_err(|TooLong| self.nonsense("a line has no end"))? {
                    if data == "[DONE]" {
                        break 'parts;
                    }
                    add(&data, hearing)?;
                }
            }
        }
        if is_answer { Ok(()) } else { Err(self.nonsense("it holds no answer")) }
    }

    fn client(&self, bounds: Bounds) -> Result<Client, ServerError> {
        // It fails only where a provider is installed already, which serves as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().user_agent(USER_AGENT).connect_timeout(CONNECT).read_timeout(bounds.silence);
        // The picture goes to the address that was named and to no other.
        let client = client.redirect(Policy::none());
        // What stays on this machine does not go by a proxy of the network.
        let client = if self.is_here() { client.no_proxy() } else { client };
        client.build().map_err(|error| ServerError::NoClient(in_a_line(&error)))
    }

    fn keyed(&self, request: RequestBuilder) -> RequestBuilder {
        match self.key() {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// The answer, where it is one; its status says so.
    async fn accepted(&self, mut response: Response, hearing: &mut Hearing<'_>) -> Result<Response, ServerError> {
        let (host, status) = (self.host(), response.status());
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            return Err(ServerError::PointsElsewhere { host, to: line_of(header(&response, LOCATION)) });
        }
        let status = status.as_u16();
        if matches!(status, 401 | 403) {
            return Err(ServerError::NotAllowed { host, status });
        }
        let body = hearing.body(&mut response).await?;
        let text = String::from_utf8_lossy(&body);
        let said = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
        Err(ServerError::Refused { host, status, said: message_of(&said) })
    }

    fn nonsense(&self, cause: &str) -> ServerError {
        ServerError::nonsense(&self.host(), cause)
    }
}

fn header(response: &Response, name: HeaderName) -> &str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn body_of(model: &str, question: &Question<'_>, alternatives: Option<u32>) -> Value {
    let picture = format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(question.picture));
    let message = |(place, turn): (usize, &Turn)| match place {
        0 => json!({ "role": "user", "content": [
            { "type": "image_url", "image_url": { "url": picture } }, { "type": "text", "text": turn.text },
        ] }),
        _ => json!({ "role": if turn.is_user { "user" } else { "assistant" }, "content": turn.text }),
    };
    let messages: Vec<Value> = question.turns.iter().enumerate().map(message).collect();
    // Servers keep it in a signed number of 32 or 64 bits.
    let seed = question.seed & u64::from(i32::MAX as u32);
    let mut body = json!({
        "model": model, "messages": messages, "stream": true, "max_tokens": question.max_new_tokens,
        "temperature": question.temperature, "top_p": question.top_p, "seed": seed,
    });
    if let Some(alternatives) = alternatives {
        body["logprobs"] = json!(true);
        body["top_logprobs"] = json!(alternatives);
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
