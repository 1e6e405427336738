//! Handlers of messages (`-- on`): the first one that matches a message answers it, one message at a time and in order.

use std::rc::Rc;

use super::cached_pattern::CachedPattern;
use super::connection::{Arrived, Connection};
use super::step_context::{Participants, StepContext, Stop};
use super::steps::run_handler;
use crate::script::{Handler, Name, Reading, Trigger};

/// The handlers of one connection's messages, made ready once for all of them.
pub(crate) struct MessageHandlers {
    /// Each with its place among the script's handlers.
    patterns: Vec<(usize, CachedPattern)>,
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
        while let Some(arrived) = connection.next_for_handlers().await {
            match self.answer(context, &arrived).await {
                Err(Stop::MemberMissing(failure)) => {
                    connection.block.fail(connection.who(), failure);
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Answers one message by the first handler that matches it.
    async fn answer(&self, context: StepContext<'_>, arrived: &Arrived) -> Result<(), Stop> {
        let reading = Reading::new(arrived.frame.clone());
        let context = StepContext {
            message: Some(&arrived.frame),
            ..context
        };
        let mut patterns = self.patterns.iter();
        let found = patterns.find(|(_, pattern)| pattern.matches(&reading, context.fill()));
        let Some((position, pattern)) = found else {
            return Ok(());
        };
        let open = pattern.open(&reading, context.fill());
        let who = context.connection.who();
        context.block.tell_open(who, arrived.number, open);
        match context.block.script.handlers.get(*position) {
            Some(handler) => run_handler(context, &handler.steps).await,
            None => Ok(()),
        }
    }
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
