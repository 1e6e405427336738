//! The documents that are watched: which are there, which are due, which run, and how they stand.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use crate::cli::REFUSED;
use crate::report::{counted, harmless};
use crate::runner::{Again, Named, Pass, Settings, Standing, look};

/// All that were ever found; a document keeps its place, and how it stands, also while it is away.
#[derive(Default)]
pub(super) struct Documents(Vec<Document>);

struct Document {
    named: Named,
    /// Where it lies and, if it is a link, where that points to.
    own: BTreeSet<PathBuf>,
    /// What else it depends on.
    paths: BTreeSet<PathBuf>,
    present: bool,
    due: Option<Again>,
    pass: Option<Arc<Pass>>,
    standing: Standing,
}

/// A run that is to start.
pub(super) struct Start {
    pub(super) place: usize,
    pub(super) named: Named,
    pub(super) which: Again,
    pub(super) standing: Standing,
    pub(super) pass: Arc<Pass>,
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
                        document.due = document.due.max(Some(Again::Changed));
                    }
                    document.present = true;
                }
                None => self.0.push(Document {
                    named,
                    own,
                    paths: BTreeSet::new(),
                    present: true,
                    due: Some(Again::Changed),
                    pass: None,
                    standing: Standing::default(),
                }),
            }
        }
        let mut gone = Vec::new();
        for (place, document) in self.0.iter_mut().enumerate() {
            if document.present && !here.contains(&place) {
                document.present = false;
                document.due = None;
                document.pass.iter().for_each(|pass| pass.stop());
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
        let concerned = |document: &Document| {
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
            document.due = document.due.max(Some(Again::Changed));
        }
    }

    /// Every document is due.
    pub(super) fn call(&mut self, which: Again) {
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
        let pass = document.pass.as_ref()?;
        let overtaken = document.due.is_some()
            && !pass.is_stopped()
            && look(&document.named, settings).is_some_and(|look| pass.is_overtaken(&look));
        if !overtaken {
            return None;
        }
        pass.stop();
        Some(document.named.shown.clone())
    }

    /// Cuts every run.
    pub(super) fn stop(&self) {
        let passes = self.0.iter().filter_map(|document| document.pass.as_ref());
        passes.for_each(|pass| pass.stop());
    }

    /// The next document that is due, as running.
    pub(super) fn start(&mut self, pass: impl FnOnce(usize) -> Arc<Pass>) -> Option<Start> {
        let mut places = self.0.iter_mut().enumerate();
        let (place, document) = places.find(|(_, document)| document.is_waiting())?;
        let pass = pass(place);
        document.pass = Some(Arc::clone(&pass));
        Some(Start {
            place,
            named: document.named.clone(),
            which: document.due.take()?,
            standing: document.standing.clone(),
            pass,
        })
    }

    /// A run has ended. Whether the document depends on other files than before.
    pub(super) fn done(
        &mut self,
        place: usize,
        standing: Standing,
        paths: &BTreeSet<PathBuf>,
    ) -> bool {
        let Some(document) = self.0.get_mut(place) else {
            return false;
        };
        let paths = paths.iter().flat_map(|path| spots(path)).collect();
        document.pass = None;
        document.standing = standing;
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
        let running = self.0.iter().filter(|document| document.pass.is_some());
        running.count()
    }

    pub(super) fn present(&self) -> usize {
        self.0.iter().filter(|document| document.present).count()
    }

    /// Whether nothing runs and nothing is due.
    pub(super) fn is_idle(&self) -> bool {
        let busy = |document: &Document| document.pass.is_some() || document.is_waiting();
        !self.0.iter().any(busy)
    }

    /// As the documents stand: 0, 1 where a session failed, 2 where one could not run.
    pub(super) fn exit_status(&self) -> u8 {
        let here = || self.0.iter().filter(|document| document.present);
        if here().any(|document| document.standing.is_refused()) {
            return REFUSED;
        }
        u8::from(here().any(|document| document.standing.failed() > 0))
    }

    /// How things stand, in one line.
    pub(super) fn status(&self, has_keys: bool) -> String {
        let here = || self.0.iter().filter(|document| document.present);
        let passed: usize = here().map(|document| document.standing.passed()).sum();
        let failed: usize = here().map(|document| document.standing.failed()).sum();
        let refused = here()
            .filter(|document| document.standing.is_refused())
            .count();
        let mut parts = vec![format!("watching {}", counted(self.present(), "file"))];
        let mut running = here().filter(|document| document.pass.is_some());
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

impl Document {
    fn is_waiting(&self) -> bool {
        self.present && self.due.is_some() && self.pass.is_none()
    }
}

/// Where a path lies, with no link in its folders, and where it points to if it is one itself: events name either.
fn spots(path: &Path) -> BTreeSet<PathBuf> {
    let absolute = absolute(path).unwrap_or_else(|_| path.to_owned());
    let lies = match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => fs::canonicalize(folder).map(|folder| folder.join(name)),
        _ => Ok(absolute.clone()),
    };
    let mut spots = BTreeSet::from([lies.unwrap_or(absolute)]);
    spots.extend(fs::canonicalize(path));
    spots
}
