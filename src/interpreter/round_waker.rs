//! Waking among tasks that are polled together. Knows no task.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Who is woken while all are being polled only needs another round of that: to leave and come back by way of the
/// runtime would cost a system call for each message that goes from one task to another.
#[derive(Default)]
pub(super) struct RoundWaker {
    rung: AtomicBool,
    /// Whoever polls all of them; nobody while that goes on.
    outside: Mutex<Option<Waker>>,
}

impl RoundWaker {
    /// A round begins: what rang before it is heard in it.
    pub(super) fn hush(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }

    /// Whether it rang since.
    pub(super) fn has_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }

    /// A time of polling begins: nobody outside is woken.
    pub(super) fn inside(&self) {
        *self.lock() = None;
    }

    /// It has ended: whoever polls is woken from now on, and at once where it rang meanwhile.
    pub(super) fn outside(&self, waker: &Waker) {
        let mut outside = self.lock();
        if self.has_rung() {
            waker.wake_by_ref();
        } else {
            *outside = Some(waker.clone());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for RoundWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::SeqCst);
        let outside = self.lock().take();
        if let Some(waker) = outside {
            waker.wake();
        }
    }
}
