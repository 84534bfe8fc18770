//! Why a server did not answer.

/// Characters of a server's words that are shown, and that are looked at for that.
const MOST_LINE: usize = 200;
const MOST_READ: usize = 4096;

/// Why a server did not answer. As text it is one line that names the server and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// It is no address.
    #[error("'{address}' is no address of a server, such as http://127.0.0.1:8000/v1 ({cause})")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A name, a password or a question stands in the address, where it would be shown and kept.
    #[error(
        "an address may not hold '@' or '?', as a key in it would be shown; put the key into the environment as {0}"
    )]
    SecretInAddress(&'static str),
    /// The user forbids every connection.
    #[error("the network is forbidden (the globe in the window's rail allows it), so that no server is asked")]
    Forbidden,
    /// Nobody answers there.
    #[error("{host}: no answer ({cause}); check that the server runs and that the address is right")]
    Silent {
        /// The server.
        host: String,
        /// The cause, one line.
        cause: String,
    },
    /// It wants to know who asks.
    #[error("{host}: it refuses who asks ({status}); put its key into the environment as TERRASIGHT_SERVER_KEY")]
    NotAllowed {
        /// The server.
        host: String,
        /// The status.
        status: u16,
    },
    /// It does not do what was asked.
    #[error("{host}: it refuses the question ({status}): {said}")]
    Refused {
        /// The server.
        host: String,
        /// The status.
        status: u16,
        /// What it says, one line.
        said: String,
    },
    /// It wants the picture to be sent to another address, which the user has not named.
    #[error("{host}: it points to another address ({to}), to which nothing was sent; name that one if you trust it")]
    PointsElsewhere {
        /// The server.
        host: String,
        /// Where it points to, one line.
        to: String,
    },
    /// It offers no model, or several of which none was named.
    #[error("{host}: {offers}; name the model behind a '#', as in http://127.0.0.1:8000/v1#MODEL")]
    WhichModel {
        /// The server.
        host: String,
        /// What it offers.
        offers: String,
    },
    /// What it says is not of the protocol.
    #[error("{host}: its answer is not of OpenAI's protocol ({cause})")]
    Nonsense {
        /// The server.
        host: String,
        /// What is wrong.
        cause: String,
    },
    /// Nobody waits for its answer any more.
    #[error("{0}: its answer was not waited for")]
    Cancelled(String),
    /// The client could not be made.
    #[error("no connection can be made on this machine ({0})")]
    NoClient(String),
}

impl ServerError {
    pub(super) fn silent(host: &str, error: &reqwest::Error) -> Self {
        Self::Silent { host: host.to_owned(), cause: in_a_line(error) }
    }

    pub(super) fn nonsense(host: &str, cause: &str) -> Self {
        Self::Nonsense { host: host.to_owned(), cause: line_of(cause) }
    }
}

/// The innermost cause, which says the most, without the address.
pub fn in_a_line(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "nothing came for too long".to_owned() } else { line_of(&cause.to_string()) }
}

/// A server's words as one short line.
pub(super) fn line_of(text: &str) -> String {
    let line = text.chars().take(MOST_READ).collect::<String>();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(MOST_LINE).collect()
}
