//! Documents side by side: each on one thread, from reading to writing. One document's fault stops no other.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::execute::execute;
use super::idle_masks::idle_masks;
use super::perform::{Performance, Purpose};
use super::plan::{Plan, plan};
use super::ports::{Held, Ports, Taken};
use super::record::record;
use super::select::Wanted;
use super::side_by_side::side_by_side;
use super::tell::Voice;
use super::{
    BlockResult, DocumentResult, Findings, Kept, Listener, Named, Network, News, Settings, Subject,
    WriteBack, save,
};
use crate::diagnostic::Diagnostic;
use crate::redact::Redactor;

/// What all documents of a run share.
struct Shared<'a> {
    settings: &'a Settings,
    listener: &'a Arc<dyn Listener>,
    stop: &'a watch::Receiver<bool>,
    bailed: AtomicBool,
    ports: Arc<Ports>,
}

/// Runs documents, `settings.jobs` at a time. Gives what came of each that began, in the order given.
pub fn run(
    documents: &[Named],
    settings: &Settings,
    listener: &Arc<dyn Listener>,
    stop: &watch::Receiver<bool>,
) -> Vec<DocumentResult> {
    let shared = Shared::new(settings, listener, stop);
    side_by_side(documents.len(), settings.jobs, &|index| {
        shared.document(index, documents.get(index)?, Purpose::Run)
    })
}

/// Runs one document on the caller's runtime and network, with the caller's clock.
pub async fn run_on(
    network: &Network,
    document: &Named,
    settings: &Settings,
    listener: &Arc<dyn Listener>,
    stop: &watch::Receiver<bool>,
) -> Option<DocumentResult> {
    let shared = Shared::new(settings, listener, stop);
    let mut turn = shared.begin(0, document, Purpose::Run)?;
    if let Some(plan) = turn.plan.take() {
        shared
            .perform(&plan, Purpose::Run, network, &mut turn)
            .await;
    }
    Some(turn.end())
}

/// Runs what a plan has chosen, or tells why there is no plan.
pub(super) fn run_plan(
    index: usize,
    named: &Named,
    plan: Result<Plan, String>,
    settings: &Settings,
    listener: &Arc<dyn Listener>,
    stop: &watch::Receiver<bool>,
) -> DocumentResult {
    let shared = Shared::new(settings, listener, stop);
    let turn = shared.turn(index, named, plan);
    shared.to_end(turn, Purpose::Run)
}

/// Serves the servers of documents, all at once, until `stop`.
pub fn serve(
    documents: &[Named],
    settings: &Settings,
    address: Option<IpAddr>,
    listener: &Arc<dyn Listener>,
    stop: &watch::Receiver<bool>,
) -> Vec<DocumentResult> {
    let shared = Shared::new(settings, listener, stop);
    side_by_side(documents.len(), documents.len(), &|index| {
        shared.document(index, documents.get(index)?, Purpose::Serve(address))
    })
}

/// Parses documents and tells what is wrong, without connecting to anything.
pub fn check(
    documents: &[Named],
    settings: &Settings,
    listener: &Arc<dyn Listener>,
) -> Vec<DocumentResult> {
    side_by_side(documents.len(), settings.jobs, &|index| {
        let named = documents.get(index)?;
        let voice = voice(listener, settings, index, named);
        voice.tell(&News::Begun);
        let mut result = empty_result(named);
        let wanted = Wanted::Blocks(&named.selectors);
        let plan = plan(named, wanted, settings);
        if let Some(plan) = announced(plan, &voice, &mut result) {
            result.refused = plan.is_refused();
        }
        voice.tell(&News::Done(&result));
        Some(result)
    })
}

impl<'a> Shared<'a> {
    fn new(
        settings: &'a Settings,
        listener: &'a Arc<dyn Listener>,
        stop: &'a watch::Receiver<bool>,
    ) -> Self {
        Self {
            settings,
            listener,
            stop,
            bailed: AtomicBool::new(false),
            ports: Arc::default(),
        }
    }

    /// One document's turn; `None` where it does not come any more.
    fn document(&self, index: usize, named: &Named, purpose: Purpose) -> Option<DocumentResult> {
        let turn = self.begin(index, named, purpose)?;
        Some(self.to_end(turn, purpose))
    }

