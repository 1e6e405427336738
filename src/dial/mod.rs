//! From a URL to an open WebSocket stream: name, TCP or Unix socket, proxy, TLS, opening handshake.

mod files;
pub(crate) mod provider;
mod proxy;
mod tcp;
pub(crate) mod tls;
pub(crate) mod url;

#[cfg(test)]
mod tests;

pub use files::{BadFile, bad_files};
pub(crate) use files::{certificates, private_key};
pub(crate) use provider::provider;
pub use url::{Place, Url, parse_url};

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use self::proxy::Proxy;
use crate::handshake::answer;
use crate::handshake::request::Request;
use crate::protocol::{Bytes, Handshake};

/// A byte stream of any kind.
pub trait Io: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

/// What to connect to, and how to ask.
#[derive(Clone, Debug)]
pub struct Target {
    /// `ws://…`, `wss://…`, `ws+unix:///path.sock:/resource`.
    pub url: String,
    /// The script's headers, in order, names as written.
    pub headers: Vec<(String, String)>,
    /// Offered in this order.
    pub subprotocols: Vec<String>,
    /// Whether the server need not choose any of them.
    pub subprotocol_optional: bool,
    /// TLS.
    pub tls: Tls,
    /// A proxy URL; `None`: as [`ProxyEnvironment`] says; `Some("none")`: none.
    pub proxy: Option<String>,
    /// Host, port, address: instead of DNS.
    pub resolve: Vec<(String, u16, IpAddr)>,
    /// Bytes of a refusal's body that are read at most.
    pub body_limit: usize,
    /// When that reading ends, whatever has come by then; `None`: after a bound of its own.
    pub body_until: Option<Instant>,
}

impl Target {
    /// A URL, and nothing else asked for.
    #[must_use]
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: Vec::new(),
            subprotocols: Vec::new(),
            subprotocol_optional: false,
            tls: Tls::default(),
            proxy: None,
            resolve: Vec::new(),
            body_limit: 64 << 10,
            body_until: None,
        }
    }
}

/// How a server's certificate is checked.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// A file of PEM certificates to trust instead of the system's (absolute).
    pub cacert: Option<PathBuf>,
    /// A PEM certificate chain of ours.
    pub cert: Option<PathBuf>,
    /// Its PEM private key.
    pub key: Option<PathBuf>,
    /// Check nothing.
    pub insecure: bool,
    /// DER certificates that are trusted besides (this run's own servers).
    pub trusted: Vec<Bytes>,
}

/// `HTTP_PROXY` and its kin, as curl reads them; handed in, since only the command line reads the environment.
#[derive(Clone, Debug, Default)]
pub struct ProxyEnvironment {
    /// For `ws://`.
    pub http: Option<String>,
    /// For `wss://`.
    pub https: Option<String>,
    /// Where neither is set.
    pub all: Option<String>,
    /// Hosts that are reached directly.
    pub no: Option<String>,
}

/// What came of dialling.
pub enum Dialed {
    /// A stream that speaks WebSocket from here on.
    Opened(Opened),
    /// The server answered, but not with 101.
    Refused(Handshake),
    /// The server answered 101 in a way that does not fit the request (RFC 6455, 4.1): how, and why that is no use.
    Unfit(Handshake, Trouble),
    /// There was no (usable) answer.
    Trouble(Trouble),
}

/// An open stream.
pub struct Opened {
    /// The stream.
    pub stream: Box<dyn Io>,
    /// Bytes that came behind the handshake's answer.
    pub read_ahead: Bytes,
    /// The answer.
    pub handshake: Handshake,
}

/// Why there was no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A sentence that names the cause.
    pub reason: String,
    /// The option that would help, if one would.
    pub hint: Option<String>,
    /// Whether another attempt may go better (`@retry`).
    pub transient: bool,
}

impl Trouble {
    /// It may go better the next time.
    pub(crate) fn transient(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
            transient: true,
        }
    }

    /// It will be the same the next time.
    pub(crate) fn lasting(reason: impl Into<String>) -> Self {
        Self {
            transient: false,
            ..Self::transient(reason)
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, said of something on the way.
    fn within(mut self, what: &str) -> Self {
        self.reason = format!("{what}: {}", self.reason);
        self
    }
}

/// Opens connections.
pub trait Dial {
    /// Dials; takes as long as it takes: the caller bounds it (`@connect-timeout`).
    fn dial<'a>(&'a self, target: &'a Target) -> LocalBoxFuture<'a, Dialed>;
}

/// Does a client's opening handshake over a stream that is open already.
pub async fn shake_hands(stream: Box<dyn Io>, target: &Target) -> Dialed {
    let attempt = async {
        let url = parse_url(&target.url).map_err(Trouble::lasting)?;
        let request = Request::new(&url, target)?;
        answer::open(stream, &request, url.secure, target).await
    };
    attempt.await.unwrap_or_else(Dialed::Trouble)
}

/// Dials over the machine's network.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// The environment's proxies.
    pub proxies: Arc<ProxyEnvironment>,
}

impl Dial for Connector {
    fn dial<'a>(&'a self, target: &'a Target) -> LocalBoxFuture<'a, Dialed> {
        Box::pin(async move { self.attempt(target).await.unwrap_or_else(Dialed::Trouble) })
    }
}

impl Connector {
    async fn attempt(&self, target: &Target) -> Result<Dialed, Trouble> {
        let url = parse_url(&target.url).map_err(Trouble::lasting)?;
        let request = Request::new(&url, target)?;
        let stream = self.reach(&url, target).await?;
        answer::open(stream, &request, url.secure, target).await
    }

    async fn reach(&self, url: &Url, target: &Target) -> Result<Box<dyn Io>, Trouble> {
        let (host, port) = match &url.place {
            Place::Tcp { port: 0, .. } => {
                return Err(Trouble::lasting(
                    "port 0 is only for servers: they take a free port then",
                ));
            }
            Place::Tcp { host, port } => (host, *port),
            Place::Unix(path) => return tcp::unix(path).await,
        };
        let named = target.proxy.as_deref();
        let stream = match Proxy::choose(named, &self.proxies, url.secure, host, port)? {
            Some(proxy) => {
                proxy
                    .connect(host, port, &target.resolve, &target.tls)
                    .await?
            }
            None => tcp::connect(host, port, &target.resolve).await?,
        };
        if url.secure {
            return tls::connect(stream, host, &target.tls).await;
        }
        Ok(stream)
    }
}

/// The operating system's words for an error, as they stand in a sentence.
pub(crate) fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        // "TLS …" keeps its capitals.
        Some(first) if !letters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
