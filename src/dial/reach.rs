//! What a document may have reached of that which only this machine can: Unix sockets, and link-local addresses, where
//! clouds keep their credentials. Knows no document.

#![expect(
    clippy::disallowed_methods,
    reason = "here the places of Unix sockets are looked up, and nowhere else"
)]

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::protocol::ConnectError;

/// What may be reached; by default no Unix socket, and no link-local address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Which Unix sockets.
    pub sockets: UnixSockets,
    /// Which link-local addresses.
    pub addresses: Vec<IpAddr>,
}

/// Unix sockets that may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnixSockets {
    /// These, and those below these folders.
    Below(Vec<PathBuf>),
    /// All.
    All,
}

impl Default for UnixSockets {
    fn default() -> Self {
        Self::Below(Vec::new())
    }
}

impl Reach {
    /// The same, with the Unix sockets below one more folder.
    #[must_use]
    pub fn with_folder(mut self, folder: PathBuf) -> Self {
        if let UnixSockets::Below(folders) = &mut self.sockets {
            folders.push(folder);
        }
        self
    }

    /// The socket itself, past all links: what is looked at is what is connected to.
    pub(super) fn socket(&self, path: &Path) -> Result<PathBuf, ConnectError> {
        let real = real(path);
        match &self.sockets {
            UnixSockets::Below(folders) if !folders.iter().any(|folder| lies_in(&real, folder)) => {
                Err(ConnectError::permanent(format!(
                    "the socket {} lies outside of the folder that documents may reach",
                    path.display()
                ))
                .hint(format!(
                    "if this document may reach it: `--allow-unix {}`",
                    path.display()
                )))
            }
            _ => Ok(real),
        }
    }

    /// Refuses a host that is written as a link-local address, in whatever spelling and whichever way it is connected to.
    pub(super) fn host(&self, host: &str) -> Result<(), ConnectError> {
        match written_address(host) {
            Some(address) if !self.allows(address) => Err(refused(host, &[address])),
            _ => Ok(()),
        }
    }

    /// Those of a host's addresses that may be reached, of which there is at least one.
    pub(super) fn addresses(
        &self,
        host: &str,
        found: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, ConnectError> {
        let (allowed, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|at| self.allows(at.ip()));
        if allowed.is_empty() && !others.is_empty() {
            let others: Vec<_> = others.iter().map(SocketAddr::ip).collect();
            return Err(refused(host, &others));
        }
        Ok(allowed)
    }

    fn allows(&self, address: IpAddr) -> bool {
        let given = |allowed: &IpAddr| allowed.to_canonical() == address.to_canonical();
        !is_link_local(address) || self.addresses.iter().any(given)
    }
}

fn refused(host: &str, addresses: &[IpAddr]) -> ConnectError {
    let told: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let told = told.join(", ");
    let what = if told == host {
        format!("{told} is a link-local address")
    } else {
        format!("{host} has the link-local address {told}")
    };
    let first = addresses
        .first()
        .map_or_else(|| host.to_owned(), ToString::to_string);
    ConnectError::permanent(format!(
        "{what}, where clouds keep their credentials: documents do not reach it"
    ))
    .hint(format!(
        "if this document may reach it: `--allow-address {first}`"
    ))
}

/// Whether an address is link-local (RFC 3927, RFC 4291 2.5.6), also where it stands inside another.
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || embedded(address).is_some_and(|address| address.is_link_local())
        }
    }
}

/// The address that a host is written as. A proxy may read what resolvers have always read (`inet_aton`): `169.254.43518`,
/// `0xa9fea9fe`, `2852039166`, and a dot at the end.
fn written_address(host: &str) -> Option<IpAddr> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    let parts: Option<Vec<u32>> = host.split('.').map(number).collect();
    let parts = parts?;
    let (last, first) = parts.split_last()?;
    let bits = 32
        - 8 * u32::try_from(first.len())
            .ok()
            .filter(|before| *before < 4)?;
    if first.iter().any(|part| *part > 255) || u64::from(*last) >= 1 << bits {
        return None;
    }
    let high = first.iter().fold(0, |high, part| high << 8 | part);
    let high = high.checked_shl(bits).unwrap_or_default();
    Some(Ipv4Addr::from_bits(high | last).into())
}

