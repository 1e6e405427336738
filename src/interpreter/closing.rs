//! The end of a client session: what is still open is closed, and the answers are waited for within bounds.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::context::BlockContext;

/// What a peer has at least for its answer to our close, where the deadline is near or over: enough for a way around
/// the earth, so that only those who would not answer are told of as such.
const ANSWER: Duration = Duration::from_millis(250);

/// Closes what is still open, and waits for the end of it: the task of each connection bounds that.
pub(super) async fn close(block: &BlockContext, connections: &[Rc<Connection>], code: u16) {
    if let Some(deadline) = block.options.deadline {
        let due = block.instant(deadline);
        block.bound_close(due.max(Instant::now() + ANSWER));
    }
    for connection in connections {
        connection.keep_for_handlers(false);
        connection.close(code, "");
        connection.wake();
    }
    let mut over = pin!(async {
        for connection in connections {
            connection.over().await;
            if let Some(failure) = connection.fault() {
                block.fail(connection.who(), failure);
            }
        }
    });
    tokio::select! {
        biased;
        () = &mut over => return,
        () = block.interrupted() => {}
    }
    for connection in connections {
        connection.wake();
    }
    over.await;
}
