//! Which proxy, and through it: HTTP CONNECT and SOCKS 5. Knows no WebSocket.

use std::net::IpAddr;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio_socks::tcp::Socks5Stream;
use tokio_socks::{Error as SocksError, TargetAddr};

use super::{Io, ProxyChoice, Reach, Route, io_reason};
use super::{tcp, tls};
use crate::handshake::{HeadError, basic_credentials, read_response_head};
use crate::protocol::{Authority, ConnectError, bracketed};

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

/// A proxy that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProxyServer {
    scheme: ProxyScheme,
    host: String,
    port: u16,
    credentials: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProxyScheme {
    Http,
    /// HTTP over TLS.
    Https,
    /// Names are resolved here.
    Socks5,
    /// Names are left to the proxy.
    Socks5h,
}

impl ProxyServer {
    /// The proxy that the document names or, where it names none, the environment.
    pub(super) fn choose(
        choice: &ProxyChoice,
        environment: &ProxyEnvironment,
        secure: bool,
        host: &str,
        port: u16,
    ) -> Result<Option<Self>, ConnectError> {
        let exempt = || is_exempt(environment.no.as_deref().unwrap_or_default(), host, port);
        let url = match choice {
            ProxyChoice::Direct => None,
            ProxyChoice::Through(url) => Some(url.as_str()),
            ProxyChoice::Environment if exempt() => None,
            ProxyChoice::Environment => environment.url(secure),
        };
        url.map(Self::parse).transpose()
    }

    fn parse(url: &str) -> Result<Self, ConnectError> {
        let (written, rest) = url.split_once("://").unwrap_or(("http", url));
        let scheme = match written.to_ascii_lowercase().as_str() {
            "http" => ProxyScheme::Http,
            "https" => ProxyScheme::Https,
            "socks5" => ProxyScheme::Socks5,
            "socks5h" => ProxyScheme::Socks5h,
            _ => {
                return Err(ConnectError::permanent(format!(
                    "`{written}` is not a supported proxy scheme"
                ))
                .hint("write http://, https://, socks5:// or socks5h://"));
            }
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // The URL may hold a password: it is not repeated.
        let authority = Authority::parse(authority).map_err(|message| {
            ConnectError::permanent(format!("the proxy's URL is wrong: {message}"))
        })?;
        // curl's defaults.
        let port = if scheme == ProxyScheme::Https {
            443
        } else {
            1080
        };
        Ok(Self {
            scheme,
            host: authority.host,
            port: authority.port.unwrap_or(port),
            credentials: authority.credentials,
        })
    }

    /// A stream to `host:port` through the proxy.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        route: &Route,
        setups: &tls::TlsSetups,
    ) -> Result<Box<dyn Io>, ConnectError> {
        let Route {
            tls: trust,
            proxy,
            resolve,
            reach,
        } = route;
        // What the environment names is the user's own choice.
        let named = Reach {
            addresses: match (proxy, self.host.parse()) {
                (ProxyChoice::Environment, Ok(address)) => vec![address],
                _ => reach.addresses.clone(),
            },
            ..Reach::default()
        };
        let stream = tcp::connect(&self.host, self.port, resolve, &named)
            .await
            .map_err(|error| error.within(&format!("the proxy {self}")))?;
        match self.scheme {
            ProxyScheme::Http => self.tunnel(stream, host, port).await,
            ProxyScheme::Https => {
                let stream = tls::connect(stream, &self.host, trust, setups)
                    .await
                    .map_err(|error| error.within(&format!("the proxy {self}")))?;
                self.tunnel(stream, host, port).await
            }
            ProxyScheme::Socks5 => {
                let address = match host.parse::<IpAddr>() {
                    Ok(address) => (address, port).into(),
                    Err(_) => tcp::addresses(host, port, resolve, reach)
                        .await?
                        .into_iter()
                        .next()
                        .ok_or_else(|| {
                            ConnectError::transient(format!("the name {host} has no address"))
                        })?,
                };
                self.socks(stream, TargetAddr::Ip(address)).await
            }
            ProxyScheme::Socks5h => {
                let place = match host.parse::<IpAddr>() {
                    Ok(address) => TargetAddr::Ip((address, port).into()),
                    Err(_) => TargetAddr::Domain(host.into(), port),
                };
                self.socks(stream, place).await
            }
        }
    }

    /// CONNECT (RFC 9110, 9.3.6).
    async fn tunnel(
        &self,
        mut stream: Box<dyn Io>,
        host: &str,
        port: u16,
    ) -> Result<Box<dyn Io>, ConnectError> {
        let place = format!("{}:{port}", bracketed(host));
        let credentials = match &self.credentials {
            Some(credentials) => format!(
                "Proxy-Authorization: {}\r\n",
                basic_credentials(credentials)
            ),
            None => String::new(),
        };
        let request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{credentials}\r\n");
        // As for a server: the answer says more than a failure to write.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.flush().await;
        let mut buffer = BytesMut::new();
        let head = match read_response_head(&mut *stream, &mut buffer).await {
            Ok(head) => head,
            Err(error) => return Err(self.no_answer(&error)),
        };
        match head.status {
            // The server speaks second, in TLS and in HTTP.
            200..=299 if buffer.is_empty() => Ok(stream),
            200..=299 => Err(ConnectError::permanent(format!(
                "the proxy {self} sent something behind its answer before the server could"
            ))),
            status => Err(self.refusal(status, &head.reason)),
        }
    }

