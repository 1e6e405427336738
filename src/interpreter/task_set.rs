//! Tasks that run beside a main one and end with it. They share a thread with it, and dropping the set cancels
//! them, so that nothing of a session outlives the session.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use super::round_waker::RoundWaker;

/// Rounds in which tasks wake one another before control goes back to the runtime, which moves the clock and hears from the system.
const ROUNDS: usize = 32;

/// Starts tasks in a set.
#[derive(Clone, Default)]
pub(crate) struct Spawner(Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>);

impl Spawner {
    /// The task runs from the next time on that its set is polled.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push(Box::pin(task));
    }
}

/// Where tasks run.
#[derive(Default)]
pub(crate) struct TaskSet {
    spawner: Spawner,
    running: FuturesUnordered<LocalBoxFuture<'static, ()>>,
}

impl TaskSet {
    /// What starts tasks here.
    pub(crate) fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }

    /// Runs the tasks beside `main` until `main` is done; they stay where they are then.
    pub(crate) async fn beside<T>(&mut self, main: impl Future<Output = T>) -> T {
        let mut main = pin!(main);
        let rounds = Arc::new(RoundWaker::default());
        let waker = Waker::from(Arc::clone(&rounds));
        poll_fn(|context| {
            rounds.begin_polling();
            for _ in 0..ROUNDS {
                rounds.begin_round();
                let mut inner = Context::from_waker(&waker);
                // The tasks first: what has arrived is there before the main task looks.
                self.running.extend(self.spawner.0.borrow_mut().drain(..));
                let finished = self.running.poll_next_unpin(&mut inner);
                if let Poll::Ready(value) = main.as_mut().poll(&mut inner) {
                    return Poll::Ready(value);
                }
                if matches!(finished, Poll::Ready(Some(()))) || !self.spawner.0.borrow().is_empty()
                {
                    waker.wake_by_ref();
                } else if !rounds.was_woken() {
                    break;
                }
            }
            rounds.end_polling(context.waker());
            Poll::Pending
        })
        .await
    }
}
