//! A `<-` step that is waited for: tests what arrives against it, and does what follows a match.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

use super::connection::{Arrived, Fate};
use super::context::failure;
use super::frame_test::FrameTest;
use super::judge::{judge, meets};
use super::judged_subject::{JudgedSubject, format_expected};
use super::step_context::StepContext;
use crate::protocol::{EventKind, Failure, FailureKind};
use crate::script::{
    Expect, Expected, Judgement, KeptValues, MatchVerdict, Miss, Mode, Reading, Subject,
};
use crate::source::Span;

/// A `<-` step that is waited for.
pub(super) struct Expectation<'a> {
    pub(super) context: StepContext<'a>,
    pub(super) expect: &'a Expect,
    pub(super) span: Span,
    pub(super) test: FrameTest,
    pub(super) within: Duration,
    began: Duration,
    /// Since when the message is waited for that is to come next.
    waiting: Cell<Duration>,
    /// How many messages it takes.
    pub(super) times: u64,
    /// The last frame that it took, as expressions look at it.
    previous: RefCell<Option<Subject>>,
    /// The message that came nearest to a match.
    pub(super) nearest: Option<(u32, Arrived)>,
}

/// A frame that was matched, and what is kept of it.
pub(super) struct MatchedFrame {
    pub(super) arrived: Arrived,
    pub(super) kept: KeptValues,
    /// Whether it came as bytes, and the FORMAT has read it.
    is_unpacked: bool,
}

/// How near a frame is whose pattern matches, and only a `-- where` does not hold: nothing is nearer.
pub(super) const WHERE: u32 = u32::MAX;

impl<'a> Expectation<'a> {
    pub(super) fn new(
        context: StepContext<'a>,
        expect: &'a Expect,
        span: Span,
    ) -> Result<Self, Failure> {
        let began = context.block.now();
        let test = FrameTest::of(expect, context)?;
        let within = expect
            .within
            .as_ref()
            .map(|within| context.duration(within));
        let within = within.transpose()?;
        let times = match &expect.mode {
            Mode::Times(times) | Mode::Next(times) => context.count(times)?,
            Mode::None => 1,
        };
        Ok(Self {
            within: within.unwrap_or(context.block.options.timeout),
            began,
            waiting: Cell::new(began),
            context,
            expect,
            span,
            test,
            times,
            previous: RefCell::default(),
            nearest: None,
        })
    }

    /// Until when it waits.
    pub(super) fn deadline(&self) -> Instant {
        let due = self.began.saturating_add(self.within);
        self.context.block.instant(due)
    }

    /// The same, and what it waits for was asked for before.
    pub(super) fn waiting_since(self, asked: Duration) -> Self {
        self.waiting.set(asked);
        self
    }

    /// Whether it expects the end of the connection.
    pub(super) fn is_of_ends(&self) -> bool {
        matches!(self.expect.what, Expected::Close { .. } | Expected::Drop)
    }

    /// The frame with what is kept of it, if it is the one.
    pub(super) async fn test_frame(
        &mut self,
        arrived: &Arrived,
        reading: &Reading,
    ) -> Result<Option<MatchedFrame>, Failure> {
        let kept = match self.test.holds(&arrived.frame, reading) {
            MatchVerdict::Match(kept) => kept,
            MatchVerdict::Miss(near) => {
                if self.nearest.as_ref().is_none_or(|(best, _)| near >= *best) {
                    self.nearest = Some((near, arrived.clone()));
                }
                return Ok(None);
            }
        };
        let unpacked = self.test.unpacked(reading);
        let is_unpacked = unpacked.is_some();
        let read = Arrived {
            frame: unpacked.unwrap_or_else(|| arrived.frame.clone()),
            ..*arrived
        };
        let conditions = &self.expect.conditions;
        if !conditions.is_empty()
            && !Box::pin(meets(self.context, conditions, &self.subject(&read))).await?
        {
            self.nearest = Some((WHERE, arrived.clone()));
            return Ok(None);
        }
        Ok(Some(MatchedFrame {
            arrived: read,
            kept,
            is_unpacked,
        }))
    }

