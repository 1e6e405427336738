//! Waiting: `<-` and its refinements, over the cursors of a connection.

use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::any_order::in_any_order;
use super::backlog::{Arrived, BacklogCursor};
use super::connection::Connection;
use super::context::{failure, unfilled};
use super::earlier::Fate;
use super::frame_test::{FrameTest, readable};
use super::judge::JudgedSubject;
use super::lookahead::FrameClass;
use super::step_context::{StepContext, Stop};
use crate::protocol::{EventKind, Failure};
use crate::script::{
    Action, Expect, Expected, Judgement, Miss, Mode, Pattern, Reading, Step, Value, Verdict,
};
use crate::source::Span;

/// A `<-` step being waited for.
pub(super) struct Expectation<'a> {
    pub(super) context: StepContext<'a>,
    pub(super) expect: &'a Expect,
    pub(super) span: Span,
    pub(super) test: FrameTest,
    pub(super) within: Duration,
    began: Duration,
    pub(super) times: u64,
    /// The message that came nearest to a match.
    pub(super) nearest: Option<(u32, Arrived)>,
}

/// A frame that was matched, and what is kept of it.
pub(super) struct Hit {
    pub(super) arrived: Arrived,
    pub(super) kept: KeptValues,
}

/// What `as NAME` keeps of a frame.
pub(super) type KeptValues = Vec<(String, Value)>;

/// What came of waiting for the next frame.
pub(super) enum NextFrame {
    Frame(Arrived),
    Ended,
    TimedOut,
}

/// Waits for one step, or for several in a row that may come in any order, each on the turn that is told.
pub(crate) async fn expect<'a>(
    group: &'a [Step],
    context: impl Fn(&'a Step) -> StepContext<'a>,
) -> Result<(), (Rc<Connection>, Stop)> {
    let wait = |step: &'a Step| {
        let Action::Expect(expect) = &step.action else {
            return None;
        };
        let context = context(step);
        let wait = Expectation::new(context, expect, step.span);
        Some(wait.map_err(|failure| (Rc::clone(context.connection), Stop::from(failure))))
    };
    if let [step] = group {
        return match wait(step) {
            Some(wait) => wait?.alone().await,
            None => Ok(()),
        };
    }
    let waits = group.iter().filter_map(wait);
    let waits: Vec<_> = waits.collect::<Result<_, _>>()?;
    // Cursors of different connections and of control frames do not get into each other's way: what may come in any
    // order is only told apart where it shares the messages of one connection.
    let (mut together, apart): (Vec<_>, Vec<_>) = waits
        .into_iter()
        .partition(|wait| matches!(wait.test, FrameTest::Message(_)));
    while let Some(first) = together.first() {
        let connection = Rc::clone(first.context.connection);
        let (mut same, other): (Vec<_>, Vec<_>) = together
            .into_iter()
            .partition(|wait| Rc::ptr_eq(wait.context.connection, &connection));
        let ran = in_any_order(&mut same, &connection).await;
        ran.map_err(|stop| (connection, stop))?;
        together = other;
    }
    for wait in apart {
        wait.alone().await?;
    }
    Ok(())
}

impl<'a> Expectation<'a> {
    pub(super) fn new(
        context: StepContext<'a>,
        expect: &'a Expect,
        span: Span,
    ) -> Result<Self, Failure> {
        let fill = context.fill();
        let words = |template: &Option<_>| {
            template
                .as_ref()
                .map(|template| fill.words(template))
                .transpose()
                .map_err(unfilled)
        };
        let test = match &expect.what {
            Expected::Message(pattern) => {
                FrameTest::Message(fill.matcher(pattern, expect.exact).map_err(unfilled)?)
            }
            Expected::Ping(data) => FrameTest::Data(FrameClass::Pings, words(data)?),
            Expected::Pong(data) => FrameTest::Data(FrameClass::Pongs, words(data)?),
            Expected::Close { code, reason } => FrameTest::Close(*code, words(reason)?),
            Expected::Drop => FrameTest::Drop,
        };
        let within = expect
            .within
            .as_ref()
            .map(|within| context.duration(within))
            .transpose()?;
        let times = match &expect.mode {
            Mode::Times(times) | Mode::Next(times) => context.count(times)?,
            Mode::None => 1,
        };
        Ok(Self {
            within: within.unwrap_or(context.block.options.timeout),
            began: context.block.now(),
            context,
            expect,
            span,
            test,
            times,
            nearest: None,
        })
    }

    async fn alone(mut self) -> Result<(), (Rc<Connection>, Stop)> {
        let ran = self.run().await;
        ran.map_err(|stop| (Rc::clone(self.context.connection), stop))
    }

    async fn run(&mut self) -> Result<(), Stop> {
        let mut sleep = pin!(sleep_until(self.deadline()));
        let Some(cursor) = self.test.cursor() else {
            return self.dropped(sleep).await;
        };
        if matches!(self.expect.mode, Mode::None) {
            return Ok(self.none(cursor, sleep).await?);
        }
        for number in 0..self.times {
            let hit = loop {
                match next(self.context.connection, cursor, sleep.as_mut()).await {
                    NextFrame::Frame(arrived) => {
                        let reading = readable(&arrived.frame);
                        match self.test_frame(&arrived, &reading).await? {
                            Some(kept) => break Hit { arrived, kept },
                            None => self.pass_over(&arrived)?,
                        }
                    }
                    NextFrame::Ended => return Err(self.missing(number).await),
                    NextFrame::TimedOut => return Err(self.late(number).await.into()),
                }
            };
            self.settle(hit, number + 1 == self.times).await?;
        }
        Ok(())
    }

