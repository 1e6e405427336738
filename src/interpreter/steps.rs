//! Runs steps from top to bottom, and the handlers of messages beside them.

use std::rc::Rc;

use super::backlog::Arrived;
use super::connection::Connection;
use super::context::{BlockContext, CachedPattern};
use super::step_context::{Participants, StepContext, Stop};
use crate::script::{Action, CommonAction, Handler, HandlerStep, Name, Reading, Step, Trigger};
use crate::source::Span;

/// The expectations at the front: one, and those behind it that may change places with it.
pub(crate) fn group(steps: &[Step]) -> &[Step] {
    let belongs = |(at, step): &(usize, &Step)| matches!(&step.action, Action::Expect(expect) if *at == 0 || expect.any_order);
    let length = steps.iter().enumerate().take_while(belongs).count();
    steps.get(..length).unwrap_or_default()
}

/// Runs a handler's steps: sends, waits, cuts and notes.
pub(crate) async fn react(context: StepContext<'_>, steps: &[HandlerStep]) -> Result<(), Stop> {
    for step in steps {
        let done = act(context, step.who.as_ref(), &step.action, step.span).await;
        done.map_err(|stop| match stop {
            Stop::Failed(failure) if step.inserts_member_at(failure.span) => Stop::Unmade(failure),
            stop => stop,
        })?;
    }
    Ok(())
}

/// Does what steps of handlers and of scripts have in common.
pub(crate) async fn act(
    context: StepContext<'_>,
    who: Option<&Name>,
    action: &CommonAction,
    span: Span,
) -> Result<(), Stop> {
    match action {
        CommonAction::Send(send) => context.send(who, send, span).await?,
        CommonAction::Wait(time) => {
            let due = context.block.now().saturating_add(context.duration(time)?);
            context.rest_until(due).await;
        }
        CommonAction::Drop => {
            for connection in context.participants.reached(context.connection, who) {
                context.cut(&connection).await;
            }
        }
        CommonAction::Note(text) => context.note(text)?,
    }
    Ok(())
}

/// The handlers of a script, made ready once for all messages of a link.
pub(crate) struct MessageHandlers {
    handlers: Vec<(usize, CachedPattern)>,
}

impl MessageHandlers {
    /// Those handlers that answer a client's messages; `None` where there are none.
    pub(crate) fn new(handlers: &[Handler], name: Option<&str>) -> Option<Self> {
        let concerns = |who: &Option<Name>| {
            who.as_ref()
                .is_none_or(|who| Some(who.text.as_str()) == name)
        };
        let handlers: Vec<_> = handlers
            .iter()
            .enumerate()
            .filter(|(_, handler)| concerns(&handler.who))
            .filter_map(|(position, handler)| match &handler.trigger {
                Trigger::Message(pattern) => {
                    Some((position, CachedPattern::new(pattern.clone(), handler.span)))
                }
                _ => None,
            })
            .collect();
        (!handlers.is_empty()).then_some(Self { handlers })
    }

    /// Answers one message by the first handler that matches it.
    async fn answer(&self, context: StepContext<'_>, arrived: &Arrived) -> Result<(), Stop> {
        let reading = Reading::new(arrived.frame.clone());
        let context = StepContext {
            message: Some(&arrived.frame),
            ..context
        };
        let found = self
            .handlers
            .iter()
            .find(|(_, watch)| watch.matches(&reading, context.fill()));
        if let Some((_, watch)) = found {
            let open = watch.open(&reading, context.fill());
            let who = context.connection.who();
            context.block.tell_open(who, arrived.number, open);
        }
        let handler = found.and_then(|(position, _)| context.block.script.handlers.get(*position));
        match handler {
            Some(handler) => react(context, &handler.steps).await,
            None => Ok(()),
        }
    }
}

/// Answers a link's messages, one at a time and in order, until the connection is over and all are answered. A message
/// that has not what a step inserts of it fails the block, and ends that handler's steps: the next message is answered.
pub(crate) async fn answer_messages(
    block: &Rc<BlockContext>,
    connection: &Rc<Connection>,
    participants: &dyn Participants,
    handlers: &MessageHandlers,
) -> Result<(), Stop> {
    loop {
        let changed = connection.changed();
        let next = connection.handlers.borrow_mut().pop();
        let Some(arrived) = next else {
            if !connection.is_open() {
                return Ok(());
            }
            changed.await;
            continue;
        };
        let context = StepContext {
            block,
            connection,
            participants,
            message: None,
            index: None,
            handler: true,
        };
        match handlers.answer(context, &arrived).await {
            Err(Stop::Unmade(failure)) => block.fail(connection.who(), failure),
            result => result?,
        }
    }
}

/// Tells what failed in a handler; a connection that went is no failure there.
pub(crate) fn told(block: &BlockContext, connection: &Connection, result: Result<(), Stop>) {
    if let Err(Stop::Failed(failure) | Stop::Unmade(failure)) = result {
        block.fail(connection.who(), failure);
    }
}
