//! Holds that connections stay open for some time: during `-- wait` and `-- none`, unless the script expects their end.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::{Instant, sleep_until};

use super::connection::Connection;
use super::context::failure;
use super::step_context::{StepContext, Stop, Stopped};
use crate::protocol::{Ending, Failure, FailureKind};
use crate::script::{Setting, format_duration};
use crate::source::Span;

/// `-- wait`: all connections stay open. Fails at the first that ends before that, and not as it may.
pub(super) async fn wait(
    context: StepContext<'_>,
    connections: &[Rc<Connection>],
    span: Span,
    time: &Setting<Duration>,
) -> Result<(), Stopped> {
    let time = context.duration(time).map_err(Stop::from);
    let time = time.map_err(Stopped::at(context.connection))?;
    let due = context.block.now().saturating_add(time);
    let until = context.block.instant(due);
    match stay(connections, until).await {
        Some((connection, ending)) if !context.block.is_server() => {
            let stop = cut_short(span, time, &ending).into();
            Err(Stopped { connection, stop })
        }
        _ => Ok(()),
    }
}

/// The connection has ended during `-- none`: that is a failure, unless it may end, or it is a client that left a server.
pub(super) fn stayed_open(
    connection: &Connection,
    span: Span,
    within: Duration,
) -> Result<(), Failure> {
    match connection.unexpected_end() {
        Some(ending) if !connection.block.is_server() => Err(cut_short(span, within, &ending)),
        _ => Ok(()),
    }
}

/// Stays until the moment. A connection that ends before is returned, unless it may end. Where none is left, and none is
/// to be opened, there is nothing to stay for.
async fn stay(connections: &[Rc<Connection>], until: Instant) -> Option<(Rc<Connection>, Ending)> {
    let mut sleep = pin!(sleep_until(until));
    loop {
        let turned = connections
            .iter()
            .map(|connection| Box::pin(connection.turned()));
        let turned = select_all(turned);
        for connection in connections {
            if let Some(ending) = connection.unexpected_end() {
                return Some((Rc::clone(connection), ending));
            }
        }
        let over =
            |connection: &Rc<Connection>| !connection.is_open() && !connection.interest().connects;
        if connections.iter().all(over) {
            return None;
        }
        tokio::select! {
            biased;
            () = sleep.as_mut() => return None,
            _ = turned => {}
        }
    }
}

/// The failure of a step that wants its connection open for some time.
fn cut_short(span: Span, time: Duration, ending: &Ending) -> Failure {
    let expecting = match ending {
        Ending::Vanished | Ending::Reset(_) => "<- drop",
        _ => "<- close",
    };
    let time = format_duration(time);
    let why = ending.sentence();
    let reason = format!("the connection did not stay open for {time}: {why}");
    let hint = format!("where it is meant to end, a `{expecting}` below says so");
    Failure {
        hint: Some(hint),
        kind: FailureKind::Closed,
        ..failure(span, reason)
    }
}
