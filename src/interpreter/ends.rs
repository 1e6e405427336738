//! The end of a connection: what it says by itself, and as the steps see it. `<- drop` and `<- close` expect it, and it
//! fails `-- wait` and `-- none` where nothing does. Knows no stream.

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::{Connection, ConnectionState};
use super::context::failure;
use super::expect::Expectation;
use super::step_context::{StepContext, Stop};
use crate::protocol::{Ending, Failure};
use crate::script::{Expected, Role, Setting, format_duration};
use crate::source::Span;

impl Connection {
    /// The failure that the end is in itself, whether a step needed the connection or not: the peer broke the protocol,
    /// or fell silent.
    pub(crate) fn fault(&self) -> Option<Failure> {
        let state = self.state.borrow();
        let ConnectionState::Ended(ending) = &*state else {
            return None;
        };
        let option = match ending {
            // A server that refuses what is too large for it does what it was told to.
            Ending::Breach { code: 1009, .. } if self.block.script.role == Role::Server => {
                return None;
            }
            Ending::Breach { code: 1009, .. } => "max-message",
            Ending::Silent => "ping-every",
            Ending::Breach { .. } => "",
            _ => return None,
        };
        Some(failure(self.block.option_span(option), ending.sentence()))
    }

    /// Why nothing comes or goes here any more, as the reason of something else.
    pub(crate) fn over_because(&self) -> String {
        match &*self.state.borrow() {
            ConnectionState::Idle => "not connected".to_owned(),
            ConnectionState::Open if self.closing.get().is_some() => {
                "a close was sent before".to_owned()
            }
            ConnectionState::Open => "the connection is open".to_owned(),
            ConnectionState::Ended(ending) => ending.sentence(),
            ConnectionState::Unopened(why) => why.clone(),
        }
    }

    /// How the connection ended, if it is over.
    fn ending(&self) -> Option<Ending> {
        match &*self.state.borrow() {
            ConnectionState::Ended(ending) => Some(ending.clone()),
            _ => None,
        }
    }

    /// How the connection ended, where that is what no step wants: the end was not ours, no step has met it, and none to
    /// come expects it or connects anew. What is a failure in itself is told as that.
    fn unexpected_end(&self) -> Option<Ending> {
        let ending = self.ending()?;
        let ours = self.closing.get().is_some() || ending == Ending::Dropped;
        let ahead = self.interest.get();
        let wanted = ours || self.end_met.get() || ahead.end || ahead.connects;
        (!wanted && self.fault().is_none()).then_some(ending)
    }
}

impl Expectation<'_> {
    /// `<- drop`: waits until the connection ends with no close frame.
    pub(super) async fn dropped(&self, sleep: Pin<&mut Sleep>) -> Result<(), Stop> {
        let connection = self.context.connection;
        tokio::select! {
            biased;
            () = connection.over() => {}
            () = sleep => return Err(self.late(0).await.into()),
        }
        match connection.ending() {
            // A connection ends once: a second `<- drop` has none of its own.
            Some(Ending::Vanished | Ending::Reset(_)) if !connection.end_met.replace(true) => {
                Ok(())
            }
            _ => Err(self.missing(0).await),
        }
    }

    /// `-- none` holds when the connection ends, if it may end.
    pub(super) fn stayed(&self) -> Result<(), Failure> {
        match self.context.connection.unexpected_end() {
            // A client that leaves ends a server's steps.
            Some(ending) if self.context.participants.waits() => {
                Err(cut_short(self.span, self.within, &ending))
            }
            _ => Ok(()),
        }
    }

    /// The connection is over, and with it the wait for what has not come. That a client has left is no failure of a
    /// server's script, but that it left in another way than a step expects is one.
    pub(super) async fn missing(&self, got: u64) -> Stop {
        let connection = self.context.connection;
        let ending = connection.ending();
        let judged = self.is_of_ends() && left(connection, ending.as_ref());
        if !self.context.participants.waits() && !judged {
            return Stop::Gone;
        }
        if self.is_of_ends() && connection.end_met.get() {
            let hint =
                "a connection ends once: write `-- reconnect` between the two, or remove one";
            let when = "left: a step above has met the end of the connection";
            let mut failure = self.short(got, when).await;
            failure.hint = Some(hint.to_owned());
            return failure.into();
        }
        let why = connection.over_because();
        let (when, hint) = match (&self.expect.what, ending) {
            (Expected::Close { .. }, Some(Ending::Vanished | Ending::Reset(_))) => (
                format!("before the end: {why}"),
                Some("`<- drop` expects an end without a close frame"),
            ),
            (Expected::Drop, Some(Ending::Closed(_))) => (
                format!("but a close frame: {why}"),
                Some("`<- close` expects a close frame"),
            ),
            (Expected::Drop, _) => (format!("by the peer: {why}"), None),
            _ => (format!("before the end: {why}"), None),
        };
        let mut failure = self.short(got, &when).await;
        failure.hint = hint.map(str::to_owned).or(failure.hint);
        failure.into()
    }

    /// Whether it expects the end of the connection.
    fn is_of_ends(&self) -> bool {
        matches!(self.expect.what, Expected::Close { .. } | Expected::Drop)
    }
}

/// Whether a server's client left by itself, or answered what the script did.
fn left(connection: &Connection, ending: Option<&Ending>) -> bool {
    let by_itself = matches!(
        ending,
        Some(Ending::Closed(_) | Ending::Unanswered(_) | Ending::Vanished | Ending::Reset(_))
    );
    by_itself && !connection.dismissed.get()
}

/// `-- wait`: everybody stays connected. Fails with whose connection ends before that, on the turn of the first.
pub(super) async fn wait(
    context: StepContext<'_>,
    connections: &[Rc<Connection>],
    span: Span,
    time: &Setting<Duration>,
) -> Result<(), (Rc<Connection>, Stop)> {
    let time = context.duration(time);
    let time = time.map_err(|failure| (Rc::clone(context.connection), failure.into()))?;
    let due = context.block.now().saturating_add(time);
    let stayed = stay(connections, context.block.instant(due)).await;
    stayed.map_err(|(connection, ending)| (connection, cut_short(span, time, &ending).into()))
}

/// Stays until the moment. A connection that ends before is told, unless it may end. Where none is left, and none is to
/// be opened, there is nothing to stay for.
async fn stay(
    connections: &[Rc<Connection>],
    until: Instant,
) -> Result<(), (Rc<Connection>, Ending)> {
    let mut sleep = pin!(sleep_until(until));
    loop {
        let turned = select_all(
            connections
                .iter()
                .map(|connection| Box::pin(connection.turned())),
        );
        for connection in connections {
            if let Some(ending) = connection.unexpected_end() {
                return Err((Rc::clone(connection), ending));
            }
        }
        let over = |connection: &Rc<Connection>| {
            !connection.is_open() && !connection.interest.get().connects
        };
        if connections.iter().all(over) {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = sleep.as_mut() => return Ok(()),
            _ = turned => {}
        }
    }
}

/// The failure of a step that wants its connection open for some time.
fn cut_short(span: Span, time: Duration, ending: &Ending) -> Failure {
    let expecting = match ending {
        Ending::Vanished | Ending::Reset(_) => "<- drop",
        _ => "<- close",
    };
    let time = format_duration(time);
    let why = ending.sentence();
    let reason = format!("the connection did not stay open for {time}: {why}");
    let hint = format!("where it is meant to end, a `{expecting}` below says so");
    Failure {
        hint: Some(hint),
        ..failure(span, reason)
    }
}
