//! How progress and outcomes are told: listeners to a run. Knows no documents, and decides nothing.

mod drawing;
mod log;
mod object;
mod output;
mod pages;
mod paint;
mod summary;
mod terminal;

pub use log::Log;
pub use output::Output;
pub use paint::harmless;
pub use summary::counted;
pub use terminal::{Scene, Terminal, Verbosity};

use std::sync::Arc;

use crate::runner::{Listener, News, Subject};

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
}
