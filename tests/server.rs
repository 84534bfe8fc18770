//! The built program with a server in the model's place: what is said of it, in every format, and that nothing goes elsewhere.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};

/// What llama.cpp's server would stream.
fn answer() -> String {
    let token = |text: &str, logprob: f64| json!({ "token": text, "bytes": text.as_bytes(), "logprob": logprob });
    let piece = |text: &str, others: &[Value]| {
        // What a terminal obeys is in the text alone.
        let mut token = token(&text.replace("\u{1b}", ""), -0.1);
        token["top_logprobs"] = json!(others);
        json!({ "choices": [{ "index": 0, "delta": { "content": text }, "logprobs": { "content": [token] }, "finish_reason": null }] })
    };
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let events = [
        piece("{'country': '", &[]),
        piece("Chile", &[token("Chile", -0.1), token("Peru", -2.5)]),
        piece("', 'city': 'Arica', 'reasons': 'Dry \u{1b}[2Jhills.'}", &[]),
        end,
    ];
    events.iter().map(|event| format!("data: {event}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}

/// Listens at an address of this machine.
fn listening() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let host = listener.local_addr().expect("it is bound").to_string();
    (listener, host)
}

/// Answers one question; gives its head.
fn serving(listener: TcpListener) -> JoinHandle<String> {
    let serve = move || {
        let (stream, _) = listener.accept().expect("the program asks");
        let head = head_of(&stream);
        let reply =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{}", answer());
        (&stream).write_all(reply.as_bytes()).expect("the program listens");
        head
    };
    thread::Builder::new().name("server".to_owned()).spawn(serve).expect("a thread can be started")
}

/// The head of a request, after which its body was read.
fn head_of(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut bytes) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let start = head.len();
        reader.read_line(&mut head).expect("a line comes");
        if let Some(length) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            bytes = length.trim().parse().expect("a number");
        }
    }
    std::io::copy(&mut reader.take(bytes), &mut std::io::sink()).expect("the body comes");
    head
}

fn home() -> &'static Path {
    Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/server-home"))
}

fn picture() -> &'static str {
    concat!(env!("CARGO_TARGET_TMPDIR"), "/server-street.jpg")
}

fn locate(host: &str, more: &[&str], proxy: Option<&str>) -> Output {
    let sample = terrasight::assets::samples().first().expect("samples are shipped");
    fs::write(picture(), sample.bytes).expect("the picture can be written");
    let address = format!("http://{host}/v1#qwen");
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrasight"));
    command.args(["locate", picture(), "--device", "cpu", "--no-signs", "--model", &address]).args(more);
    command.env("TERRASIGHT_HOME", home()).env("TERRASIGHT_SERVER_KEY", "hunter2").stdin(Stdio::null());
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        command.env_remove(variable);
        command.envs(proxy.map(|proxy| (variable, format!("http://{proxy}"))));
    }
    command.output().expect("the program can be run")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes UTF-8")
}

#[test]
fn every_format_says_which_server_answered_and_no_proxy_hears_of_a_server_on_this_machine() {
    // Nobody listens there any more: whatever goes to the proxy fails.
    let (_, proxy_host) = listening();
    for format in ["json", "text", "geojson", "kml", "csv"] {
        let (listener, host) = listening();
        let served = serving(listener);
        let output = locate(&host, &["--format", format], Some(&proxy_host));
        let (written, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), said), (Some(0), ""));
        assert!(served.join().expect("it was asked").to_ascii_lowercase().contains("authorization: bearer hunter2"));
        // In a table it is the problems that say so.
        let mark = if format == "csv" { format!("sent to {host}") } else { format!("qwen at {host}") };
        assert!(written.contains(&mark), "{format}: {written}");
        assert!(!written.contains("hunter2") && !written.contains('\u{1b}'), "{format}: {written}");
        if format == "json" {
            let found: Value = serde_json::from_str(written).expect("it is JSON");
            let problems = found[0]["problems"].to_string();
            assert!(problems.contains(&format!("The picture was sent to {host}, whose model answered.")), "{problems}");
            assert!(!problems.contains("no probabilities"), "{problems}");
            assert_eq!(found[0]["model"]["device"], json!(format!("the server http://{host}/v1#qwen")));
            assert_eq!(
                (&found[0]["probability_kind"], &found[0]["candidates"][0]["city"]),
                (&json!("raw"), &json!("Arica"))
            );
        }
    }
    let log = fs::read_to_string(home().join("logs/terrasight.log")).unwrap_or_default();
    assert!(!log.contains("hunter2"));
}

#[test]
fn a_server_that_is_not_there_or_is_no_use_is_one_line() {
    let line = |output: Output| {
        let said = text(&output.stderr).to_owned();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        said
    };
    let (listener, host) = listening();
    drop(listener);
    assert!(line(locate(&host, &[], None)).contains("check that the server runs"));
    let generate = ["generate", "--prompt", "Hello", "--model", &format!("http://{host}/v1")];
    let output = Command::new(env!("CARGO_BIN_EXE_terrasight")).args(generate).env("TERRASIGHT_HOME", home()).output();
    assert!(line(output.expect("the program can be run")).contains("name a model of this machine"));
}
