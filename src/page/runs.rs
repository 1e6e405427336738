//! Runs that go on: of which document, and how each is stopped. Each has a thread of its own, as documents of a run do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;

use super::composed::ComposedSteps;
use super::hub::Hub;
use super::listen::PageListener;
use super::wanted::{RunRequest, WantedBlocks, select, wanted};
use crate::runner::{DocumentResult, LiveCommand, Named, Runner, Settings, WriteBack, fixed_ports};

/// Runs at the same time.
const MOST: usize = 64;

/// How often a run that waits for a port looks whether it still should.
const LOOK: Duration = Duration::from_millis(50);

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
    /// The block that it is about; `None`: all of the document.
    name: Option<String>,
    /// The blocks that it serves; `None`: it is a run.
    serves: Option<Vec<usize>>,
    /// The fixed ports that its servers have, or will.
    ports: BTreeSet<u16>,
    sender: watch::Sender<bool>,
    /// What a live session is told.
    live: Option<UnboundedSender<LiveCommand>>,
    /// Whether it was told to end.
    leaves: bool,
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
    ) -> Result<(), String> {
        // Places of blocks are those of the text that will be read.
        hub.refresh();
        let gone = "the document is not there any more";
        let named = hub.named(document).ok_or(gone)?;
        let wanted = wanted(hub, document, asked)?;
        let ports = fixed_ports(&wanted.of(&named), asked.intent(), &hub.settings());
        let mut going = self.going();
        if going.closing || going.stops.len() >= MOST {
            return Err("too much is running: stop something first".to_owned());
        }
        going.holder(document, &ports, asked)?;
        going.last += 1;
        let run = going.last;
        select(hub, document, run, asked)?;
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
            name: wanted.name.clone(),
            serves,
            ports,
            sender,
            live,
            leaves: false,
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
            wanted,
            stop,
        };
        thread::spawn(move || task.run(commands));
        Ok(())
    }

    /// What the live session of that run is told.
    pub(super) fn live(&self, run: u64) -> Option<UnboundedSender<LiveCommand>> {
        self.going().stops.get(&run)?.live.clone()
    }

    /// Closes the connections of a live session.
    pub(super) fn disconnect(&self, run: u64) {
        if let Some(stop) = self.going().stops.get_mut(&run)
            && let Some(live) = &stop.live
        {
            stop.leaves = true;
            // One that has ended meanwhile is disconnected.
            let _ = live.send(LiveCommand::Close { linger: false });
        }
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

    /// Waits until all that had its ports before has ended.
    fn await_ports(&self, run: u64, stop: &watch::Receiver<bool>) {
        let mut going = self.going();
        while !*stop.borrow() && going.waits(run) {
            let waited = self.ended.wait_timeout(going, LOOK);
            going = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn end(&self, run: u64) {
        self.going().stops.remove(&run);
        self.ended.notify_all();
    }
}

impl Going {
    /// Looks whether something has one of these ports that does not end by itself.
    fn holder(
        &self,
        document: usize,
        ports: &BTreeSet<u16>,
        asked: RunRequest,
    ) -> Result<(), String> {
        for other in self.stops.values() {
            let Some(port) = other.ports.intersection(ports).next() else {
                continue;
            };
            let name = other.name.as_deref().unwrap_or_default();
            // A run takes the place of what its document serves.
            let makes_room = other.document == document && !matches!(asked, RunRequest::Serve(_));
            if other.leaves || *other.sender.borrow() {
                continue;
            }
            if other.live.is_some() {
                let cure = "disconnect it first, or give the server port 0";
                return Err(format!(
                    "the connection of `{name}` has port {port}: {cure}"
                ));
            }
            if other.serves.is_some() && !makes_room {
                let cure = "stop it first, or give one of them port 0";
                return Err(format!(
                    "`{name}`, which is served, has port {port}: {cure}"
                ));
            }
        }
        Ok(())
    }

    /// Whether one that began before has a port that this one wants.
    fn waits(&self, run: u64) -> bool {
        let Some(own) = self.stops.get(&run) else {
            return false;
        };
        let mut before = self.stops.range(..run);
        before.any(|(_, other)| !other.ports.is_disjoint(&own.ports))
    }
}

/// One run.
struct Task {
    runs: Arc<PageRuns>,
    hub: Arc<Hub>,
    document: usize,
    run: u64,
    named: Named,
    asked: RunRequest,
    wanted: WantedBlocks,
    stop: watch::Receiver<bool>,
}

impl Task {
    fn run(self, commands: Option<UnboundedReceiver<LiveCommand>>) {
        if let RunRequest::Serve(_) = self.asked {
            self.runs.await_ports(self.run, &self.stop);
            let named = self.wanted.of(&self.named);
            let _ = self.runner(self.unwritten()).serve(&[named], None);
            return self.end();
        }
        // What serves makes room for as long as this takes.
        let served = self.runs.interrupt_servers(self.document);
        self.runs.await_ports(self.run, &self.stop);
        if let Some(commands) = commands {
            let named = self.wanted.of(&self.named);
            let composed = self.composed().unwrap_or_default();
            let runner = self.runner(self.unwritten());
            let _ = runner.live(&named, commands, composed);
        } else {
            self.once();
        }
        for block in served {
            // They are started when this run has given its ports back.
            let asked = RunRequest::Serve(block);
            let _ = self.runs.start(&self.hub, self.document, asked);
        }
        self.end();
    }

    /// Runs what is wanted.
    fn once(&self) {
        let run = |named: Named| self.runner(self.hub.settings()).run(&[named]);
        let results = run(self.wanted.of(&self.named));
        // What one of them needs cannot run: the others do, each by itself.
        let is_refused = |result: &DocumentResult| result.refused && result.results.is_empty();
        if self.wanted.lines.len() > 1 && results.iter().any(is_refused) {
            for one in self.wanted.each() {
                if !*self.stop.borrow() {
                    run(one.of(&self.named));
                }
            }
        }
    }

    /// Settings for what leaves the document as it is.
    fn unwritten(&self) -> Settings {
        Settings {
            write: WriteBack::Never,
            ..self.hub.settings()
        }
    }

    /// What keeps what is sent by hand.
    fn composed(&self) -> Option<Arc<ComposedSteps>> {
        let state = self.hub.state();
        let blocks = &state.documents.get(self.document)?.blocks;
        let sessions = blocks.iter().filter_map(|block| block.session.as_ref());
        let mut own = sessions.filter(|session| session.run == self.run);
        own.find_map(|session| session.composed.clone())
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
