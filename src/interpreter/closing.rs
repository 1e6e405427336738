//! The end of a client session: what is still open is closed, and the answers are waited for within bounds.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::link::Link;
use super::stage::Stage;

/// What a peer has at least for its answer to our close, where the deadline is near or over: enough for a way around
/// the earth, so that only those who would not answer are told of as such.
const ANSWER: Duration = Duration::from_millis(250);

/// Closes what is still open, and waits for the end of it: the task of each connection bounds that.
pub(super) async fn close(stage: &Stage, links: &[Rc<Link>], code: u16) {
    if let Some(deadline) = stage.options.deadline {
        let due = stage.instant(deadline);
        stage.bound_close(due.max(Instant::now() + ANSWER));
    }
    for link in links {
        link.set_reacts(false);
        link.close(code, "");
        link.wake();
    }
    let mut over = pin!(async {
        for link in links {
            link.over().await;
            if let Some(failure) = link.fault() {
                stage.fail(link.name.as_ref(), failure);
            }
        }
    });
    tokio::select! {
        biased;
        () = &mut over => return,
        () = stage.interrupted() => {}
    }
    for link in links {
        link.wake();
    }
    over.await;
}
