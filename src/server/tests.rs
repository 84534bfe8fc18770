//! What is asked of a server, and what becomes of its answer, good or bad.

use std::{ops::ControlFlow, time::Duration};

use serde_json::{Value, json};

use super::{
    hearing::Bounds,
    stand_in::{Answer, Asked, StandIn, end, piece, plain, unsaid},
    *,
};

fn question() -> Question<'static> {
    const TURNS: &[Turn] = &[Turn { is_user: true, text: String::new() }];
    Question { turns: TURNS, picture: b"JPEG", max_new_tokens: 64, temperature: 0.0, top_p: 1.0, seed: u64::MAX }
}

fn ask(server: &Server, watch: Watch<'_>) -> Result<Said, ServerError> {
    server.answer("a-model", &question(), watch)
}

fn all(_: &str) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn name(server: &Server) -> Result<String, ServerError> {
    server.model_name(&mut all)
}

#[test]
fn a_streamed_answer_comes_with_its_probabilities_and_the_question_was_of_the_protocol() {
    let stream = vec![
        piece("Chi", &[("Chi", -0.1), ("Per", -2.5)]),
        piece("le", &[("le", -0.01)]),
        end("stop"),
        json!({ "choices": [], "usage": { "total_tokens": 9 } }).to_string(),
        "[DONE]".to_owned(),
    ];
    let local = StandIn::answering([Answer::Stream(stream)]);
    let turns = [(true, "Where?"), (false, "Chile."), (true, "Why?")];
    let turns = turns.map(|(is_user, text)| Turn { is_user, text: text.to_owned() });
    let mut pieces = Vec::new();
    let said = local.server.answer("a-model", &Question { turns: &turns, ..question() }, &mut |text| {
        pieces.extend((!text.is_empty()).then(|| text.to_owned()));
        ControlFlow::Continue(())
    });
    let said = said.unwrap();
    assert_eq!(
        (said.text.as_str(), said.finish, pieces),
        ("Chile", Finish::Stop, vec!["Chi".to_owned(), "le".to_owned()])
    );
    assert_eq!(said.tokens[0].alternatives[1], Alternative { text: "Per".to_owned(), logprob: -2.5 });
    let Asked { path, head, body } = local.take_asked().remove(0);
    assert_eq!(path, "/v1/chat/completions");
    assert!(head.to_ascii_lowercase().contains("authorization: bearer secret"), "{head}");
    assert_eq!(
        (&body["model"], &body["top_logprobs"], &body["max_tokens"], &body["seed"]),
        (&json!("a-model"), &json!(20), &json!(64), &json!(i32::MAX))
    );
    let content = &body["messages"][0]["content"];
    assert_eq!(content[0]["image_url"]["url"], json!("data:image/jpeg;base64,SlBFRw=="));
    assert_eq!(content[1]["text"], json!("Where?"));
    let later = [json!({ "role": "assistant", "content": "Chile." }), json!({ "role": "user", "content": "Why?" })];
    assert_eq!(body["messages"].as_array().unwrap()[1..], later);
}

/// llama.cpp begins with an empty piece, gives each token its number, and writes the logarithm of nothing as the lowest of
/// numbers; its last piece has no logprobs.
#[test]
fn llama_cpps_answer_is_read_and_so_is_one_in_a_single_piece() {
    let lowest = f64::from(f32::MIN);
    let first = json!({ "choices": [{ "finish_reason": null, "index": 0, "delta": { "role": "assistant", "content": null } }] });
    let own = json!({ "choices": [{ "index": 0, "delta": { "content": "Peru" }, "finish_reason": null, "logprobs": { "content": [
        { "id": 1, "token": "Peru", "bytes": b"Peru", "logprob": -0.2,
          "top_logprobs": [{ "id": 2, "token": "Chile", "bytes": b"Chile", "logprob": -1.8 },
                           { "id": 3, "token": "", "bytes": [0xc3], "logprob": lowest }] } ] } }] });
    let whole = json!({ "object": "chat.completion",
        "choices": [{ "message": { "role": "assistant", "content": "Peru" }, "finish_reason": "length" }] });
    let stream = vec![first.to_string(), own.to_string(), end("stop"), "[DONE]".to_owned()];
    let local = StandIn::answering([Answer::Stream(stream), Answer::Whole(200, whole)]);
    let said = ask(&local.server, &mut all).unwrap();
    let texts: Vec<&str> = said.tokens[0].alternatives.iter().map(|other| other.text.as_str()).collect();
    assert_eq!(texts, ["Chile", "\u{fffd}", "Peru"], "the token itself is among what could have stood there");
    assert_eq!((said.text.as_str(), said.finish), ("Peru", Finish::Stop));
    let said = ask(&local.server, &mut all).unwrap();
    assert_eq!((said.text.as_str(), said.finish, said.tokens.len()), ("Peru", Finish::Length, 0));
}

