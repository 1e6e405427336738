//! The documents that are open: how each looks, and what its blocks are doing.

use serde_json::{Value, json};

use super::paint::paint;
use super::rows::row;
use super::session::{self, BlockSession};
use crate::document::BlockKind;
use crate::report::harmless;
use crate::runner::{BlockView, DocumentView, Named, PlacedProblem};
use crate::transcript::Line;

/// A document that is open.
#[derive(Debug)]
pub(super) struct OpenedDocument {
    pub(super) id: usize,
    pub(super) named: Named,
    /// Whether it is there.
    pub(super) present: bool,
    view: Result<DocumentView, String>,
    pub(super) blocks: Vec<OpenedBlock>,
    /// What the last run said of the document.
    pub(super) notices: Vec<String>,
    /// The number of runs of all of it that go on.
    pub(super) running: usize,
}

/// A block of it.
#[derive(Debug)]
pub(super) struct OpenedBlock {
    pub(super) id: usize,
    pub(super) view: BlockView,
    pub(super) session: Option<BlockSession>,
}

impl OpenedDocument {
    pub(super) fn new(id: usize, named: Named) -> Self {
        Self {
            id,
            named,
            present: true,
            view: Ok(DocumentView::default()),
            blocks: Vec::new(),
            notices: Vec::new(),
            running: 0,
        }
    }

    /// Takes over how it looks now; blocks that were there keep what they are doing. Whether anything is new.
    pub(super) fn look(
        &mut self,
        view: Result<DocumentView, String>,
        next_id: &mut impl FnMut() -> usize,
    ) -> bool {
        if self.view == view {
            return false;
        }
        let mut before = std::mem::take(&mut self.blocks);
        let fresh = view.as_ref().map(|view| view.blocks.as_slice());
        for view in fresh.unwrap_or_default() {
            let known = same(&before, view);
            let (id, session) = match known {
                Some(at) => {
                    let known = before.remove(at);
                    (known.id, known.session)
                }
                None => (next_id(), None),
            };
            self.blocks.push(OpenedBlock {
                id,
                view: view.clone(),
                session,
            });
        }
        self.view = view;
        true
    }

    pub(super) fn block(&mut self, id: usize) -> Option<&mut OpenedBlock> {
        self.blocks.iter_mut().find(|block| block.id == id)
    }

    /// The document as the page has it, without rows.
    pub(super) fn told(&self) -> Value {
        let (html, problems, error) = match &self.view {
            Ok(view) => (view.html.as_str(), view.problems.as_slice(), None),
            Err(error) => ("", [].as_slice(), Some(error)),
        };
        json!({
            "id": self.id,
            "path": harmless(&self.named.shown),
            "html": html,
            "problems": problems.iter().map(session::problem).collect::<Vec<_>>(),
            "error": error,
            "notices": self.notices,
            "running": self.running > 0,
            "blocks": self.blocks.iter().map(OpenedBlock::told).collect::<Vec<_>>(),
        })
    }
}

/// The block that this one was: with the same words, else the same name, else at the same place of the same kind.
fn same(before: &[OpenedBlock], view: &BlockView) -> Option<usize> {
    let find = |is: &dyn Fn(&BlockView) -> bool| {
        let kind = view.info.kind;
        before
            .iter()
            .position(|block| block.view.info.kind == kind && is(&block.view))
    };
    find(&|other| other.info.name == view.info.name && other.script == view.script)
        .or_else(|| find(&|other| other.info.name == view.info.name))
        .or_else(|| find(&|other| other.script == view.script))
}

impl OpenedBlock {
    pub(super) fn kind(&self) -> BlockKind {
        self.view.info.kind
    }

    /// Whether it cannot run as it stands.
    pub(super) fn is_wrong(&self) -> bool {
        self.view.problems.iter().any(|problem| problem.is_error)
    }

    fn told(&self) -> Value {
        let view = &self.view;
        json!({
            "id": self.id,
            "index": view.info.index,
            "name": harmless(&view.info.name),
            "kind": view.info.kind.role(),
            "line": view.info.line,
            "script": *view.script,
            "painted": paint(&view.script, view.info.kind),
            "clients": view.clients,
            "recorded": view.recorded.iter().map(recorded).collect::<Vec<_>>(),
            "problems": view.problems.iter().map(session::problem).collect::<Vec<_>>(),
            "session": self.session(),
        })
    }

    /// What it is doing.
    pub(super) fn session(&self) -> Value {
        match &self.session {
            Some(session) => session.told(self.kind()),
            None => json!({"status": session::idle(self.kind()), "state": "off"}),
        }
    }

    /// What is wrong with the block itself.
    pub(super) fn fail(&mut self, problem: PlacedProblem) {
        if let Some(session) = &mut self.session {
            session.problems.push(problem);
            session.dirty = true;
        }
    }
}

fn recorded(line: &Line) -> Value {
    row(line)
}
