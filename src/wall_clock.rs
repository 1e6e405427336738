//! Tells what time it is. The clock is handed in, as sockets are, so that a run can be given another one.
//! Knows nothing of durations: those are told by tokio's clock.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells what time it is. The default is the machine's clock.
#[derive(Clone)]
pub struct WallClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl WallClock {
    /// A clock that is read by calling `now`.
    #[doc(hidden)]
    #[must_use]
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "here the machine's time is read, and nowhere else"
    )]
    pub fn of_machine() -> Self {
        Self::new(Timestamp::now)
    }

    /// What time it is.
    #[doc(hidden)]
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self::of_machine()
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("WallClock").finish_non_exhaustive()
    }
}
