//! The end of a connection: what it says by itself, and as the steps see it. `<- drop` and `<- close` expect it, and it
//! fails `-- wait` and `-- none` where nothing does. Knows no stream.

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::{Instant, Sleep, sleep_until};

use super::expect::Wait;
use super::link::{Link, State};
use super::stage::failure;
use super::turn::{Stop, Turn};
use crate::protocol::{Ending, Failure};
use crate::script::{Expected, Role, Setting, format_duration};
use crate::source::Span;

impl Link {
    /// The failure that the end is in itself, whether a step needed the connection or not: the peer broke the protocol,
    /// or fell silent.
    pub(crate) fn fault(&self) -> Option<Failure> {
        let state = self.state.borrow();
        let State::Ended(ending) = &*state else {
            return None;
        };
        let option = match ending {
            // A server that refuses what is too large for it does what it was told to.
            Ending::Breach { code: 1009, .. } if self.stage.script.role == Role::Server => {
                return None;
            }
            Ending::Breach { code: 1009, .. } => "max-message",
            Ending::Silent => "ping-every",
            Ending::Breach { .. } => "",
            _ => return None,
        };
        Some(failure(self.stage.option_span(option), ending.sentence()))
    }

    /// Why nothing comes or goes here any more, as the reason of something else.
    pub(crate) fn over_because(&self) -> String {
        match &*self.state.borrow() {
            State::Idle => "not connected".to_owned(),
            State::Open if self.closing.get().is_some() => "a close was sent before".to_owned(),
            State::Open => "the connection is open".to_owned(),
            State::Ended(ending) => ending.sentence(),
            State::Unopened(why) => why.clone(),
        }
    }

    /// How the connection ended, if it is over.
    fn ending(&self) -> Option<Ending> {
        match &*self.state.borrow() {
            State::Ended(ending) => Some(ending.clone()),
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

impl Wait<'_> {
    /// `<- drop`: waits until the connection ends with no close frame.
    pub(super) async fn dropped(&self, sleep: Pin<&mut Sleep>) -> Result<(), Stop> {
        let link = self.turn.link;
        tokio::select! {
            biased;
            () = link.over() => {}
            () = sleep => return Err(self.late(0).await.into()),
        }
        match link.ending() {
            // A connection ends once: a second `<- drop` has none of its own.
            Some(Ending::Vanished | Ending::Reset(_)) if !link.end_met.replace(true) => Ok(()),
            _ => Err(self.missing(0).await),
        }
    }

    /// `-- none` holds when the connection ends, if it may end.
    pub(super) fn stayed(&self) -> Result<(), Failure> {
        match self.turn.link.unexpected_end() {
            // A client that leaves ends a server's steps.
            Some(ending) if self.turn.company.waits() => {
                Err(cut_short(self.span, self.within, &ending))
            }
            _ => Ok(()),
        }
    }

    /// The connection is over, and with it the wait for what has not come. That a client has left is no failure of a
    /// server's script, but that it left in another way than a step expects is one.
    pub(super) async fn missing(&self, got: u64) -> Stop {
        let link = self.turn.link;
        let ending = link.ending();
        let judged = self.is_of_ends() && left(link, ending.as_ref());
        if !self.turn.company.waits() && !judged {
            return Stop::Gone;
        }
        if self.is_of_ends() && link.end_met.get() {
            let hint =
                "a connection ends once: write `-- reconnect` between the two, or remove one";
            let when = "left: a step above has met the end of the connection";
            let mut failure = self.short(got, when).await;
            failure.hint = Some(hint.to_owned());
            return failure.into();
        }
        let why = link.over_because();
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
fn left(link: &Link, ending: Option<&Ending>) -> bool {
    let by_itself = matches!(
        ending,
        Some(Ending::Closed(_) | Ending::Unanswered(_) | Ending::Vanished | Ending::Reset(_))
    );
    by_itself && !link.dismissed.get()
}

/// `-- wait`: everybody stays connected. Fails with whose connection ends before that, on the turn of the first.
pub(super) async fn wait(
    turn: Turn<'_>,
    links: &[Rc<Link>],
    span: Span,
    time: &Setting<Duration>,
) -> Result<(), (Rc<Link>, Stop)> {
    let time = turn.duration(time);
    let time = time.map_err(|failure| (Rc::clone(turn.link), failure.into()))?;
    let due = turn.stage.now().saturating_add(time);
    let stayed = stay(links, turn.stage.instant(due)).await;
    stayed.map_err(|(link, ending)| (link, cut_short(span, time, &ending).into()))
}

/// Stays until the moment. A connection that ends before is told, unless it may end. Where none is left, and none is to
/// be opened, there is nothing to stay for.
async fn stay(links: &[Rc<Link>], until: Instant) -> Result<(), (Rc<Link>, Ending)> {
    let mut sleep = pin!(sleep_until(until));
    loop {
        let turned = select_all(links.iter().map(|link| Box::pin(link.turned())));
        for link in links {
            if let Some(ending) = link.unexpected_end() {
                return Err((Rc::clone(link), ending));
            }
        }
        let over = |link: &Rc<Link>| !link.is_open() && !link.interest.get().connects;
        if links.iter().all(over) {
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
