//! Names to addresses, addresses to TCP connections; Unix sockets. Knows no HTTP.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{Io, Reach, io_reason};
use crate::protocol::{ConnectError, bracketed};

/// How long one address may take while there are others to try.
const ONE_OF_SEVERAL: Duration = Duration::from_secs(3);

/// `@resolve` lines.
pub(super) type Resolve<'a> = &'a [(String, u16, IpAddr)];

/// The addresses of a host.
pub(super) async fn addresses(
    host: &str,
    port: u16,
    resolve: Resolve<'_>,
    reach: &Reach,
) -> Result<Vec<SocketAddr>, ConnectError> {
    let given: Vec<_> = resolve
        .iter()
        .filter(|(name, at, _)| *at == port && name.eq_ignore_ascii_case(host))
        .map(|(_, _, address)| SocketAddr::new(*address, port))
        .collect();
    if !given.is_empty() {
        return reach.addresses(host, given);
    }
    let found = match lookup_host((host, port)).await {
        Ok(found) => found.collect(),
        Err(error) => {
            return Err(ConnectError::transient(format!(
                "the name {host} cannot be resolved: {}",
                lookup_words(&error)
            )));
        }
    };
    reach.addresses(host, distinct(found, host)?)
}

/// getaddrinfo's words stand behind a prefix that says what was called.
fn lookup_words(error: &io::Error) -> String {
    let words = io_reason(error);
    match words.strip_prefix("failed to lookup address information: ") {
        Some(cause) => {
            let mut letters = cause.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_lowercase)
                .chain(letters)
                .collect()
        }
        None => words,
    }
}

fn distinct(mut found: Vec<SocketAddr>, host: &str) -> Result<Vec<SocketAddr>, ConnectError> {
    let mut seen = Vec::new();
    found.retain(|address| {
        let new = !seen.contains(address);
        seen.push(*address);
        new
    });
    if found.is_empty() {
        return Err(ConnectError::transient(format!(
            "the name {host} has no address"
        )));
    }
    Ok(found)
}

/// Connects to a host: its addresses in turn, and if none answers, what each of them said.
pub(super) async fn connect(
    host: &str,
    port: u16,
    resolve: Resolve<'_>,
    reach: &Reach,
) -> Result<Box<dyn Io>, ConnectError> {
    let addresses = addresses(host, port, resolve, reach).await?;
    let several = addresses.len() > 1;
    let mut failures = Vec::new();
    for address in addresses {
        match attempt(address, several).await {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => failures.push((address, io_reason(&error))),
        }
    }
    Err(ConnectError::transient(told(host, port, &failures)))
}

async fn attempt(address: SocketAddr, several: bool) -> io::Result<TcpStream> {
    let connecting = TcpStream::connect(address);
    let stream = if several {
        timeout(ONE_OF_SEVERAL, connecting)
            .await
            .map_err(|_| io::Error::other("no answer within 3s"))??
    } else {
        connecting.await?
    };
    // Small messages must not wait for each other's acknowledgements.
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn told(host: &str, port: u16, failures: &[(SocketAddr, String)]) -> String {
    let place = format!("{}:{port}", bracketed(host));
    let same = failures
        .windows(2)
        .all(|pair| pair.first().map(|one| &one.1) == pair.last().map(|two| &two.1));
    let addresses: Vec<_> = failures.iter().map(|(at, _)| at.ip().to_string()).collect();
    let named = addresses.first().is_some_and(|address| address != host);
    match failures {
        [(_, cause), ..] if same && named => {
            format!(
                "cannot connect to {place} ({}): {cause}",
                addresses.join(", ")
            )
        }
        [(_, cause), ..] if same => format!("cannot connect to {place}: {cause}"),
        _ => {
            let each: Vec<_> = failures
                .iter()
                .map(|(address, cause)| format!("{}: {cause}", address.ip()))
                .collect();
            format!("cannot connect to {place}: {}", each.join("; "))
        }
    }
}

/// Connects to a Unix socket.
#[cfg(unix)]
pub(super) async fn unix(path: &Path) -> Result<Box<dyn Io>, ConnectError> {
    match tokio::net::UnixStream::connect(path).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(ConnectError::transient(format!(
            "cannot connect to the socket {}: {}",
            path.display(),
            io_reason(&error)
        ))),
    }
}

/// Connects to a Unix socket.
#[cfg(not(unix))]
pub(super) async fn unix(path: &Path) -> Result<Box<dyn Io>, ConnectError> {
    Err(ConnectError::permanent(format!(
        "Unix sockets are not supported on this system ({})",
        path.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_told_once() {
        let failure = |address: &str, cause: &str| (address.parse().unwrap(), cause.to_owned());
        let refused = failure("127.0.0.1:9", "connection refused");
        let also = failure("[::1]:9", "connection refused");
        let other = failure("[::1]:9", "network is unreachable");
        let told = [
            told("127.0.0.1", 9, std::slice::from_ref(&refused)),
            told("localhost", 9, std::slice::from_ref(&refused)),
            told("localhost", 9, &[also, refused.clone()]),
            told("localhost", 9, &[other, refused]),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }

    #[tokio::test]
    async fn resolve_comes_before_dns() {
        let resolve = [
            ("Api.Example".to_owned(), 443, "10.0.0.1".parse().unwrap()),
            ("api.example".to_owned(), 443, "10.0.0.2".parse().unwrap()),
            ("api.example".to_owned(), 80, "10.0.0.3".parse().unwrap()),
        ];
        let found = addresses("api.example", 443, &resolve, &Reach::default())
            .await
            .unwrap();
        let expected = ["10.0.0.1:443", "10.0.0.2:443"].map(|text| text.parse().unwrap());
        assert_eq!(found, expected);
    }
}
