//! A step's point of view: whose turn it is, what its placeholders stand for, and whom its sends reach.

use std::rc::Rc;
use std::time::Duration;

use super::connection::{Connection, OutgoingFrame};
use super::context::{BlockContext, failure, unfilled};
use crate::protocol::{Close, EventKind, Failure, Frame};
use crate::script::{Fill, Name, Outgoing, Send, Setting, Template, brief, parse_duration};
use crate::source::Span;

/// Why a run of steps stops before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Failure),
    /// It failed because the message that it handles has not what it inserts of it: nothing is wrong with the connection.
    Unmade(Failure),
    /// The connection it is about is gone, and that is no failure here.
    Gone,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Who is there.
pub(crate) trait Participants {
    /// Whom a step reaches that names `who`, on the turn of `own`.
    fn reached(&self, own: &Rc<Connection>, who: Option<&Name>) -> Vec<Rc<Connection>>;
    /// How many are connected (`{{$clientCount}}`), where that can be asked for.
    fn count(&self) -> Option<usize>;
    /// Whether a sender waits for those it sends to (a client), or not (a server, which has others to serve).
    fn waits(&self) -> bool;
}

/// Whose turn it is.
#[derive(Clone, Copy)]
pub(crate) struct StepContext<'a> {
    pub(crate) block: &'a Rc<BlockContext>,
    pub(crate) connection: &'a Rc<Connection>,
    pub(crate) participants: &'a dyn Participants,
    /// The message that a handler handles.
    pub(crate) message: Option<&'a Frame>,
    /// The tick of a clock.
    pub(crate) index: Option<u64>,
    /// Whether it is a handler's: a connection that has gone is no failure there.
    pub(crate) handler: bool,
}

