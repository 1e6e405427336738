//! Reports that say nothing of a document before it has ended: gathers what is told of each, and hands its account to the
//! report's writer.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Destination;
use super::account::{Account, Gathering};
use crate::runner::{News, ReportedDocument, Reporter};
use crate::wall_clock::WallClock;

/// A format in which accounts are written.
pub(super) trait AccountWriter: Send {
    /// Takes the account of the document that was named `index`th, as it ends.
    ///
    /// # Errors
    /// Its lines cannot be written.
    fn document(&mut self, index: usize, account: Account, to: &mut Destination) -> io::Result<()>;

    /// Everything has run.
    ///
    /// # Errors
    /// What is left cannot be written.
    fn finish(&mut self, to: &mut Destination) -> io::Result<()>;
}

/// A report that an [`AccountWriter`] writes.
pub(super) struct AccountReport<W> {
    state: Mutex<AccountReportState<W>>,
}

struct AccountReportState<W> {
    writer: W,
    destination: Destination,
    gathering: Gathering,
    /// The first time that something could not be written; nothing is after it.
    failed: Option<io::Error>,
}

impl<W> AccountReport<W> {
    /// A report that goes there.
    pub(super) fn new(writer: W, destination: Destination, clock: WallClock) -> Self {
        Self {
            state: Mutex::new(AccountReportState {
                writer,
                destination,
                gathering: Gathering::new(clock),
                failed: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, AccountReportState<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AccountWriter> Reporter for AccountReport<W> {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        // No account needs these, of which there are many.
        if matches!(
            news,
            News::Event { .. } | News::Lines { .. } | News::Happened { .. }
        ) {
            return;
        }
        let mut guard = self.state();
        let state = &mut *guard;
        if let Some(account) = state.gathering.hear(subject, news)
            && state.failed.is_none()
        {
            let written = state
                .writer
                .document(subject.index, account, &mut state.destination);
            state.failed = written.err();
        }
    }

    fn again(&self, time: usize, _: usize) {
        self.state().gathering.again(time);
    }

    fn finish(&self) -> io::Result<()> {
        let mut guard = self.state();
        let state = &mut *guard;
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        state.writer.finish(&mut state.destination)?;
        state.destination.flush()
    }
}
