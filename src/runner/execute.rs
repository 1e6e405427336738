//! Runs a plan: its servers first, then its clients in order, then the servers' end. Everything on one thread.

use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::client::client;
use super::execution::{Execution, FinishedBlock, Purpose, becomes_true};
use super::serving::{EndedServer, bind_servers, finish_served};
use crate::diagnostic::Diagnostic;

/// How often listeners may let out what they have buffered.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs the plan's blocks; what `stop` cuts off has not run.
///
/// # Errors
/// A server cannot listen: what is wrong, in the document. Nothing has connected then.
pub(super) async fn execute(run: Execution<'_>) -> Result<Vec<FinishedBlock>, Diagnostic> {
    execute_with(run, clients).await
}

/// The same with something else than all clients in order.
///
/// # Errors
/// A server cannot listen: what is wrong, in the document. Nothing has connected then.
pub(super) async fn execute_with(
    run: Execution<'_>,
    clients: impl AsyncFnOnce(&Execution<'_>),
) -> Result<Vec<FinishedBlock>, Diagnostic> {
    if !*run.stop.borrow() {
        while_served(&run, clients(&run)).await?;
    }
    Ok(run.results())
}

/// Does something while the plan's servers serve; `None`: they have ended before it was done.
///
/// # Errors
/// A server cannot listen: what is wrong, in the document. Nothing was done then.
pub(super) async fn while_served<T>(
    run: &Execution<'_>,
    main: impl Future<Output = T>,
) -> Result<Option<T>, Diagnostic> {
    let bound = bind_servers(run).await?;
    let (end, ended) = watch::channel(false);
    let mut serving: FuturesUnordered<_> = bound
        .into_iter()
        .map(|bound| bound.serve(ended.clone()))
        .collect();
    let mut served = Vec::new();
    let done = until_done(run, main, &mut serving, &mut served).await;
    // No receiver is left if every server has ended.
    let _ = end.send(true);
    while let Some(ended) = serving.next().await {
        served.push(ended);
    }
    drop(serving);
    finish_served(run, served);
    Ok(done)
}

async fn until_done<'a, T, F: Future<Output = EndedServer<'a>>>(
    run: &Execution<'_>,
    main: impl Future<Output = T>,
    serving: &mut FuturesUnordered<F>,
    served: &mut Vec<EndedServer<'a>>,
) -> Option<T> {
    let mut main = pin!(main);
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            done = &mut main => return Some(done),
            _ = ticks.tick() => run.voice.reporter.pause(),
            Some(ended) = serving.next() => {
                served.push(ended);
                if serving.is_empty() && matches!(run.purpose, Purpose::Serve(_)) {
                    return None;
                }
            }
        }
    }
}

/// Runs the clients; a session that an interrupt cuts closes its connections first.
async fn clients(run: &Execution<'_>) {
    if run.purpose != Purpose::Run {
        return becomes_true(run.stop.clone()).await;
    }
    for (index, block, script) in run.plan.clients() {
        if run.is_over() {
            return;
        }
        client(run, index, block, script).await;
        // The next block finds servers that know who has left.
        run.settle().await;
    }
}
