//! Runs, checks and serves documents side by side, each on one thread. One document's fault stops no other.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{mpsc, watch};

use super::chain::run_document;
use super::document_run::{
    DocumentRun, GateDecision, RunGate, Shared, check_document, failed_document, voice,
};
use super::execution::{Context, Purpose};
use super::live::{LiveRun, run_live_document};
use super::plan::Plan;
use super::ports::{HeldPorts, PortGrant, Ports};
use super::side_by_side::side_by_side;
use super::{
    DocumentResult, LiveCommand, LiveListener, LiveOutcome, Named, Network, Reporter, Settings,
};

/// Runs documents as the command does.
///
/// ```no_run
/// let (documents, _) = voiden::find(&["docs".to_owned()]);
/// let results = voiden::Runner::new(voiden::Settings::default()).run(&documents);
/// assert!(results.iter().all(|document| !document.failed() && !document.refused));
/// ```
pub struct Runner {
    settings: Settings,
    reporter: Arc<dyn Reporter>,
    stop: watch::Receiver<bool>,
}

impl Runner {
    /// A runner that reports to no reporter.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            reporter: Arc::new(Silence),
            // Without a sender it never changes.
            stop: watch::channel(false).1,
        }
    }

    /// Reports to a reporter while documents run.
    #[must_use]
    pub fn reporter(self, reporter: Arc<dyn Reporter>) -> Self {
        Self { reporter, ..self }
    }

    /// Begins nothing more, and closes what is open, once the value is true.
    #[doc(hidden)]
    #[must_use]
    pub fn until(self, stop: watch::Receiver<bool>) -> Self {
        Self { stop, ..self }
    }

    /// Runs documents, `settings.jobs` at a time. Gives what came of each that began, in the order given.
    #[must_use]
    pub fn run(&self, documents: &[Named]) -> Vec<DocumentResult> {
        let bailed = AtomicBool::new(false);
        let shared = self.shared(&bailed);
        let ports = Arc::default();
        side_by_side(documents.len(), self.settings.jobs, &|index| {
            let is_over = || is_over(shared);
            if is_over() {
                return None;
            }
            let mut gate = in_turn(index, &ports, &is_over);
            run_one(
                index,
                documents.get(index)?,
                shared,
                Purpose::Run,
                &mut gate,
            )
        })
    }

    /// Runs one document on the caller's runtime and network, with the caller's clock.
    #[doc(hidden)]
    pub async fn run_on(&self, network: &Network, document: &Named) -> Option<DocumentResult> {
        let bailed = AtomicBool::new(false);
        let shared = self.shared(&bailed);
        if is_over(shared) {
            return None;
        }
        let network = network.clone();
        let mut gate = at_once;
        let run = DocumentRun::new(0, document, shared, Purpose::Run, network, &mut gate);
        run_document(run).await
    }

    /// Serves the servers of documents, all at once, until they are stopped; at `address` instead of loopback.
    #[must_use]
    pub fn serve(&self, documents: &[Named], address: Option<IpAddr>) -> Vec<DocumentResult> {
        let bailed = AtomicBool::new(false);
        let shared = self.shared(&bailed);
        let purpose = Purpose::Serve(address);
        side_by_side(documents.len(), documents.len(), &|index| {
            if is_over(shared) {
                return None;
            }
            // They serve all at once: of two that want the same port one cannot.
            run_one(index, documents.get(index)?, shared, purpose, &mut at_once)
        })
    }

    /// Parses documents and reports what is wrong, without connecting to anything.
    #[must_use]
    pub fn check(&self, documents: &[Named]) -> Vec<DocumentResult> {
        side_by_side(documents.len(), self.settings.jobs, &|index| {
            let named = documents.get(index)?;
            Some(check_document(index, named, &self.settings, &self.reporter))
        })
    }

    /// Opens the connections of the one block that a document's selectors name, and does what is commanded until a close.
    /// The document stays as it is.
    #[must_use]
    pub fn live(
        &self,
        document: &Named,
        commands: mpsc::UnboundedReceiver<LiveCommand>,
        listener: Arc<dyn LiveListener>,
    ) -> LiveOutcome {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            return LiveOutcome {
                refused: true,
                failed: false,
            };
        };
        let network = Network::of_machine(&self.settings);
        let outcome = runtime.block_on(self.live_on(&network, document, commands, listener));
        runtime.shutdown_background();
        outcome
    }

    /// The same on the caller's runtime and network, with the caller's clock.
    #[doc(hidden)]
    pub async fn live_on(
        &self,
        network: &Network,
        document: &Named,
        commands: mpsc::UnboundedReceiver<LiveCommand>,
        listener: Arc<dyn LiveListener>,
    ) -> LiveOutcome {
        let context = Context {
            settings: &self.settings,
            voice: voice(&self.reporter, &self.settings, 0, document),
            network: network.clone(),
            purpose: Purpose::Run,
            bailed: &AtomicBool::new(false),
            stop: &self.stop,
        };
        let live = LiveRun { commands, listener };
        run_live_document(document, &context, live).await
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn shared<'a>(&'a self, bailed: &'a AtomicBool) -> Shared<'a> {
        Shared {
            settings: &self.settings,
            reporter: &self.reporter,
            stop: &self.stop,
            bailed,
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Runner");
        shown
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Runs one document on a runtime of its own.
pub(super) fn run_one(
    index: usize,
    named: &Named,
    shared: Shared<'_>,
    purpose: Purpose,
    gate: RunGate<'_>,
) -> Option<DocumentResult> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let sentence = format!("nothing can run: {error}");
            return Some(failed_document(index, named, shared, &sentence));
        }
    };
    let network = Network::of_machine(shared.settings);
    let run = DocumentRun::new(index, named, shared, purpose, network, gate);
    let result = runtime.block_on(run_document(run));
    // An expression that runs for ever is left behind, and not waited for.
    runtime.shutdown_background();
    result
}

/// Lets a document run as soon as it is planned.
pub(super) fn at_once(_: &mut Result<Plan, String>) -> GateDecision {
    GateDecision::Run(HeldPorts::default())
}

/// Lets a document run when the ports are free that its servers want. It may have been edited while it waited for them.
fn in_turn<'a>(
    index: usize,
    ports: &'a Arc<Ports>,
    is_over: &'a dyn Fn() -> bool,
) -> impl FnMut(&mut Result<Plan, String>) -> GateDecision + 'a {
    let mut held = HeldPorts::default();
    move |planned| {
        let wanted = planned.as_ref().map(Plan::fixed_ports).unwrap_or_default();
        if held.covers(&wanted) {
            return GateDecision::Run(std::mem::take(&mut held));
        }
        held = HeldPorts::default();
        match ports.take(index, &wanted, is_over) {
            PortGrant::AtOnce(held) => GateDecision::Run(held),
            PortGrant::InTurn(_) if is_over() => GateDecision::Leave,
            PortGrant::InTurn(taken) => {
                held = taken;
                GateDecision::ReadAgain
            }
            PortGrant::GivenUp => GateDecision::Leave,
        }
    }
}

fn is_over(shared: Shared<'_>) -> bool {
    *shared.stop.borrow() || shared.bailed.load(Ordering::Relaxed)
}

/// Listens to nothing.
struct Silence;

impl Reporter for Silence {
    fn hear(&self, _: &super::ReportedDocument, _: &super::News<'_>) {}
}
