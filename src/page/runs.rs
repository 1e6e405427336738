//! Runs that go on: of which document, and how each is stopped. Each has a thread of its own, as documents of a run do.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

use super::composed::ComposedSteps;
use super::documents::OpenedBlock;
use super::hub::Hub;
use super::listen::PageListener;
use super::session::BlockSession;
use crate::document::BlockKind;
use crate::runner::{DocumentResult, LiveCommand, Named, Runner, Selector, Settings, WriteBack};

/// Runs at the same time.
const MOST: usize = 64;

/// Runs that go on.
#[derive(Default)]
pub(super) struct PageRuns {
    going: Mutex<Going>,
    ended: Condvar,
}

#[derive(Default)]
struct Going {
    last: u64,
    stops: BTreeMap<u64, RunStop>,
    closing: bool,
}

struct RunStop {
    document: usize,
    /// The blocks that it serves; `None`: it is a run.
    serves: Option<Vec<usize>>,
    sender: watch::Sender<bool>,
    /// What a live session is told.
    live: Option<UnboundedSender<LiveCommand>>,
}

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

impl PageRuns {
    fn going(&self) -> MutexGuard<'_, Going> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a run; a block that runs already is left alone.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn start(
        self: &Arc<Self>,
        hub: &Arc<Hub>,
        document: usize,
        asked: RunRequest,
    ) -> Result<(), &'static str> {
        // Places of blocks are those of the text that will be read.
        hub.refresh();
        let named = hub
            .named(document)
            .ok_or("the document is not there any more")?;
        let mut going = self.going();
        if going.closing || going.stops.len() >= MOST {
            return Err("too much is running: stop something first");
        }
        going.last += 1;
        let run = going.last;
        let selected = select(hub, document, run, asked)?;
        let (sender, stop) = watch::channel(false);
        let serves = match asked {
            RunRequest::Serve(block) => Some(vec![block]),
            RunRequest::Run(_) | RunRequest::All | RunRequest::Connect(_) => None,
        };
        let (live, commands) = match asked {
            RunRequest::Connect(_) => {
                let (sender, receiver) = mpsc::unbounded_channel();
                (Some(sender), Some(receiver))
            }
            _ => (None, None),
        };
        let stopped = RunStop {
            document,
            serves,
            sender,
            live,
        };
        going.stops.insert(run, stopped);
        drop(going);
        let task = Task {
            runs: Arc::clone(self),
            hub: Arc::clone(hub),
            document,
            run,
            named,
            asked,
            selected,
            stop,
        };
        thread::spawn(move || task.run(commands));
        Ok(())
    }

    /// What the live session of that run is told.
    pub(super) fn live(&self, run: u64) -> Option<UnboundedSender<LiveCommand>> {
        self.going().stops.get(&run)?.live.clone()
    }

    /// Stops the run of a block.
    pub(super) fn stop(&self, run: u64) {
        if let Some(stop) = self.going().stops.get(&run) {
            stop.sender.send_replace(true);
        }
    }

    /// Stops all runs of a document.
    pub(super) fn stop_document(&self, document: usize) {
        for stop in self.going().stops.values() {
            if stop.document == document {
                stop.sender.send_replace(true);
            }
        }
    }

    /// Stops everything, and waits for it.
    pub(super) fn stop_all(&self, patience: Duration) {
        let mut going = self.going();
        going.closing = true;
        for stop in going.stops.values() {
            stop.sender.send_replace(true);
        }
        let wait = self
            .ended
            .wait_timeout_while(going, patience, |going| !going.stops.is_empty());
        drop(wait);
    }

    /// Stops the servers of a document that are served, so that a run can have their ports; gives them.
    fn interrupt_servers(&self, document: usize) -> Vec<usize> {
        let going = self.going();
        let mut served = Vec::new();
        for stop in going.stops.values() {
            if stop.document == document
                && let Some(blocks) = &stop.serves
            {
                served.extend(blocks.iter().copied());
                stop.sender.send_replace(true);
            }
        }
        let is_serving = |going: &mut Going| {
            let mut stops = going.stops.values();
            stops.any(|stop| stop.document == document && stop.serves.is_some())
        };
        let patience = Duration::from_secs(5);
        drop(self.ended.wait_timeout_while(going, patience, is_serving));
        served
    }

    fn end(&self, run: u64) {
        self.going().stops.remove(&run);
        self.ended.notify_all();
    }
}

