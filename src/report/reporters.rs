//! Holds all reporters of a run: each is told everything, one after the other.

use std::io;
use std::sync::Arc;

use crate::runner::{News, ReportedDocument, Reporter};

/// The reporters of a run, each with the name of what it writes.
#[derive(Clone, Default)]
pub struct Reporters(Vec<(String, Arc<dyn Reporter>)>);

impl Reporters {
    /// Adds one; `name` stands before `could not be written`.
    pub fn add(&mut self, name: impl Into<String>, reporter: Arc<dyn Reporter>) {
        self.0.push((name.into(), reporter));
    }

    /// Adds those of another.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Finishes each; a sentence for each that could not be written.
    #[must_use]
    pub fn finish_each(&self) -> Vec<String> {
        let failed = self.0.iter().filter_map(|(name, reporter)| {
            let error = reporter.finish().err()?;
            Some(format!("{name} could not be written: {error}"))
        });
        failed.collect()
    }
}

impl Reporter for Reporters {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        for (_, reporter) in &self.0 {
            reporter.hear(subject, news);
        }
    }

    fn follows(&self) -> bool {
        self.0.iter().any(|(_, reporter)| reporter.follows())
    }

    fn pause(&self) {
        for (_, reporter) in &self.0 {
            reporter.pause();
        }
    }

    fn again(&self, time: usize, of: usize) {
        for (_, reporter) in &self.0 {
            reporter.again(time, of);
        }
    }

    fn finish(&self) -> io::Result<()> {
        self.0
            .iter()
            .map(|(_, reporter)| reporter.finish())
            .fold(Ok(()), io::Result::and)
    }
}
