//! `voiden run --watch`: runs at once, then whenever something is saved, until it is told to end.

mod documents;
mod trigger;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use self::documents::Documents;
use self::trigger::RunReason;
use super::arguments::RunArguments;
use super::interrupt::interrupts;
use super::keys::Keys;
use super::prepare::prepare;
use super::settings::Audience;
use super::{REFUSED, stdin, usage};
use crate::report::{Output, Scene, StatusLine, Tally, counted, harmless};
use crate::runner::{
    self, ActiveRun, DocumentResult, Ports, Rerun, RerunScope, Settings, as_named, folders,
};
use crate::wall_clock::WallClock;
use crate::watch::{Heard, Settling, Watcher};

/// What the loop waits for.
enum Happens {
    File(Heard),
    /// A document's run has something to do.
    Begun(usize),
    Done(usize, Box<Rerun>),
    Key(u8),
    Interrupt,
}

pub(super) fn watch(arguments: &RunArguments, out: Output, mut err: Output) -> u8 {
    if stdin::is_among(&arguments.naming.files) {
        let mut out = out;
        let sentence = "--watch watches files, and `-` is stdin, which is read once\nsave the document, and name its file";
        let status = usage(&mut err, sentence);
        stdin::pass_through(&mut out);
        return status;
    }
    let prepared = match prepare(arguments, &mut err) {
        Ok(prepared) => prepared,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let (sender, happens) = channel();
    let heard = sender.clone();
    let watcher = Watcher::new(move |what| {
        let _ = heard.send(Happens::File(what));
    });
    let watcher = match watcher {
        Ok(watcher) => watcher,
        Err(why) => return usage(&mut err, &format!("nothing can be watched: {why}")),
    };
    let (out, err, line) = with_status_line(out, err);
    let audience = Audience::new(out, err, Scene::Run, arguments.telling, prepared.log);
    for wrong in &prepared.wrong {
        audience.terminal.error(wrong);
    }
    let files = arguments.naming.files.clone();
    let is_folder = |file: &String| Path::new(file).is_dir();
    if prepared.documents.is_empty() && !files.iter().any(is_folder) {
        return audience.close(REFUSED);
    }
    let pressed = sender.clone();
    let keys = Keys::listen(move |key| {
        let _ = pressed.send(Happens::Key(key));
    });
    tell_interrupts(sender.clone());
    let mut watching = Watching {
        files,
        settings: Arc::new(prepared.settings),
        audience: &audience,
        line,
        keys,
        sender,
        watcher,
        settling: Settling::default(),
        anything: false,
        documents: Documents::default(),
        began: Instant::now(),
        results: BTreeMap::new(),
        ports: Arc::default(),
        told: BTreeSet::new(),
        greeted: false,
        trigger: Arc::default(),
        leaving: false,
    };
    watching.refresh();
    watching.until_told(&happens);
    watching.show("");
    let status = watching.documents.exit_status();
    drop(watching);
    audience.close(status)
}

/// Puts a status line below both ways out where they lead to a terminal.
fn with_status_line(out: Output, err: Output) -> (Output, Output, Option<StatusLine>) {
    if !err.is_terminal() {
        return (out, err, None);
    }
    let line = StatusLine::new(Box::new(io::stderr()));
    let out = if out.is_terminal() {
        out.around(|writer| line.above(writer))
    } else {
        out
    };
    let err = err.around(|writer| line.above(writer));
    (out, err, Some(line))
}

/// The time of day here.
fn time_of_day() -> jiff::civil::Time {
    let now = WallClock::of_machine().now();
    jiff::tz::TimeZone::system().to_datetime(now).time()
}

fn tell_interrupts(sender: Sender<Happens>) {
    let mut interrupted = interrupts().at_any_time();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        if let Ok(runtime) = runtime
            && runtime
                .block_on(interrupted.wait_for(|value| *value))
                .is_ok()
        {
            let _ = sender.send(Happens::Interrupt);
        }
    });
}

struct Watching<'a> {
    files: Vec<String>,
    settings: Arc<Settings>,
    audience: &'a Audience,
    line: Option<StatusLine>,
    keys: Option<Keys>,
    sender: Sender<Happens>,
    watcher: Watcher,
    settling: Settling,
    /// Events were lost: everything is looked at.
    anything: bool,
    documents: Documents,
    /// When the runs since the last summary began, and what came of them.
    began: Instant,
    results: BTreeMap<usize, DocumentResult>,
    ports: Arc<Ports>,
    /// Folders that cannot be watched are told once.
    told: BTreeSet<PathBuf>,
    greeted: bool,
    /// Why what runs next does so. Taken by the run that begins first, on its own thread: before it shows anything.
    trigger: Arc<Mutex<Option<RunReason>>>,
    leaving: bool,
}

