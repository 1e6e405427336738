//! One thing that happened on a connection, as a recording keeps it.

use std::sync::Arc;
use std::time::Duration;

use super::typed::TypedEntry;
use crate::protocol::Frame;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// A step of ours.
    Own(OwnStep),
    /// A message, or a close, that came.
    Arrived(ArrivedFrame),
    /// We began to close the connection, and no step said so. The client's name, where the block has several.
    Closing(Option<Arc<str>>),
    /// The connection was opened.
    Opened(Option<Arc<str>>),
    /// The line ended without a close frame.
    Dropped {
        /// When.
        at: Duration,
        /// The client whose line it was, where the block has several.
        who: Option<Arc<str>>,
    },
}

/// A step of ours.
#[derive(Clone, Debug)]
pub(super) struct OwnStep {
    pub(super) at: Duration,
    pub(super) what: OwnAction,
    /// What its `<-` matched.
    pub(super) matched: Vec<u64>,
}

/// What was done.
#[derive(Clone, Debug)]
pub(super) enum OwnAction {
    /// Steps were typed.
    Typed(TypedEntry),
    /// A message was sent that nobody typed, by the client of this name where the block has several.
    Sent(Option<Arc<str>>, Frame),
}

/// A frame that came.
#[derive(Clone, Debug)]
pub(super) struct ArrivedFrame {
    pub(super) at: Duration,
    pub(super) number: u64,
    /// The client that it came to, where the block has several.
    pub(super) who: Option<Arc<str>>,
    pub(super) frame: Frame,
    /// Whether it is to be expected, in whatever mode; `Some(false)`: it is not, in whatever mode.
    pub(super) expected: Option<bool>,
    /// Lines that refine its expectation.
    pub(super) refined: Vec<String>,
}

impl OwnStep {
    pub(super) fn is_typed_send(&self) -> bool {
        matches!(&self.what, OwnAction::Typed(typed) if typed.sends)
    }

    /// Whose connections it ends; `None`: the only client's.
    pub(super) fn ends(&self) -> Vec<Option<String>> {
        match &self.what {
            OwnAction::Typed(typed) => typed.ends.clone(),
            OwnAction::Sent(who, Frame::Close(_)) => vec![who.as_deref().map(str::to_owned)],
            OwnAction::Sent(..) => Vec::new(),
        }
    }
}
