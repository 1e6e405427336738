//! The type of what is free of secrets. Only this room makes one, so that a signature which asks for one cannot be given
//! anything else.

use std::fmt;
use std::ops::{Deref, Range};

use crate::protocol::{Bytes, Event, Frame};

/// Something without secrets: a [`Redactor`](super::Redactor) made it.
///
/// It can be read as what it is, but not be made from what may still hold a secret:
///
/// ```compile_fail
/// let text = voiden::redact::Redacted("hunter2".to_owned());
/// ```
///
/// ```
/// let text = voiden::redact::Redactor::default().text("wss://ann:hunter2@example.org/");
/// assert_eq!(*text, "wss://ann:***@example.org/");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    pub(super) fn new(value: T) -> Self {
        Self(value)
    }

    /// What it holds, to be taken apart.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Display> fmt::Display for Redacted<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Redacted<Event> {
    /// Hides more of a binary message: puts zeros at these places. Secrets are redacted before, so that none of them is
    /// cut in two.
    pub fn zero(&mut self, places: &[Range<usize>]) {
        let frame = self.0.kind.frame_mut().map(Frame::content_mut);
        let Some(Frame::Binary(bytes)) = frame else {
            return;
        };
        let mut zeroed = bytes.to_vec();
        for place in places {
            if let Some(place) = zeroed.get_mut(place.clone()) {
                place.fill(0);
            }
        }
        *bytes = Bytes::from(zeroed);
    }
}
