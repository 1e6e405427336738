//! What a connection is called, and what it is shown as. Knows no connection.

use std::sync::Arc;

/// What a connection is called.
#[derive(Clone, Debug)]
pub(crate) struct ClientName {
    /// In scripts and messages.
    pub(crate) name: Arc<str>,
    /// Where it is shown: no other client's, and not too long.
    pub(crate) shown: Arc<str>,
}

impl From<&str> for ClientName {
    fn from(name: &str) -> Self {
        let name: Arc<str> = Arc::from(name);
        Self {
            shown: Arc::clone(&name),
            name,
        }
    }
}
