//! Where a server is reached, which of its models is meant, and as whom it is asked.

use std::fmt;

use url::{Host, Url};

use super::ServerError;

/// Whose value is shown to the server, where it wants to know who asks.
const KEY: &str = "TERRASIGHT_SERVER_KEY";

/// A server. As text it is its address as the user may write it again, without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Ends with a slash.
    address: Url,
    model: Option<String>,
    key: Option<String>,
}

impl Server {
    /// The server at an address such as `http://127.0.0.1:8000/v1`; a name behind `#` is that of one of its models. It is asked
    /// as whom the environment names (`TERRASIGHT_SERVER_KEY`).
    ///
    /// # Errors
    /// What is no address of a server, or holds a password.
    pub fn at(address: &str) -> Result<Self, ServerError> {
        let key = std::env::var(KEY).ok().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        Self::with_key(address, key)
    }

    /// The same, with a key that is given.
    pub(crate) fn with_key(text: &str, key: Option<String>) -> Result<Self, ServerError> {
        let (address, model) = text.trim().split_once('#').unwrap_or((text.trim(), ""));
        // It would be shown and kept; so it is not even repeated.
        if address.contains(['@', '?']) {
            return Err(ServerError::SecretInAddress(KEY));
        }
        let wrong = |cause: &str| ServerError::Address { address: address.to_owned(), cause: cause.to_owned() };
        let mut url = Url::parse(address).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("it begins with http:// or https://"));
        }
        let model = Some(model.trim().to_owned()).filter(|name| !name.is_empty());
        let path = match url.path().trim_end_matches('/') {
            // Every server of this protocol has it there.
            "" => "/v1/".to_owned(),
            path => format!("{path}/"),
        };
        url.set_path(&path);
        Ok(Self { address: url, model, key })
    }

    /// Whether a text is meant as the address of a server, and not as a folder.
    pub fn is_address(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// The host and its port, for people: where the picture goes.
    pub fn host(&self) -> String {
        let host = self.address.host_str().unwrap_or_default();
        self.address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The model that the address names.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Whether it is this machine, by its address.
    pub fn is_here(&self) -> bool {
        match self.address.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            // Where no address is specified, it is one of this machine's own.
            Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback() || address.is_unspecified(),
            None => false,
        }
    }

    /// Whether others on the way can read what is sent.
    pub fn is_open(&self) -> bool {
        self.address.scheme() == "http" && !self.is_here()
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// `part` below the address.
    pub(super) fn url(&self, part: &str) -> Result<Url, ServerError> {
        let wrong =
            |error: url::ParseError| ServerError::Address { address: self.to_string(), cause: error.to_string() };
        self.address.join(part).map_err(wrong)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.address.as_str().trim_end_matches('/'))?;
        self.model.iter().try_for_each(|model| write!(f, "#{model}"))
    }
}

impl fmt::Debug for Server {
    /// Without the key, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Result<Server, ServerError> {
        Server::with_key(address, Some("secret".to_owned()))
    }

    #[test]
    fn an_address_is_written_in_many_ways_and_names_a_model() {
        for address in ["http://10.0.0.7:8000", "http://10.0.0.7:8000/v1", " http://10.0.0.7:8000/v1/ "] {
            let server = at(address).unwrap();
            assert_eq!(server.url("chat/completions").unwrap().as_str(), "http://10.0.0.7:8000/v1/chat/completions");
            assert_eq!((server.host().as_str(), server.model()), ("10.0.0.7:8000", None));
        }
        let named = at("https://gpu.example/openai/v1#Qwen/Qwen2.5-VL-7B").unwrap();
        assert_eq!((named.model(), named.host().as_str()), (Some("Qwen/Qwen2.5-VL-7B"), "gpu.example"));
        assert_eq!(named.to_string(), "https://gpu.example/openai/v1#Qwen/Qwen2.5-VL-7B");
        assert_eq!(at(&named.to_string()).unwrap(), named, "what is written is read again");
        assert_eq!(at("http://10.0.0.7#my model: \"a\"").unwrap().model(), Some("my model: \"a\""));
        assert!(!format!("{named:?}").contains("secret"));
    }

    #[test]
    fn what_others_can_read_on_the_way_is_known() {
        let kind = |address: &str| at(address).map(|server| (server.is_here(), server.is_open())).unwrap();
        assert_eq!(kind("http://localhost:11434/v1"), (true, false));
        for here in ["http://[::1]:8000", "http://127.3.2.1", "http://0.0.0.0:11434", "http://[::ffff:127.0.0.1]"] {
            assert_eq!(kind(here), (true, false), "{here}");
        }
        assert_eq!(kind("http://192.168.1.4:8000"), (false, true));
        assert_eq!(kind("http://localhost.gpu.example"), (false, true));
        assert_eq!(kind("https://gpu.example"), (false, false));
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_is_not_repeated() {
        for wrong in ["", "gpu.example:8000", "ftp://gpu.example", "/models/globe", "http://"] {
            assert!(matches!(at(wrong), Err(ServerError::Address { .. })), "{wrong}");
        }
        for secret in ["https://ann:hunter2@gpu.example", "https://ann:hunter2@", "https://gpu.example/v1?key=hunter2"]
        {
            let error = at(secret).unwrap_err().to_string();
            assert!(error.contains("TERRASIGHT_SERVER_KEY") && !error.contains("hunter2"), "{error}");
        }
    }
}
