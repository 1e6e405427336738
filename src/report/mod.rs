//! How progress and outcomes are told: reporters of a run. Knows no documents, and decides nothing.

mod account;
mod accounts;
mod annotation;
mod checked;
mod event;
mod formats;
mod github;
mod html;
mod json;
mod junit;
mod log;
mod markdown;
mod object;
mod output;
mod pages;
mod paint;
mod progress;
mod reporters;
mod scribe;
mod spool;
mod status;
mod summary;
mod tap;
mod terminal;
mod workflow;

pub use checked::{CheckFormat, CheckReport};
pub use formats::{REPORT_FORMATS, ReportFormat};
pub use html::HtmlReport;
pub(crate) use html::axis::{Percent, TimeAxis};
pub(crate) use html::page::{STYLE as PAGE_STYLE, digest};
pub(crate) use html::shown::Shown;
pub use json::JsonReport;
pub use log::Log;
pub(crate) use object::Object;
pub use output::Output;
pub use paint::harmless;
pub(crate) use paint::{BOLD, CYAN, GREEN, RED, YELLOW, line, paint};
pub use progress::LiveLine;
pub use reporters::Reporters;
pub use status::StatusLine;
pub use summary::{Tally, counted};
pub use terminal::{Scene, Terminal, Verbosity};
pub use workflow::{ColonSpelling, CommandGuard, Guarded};

use std::io;

/// Where a report goes.
pub type Destination = Box<dyn io::Write + Send>;
