//! One thread's part of a load: its clients, side by side, until the end. It shares no figures with others: it sends what
//! it has counted.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};

use super::figures::Figures;
use super::interval::Interval;
use super::rate_limiter::RateLimiter;
use super::session_counter::{ClientSecrets, SessionCounter};
use super::settings::LoadSettings;
use crate::runner::{Network, Target, TargetHere};

/// How often it is told what has happened.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// How long sessions have for closing once the end has come: a session bounds itself to a second.
const CLOSING: Duration = Duration::from_millis(2200);

/// A time that no load reaches.
const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// What a worker is given.
pub(super) struct WorkerOrders {
    pub(super) target: Target,
    pub(super) settings: Arc<LoadSettings>,
    /// The first of its clients; the next one is `step` further on.
    pub(super) first: u64,
    pub(super) step: usize,
    pub(super) limiter: Arc<RateLimiter>,
    pub(super) began: Instant,
    /// True from an interrupt on.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) told: mpsc::UnboundedSender<WorkerNews>,
}

/// What a worker tells.
pub(super) enum WorkerNews {
    /// What has happened since it told last.
    Happened(Interval),
    /// It is done: all of it.
    Done(Box<Figures>),
}

/// Runs a worker's clients to their end.
pub(super) async fn work(orders: WorkerOrders, network: Network) {
    let (end, ended) = watch::channel(false);
    let here = orders.target.here(network, ended.clone());
    let counter = Rc::new(SessionCounter::new(orders.target.steps()));
    let numbers = (orders.first..=orders.settings.clients).step_by(orders.step);
    let clients = numbers.map(|number| client(number, &here, &counter, &orders, ended.clone()));
    let mut clients: FuturesUnordered<_> = clients.collect();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let lasts = orders.settings.lasts().unwrap_or(NEVER).min(NEVER);
    let mut over = pin!(over(orders.began + lasts, orders.stop.clone()));
    let mut given_up = pin!(sleep_until(orders.began + NEVER + CLOSING));
    let mut ending = false;
    loop {
        tokio::select! {
            biased;
            _ = ticks.tick() => tell(&orders, WorkerNews::Happened(counter.take_interval())),
            () = &mut over, if !ending => {
                ending = true;
                given_up.as_mut().reset(Instant::now() + CLOSING);
                end.send_replace(true);
            }
            () = &mut given_up => break,
            client = clients.next() => if client.is_none() { break },
        }
    }
    // What did not end is cut here.
    drop(clients);
    tell(&orders, WorkerNews::Happened(counter.take_interval()));
    let figures = Box::new(counter.take_figures());
    tell(&orders, WorkerNews::Done(figures));
}

fn tell(orders: &WorkerOrders, news: WorkerNews) {
    // Who listens does so to the end.
    let _ = orders.told.send(news);
}

/// Returns when no session may begin any more.
async fn over(at: Instant, mut stop: watch::Receiver<bool>) {
    if timeout_at(at, stop.wait_for(|stop| *stop))
        .await
        .is_ok_and(|stopped| stopped.is_err())
    {
        // Nobody can stop it any more.
        sleep_until(at).await;
    }
}

/// One client: its sessions, one after the other.
async fn client(
    number: u64,
    here: &TargetHere,
    counter: &Rc<SessionCounter>,
    orders: &WorkerOrders,
    mut ended: watch::Receiver<bool>,
) {
    let began = orders.began;
    if !reached(began + orders.settings.begins(number), &mut ended).await {
        return;
    }
    let client = here.client(number);
    let secrets = ClientSecrets::default();
    let ears = counter.ears(&secrets);
    let mut left = orders.settings.times();
    while left != Some(0) {
        let now = began.elapsed();
        let may_begin = began + orders.limiter.begin(now).min(NEVER);
        if !reached(may_begin, &mut ended).await {
            return;
        }
        counter.begin();
        let outcome = here.session(&client, &ears).await;
        counter.end(outcome, &secrets);
        left = left.map(|left| left - 1);
        // Sessions that end at once must not keep others from their turn.
        yield_now().await;
    }
}

/// Waits for a moment; false: the end came before.
async fn reached(at: Instant, ended: &mut watch::Receiver<bool>) -> bool {
    if *ended.borrow() {
        return false;
    }
    if at <= Instant::now() {
        return true;
    }
    tokio::select! {
        biased;
        _ = ended.wait_for(|ended| *ended) => false,
        () = sleep_until(at) => true,
    }
}
