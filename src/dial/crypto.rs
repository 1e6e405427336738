//! The cryptography of TLS, and its random numbers.

use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;

/// The cryptography that both ends use.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER
        .get_or_init(|| Arc::new(rustls::crypto::ring::default_provider()))
        .clone()
}

/// Bytes that a peer cannot foresee (RFC 6455, 5.3).
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if provider().secure_random.fill(&mut bytes).is_err() {
        fastrand::fill(&mut bytes);
    }
    bytes
}
