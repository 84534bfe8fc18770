//! Why a server did not answer.

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
    /// A password stands in the address, where it would be shown and kept.
    #[error("an address may not hold a name or a password; put the key into the environment as {0}")]
    PasswordInAddress(&'static str),
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
    /// The client could not be made.
    #[error("no connection can be made on this machine ({0})")]
    NoClient(String),
}
