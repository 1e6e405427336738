//! TLS to a server or a proxy, and its failures in words that say what to do. Knows no HTTP.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage,
    RootCertStore, SignatureScheme,
};
use tokio_rustls::TlsConnector;

use super::files::{certificates, private_key};
use super::provider::provider;
use super::{Io, Tls, Trouble, words};

/// Speaks TLS over a stream, as the client of `host`.
pub(super) async fn connect(
    stream: Box<dyn Io>,
    host: &str,
    trust: &Tls,
) -> Result<Box<dyn Io>, Trouble> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        Trouble::lasting(format!("{host} is no name that a certificate could have"))
    })?;
    let connector = TlsConnector::from(Arc::new(config(trust)?));
    match connector.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        // Of all that may go wrong, `@retry` is meant for what TLS says, too.
        Err(error) => Err(Trouble {
            transient: true,
            ..trouble(&error, host)
        }),
    }
}

fn config(trust: &Tls) -> Result<ClientConfig, Trouble> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::lasting(format!("TLS cannot be set up: {error}")))?;
    let builder = if trust.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone))
    } else {
        let verifier = WebPkiServerVerifier::builder_with_provider(roots(trust)?, provider())
            .build()
            .map_err(|error| Trouble::lasting(format!("no certificate can be trusted: {error}")))?;
        builder.with_webpki_verifier(verifier)
    };
    let (cert, key) = match (&trust.cert, &trust.key) {
        (None, None) => return Ok(builder.with_no_client_auth()),
        // One file may hold both.
        (Some(both), None) => (both, both),
        (Some(cert), Some(key)) => (cert, key),
        (None, Some(_)) => {
            return Err(
                Trouble::lasting("a private key is of no use without its certificate")
                    .hint("name the certificate: @cert FILE"),
            );
        }
    };
    let chain = certificates(cert).map_err(Trouble::lasting)?;
    let key = private_key(key).map_err(Trouble::lasting)?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| Trouble::lasting(format!("@cert and @key cannot be used: {error}")))
}

fn roots(trust: &Tls) -> Result<Arc<RootCertStore>, Trouble> {
    let system = match &trust.cacert {
        None if trust.trusted.is_empty() => return Ok(system_roots()),
        None => Some(system_roots()),
        Some(_) => None,
    };
    let mut roots = system.map_or_else(RootCertStore::empty, |roots| roots.as_ref().clone());
    if let Some(path) = &trust.cacert {
        for certificate in certificates(path).map_err(Trouble::lasting)? {
            roots.add(certificate).map_err(|error| {
                Trouble::lasting(format!(
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

fn trouble(error: &io::Error, host: &str) -> Trouble {
    match inside(error) {
        Some(Error::InvalidCertificate(error)) => certificate_trouble(error, host),
        Some(error) => fault(error),
        None => {
            let cause = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
                _ => words(error),
            };
            Trouble::transient(format!("the TLS handshake failed: {cause}"))
        }
    }
}

/// What TLS says of a stream that failed, if it was TLS that failed: a server may object to the client's certificate
/// after the client's half of the handshake (RFC 8446, 4.4.2.4).
pub(crate) fn explain(error: &io::Error) -> Option<Trouble> {
    inside(error).map(|error| Trouble {
        transient: true,
        ..fault(error)
    })
}

fn inside(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn fault(error: &Error) -> Trouble {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Trouble::lasting("the server does not speak TLS").hint("did you mean ws://?")
        }
        Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied,
        ) => Trouble::lasting(format!(
            "the server does not accept our certificate, or the lack of one: {error}"
        ))
        .hint("name a certificate that it accepts, and its key: @cert FILE, @key FILE"),
        other => Trouble::transient(format!("the TLS handshake failed: {other}")),
    }
}

fn certificate_trouble(error: &CertificateError, host: &str) -> Trouble {
    let insecure = "or check nothing: @insecure";
    match error {
        CertificateError::UnknownIssuer => {
            Trouble::lasting("the server's certificate is signed by an unknown authority")
                .hint(format!("trust its authority: @cacert FILE, {insecure}"))
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            Trouble::lasting(format!(
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
            Trouble::lasting(format!("the server's certificate is not for {host}"))
                .hint(format!("connect to a name that it has, {insecure}"))
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Trouble::lasting("the server's certificate has expired")
                .hint(format!("renew it, {insecure}"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Trouble::lasting("the server's certificate is not valid yet")
                .hint(format!("look at the clocks, {insecure}"))
        }
        CertificateError::Revoked => Trouble::lasting("the server's certificate was revoked"),
        other => Trouble::lasting(format!("the server's certificate is invalid: {other}"))
            .hint(format!("mend it, {insecure}")),
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

/// `@insecure`: whoever it is.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
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