/// A number as C writes it: decimal, octal or hexadecimal.
fn number(text: &str) -> Option<u32> {
    let is_sign = |text: &str| text.starts_with(['+', '-']);
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| !is_sign(digits))
}

/// The IPv4 address that an IPv6 address leads to: mapped and compatible ones (RFC 4291, 2.5.5), those of NAT64
/// (RFC 6052, 2.1; RFC 8215) and of 6to4 (RFC 3056, 2).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let joined =
        |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            joined(high, low)
        }
        [0x64, 0xff9b, 1, .., high, low] | [0x2002, high, low, ..] => joined(high, low),
        _ => None,
    }
}

fn lies_in(real: &Path, folder: &Path) -> bool {
    real.starts_with(fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()))
}

/// The path without links; of a socket that does not exist as much of it as does.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        // `..`: what does not exist is not a link.
        (Some(parent), None) => {
            let mut above = real(parent);
            above.pop();
            above
        }
        (None, _) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<T: std::fmt::Debug>(result: Result<T, ConnectError>) -> String {
        match result {
            Ok(value) => format!("{value:?}"),
            Err(error) => format!("{} ({})", error.reason, error.hint.unwrap_or_default()),
        }
    }

    #[test]
    fn link_local_addresses_are_known_in_every_spelling() {
        let local = [
            "169.254.169.254",
            "169.254.0.1",
            "fe80::1",
            "febf::1",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "64:ff9b:1::169.254.169.254",
        ];
        let others = [
            "127.0.0.1",
            "169.253.1.1",
            "::1",
            "fec0::1",
            "::ffff:10.0.0.1",
            "2002::1",
        ];
        for address in local {
            assert!(is_link_local(address.parse().unwrap()), "{address}");
        }
        for address in others {
            assert!(!is_link_local(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_address_is_reached_once_it_is_named() {
        let at = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses.iter().map(|text| text.parse().unwrap()).collect()
        };
        let strict = Reach::default();
        let open = Reach {
            addresses: vec!["169.254.169.254".parse().unwrap()],
            ..Reach::default()
        };
        let told = [
            told(strict.addresses("a.example", at(&["10.0.0.1:80", "169.254.1.1:80"]))),
            told(strict.addresses("a.example", at(&["169.254.1.1:80", "[fe80::1]:80"]))),
            told(strict.host("169.254.169.254")),
            told(strict.host("::ffff:169.254.169.254")),
            told(strict.host("169.254.169.254.")),
            told(strict.host("169.254.43518")),
            told(strict.host("0xA9.0376.43518")),
            told(strict.host("0xa9fea9fe")),
            told(strict.host("2852039166")),
            told(strict.host("025177524776")),
            told(strict.host("+2852039166")),
            told(strict.host("167772161")),
            told(strict.host("169.254.1.1.1")),
            told(strict.host("169.254.65536")),
            told(strict.host("4294967296")),
            told(strict.host("0x.1")),
            told(strict.host("")),
            told(strict.host("a.example")),
            told(open.host("::ffff:169.254.169.254")),
            told(open.host("169.254.1.1")),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_lies_in_the_folder_past_all_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().canonicalize().unwrap().join(name);
        for name in ["in", "out"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("out/a.sock"), "").unwrap();
        fs::write(at("in/a.sock"), "").unwrap();
        std::os::unix::fs::symlink(at("out/a.sock"), at("in/link.sock")).unwrap();
        std::os::unix::fs::symlink(at("in/a.sock"), at("out/link.sock")).unwrap();
        let strict = Reach::default();
        let within = Reach::default().with_folder(at("in"));
        let all = Reach {
            sockets: UnixSockets::All,
            ..Reach::default()
        };
        for (reach, name, leads) in [
            (&strict, "in/a.sock", None),
            (&within, "in/a.sock", Some("in/a.sock")),
            (&within, "in/none.sock", Some("in/none.sock")),
            (&within, "out/link.sock", Some("in/a.sock")),
            (&within, "in/link.sock", None),
            (&within, "out/a.sock", None),
            (&within, "in/../out/a.sock", None),
            (&within, "in/none/../../out/a.sock", None),
            (&all, "out/a.sock", Some("out/a.sock")),
        ] {
            let found = reach.socket(&at(name)).ok();
            assert_eq!(found, leads.map(at), "{name}");
        }
    }
}
