//! A run that goes on while its document is watched: it may be stopped, and an edit may overtake it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::fingerprint::Fingerprint;
use super::ports::Ports;
use super::{News, ReportedDocument, Reporter};

/// A document as it stands on disk.
#[derive(Debug, Default)]
pub struct DocumentSnapshot {
    pub(super) fingerprints: Vec<Fingerprint>,
}

/// One run, as others see it while it goes on.
pub struct ActiveRun {
    pub(super) stop: watch::Sender<bool>,
    /// The blocks that are not done.
    unfinished: Mutex<BTreeMap<usize, Fingerprint>>,
    pub(super) begun: Box<dyn Fn() + Send + Sync>,
    /// What all runs that go on at the same time share.
    pub(super) ports: Arc<Ports>,
}

impl ActiveRun {
    /// A run to come; `begun` is called when it has read its document and something is due. It waits for ports that
    /// another run has of the same `ports`.
    #[must_use]
    pub fn new(ports: &Arc<Ports>, begun: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            stop: watch::channel(false).0,
            unfinished: Mutex::default(),
            begun: Box::new(begun),
            ports: Arc::clone(ports),
        }
    }

    /// Cuts the sessions that go on; what is done is written all the same.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Whether a block that is not done is not there any more as it was read.
    #[must_use]
    pub fn is_overtaken(&self, snapshot: &DocumentSnapshot) -> bool {
        let unfinished = self.unfinished();
        unfinished
            .values()
            .any(|fingerprint| !snapshot.fingerprints.contains(fingerprint))
    }

    pub(super) fn unfinished(&self) -> MutexGuard<'_, BTreeMap<usize, Fingerprint>> {
        self.unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Crosses off what is done.
pub(super) struct Following {
    pub(super) reporter: Arc<dyn Reporter>,
    pub(super) active: Arc<ActiveRun>,
}

impl Reporter for Following {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        if let News::Finished { block, .. } = news {
            self.active.unfinished().remove(&block.index);
        }
        self.reporter.hear(subject, news);
    }

    fn follows(&self) -> bool {
        self.reporter.follows()
    }

    fn pause(&self) {
        self.reporter.pause();
    }
}
