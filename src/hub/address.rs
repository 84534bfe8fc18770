//! Where the hub is reached, and as whom.

use url::Url;

use super::{HubError, Token};

/// The hub's own host.
pub const HOST: &str = "huggingface.co";

/// A hub, by its address and as whom it is asked. The token is shown to that address alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Hub {
    address: Url,
    token: Option<Token>,
}

impl std::fmt::Debug for Hub {
    /// Without the token, which is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("address", &self.address.as_str()).finish_non_exhaustive()
    }
}

impl Hub {
    /// A server that answers as the hub does.
    pub fn at(address: &str, token: Option<Token>) -> Result<Self, HubError> {
        let wrong = |cause: String| HubError::Nonsense { what: address.to_owned(), cause };
        let mut url = Url::parse(address.trim()).map_err(|error| wrong(error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(wrong("an address begins with https://".to_owned()));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self { address: url, token })
    }

    /// The same, as this token's owner.
    pub(super) fn with_token(self, token: Option<Token>) -> Self {
        Self { token, ..self }
    }

    /// The address, as it is kept.
    pub fn address(&self) -> &str {
        self.address.as_str()
    }

    /// Whether what is sent there can be read by others on the way.
    pub fn is_open(&self) -> bool {
        self.address.scheme() == "http"
    }

    /// The host, for people.
    pub fn host(&self) -> &str {
        self.address.host_str().unwrap_or_default()
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Token::secret)
    }

    /// `parts` below the address, each of them one or several steps of the path.
    pub(super) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.address.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts.iter().flat_map(|part| part.split('/')));
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_put_together_and_a_token_is_not_shown() {
        let hub = Hub::at("https://mirror.example/hub", Token::new("secret")).unwrap();
        let url = hub.url(&["a/b", "resolve", "main", "1_Pooling/config.json"]);
        assert_eq!(url.as_str(), "https://mirror.example/hub/a/b/resolve/main/1_Pooling/config.json");
        assert!(!format!("{hub:?}").contains("secret") && hub.token() == Some("secret"));
        assert!(!hub.is_open() && Hub::at("http://mirror.example", None).unwrap().is_open());
        for wrong in ["", "mirror.example", "file:///etc", "ftp://a.example"] {
            assert!(Hub::at(wrong, None).is_err(), "{wrong}");
        }
    }
}