/// The lines of the blocks that are to run, which are shown as running from now on.
fn select(
    hub: &Hub,
    document: usize,
    run: u64,
    asked: RunRequest,
) -> Result<Selected, &'static str> {
    let mut state = hub.state();
    let gone = "the block is not there any more";
    let document = state.documents.get_mut(document).ok_or(gone)?;
    document.notices.clear();
    let ask = |block: &mut OpenedBlock| {
        block.session = Some(BlockSession::asked(run, block.kind()));
        block.view.info.line
    };
    let selected = match asked {
        RunRequest::Run(id) | RunRequest::Serve(id) | RunRequest::Connect(id) => {
            let block = document.block(id).ok_or(gone)?;
            let is_running = block
                .session
                .as_ref()
                .is_some_and(|session| session.running);
            if is_running {
                return Err("it is running already");
            }
            if matches!(asked, RunRequest::Serve(_)) != (block.kind() == BlockKind::Server) {
                return Err("a server is served, and anything else is run");
            }
            if matches!(asked, RunRequest::Connect(_)) && block.kind() != BlockKind::Client {
                return Err("only a `/wss` block has a connection");
            }
            let line = ask(block);
            if let (RunRequest::Connect(_), Some(session)) = (asked, &mut block.session) {
                session.live = true;
                session.composed = Some(Arc::default());
            }
            Selected::Some(vec![line])
        }
        RunRequest::All => {
            document.running += 1;
            let is_whole = document.blocks.iter().all(|block| !block.is_wrong());
            let blocks = document.blocks.iter_mut();
            let fine = blocks.filter(|block| !block.is_wrong()).map(ask).collect();
            if is_whole {
                Selected::All
            } else {
                Selected::Some(fine)
            }
        }
    };
    let id = document.id;
    hub.tell_document(&mut state, id);
    Ok(selected)
}

/// Which blocks run.
enum Selected {
    All,
    /// Those at these lines.
    Some(Vec<usize>),
}

/// One run.
struct Task {
    runs: Arc<PageRuns>,
    hub: Arc<Hub>,
    document: usize,
    run: u64,
    named: Named,
    asked: RunRequest,
    selected: Selected,
    stop: watch::Receiver<bool>,
}

impl Task {
    fn run(self, commands: Option<UnboundedReceiver<LiveCommand>>) {
        match (&self.selected, self.asked) {
            (Selected::All, _) => {
                let served = self.runs.interrupt_servers(self.document);
                self.once(&[]);
                self.serve_again(served);
            }
            (Selected::Some(lines), RunRequest::Serve(_)) => {
                let settings = Settings {
                    write: WriteBack::Never,
                    ..self.hub.settings()
                };
                let _ = self.runner(settings).serve(&[self.named_at(lines)], None);
            }
            (Selected::Some(lines), RunRequest::Connect(_)) => {
                let served = self.runs.interrupt_servers(self.document);
                if let Some(commands) = commands {
                    let settings = Settings {
                        write: WriteBack::Never,
                        ..self.hub.settings()
                    };
                    let runner = self.runner(settings);
                    let named = self.named_at(lines);
                    let composed = self.composed().unwrap_or_default();
                    let _ = runner.live(&named, commands, composed);
                }
                self.serve_again(served);
            }
            (Selected::Some(lines), _) => {
                let served = self.runs.interrupt_servers(self.document);
                let results = self.once(lines);
                // What one of them needs cannot run: the others do, each by itself.
                let refused = results
                    .iter()
                    .any(|result| result.refused && result.results.is_empty());
                if refused && lines.len() > 1 {
                    for line in lines {
                        if !*self.stop.borrow() {
                            self.once(&[*line]);
                        }
                    }
                }
                self.serve_again(served);
            }
        }
        self.end();
    }

    /// What keeps what is sent by hand.
    fn composed(&self) -> Option<Arc<ComposedSteps>> {
        let state = self.hub.state();
        let blocks = &state.documents.get(self.document)?.blocks;
        let sessions = blocks.iter().filter_map(|block| block.session.as_ref());
        let mut own = sessions.filter(|session| session.run == self.run);
        own.find_map(|session| session.composed.clone())
    }

    fn once(&self, lines: &[usize]) -> Vec<DocumentResult> {
        let named = self.named_at(lines);
        self.runner(self.hub.settings()).run(&[named])
    }

    fn named_at(&self, lines: &[usize]) -> Named {
        Named {
            selectors: lines.iter().copied().map(Selector::Line).collect(),
            ..self.named.clone()
        }
    }

    fn runner(&self, settings: Settings) -> Runner {
        let listener = PageListener {
            hub: Arc::clone(&self.hub),
            document: self.document,
            run: self.run,
        };
        Runner::new(settings)
            .reporter(Arc::new(listener))
            .until(self.stop.clone())
    }

    fn serve_again(&self, served: Vec<usize>) {
        // They are started when this run has given its ports back.
        for block in served {
            let _ = self
                .runs
                .start(&self.hub, self.document, RunRequest::Serve(block));
        }
    }

    fn end(&self) {
        let mut state = self.hub.state();
        if let Some(document) = state.documents.get_mut(self.document) {
            document.running -= usize::from(self.asked == RunRequest::All);
            let sessions = document.blocks.iter_mut();
            let sessions = sessions.filter_map(|block| block.session.as_mut());
            for session in sessions.filter(|session| session.run == self.run && session.running) {
                session.ended();
            }
        }
        self.hub.tell_document(&mut state, self.document);
        drop(state);
        self.runs.end(self.run);
        // What was written is shown at once.
        self.hub.refresh();
    }
}
