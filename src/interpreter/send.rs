//! Sends (`->`): makes the frame, once or as often as it is repeated, and queues it for the connections it reaches.

use std::rc::Rc;
use std::time::Duration;

use super::connection::{Connection, OutgoingFrame};
use super::context::{failure, unfilled};
use super::step_context::{StepContext, Stop};
use crate::protocol::{Close, Failure, FailureKind, Frame, Generated};
use crate::script::{Fill, Name, Outgoing, Send, Template};
use crate::source::Span;

/// Bytes that the data of a ping or pong has at most (RFC 6455, 5.5).
const CONTROL_DATA: usize = 125;
/// Bytes that a close reason has at most, behind the code.
const CLOSE_REASON: usize = 123;

/// Sends to all connections that the step reaches. A client waits until everything has left; a server, which has others
/// to serve, does not.
pub(super) async fn send(
    context: StepContext<'_>,
    who: Option<&Name>,
    send: &Send,
    span: Span,
) -> Result<(), Stop> {
    let (times, every) = repeats(context, send)?;
    let is_server = context.block.is_server();
    let constant = matches!(&send.what, Outgoing::Message(body) if body.is_constant());
    let personal = context.is_of_all_clients() && send.what.names_client();
    let mut made: Option<OutgoingFrame> = None;
    let mut reached = context.reached(who);
    let began = context.block.now();
    for number in 0..times {
        if number > 0 {
            if let Some(every) = every {
                let after = every.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
                context.rest_until(began.saturating_add(after)).await;
            }
            if is_server {
                // Its clients come and go.
                reached = context.reached(who);
            }
        }
        let context = StepContext {
            index: send.repeat.as_ref().map(|_| number).or(context.index),
            ..context
        };
        if personal {
            for connection in &reached {
                let own = StepContext {
                    connection,
                    scope: &connection.scope,
                    ..context
                };
                let frame = frame_of(own, &send.what, span)?;
                queue(context, connection, frame, span).await?;
            }
            continue;
        }
        let frame = match made.take() {
            Some(frame) => frame,
            None => frame_of(context, &send.what, span)?,
        };
        made = constant.then(|| frame.clone());
        if let Some((last, others)) = reached.split_last() {
            for connection in others {
                queue(context, connection, frame.clone(), span).await?;
            }
            queue(context, last, frame, span).await?;
        }
    }
    if !is_server {
        for connection in &reached {
            if !connection.written().await {
                return Err(cannot_send(context, connection, span));
            }
        }
    }
    Ok(())
}

/// How often it is sent, and the time from one to the next.
fn repeats(context: StepContext<'_>, send: &Send) -> Result<(u64, Option<Duration>), Failure> {
    let Some(repeat) = &send.repeat else {
        return Ok((1, None));
    };
    let times = context.count(&repeat.times)?;
    let every = repeat.every.as_ref().map(|every| context.duration(every));
    Ok((times, every.transpose()?))
}

async fn queue(
    context: StepContext<'_>,
    connection: &Rc<Connection>,
    frame: OutgoingFrame,
    span: Span,
) -> Result<(), Stop> {
    if context.block.is_server() {
        if connection.can_send() {
            connection.send_unawaited(frame);
        }
        return Ok(());
    }
    connection.room().await;
    if !connection.can_send() {
        return Err(cannot_send(context, connection, span));
    }
    connection.send(frame);
    Ok(())
}

fn cannot_send(context: StepContext<'_>, connection: &Connection, span: Span) -> Stop {
    if context.handler {
        return Stop::Gone;
    }
    let reason = connection.over_because();
    let failure = failure(span, format!("nothing can be sent: {reason}"));
    Stop::Failed(failure.of_kind(FailureKind::Closed))
}

/// The frame that is sent.
pub(super) fn frame_of(
    context: StepContext<'_>,
    what: &Outgoing,
    span: Span,
) -> Result<OutgoingFrame, Failure> {
    let fill = context.fill();
    let (frame, format, generated) = match what {
        Outgoing::Message(body) => {
            let filled = fill.frame(body).map_err(unfilled)?;
            (filled.value, Some(body.format), filled.generated)
        }
        Outgoing::Echo(span) => match context.message {
            Some(message) => (message.clone(), None, Vec::new()),
            None => return Err(failure(*span, "there is no message to send back here")),
        },
        Outgoing::Ping(data) => {
            let (data, generated) = control_data(fill, data)?;
            (Frame::Ping(data.into()), None, generated)
        }
        Outgoing::Pong(data) => {
            let (data, generated) = control_data(fill, data)?;
            (Frame::Pong(data.into()), None, generated)
        }
        Outgoing::Close { code, reason } => {
            let most = "a close reason is at most 123 bytes";
            let (reason, generated) = short(fill, reason, CLOSE_REASON, most)?;
            let close = Close {
                code: *code,
                reason,
            };
            (Frame::Close(Some(close)), None, generated)
        }
    };
    // What the script's own steps send is asked for; what handlers send comes and goes with what arrives.
    let ignored = context.handler && context.block.ignores_sent(&frame, fill);
    Ok(OutgoingFrame {
        frame,
        format,
        generated,
        told: true,
        ignored,
        step: Some(span),
    })
}

fn control_data(fill: Fill<'_>, data: &Template) -> Result<(String, Vec<Generated>), Failure> {
    let most = "the data of a ping or pong is at most 125 bytes";
    short(fill, data, CONTROL_DATA, most)
}

/// A template's text, which has so many bytes at most.
fn short(
    fill: Fill<'_>,
    template: &Template,
    limit: usize,
    most: &str,
) -> Result<(String, Vec<Generated>), Failure> {
    let filled = fill.text(template).map_err(unfilled)?;
    if filled.value.len() > limit {
        return Err(failure(template.span, most));
    }
    Ok((filled.value, filled.generated))
}
