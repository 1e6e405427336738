//! A step's point of view: whose turn it is, what its placeholders stand for, and whom its sends reach.

use std::rc::Rc;
use std::time::Duration;

use super::link::{Link, Parcel};
use super::stage::{Stage, failure, unfilled};
use crate::protocol::{Close, Failure, Frame, Happening};
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
pub(crate) trait Company {
    /// Whom a step reaches that names `who`, on the turn of `own`.
    fn reached(&self, own: &Rc<Link>, who: Option<&Name>) -> Vec<Rc<Link>>;
    /// How many are connected (`{{$clientCount}}`), where that can be asked for.
    fn count(&self) -> Option<usize>;
    /// Whether a sender waits for those it sends to (a client), or not (a server, which has others to serve).
    fn waits(&self) -> bool;
}

/// Whose turn it is.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) stage: &'a Rc<Stage>,
    pub(crate) link: &'a Rc<Link>,
    pub(crate) company: &'a dyn Company,
    /// The message that a handler handles.
    pub(crate) message: Option<&'a Frame>,
    /// The tick of a clock.
    pub(crate) index: Option<u64>,
    /// Whether it is a handler's: a connection that has gone is no failure there.
    pub(crate) handler: bool,
}

impl<'a> Turn<'a> {
    /// What placeholders stand for on this turn.
    pub(crate) fn fill(&self) -> Fill<'a> {
        Fill {
            index: self.index,
            client_count: self.company.count(),
            message: self.message,
            ..self.stage.fill(&self.link.scope, self.link.name.as_deref())
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
        self.stage.tell_generated(filled.generated);
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
        let mut made: Option<Parcel> = None;
        let mut reached = self.company.reached(self.link, who);
        let began = self.stage.now();
        for number in 0..times {
            if let Some(every) = every.filter(|_| number > 0) {
                let after = every.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
                let due = began.saturating_add(after);
                self.rest_until(due).await;
            }
            let turn = Turn {
                index: send.repeat.as_ref().map(|_| number).or(self.index),
                ..*self
            };
            if number > 0 && !self.company.waits() {
                // A server's clients come and go.
                reached = self.company.reached(self.link, who);
            }
            if personal {
                for link in &reached {
                    let parcel = Turn { link, ..turn }.parcel(&send.what, span)?;
                    turn.post(link, parcel, span).await?;
                }
                continue;
            }
            let parcel = match made.take() {
                Some(parcel) => parcel,
                None => turn.parcel(&send.what, span)?,
            };
            made = constant.then(|| parcel.clone());
            if let Some((last, others)) = reached.split_last() {
                for link in others {
                    turn.post(link, parcel.clone(), span).await?;
                }
                turn.post(last, parcel, span).await?;
            }
        }
        if self.company.waits() {
            for link in &reached {
                if !link.written().await {
                    return Err(self.cannot_send(link, span));
                }
            }
        }
        Ok(())
    }

    /// Whether it is the turn of a server's clock, which no client has caused: `{{$client}}` is whoever gets the
    /// message then.
    pub(crate) fn is_everybodys(&self) -> bool {
        !self.company.waits() && self.link.name.is_none()
    }

    async fn post(&self, link: &Rc<Link>, parcel: Parcel, span: Span) -> Result<(), Stop> {
        if !self.company.waits() {
            if link.can_send() {
                link.post_unawaited(parcel);
            }
            return Ok(());
        }
        link.room().await;
        if !link.can_send() {
            return Err(self.cannot_send(link, span));
        }
        link.post(parcel);
        Ok(())
    }

    fn cannot_send(&self, link: &Link, span: Span) -> Stop {
        if self.handler {
            return Stop::Gone;
        }
        let reason = link.over_because();
        Stop::Failed(failure(span, format!("nothing can be sent: {reason}")))
    }

    fn parcel(&self, what: &Outgoing, span: Span) -> Result<Parcel, Failure> {
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
        let ignored = self.handler && self.stage.ignores_sent(&frame, fill);
        Ok(Parcel {
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
        let sleep = tokio::time::sleep_until(self.stage.instant(due));
        if !self.company.waits() && !self.link.is_open() {
            return sleep.await;
        }
        tokio::select! {
            biased;
            () = sleep => {}
            () = self.link.over() => {}
        }
    }

    /// `-- note`
    pub(crate) fn note(&self, template: &Template) -> Result<(), Failure> {
        let text = self.text(template)?;
        self.stage.tell(None, Happening::Note(text));
        Ok(())
    }

    /// `-- drop`
    pub(crate) async fn cut(&self, link: &Rc<Link>) {
        link.cut();
        link.over().await;
    }
}

/// The failure for a value that is not what is asked for there. A peer may have a hand in the value.
fn not(template: &Template, text: &str, wanted: &str) -> Failure {
    failure(template.span, format!("`{}` is not {wanted}", brief(text)))
}
