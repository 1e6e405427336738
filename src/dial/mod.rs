//! A byte stream to an endpoint: names, TCP, Unix sockets, proxies, TLS. Knows no protocol that is spoken over it, but
//! that a proxy is asked in HTTP.

mod answer;
mod crypto;
mod files;
mod pem;
mod proxy;
mod reach;
mod tcp;
mod tls;

#[cfg(test)]
mod tests;

pub(crate) use answer::final_head;
pub(crate) use crypto::{provider, random};
pub use files::{BadFile, bad_files};
pub(crate) use pem::{certificates, private_key};
pub use proxy::ProxyEnvironment;
pub use reach::{Reach, UnixSockets};
use tls::explain_tls_failure;
pub use tls::{Tls, TlsSetups};

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use self::proxy::ProxyServer;
use crate::protocol::{Address, ConnectError, Url};

/// A byte stream of any kind.
pub trait Io: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

/// What to connect to, and on which way.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Where it is.
    pub address: Address,
    /// Whether TLS is spoken with it.
    pub secure: bool,
    /// The way to it.
    pub route: Route,
}

impl Endpoint {
    /// The one that a URL names.
    #[must_use]
    pub fn of(url: &Url, route: Route) -> Self {
        Self {
            address: url.address.clone(),
            secure: url.secure,
            route,
        }
    }
}

/// The way to an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// How TLS is spoken, with the endpoint and with a proxy.
    pub tls: Tls,
    /// Through which proxy.
    pub proxy: ProxyChoice,
    /// Host, port, address: instead of DNS.
    pub resolve: Vec<(String, u16, IpAddr)>,
    /// What may be reached.
    pub reach: Reach,
}

/// Which proxy a connection goes through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// The one that [`ProxyEnvironment`] names, if it names one.
    #[default]
    Environment,
    /// None.
    Direct,
    /// The one with this URL.
    Through(String),
}

/// Opens connections.
pub trait Dial {
    /// Dials; takes as long as it takes: the caller bounds it (`@connect-timeout`).
    fn dial<'a>(
        &'a self,
        endpoint: &'a Endpoint,
    ) -> LocalBoxFuture<'a, Result<Box<dyn Io>, ConnectError>>;
}

/// Dials over the machine's network.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// The environment's proxies.
    pub proxies: Arc<ProxyEnvironment>,
    /// How TLS was set up before.
    pub setups: TlsSetups,
}

impl Dial for Connector {
    fn dial<'a>(
        &'a self,
        endpoint: &'a Endpoint,
    ) -> LocalBoxFuture<'a, Result<Box<dyn Io>, ConnectError>> {
        Box::pin(self.connect(endpoint))
    }
}

impl Connector {
    async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Io>, ConnectError> {
        let Endpoint {
            address,
            secure,
            route,
        } = endpoint;
        let (host, port) = match address {
            Address::Tcp { port: 0, .. } => {
                return Err(ConnectError::permanent(
                    "port 0 is only for servers: they take a free port then",
                ));
            }
            Address::Tcp { host, port } => (host, *port),
            Address::Unix(path) => return tcp::unix(&route.reach.socket(path)?).await,
        };
        route.reach.host(host)?;
        let stream = match ProxyServer::choose(&route.proxy, &self.proxies, *secure, host, port)? {
            Some(proxy) => proxy.connect(host, port, route, &self.setups).await?,
            None => tcp::connect(host, port, &route.resolve, &route.reach).await?,
        };
        if *secure {
            return tls::connect(stream, host, &route.tls, &self.setups).await;
        }
        Ok(stream)
    }
}

/// The operating system's words for an error, as they stand in a sentence.
pub(crate) fn io_reason(error: &std::io::Error) -> String {
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