/// A probability above 1 by more than a rounding is none, and neither are those beside it.
#[test]
fn probabilities_that_cannot_be_are_not_believed() {
    let answer = |own: f64| {
        let token = json!({ "token": "Peru", "logprob": own, "top_logprobs": [{ "token": "Chile", "logprob": -1.0 }] });
        let choice = json!({ "message": { "content": "Peru" }, "logprobs": { "content": [token] } });
        Answer::Whole(200, json!({ "choices": [choice] }))
    };
    let local = StandIn::answering([answer(50.0), answer(0.001)]);
    let said = ask(&local.server, &mut all).unwrap();
    assert_eq!((said.text.as_str(), said.tokens[0].alternatives.len()), ("Peru", 0));
    let said = ask(&local.server, &mut all).unwrap();
    let logprobs: Vec<f64> = said.tokens[0].alternatives.iter().map(|other| other.logprob).collect();
    assert_eq!(logprobs, [-1.0, 0.0]);
}

#[test]
fn ollama_tells_no_probabilities_and_what_a_model_thinks_is_no_answer() {
    let thought = json!({ "choices": [{ "delta": { "content": "", "reasoning": "Andes?" }, "finish_reason": null }] });
    let local = StandIn::answering([Answer::Stream(vec![thought.to_string(), plain("Peru"), end("stop")])]);
    let said = ask(&local.server, &mut all).unwrap();
    assert_eq!((said.text.as_str(), said.tokens.len(), said.finish), ("Peru", 0, Finish::Stop));
}

#[test]
fn a_server_that_tells_fewer_probabilities_or_none_is_asked_for_fewer() {
    let refused = |status| {
        Answer::Whole(status, json!({ "error": { "message": "logprobs of 20, greater than max allowed: 5" } }))
    };
    let answer = || Answer::Stream(vec![plain("Peru"), end("stop")]);
    let local = StandIn::answering([refused(400), answer(), refused(422), refused(400), answer()]);
    for _ in 0..2 {
        assert_eq!(ask(&local.server, &mut all).unwrap().text, "Peru");
    }
    let asked = local.take_asked();
    let n: Vec<Option<u64>> = asked.iter().map(|asked| asked.body["top_logprobs"].as_u64()).collect();
    assert_eq!(n, [Some(20), Some(5), Some(20), Some(5), None]);
    assert!(asked[4].body.get("logprobs").is_none());

    let wrong = || Answer::Whole(400, json!({ "error": { "message": "the picture is too large" } }));
    let error = ask(&StandIn::answering([wrong(), wrong(), wrong()]).server, &mut all).unwrap_err();
    assert!(error.to_string().contains("the picture is too large"), "{error}");
}

