//! Which hub is asked, and which of the tokens there are it is shown.

use std::{collections::BTreeMap, env, fs, path::Path, path::PathBuf};

use super::{HOST, Hub, HubError, Token, token::Kept};

/// Where the token comes from that says who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFrom {
    /// `HF_TOKEN`, which whoever starts the program has set.
    Variable,
    /// The user gave it for this address.
    Kept,
    /// The hub's own programs keep it.
    Login,
}

/// Which hub is usual, and which tokens there are: everything but the tokens themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The address in `HF_ENDPOINT`, that of the usual hub where no mirror is named.
    pub endpoint: Option<String>,
    /// Whether `HF_TOKEN` is set.
    pub has_variable: bool,
    /// Whether the hub's own programs keep one.
    pub has_login: bool,
    /// The addresses for which the user gave one.
    pub kept: Vec<String>,
}

impl Access {
    /// As it is now; tokens that cannot be read count as none.
    pub fn now(home: &Path) -> Self {
        let tokens = Tokens { kept: Kept::read(home).unwrap_or_default(), ..Tokens::around().unwrap_or_default() };
        tokens.access()
    }

    /// The hub that is asked: the mirror, or else the usual one. No token goes with it.
    pub fn hub(&self, mirror: Option<&str>) -> Result<Hub, HubError> {
        let mirror = mirror.filter(|text| !text.trim().is_empty());
        let usual = || self.endpoint.clone().unwrap_or_else(|| format!("https://{HOST}"));
        Hub::at(&mirror.map_or_else(usual, str::to_owned), None)
    }

    /// Whether the user gave a token for this hub.
    pub fn keeps_for(&self, hub: &Hub) -> bool {
        self.kept.iter().any(|address| address == hub.address())
    }

    /// Where the token comes from that this hub is shown: the one that was set for this very run, else the one that was given
    /// for this address. What the hub's own programs keep is for their own hub, and no mirror gets it.
    pub fn token_for(&self, hub: &Hub) -> Option<TokenFrom> {
        let is_usual = || self.hub(None).is_ok_and(|usual| usual.address() == hub.address());
        match () {
            () if self.has_variable => Some(TokenFrom::Variable),
            () if self.keeps_for(hub) => Some(TokenFrom::Kept),
            () if self.has_login && is_usual() => Some(TokenFrom::Login),
            () => None,
        }
    }
}

/// The same with the tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    pub endpoint: Option<String>,
    pub variable: Option<Token>,
    pub login: Option<Token>,
    pub kept: Kept,
}

impl Tokens {
    /// What the variables and the hub's own programs say.
    fn around() -> Result<Self, HubError> {
        let named =
            |variable| env::var(variable).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let variable =
            named("HF_TOKEN").map(|text| Token::new(&text).ok_or(HubError::NoToken("HF_TOKEN"))).transpose()?;
        Ok(Self { endpoint: named("HF_ENDPOINT"), variable, login: login(), kept: Kept::default() })
    }

    fn access(&self) -> Access {
        Access {
            endpoint: self.endpoint.clone(),
            has_variable: self.variable.is_some(),
            has_login: self.login.is_some(),
            kept: self.kept.0.keys().cloned().collect(),
        }
    }

    /// The mirror or the usual hub, with the token that it is shown.
    pub(super) fn hub(mut self, mirror: Option<&str>) -> Result<Hub, HubError> {
        let access = self.access();
        let hub = access.hub(mirror)?;
        let token = match access.token_for(&hub) {
            Some(TokenFrom::Variable) => self.variable,
            Some(TokenFrom::Kept) => self.kept.0.remove(hub.address()),
            Some(TokenFrom::Login) => self.login,
            None => None,
        };
        Ok(hub.with_token(token))
    }
}

impl Hub {
    /// The hub, or the mirror that `mirror` or else `HF_ENDPOINT` names, with the token that is for it.
    ///
    /// # Errors
    /// Where the address is none, or a token cannot be read.
    pub fn usual(mirror: Option<&str>, home: &Path) -> Result<Self, HubError> {
        Tokens { kept: Kept::read(home)?, ..Tokens::around()? }.hub(mirror)
    }
}

/// Keeps a token for the mirror, or for the usual hub, in place of the one that was kept for it. Returns that hub.
pub fn keep_token(home: &Path, mirror: Option<&str>, token: Token) -> Result<Hub, HubError> {
    change(home, mirror, |kept, hub| {
        kept.insert(hub.address().to_owned(), token);
    })
}

/// Forgets the token that is kept for the mirror, or for the usual hub. Returns that hub.
pub fn forget_token(home: &Path, mirror: Option<&str>) -> Result<Hub, HubError> {
    change(home, mirror, |kept, hub| {
        kept.remove(hub.address());
    })
}

/// A file that is damaged is begun anew.
fn change(
    home: &Path,
    mirror: Option<&str>,
    change: impl FnOnce(&mut BTreeMap<String, Token>, &Hub),
) -> Result<Hub, HubError> {
    let hub = Access::now(home).hub(mirror)?;
    let mut kept = Kept::read(home).unwrap_or_default();
    change(&mut kept.0, &hub);
    kept.write(home)?;
    Ok(hub)
}

/// The token that the hub's own programs keep.
fn login() -> Option<Token> {
    let home = env::var_os("HF_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(super::shelf::cache_folder()?.join("huggingface")))?;
    Token::new(&fs::read_to_string(home.join("token")).ok()?)
}
