//! TLS to a server or a proxy, and its failures in words that say what to do. Knows no HTTP.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage,
    RootCertStore, SignatureScheme,
};
use tokio_rustls::TlsConnector;

use super::crypto::provider;
use super::pem::{certificates, private_key};
use super::{Io, io_reason};
use crate::protocol::{Bytes, ConnectError};

/// How a server's certificate is checked, and which one is shown to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// Ways that are kept at most: a document has few.
const KEPT: usize = 16;

/// How TLS was set up for the connections of one run: reading files and roots takes long for each of a thousand.
#[derive(Clone, Debug, Default)]
pub struct TlsSetups(Arc<Mutex<Vec<TlsSetup>>>);

/// What it was set up for, and as what.
type TlsSetup = (Tls, Arc<ClientConfig>);

impl TlsSetups {
    fn get(&self, trust: &Tls) -> Result<Arc<ClientConfig>, ConnectError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, config)) = known.iter().find(|(known, _)| known == trust) {
            return Ok(Arc::clone(config));
        }
        let mut config = config(trust)?;
        // Each connection shows its certificate, and takes the time of a whole handshake.
        config.resumption = Resumption::disabled();
        let config = Arc::new(config);
        if known.len() >= KEPT {
            known.clear();
        }
        known.push((trust.clone(), Arc::clone(&config)));
        Ok(config)
    }
}

/// Speaks TLS over a stream, as the client of `host`.
pub(super) async fn connect(
    stream: Box<dyn Io>,
    host: &str,
    trust: &Tls,
    setups: &TlsSetups,
) -> Result<Box<dyn Io>, ConnectError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        ConnectError::permanent(format!("{host} is not a name that a certificate can have"))
    })?;
    let connector = TlsConnector::from(setups.get(trust)?);
    match connector.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        // Of all that may go wrong, `@retry` is meant for what TLS says, too.
        Err(error) => Err(ConnectError {
            transient: true,
            ..connect_error(&error, host)
        }),
    }
}

fn config(trust: &Tls) -> Result<ClientConfig, ConnectError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::permanent(format!("TLS cannot be set up: {error}")))?;
    let builder = if trust.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAnyCertificate))
    } else {
        let verifier = WebPkiServerVerifier::builder_with_provider(roots(trust)?, provider())
            .build()
            .map_err(|error| {
                ConnectError::permanent(format!("no certificate can be trusted: {error}"))
            })?;
        builder.with_webpki_verifier(verifier)
    };
    let (cert, key) = match (&trust.cert, &trust.key) {
        (None, None) => return Ok(builder.with_no_client_auth()),
        // One file may hold both.
        (Some(both), None) => (both, both),
        (Some(cert), Some(key)) => (cert, key),
        (None, Some(_)) => {
            return Err(
                ConnectError::permanent("a private key needs its certificate")
                    .hint("name the certificate: @cert FILE"),
            );
        }
    };
    let chain = certificates(cert).map_err(ConnectError::permanent)?;
    let key = private_key(key).map_err(ConnectError::permanent)?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| ConnectError::permanent(format!("@cert and @key cannot be used: {error}")))
}

fn roots(trust: &Tls) -> Result<Arc<RootCertStore>, ConnectError> {
    let system = match &trust.cacert {
        None if trust.trusted.is_empty() => return Ok(system_roots()),
        None => Some(system_roots()),
        Some(_) => None,
    };
    let mut roots = system.map_or_else(RootCertStore::empty, |roots| roots.as_ref().clone());
    if let Some(path) = &trust.cacert {
        for certificate in certificates(path).map_err(ConnectError::permanent)? {
            roots.add(certificate).map_err(|error| {
                ConnectError::permanent(format!(
                    "a certificate in {} cannot be trusted: {error}",
                    path.display()
                ))
            })?;
        }
    }
    roots.add_parsable_certificates(
        trust
            .trusted
            .iter()
            .map(|der| CertificateDer::from(der.to_vec())),
    );
    Ok(Arc::new(roots))
}

/// Reading hundreds of files once is enough.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS
        .get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            }
            Arc::new(roots)
        })
        .clone()
}

fn connect_error(error: &io::Error, host: &str) -> ConnectError {
    match inside(error) {
        Some(Error::InvalidCertificate(error)) => certificate_error(error, host),
        Some(error) => tls_error(error),
        None => {
            let cause = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
                _ => io_reason(error),
            };
            ConnectError::transient(format!("the TLS handshake failed: {cause}"))
        }
    }
}

/// What TLS says of a stream that failed, if it was TLS that failed: a server may object to the client's certificate
/// after the client's half of the handshake (RFC 8446, 4.4.2.4).
pub(crate) fn explain_tls_failure(error: &io::Error) -> Option<ConnectError> {
    inside(error).map(|error| ConnectError {
        transient: true,
        ..tls_error(error)
    })
}

fn inside(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn tls_error(error: &Error) -> ConnectError {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            ConnectError::permanent("the server does not speak TLS").hint("did you mean ws://?")
        }
        Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied,
        ) => ConnectError::permanent(format!(
            "the server does not accept our certificate, or the lack of one: {error}"
        ))
        .hint("name a certificate that it accepts, and its key: @cert FILE, @key FILE"),
        other => ConnectError::transient(format!("the TLS handshake failed: {other}")),
    }
}

fn certificate_error(error: &CertificateError, host: &str) -> ConnectError {
    let insecure = "or check nothing: @insecure";
    match error {
        CertificateError::UnknownIssuer => {
            ConnectError::permanent("the server's certificate is signed by an unknown authority")
                .hint(format!("trust its authority: @cacert FILE, {insecure}"))
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            ConnectError::permanent(format!(
                "the server's certificate is not for {host}, but for {}",
                presented
                    .iter()
                    .map(|name| presented_name(name))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))
            .hint(format!("connect to a name that it has, {insecure}"))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ConnectError::permanent(format!("the server's certificate is not for {host}"))
                .hint(format!("connect to a name that it has, {insecure}"))
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ConnectError::permanent("the server's certificate has expired")
                .hint(format!("renew it, {insecure}"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ConnectError::permanent("the server's certificate is not valid yet")
                .hint(format!("look at the clocks, {insecure}"))
        }
        CertificateError::Revoked => {
            ConnectError::permanent("the server's certificate was revoked")
        }
        other => ConnectError::permanent(format!("the server's certificate is invalid: {other}"))
            .hint(format!("replace it, {insecure}")),
    }
}

/// Names come as `DnsName("a.example")`, as a library debugs them.
fn presented_name(name: &str) -> String {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .unwrap_or(name);
    inner.trim_matches('"').escape_debug().to_string()
}

/// `@insecure`: any certificate is accepted.
#[derive(Debug)]
struct AcceptAnyCertificate;

impl ServerCertVerifier for AcceptAnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_trust_alike_are_set_up_once() {
        let setups = TlsSetups::default();
        let insecure = Tls {
            insecure: true,
            ..Tls::default()
        };
        let first = setups.get(&insecure).unwrap();
        let other = setups.get(&Tls::default()).unwrap();
        assert!(Arc::ptr_eq(&first, &setups.get(&insecure).unwrap()));
        assert!(!Arc::ptr_eq(&first, &other));
        let unreadable = Tls {
            cacert: Some(PathBuf::from("/nonexistent/ca.pem")),
            ..Tls::default()
        };
        assert!(setups.get(&unreadable).is_err());
    }
}
