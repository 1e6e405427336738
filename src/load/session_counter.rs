//! Hears the sessions of one thread, and counts. Nothing is shared with other threads, and nothing is kept of a message.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::figures::{FailureExample, Figures};
use super::interval::Interval;
use crate::interpreter::Measure;
use crate::protocol::{Event, EventKind, SessionOutcome};
use crate::runner::{SessionEars, TargetStep};
use crate::source::Span;

/// Secrets of a client that are remembered at most: of more the oldest are forgotten.
const SECRETS: usize = 64;

/// What one thread counts.
pub(super) struct SessionCounter {
    figures: RefCell<Figures>,
    interval: RefCell<Interval>,
    /// Where the expectations stand, in order.
    places: Vec<usize>,
}

/// The secrets that a client has made, with their names.
pub(super) type ClientSecrets = Rc<RefCell<Vec<(Arc<str>, Arc<str>)>>>;

impl SessionCounter {
    pub(super) fn new(steps: &[TargetStep]) -> Self {
        Self {
            figures: RefCell::new(Figures::new(steps.len())),
            interval: RefCell::new(Interval::EMPTY),
            places: steps.iter().map(|step| step.span.start).collect(),
        }
    }

    /// What hears the sessions of a client.
    pub(super) fn ears(self: &Rc<Self>, secrets: &ClientSecrets) -> SessionEars {
        let (counter, secrets) = (Rc::clone(self), Rc::clone(secrets));
        SessionEars {
            listen: Rc::new(move |event| counter.hear(event, &secrets)),
            measure: Rc::clone(self) as _,
        }
    }

    /// A session begins.
    pub(super) fn begin(&self) {
        self.figures.borrow_mut().begun += 1;
    }

    /// A session has ended; one that was cut counts as unfinished.
    pub(super) fn end(&self, outcome: SessionOutcome, secrets: &ClientSecrets) {
        if outcome.interrupted {
            return;
        }
        let mut figures = self.figures.borrow_mut();
        let mut interval = self.interval.borrow_mut();
        interval.sessions += 1;
        let Some(failure) = outcome.failure else {
            figures.passed += 1;
            return;
        };
        interval.failed += 1;
        figures.failed += 1;
        *figures.failures.entry(failure.kind).or_default() += 1;
        figures
            .examples
            .entry(failure.kind)
            .or_insert_with(|| FailureExample {
                failure,
                secrets: secrets.borrow().clone(),
            });
    }

    /// What has happened since this was asked for last.
    pub(super) fn take_interval(&self) -> Interval {
        self.interval.replace(Interval::EMPTY)
    }

    /// All of it.
    pub(super) fn take_figures(&self) -> Figures {
        self.figures.replace(Figures::new(self.places.len()))
    }

    fn hear(&self, event: Event, secrets: &ClientSecrets) {
        match event.kind {
            EventKind::Sent { frame, .. } if frame.is_message() => {
                self.figures.borrow_mut().sent += 1;
            }
            EventKind::Received { frame, .. } if frame.is_message() => {
                self.figures.borrow_mut().received += 1;
            }
            EventKind::Secret { name, value } => return remember(secrets, name, value),
            _ => return,
        }
        self.interval.borrow_mut().messages += 1;
    }
}

fn remember(secrets: &ClientSecrets, name: Arc<str>, value: Arc<str>) {
    let mut secrets = secrets.borrow_mut();
    if secrets.iter().any(|(_, known)| *known == value) {
        return;
    }
    if secrets.len() >= SECRETS {
        secrets.remove(0);
    }
    secrets.push((name, value));
}

impl Measure for SessionCounter {
    fn opened(&self, took: Duration) {
        self.figures.borrow_mut().handshake.record(took);
        if self.places.is_empty() {
            self.interval.borrow_mut().record(took);
        }
    }

    fn met(&self, step: Span, waited: Duration) {
        let Ok(at) = self.places.binary_search(&step.start) else {
            return;
        };
        if let Some(step) = self.figures.borrow_mut().steps.get_mut(at) {
            step.record(waited);
        }
        self.interval.borrow_mut().record(waited);
    }
}