impl Watching<'_> {
    fn until_told(&mut self, happens: &Receiver<Happens>) {
        loop {
            let settled = self.settling.settled(Instant::now());
            if self.anything || !settled.is_empty() {
                self.settled(&settled);
            }
            self.start();
            self.sum_up();
            self.show_status();
            if self.leaving && self.documents.running() == 0 {
                return;
            }
            let happened = match self.settling.due() {
                None => happens.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => happens.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match happened {
                Ok(happened) => self.happened(happened),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn happened(&mut self, happened: Happens) {
        match happened {
            Happens::File(Heard::Path(path)) => self.settling.hear(path, Instant::now()),
            Happens::File(Heard::Anything) => self.anything = true,
            Happens::Begun(place) => {
                if self.results.is_empty() && self.documents.running() == 1 {
                    self.began = Instant::now();
                }
                self.look_after(place);
            }
            Happens::Done(place, rerun) => self.done(place, *rerun),
            Happens::Key(b'a') => self.call(RerunScope::All),
            Happens::Key(b'f') if self.documents.is_idle() && !self.documents.any_failed() => {
                self.audience.terminal.mention("nothing failed\n");
            }
            Happens::Key(b'f') => self.call(RerunScope::Failed),
            // Ctrl-D says as much.
            Happens::Key(b'q' | 4) | Happens::Interrupt => {
                self.leaving = true;
                self.documents.stop();
            }
            Happens::Key(_) => {}
        }
    }

    fn call(&mut self, which: RerunScope) {
        self.set_trigger(RunReason::Key(which));
        self.documents.call(which);
    }

    /// What runs next is set apart from what ran before, by a line that says when and why it does.
    fn set_trigger(&self, trigger: RunReason) {
        let mut next = self.trigger.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(trigger);
    }

    fn settled(&mut self, settled: &BTreeSet<PathBuf>) {
        let anything = std::mem::take(&mut self.anything);
        for path in settled {
            // A folder that was made anew has to be watched anew.
            self.watcher.forget(path);
        }
        let strange = |path: &PathBuf| !self.documents.knows(path) && self.may_matter(path);
        if anything || settled.iter().any(strange) {
            self.refresh();
        }
        let concerned = self
            .documents
            .concerned(|path| anything || settled.contains(path));
        if !concerned.is_empty() {
            // Editors save beside the file first.
            let concerns =
                |saved: &&PathBuf| !self.documents.concerned(|path| path == *saved).is_empty();
            let saved = settled.iter().filter(concerns).map(|path| as_named(path));
            self.set_trigger(RunReason::Saved(saved.collect()));
        }
        for place in concerned {
            self.documents.mark(place);
            self.look_after(place);
        }
    }

    /// Whether a path may change which documents there are.
    fn may_matter(&self, path: &Path) -> bool {
        let named = |name: &str| path.file_name().is_some_and(|file| file == name);
        let is_document = path
            .extension()
            .is_some_and(|extension| extension == "md" || extension == "markdown");
        let by_glob = |file: &String| file.contains(['*', '?', '[', '{']);
        is_document
            || path.is_dir()
            || self.documents.were_in(path)
            || named(".gitignore")
            || named(".ignore")
            || self.files.iter().any(by_glob)
    }

    /// Finds the documents anew. Folders first: what comes into one after that is heard.
    fn refresh(&mut self) {
        self.watch_folders();
        let (found, _) = runner::find(&self.files);
        for gone in self.documents.update(found) {
            let sentence = format!("{}: gone, and watched no more\n", harmless(&gone));
            self.audience.terminal.say(&sentence);
        }
        self.watch_folders();
    }

    fn watch_folders(&mut self) {
        let mut wanted = folders(&self.files);
        wanted.extend(self.documents.folders());
        for (folder, why) in self.watcher.watch(&wanted) {
            if self.told.insert(folder.clone()) {
                let sentence = format!("{} cannot be watched: {why}", as_named(&folder));
                self.audience.terminal.error(&sentence);
            }
        }
    }

    /// Cuts a run that an edit has overtaken; it starts again when it has ended.
    fn look_after(&mut self, place: usize) {
        if let Some(name) = self.documents.cut_if_overtaken(place, &self.settings) {
            let sentence = format!("{}: edited while it ran; it runs again\n", harmless(&name));
            self.audience.terminal.say(&sentence);
        }
    }

    fn start(&mut self) {
        while !self.leaving && self.documents.running() < self.settings.jobs.max(1) {
            let begun = self.sender.clone();
            let ports = Arc::clone(&self.ports);
            let trigger = Arc::clone(&self.trigger);
            let terminal = Arc::clone(&self.audience.terminal);
            let active = move |place| {
                Arc::new(ActiveRun::new(&ports, move || {
                    let trigger = trigger
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .take();
                    if let Some(trigger) = trigger {
                        terminal.mention(&trigger.line(time_of_day()));
                    }
                    let _ = begun.send(Happens::Begun(place));
                }))
            };
            let Some(start) = self.documents.start(active) else {
                return;
            };
            let settings = Arc::clone(&self.settings);
            let reporter = self.audience.reporter();
            let sender = self.sender.clone();
            thread::spawn(move || {
                let rerun = runner::rerun(
                    start.place,
                    &start.named,
                    start.which,
                    &start.status,
                    &settings,
                    &reporter,
                    &start.active,
                );
                let _ = sender.send(Happens::Done(start.place, Box::new(rerun)));
            });
        }
    }

    fn done(&mut self, place: usize, rerun: Rerun) {
        if let Some(result) = rerun.result {
            self.results.insert(place, result);
        }
        if self.documents.done(place, rerun.status, &rerun.paths) {
            self.watch_folders();
        }
    }

    /// When nothing runs any more: what came of it.
    fn sum_up(&mut self) {
        if !self.documents.is_idle() {
            return;
        }
        let results: Vec<_> = std::mem::take(&mut self.results).into_values().collect();
        let terminal = &self.audience.terminal;
        if !results.is_empty() {
            let failed = runner::exit_status(&results) != 0;
            let mut tally = Tally::default();
            tally.add(&results);
            terminal.summary(&tally, self.began.elapsed(), failed);
            if self.line.is_some() {
                terminal.say("\n");
            }
        }
        if !self.greeted && self.line.is_none() && !self.leaving {
            let count = counted(self.documents.present(), "file");
            terminal.say(&format!("watching {count}\n"));
        }
        self.greeted = true;
    }

    fn show_status(&self) {
        if self.line.is_some() && !self.leaving {
            self.show(&self.documents.status(self.keys.is_some()));
        }
    }

    fn show(&self, text: &str) {
        if let Some(line) = &self.line {
            line.show(text);
        }
    }
}
