//! The documents that are watched: which are there, which are due, which run, and how they stand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use crate::cli::{REFUSED, machine};
use crate::report::{counted, harmless};
use crate::runner::{ActiveRun, DocumentStatus, Named, RerunScope, Settings, snapshot};

/// All that were ever found; a document keeps its place, and how it statuses, also while it is away.
#[derive(Default)]
pub(super) struct Documents(Vec<WatchedDocument>);

struct WatchedDocument {
    named: Named,
    /// Where it lies and, if it is a link, where that points to.
    own: BTreeSet<PathBuf>,
    /// What else it depends on.
    paths: BTreeSet<PathBuf>,
    present: bool,
    due: Option<RerunScope>,
    active: Option<Arc<ActiveRun>>,
    status: DocumentStatus,
}

/// A run that is to start.
pub(super) struct Start {
    pub(super) place: usize,
    pub(super) named: Named,
    pub(super) which: RerunScope,
    pub(super) status: DocumentStatus,
    pub(super) active: Arc<ActiveRun>,
}

impl Documents {
    /// Takes over what was found: new documents are due, and so are those that came back. Gives the names of those that
    /// have gone; their runs are cut.
    pub(super) fn update(&mut self, found: Vec<Named>) -> Vec<String> {
        let mut here = BTreeSet::new();
        for named in found {
            let own = spots(&named.path);
            let known = self.0.iter().position(|known| known.named == named);
            let place = known.unwrap_or(self.0.len());
            here.insert(place);
            match self.0.get_mut(place) {
                Some(document) => {
                    document.own = own;
                    if !document.present {
                        document.due = document.due.max(Some(RerunScope::Changed));
                    }
                    document.present = true;
                }
                None => self.0.push(WatchedDocument {
                    named,
                    own,
                    paths: BTreeSet::new(),
                    present: true,
                    due: Some(RerunScope::Changed),
                    active: None,
                    status: DocumentStatus::default(),
                }),
            }
        }
        let mut gone = Vec::new();
        for (place, document) in self.0.iter_mut().enumerate() {
            if document.present && !here.contains(&place) {
                document.present = false;
                document.due = None;
                document.active.iter().for_each(|active| active.stop());
                gone.push(document.named.shown.clone());
            }
        }
        gone
    }

    /// Whether a path is a document's that is there.
    pub(super) fn knows(&self, path: &Path) -> bool {
        let mut here = self.0.iter().filter(|document| document.present);
        path.exists() && here.any(|document| document.own.contains(path))
    }

    /// Whether a document lies below a path, or did.
    pub(super) fn were_in(&self, path: &Path) -> bool {
        let below = |own: &PathBuf| own.starts_with(path);
        self.0.iter().any(|document| document.own.iter().any(below))
    }

    /// The places of documents that depend on a path for which this holds: on it, or on something below it.
    pub(super) fn concerned(&self, changed: impl Fn(&Path) -> bool) -> Vec<usize> {
        let concerned = |document: &WatchedDocument| {
            let mut paths = document.own.iter().chain(&document.paths);
            document.present && paths.any(|path| path.ancestors().any(&changed))
        };
        let places = self.0.iter().enumerate();
        places
            .filter(|(_, document)| concerned(document))
            .map(|(place, _)| place)
            .collect()
    }

    /// Something that the document depends on was saved.
    pub(super) fn mark(&mut self, place: usize) {
        if let Some(document) = self.0.get_mut(place) {
            document.due = document.due.max(Some(RerunScope::Changed));
        }
    }

    /// Every document is due.
    pub(super) fn call(&mut self, which: RerunScope) {
        for document in self.0.iter_mut().filter(|document| document.present) {
            document.due = document.due.max(Some(which));
        }
    }

    /// Whether there is something that failed, or could not run.
    pub(super) fn any_failed(&self) -> bool {
        self.exit_status() != 0
    }

    /// Cuts a document's run where something that it has not done was edited; then gives the document's name.
    pub(super) fn cut_if_overtaken(&self, place: usize, settings: &Settings) -> Option<String> {
        let document = self.0.get(place)?;
        let active = document.active.as_ref()?;
        let overtaken = document.due.is_some()
            && !active.is_stopped()
            && snapshot(&document.named, settings).is_some_and(|look| active.is_overtaken(&look));
        if !overtaken {
            return None;
        }
        active.stop();
        Some(document.named.shown.clone())
    }

