//! What the page shows, in one place: all tabs are told the same, in the same order. Bounded: who does not keep up asks
//! for everything anew.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::Opened;
use super::documents::{OpenedBlock, OpenedDocument};
use super::pictures;
use crate::runner::{self, DocumentView, Named, Settings};

/// Events that wait for who reads slowly.
const QUEUE: usize = 256;

/// Bytes of an event at most: instead of a larger one everything is asked for anew, which waits for nobody.
const LARGEST: usize = 1 << 20;

/// What is said to who is to ask for everything.
pub(super) const ANEW: &str = "{\"event\":\"anew\"}\n";

/// What the page shows.
pub(super) struct Hub {
    files: Vec<String>,
    settings: Settings,
    state: Mutex<HubState>,
    events: broadcast::Sender<Arc<str>>,
    /// One looks at the documents at a time.
    looking: Mutex<()>,
}

/// What changes of it.
#[derive(Default)]
pub(super) struct HubState {
    /// The number of the last event.
    sequence: u64,
    pub(super) documents: Vec<OpenedDocument>,
    next: usize,
    environment: Option<String>,
    environments: Vec<String>,
    /// What names nothing.
    wrong: Vec<String>,
}

impl Hub {
    pub(super) fn new(opened: Opened) -> Self {
        let environment = opened.settings.environment.clone();
        Self {
            files: opened.files,
            settings: opened.settings,
            state: Mutex::new(HubState {
                environment,
                ..HubState::default()
            }),
            events: broadcast::channel(QUEUE).0,
            looking: Mutex::default(),
        }
    }

    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    /// The folders that pictures may come from.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let documents: Vec<Named> = self
            .state()
            .present()
            .map(|document| document.named.clone())
            .collect();
        runner::named_folders(&self.files, &documents)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As a run is given, with the environment that was chosen.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            environment: self.state().environment.clone(),
            ..self.settings.clone()
        }
    }

    /// The document's name, if it is open.
    pub(super) fn named(&self, id: usize) -> Option<Named> {
        let state = self.state();
        let document = state.documents.iter().find(|document| document.id == id)?;
        document.present.then(|| document.named.clone())
    }

    /// Looks at all documents anew, and tells what is new.
    pub(super) fn refresh(&self) {
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, wrong) = runner::find(&self.files);
        let found: Vec<Named> = found.into_iter().map(whole).collect();
        let environments = runner::environments(&found).into_iter().collect();
        let settings = self.settings();
        let mut state = self.state();
        let places = state.place(&found);
        drop(state);
        let folders = self.folders();
        let views: Vec<(usize, Result<DocumentView, String>)> = places
            .iter()
            .zip(&found)
            .map(|(id, named)| (*id, look(*id, named, &folders, &settings)))
            .collect();
        let mut state = self.state();
        let mut told = Vec::new();
        for document in &mut state.documents {
            let present = places.contains(&document.id);
            if document.present != present {
                document.present = present;
                told.push(document.id);
            }
        }
        for (id, view) in views {
            if state.look(id, view) {
                told.push(id);
            }
        }
        let is_new = state.environments != environments || state.wrong != wrong;
        state.environments = environments;
        state.wrong = wrong;
        told.sort_unstable();
        told.dedup();
        for id in told {
            self.tell_document(&mut state, id);
        }
        if is_new {
            self.tell_settings(&mut state);
        }
    }

    /// Chooses which `.env.NAME` holds.
    pub(super) fn choose(&self, environment: Option<String>) -> bool {
        let mut state = self.state();
        let is_known = |name: &String| {
            state.environments.contains(name) || self.settings.environment.as_ref() == Some(name)
        };
        if !environment.as_ref().is_none_or(is_known) {
            return false;
        }
        state.environment = environment;
        self.tell_settings(&mut state);
        drop(state);
        self.refresh();
        true
    }

    /// Events from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.events.subscribe()
    }

    /// All that the page shows.
    pub(super) fn snapshot(&self) -> Value {
        let state = self.state();
        let present = || state.documents.iter().filter(|document| document.present);
        let blocks = present().flat_map(|document| &document.blocks);
        let rows = blocks.filter_map(|block| {
            let session = block.session.as_ref()?;
            let rows = session.rows.all();
            Some(json!({"block": block.id, "run": session.run, "rows": rows}))
        });
        json!({
            "sequence": state.sequence,
            "settings": state.settings(),
            "documents": present().map(OpenedDocument::told).collect::<Vec<_>>(),
            "rows": rows.collect::<Vec<_>>(),
        })
    }

    /// Tells all tabs something.
    fn tell(&self, state: &mut HubState, mut event: Value) {
        state.sequence += 1;
        if let Some(fields) = event.as_object_mut() {
            fields.insert("sequence".to_owned(), json!(state.sequence));
        }
        let mut event = format!("{event}\n");
        if event.len() > LARGEST {
            ANEW.clone_into(&mut event);
        }
        // Without a tab nobody is told.
        let _ = self.events.send(event.into());
    }

    pub(super) fn tell_document(&self, state: &mut HubState, id: usize) {
        let order: Vec<usize> = state.present().map(|document| document.id).collect();
        let document = state.present().find(|document| document.id == id);
        let told = document.map(OpenedDocument::told);
        let event = json!({"event": "document", "id": id, "document": told, "order": order});
        self.tell(state, event);
    }

    fn tell_settings(&self, state: &mut HubState) {
        let event = json!({"event": "settings", "settings": state.settings()});
        self.tell(state, event);
    }

    /// Tells what blocks are doing, and rows that are new.
    pub(super) fn flush(&self) {
        let mut state = self.state();
        let mut told = Vec::new();
        for block in state
            .documents
            .iter_mut()
            .flat_map(|document| &mut document.blocks)
        {
            flush(block, &mut told);
        }
        for event in told {
            self.tell(&mut state, event);
        }
    }
}

