//! Where the hub is reached, and as whom.

use std::{env, fs, path::PathBuf};

use url::Url;

use super::HubError;

/// The hub's own host.
pub const HOST: &str = "huggingface.co";

/// Where the hub is reached, and as whom. The token is shown to that address alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Hub {
    address: Url,
    token: Option<String>,
}

impl std::fmt::Debug for Hub {
    /// Without the token, which is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("address", &self.address.as_str()).finish_non_exhaustive()
    }
}

impl Hub {
    /// The hub, or the mirror that `mirror` or else `HF_ENDPOINT` names; with the token that `HF_TOKEN` names or the hub's own
    /// programs have kept.
    pub fn usual(mirror: Option<&str>) -> Result<Self, HubError> {
        let named =
            |variable| env::var(variable).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mirror = mirror.map(str::to_owned).filter(|text| !text.trim().is_empty()).or_else(|| named("HF_ENDPOINT"));
        let address = mirror.unwrap_or_else(|| format!("https://{HOST}"));
        Self::at(&address, named("HF_TOKEN").or_else(kept_token))
    }

    /// A server that answers as the hub does.
    pub fn at(address: &str, token: Option<String>) -> Result<Self, HubError> {
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

    /// The host, for people.
    pub fn host(&self) -> &str {
        self.address.host_str().unwrap_or_default()
    }

    /// Whether it is known as whom it is asked.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
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

/// The token that the hub's own programs keep.
fn kept_token() -> Option<String> {
    let home = env::var_os("HF_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(super::shelf::cache_folder()?.join("huggingface")))?;
    let text = fs::read_to_string(home.join("token")).ok()?;
    Some(text.trim().to_owned()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_put_together_and_a_token_is_not_shown() {
        let hub = Hub::at("https://mirror.example/hub", Some("secret".to_owned())).unwrap();
        let url = hub.url(&["a/b", "resolve", "main", "1_Pooling/config.json"]);
        assert_eq!(url.as_str(), "https://mirror.example/hub/a/b/resolve/main/1_Pooling/config.json");
        assert!(!format!("{hub:?}").contains("secret") && hub.has_token());
        for wrong in ["", "mirror.example", "file:///etc", "ftp://a.example"] {
            assert!(Hub::at(wrong, None).is_err(), "{wrong}");
        }
    }
}
