//! Hears a run, and keeps what the page shows of it.

use std::sync::Arc;

use super::composer;
use super::documents::{OpenedBlock, OpenedDocument};
use super::hub::Hub;
use super::session::BlockSession;
use crate::document::BlockKind;
use crate::runner::{
    BlockInfo, DocumentResult, Finding, Findings, News, PlacedProblem, ReportedDocument, Reporter,
};
use crate::transcript::{Line, LineKind};

/// Remarks of one run that are kept.
const NOTICES: usize = 20;

/// Hears one run of one document.
pub(super) struct PageListener {
    pub(super) hub: Arc<Hub>,
    pub(super) document: usize,
    pub(super) run: u64,
}

impl Reporter for PageListener {
    fn follows(&self) -> bool {
        true
    }

    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        match news {
            News::Started(info) => self.started(info),
            News::Event { block, event, .. } => self.session(block, |session| session.hear(event)),
            News::Happened { block, line } => self.happened(block, line),
            News::Lines { block, lines } => self.summary(block, lines),
            News::Listening { block, url } => self.session(block, |session| session.listens(url)),
            News::Finished { block, result, .. } => {
                self.session(block, |session| session.finished(result));
            }
            News::Diagnostics(findings) => self.findings(*findings),
            News::Remark { sentence, .. } => self.notice(sentence),
            News::Done(result) => self.done(result),
            News::Begun | News::Variables(_) | News::Difference { .. } => {}
        }
    }
}

impl PageListener {
    fn document(&self, act: impl FnOnce(&mut OpenedDocument)) {
        let mut state = self.hub.state();
        if let Some(document) = state.documents.get_mut(self.document) {
            act(document);
        }
    }

    /// A newer run of the block is not disturbed.
    fn session(&self, info: &BlockInfo, act: impl FnOnce(&mut BlockSession)) {
        self.document(|document| {
            let sessions = document.blocks.iter_mut();
            let mut sessions = sessions.filter_map(|block| block.session.as_mut());
            let own = sessions.find(|session| {
                let index = session.info.as_ref().map(|info| info.index);
                session.run == self.run && index == Some(info.index)
            });
            if let Some(session) = own {
                act(session);
            }
        });
    }

    fn started(&self, info: &BlockInfo) {
        self.document(|document| {
            if let Some(block) = block_of(document, info) {
                let before = block.session.as_ref();
                // One that is connected to is shown, not what another run needs of it.
                let newer = before.is_some_and(|session| {
                    let connected = session.live && session.running && session.run != self.run;
                    session.run > self.run || connected
                });
                let live = before.is_some_and(|session| session.run == self.run && session.live);
                let composed = before.and_then(|session| session.composed.clone());
                if !newer {
                    let mut session = BlockSession::begun(self.run, info, live);
                    session.composed = composed.filter(|_| live);
                    block.session = Some(session);
                }
            }
        });
    }

    fn happened(&self, info: &BlockInfo, line: &Line) {
        self.session(info, |session| {
            session.rows.push(line);
            if info.kind == BlockKind::Http && line.kind == LineKind::Received {
                session.answered(line.told());
            }
        });
    }

    fn summary(&self, info: &BlockInfo, lines: &[Line]) {
        let is_summary = |line: &&Line| matches!(line.kind, LineKind::Passed | LineKind::Failed);
        if let Some(summary) = lines.iter().find(is_summary) {
            self.session(info, |session| session.summary.clone_from(&summary.text));
        }
    }

    /// What failed stands at the block's step; what concerns no block, at the document.
    fn findings(&self, findings: Findings<'_>) {
        // What was typed into the composer is told beside it.
        let own = |finding: &Finding<'_>| finding.document() != composer::NAME;
        for finding in findings.iter().filter(own) {
            let line = finding.position().line;
            let problem = PlacedProblem::of(&finding);
            self.document(|document| match failed_block(document, self.run, line) {
                Some((block, fence)) => block.fail(problem.below(fence)),
                None => notice(document, format!("line {line}: {}", problem.message)),
            });
        }
    }

    fn notice(&self, sentence: &str) {
        self.document(|document| notice(document, sentence.to_owned()));
    }

    fn done(&self, result: &DocumentResult) {
        let mut state = self.hub.state();
        let Some(document) = state.documents.get_mut(self.document) else {
            return;
        };
        let own = |session: &&mut BlockSession| session.run == self.run;
        let sessions = document.blocks.iter_mut();
        for session in sessions
            .filter_map(|block| block.session.as_mut())
            .filter(own)
        {
            let index = session.info.as_ref().map(|info| info.index);
            let kept = result
                .results
                .iter()
                .find(|result| Some(result.block.index) == index);
            if let Some(result) = kept {
                session.kept(result.kept);
            }
            if session.running {
                session.ended();
            }
        }
        self.hub.tell_document(&mut state, self.document);
    }
}

fn notice(document: &mut OpenedDocument, sentence: String) {
    if document.notices.len() < NOTICES && !document.notices.contains(&sentence) {
        document.notices.push(sentence);
    }
}

/// The block as it stands now: at its place, if it has the name, else the one of that name.
fn block_of<'a>(document: &'a mut OpenedDocument, info: &BlockInfo) -> Option<&'a mut OpenedBlock> {
    let is_it = |block: &OpenedBlock| {
        block.view.info.kind == info.kind && block.view.info.name == info.name
    };
    let blocks = &mut document.blocks;
    let place = if blocks.get(info.index).is_some_and(is_it) {
        Some(info.index)
    } else {
        blocks.iter().position(is_it)
    };
    blocks.get_mut(place?)
}

/// The block whose script has a line of the document as the run has read it, and the line of its fence.
fn failed_block(
    document: &mut OpenedDocument,
    run: u64,
    line: usize,
) -> Option<(&mut OpenedBlock, usize)> {
    let fence = |block: &OpenedBlock| {
        let session = block
            .session
            .as_ref()
            .filter(|session| session.run == run)?;
        let info = session.info.as_ref().unwrap_or(&block.view.info);
        let lines = block.view.script.lines().count();
        (info.line..=info.line + lines + 1)
            .contains(&line)
            .then_some(info.line)
    };
    let blocks = document.blocks.iter_mut();
    blocks
        .filter_map(|block| fence(block).map(|line| (block, line)))
        .next_back()
}
