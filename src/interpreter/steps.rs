//! Runs steps: those of a client's script, of a server's script for each of its connections, and of handlers.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::connection::Connection;
use super::context::{BlockContext, failure};
use super::expect::{expect, group};
use super::judge::judge;
use super::send::send;
use super::stay_open::wait;
use super::step_context::{StepContext, Stop, Stopped};
use crate::protocol::{EventKind, FailureKind};
use crate::script::{Action, CommonAction, HandlerStep, Name, Script, Step};
use crate::source::Span;

/// Whose script is run: what differs between the session of a client block and one connection of a server.
pub(crate) trait ScriptSide {
    /// What a step is run in: whose step it is.
    fn context(&self, step: &Step) -> StepContext<'_>;
    /// The connections that its steps are about.
    fn connections(&self) -> &[Rc<Connection>];
    /// Whose secrets its steps tell; `None`: the block's.
    fn who(&self) -> Option<&Arc<str>>;
    /// Opens a connection, for the first time or anew. A server's script has no step that does.
    async fn connect(&self, connection: &Rc<Connection>) -> Result<(), Stop>;
}

/// Runs a range of the steps of a script, which is the block's or one that was read for it later. A client that has left a server takes no part in the others, which are run down to
/// what it did not send any more: what came before is still expected, and so is the way in which it left.
pub(crate) async fn run_script<S: ScriptSide>(
    block: &BlockContext,
    side: &S,
    script: &Script,
    range: Range<usize>,
) -> Result<(), Stopped> {
    let steps = &script.steps;
    let has_left = || block.is_server() && !side.connections().iter().any(|one| one.is_open());
    let mut at = range.start;
    while let Some(step) = steps.get(at)
        && (at < range.end || has_left())
    {
        let before = at;
        let group = group(steps.get(at..).unwrap_or_default());
        if group.is_empty() {
            at += 1;
            if !has_left() || matches!(step.action, Action::Skip) {
                run_step(side, step).await?;
            }
        } else {
            at += group.len();
            expect(group, |step| side.context(step)).await?;
        }
        for connection in side.connections() {
            connection.look_ahead(at);
        }
        block.tell_secrets(side.who(), script, before, at);
    }
    Ok(())
}

async fn run_step<S: ScriptSide>(side: &S, step: &Step) -> Result<(), Stopped> {
    let context = side.context(step);
    let connection = context.connection;
    let ran = match &step.action {
        Action::Common(CommonAction::Wait(time)) => {
            return wait(context, side.connections(), step.span, time).await;
        }
        Action::Common(action) => act(context, step.who.as_ref(), action, step.span).await,
        Action::Connect => side.connect(connection).await,
        Action::Reconnect => reconnect(side, connection).await,
        Action::Skip => {
            connection.skip();
            Ok(())
        }
        // Expectations come in groups, and a refusal was looked at when connecting.
        Action::Expect(_) | Action::Http { .. } => Ok(()),
    };
    ran.map_err(Stopped::at(connection))
}

/// `-- reconnect`
async fn reconnect<S: ScriptSide>(side: &S, connection: &Rc<Connection>) -> Result<(), Stop> {
    connection.close(1000, "");
    connection.over().await;
    match connection.fault() {
        Some(fault) => Err(fault.into()),
        None => side.connect(connection).await,
    }
}

/// Runs the steps of a handler.
pub(crate) async fn run_handler(
    context: StepContext<'_>,
    steps: &[HandlerStep],
) -> Result<(), Stop> {
    for step in steps {
        let done = act(context, step.who.as_ref(), &step.action, step.span).await;
        done.map_err(|stop| match stop {
            Stop::Failed(failure) if step.inserts_member_at(failure.span) => {
                Stop::MemberMissing(failure)
            }
            stop => stop,
        })?;
    }
    Ok(())
}

/// Does what steps of handlers and of scripts have in common.
pub(super) async fn act(
    context: StepContext<'_>,
    who: Option<&Name>,
    action: &CommonAction,
    span: Span,
) -> Result<(), Stop> {
    match action {
        CommonAction::Send(sent) => send(context, who, sent, span).await?,
        CommonAction::Wait(time) => {
            let time = context.duration(time)?;
            let due = context.block.now().saturating_add(time);
            context.rest_until(due).await;
        }
        CommonAction::Drop => drop_connections(context, who, span).await?,
        // A server answers by itself: there is a request, and no connection.
        CommonAction::Respond(_) => {}
        CommonAction::Note(text) => {
            let text = context.text(text)?;
            context.block.tell(None, EventKind::Note(text));
        }
        CommonAction::Judge(judgement) => {
            judge(context, [judgement], &context.judged()).await?;
        }
    }
    Ok(())
}

/// `-- drop`
async fn drop_connections(
    context: StepContext<'_>,
    who: Option<&Name>,
    span: Span,
) -> Result<(), Stop> {
    let may_be_gone = context.handler || context.block.is_server();
    for connection in context.reached(who) {
        if !connection.is_open() && !may_be_gone {
            let reason = format!("nothing to drop: {}", connection.over_because());
            let failure = failure(span, reason).of_kind(FailureKind::Closed);
            return Err(failure.into());
        }
        connection.cut().await;
    }
    Ok(())
}
