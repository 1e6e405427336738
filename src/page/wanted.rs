//! What is asked for on the page, and the blocks that it is about: they are shown as running from then on.

use std::sync::Arc;

use super::documents::OpenedBlock;
use super::hub::Hub;
use super::session::BlockSession;
use crate::document::BlockKind;
use crate::report::harmless;
use crate::runner::{Named, RunIntent, Selector};

const GONE: &str = "the block is not there any more";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunRequest {
    /// One block, with what it needs.
    Run(usize),
    /// Every block of the document.
    All,
    /// A server, until it is stopped.
    Serve(usize),
    /// A block's connections, without its steps.
    Connect(usize),
}

impl RunRequest {
    pub(super) fn intent(self) -> RunIntent {
        match self {
            Self::Run(_) | Self::All => RunIntent::Run,
            Self::Serve(_) => RunIntent::Serve,
            Self::Connect(_) => RunIntent::Connect,
        }
    }
}

/// Which blocks.
#[derive(Clone, Debug)]
pub(super) struct WantedBlocks {
    /// The lines of their fences; none: all of the document.
    pub(super) lines: Vec<usize>,
    /// The name, where it is one that was asked for.
    pub(super) name: Option<String>,
}

impl WantedBlocks {
    /// The document with them selected.
    pub(super) fn of(&self, named: &Named) -> Named {
        Named {
            selectors: self.lines.iter().copied().map(Selector::Line).collect(),
            ..named.clone()
        }
    }

    /// Each by itself.
    pub(super) fn each(&self) -> impl Iterator<Item = Self> {
        self.lines.iter().map(|line| Self {
            lines: vec![*line],
            name: None,
        })
    }
}

/// The blocks that a request is about.
///
/// # Errors
/// A sentence: it cannot be done now.
pub(super) fn wanted(
    hub: &Hub,
    document: usize,
    asked: RunRequest,
) -> Result<WantedBlocks, &'static str> {
    let mut state = hub.state();
    let document = state.documents.get_mut(document).ok_or(GONE)?;
    let (RunRequest::Run(id) | RunRequest::Serve(id) | RunRequest::Connect(id)) = asked else {
        let all = document.blocks.len();
        let ready = document.blocks.iter().filter(|block| is_ready(block));
        let mut lines: Vec<usize> = ready.map(|block| block.view.info.line).collect();
        if lines.is_empty() {
            return Err("there is nothing to run: every block runs already, or is wrong");
        }
        if lines.len() == all {
            lines.clear();
        }
        return Ok(WantedBlocks { lines, name: None });
    };
    let block = document.block(id).ok_or(GONE)?;
    let session = block.session.as_ref();
    if session.is_some_and(|session| session.running) {
        return Err("it is running already");
    }
    if matches!(asked, RunRequest::Serve(_)) != (block.kind() == BlockKind::Server) {
        return Err("a server is served, and anything else is run");
    }
    if matches!(asked, RunRequest::Connect(_)) && block.kind() != BlockKind::Client {
        return Err("only a `/wss` block has a connection");
    }
    Ok(WantedBlocks {
        lines: vec![block.view.info.line],
        name: Some(harmless(&block.view.info.name)),
    })
}

/// Whether a run of everything takes a block: not one that is connected, or runs by itself.
fn is_ready(block: &OpenedBlock) -> bool {
    let session = block.session.as_ref();
    let is_running = session.is_some_and(|session| session.running);
    !block.is_wrong() && (!is_running || block.kind() == BlockKind::Server)
}

/// Shows the blocks that a request is about as running.
///
/// # Errors
/// A sentence: one of them runs by now, or is gone.
pub(super) fn select(
    hub: &Hub,
    document: usize,
    run: u64,
    asked: RunRequest,
) -> Result<(), &'static str> {
    let mut state = hub.state();
    let document = state.documents.get_mut(document).ok_or(GONE)?;
    let ask = |block: &mut OpenedBlock| {
        block.session = Some(BlockSession::asked(run, block.kind()));
    };
    match asked {
        RunRequest::Run(id) | RunRequest::Serve(id) | RunRequest::Connect(id) => {
            let block = document.block(id).ok_or(GONE)?;
            let session = block.session.as_ref();
            if session.is_some_and(|session| session.running) {
                return Err("it is running already");
            }
            ask(block);
            if let (RunRequest::Connect(_), Some(session)) = (asked, &mut block.session) {
                session.live = true;
                session.composed = Some(Arc::default());
            }
        }
        RunRequest::All => {
            document.running += 1;
            let blocks = document.blocks.iter_mut();
            blocks.filter(|block| is_ready(block)).for_each(ask);
        }
    }
    document.notices.clear();
    let id = document.id;
    hub.tell_document(&mut state, id);
    Ok(())
}
