//! Ctrl-C, the request to terminate, and a terminal that was closed: where sessions run the first one asks, and the second
//! one does not.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::{self, Runtime};
use tokio::sync::watch;

use crate::report::Reporters;
use crate::runner::{News, ReportedDocument, Reporter};

/// The exit status of what an interrupt has ended: 128 and SIGINT's number.
pub(super) const INTERRUPTED: u8 = 130;

/// Interrupts, as they come.
pub(super) struct Interrupts {
    /// True from the first one on; the second one ends the process at once.
    pub(super) stop: watch::Receiver<bool>,
    begun: Arc<Begun>,
}

impl Interrupts {
    /// Hears when the first session begins: until then there is nothing to close, and the first interrupt ends the
    /// process at once.
    pub(super) fn begun(&self) -> Reporters {
        let mut reporters = Reporters::default();
        reporters.add("what is told of it", Arc::clone(&self.begun) as _);
        reporters
    }

    /// Also the first one asks, whether anything has begun or not.
    pub(super) fn at_any_time(self) -> watch::Receiver<bool> {
        self.begun.0.store(true, Ordering::Relaxed);
        self.stop
    }
}

/// Whether a session has begun.
#[derive(Default)]
struct Begun(AtomicBool);

impl Reporter for Begun {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        if matches!(news, News::Started(_)) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Listens to interrupts from now on.
#[expect(
    clippy::disallowed_methods,
    reason = "the second interrupt ends the process at once"
)]
pub(super) fn interrupts() -> Interrupts {
    let (sender, receiver) = watch::channel(false);
    let begun = Arc::new(Begun::default());
    let has_begun = Arc::clone(&begun);
    // Nothing begins before: an interrupt in between would end a session without a close. Where nothing can listen, an
    // interrupt ends the process, as it does by itself.
    if let Ok((runtime, mut signals)) = listening() {
        // Signals belong to the process, so one thread waits for all of its documents' runtimes.
        thread::spawn(move || {
            runtime.block_on(async {
                signals.next().await;
                if has_begun.0.load(Ordering::Relaxed) {
                    sender.send_replace(true);
                    signals.next().await;
                }
                super::keys::restore();
                process::exit(INTERRUPTED.into());
            });
        });
    }
    Interrupts {
        stop: receiver,
        begun,
    }
}

/// What hears of signals, and the runtime that hands them over: from here on, whether or not its thread runs already.
fn listening() -> io::Result<(Runtime, Signals)> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    Ok((runtime, signals))
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Of a closed terminal the kernel tells, and the shell, each for itself: that is heard once.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let minds = !super::machine::outlives_terminal();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: minds.then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let hung_up = tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
            _ = hangup => true,
        };
        if hung_up {
            self.hangup = None;
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
