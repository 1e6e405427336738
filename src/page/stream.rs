//! Events as one stream of lines, each a JSON value. All tabs of a browser share one, so few are enough.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::answer::{answer, refusal};
use super::hub::{ANEW, Hub};

/// How often rows go out.
const TICK: Duration = Duration::from_millis(40);

/// A line without an event keeps the connection alive, and finds out whether it is.
const BEAT: Duration = Duration::from_secs(15);

/// Streams at the same time.
pub(super) const STREAMS: usize = 32;

/// Sends rows and what blocks are doing, for ever.
pub(super) async fn flush(hub: &Hub) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        hub.flush();
    }
}

/// The events from now on.
pub(super) fn events(hub: &Hub, room: &Arc<Semaphore>) -> Response<Body> {
    let Ok(room) = Arc::clone(room).try_acquire_owned() else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open");
    };
    let listening = EventStream {
        events: hub.listen(),
        greeted: false,
        _room: room,
    };
    let lines = stream::unfold(listening, |mut listening| async {
        let line = listening.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), listening))
    });
    answer(
        StatusCode::OK,
        "application/x-ndjson",
        Body::from_stream(lines),
    )
}

struct EventStream {
    events: broadcast::Receiver<Arc<str>>,
    greeted: bool,
    _room: OwnedSemaphorePermit,
}

impl EventStream {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.greeted {
            // Whatever was shown before may have changed meanwhile.
            self.greeted = true;
            return Some(Bytes::from_static(ANEW.as_bytes()));
        }
        Some(match timeout(BEAT, self.events.recv()).await {
            Ok(Ok(line)) => Bytes::copy_from_slice(line.as_bytes()),
            Ok(Err(RecvError::Lagged(_))) => Bytes::from_static(ANEW.as_bytes()),
            Ok(Err(RecvError::Closed)) => return None,
            Err(_) => Bytes::from_static(b"\n"),
        })
    }
}
