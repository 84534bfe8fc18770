//! The tokens by which a hub knows who asks: secrets, each for one address and shown to no other.
//!
//! What the user gives is kept in a file of its own, which nobody else can read; no message, log or export has it.

use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::HubError;
use crate::assets::write_secret;

/// The file of the tokens that the user gave, in the program's folder.
const NAME: &str = "hub-tokens.json";
/// No token is longer, in bytes; those of the hub have under 50.
const LONGEST: usize = 1 << 12;
/// No file of tokens is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// A secret that says who asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    /// Without what it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// A token as somebody typed or pasted it; none where it can be no token: with spaces inside, or signs beyond ASCII.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_one = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_one.then(|| Self(text.to_owned()))
    }

    /// What is shown to the server that it is for.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

/// The tokens that the user gave, by the address that each was given for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept(pub BTreeMap<String, Token>);

impl Kept {
    /// Those in the program's folder.
    ///
    /// # Errors
    /// Where the file is there and cannot be read. What is wrong with it is not said, since the words might quote it.
    pub(super) fn read(home: &Path) -> Result<Self, HubError> {
        let path = file(home);
        let mut text = String::new();
        match File::open(&path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.map_err(HubError::disk(&path))?,
        };
        let damaged = || HubError::DamagedTokens(path.clone());
        let kept: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|_quotes_it| damaged())?;
        let tokens = kept.into_iter().map(|(address, text)| Some((address, Token::new(&text)?)));
        tokens.collect::<Option<_>>().map(Self).ok_or_else(damaged)
    }

    /// Writes them; where there are none, no file is left.
    pub(super) fn write(&self, home: &Path) -> Result<(), HubError> {
        let path = file(home);
        if self.0.is_empty() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(HubError::disk(&path)(error)),
                _ => Ok(()),
            };
        }
        let secrets: BTreeMap<&str, &str> =
            self.0.iter().map(|(address, token)| (address.as_str(), token.secret())).collect();
        let text = serde_json::to_string_pretty(&secrets).unwrap_or_default();
        write_secret(&path, text.as_bytes()).map_err(HubError::disk(&path))
    }
}

fn file(home: &Path) -> PathBuf {
    home.join(NAME)
}
