//! `voiden open`: serves documents to a browser on this machine, runs them there, and keeps everybody else out.
//! Knows what the page shows; refuses to know how sessions run.

mod access;
mod answer;
mod assets;
mod bounded;
mod commands;
mod composed;
mod composer;
mod documents;
mod hub;
mod listen;
mod paint;
mod pictures;
mod routes;
mod rows;
mod runs;
mod session;
mod stream;
mod wanted;
mod watching;

pub use access::PageKeys;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::runner::Settings;
use hub::Hub;
use runs::PageRuns;

/// How long sessions have to close once the page is to end.
const CLOSING: Duration = Duration::from_millis(2300);

/// What is served, and where values come from.
#[derive(Debug)]
pub struct Opened {
    /// Documents, folders and globs, as they were named.
    pub files: Vec<String>,
    /// As a run is given.
    pub settings: Settings,
}

/// The address that lets one in.
#[must_use]
pub fn address(listener: SocketAddr, keys: &PageKeys) -> String {
    format!("http://{listener}/?token={}", keys.address())
}

/// Serves the page until `stop` is true; then closes what is connected.
///
/// # Errors
/// The machine's reason why nothing can be served.
pub fn serve(
    listener: TcpListener,
    keys: PageKeys,
    opened: Opened,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let hub = Arc::new(Hub::new(opened));
    let runs = Arc::new(PageRuns::default());
    hub.refresh();
    let watching = watching::watch(&hub);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let flushing = Arc::clone(&hub);
        tokio::spawn(async move { stream::flush(&flushing).await });
        let router = routes::router(keys, port, Arc::clone(&hub), Arc::clone(&runs));
        let serving = axum::serve(bounded::BoundedListener::new(listener), router);
        tokio::select! {
            served = serving.into_future() => served,
            () = becomes_true(stop) => Ok(()),
        }
    });
    drop(watching);
    runs.stop_all(CLOSING);
    runtime.shutdown_background();
    served
}

/// Ends when the value is true; never if its sender is gone.
async fn becomes_true(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|value| *value).await.is_err() {
        std::future::pending::<()>().await;
    }
}