    fn refusal(&self, status: u16, reason: &str) -> ConnectError {
        let told = format!(
            "the proxy {self} refused the tunnel: {status} {}",
            reason.escape_debug()
        );
        match status {
            407 => ConnectError::permanent(told.trim_end())
                .hint("name a user: @proxy http://{{USER}}:{{PASSWORD}}@HOST:PORT"),
            502..=504 => ConnectError::transient(told.trim_end()),
            _ => ConnectError::permanent(told.trim_end()),
        }
    }

    fn no_answer(&self, error: &HeadError) -> ConnectError {
        match error {
            HeadError::Ended => ConnectError::transient(format!(
                "the proxy {self} closed the connection without an answer"
            )),
            HeadError::Failed(error) => {
                ConnectError::transient(format!("the proxy {self} failed: {}", io_reason(error)))
            }
            HeadError::Malformed(why) | HeadError::TooLong(why) => ConnectError::permanent(
                format!("the answer of the proxy {self} is not valid HTTP: {why}"),
            )
            .hint("if it speaks SOCKS, write socks5:// or socks5h://"),
        }
    }

    async fn socks(
        &self,
        stream: Box<dyn Io>,
        place: TargetAddr<'_>,
    ) -> Result<Box<dyn Io>, ConnectError> {
        let connected = match &self.credentials {
            Some(credentials) => {
                let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
                Socks5Stream::connect_with_password_and_socket(stream, place, user, password).await
            }
            None => Socks5Stream::connect_with_socket(stream, place).await,
        };
        match connected {
            Ok(stream) => Ok(stream.into_inner()),
            Err(error) => Err(self.socks_error(&error)),
        }
    }

    fn socks_error(&self, error: &SocksError) -> ConnectError {
        let cause = match error {
            SocksError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                "it closed the connection".to_owned()
            }
            SocksError::Io(error) => io_reason(error),
            other => io_reason(&std::io::Error::other(other.to_string())),
        };
        let told = format!("the proxy {self} could not connect: {cause}");
        match error {
            SocksError::PasswordAuthFailure(_)
            | SocksError::NoAcceptableAuthMethods
            | SocksError::AuthorizationRequired
            | SocksError::InvalidAuthValues(_) => ConnectError::permanent(told)
                .hint("name a user: @proxy socks5://{{USER}}:{{PASSWORD}}@HOST:PORT"),
            SocksError::InvalidResponseVersion => ConnectError::permanent(told)
                .hint("if it speaks HTTP, write http:// instead of socks5://"),
            SocksError::ConnectionNotAllowedByRuleset
            | SocksError::CommandNotSupported
            | SocksError::AddressTypeNotSupported => ConnectError::permanent(told),
            _ => ConnectError::transient(told),
        }
    }
}

impl std::fmt::Display for ProxyServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", bracketed(&self.host), self.port)
    }
}

impl ProxyEnvironment {
    fn url(&self, secure: bool) -> Option<&str> {
        let own = if secure { &self.https } else { &self.http };
        [own, &self.all]
            .into_iter()
            .flatten()
            .map(|url| url.trim())
            .find(|url| !url.is_empty())
    }
}

/// `NO_PROXY`: names and all names below them, addresses, CIDR blocks, or `*`; divided by commas or blanks.
fn is_exempt(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    list.split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty())
        .any(|entry| match (entry, address) {
            ("*", _) => true,
            (entry, Some(address)) => covers(entry, address, port),
            (entry, None) => is_below(entry, &host, port),
        })
}

fn is_below(entry: &str, host: &str, port: u16) -> bool {
    let entry = match entry.rsplit_once(':') {
        Some((name, at)) if at.parse() == Ok(port) => name,
        Some(_) => return false,
        None => entry,
    };
    let domain = entry.trim_matches('.').to_ascii_lowercase();
    !domain.is_empty()
        && host
            .strip_suffix(&domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn covers(entry: &str, address: IpAddr, port: u16) -> bool {
    if entry.parse() == Ok(std::net::SocketAddr::new(address, port)) {
        return true;
    }
    let (network, bits) = entry.split_once('/').unwrap_or((entry, "128"));
    let network = network.trim_start_matches('[').trim_end_matches(']');
    let bits: u32 = match bits.parse() {
        Ok(bits) => bits,
        Err(_) => return false,
    };
    match (network.parse(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let differ = network.to_bits() ^ address.to_bits();
            differ.leading_zeros() >= bits.min(32)
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let differ = network.to_bits() ^ address.to_bits();
            differ.leading_zeros() >= bits.min(128)
        }
        _ => false,
    }
}
