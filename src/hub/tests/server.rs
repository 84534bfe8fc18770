//! A server that answers as the hub does, and as badly as a test wants it to.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use sha2::{Digest as _, Sha256};

use crate::picture::hexadecimal;

pub(super) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What goes wrong with the next answer about a file.
pub(super) enum Trouble {
    /// The line is cut after so many bytes.
    CutAfter(usize),
    /// This status instead, and this line in the head.
    Status(u16, &'static str),
    /// As many bytes, and others.
    WrongBytes,
    /// More bytes than there are.
    TooMany,
    /// All of it, whatever part was asked for.
    NoRanges,
    /// A part that begins so many bytes later than was asked for.
    PartLater(usize),
    /// So many bytes, and then silence until the server ends; it is told when that begins.
    SilentAfter(usize, SyncSender<()>),
    /// It points to another server.
    Elsewhere(String),
}

/// A request, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub path: String,
    pub range: Option<String>,
    pub token: Option<String>,
}

#[derive(Default)]
struct Inside {
    files: BTreeMap<String, Vec<u8>>,
    small: Vec<String>,
    troubles: BTreeMap<String, VecDeque<Trouble>>,
    asked: Vec<Asked>,
}

/// The server; it ends with the test.
pub(super) struct Server {
    pub address: String,
    inside: Arc<Mutex<Inside>>,
}

impl Server {
    /// One whose repository `org/model` has these files; those that are JSON are no large ones, so that no SHA-256 is listed.
    pub fn start(files: &[(&str, Vec<u8>)]) -> Self {
        let inside = Inside {
            files: files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect(),
            small: files.iter().map(|(path, _)| (*path).to_owned()).filter(|path| path.ends_with(".json")).collect(),
            ..Inside::default()
        };
        let inside = Arc::new(Mutex::new(inside));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&inside);
        beside(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                beside(move || answer(stream, &shared));
            }
        });
        Self { address, inside }
    }

    /// The next answers about this path go wrong in these ways, one after another.
    pub fn trouble(&self, path: &str, troubles: impl IntoIterator<Item = Trouble>) {
        self.inside.lock().unwrap().troubles.entry(path.to_owned()).or_default().extend(troubles);
    }

    /// The same, with silence after so many bytes; what comes back hears when it begins.
    pub fn silent_after(&self, path: &str, bytes: usize) -> Receiver<()> {
        let (begins, hears) = sync_channel(1);
        self.trouble(path, [Trouble::SilentAfter(bytes, begins)]);
        hears
    }

    /// What was asked for a file.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let inside = self.inside.lock().unwrap();
        inside.asked.iter().filter(|asked| asked.path.ends_with(path)).cloned().collect()
    }
}

/// Does something on a thread of its own, which ends with the test.
fn beside(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name("terrasight-test-hub".to_owned()).spawn(work).unwrap();
}

fn answer(mut stream: TcpStream, inside: &Mutex<Inside>) {
    let Some(asked) = read_request(&stream) else { return };
    let (bytes, trouble) = {
        let mut inside = inside.lock().unwrap();
        inside.asked.push(asked.clone());
        let bytes = content(&inside, &asked.path);
        let key = inside.troubles.keys().find(|key| asked.path.ends_with(key.as_str())).cloned();
        let trouble = key.and_then(|key| inside.troubles.get_mut(&key)?.pop_front());
        (bytes, trouble)
    };
    let Some(mut bytes) = bytes else { return respond(&mut stream, 404, "", b"", 0) };
    let from = asked.range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let from: usize = if matches!(trouble, Some(Trouble::NoRanges)) { 0 } else { from.unwrap_or(0) };
    let whole = bytes.len();
    if from > whole {
        return respond(&mut stream, 416, "", b"", 0);
    }
    let range = format!("Content-Range: bytes {from}-{}/{whole}", whole.saturating_sub(1));
    let (status, head) = if from > 0 { (206, range.as_str()) } else { (200, "") };
    let rest = whole - from;
    match trouble {
        None | Some(Trouble::NoRanges) => respond(&mut stream, status, head, &bytes[from..], rest),
        Some(Trouble::CutAfter(n)) => respond(&mut stream, status, head, &bytes[from..][..n.min(rest)], rest),
        Some(Trouble::Status(status, head)) => respond(&mut stream, status, head, b"", 0),
        Some(Trouble::WrongBytes) => {
            bytes.iter_mut().for_each(|byte| *byte ^= 1);
            respond(&mut stream, status, head, &bytes[from..], rest);
        }
        Some(Trouble::TooMany) => {
            bytes.extend_from_slice(b"and more");
            respond(&mut stream, status, head, &bytes[from..], rest + 8);
        }
        Some(Trouble::PartLater(n)) => {
            let range = format!("Content-Range: bytes {}-{}/{whole}", from + n, whole.saturating_sub(1));
            respond(&mut stream, 206, &range, &bytes[from + n..], rest - n);
        }
        Some(Trouble::SilentAfter(n, begins)) => {
            respond(&mut stream, status, head, &bytes[from..][..n.min(rest)], rest);
            let _nobody_listens = begins.send(());
            let _ends_with_the_other_side = stream.read(&mut [0]);
        }
        Some(Trouble::Elsewhere(address)) => {
            let place = format!("Location: {address}{}", asked.path);
            respond(&mut stream, 302, &place, b"", 0);
        }
    }
}

fn read_request(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut asked = Asked { path: first.split(' ').nth(1)?.to_owned(), range: None, token: None };
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "range" => asked.range = Some(value.to_owned()),
            "authorization" => asked.token = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(asked)
}

/// The answer to a path: a list, or a file.
fn content(inside: &Inside, path: &str) -> Option<Vec<u8>> {
    let plain = path.split('?').next()?;
    if plain == "/api/models/org/model/revision/main" {
        return Some(format!(r#"{{"sha": "{COMMIT}"}}"#).into_bytes());
    }
    if plain == format!("/api/models/org/model/tree/{COMMIT}") {
        let line = |(path, bytes): (&String, &Vec<u8>)| {
            let sum = hexadecimal(&Sha256::digest(bytes));
            let size = bytes.len();
            let stored = format!(r#", "lfs": {{"oid": "{sum}", "size": {size}}}"#);
            let stored = if inside.small.contains(path) { "" } else { &stored };
            format!(r#"{{"type": "file", "oid": "0", "path": "{path}", "size": {size}{stored}}}"#)
        };
        return Some(format!("[{}]", inside.files.iter().map(line).collect::<Vec<_>>().join(", ")).into_bytes());
    }
    inside.files.get(plain.strip_prefix(&format!("/org/model/resolve/{COMMIT}/"))?).cloned()
}

fn respond(stream: &mut TcpStream, status: u16, head: &str, bytes: &[u8], length: usize) {
    let head = if head.is_empty() { String::new() } else { format!("{head}\r\n") };
    let text = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\nConnection: close\r\n{head}\r\n");
    // The other side may have left, which is a test's affair.
    let _left = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(bytes)).and_then(|()| stream.flush());
}
