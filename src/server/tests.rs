//! Against a server on this machine that speaks as vLLM and llama.cpp do, or as badly as a test wants it to.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    ops::ControlFlow,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use super::*;

/// What it answers to the next request.
enum Answer {
    /// Events of a stream.
    Stream(Vec<String>),
    /// The same, and then nothing while the connection stays open.
    StreamThenSilence(Vec<String>),
    /// This status with this body.
    Whole(u16, Value),
    /// Bytes that are no answer.
    Bytes(&'static [u8]),
}

struct Asked {
    path: String,
    head: String,
    body: Value,
}

struct Local {
    server: Server,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Local {
    fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1", listener.local_addr().unwrap());
        let (asked, mut answers) = (Arc::default(), answers.into_iter().collect::<VecDeque<_>>());
        let heard: Arc<Mutex<Vec<Asked>>> = Arc::clone(&asked);
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming().flatten() {
                let Some(question) = read(&stream) else { continue };
                heard.lock().unwrap().push(question);
                let Some(answer) = answers.pop_front() else { return };
                open.extend(respond(stream, answer));
            }
        });
        Self { server: Server::with_key(&address, Some("secret".to_owned())).unwrap(), asked }
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
    let stays = matches!(answer, Answer::StreamThenSilence(_));
    let bytes = match answer {
        Answer::Stream(events) | Answer::StreamThenSilence(events) => {
            let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{events}")
                .into_bytes()
        }
        Answer::Whole(status, body) => {
            let body = body.to_string();
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
            format!("{head}\r\nConnection: close\r\n\r\n{body}").into_bytes()
        }
        Answer::Bytes(bytes) => bytes.to_vec(),
    };
    stream.write_all(&bytes).ok()?;
    stays.then_some(stream)
}

/// A piece as vLLM streams it.
fn piece(text: &str, others: &[(&str, f64)]) -> String {
    let token =
        |&(token, logprob): &(&str, f64)| json!({ "token": token, "logprob": logprob, "bytes": token.as_bytes() });
    let content = json!([{
        "token": text, "logprob": others[0].1, "bytes": text.as_bytes(),
        "top_logprobs": others.iter().map(token).collect::<Vec<_>>(),
    }]);
    json!({ "choices": [{ "index": 0, "delta": { "content": text }, "logprobs": { "content": content }, "finish_reason": null }] })
        .to_string()
}

fn end(why: &str) -> String {
    json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": why }] }).to_string()
}

