//! What the blocks of one document share while they run, and what each leaves behind.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::address::{self, FreePort};
use super::event_sink::{DocumentListener, EventSink};
use super::masking::MaskUse;
use super::plan::Plan;
use super::reveal::Reveal;
use super::secret_buffer::HoldUntil;
use super::{BlockInfo, BlockResult, Findings, Kept, Network, News, Settings, Verdict};
use crate::diagnostic::Diagnostic;
use crate::dial::Tls;
use crate::document::Block;
use crate::handshake::CookieJar;
use crate::interpreter::{Environment, Interrupt};
use crate::protocol::{Bytes, Failure, Generated, GeneratedKind, SessionOutcome};
use crate::script::{CommonAction, Generator, Handler, Options, Scope, Script, Trigger};
use crate::server::{Occupants, SharedPorts};
use crate::transcript::{Beat, Transcript};

/// What runs besides the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The clients, in order.
    Run,
    /// Nothing: servers serve until they are stopped, at this address instead of loopback.
    Serve(Option<IpAddr>),
    /// Many sessions of one block: servers tell nothing of what they do.
    Load,
}

/// What came of a block.
pub(super) struct FinishedBlock {
    /// How it went.
    pub(super) result: BlockResult,
    /// What is to be recorded of it.
    pub(super) transcript: Option<Transcript>,
    /// Its masks.
    pub(super) masks: Vec<MaskUse>,
}

/// What all blocks of a document are given.
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    pub(super) voice: DocumentListener,
    pub(super) network: Network,
    pub(super) purpose: Purpose,
    /// Set at the first failure if that ends the run.
    pub(super) bailed: &'a AtomicBool,
    /// True from an interrupt on.
    pub(super) stop: &'a watch::Receiver<bool>,
}

