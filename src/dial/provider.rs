//! The cryptography of TLS.

use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;

/// The cryptography that both ends use.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER
        .get_or_init(|| Arc::new(rustls::crypto::ring::default_provider()))
        .clone()
}