fn ask(server: &Server, watch: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<Said, ServerError> {
    let turns = [Turn { is_user: true, text: "Where?".to_owned() }];
    let question =
        Question { turns: &turns, picture: b"JPEG", max_new_tokens: 64, temperature: 0.0, top_p: 1.0, seed: 7 };
    server.answer("a-model", &question, watch)
}

fn all(_: &str) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_streamed_answer_comes_with_its_probabilities_and_the_question_was_of_the_protocol() {
    let stream = vec![
        piece("Chi", &[("Chi", -0.1), ("Per", -2.5)]),
        piece("le", &[("le", -0.01)]),
        end("stop"),
        "[DONE]".to_owned(),
    ];
    let local = Local::answering([Answer::Stream(stream)]);
    let mut pieces = Vec::new();
    let said = ask(&local.server, &mut |text| {
        pieces.extend((!text.is_empty()).then(|| text.to_owned()));
        ControlFlow::Continue(())
    });
    let said = said.unwrap();
    assert_eq!(
        (said.text.as_str(), said.finish, pieces),
        ("Chile", Finish::Stop, vec!["Chi".to_owned(), "le".to_owned()])
    );
    assert_eq!(said.tokens[0].alternatives[1], Alternative { text: "Per".to_owned(), logprob: -2.5 });
    let asked = local.asked.lock().unwrap();
    let Asked { path, head, body } = &asked[0];
    assert_eq!(path, "/v1/chat/completions");
    assert!(head.to_ascii_lowercase().contains("authorization: bearer secret"), "{head}");
    assert_eq!(
        (&body["model"], &body["top_logprobs"], &body["max_tokens"]),
        (&json!("a-model"), &json!(20), &json!(64))
    );
    let content = &body["messages"][0]["content"];
    assert_eq!(content[0]["image_url"]["url"], json!("data:image/jpeg;base64,SlBFRw=="));
    assert_eq!(content[1]["text"], json!("Where?"));
}

#[test]
fn llama_cpp_writes_probabilities_in_its_own_words_and_others_answer_in_one_piece() {
    let own = json!({ "choices": [{ "delta": { "content": "Peru" }, "finish_reason": null, "completion_probabilities": [
        { "id": 1, "token": "Peru", "logprob": -0.2, "top_logprobs": [{ "token": "Chile", "logprob": -1.8 }] } ] }] });
    let whole =
        json!({ "choices": [{ "message": { "role": "assistant", "content": "Peru" }, "finish_reason": "length" }] });
    let local = Local::answering([Answer::Stream(vec![own.to_string(), end("stop")]), Answer::Whole(200, whole)]);
    let said = ask(&local.server, &mut all).unwrap();
    let texts: Vec<&str> = said.tokens[0].alternatives.iter().map(|other| other.text.as_str()).collect();
    assert_eq!(texts, ["Chile", "Peru"], "the token itself is among what could have stood there");
    let said = ask(&local.server, &mut all).unwrap();
    assert_eq!((said.text.as_str(), said.finish, said.tokens.len()), ("Peru", Finish::Length, 0));
}

#[test]
fn a_server_that_knows_no_probabilities_is_asked_without() {
    let refused = json!({ "error": { "message": "logprobs are not supported" } });
    let local = Local::answering([
        Answer::Whole(400, refused),
        Answer::Stream(vec![json!({ "choices": [{ "delta": { "content": "Peru" } }] }).to_string(), end("stop")]),
    ]);
    assert_eq!(ask(&local.server, &mut all).unwrap().text, "Peru");
    let asked = local.asked.lock().unwrap();
    assert!(asked[0].body.get("logprobs").is_some() && asked[1].body.get("logprobs").is_none());
}

#[test]
fn an_answer_is_stopped_while_it_comes_and_while_nothing_comes() {
    let one = || vec![piece("Chi", &[("Chi", -0.1)])];
    let local = Local::answering([Answer::Stream(one()), Answer::StreamThenSilence(one())]);
    let said = ask(&local.server, &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!(said.finish, Finish::Cancelled);
    let mut heard = false;
    let said = ask(&local.server, &mut |text| {
        heard |= !text.is_empty();
        // Only in the silence after what was heard.
        if heard && text.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(said.map(|said| (said.text, said.finish)), Ok(("Chi".to_owned(), Finish::Cancelled)));
}

#[test]
fn what_goes_wrong_is_named_in_one_line() {
    let error = |answer| ask(&Local::answering([answer]).server, &mut all).unwrap_err();
    let lines = [
        error(Answer::Whole(401, json!({}))),
        error(Answer::Whole(404, json!({ "error": { "message": "no model\n a-model" } }))),
        error(Answer::Whole(500, json!("down"))),
        error(Answer::Whole(302, json!(""))),
        error(Answer::Stream(vec!["{".to_owned()])),
        error(Answer::Stream(vec![json!({ "error": { "message": "out of memory" } }).to_string()])),
        error(Answer::Bytes(b"not HTTP at all\r\n\r\n")),
        ask(&Server::with_key("http://127.0.0.1:1", None).unwrap(), &mut all).unwrap_err(),
    ];
    for (error, part) in
        lines.iter().zip(["KEY", "no model a-model", "down", "302", "protocol", "out of memory", "", "runs"])
    {
        let line = error.to_string();
        assert!(line.contains(part) && !line.contains('\n') && line.contains("127.0.0.1"), "{line}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_kept_as_far_as_it_came() {
    let local = Local::answering([Answer::Stream(vec![piece("Chi", &[("Chi", -0.1)])])]);
    let said = ask(&local.server, &mut all).unwrap();
    assert_eq!((said.text.as_str(), said.finish), ("Chi", Finish::CutOff));
}

#[test]
fn the_only_model_of_a_server_needs_no_name() {
    let offers = |names: &[&str]| {
        let models: Vec<Value> = names.iter().map(|name| json!({ "id": name })).collect();
        Local::answering([Answer::Whole(200, json!({ "object": "list", "data": models }))]).server.model_name()
    };
    assert_eq!(offers(&["only"]), Ok("only".to_owned()));
    assert!(offers(&["one", "two"]).unwrap_err().to_string().contains("2 models"));
    assert!(offers(&[]).unwrap_err().to_string().contains("no model"));
    let named = Server::with_key("http://127.0.0.1:1/v1#mine", None).unwrap();
    assert_eq!(named.model_name(), Ok("mine".to_owned()), "nobody is asked");
}
