//! For tests: a server on this machine that speaks as vLLM, llama.cpp and Ollama do, or as badly as a test wants it to.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use super::Server;

/// What it answers to the next request.
pub enum Answer {
    /// Events of a stream.
    Stream(Vec<String>),
    /// The same, and then nothing while the connection stays open.
    StreamThenSilence(Vec<String>),
    /// This line again and again, for as long as somebody listens.
    Endless(&'static str),
    /// This status with this body.
    Whole(u16, Value),
    /// Bytes that may be no answer.
    Bytes(Vec<u8>),
}

/// What it was asked.
pub struct Asked {
    pub path: String,
    pub head: String,
    pub body: Value,
}

pub struct StandIn {
    pub server: Server,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl StandIn {
    /// Answers so many requests, one after another, and then none.
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1#a-model", listener.local_addr().unwrap());
        let (asked, mut answers) = (Arc::default(), answers.into_iter().collect::<VecDeque<_>>());
        let heard: Arc<Mutex<Vec<Asked>>> = Arc::clone(&asked);
        let serving = move || {
            let mut open = Vec::new();
            for stream in listener.incoming().flatten() {
                let Some(question) = read(&stream) else { continue };
                heard.lock().unwrap().push(question);
                let Some(answer) = answers.pop_front() else { return };
                open.extend(respond(stream, answer));
            }
        };
        thread::Builder::new().name("stand-in".to_owned()).spawn(serving).unwrap();
        Self { server: Server::with_key(&address, Some("secret".to_owned())).unwrap(), asked }
    }

    /// The same server, none of whose models is named.
    pub fn unnamed(&self) -> Server {
        let address = self.server.to_string();
        Server::with_key(address.split('#').next().unwrap(), None).unwrap()
    }

    /// What it was asked since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut bytes) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&n| n > 0)?;
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            bytes = length.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; bytes];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    Some(Asked { path, head, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// The connection comes back where it stays open.
fn respond(mut stream: TcpStream, answer: Answer) -> Option<TcpStream> {
    const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    let stays = matches!(answer, Answer::StreamThenSilence(_));
    let bytes = match answer {
        Answer::Stream(events) | Answer::StreamThenSilence(events) => {
            let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
            format!("{EVENTS}{events}").into_bytes()
        }
        Answer::Endless(line) => {
            stream.write_all(EVENTS.as_bytes()).ok()?;
            while stream.write_all(line.as_bytes()).is_ok() {}
            return None;
        }
        Answer::Whole(status, body) => {
            let body = body.to_string();
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
            format!("{head}\r\nConnection: close\r\n\r\n{body}").into_bytes()
        }
        Answer::Bytes(bytes) => bytes,
    };
    stream.write_all(&bytes).ok()?;
    stays.then_some(stream)
}

/// A token with what could have stood there, as vLLM writes it; llama.cpp adds its number in the vocabulary.
fn token(text: &str, others: &[(&str, f64)]) -> Value {
    let other =
        |&(token, logprob): &(&str, f64)| json!({ "token": token, "logprob": logprob, "bytes": token.as_bytes() });
    json!({
        "token": text, "logprob": others[0].1, "bytes": text.as_bytes(),
        "top_logprobs": others.iter().map(other).collect::<Vec<_>>(),
    })
}

fn chunk(delta: &Value, logprobs: &Value, finish: Option<&str>) -> String {
    let choice = json!({ "index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish });
    json!({ "id": "c", "object": "chat.completion.chunk", "model": "a-model", "choices": [choice] }).to_string()
}

/// A piece of a stream with its probabilities; the first of `others` is what was said.
pub fn piece(text: &str, others: &[(&str, f64)]) -> String {
    chunk(&json!({ "content": text }), &json!({ "content": [token(text, others)] }), None)
}

/// A piece of a stream without them.
pub fn plain(text: &str) -> String {
    chunk(&json!({ "role": "assistant", "content": text }), &Value::Null, None)
}

/// A token that is told while its text is not yet, or never, said.
pub fn unsaid(text: &str) -> String {
    chunk(&json!({ "content": null }), &json!({ "content": [token(text, &[(text, -0.1)])] }), None)
}

/// The end of a stream.
pub fn end(why: &str) -> String {
    chunk(&json!({}), &Value::Null, Some(why))
}

/// An answer in the paper's form that names Chile, with Peru as the other country that could have stood there.
pub fn chile() -> Vec<String> {
    vec![
        piece("{'country': '", &[("{'country': '", -0.01)]),
        piece("Chile", &[("Chile", -0.2), ("Peru", -2.0)]),
        piece(
            "', 'city': 'Arica', 'reasons': 'Dry hills.'}",
            &[("', 'city': 'Arica', 'reasons': 'Dry hills.'}", -0.1)],
        ),
        end("stop"),
        "[DONE]".to_owned(),
    ]
}