#[test]
fn an_answer_is_stopped_while_it_comes_and_while_nothing_comes() {
    let one = || vec![plain("Chi")];
    let local =
        StandIn::answering([Answer::Stream(one()), Answer::StreamThenSilence(one()), Answer::Endless(": ping\n")]);
    let said = ask(&local.server, &mut |text| if text.is_empty() { all(text) } else { ControlFlow::Break(()) });
    assert_eq!(said.map(|said| (said.text, said.finish)), Ok(("Chi".to_owned(), Finish::Cancelled)));
    let mut heard = false;
    let said = ask(&local.server, &mut |text| {
        heard |= !text.is_empty();
        // Only in the silence after what was heard.
        if heard && text.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(said.map(|said| (said.text, said.finish)), Ok(("Chi".to_owned(), Finish::Cancelled)));
    let mut n_asked = 0;
    let said = ask(&local.server, &mut |_| {
        n_asked += 1;
        if n_asked > 9 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(said.map(|said| said.finish), Ok(Finish::Cancelled), "between one part and the next");
}

#[test]
fn nothing_is_waited_for_once_it_is_no_longer_wanted() {
    let silent = StandIn::answering([Answer::StreamThenSilence(Vec::new()), Answer::StreamThenSilence(Vec::new())]);
    let mut n_asked = 0;
    let mut soon = |_: &str| {
        n_asked += 1;
        if n_asked > 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let named = silent.unnamed().model_name(&mut soon);
    assert!(matches!(named, Err(ServerError::Cancelled(_))), "{named:?}");
}

#[test]
fn what_goes_wrong_is_named_in_one_line() {
    let error = |answer| ask(&StandIn::answering([answer]).server, &mut all).unwrap_err();
    let html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>";
    let nowhere = Server::with_key("http://127.0.0.1:1", None).unwrap();
    let lines = [
        (error(Answer::Whole(401, json!({}))), "KEY"),
        (
            error(Answer::Whole(404, json!({ "error": { "message": "no model\n a-model\u{1b}[2J" } }))),
            "no model a-model[",
        ),
        (error(Answer::Whole(500, json!("down"))), "down"),
        (error(Answer::Whole(200, json!({}))), "no answer"),
        (error(Answer::Whole(200, json!({ "choices": "none\n".repeat(1000) }))), "protocol"),
        (error(Answer::Stream(vec!["{".to_owned()])), "protocol"),
        (error(Answer::Stream(vec![json!({ "error": { "message": "out of memory" } }).to_string()])), "out of memory"),
        (error(Answer::Stream(vec![])), "no answer"),
        (error(Answer::Bytes(html.to_vec())), "no answer"),
        (error(Answer::Bytes(b"not HTTP at all\r\n\r\n".to_vec())), "127.0.0.1"),
        (ask(&nowhere, &mut all).unwrap_err(), "check that the server runs"),
    ];
    for (error, part) in lines {
        let line = error.to_string();
        assert!(line.contains(part) && line.contains("127.0.0.1"), "{line}");
        assert!(!line.contains(char::is_control) && line.len() < 400, "{line}");
    }
}

#[test]
fn a_picture_is_not_sent_where_a_server_points_to() {
    let other = StandIn::answering([Answer::Stream(vec![plain("Peru"), end("stop")])]);
    let head = format!("HTTP/1.1 307 X\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", other.unnamed());
    let pointing = StandIn::answering([Answer::Bytes(head.into_bytes())]);
    let error = ask(&pointing.server, &mut all).unwrap_err();
    assert!(matches!(&error, ServerError::PointsElsewhere { to, .. } if *to == other.unnamed().to_string()), "{error}");
    assert!(other.take_asked().is_empty());
}

#[test]
fn a_server_that_says_too_much_or_nothing_is_not_heard_out() {
    let short = Bounds { silence: Duration::from_secs(600), whole: Duration::from_secs(600), bytes: 1 << 16 };
    let ask = |bounds, answer| {
        let server = StandIn::answering([answer]).server;
        server.answer_within(bounds, "a-model", &question(), &mut all).unwrap_err().to_string()
    };
    assert!(ask(short, Answer::Endless(": ping\n\n")).contains("too long"));
    assert!(ask(short, Answer::Endless("data: {\"choices\": []}\n\n")).contains("too long"));
    assert!(ask(short, Answer::Whole(500, json!("down".repeat(1 << 16)))).contains("too long"));
    let impatient = Bounds { silence: Duration::from_millis(50), ..short };
    let line = ask(impatient, Answer::StreamThenSilence(vec![plain("Chi")]));
    assert!(line.contains("nothing came for too long"), "{line}");
    let hurried = Bounds { whole: Duration::ZERO, ..short };
    let line = ask(hurried, Answer::StreamThenSilence(vec![plain("Chi")]));
    assert!(line.contains("does not come to an end"), "{line}");
    let long = format!("\"{}\"", "on and on ".repeat(1 << 17));
    let answer = json!({ "choices": [{ "message": { "content": long } }] });
    assert!(ask(Bounds { bytes: 1 << 24, ..short }, Answer::Whole(200, answer)).contains("no end"));
}

#[test]
fn an_answer_that_breaks_off_is_kept_as_far_as_it_came_and_what_a_terminal_obeys_is_left_out() {
    let local = StandIn::answering([Answer::Stream(vec![plain("Chi\u{1b}]0;le\u{7}\n\tle")])]);
    let said = ask(&local.server, &mut all).unwrap();
    assert_eq!((said.text.as_str(), said.finish), ("Chi]0;le\n\tle", Finish::CutOff));
}

#[test]
fn tokens_whose_text_comes_later_or_never_are_kept_in_their_order() {
    let stream = vec![unsaid("hm"), unsaid("C"), plain("Chile"), end("stop")];
    let said = ask(&StandIn::answering([Answer::Stream(stream)]).server, &mut all).unwrap();
    let tokens: Vec<&[u8]> = said.tokens.iter().map(|token| token.bytes.as_slice()).collect();
    assert_eq!((said.text.as_str(), tokens), ("Chile", vec![&b"hm"[..], b"C"]));
}

#[test]
fn the_only_model_of_a_server_needs_no_name() {
    let offers = |names: &[&str]| {
        let models: Vec<Value> = names.iter().map(|name| json!({ "id": name })).collect();
        let local = StandIn::answering([Answer::Whole(200, json!({ "object": "list", "data": models }))]);
        name(&local.unnamed())
    };
    assert_eq!(offers(&["only"]), Ok("only".to_owned()));
    assert_eq!(offers(&["on\nly\u{1b}"]), Ok("on ly".to_owned()));
    assert!(offers(&["one", "two"]).unwrap_err().to_string().contains("2 models"));
    assert!(offers(&[]).unwrap_err().to_string().contains("no model"));
    let named = Server::with_key("http://127.0.0.1:1/v1#mine", None).unwrap();
    assert_eq!(name(&named), Ok("mine".to_owned()), "nobody is asked");
    let list = Answer::Whole(404, json!({ "detail": "Not Found" }));
    assert!(name(&StandIn::answering([list]).unnamed()).unwrap_err().to_string().contains("404"));
}
