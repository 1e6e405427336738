//! Says why an expectation was not met: which message came nearest and in what it differs, that the right one came before,
//! or that the connection ended.

use super::connection::{Connection, Fate};
use super::context::failure;
use super::expectation::{Expectation, WHERE};
use super::frame_test::{FrameTest, readable};
use super::judge::{meets, unmet};
use super::step_context::Stop;
use crate::protocol::{Ending, Failure, FailureKind};
use crate::script::{Action, Expected, MatchVerdict, Miss, format_duration};
use crate::source::Span;

/// Its time is over, and it got so many of its messages.
pub(super) async fn late(expectation: &Expectation<'_>, got: u64) -> Failure {
    let when = format!("within {}", format_duration(expectation.within));
    let kind = match expectation.nearest {
        Some(_) => FailureKind::Mismatch,
        None => FailureKind::Timeout,
    };
    short(expectation, got, &when).await.of_kind(kind)
}

/// The connection is over, and with it the wait for what has not come. That a client has left is not a failure of a
/// server's script, but that it left in another way than a step expects is one.
pub(super) async fn missing(expectation: &Expectation<'_>, got: u64) -> Stop {
    let connection = expectation.context.connection;
    let ending = connection.ending();
    let judged = expectation.is_of_ends() && left(connection, ending.as_ref());
    if expectation.context.block.is_server() && !judged {
        return Stop::Gone;
    }
    if expectation.is_of_ends() && connection.end_was_met() {
        let hint = "a connection ends once: write `-- reconnect` between the two, or remove one";
        let when = "left: a step above has met the end of the connection";
        let mut failure = short(expectation, got, when).await;
        failure.hint = Some(hint.to_owned());
        return failure.of_kind(FailureKind::Closed).into();
    }
    let why = connection.over_because();
    let (when, hint) = match (&expectation.expect.what, ending) {
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
    let mut failure = short(expectation, got, &when).await;
    failure.hint = hint.map(str::to_owned).or(failure.hint);
    // It ended, and in another way than it was to.
    let kind = match expectation.expect.what {
        Expected::Close { .. } if expectation.nearest.is_some() => FailureKind::Mismatch,
        Expected::Drop => FailureKind::Mismatch,
        _ => FailureKind::Closed,
    };
    failure.of_kind(kind).into()
}

/// Whether a server's client left by itself, or answered what the script did.
fn left(connection: &Connection, ending: Option<&Ending>) -> bool {
    let by_itself = matches!(
        ending,
        Some(Ending::Closed(_) | Ending::Unanswered(_) | Ending::Vanished | Ending::Reset(_))
    );
    by_itself && !connection.was_dismissed()
}

/// That no message of an expectation has come: when, and what came nearest.
pub(super) async fn short(expectation: &Expectation<'_>, got: u64, when: &str) -> Failure {
    let span = expectation.span;
    let mut reason = format!("no {} {when}", expectation.test.describe());
    if expectation.times > 1 {
        reason = format!("{reason} ({got} of {})", expectation.times);
    }
    if let Some((remark, hint)) = came_before(expectation).await {
        let mut failure = failure(span, format!("{reason}; {remark}"));
        failure.hint = Some(hint.to_owned());
        return failure;
    }
    let Some((near, arrived)) = &expectation.nearest else {
        return failure(span, reason);
    };
    let Miss { shown, why, place } = expectation.test.explain(&arrived.frame);
    let (why, place) = if *near == WHERE {
        let conditions = &expectation.expect.conditions;
        let subject = expectation.subject(arrived);
        match unmet(expectation.context, conditions, &subject).await {
            Some(unmet) => (format!("-- where {}", unmet.reason), Some(unmet.span)),
            None => ("its -- where does not hold".to_owned(), None),
        }
    } else {
        (why, place)
    };
    let reason = format!("{reason}; nearest: {shown} ({why})");
    failure(place.unwrap_or(span), reason)
}

/// What to say where a message that matches came before this step looked for it, and what to do about it.
async fn came_before(expectation: &Expectation<'_>) -> Option<(String, &'static str)> {
    let Expectation { context, test, .. } = expectation;
    for (arrived, fate) in context.connection.earlier(test.class()?) {
        let frame = &arrived.frame;
        if !matches!(test.holds(frame, &readable(frame)), MatchVerdict::Match(_)) {
            continue;
        }
        let conditions = &expectation.expect.conditions;
        match meets(*context, conditions, &expectation.subject(&arrived)).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(_) => return None,
        }
        let (step, did) = match fate {
            Fate::Skipped => {
                let hint = "what came before `-- skip` is passed over: wait for it above that";
                let remark = "it came before, and `-- skip` passed it over";
                return Some((remark.to_owned(), hint));
            }
            Fate::PassedOver(step) => (step, "passed it over"),
            Fate::Taken(step) => (step, "took it"),
        };
        let Some(described) = described(expectation, step) else {
            continue;
        };
        // One more of the same was to come, and did not.
        if described == test.describe() {
            continue;
        }
        let hint = "`-- any-order` below this step lets the two come in either order";
        return Some((format!("it came before, and `<- {described}` {did}"), hint));
    }
    None
}

/// The pattern of another `<-` step, as it stands in a failure.
fn described(expectation: &Expectation<'_>, span: Span) -> Option<String> {
    if span == expectation.span {
        return None;
    }
    let context = expectation.context;
    let steps = &context.block.script.steps;
    let step = steps.iter().find(|step| step.span == span)?;
    let Action::Expect(expect) = &step.action else {
        return None;
    };
    let other = FrameTest::of(expect, context).ok()?;
    Some(other.describe())
}