/// What the blocks of a document share while they run.
pub(super) struct Execution<'a> {
    pub(super) plan: &'a Plan,
    pub(super) settings: &'a Settings,
    pub(super) voice: &'a DocumentListener,
    pub(super) network: &'a Network,
    pub(super) purpose: Purpose,
    /// Set at the first failure where that ends the run.
    bailed: &'a AtomicBool,
    /// True from an interrupt on.
    pub(super) stop: &'a watch::Receiver<bool>,
    pub(super) ports: Rc<RefCell<Vec<FreePort>>>,
    /// Where its servers listen.
    pub(super) listening: SharedPorts,
    pub(super) trusted: RefCell<Vec<Bytes>>,
    pub(super) occupants: RefCell<Vec<Occupants>>,
    pub(super) cookies: Rc<RefCell<CookieJar>>,
    /// Whether a server tells secrets: they may have passed through its clients before.
    pub(super) servers_tell: bool,
    ran: RefCell<Vec<FinishedBlock>>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(plan: &'a Plan, context: &'a Context<'_>) -> Self {
        Self {
            plan,
            settings: context.settings,
            voice: &context.voice,
            network: &context.network,
            purpose: context.purpose,
            bailed: context.bailed,
            stop: context.stop,
            ports: Rc::default(),
            listening: SharedPorts::default(),
            trusted: RefCell::default(),
            occupants: RefCell::default(),
            cookies: Rc::default(),
            servers_tell: plan
                .servers()
                .any(|(_, _, script)| !script.announced().is_empty()),
            ran: RefCell::default(),
        }
    }

    /// Waits until servers know who has left.
    pub(super) async fn settle(&self) {
        let occupants = self.occupants.borrow().clone();
        for occupants in occupants {
            occupants.settle().await;
        }
    }

    pub(super) fn finish(
        &self,
        info: BlockInfo,
        block: &Block,
        sink: &EventSink,
        outcome: &SessionOutcome,
    ) {
        let transcript = sink.finish(outcome);
        let redactor = self.plan.redactor.borrow();
        let verdict = match &outcome.failure {
            None => Verdict::Passed,
            Some(failure) => Verdict::Failed(redactor.text(&headline(failure))),
        };
        if let Some(failure) = &outcome.failure {
            if self.settings.bail {
                self.bailed.store(true, Ordering::Relaxed);
            }
            let told = failure.each().map(|failure| {
                let place = block.body.span(failure.span);
                let mut told = Diagnostic::error(place, failure.reason);
                told.hint = failure.hint;
                told
            });
            let told: Vec<_> = told.collect();
            let findings = Findings::new(&self.plan.source, &told, &redactor);
            self.voice.tell(&News::Diagnostics(findings));
        }
        let result = BlockResult {
            block: info,
            verdict,
            sent: transcript.sent,
            received: transcript.received,
            took: outcome.took,
            kept: Kept::None,
        };
        // A server that served no client has nothing to put in the place of what it did before.
        let told = !block.kind.is_server() || !self.has_no_clients();
        let masks = sink.mask_uses();
        self.finished(result, told.then_some(transcript), masks);
    }

    pub(super) fn skipped(&self, info: BlockInfo, reason: &str) {
        let reason = self.plan.redactor.borrow().text(reason);
        self.finished(
            without_run(info, Verdict::Skipped(reason)),
            None,
            Vec::new(),
        );
    }

    fn finished(&self, result: BlockResult, transcript: Option<Transcript>, masks: Vec<MaskUse>) {
        let block = self.plan.document.blocks.get(result.block.index);
        let text = block.map_or("", |block| block.body.text());
        // By now all secrets are known that may stand in it.
        let script = self.plan.redactor.borrow().text(text);
        self.voice.tell(&News::Finished {
            block: &result.block,
            result: &result,
            script: &script,
        });
        self.ran.borrow_mut().push(FinishedBlock {
            result,
            transcript,
            masks,
        });
    }

    /// Whether the servers have no clients: the document's clients are those of a run.
    pub(super) fn has_no_clients(&self) -> bool {
        self.purpose == Purpose::Run && self.plan.clients().next().is_none()
    }

    /// Whether a block has failed.
    pub(super) fn has_failed(&self) -> bool {
        let ran = self.ran.borrow();
        ran.iter()
            .any(|ran| matches!(ran.result.verdict, Verdict::Failed(_)))
    }

    /// Whether no further block may begin.
    pub(super) fn is_over(&self) -> bool {
        self.bailed.load(Ordering::Relaxed) || *self.stop.borrow()
    }

    /// What came of each chosen block, in order.
    pub(super) fn results(self) -> Vec<FinishedBlock> {
        let mut ran = self.ran.into_inner();
        let known: BTreeSet<usize> = ran.iter().map(|ran| ran.result.block.index).collect();
        for index in self
            .plan
            .chosen
            .iter()
            .filter(|index| !known.contains(index))
        {
            if let Some(block) = self.plan.document.blocks.get(*index) {
                let info = block_info(self.plan, *index, block);
                ran.push(FinishedBlock {
                    result: without_run(info, Verdict::NotRun),
                    transcript: None,
                    masks: Vec::new(),
                });
            }
        }
        ran.sort_by_key(|ran| ran.result.block.index);
        ran
    }

    pub(super) fn info(&self, index: usize, block: &Block) -> BlockInfo {
        block_info(self.plan, index, block)
    }

    /// Each block has its own, so that a seed gives it the same values whichever blocks run with it.
    pub(super) fn generator(&self, index: usize) -> Rc<RefCell<Generator>> {
        let seed = self.settings.seed.map(|seed| {
            let index = u64::try_from(index).unwrap_or(u64::MAX);
            // The golden ratio's bits: neighbouring blocks get distant seeds.
            seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        });
        Rc::new(RefCell::new(Generator::new(
            seed,
            self.settings.clock.clone(),
        )))
    }

    pub(super) fn sink(
        &self,
        info: &BlockInfo,
        options: &Options,
        until: HoldUntil,
        script: &Rc<Script>,
        scope: &Rc<Scope>,
    ) -> Rc<EventSink> {
        let reveal = Reveal::new(
            script,
            scope,
            Rc::clone(&self.plan.files) as _,
            &options.packing,
        );
        let redactor = &self.plan.redactor;
        let block = self.plan.document.blocks.get(info.index);
        let text = block.map_or("", |block| block.body.text());
        let beats = beats(script);
        let sink = EventSink::new(self.voice, info, text, options, redactor, until, reveal);
        Rc::new(sink.with_beats(beats))
    }

    /// The same of a live session.
    pub(super) fn live_sink(
        &self,
        info: &BlockInfo,
        options: &Options,
        script: &Rc<Script>,
        scope: &Rc<Scope>,
    ) -> Rc<EventSink> {
        let files = Rc::clone(&self.plan.files) as _;
        let reveal = Reveal::new(script, scope, files, &options.packing);
        let block = self.plan.document.blocks.get(info.index);
        let text = block.map_or("", |block| block.body.text());
        let redactor = &self.plan.redactor;
        let until = HoldUntil::Now;
        let sink = EventSink::new(self.voice, info, text, options, redactor, until, reveal);
        Rc::new(sink.passing(options))
    }

    /// A live session has ended.
    pub(super) fn finish_live(&self, info: BlockInfo, sink: &EventSink, outcome: &SessionOutcome) {
        let transcript = sink.finish(outcome);
        let verdict = match &outcome.failure {
            None => Verdict::Passed,
            Some(failure) => Verdict::Failed(self.plan.redactor.borrow().text(&headline(failure))),
        };
        let result = BlockResult {
            sent: transcript.sent,
            received: transcript.received,
            took: outcome.took,
            ..without_run(info, verdict)
        };
        self.finished(result, None, Vec::new());
    }

    /// A free port changes by nature, wherever it recurs.
    pub(super) fn tell_ports(&self, sink: &EventSink) {
        for port in self.ports.borrow().iter() {
            sink.knows(Generated {
                text: port.port.to_string(),
                kind: GeneratedKind::Integer,
            });
        }
    }

    pub(super) fn environment(
        &self,
        scope: Rc<Scope>,
        generator: Rc<RefCell<Generator>>,
        options: &Options,
        sink: &Rc<EventSink>,
    ) -> Environment {
        let files = &self.plan.files;
        let reach = self.settings.reach.clone();
        let reach = match files.root() {
            Some(root) => reach.with_folder(root.to_owned()),
            None => reach,
        };
        let ports = Rc::clone(&self.ports);
        let sink = Rc::clone(sink);
        Environment {
            scope,
            generator,
            files: Rc::clone(files) as _,
            dial: Rc::clone(&self.network.dial),
            tls: Tls {
                trusted: self.trusted.borrow().clone(),
                ..files.tls(options)
            },
            reach,
            cookies: Rc::clone(&self.cookies),
            shown_url: Rc::new(move |url| address::shown(url, &ports.borrow())),
            listen: Rc::new(move |event| sink.hear(event)),
            measure: None,
            matchers: None,
            instance: 1,
            interrupt: Interrupt::new(self.stop.clone()),
        }
    }
}