    /// A frame as expressions look at it.
    pub(super) fn subject(&self, arrived: &Arrived) -> JudgedSubject {
        let format = format_expected(&self.expect.what);
        let elapsed = arrived.at.saturating_sub(self.began);
        JudgedSubject {
            previous: self.previous.borrow().clone(),
            ..JudgedSubject::frame(arrived, format, elapsed, self.deadline())
        }
    }

    /// A frame does not match: below `-- next` that is a failure.
    pub(super) fn pass_over(&self, missed: &Arrived) -> Result<(), Failure> {
        if !matches!(self.expect.mode, Mode::Next(_)) {
            self.remember(missed, Fate::PassedOver(self.span));
            return Ok(());
        }
        let Miss { shown, why, place } = self.test.explain(&missed.frame);
        let reason = format!(
            "the next {} is not {}: {shown} ({why})",
            self.test.noun(),
            self.test.describe()
        );
        let failure = failure(place.unwrap_or(self.span), reason);
        Err(failure.of_kind(FailureKind::Mismatch))
    }

    /// Remembers what became of a frame.
    pub(super) fn remember(&self, arrived: &Arrived, fate: Fate) {
        // Where there are many clients, memory counts for more than a failure that says what came too early.
        let is_measured = self.context.block.environment.measure.is_some();
        if let Some(class) = self.test.class().filter(|_| !is_measured) {
            let connection = self.context.connection;
            connection.remember(class, arrived, self.span, fate);
        }
    }

    /// What follows a match: it is told, its values are kept, and it is judged.
    pub(super) async fn settle(&self, matched: MatchedFrame, last: bool) -> Result<(), Failure> {
        let MatchedFrame {
            arrived,
            kept,
            is_unpacked,
        } = matched;
        self.remember(&arrived, Fate::Taken(self.span));
        self.measure(arrived.at);
        let StepContext {
            block, connection, ..
        } = self.context;
        if matches!(self.expect.what, Expected::Close { .. }) {
            connection.meet_end();
        }
        let who = connection.who();
        if is_unpacked {
            block.tell_unpacked(who, arrived.number, arrived.frame.clone());
        }
        if arrived.frame.is_message() {
            let kind = EventKind::Matched {
                arrived: arrived.at,
                number: arrived.number,
                frame: arrived.frame.clone(),
            };
            block.emit(block.now(), who, kind, Some(self.span));
        }
        if block.environment.measure.is_none() {
            let open = self.test.open(&arrived.frame);
            block.tell_open(who, arrived.number, open);
        }
        for (name, value) in kept {
            block.keep(who, &connection.scope, &name, value);
        }
        let subject = self.subject(&arrived);
        self.previous.replace(Some(subject.subject.clone()));
        block.matched(who, &subject);
        let judgements = &self.expect.judgements;
        if judgements.is_empty() {
            return Ok(());
        }
        if last {
            return Box::pin(judge(self.context, judgements, &subject)).await;
        }
        Box::pin(judge(self.context, for_each(judgements), &subject)).await
    }

    /// Tells how long was waited for what came then. What comes behind it is waited for from now on.
    pub(super) fn measure(&self, arrived: Duration) {
        if let Some(measure) = &self.context.block.environment.measure {
            let waited = arrived.saturating_sub(self.waiting.get());
            measure.met(self.span, waited);
            self.waiting.set(self.context.block.now());
        }
    }

    /// What is computed once nothing came that was not to come.
    pub(super) async fn settle_none(&self) -> Result<(), Failure> {
        let judged = JudgedSubject::nothing(self.deadline());
        judge(self.context, &self.expect.judgements, &judged).await
    }
}

/// What is done for every message: checks, and what is computed for them above.
fn for_each(judgements: &[Judgement]) -> impl Iterator<Item = &Judgement> {
    let is_check =
        |judgement: &Judgement| matches!(judgement, Judgement::Check(_) | Judgement::Schema(_));
    let checked = judgements.iter().rposition(is_check);
    let up_to_there = judgements.iter().take(checked.map_or(0, |last| last + 1));
    up_to_there.filter(move |one| is_check(one) || matches!(one, Judgement::Let { .. }))
}
