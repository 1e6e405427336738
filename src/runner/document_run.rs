//! What one document's run is given and what came of it: when it may begin, what is told of it on the way.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use super::event_sink::DocumentListener;
use super::execution::{Context, FinishedBlock, Purpose};
use super::idle_masks::idle_masks;
use super::plan::{self, Plan};
use super::ports::HeldPorts;
use super::record::RecordOutcome;
use super::select::Wanted;
use super::{
    BlockResult, DocumentResult, Findings, Kept, Named, Network, News, ReportedDocument, Reporter,
    Settings, WriteBack, save,
};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::redact::Redactor;
use crate::source::Source;

/// Decides whether a planned document runs now; may leave blocks out of its plan.
pub(super) type RunGate<'a> = &'a mut dyn FnMut(&mut Result<Plan, String>) -> GateDecision;

/// Whether a planned document runs now.
pub(super) enum GateDecision {
    /// It does, and has these ports until it ends.
    Run(HeldPorts),
    /// It waited for its turn, and may have been edited meanwhile.
    ReadAgain,
    /// It does not run, and nothing is told.
    Leave,
}

/// Why a run went no further.
pub(super) enum RunEnd {
    /// The document is to be read again.
    ReadAgain,
    /// It does not run, and nothing is told.
    Leave,
    /// Why is told, and stands in the result.
    Done,
}

/// One document's run.
pub(super) struct DocumentRun<'a> {
    pub(super) named: &'a Named,
    pub(super) context: Context<'a>,
    gate: RunGate<'a>,
    result: DocumentResult,
    /// The ports that are its own until it ends.
    held: HeldPorts,
}

/// What the documents of a run share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) settings: &'a Settings,
    pub(super) reporter: &'a Arc<dyn Reporter>,
    /// True from an interrupt on.
    pub(super) stop: &'a watch::Receiver<bool>,
    /// Set at the first failure if that ends the run.
    pub(super) bailed: &'a AtomicBool,
}

impl<'a> DocumentRun<'a> {
    pub(super) fn new(
        index: usize,
        named: &'a Named,
        shared: Shared<'a>,
        purpose: Purpose,
        network: Network,
        gate: RunGate<'a>,
    ) -> Self {
        let Shared {
            settings,
            reporter,
            stop,
            bailed,
        } = shared;
        Self {
            named,
            context: Context {
                settings,
                voice: voice(reporter, settings, index, named),
                network,
                purpose,
                bailed,
                stop,
            },
            gate,
            result: empty_result(named),
            held: HeldPorts::default(),
        }
    }

    /// Plans the document, and tells what there is to tell of the plan.
    pub(super) fn plan(&mut self, source: Source, document: Document) -> Result<Plan, RunEnd> {
        let wanted = match self.context.purpose {
            Purpose::Run | Purpose::Load => Wanted::Blocks(&self.named.selectors),
            Purpose::Serve(_) => Wanted::Servers(&self.named.selectors),
        };
        let planned = plan::plan(self.named, source, document, wanted, self.context.settings);
        self.enter(planned)
    }

    /// A document without a text.
    pub(super) fn refuse(&mut self, sentence: String) -> Result<(), RunEnd> {
        self.enter(Err(sentence)).map(drop)
    }

    fn enter(&mut self, mut planned: Result<Plan, String>) -> Result<Plan, RunEnd> {
        match (self.gate)(&mut planned) {
            GateDecision::Run(held) => self.held = held,
            GateDecision::ReadAgain => return Err(RunEnd::ReadAgain),
            GateDecision::Leave => return Err(RunEnd::Leave),
        }
        let voice = &self.context.voice;
        voice.tell(&News::Begun);
        let plan = announced(planned, voice, &mut self.result).ok_or(RunEnd::Done)?;
        if plan.is_refused() {
            self.result.refused = true;
            return Err(RunEnd::Done);
        }
        if plan.chosen.is_empty() {
            return Err(RunEnd::Done);
        }
        if self.writes(&plan) && !save::is_writable(&plan.path) {
            self.result.refused = true;
            remark(voice, &Redactor::default(), READ_ONLY, true);
            return Err(RunEnd::Done);
        }
        Ok(plan)
    }