    fn to_end(&self, mut turn: Turn, purpose: Purpose) -> DocumentResult {
        if let Some(plan) = turn.plan.take() {
            match tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            {
                Ok(runtime) => {
                    let network = Network::of_machine(self.settings);
                    runtime.block_on(self.perform(&plan, purpose, &network, &mut turn));
                    // An expression that runs for ever is left behind, and not waited for.
                    runtime.shutdown_background();
                }
                Err(error) => {
                    turn.result.refused = true;
                    let sentence = format!("nothing can run: {error}");
                    remark(&turn.voice, &Redactor::default(), &sentence, true);
                }
            }
        }
        turn.end()
    }

    /// Plans a document; `None` where its turn does not come any more.
    fn begin(&self, index: usize, named: &Named, purpose: Purpose) -> Option<Turn> {
        let is_over = || *self.stop.borrow() || self.bailed.load(Ordering::Relaxed);
        if is_over() {
            return None;
        }
        let (planned, held) = match purpose {
            Purpose::Run => self.plan_in_turn(index, named, is_over)?,
            // They serve all at once: of two that want the same port one cannot.
            Purpose::Serve(_) => {
                let wanted = Wanted::Servers(&named.selectors);
                (plan(named, wanted, self.settings), Held::default())
            }
        };
        Some(Turn {
            held,
            ..self.turn(index, named, planned)
        })
    }

    /// Plans a document when the ports are free that its servers want. It may have been edited while it waited for them.
    fn plan_in_turn(
        &self,
        index: usize,
        named: &Named,
        is_over: impl Fn() -> bool,
    ) -> Option<(Result<Plan, String>, Held)> {
        let mut held = Held::default();
        loop {
            let wanted = Wanted::Blocks(&named.selectors);
            let planned = plan(named, wanted, self.settings);
            let ports = planned.as_ref().map(Plan::fixed_ports).unwrap_or_default();
            if held.covers(&ports) {
                return Some((planned, held));
            }
            drop(held);
            held = match self.ports.take(index, &ports, &is_over) {
                Taken::AtOnce(held) => return Some((planned, held)),
                Taken::InTurn(held) => held,
                Taken::GivenUp => return None,
            };
            if is_over() {
                return None;
            }
        }
    }

    fn turn(&self, index: usize, named: &Named, plan: Result<Plan, String>) -> Turn {
        let voice = voice(self.listener, self.settings, index, named);
        voice.tell(&News::Begun);
        let mut result = empty_result(named);
        let mut plan = announced(plan, &voice, &mut result);
        if let Some(obstacle) = plan.as_ref().and_then(|plan| self.obstacle(plan)) {
            result.refused = true;
            obstacle.tell(&voice);
            plan = None;
        }
        let plan = plan.filter(|plan| !plan.chosen.is_empty());
        Turn {
            voice,
            result,
            plan,
            held: Held::default(),
        }
    }

    /// Why a plan may not run.
    fn obstacle(&self, plan: &Plan) -> Option<Obstacle> {
        if plan.is_refused() {
            return Some(Obstacle::Told);
        }
        let writes =
            plan.is_file && self.settings.write != WriteBack::Never && !self.settings.check;
        if writes && !plan.chosen.is_empty() && !save::is_writable(&plan.path) {
            let sentence = "it is read-only, so its transcripts cannot be written; make it writable, or run it with --write never";
            return Some(Obstacle::Sentence(sentence));
        }
        None
    }

