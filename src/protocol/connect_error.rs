//! Why a connection did not come about: the cause, the cure, and whether trying again may help. Knows no socket.

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    /// A sentence that names the cause.
    pub reason: String,
    /// The option that would help, if one would.
    pub hint: Option<String>,
    /// Whether another attempt may succeed (`@retry`).
    pub transient: bool,
    /// The option that was reached or passed, without `@`.
    pub option: Option<&'static str>,
}

impl ConnectError {
    /// Another attempt may succeed.
    #[must_use]
    pub fn transient(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
            transient: true,
            option: None,
        }
    }

    /// Every attempt fails the same way.
    #[must_use]
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self {
            transient: false,
            ..Self::transient(reason)
        }
    }

    /// The same, with what would help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, where an option says so.
    #[must_use]
    pub fn by_option(mut self, name: &'static str) -> Self {
        self.option = Some(name);
        self
    }

    /// The same, said of something on the way there.
    pub(crate) fn within(mut self, what: &str) -> Self {
        self.reason = format!("{what}: {}", self.reason);
        self
    }
}
