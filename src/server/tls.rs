//! The server's end of TLS: real certificates, or a throw-away one that this run's clients trust. Knows no WebSocket.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::generate_simple_self_signed;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::dial::{Io, certificates, private_key, provider};
use crate::protocol::Bytes;

/// How long a client's half of the TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Accepts TLS connections.
#[derive(Clone)]
pub struct Acceptor {
    tls: TlsAcceptor,
    throw_away: Option<Bytes>,
}

impl Acceptor {
    /// With the certificate chain and private key of PEM files; without `key`, both stand in `cert`.
    ///
    /// # Errors
    /// Which file cannot be used, and why.
    pub fn from_files(cert: &Path, key: Option<&Path>) -> Result<Self, String> {
        let chain = certificates(cert)?;
        let key = private_key(key.unwrap_or(cert))?;
        Ok(Self {
            tls: acceptor(chain, key).map_err(|error| {
                format!(
                    "the certificate {} and its key cannot be used: {error}",
                    cert.display()
                )
            })?,
            throw_away: None,
        })
    }

    /// With a certificate made for this moment, for the loopback's names and for `host`.
    ///
    /// # Errors
    /// Why none could be made.
    pub fn throw_away(host: &str) -> Result<Self, String> {
        let mut names = ["localhost", "127.0.0.1", "::1"]
            .map(str::to_owned)
            .to_vec();
        if !names.iter().any(|name| name == host) {
            names.push(host.to_owned());
        }
        let unmade = |error: &dyn std::error::Error| {
            format!("no certificate could be made for {host}: {error}")
        };
        let made = generate_simple_self_signed(names).map_err(|error| unmade(&error))?;
        let certificate = made.cert.der().clone();
        let der = Bytes::copy_from_slice(&certificate);
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        Ok(Self {
            tls: acceptor(vec![certificate], key).map_err(|error| unmade(&error))?,
            throw_away: Some(der),
        })
    }

    /// The throw-away certificate, in DER, for clients to trust.
    #[must_use]
    pub fn certificate(&self) -> Option<&Bytes> {
        self.throw_away.as_ref()
    }

    /// Speaks TLS with a client that has connected.
    ///
    /// # Errors
    /// Why there is no TLS: the client does not speak it, does not trust us, or takes too long.
    pub async fn accept(&self, stream: Box<dyn Io>) -> io::Result<Box<dyn Io>> {
        let stream = timeout(HANDSHAKE, self.tls.accept(stream)).await??;
        Ok(Box::new(stream))
    }
}

fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, rustls::Error> {
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::dial::{Connector, ProxyChoice, Tls};
    use crate::protocol::PathPattern;
    use crate::server::{AcceptOutcome, AdmissionRules, accept};
    use crate::websocket::{ConnectRequest, HandshakeOutcome, connect};

    /// Dials a server that has this acceptor.
    async fn dial(acceptor: &Acceptor, trust: Tls) -> HandshakeOutcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut request = ConnectRequest::to(format!("wss://{address}/"));
        request.route.proxy = ProxyChoice::Direct;
        request.route.tls = trust;
        let rules = AdmissionRules {
            path: PathPattern::parse("/").unwrap(),
            ..AdmissionRules::default()
        };
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(Box::new(stream)).await.ok()?;
            match accept(stream, &rules, || true).await {
                AcceptOutcome::Accepted(client) => Some(client),
                _ => None,
            }
        };
        let connector = Connector::default();
        let (outcome, client) = tokio::join!(connect(&connector, &request), server);
        assert_eq!(
            client.is_some(),
            matches!(outcome, HandshakeOutcome::Opened(_))
        );
        outcome
    }

    fn reason(outcome: HandshakeOutcome) -> Option<String> {
        match outcome {
            HandshakeOutcome::Failed(error) => Some(error.reason),
            _ => None,
        }
    }

    #[tokio::test]
    async fn a_throw_away_certificate_is_trusted_by_those_who_have_it() {
        let acceptor = Acceptor::throw_away("127.0.0.1").unwrap();
        let trusting = Tls {
            trusted: vec![acceptor.certificate().unwrap().clone()],
            ..Tls::default()
        };
        assert_eq!(reason(dial(&acceptor, trusting).await), None);
        let other = Acceptor::throw_away("192.0.2.1").unwrap();
        let mistaken = Tls {
            trusted: vec![other.certificate().unwrap().clone()],
            ..Tls::default()
        };
        let refused = reason(dial(&acceptor, mistaken).await).unwrap();
        assert!(
            refused.starts_with("the server's certificate "),
            "{refused}"
        );
    }

    #[tokio::test]
    async fn certificates_come_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, both) = (
            folder.path().join("cert.pem"),
            folder.path().join("both.pem"),
        );
        let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_pem();
        std::fs::write(&both, made.cert.pem() + &key).unwrap();
        for acceptor in [
            Acceptor::from_files(&both, None),
            Acceptor::from_files(&cert, Some(&both)),
        ] {
            let trusting = Tls {
                cacert: Some(cert.clone()),
                ..Tls::default()
            };
            assert_eq!(reason(dial(&acceptor.unwrap(), trusting).await), None);
        }
        let missing = Acceptor::from_files(&cert, None).err().unwrap();
        assert!(missing.ends_with("holds no PEM private key"), "{missing}");
    }

    #[tokio::test]
    async fn what_is_no_tls_is_refused() {
        let acceptor = Acceptor::throw_away("127.0.0.1").unwrap();
        let (near, mut far) = tokio::io::duplex(1024);
        far.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        assert!(acceptor.accept(Box::new(near)).await.is_err());
    }
}
