//! Writes what it is given on a thread of its own, in order: its caller does not wait for the disk.

use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::Destination;

/// Batches that may wait. A caller that has more waits as well, so that a slow disk does not fill the memory.
const WAITING: usize = 4;

/// What goes to the thread, and the thread.
type Thread = (SyncSender<Vec<u8>>, JoinHandle<io::Result<()>>);

/// A writer on a thread of its own.
pub(super) struct Scribe {
    thread: Option<Thread>,
    /// Batches that were written, for their room.
    written: Receiver<Vec<u8>>,
}

impl Scribe {
    /// # Errors
    /// The system has no thread to give.
    pub(super) fn new(mut destination: Destination) -> io::Result<Self> {
        let (sender, batches) = sync_channel::<Vec<u8>>(WAITING);
        let (back, written) = channel();
        let thread = Builder::new().name("log".to_owned()).spawn(move || {
            for mut batch in batches {
                destination.write_all(&batch)?;
                batch.clear();
                // At the end it is not needed any more.
                let _ = back.send(batch);
            }
            destination.flush()
        })?;
        Ok(Self {
            thread: Some((sender, thread)),
            written,
        })
    }

    /// Takes a batch, and leaves an empty one.
    pub(super) fn take(&self, batch: &mut Vec<u8>) {
        let Some((sender, _)) = &self.thread else {
            return batch.clear();
        };
        let empty = self.written.try_recv().unwrap_or_default();
        // After an error it is not taken: that is told at the end.
        let _ = sender.send(mem::replace(batch, empty));
    }

    /// Returns once everything is written; nothing is taken any more.
    ///
    /// # Errors
    /// The first thing that could not be written.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        let Some((sender, thread)) = self.thread.take() else {
            return Ok(());
        };
        drop(sender);
        let stopped = || io::Error::other("the thread that writes it has stopped");
        thread.join().unwrap_or_else(|_| Err(stopped()))
    }
}