    /// Refuses for what is wrong in the document.
    pub(super) fn tell_wrong(&mut self, plan: &Plan, wrong: Diagnostic) {
        self.result.refused = true;
        tell_diagnostics(plan, &self.context.voice, &[wrong]);
    }

    /// Refuses for what a sentence says.
    pub(super) fn remark(&mut self, sentence: &str) {
        self.result.refused = true;
        remark(&self.context.voice, &Redactor::default(), sentence, true);
    }

    fn writes(&self, plan: &Plan) -> bool {
        let settings = self.context.settings;
        plan.is_file && settings.write != WriteBack::Never && !settings.check
    }

    /// What came of the blocks; a server that cannot listen keeps all of them from running.
    pub(super) fn begun(
        &mut self,
        plan: &Plan,
        executed: Result<Vec<FinishedBlock>, Diagnostic>,
    ) -> Result<Vec<FinishedBlock>, RunEnd> {
        executed.map_err(|wrong| {
            self.result.refused = true;
            tell_diagnostics(plan, &self.context.voice, &[wrong]);
            RunEnd::Done
        })
    }

    /// Tells what became of the transcripts, and keeps it.
    pub(super) fn finish(&mut self, plan: &Plan, ran: Vec<FinishedBlock>, recorded: RecordOutcome) {
        let voice = &self.context.voice;
        let result = &mut self.result;
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
        if self.context.purpose == Purpose::Run {
            tell_diagnostics(plan, voice, &idle_masks(plan, &ran));
        }
        result.written = recorded.written;
        result.text = recorded.text;
        result.results = ran.into_iter().map(|ran| ran.result).collect();
        if self.context.settings.check {
            let kept = || result.results.iter().map(|result| result.kept);
            result.differs = kept().any(|kept| matches!(kept, Kept::Different | Kept::Unrecorded));
            tell_diagnostics(plan, voice, &unrecorded(plan, &result.results));
        }
    }

    /// The end: other documents may have its ports.
    pub(super) fn end(self) -> DocumentResult {
        drop(self.held);
        self.context.voice.tell(&News::Done(&self.result));
        self.result
    }
}

const READ_ONLY: &str = "it is read-only, so its transcripts cannot be written; make it writable, or run it with --write never";

/// Plans a document and tells what is wrong, without connecting to anything.
pub(super) fn check_document(
    index: usize,
    named: &Named,
    settings: &Settings,
    reporter: &Arc<dyn Reporter>,
) -> DocumentResult {
    let voice = voice(reporter, settings, index, named);
    voice.tell(&News::Begun);
    let mut result = empty_result(named);
    let planned = plan::plan_named(named, Wanted::Checked(&named.selectors), settings);
    if let Some(plan) = announced(planned, &voice, &mut result) {
        result.refused = plan.is_refused();
    }
    voice.tell(&News::Done(&result));
    result
}

/// The result of a document that nothing can run.
pub(super) fn failed_document(
    index: usize,
    named: &Named,
    shared: Shared<'_>,
    sentence: &str,
) -> DocumentResult {
    let voice = voice(shared.reporter, shared.settings, index, named);
    voice.tell(&News::Begun);
    remark(&voice, &Redactor::default(), sentence, true);
    let result = DocumentResult {
        refused: true,
        ..empty_result(named)
    };
    voice.tell(&News::Done(&result));
    result
}

/// Tells what there is to tell of a plan; `None`, and `refused`, if there is none.
pub(super) fn announced(
    plan: Result<Plan, String>,
    voice: &DocumentListener,
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

pub(super) fn tell_diagnostics(plan: &Plan, voice: &DocumentListener, diagnostics: &[Diagnostic]) {
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

pub(super) fn remark(voice: &DocumentListener, redactor: &Redactor, sentence: &str, fatal: bool) {
    let sentence = &redactor.text(sentence);
    voice.tell(&News::Remark { sentence, fatal });
}

pub(super) fn voice(
    reporter: &Arc<dyn Reporter>,
    settings: &Settings,
    index: usize,
    named: &Named,
) -> DocumentListener {
    DocumentListener {
        reporter: Arc::clone(reporter),
        subject: ReportedDocument {
            index,
            name: named.shown.clone(),
        },
        clock: settings.clock.clone(),
    }
}

pub(super) fn empty_result(named: &Named) -> DocumentResult {
    DocumentResult {
        name: named.shown.clone(),
        ..DocumentResult::default()
    }
}
