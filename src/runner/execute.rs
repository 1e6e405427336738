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
    if *run.stop.borrow() {
        return Ok(run.results());
    }
    let bound = bind_servers(&run).await?;
    let (end, ended) = watch::channel(false);
    let mut serving: FuturesUnordered<_> = bound
        .into_iter()
        .map(|bound| bound.serve(ended.clone()))
        .collect();
    let mut served = Vec::new();
    until_done(&run, clients(&run), &mut serving, &mut served).await;
    // No receiver is left if every server has ended.
    let _ = end.send(true);
    while let Some(ended) = serving.next().await {
        served.push(ended);
    }
    drop(serving);
    finish_served(&run, served);
    Ok(run.results())
}

async fn until_done<'a, F: Future<Output = EndedServer<'a>>>(
    run: &Execution<'_>,
    clients: impl Future<Output = ()>,
    serving: &mut FuturesUnordered<F>,
    served: &mut Vec<EndedServer<'a>>,
) {
    let mut clients = pin!(clients);
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut clients => return,
            _ = ticks.tick() => run.voice.reporter.pause(),
            Some(ended) = serving.next() => {
                served.push(ended);
                if serving.is_empty() && run.purpose != Purpose::Run {
                    return;
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
