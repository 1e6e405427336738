//! Reads certificates and keys from PEM files. Knows no option that names one.

#![expect(
    clippy::disallowed_methods,
    reason = "here the files of TLS are read, and nowhere else"
)]

use std::io;
use std::path::Path;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::io_reason;

/// A file at its largest: bundles of all the world's authorities are a tenth of it.
const LARGEST: u64 = 16 << 20;

/// The certificates of a PEM file, at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text =
        read_file(path).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err(format!("{} holds no PEM certificate", path.display()))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(format!(
            "{} is malformed: {}",
            path.display(),
            pem_reason(&error)
        )),
    }
}

/// The private key in a PEM file.
pub(crate) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let text =
        read_file(path).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound => format!("{} holds no PEM private key", path.display()),
        other => format!("{} is malformed: {}", path.display(), pem_reason(&other)),
    })
}

/// A file's bytes; a pipe or a device would be waited for.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let fault = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => io_reason(&error),
    };
    let metadata = std::fs::metadata(path).map_err(fault)?;
    if metadata.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err("it is larger than 16 MiB".to_owned());
    }
    std::fs::read(path).map_err(fault)
}

/// What is wrong with a PEM file, as it stands in a sentence.
pub(super) fn pem_reason(error: &PemError) -> String {
    match error {
        PemError::MissingSectionEnd { .. } => "a section has no `-----END …-----` line".to_owned(),
        PemError::IllegalSectionStart { .. } => "a `-----BEGIN …` line is malformed".to_owned(),
        PemError::Base64Decode(_) => "what stands in a section is not base64".to_owned(),
        other => io_reason(&io::Error::other(other.to_string())),
    }
}