impl<'a> StepContext<'a> {
    /// What placeholders stand for on this turn.
    pub(crate) fn fill(&self) -> Fill<'a> {
        Fill {
            index: self.index,
            client_count: self.participants.count(),
            message: self.message,
            ..self
                .block
                .fill(&self.connection.scope, self.connection.name.as_deref())
        }
    }

    /// A duration that may come from variables.
    pub(crate) fn duration(&self, setting: &Setting<Duration>) -> Result<Duration, Failure> {
        self.setting(setting, parse_duration, "a duration such as 500ms or 2s")
    }

    /// A count that may come from variables.
    pub(crate) fn count(&self, setting: &Setting<u64>) -> Result<u64, Failure> {
        self.setting(setting, |text| text.parse().ok(), "a whole number")
    }

    fn setting<T: Copy>(
        &self,
        setting: &Setting<T>,
        read: impl Fn(&str) -> Option<T>,
        wanted: &str,
    ) -> Result<T, Failure> {
        match setting {
            Setting::Is(value) => Ok(*value),
            Setting::Later(template) => {
                let text = self.text(template)?;
                read(text.trim()).ok_or_else(|| not(template, &text, wanted))
            }
        }
    }

    /// A template's text; what was generated for it is told.
    pub(crate) fn text(&self, template: &Template) -> Result<String, Failure> {
        let filled = self.fill().text(template).map_err(unfilled)?;
        self.block.tell_generated(filled.generated);
        Ok(filled.value)
    }

    /// `->`
    pub(crate) async fn send(
        &self,
        who: Option<&Name>,
        send: &Send,
        span: Span,
    ) -> Result<(), Stop> {
        let times = send
            .repeat
            .as_ref()
            .map_or(Ok(1), |repeat| self.count(&repeat.times))?;
        let every = send
            .repeat
            .as_ref()
            .and_then(|repeat| repeat.every.as_ref());
        let every = every.map(|every| self.duration(every)).transpose()?;
        let constant = matches!(&send.what, Outgoing::Message(body) if body.is_constant());
        let personal = self.is_everybodys() && send.what.names_client();
        let mut made: Option<OutgoingFrame> = None;
        let mut reached = self.participants.reached(self.connection, who);
        let began = self.block.now();
        for number in 0..times {
            if let Some(every) = every.filter(|_| number > 0) {
                let after = every.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
                let due = began.saturating_add(after);
                self.rest_until(due).await;
            }
            let context = StepContext {
                index: send.repeat.as_ref().map(|_| number).or(self.index),
                ..*self
            };
            if number > 0 && !self.participants.waits() {
                // A server's clients come and go.
                reached = self.participants.reached(self.connection, who);
            }
            if personal {
                for connection in &reached {
                    let outgoing = StepContext {
                        connection,
                        ..context
                    }
                    .outgoing(&send.what, span)?;
                    context.post(connection, outgoing, span).await?;
                }
                continue;
            }
            let outgoing = match made.take() {
                Some(outgoing) => outgoing,
                None => context.outgoing(&send.what, span)?,
            };
            made = constant.then(|| outgoing.clone());
            if let Some((last, others)) = reached.split_last() {
                for connection in others {
                    context.post(connection, outgoing.clone(), span).await?;
                }
                context.post(last, outgoing, span).await?;
            }
        }
        if self.participants.waits() {
            for connection in &reached {
                if !connection.written().await {
                    return Err(self.cannot_send(connection, span));
                }
            }
        }
        Ok(())
    }

    /// Whether it is the turn of a server's clock, which no client has caused: `{{$client}}` is whoever gets the
    /// message then.
    pub(crate) fn is_everybodys(&self) -> bool {
        !self.participants.waits() && self.connection.name.is_none()
    }

    async fn post(
        &self,
        connection: &Rc<Connection>,
        outgoing: OutgoingFrame,
        span: Span,
    ) -> Result<(), Stop> {
        if !self.participants.waits() {
            if connection.can_send() {
                connection.post_unawaited(outgoing);
            }
            return Ok(());
        }
        connection.room().await;
        if !connection.can_send() {
            return Err(self.cannot_send(connection, span));
        }
        connection.post(outgoing);
        Ok(())
    }

    fn cannot_send(&self, connection: &Connection, span: Span) -> Stop {
        if self.handler {
            return Stop::Gone;
        }
        let reason = connection.over_because();
        Stop::Failed(failure(span, format!("nothing can be sent: {reason}")))
    }

    fn outgoing(&self, what: &Outgoing, span: Span) -> Result<OutgoingFrame, Failure> {
        let fill = self.fill();
        let (frame, format, generated) = match what {
            Outgoing::Message(body) => {
                let filled = fill.frame(body).map_err(unfilled)?;
                (filled.value, Some(body.format), filled.generated)
            }
            Outgoing::Echo(span) => match self.message {
                Some(message) => (message.clone(), None, Vec::new()),
                None => return Err(failure(*span, "there is no message to send back here")),
            },
            Outgoing::Ping(template) | Outgoing::Pong(template) => {
                let filled = fill.text(template).map_err(unfilled)?;
                if filled.value.len() > 125 {
                    return Err(failure(
                        template.span,
                        "the data of a ping or pong is at most 125 bytes",
                    ));
                }
                let data = filled.value.into();
                let ping = matches!(what, Outgoing::Ping(_));
                let frame = if ping {
                    Frame::Ping(data)
                } else {
                    Frame::Pong(data)
                };
                (frame, None, filled.generated)
            }
            Outgoing::Close { code, reason } => {
                let filled = fill.text(reason).map_err(unfilled)?;
                if filled.value.len() > 123 {
                    return Err(failure(reason.span, "a close reason is at most 123 bytes"));
                }
                let close = Close {
                    code: *code,
                    reason: filled.value,
                };
                (Frame::Close(Some(close)), None, filled.generated)
            }
        };
        // What the script's own steps send is asked for; what handlers send comes and goes with what arrives.
        let ignored = self.handler && self.block.ignores_sent(&frame, fill);
        Ok(OutgoingFrame {
            frame,
            format,
            generated,
            told: true,
            ignored,
            step: Some(span),
        })
    }

    /// Stays until a moment of the session, or until the connection ends. A server's clock and what it does when a
    /// client has left have no connection of their own, and stay.
    pub(crate) async fn rest_until(&self, due: Duration) {
        let sleep = tokio::time::sleep_until(self.block.instant(due));
        if !self.participants.waits() && !self.connection.is_open() {
            return sleep.await;
        }
        tokio::select! {
            biased;
            () = sleep => {}
            () = self.connection.over() => {}
        }
    }

    /// `-- note`
    pub(crate) fn note(&self, template: &Template) -> Result<(), Failure> {
        let text = self.text(template)?;
        self.block.tell(None, EventKind::Note(text));
        Ok(())
    }

    /// `-- drop`
    pub(crate) async fn cut(&self, connection: &Rc<Connection>) {
        connection.cut();
        connection.over().await;
    }
}

/// The failure for a value that is not what is asked for there. A peer may have a hand in the value.
fn not(template: &Template, text: &str, wanted: &str) -> Failure {
    failure(template.span, format!("`{}` is not {wanted}", brief(text)))
}