    /// `-- none`: reads on from the cursor, and leaves the cursor where it is.
    async fn none(
        &mut self,
        cursor: FrameClass,
        mut sleep: Pin<&mut Sleep>,
    ) -> Result<(), Failure> {
        let mut scan = BacklogCursor::default();
        let connection = self.context.connection;
        loop {
            let changed = connection.changed();
            let read = connection.cursor(cursor).borrow_mut().read(&mut scan);
            if let Some(arrived) = read {
                let reading = readable(&arrived.frame);
                if self.test_frame(&arrived, &reading).await?.is_some() {
                    let shown = self.explain(&arrived.frame).shown;
                    let reason = format!(
                        "{} arrived, though none was to: {shown}",
                        self.test.describe()
                    );
                    return Err(failure(self.span, reason));
                }
                continue;
            }
            if !connection.is_open() {
                return self.stayed();
            }
            tokio::select! {
               biased;
                () = changed => {}
                () = sleep.as_mut() => return Ok(()),
            }
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.context
            .block
            .instant(self.began.saturating_add(self.within))
    }

    /// What is kept of the frame, if it is the one.
    pub(super) async fn test_frame(
        &mut self,
        arrived: &Arrived,
        reading: &Reading,
    ) -> Result<Option<KeptValues>, Failure> {
        let kept = match self.test.holds(&arrived.frame, reading) {
            Verdict::Match(kept) => kept,
            Verdict::Miss(near) => {
                if self.nearest.as_ref().is_none_or(|(best, _)| near >= *best) {
                    self.nearest = Some((near, arrived.clone()));
                }
                return Ok(None);
            }
        };
        if !self.expect.conditions.is_empty() {
            let case = self.case(arrived);
            if !self.context.meets(&self.expect.conditions, &case).await? {
                self.nearest = Some((WHERE, arrived.clone()));
                return Ok(None);
            }
        }
        Ok(Some(kept))
    }

    pub(super) fn case(&self, arrived: &Arrived) -> JudgedSubject {
        let format = match &self.expect.what {
            Expected::Message(Pattern::Format(format)) => Some(*format),
            Expected::Message(Pattern::Body(body)) => Some(body.format),
            _ => None,
        };
        let elapsed = arrived.at.saturating_sub(self.began);
        JudgedSubject::frame(arrived, format, elapsed, self.deadline())
    }

    fn pass_over(&self, missed: &Arrived) -> Result<(), Failure> {
        if !matches!(self.expect.mode, Mode::Next(_)) {
            self.remember(missed, Fate::PassedOver(self.span));
            return Ok(());
        }
        let Miss { shown, why, place } = self.explain(&missed.frame);
        let reason = format!(
            "the next {} is not {}: {shown} ({why})",
            self.test.noun(),
            self.test.describe()
        );
        Err(failure(place.unwrap_or(self.span), reason))
    }

    /// Remembers what became of a frame.
    pub(super) fn remember(&self, arrived: &Arrived, fate: Fate) {
        if let Some(cursor) = self.test.cursor() {
            self.context
                .connection
                .remember(cursor, arrived, self.span, fate);
        }
    }

    /// What follows a match: it is told, its values are kept, and it is judged.
    pub(super) async fn settle(&self, hit: Hit, last: bool) -> Result<(), Failure> {
        let Hit { arrived, kept } = hit;
        self.remember(&arrived, Fate::Taken(self.span));
        if matches!(self.expect.what, Expected::Close { .. }) {
            self.context.connection.end_met.set(true);
        }
        let who = self.context.connection.who();
        if arrived.frame.is_message() {
            let what = EventKind::Matched {
                arrived: arrived.at,
                number: arrived.number,
                frame: arrived.frame.clone(),
            };
            self.context.block.tell_of(Some(self.span), who, what);
        }
        let open = self.test.open(&arrived.frame);
        self.context.block.tell_open(who, arrived.number, open);
        for (name, value) in kept {
            let connection = self.context.connection;
            (self.context.block).keep(connection.who(), &connection.scope, &name, value);
        }
        if self.expect.judgements.is_empty() {
            return Ok(());
        }
        let case = self.case(&arrived);
        if last {
            return self.context.judge(&self.expect.judgements, &case).await;
        }
        let checks = |judgement: &&Judgement| matches!(judgement, Judgement::Check(_));
        let checks = self.expect.judgements.iter().filter(checks);
        self.context.judge(checks, &case).await
    }
}

/// How near a frame is whose pattern matches, and only a `-- where` does not hold: nothing is nearer.
pub(super) const WHERE: u32 = u32::MAX;

/// The next frame behind a cursor.
pub(super) async fn next(
    connection: &Connection,
    cursor: FrameClass,
    mut sleep: Pin<&mut Sleep>,
) -> NextFrame {
    loop {
        let changed = connection.changed();
        if let Some(arrived) = connection.cursor(cursor).borrow_mut().pop() {
            return NextFrame::Frame(arrived);
        }
        if !connection.is_open() {
            return NextFrame::Ended;
        }
        tokio::select! {
           biased;
            () = changed => {}
            () = sleep.as_mut() => return NextFrame::TimedOut,
        }
    }
}
