//! Checks the files that TLS options name, before anything connects. Knows no stream.

use std::path::Path;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, RootCertStore};

use super::crypto::provider;
use super::pem::{pem_reason, read_file};
use super::tls::Tls;

/// What is wrong with a file that a TLS option names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFile {
    /// The option's name, without its `@`.
    pub option: &'static str,
    /// A sentence.
    pub reason: String,
    /// What would help.
    pub hint: String,
}

/// Looks at every file that is named.
#[must_use]
pub fn bad_files(tls: &Tls) -> Vec<BadFile> {
    let cacert = tls
        .cacert
        .as_deref()
        .and_then(|path| authorities(path).err());
    let ours = match (&tls.cert, &tls.key) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![BadFile {
            option: "key",
            reason: "`@key` needs a certificate".to_owned(),
            hint: "name the certificate that it belongs to: `@cert FILE`".to_owned(),
        }],
        (Some(cert), key) => identity(cert, key.as_deref()),
    };
    cacert.into_iter().chain(ours).collect()
}

fn authorities(path: &Path) -> Result<(), BadFile> {
    let mut roots = RootCertStore::empty();
    for certificate in certificate_file("cacert", path)? {
        roots.add(certificate).map_err(|error| BadFile {
            option: "cacert",
            reason: format!("`@cacert` holds a certificate that cannot be used: {error}"),
            hint: from(path),
        })?;
    }
    Ok(())
}

fn identity(cert: &Path, key: Option<&Path>) -> Vec<BadFile> {
    let chain = certificate_file("cert", cert);
    // One file may hold both.
    let (option, place) = key.map_or(("cert", cert), |key| ("key", key));
    let private = key_file(option, place);
    let (chain, private) = match (chain, private) {
        (Ok(chain), Ok(private)) => (chain, private),
        // Of one file one fault is enough.
        (Err(bad), Err(_)) if key.is_none() => return vec![bad],
        (chain, private) => return chain.err().into_iter().chain(private.err()).collect(),
    };
    match CertifiedKey::from_der(chain, private, &provider()) {
        Ok(_) => Vec::new(),
        Err(Error::InconsistentKeys(_)) => vec![BadFile {
            option,
            reason: format!("the private key of `@{option}` does not belong to the certificate of `@cert`"),
            hint: "the certificate of the key comes first in its file, those of its authorities after it".to_owned(),
        }],
        Err(error) => vec![BadFile {
            option,
            reason: format!("`@cert` and its key cannot be used: {error}"),
            hint: from(place),
        }],
    }
}

fn certificate_file(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, BadFile> {
    let text = read_option(option, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(BadFile {
            option,
            reason: format!("`@{option}` holds no PEM certificate"),
            hint: instead_of_pem(&text, path, "x509", "CERTIFICATE"),
        }),
        Err(error) => Err(malformed(option, &error, path)),
    }
}

fn key_file(option: &'static str, path: &Path) -> Result<PrivateKeyDer<'static>, BadFile> {
    let text = read_option(option, path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound if holds(&text, b"BEGIN ENCRYPTED PRIVATE KEY") => BadFile {
            option,
            reason: format!("the private key of `@{option}` is encrypted"),
            hint: format!(
                "`openssl pkey -in {0} -out PLAIN.pem` takes the passphrase off",
                path.display()
            ),
        },
        PemError::NoItemsFound if option == "cert" => BadFile {
            option,
            reason: "`@cert` holds no private key beside its certificate".to_owned(),
            hint: "name the file that does: `@key FILE`".to_owned(),
        },
        PemError::NoItemsFound => BadFile {
            option,
            reason: format!("`@{option}` holds no PEM private key"),
            hint: instead_of_pem(&text, path, "pkey", "PRIVATE KEY"),
        },
        error => malformed(option, &error, path),
    })
}

fn read_option(option: &'static str, path: &Path) -> Result<Vec<u8>, BadFile> {
    read_file(path).map_err(|why| BadFile {
        option,
        reason: format!("`@{option}` cannot be read: {why}"),
        hint: format!("it was looked for at {}", path.display()),
    })
}

fn malformed(option: &'static str, error: &PemError, path: &Path) -> BadFile {
    BadFile {
        option,
        reason: format!("`@{option}` is malformed: {}", pem_reason(error)),
        hint: from(path),
    }
}

fn from(path: &Path) -> String {
    format!("it was read from {}", path.display())
}

/// What to do about a file with nothing in it that PEM knows.
fn instead_of_pem(text: &[u8], path: &Path, tool: &str, label: &str) -> String {
    // An ASN.1 sequence, as every certificate and key is one.
    if text.starts_with(&[0x30, 0x82]) {
        return format!(
            "it looks like DER: `openssl {tool} -inform der -in {0} -out {0}.pem` makes PEM of it",
            path.display()
        );
    }
    format!(
        "it begins with `-----BEGIN {label}-----`; what was read is {}",
        path.display()
    )
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
