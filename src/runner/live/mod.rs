//! A session whose steps come while it runs: a block's connections without its steps, and what is typed at them.
//! The prompt and the page drive it by [`LiveCommand`]s; what happens is told to a reporter and a [`LiveListener`].

mod command;
mod driver;
mod entry;
mod origin;
mod session;

pub use command::{
    EntryOutcome, LiveCommand, LiveEntry, LiveListener, LiveNews, LiveOutcome, LiveStatus,
    LiveVariable,
};
pub use origin::{LiveOrigin, NeededBlock};
pub(super) use session::{LiveRun, run_live_document};
