//! Waits for what `<-` steps expect: one at a time, or several that may come in any order.

use std::pin::{Pin, pin};
use std::rc::Rc;

use tokio::time::{Sleep, sleep_until};

use super::any_order::in_any_order;
use super::connection::{BacklogCursor, NextFrame};
use super::context::failure;
use super::expectation::Expectation;
use super::frame_test::{FrameTest, readable};
use super::lookahead::FrameClass;
use super::stay_open::stayed_open;
use super::step_context::{StepContext, Stop, Stopped};
use super::unmet::{late, missing};
use crate::protocol::{Ending, Failure, FailureKind};
use crate::script::{Action, Mode, Step};

/// The expectations at the front: one, and those behind it that may change places with it.
pub(super) fn group(steps: &[Step]) -> &[Step] {
    let belongs = |(at, step): &(usize, &Step)| matches!(&step.action, Action::Expect(expect) if *at == 0 || expect.any_order);
    let length = steps.iter().enumerate().take_while(belongs).count();
    steps.get(..length).unwrap_or_default()
}

/// Waits for one step, or for several in a row that may come in any order, each in the context that is told.
pub(super) async fn expect<'a>(
    group: &'a [Step],
    context: impl Fn(&'a Step) -> StepContext<'a>,
) -> Result<(), Stopped> {
    let expectation = |step: &'a Step| {
        let Action::Expect(expect) = &step.action else {
            return None;
        };
        let context = context(step);
        let expectation = Expectation::new(context, expect, step.span).map_err(Stop::from);
        Some(expectation.map_err(Stopped::at(context.connection)))
    };
    let expectations = group.iter().filter_map(expectation);
    let expectations: Vec<_> = expectations.collect::<Result<_, _>>()?;
    if group.len() == 1 {
        for expectation in expectations {
            alone(expectation).await?;
        }
        return Ok(());
    }
    // Frames of different connections and control frames do not get into each other's way: what may come in any order
    // is only told apart where it shares the messages of one connection.
    let (mut together, apart): (Vec<_>, Vec<_>) = expectations
        .into_iter()
        .partition(|expectation| matches!(expectation.test, FrameTest::Message(_)));
    while let Some(first) = together.first() {
        let connection = Rc::clone(first.context.connection);
        let (mut same, other): (Vec<_>, Vec<_>) = together
            .into_iter()
            .partition(|expectation| Rc::ptr_eq(expectation.context.connection, &connection));
        let ran = Box::pin(in_any_order(&mut same, &connection)).await;
        ran.map_err(Stopped::at(&connection))?;
        together = other;
    }
    for expectation in apart {
        alone(expectation).await?;
    }
    Ok(())
}

async fn alone(mut expectation: Expectation<'_>) -> Result<(), Stopped> {
    let connection = expectation.context.connection;
    let met = await_frames(&mut expectation).await;
    met.map_err(Stopped::at(connection))
}

// What is rarely done is boxed here and below: while it waits, a client takes the memory of the largest thing that it
// may come to do, and there may be very many clients.
async fn await_frames(expectation: &mut Expectation<'_>) -> Result<(), Stop> {
    let mut sleep = pin!(sleep_until(expectation.deadline()));
    let Some(class) = expectation.test.class() else {
        return await_drop(expectation, sleep).await;
    };
    if matches!(expectation.expect.mode, Mode::None) {
        return Ok(await_none(expectation, class, sleep).await?);
    }
    let connection = expectation.context.connection;
    for number in 0..expectation.times {
        let matched = loop {
            match connection.next(class, sleep.as_mut()).await {
                NextFrame::Frame(arrived) => {
                    let reading = readable(&arrived.frame);
                    match expectation.test_frame(&arrived, &reading).await? {
                        Some(matched) => break matched,
                        None => expectation.pass_over(&arrived)?,
                    }
                }
                NextFrame::Ended => return Err(Box::pin(missing(expectation, number)).await),
                NextFrame::TimedOut => {
                    return Err(Box::pin(late(expectation, number)).await.into());
                }
            }
        };
        let last = number + 1 == expectation.times;
        expectation.settle(matched, last).await?;
    }
    Ok(())
}

/// `-- none`: reads on from the cursor, and leaves the cursor where it is.
async fn await_none(
    expectation: &mut Expectation<'_>,
    class: FrameClass,
    mut sleep: Pin<&mut Sleep>,
) -> Result<(), Failure> {
    let mut cursor = BacklogCursor::default();
    let connection = expectation.context.connection;
    loop {
        match connection.peek(class, &mut cursor, sleep.as_mut()).await {
            NextFrame::Frame(arrived) => {
                let reading = readable(&arrived.frame);
                if expectation.test_frame(&arrived, &reading).await?.is_some() {
                    let shown = expectation.test.explain(&arrived.frame).shown;
                    let described = expectation.test.describe();
                    let reason = format!("{described} arrived, though none was to: {shown}");
                    return Err(failure(expectation.span, reason).of_kind(FailureKind::Mismatch));
                }
            }
            NextFrame::Ended => {
                stayed_open(connection, expectation.span, expectation.within)?;
                return expectation.settle_none().await;
            }
            NextFrame::TimedOut => return expectation.settle_none().await,
        }
    }
}

/// `<- drop`: waits until the connection ends with no close frame.
async fn await_drop(expectation: &Expectation<'_>, sleep: Pin<&mut Sleep>) -> Result<(), Stop> {
    let connection = expectation.context.connection;
    tokio::select! {
        biased;
        () = connection.over() => {}
        () = sleep => return Err(Box::pin(late(expectation, 0)).await.into()),
    }
    match connection.ending() {
        // A connection ends once: a second `<- drop` has none of its own.
        Some(Ending::Vanished | Ending::Reset(_)) if !connection.meet_end() => {
            expectation.measure(expectation.context.block.now());
            Ok(expectation.settle_none().await?)
        }
        _ => Err(Box::pin(missing(expectation, 0)).await),
    }
}
