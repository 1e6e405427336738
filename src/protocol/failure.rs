//! What fails in a session, and of what kind it is. Knows no script.

use crate::source::Span;

/// Why a session failed, and where in its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The sentence that stands behind `✗`.
    pub reason: String,
    /// What to do about it, if that can be said.
    pub hint: Option<String>,
    /// The place in the block's text.
    pub span: Span,
    /// What failed with it: the other checks of the same message.
    pub also: Vec<Failure>,
    /// What kind of failure it is, where many are counted.
    pub kind: FailureKind,
}

/// The kinds of failures, as `voiden load` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// There was no connection, or the opening handshake was refused.
    Refused,
    /// The connection ended while something was still to be sent or to come.
    Closed,
    /// Nothing came in time.
    Timeout,
    /// Something else came than was expected.
    Mismatch,
    /// What came does not hold what is checked of it, or a value could not be computed or filled in.
    #[default]
    Check,
}

impl FailureKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::Closed,
        Self::Timeout,
        Self::Mismatch,
        Self::Check,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Timeout => "timeout",
            Self::Mismatch => "mismatch",
            Self::Check => "check",
        }
    }
}

impl Failure {
    /// The same, of a kind.
    #[must_use]
    pub fn of_kind(self, kind: FailureKind) -> Self {
        Self { kind, ..self }
    }

    /// The first of several, with the others; none where there are none.
    ///
    /// # Errors
    /// What failed.
    pub fn first(mut failures: Vec<Self>) -> Result<(), Self> {
        if failures.is_empty() {
            return Ok(());
        }
        let mut first = failures.remove(0);
        first.also.append(&mut failures);
        Err(first)
    }

    /// Each by itself.
    pub fn each(&self) -> impl Iterator<Item = Self> + '_ {
        let alone = |failure: &Self| Self {
            also: Vec::new(),
            ..failure.clone()
        };
        std::iter::once(alone(self)).chain(self.also.iter().map(alone))
    }
}