fn flush(block: &mut OpenedBlock, told: &mut Vec<Value>) {
    let Some(session) = &mut block.session else {
        return;
    };
    let id = block.id;
    let dirty = std::mem::take(&mut session.dirty);
    let run = session.run;
    let rows = session.rows.unsent();
    if dirty {
        let session = block.session();
        told.push(json!({"event": "block", "block": id, "session": session}));
    }
    if let Some((from, rows)) = rows {
        let rows = json!({"from": from, "rows": rows});
        told.push(json!({"event": "rows", "block": id, "run": run, "rows": rows}));
    }
}

impl HubState {
    fn present(&self) -> impl Iterator<Item = &OpenedDocument> {
        self.documents.iter().filter(|document| document.present)
    }

    fn settings(&self) -> Value {
        json!({
            "environment": self.environment,
            "environments": self.environments,
            "wrong": self.wrong,
        })
    }

    /// The documents' ids, new ones for those that were not there.
    fn place(&mut self, found: &[Named]) -> Vec<usize> {
        let mut ids = Vec::with_capacity(found.len());
        for named in found {
            let known = self.documents.iter().find(|known| known.named == *named);
            let id = if let Some(known) = known {
                known.id
            } else {
                let id = self.documents.len();
                self.documents.push(OpenedDocument::new(id, named.clone()));
                id
            };
            ids.push(id);
        }
        ids
    }

    fn look(&mut self, id: usize, view: Result<DocumentView, String>) -> bool {
        let next = &mut self.next;
        let document = self.documents.iter_mut().find(|document| document.id == id);
        document.is_some_and(|document| {
            document.look(view, &mut || {
                *next += 1;
                *next
            })
        })
    }
}

/// The page shows whole documents, also where one block was named.
fn whole(named: Named) -> Named {
    Named {
        selectors: Vec::new(),
        ..named
    }
}

fn look(
    id: usize,
    named: &Named,
    folders: &[PathBuf],
    settings: &Settings,
) -> Result<DocumentView, String> {
    let picture = |target: &str| {
        let picked = pictures::named_picture(target)?;
        let is_there = runner::has_picture(named, folders, &picked.path);
        is_there.then(|| pictures::address(id, target))
    };
    runner::view(named, settings, &picture)
}
