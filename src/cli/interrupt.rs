//! Ctrl-C and the request to terminate: the first one asks, the second one does not.

use std::process;
use std::thread;

use tokio::sync::watch;

/// The exit status of what an interrupt has ended: 128 and SIGINT's number.
pub(super) const INTERRUPTED: u8 = 130;

/// True from the first interrupt on; the second one ends the process at once.
pub(super) fn interrupts() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    // Signals belong to the process, so one thread waits for all of its documents' runtimes.
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let Ok(mut signals) = Signals::new() else {
                // Without them an interrupt ends the process, as it does by itself.
                return std::future::pending().await;
            };
            signals.next().await;
            sender.send_replace(true);
            signals.next().await;
            super::keys::restore();
            process::exit(INTERRUPTED.into());
        });
    });
    receiver
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
