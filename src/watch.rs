//! File events → settled paths. Knows folders and times; knows no document, and imports nothing of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// A path is settled when nothing has happened to it for so long: a save in several writes, or by delete and create, is
/// over then.
pub const QUIET: Duration = Duration::from_millis(30);

/// A path to which something happens all the time is settled after so long all the same.
pub const PATIENCE: Duration = Duration::from_millis(120);

/// Paths to which something happened, until they are settled. Has no clock of its own.
#[derive(Debug, Default)]
pub struct Settling {
    unsettled: BTreeMap<PathBuf, Unsettled>,
}

#[derive(Debug)]
struct Unsettled {
    first: Instant,
    last: Instant,
}

impl Settling {
    /// Something happened to a path.
    pub fn hear(&mut self, path: PathBuf, at: Instant) {
        self.unsettled
            .entry(path)
            .and_modify(|unsettled| unsettled.last = at)
            .or_insert(Unsettled {
                first: at,
                last: at,
            });
    }

    /// The paths that are settled by now; each is given once.
    pub fn settled(&mut self, now: Instant) -> BTreeSet<PathBuf> {
        let settled: BTreeSet<_> = self
            .unsettled
            .iter()
            .filter(|(_, unsettled)| unsettled.due() <= now)
            .map(|(path, _)| path.clone())
            .collect();
        self.unsettled.retain(|path, _| !settled.contains(path));
        settled
    }

    /// When to ask next; `None`: when something has happened.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.unsettled.values().map(Unsettled::due).min()
    }
}

impl Unsettled {
    fn due(&self) -> Instant {
        (self.last + QUIET).min(self.first + PATIENCE)
    }
}

/// What a watcher hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something happened to this path.
    Path(PathBuf),
    /// Something happened that could not be told apart: anything may have changed.
    Anything,
}

/// Watches folders, each without what lies in folders below it.
pub struct Watcher {
    notify: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
}

impl Watcher {
    /// Tells `hear` what happens, from a thread of its own.
    ///
    /// # Errors
    /// The machine's reason why nothing can be watched.
    pub fn new(mut hear: impl FnMut(Heard) + Send + 'static) -> Result<Self, String> {
        let notify = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if event.need_rescan() => hear(Heard::Anything),
            Ok(event) if is_change(event.kind) => {
                for path in event.paths {
                    hear(Heard::Path(path));
                }
            }
            Ok(_) => {}
            Err(_) => hear(Heard::Anything),
        });
        Ok(Self {
            notify: notify.map_err(|error| error.to_string())?,
            folders: BTreeSet::new(),
        })
    }

    /// From now on watches these folders and no others. Gives those that cannot be watched, with the reason; they are
    /// tried again the next time.
    pub fn watch(&mut self, folders: &BTreeSet<PathBuf>) -> Vec<(PathBuf, String)> {
        let gone: Vec<_> = self.folders.difference(folders).cloned().collect();
        for folder in gone {
            self.forget(&folder);
        }
        let mut wrong = Vec::new();
        for folder in folders {
            if self.folders.contains(folder) {
                continue;
            }
            match self.notify.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder.clone());
                }
                Err(error) => wrong.push((folder.clone(), sentence(&error))),
            }
        }
        wrong
    }

    /// A folder has been removed or made anew: what was watched there is no more.
    pub fn forget(&mut self, folder: &Path) {
        if self.folders.remove(folder) {
            // Of a folder that has gone the machine has forgotten it already.
            let _ = self.notify.unwatch(folder);
        }
    }
}

/// Reading is not a change; our own reading would be heard for ever.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

fn sentence(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system watches no more files; on Linux raise fs.inotify.max_user_watches"
                .to_owned()
        }
        notify::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;

    use super::*;

    fn path(name: &str) -> PathBuf {
        PathBuf::from(name)
    }

    fn names(paths: &BTreeSet<PathBuf>) -> Vec<&str> {
        paths.iter().map(|path| path.to_str().unwrap()).collect()
    }

    #[test]
    fn a_path_is_settled_when_it_has_been_quiet() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut settling = Settling::default();
        assert_eq!(settling.due(), None);
        settling.hear(path("a"), at(0));
        settling.hear(path("a"), at(20));
        settling.hear(path("b"), at(25));
        assert_eq!(settling.due(), Some(at(50)));
        assert_eq!(names(&settling.settled(at(49))), [""; 0]);
        assert_eq!(names(&settling.settled(at(50))), ["a"]);
        assert_eq!(settling.due(), Some(at(55)));
        assert_eq!(names(&settling.settled(at(60))), ["b"]);
        assert_eq!(settling.due(), None);
        assert_eq!(names(&settling.settled(at(1000))), [""; 0]);
    }

    #[test]
    fn a_path_that_is_never_quiet_is_settled_all_the_same() {
        let start = Instant::now();
        let mut settling = Settling::default();
        let mut settled = Vec::new();
        for millis in (0..1000).step_by(10) {
            let now = start + Duration::from_millis(millis);
            settling.hear(path("a"), now);
            if !settling.settled(now).is_empty() {
                settled.push(millis);
            }
        }
        let bound = u64::try_from(PATIENCE.as_millis()).unwrap() + 10;
        assert!(settled.len() >= 7, "{settled:?}");
        assert!(settled.windows(2).all(|pair| pair[1] - pair[0] <= bound));
    }

    #[test]
    fn what_is_settled_is_so_well_within_the_time_that_a_run_may_take_to_start() {
        assert!(QUIET < PATIENCE && PATIENCE < Duration::from_millis(200));
    }

    /// Waits until a path is heard of, whatever else is.
    fn hears(heard: &mpsc::Receiver<Heard>, wanted: &Path) {
        let limit = Duration::from_secs(20);
        while heard.recv_timeout(limit).unwrap() != Heard::Path(wanted.to_owned()) {}
    }

    #[test]
    fn saves_of_every_kind_are_heard() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let (sender, heard) = mpsc::channel();
        let mut watcher = Watcher::new(move |what| sender.send(what).unwrap_or(())).unwrap();
        let folders = BTreeSet::from([folder.clone()]);
        assert_eq!(watcher.watch(&folders), []);
        let document = folder.join("a.md");
        fs::write(&document, "new").unwrap();
        hears(&heard, &document);
        fs::write(&document, "in place").unwrap();
        hears(&heard, &document);
        fs::write(folder.join("a.md~"), "by rename").unwrap();
        fs::rename(folder.join("a.md~"), &document).unwrap();
        hears(&heard, &folder.join("a.md~"));
        hears(&heard, &document);
        fs::remove_file(&document).unwrap();
        hears(&heard, &document);
        let nowhere = BTreeSet::from([folder.join("nowhere")]);
        let wrong = watcher.watch(&nowhere);
        assert_eq!(wrong.len(), 1);
        assert_eq!(watcher.folders, BTreeSet::new());
    }
}