/// What failed first, and how much else did.
fn headline(failure: &Failure) -> String {
    match failure.also.len() {
        0 => failure.reason.clone(),
        more => format!("{} (and {more} more)", failure.reason),
    }
}

/// The steps of a script that clocks repeat.
fn beats(script: &Script) -> Vec<Beat> {
    let is_clock = |handler: &&Handler| matches!(handler.trigger, Trigger::Every { .. });
    let clocks = script.handlers.iter().filter(is_clock);
    let steps = clocks.flat_map(|handler| &handler.steps);
    steps
        .filter_map(|step| match &step.action {
            CommonAction::Send(send) => Some(Beat {
                step: step.span,
                shape: send.what.shape(),
            }),
            _ => None,
        })
        .collect()
}

fn without_run(block: BlockInfo, verdict: Verdict) -> BlockResult {
    BlockResult {
        block,
        verdict,
        sent: 0,
        received: 0,
        took: Duration::ZERO,
        kept: Kept::None,
    }
}

pub(super) fn block_info(plan: &Plan, index: usize, block: &Block) -> BlockInfo {
    BlockInfo {
        index,
        kind: block.kind,
        // A heading may hold a secret.
        name: plan.redactor.borrow().text(&block.name),
        line: plan.source.position(block.span.start).line,
    }
}

/// Ends when the value is true; never if its sender is gone.
pub(super) async fn becomes_true(mut receiver: watch::Receiver<bool>) {
    if receiver.wait_for(|value| *value).await.is_err() {
        std::future::pending::<()>().await;
    }
}
