//! Looks at the documents again when something beside them is saved.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Instant;

use super::hub::Hub;
use crate::runner::folders;
use crate::watch::{Heard, Settling, Watcher};

/// Watches while it is kept.
pub(super) struct DocumentsWatch {
    _alive: Arc<()>,
}

/// Watches the folders of what is open. Where nothing can be watched, the page shows what it reads when it is asked.
pub(super) fn watch(hub: &Arc<Hub>) -> DocumentsWatch {
    let alive = Arc::new(());
    let (sender, heard) = channel();
    let watcher = Watcher::new(move |what| {
        // Nobody hears it when the page has ended.
        let _ = sender.send(what);
    });
    if let Ok(watcher) = watcher {
        let hub = Arc::clone(hub);
        let guard = Arc::downgrade(&alive);
        thread::spawn(move || run(&hub, watcher, &heard, &guard));
    }
    DocumentsWatch { _alive: alive }
}

fn run(hub: &Hub, mut watcher: Watcher, heard: &Receiver<Heard>, alive: &Weak<()>) {
    let mut settling = Settling::default();
    // Folders that cannot be watched are looked at when something else happens.
    let _ = watcher.watch(&folders(hub.files()));
    while alive.strong_count() > 0 {
        let happened = match settling.due() {
            None => heard.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => heard.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        let mut anything = false;
        match happened {
            Ok(Heard::Path(path)) if is_ours(&path) => {}
            Ok(Heard::Path(path)) => settling.hear(path, Instant::now()),
            Ok(Heard::Anything) => anything = true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let settled = settling.settled(Instant::now());
        if !anything && settled.is_empty() {
            continue;
        }
        for path in &settled {
            // A folder that was made anew has to be watched anew.
            watcher.forget(path);
        }
        hub.refresh();
        let _ = watcher.watch(&folders(hub.files()));
    }
}

/// The file that a document is replaced by, before it is.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(".voiden-"))
}
