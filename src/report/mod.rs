//! How progress and outcomes are told: listeners to a run. Knows no documents, and decides nothing.

mod account;
mod event;
mod html;
mod json;
mod junit;
mod log;
mod object;
mod output;
mod pages;
mod paint;
mod progress;
mod scribe;
mod spool;
mod status;
mod summary;
mod tap;
mod terminal;
mod workflow;

pub use html::HtmlReport;
pub use json::JsonReport;
pub use junit::JunitReport;
pub use log::Log;
pub use output::Output;
pub use paint::harmless;
pub(crate) use paint::{CYAN, RED, paint};
pub use status::StatusLine;
pub use summary::{Tally, counted};
pub use tap::TapReport;
pub use terminal::{Scene, Terminal, Verbosity};
pub use workflow::{CommandGuard, Guarded, Spelling};

use std::io;
use std::sync::Arc;

use crate::runner::{Listener, News, Subject};

/// Where a report goes.
pub type Destination = Box<dyn io::Write + Send>;

/// A listener that makes a file.
pub trait Report: Listener {
    /// Nothing more comes: the report is to be complete.
    ///
    /// # Errors
    /// The first thing that could not be written.
    fn finish(&self) -> io::Result<()>;
}

/// Several listeners, told one after the other.
pub struct Several(pub Vec<Arc<dyn Listener>>);

impl Listener for Several {
    fn hear(&self, subject: &Subject, news: &News<'_>) {
        self.0
            .iter()
            .for_each(|listener| listener.hear(subject, news));
    }

    fn pause(&self) {
        self.0.iter().for_each(|listener| listener.pause());
    }

    fn again(&self, time: usize, of: usize) {
        self.0.iter().for_each(|listener| listener.again(time, of));
    }
}
