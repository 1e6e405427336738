//! Handlers of messages (`-- on`): the first one that matches a message answers it, one message at a time and in order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::cached_pattern::CachedPattern;
use super::connection::{Arrived, Connection};
use super::judge::{judge, meets};
use super::judged_subject::{JudgedSubject, format_of};
use super::step_context::{Participants, StepContext, Stop};
use super::steps::run_handler;
use crate::protocol::Open;
use crate::script::{Choice, Handler, KeptValues, Name, Reading, Scope, Subject, Trigger};

/// The handlers of one connection's messages, made ready once for all of them.
pub(crate) struct MessageHandlers {
    /// Each with its place among the script's handlers.
    patterns: Vec<(usize, CachedPattern)>,
}

/// What a handler has done for one connection.
#[derive(Default)]
pub(crate) struct Handled {
    /// How many messages it has taken.
    pub(crate) taken: Cell<u64>,
    /// The last of them.
    pub(crate) last: RefCell<Option<Subject>>,
}

impl MessageHandlers {
    /// Those handlers that answer a client's messages; `None` where there are none.
    pub(crate) fn new(handlers: &[Handler], name: Option<&str>) -> Option<Self> {
        let pattern = |(position, handler): (usize, &Handler)| match &handler.trigger {
            Trigger::Message(pattern) if concerns(handler.who.as_ref(), name) => {
                let pattern = CachedPattern::new(pattern.clone(), handler.span);
                Some((position, pattern))
            }
            _ => None,
        };
        let patterns: Vec<_> = handlers.iter().enumerate().filter_map(pattern).collect();
        (!patterns.is_empty()).then_some(Self { patterns })
    }

    /// Answers a connection's messages until it is over and all are answered. A message that lacks what a step inserts of
    /// it fails the block, and ends that handler's steps: the next message is answered.
    pub(crate) async fn answer_all(
        &self,
        connection: &Rc<Connection>,
        participants: &dyn Participants,
    ) -> Result<(), Stop> {
        let context = StepContext::of_handler(connection, participants);
        let mut handled = Vec::new();
        handled.resize_with(self.patterns.len(), Handled::default);
        while let Some(arrived) = connection.next_for_handlers().await {
            match self.answer(context, &arrived, &handled).await {
                Err(Stop::MemberMissing(failure)) => {
                    connection.block.fail(connection.who(), failure);
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Answers one message by the first handler that takes it.
    async fn answer(
        &self,
        context: StepContext<'_>,
        arrived: &Arrived,
        records: &[Handled],
    ) -> Result<(), Stop> {
        let reading = Reading::new(arrived.frame.clone());
        let context = StepContext {
            message: Some(&arrived.frame),
            ..context
        };
        for ((position, pattern), record) in self.patterns.iter().zip(records) {
            let Some(handler) = context.block.script.handlers.get(*position) else {
                continue;
            };
            let Some(kept) = pattern.kept(&reading, context.fill()) else {
                continue;
            };
            let unpacked = pattern.unpacked(&reading, context.fill());
            let read = Arrived {
                frame: unpacked.as_ref().unwrap_or(&arrived.frame).clone(),
                ..arrived.clone()
            };
            let open = pattern.open(&reading, context.fill());
            let judged = judged(context, handler, &read, open.clone(), record);
            let context = StepContext {
                message: Some(&read.frame),
                subject: Some(&judged),
                ..context
            };
            if !takes(context, handler, kept, record).await? {
                continue;
            }
            record.taken.set(record.taken.get() + 1);
            record.last.replace(Some(judged.subject.clone()));
            let who = context.connection.who();
            if let Some(frame) = unpacked {
                context.block.tell_unpacked(who, arrived.number, frame);
            }
            context.block.tell_open(who, arrived.number, open);
            return run_handler(context, &handler.steps).await;
        }
        Ok(())
    }
}

/// A message as the expressions of a handler look at it.
fn judged(
    context: StepContext<'_>,
    handler: &Handler,
    arrived: &Arrived,
    open: Option<Arc<Open>>,
    record: &Handled,
) -> JudgedSubject {
    let format = match &handler.trigger {
        Trigger::Message(pattern) => format_of(pattern),
        _ => None,
    };
    let deadline = context.judged().deadline;
    JudgedSubject {
        previous: record.last.borrow().clone(),
        open,
        ..JudgedSubject::frame(arrived, format, Duration::ZERO, deadline)
    }
}

/// Whether a handler takes a message that its pattern matches. What is kept up to there is kept only then.
pub(crate) async fn takes(
    context: StepContext<'_>,
    handler: &Handler,
    kept: KeptValues,
    record: &Handled,
) -> Result<bool, Stop> {
    let (block, connection) = (context.block, context.connection);
    if let Some(times) = &handler.times
        && record.taken.get() >= context.count(times)?
    {
        return Ok(false);
    }
    if handler.choice.is_empty() {
        for (name, value) in kept {
            block.keep(connection.who(), &connection.scope, &name, value);
        }
        return Ok(true);
    }
    let trial = Rc::new(Scope::over(&connection.scope));
    let context = StepContext {
        scope: &trial,
        ..context
    };
    for (name, value) in kept {
        block.keep(connection.who(), &trial, &name, value);
    }
    let judged = context.judged();
    for choice in &handler.choice {
        match choice {
            Choice::Where(condition) => {
                let condition = std::slice::from_ref(condition);
                if !meets(context, condition, &judged).await? {
                    return Ok(false);
                }
            }
            Choice::Compute(judgement) => judge(context, [judgement], &judged).await?,
        }
    }
    trial.hand_over(&connection.scope, |_| true);
    Ok(true)
}

/// Whether what is one client's, or all clients' alike, concerns a client of that name.
pub(crate) fn concerns(who: Option<&Name>, name: Option<&str>) -> bool {
    who.is_none_or(|who| Some(who.text.as_str()) == name)
}

/// Tells what failed in a handler; a connection that went is not a failure there.
pub(crate) fn tell_failed(connection: &Connection, result: Result<(), Stop>) {
    if let Err(Stop::Failed(failure) | Stop::MemberMissing(failure)) = result {
        connection.block.fail(connection.who(), failure);
    }
}