    async fn perform(&self, plan: &Plan, purpose: Purpose, network: &Network, turn: &mut Turn) {
        let Turn { voice, result, .. } = turn;
        let (settings, bailed) = (self.settings, &self.bailed);
        let performance =
            Performance::new(plan, settings, voice, network, purpose, bailed, self.stop);
        let mut ran = match execute(performance).await {
            Ok(ran) => ran,
            Err(wrong) => {
                result.refused = true;
                tell_diagnostics(plan, voice, &[wrong]);
                return;
            }
        };
        let recorded = record(plan, &mut ran, self.settings);
        for name in &recorded.edited {
            let sentence =
                format!("`{name}` was edited while it ran, so its transcript was not written");
            remark(voice, &plan.redactor.borrow(), &sentence, false);
        }
        if let Some(error) = &recorded.error {
            result.refused = true;
            remark(voice, &plan.redactor.borrow(), error, true);
        }
        if let Some(text) = &recorded.difference {
            let blocks = &recorded.blocks;
            voice.tell(&News::Difference { text, blocks });
        }
        if purpose == Purpose::Run {
            tell_diagnostics(plan, voice, &idle_masks(plan, &ran));
        }
        result.written = recorded.written;
        result.text = recorded.text;
        result.results = ran.into_iter().map(|ran| ran.result).collect();
        if self.settings.check {
            let kept = || result.results.iter().map(|result| result.kept);
            result.differs = kept().any(|kept| matches!(kept, Kept::Different | Kept::Unrecorded));
            tell_diagnostics(plan, voice, &unrecorded(plan, &result.results));
        }
    }
}

/// One document's turn.
struct Turn {
    voice: Voice,
    result: DocumentResult,
    /// What there is to do, where there is something.
    plan: Option<Plan>,
    /// The ports that are its own until it ends.
    held: Held,
}

impl Turn {
    fn end(self) -> DocumentResult {
        drop(self.held);
        self.voice.tell(&News::Done(&self.result));
        self.result
    }
}

/// Why a document may not run.
enum Obstacle {
    /// Its diagnostics were told.
    Told,
    /// This.
    Sentence(&'static str),
}

impl Obstacle {
    fn tell(&self, voice: &Voice) {
        if let Self::Sentence(sentence) = self {
            remark(voice, &Redactor::default(), sentence, true);
        }
    }
}

/// Tells what there is to tell of a plan; `None`, and `refused`, where there is none.
fn announced(
    plan: Result<Plan, String>,
    voice: &Voice,
    result: &mut DocumentResult,
) -> Option<Plan> {
    let plan = match plan {
        Ok(plan) => plan,
        Err(sentence) => {
            result.refused = true;
            remark(voice, &Redactor::default(), &sentence, true);
            return None;
        }
    };
    result.blocks = plan.document.blocks.len();
    if !plan.document.blocks.is_empty() {
        for warning in &plan.warnings {
            remark(voice, &plan.redactor.borrow(), warning, false);
        }
        voice.tell(&News::Variables(&plan.origins));
    }
    tell_diagnostics(&plan, voice, &plan.diagnostics);
    Some(plan)
}

fn tell_diagnostics(plan: &Plan, voice: &Voice, diagnostics: &[Diagnostic]) {
    if diagnostics.is_empty() {
        return;
    }
    let redactor = plan.redactor.borrow();
    let findings = Findings::new(&plan.source, diagnostics, &redactor);
    voice.tell(&News::Diagnostics(findings));
}

/// That no transcript is recorded, and how to record one.
fn unrecorded(plan: &Plan, results: &[BlockResult]) -> Vec<Diagnostic> {
    let unrecorded = results
        .iter()
        .filter(|result| result.kept == Kept::Unrecorded);
    let blocks = unrecorded.filter_map(|result| plan.document.blocks.get(result.block.index));
    blocks
        .map(|block| {
            let sentence = format!("no transcript of `{}` is recorded", block.name);
            let hint = format!("`voiden run {}` records one", plan.source.name());
            Diagnostic {
                hint: Some(hint),
                ..Diagnostic::error(block.info, sentence)
            }
        })
        .collect()
}

fn remark(voice: &Voice, redactor: &Redactor, sentence: &str, fatal: bool) {
    let sentence = &redactor.text(sentence);
    voice.tell(&News::Remark { sentence, fatal });
}

fn voice(listener: &Arc<dyn Listener>, settings: &Settings, index: usize, named: &Named) -> Voice {
    Voice {
        listener: Arc::clone(listener),
        subject: Subject {
            index,
            name: named.shown.clone(),
        },
        clock: settings.clock.clone(),
    }
}

fn empty_result(named: &Named) -> DocumentResult {
    DocumentResult {
        name: named.shown.clone(),
        ..DocumentResult::default()
    }
}
