//! Two ways out, and documents that share them without being mixed: one is shown as it goes on, the others wait.

use std::collections::BTreeMap;

use super::Output;
use super::progress::Progress;

/// Which way out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// stdout
    Out,
    /// stderr
    Err,
}

/// The ways out, and what waits for them.
pub(super) struct Pages {
    out: Output,
    err: Output,
    /// Everything goes out as it comes.
    direct: bool,
    /// The document that is shown as it goes on.
    front: Option<usize>,
    documents: BTreeMap<usize, Page>,
    progress: Option<Progress>,
    /// What goes to stdout when nothing stands in its way.
    pending: String,
}

/// Text that is kept back at most while there is a line of progress.
const PENDING: usize = 64 * 1024;

/// What waits for a document's turn.
#[derive(Default)]
struct Page {
    waiting: Vec<(Way, String)>,
    done: bool,
}

impl Pages {
    pub(super) fn new(out: Output, err: Output, direct: bool) -> Self {
        Self {
            out,
            err,
            direct,
            front: None,
            documents: BTreeMap::new(),
            progress: None,
            pending: String::new(),
        }
    }

    /// Tells of progress from here on, if stderr is a terminal.
    pub(super) fn show_progress(&mut self, total: usize) {
        if self.err.is_terminal() {
            self.progress = Some(Progress::new(total));
        }
    }

    pub(super) fn progress(&mut self) -> Option<&mut Progress> {
        self.progress.as_mut()
    }

    /// No progress any more.
    pub(super) fn end_progress(&mut self) {
        self.let_out("");
        if let Some(mut progress) = self.progress.take() {
            progress.end();
        }
    }

    pub(super) fn colour(&self, way: Way) -> bool {
        match way {
            Way::Out => self.out.colour(),
            Way::Err => self.err.colour(),
        }
    }

    pub(super) fn begin(&mut self, document: usize) {
        self.documents.entry(document).or_default();
        self.front.get_or_insert(document);
    }

    pub(super) fn end(&mut self, document: usize) {
        self.documents.entry(document).or_default().done = true;
        if self.front == Some(document) {
            self.turn();
        }
        self.pause();
    }

    /// Shows text when the document's turn comes.
    pub(super) fn put(&mut self, document: usize, way: Way, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.direct || self.front == Some(document) {
            self.write(way, text);
            return;
        }
        let page = self.documents.entry(document).or_default();
        match page.waiting.last_mut() {
            Some((last, waiting)) if *last == way => waiting.push_str(text),
            _ => page.waiting.push((way, text.to_owned())),
        }
    }

    /// Shows text at once.
    pub(super) fn write(&mut self, way: Way, text: &str) {
        match way {
            Way::Out if self.progress.is_some() => {
                self.pending.push_str(text);
                if self.pending.len() > PENDING {
                    self.let_out("");
                }
            }
            Way::Out => self.out.put(text),
            Way::Err => self.let_out(text),
        }
    }

    /// Lets out what is buffered of stdout; stderr never is.
    pub(super) fn pause(&mut self) {
        self.let_out("");
        if let Some(progress) = &mut self.progress {
            progress.draw();
        }
    }

    /// On one terminal both stand in the order in which they were said, and above the line of progress.
    fn let_out(&mut self, to_err: &str) {
        let (out, err, pending) = (&mut self.out, &mut self.err, &mut self.pending);
        let mut write = || {
            out.put(pending);
            out.flush();
            err.put(to_err);
            err.flush();
        };
        match &self.progress {
            Some(_) if pending.is_empty() && to_err.is_empty() => {}
            Some(progress) => progress.above(write),
            None => write(),
        }
        self.pending.clear();
    }

    /// Lets out everything, also what no end was told of.
    pub(super) fn flush(&mut self) {
        for page in std::mem::take(&mut self.documents).into_values() {
            self.show(page);
        }
        self.end_progress();
        self.let_out("");
    }

    /// The document in front is done: those that are done besides are shown, and the next one comes to the front.
    fn turn(&mut self) {
        let pages = std::mem::take(&mut self.documents);
        let (done, unfinished): (BTreeMap<_, _>, BTreeMap<_, _>) =
            pages.into_iter().partition(|(_, page)| page.done);
        for page in done.into_values() {
            self.show(page);
        }
        self.documents = unfinished;
        let next = self.documents.iter_mut().next();
        let next = next.map(|(document, page)| (*document, std::mem::take(page)));
        self.front = next.as_ref().map(|(document, _)| *document);
        if let Some((_, page)) = next {
            self.show(page);
        }
    }

    fn show(&mut self, page: Page) {
        for (way, text) in page.waiting {
            self.write(way, &text);
        }
    }
}