    /// Cuts every run.
    pub(super) fn stop(&self) {
        let running = self
            .0
            .iter()
            .filter_map(|document| document.active.as_ref());
        running.for_each(|active| active.stop());
    }

    /// The next document that is due, as running.
    pub(super) fn start(&mut self, active: impl FnOnce(usize) -> Arc<ActiveRun>) -> Option<Start> {
        let mut places = self.0.iter_mut().enumerate();
        let (place, document) = places.find(|(_, document)| document.is_waiting())?;
        let active = active(place);
        document.active = Some(Arc::clone(&active));
        Some(Start {
            place,
            named: document.named.clone(),
            which: document.due.take()?,
            status: document.status.clone(),
            active,
        })
    }

    /// A run has ended. Whether the document depends on other files than before.
    pub(super) fn done(
        &mut self,
        place: usize,
        status: DocumentStatus,
        paths: &BTreeSet<PathBuf>,
    ) -> bool {
        let Some(document) = self.0.get_mut(place) else {
            return false;
        };
        let paths = paths.iter().flat_map(|path| spots(path)).collect();
        document.active = None;
        document.status = status;
        let before = std::mem::replace(&mut document.paths, paths);
        before != document.paths
    }

    /// The folders of what documents depend on; of one that is not there the nearest one above it.
    pub(super) fn folders(&self) -> BTreeSet<PathBuf> {
        let here = self.0.iter().filter(|document| document.present);
        let paths = here.flat_map(|document| &document.paths);
        let folder = |path: &PathBuf| {
            let mut above = path.ancestors().skip(1);
            above.find(|folder| folder.is_dir()).map(Path::to_owned)
        };
        paths.filter_map(folder).collect()
    }

    pub(super) fn running(&self) -> usize {
        let running = self.0.iter().filter(|document| document.active.is_some());
        running.count()
    }

    pub(super) fn present(&self) -> usize {
        self.0.iter().filter(|document| document.present).count()
    }

    /// Whether nothing runs and nothing is due.
    pub(super) fn is_idle(&self) -> bool {
        let busy = |document: &WatchedDocument| document.active.is_some() || document.is_waiting();
        !self.0.iter().any(busy)
    }

    /// As the documents stand: 0, 1 where a session failed, 2 where one could not run.
    pub(super) fn exit_status(&self) -> u8 {
        let here = || self.0.iter().filter(|document| document.present);
        if here().any(|document| document.status.is_refused()) {
            return REFUSED;
        }
        u8::from(here().any(|document| document.status.failed() > 0))
    }

    /// How things stand, in one line.
    pub(super) fn status(&self, has_keys: bool) -> String {
        let here = || self.0.iter().filter(|document| document.present);
        let passed: usize = here().map(|document| document.status.passed()).sum();
        let failed: usize = here().map(|document| document.status.failed()).sum();
        let refused = here()
            .filter(|document| document.status.is_refused())
            .count();
        let mut parts = vec![format!("watching {}", counted(self.present(), "file"))];
        let mut running = here().filter(|document| document.active.is_some());
        match (running.next(), running.count()) {
            (None, _) => {}
            (Some(one), 0) => parts.push(format!("running {}", harmless(&one.named.shown))),
            (Some(_), more) => parts.push(format!("running {}", counted(more + 1, "file"))),
        }
        parts.push(format!("{passed} passed, {failed} failed"));
        if refused > 0 {
            parts.push(format!("{} could not run", counted(refused, "file")));
        }
        if has_keys {
            parts.push("a: run all, f: run failed, q: quit".to_owned());
        }
        parts.join(" · ")
    }
}

impl WatchedDocument {
    fn is_waiting(&self) -> bool {
        self.present && self.due.is_some() && self.active.is_none()
    }
}

/// Where a path lies, with no link in its folders, and where it points to if it is one itself: events name either.
fn spots(path: &Path) -> BTreeSet<PathBuf> {
    let absolute = absolute(path).unwrap_or_else(|_| path.to_owned());
    let lies = match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => machine::canonicalize(folder).map(|folder| folder.join(name)),
        _ => Ok(absolute.clone()),
    };
    let mut spots = BTreeSet::from([lies.unwrap_or(absolute)]);
    spots.extend(machine::canonicalize(path));
    spots
}
