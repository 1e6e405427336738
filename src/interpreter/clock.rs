//! Acts on clocks (`-- every`): those that are set when the connection begins, and those whose values the session keeps.

use std::time::Duration;

use futures_util::future::select;
use tokio::time::{Instant, sleep_until};

use super::context::{FAR, failure};
use super::step_context::{StepContext, Stop};
use super::steps::run_handler;
use crate::protocol::Failure;
use crate::script::{Clock, Handler, Setting, Trigger, Value, format_duration};

/// The least time between two ticks of a clock that is set while a session runs: a peer may have a hand in it.
const LEAST: Duration = Duration::from_millis(1);

/// From one tick to the next, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    interval: Duration,
    times: u64,
}

/// What a clock waits for, and comes first.
enum ClockEvent {
    Tick,
    /// The values that the clock waits for are known, and others than before.
    Set(Vec<Value>),
    /// The connection is over.
    Over,
}

/// Acts on a clock until the connection is over or the ticks are done. A clock that waits for kept values starts once
/// it has them, and anew when they set it otherwise.
pub(crate) async fn tick(context: StepContext<'_>, clock: &Clock) -> Result<(), Stop> {
    let Some(handler) = context.block.script.handlers.get(clock.position) else {
        return Ok(());
    };
    let context = StepContext {
        handler: true,
        ..context
    };
    let epoch = context.connection.epoch();
    let (mut known, mut pace): (Option<Vec<Value>>, Option<Pace>) = (None, None);
    let (mut due, mut index) = (None, 0);
    loop {
        if clock.awaits.is_empty() && pace.is_some_and(|pace| index == pace.times) {
            return Ok(());
        }
        let next = next(context, clock, due, known.as_deref()).await;
        if context.connection.epoch() != epoch {
            return Ok(());
        }
        match next {
            ClockEvent::Over => return Ok(()),
            ClockEvent::Set(values) => {
                known = Some(values);
                let set = read(context, handler)?;
                if pace.replace(set) != Some(set) {
                    index = 0;
                    due = set.after(index, Instant::now());
                }
            }
            ClockEvent::Tick => {
                let context = StepContext {
                    index: Some(index),
                    ..context
                };
                run_handler(context, &handler.steps).await?;
                index += 1;
                due = due.and_then(|due| pace?.after(index, due));
            }
        }
    }
}

/// Waits for the tick that is due, and for what the clock waits for: at first for `known` to be known at all.
async fn next(
    context: StepContext<'_>,
    clock: &Clock,
    due: Option<Instant>,
    known: Option<&[Value]>,
) -> ClockEvent {
    let tick = async {
        match due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    };
    let over = async {
        // A clock of all clients is there as long as its server lets it.
        if context.is_of_all_clients() {
            std::future::pending::<()>().await;
        } else {
            context.connection.over().await;
        }
    };
    tokio::select! {
        biased;
        () = tick => ClockEvent::Tick,
        () = over => ClockEvent::Over,
        values = kept(context, clock, known) => ClockEvent::Set(values),
    }
}

/// Returns once the values that a clock waits for are all known, and others than `known`.
async fn kept(context: StepContext<'_>, clock: &Clock, known: Option<&[Value]>) -> Vec<Value> {
    let own = &context.connection.scope;
    let shared = &context.block.environment.scope;
    if clock.awaits.is_empty() && known.is_some() {
        return std::future::pending().await;
    }
    loop {
        let changed = select(Box::pin(own.changed()), Box::pin(shared.changed()));
        let names = clock.awaits.iter();
        // Not what a variable or an earlier block has under the name: the script keeps it itself.
        let values = names.map(|name| own.get_own(name).or_else(|| shared.get_own(name)));
        match values.collect::<Option<Vec<_>>>() {
            Some(values) if known != Some(values.as_slice()) => return values,
            _ => drop(changed.await),
        }
    }
}

fn read(context: StepContext<'_>, handler: &Handler) -> Result<Pace, Failure> {
    let Trigger::Every { interval, times } = &handler.trigger else {
        return Err(failure(handler.span, "this is not set off by a clock"));
    };
    let times = times
        .as_ref()
        .map(|times| context.count(times))
        .transpose()?;
    let pace = Pace {
        interval: context.duration(interval)?.min(FAR),
        times: times.unwrap_or(u64::MAX),
    };
    match interval {
        Setting::Later(template) if pace.interval < LEAST => {
            let shown = format_duration(pace.interval);
            let reason = format!("a clock cannot tick every {shown}: the least is 1ms");
            Err(failure(template.span, reason))
        }
        _ => Ok(pace),
    }
}

impl Pace {
    /// When the tick with that number is due, after the one before; `None`: there is none.
    fn after(self, index: u64, before: Instant) -> Option<Instant> {
        (index < self.times).then(|| before + self.interval)
    }
}
