//! Runs a load: divides its clients among threads, and puts together what they count.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::figures::Figures;
use super::interval::Interval;
use super::rate_limiter::RateLimiter;
use super::series::Series;
use super::settings::LoadSettings;
use super::times::float;
use super::worker::{TICK, WorkerNews, WorkerOrders, work};
use crate::runner::{Network, Settings, Target};

/// Where clients run.
#[derive(Clone)]
pub enum Workers {
    /// On the caller's thread, over this network.
    Here(Network),
    /// On so many threads, over the machine's network.
    Threads(NonZero<usize>, Box<Settings>),
}

/// What came of a load.
#[derive(Clone, Debug)]
pub struct LoadOutcome {
    /// From its beginning to the end of its last session.
    pub took: Duration,
    /// Whether an interrupt has ended it.
    pub interrupted: bool,
    /// Whether all of its clients could run.
    pub is_whole: bool,
    /// All figures.
    pub figures: Figures,
    /// The same as they came.
    pub(super) series: Series,
}

/// How far a load has come.
#[derive(Clone, Debug)]
pub struct LoadProgress {
    /// Since it began.
    pub elapsed: Duration,
    /// How long it lasts, if that is known.
    pub lasts: Option<Duration>,
    /// Sessions that have ended.
    pub sessions: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Messages a second, in the last second.
    pub rate: f64,
}

/// Loads a target until the end, or until `stop` is true.
pub async fn run(
    target: &Target,
    settings: &LoadSettings,
    workers: Workers,
    stop: &watch::Receiver<bool>,
    mut show: impl FnMut(&LoadProgress),
) -> LoadOutcome {
    let began = Instant::now();
    let (told, mut news) = mpsc::unbounded_channel();
    let count = match &workers {
        Workers::Here(_) => 1,
        Workers::Threads(count, _) => {
            let clients = usize::try_from(settings.clients).unwrap_or(usize::MAX);
            count.get().min(clients).max(1)
        }
    };
    let settings = Arc::new(settings.clone());
    let limiter = Arc::new(RateLimiter::new(settings.rate));
    let orders = (1..=count).map(|first| WorkerOrders {
        target: target.clone(),
        settings: Arc::clone(&settings),
        first: first as u64,
        step: count,
        limiter: Arc::clone(&limiter),
        began,
        stop: stop.clone(),
        told: told.clone(),
    });
    let mut orders: Vec<_> = orders.collect();
    drop(told);
    let mut course = Course::new(target.steps().len(), settings.lasts(), began);
    let collected = async {
        while let Some(news) = news.recv().await {
            course.hear(news);
            show(&course.progress());
        }
        course
    };
    let course = match workers {
        Workers::Here(network) => match orders.pop() {
            Some(orders) => tokio::join!(collected, work(orders, network)).0,
            None => collected.await,
        },
        Workers::Threads(_, machine) => {
            for orders in orders {
                start(orders, &machine);
            }
            collected.await
        }
    };
    LoadOutcome {
        took: began.elapsed(),
        interrupted: *stop.borrow(),
        is_whole: course.done == count,
        figures: course.figures,
        series: course.series,
    }
}

/// Starts a worker on a thread of its own; where that cannot be, it never says that it is done.
fn start(orders: WorkerOrders, machine: &Settings) {
    let machine = machine.clone();
    let name = format!("load-{}", orders.first);
    let started = thread::Builder::new().name(name).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            runtime.block_on(work(orders, Network::of_machine(&machine)));
            // An expression that runs for ever is left behind, and not waited for.
            runtime.shutdown_background();
        }
    });
    // It is known to be done by what it says.
    drop(started);
}

/// What is known of a load while it goes on.
struct Course {
    began: Instant,
    lasts: Option<Duration>,
    figures: Figures,
    series: Series,
    sessions: u64,
    failed: u64,
    /// What came in the last second: when, and how many messages.
    recent: VecDeque<(Duration, u64)>,
    /// Workers that are done.
    done: usize,
}

impl Course {
    fn new(steps: usize, lasts: Option<Duration>, began: Instant) -> Self {
        Self {
            began,
            lasts,
            figures: Figures::new(steps),
            series: Series::new(TICK),
            sessions: 0,
            failed: 0,
            recent: VecDeque::new(),
            done: 0,
        }
    }

    fn hear(&mut self, news: WorkerNews) {
        match news {
            WorkerNews::Happened(interval) => self.happened(interval),
            WorkerNews::Done(figures) => {
                self.figures.add(*figures);
                self.done += 1;
            }
        }
    }

    fn happened(&mut self, interval: Interval) {
        const SECOND: Duration = Duration::from_secs(1);
        let at = self.began.elapsed();
        self.sessions += interval.sessions;
        self.failed += interval.failed;
        self.recent.push_back((at, interval.messages));
        while self
            .recent
            .front()
            .is_some_and(|(then, _)| *then + SECOND < at)
        {
            self.recent.pop_front();
        }
        // It has happened before now.
        self.series.add(at.saturating_sub(TICK / 2), interval);
    }

    fn progress(&self) -> LoadProgress {
        let messages: u64 = self.recent.iter().map(|(_, messages)| messages).sum();
        let elapsed = self.began.elapsed();
        LoadProgress {
            elapsed,
            lasts: self.lasts,
            sessions: self.sessions,
            failed: self.failed,
            rate: float(messages) / elapsed.as_secs_f64().clamp(0.1, 1.0),
        }
    }
}
