//! `-- any-order`: which of the messages that arrive goes to which of the steps that wait.

use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

use tokio::time::{Instant, sleep_until};

use super::connection::{Connection, Fate, NextFrame};
use super::expectation::{Expectation, MatchedFrame};
use super::frame_test::readable;
use super::lookahead::FrameClass;
use super::step_context::Stop;
use super::unmet::{late, missing};

/// Waits for messages of one connection in any order: each message goes to a step that it matches, and where two
/// steps want the same one, to the one that leaves the other a message too.
pub(super) async fn in_any_order(
    expectations: &mut [Expectation<'_>],
    connection: &Rc<Connection>,
) -> Result<(), Stop> {
    let mut matching = Matching::new(expectations);
    while let Some(first) = matching.soonest(expectations) {
        let mut sleep = pin!(sleep_until(first.1));
        let arrived = match connection.next(FrameClass::Messages, sleep.as_mut()).await {
            NextFrame::Frame(arrived) => arrived,
            short => return Err(matching.stop(expectations, first.0, &short).await),
        };
        let reading = readable(&arrived.frame);
        let mut fits = Vec::new();
        for (step, expectation) in expectations.iter_mut().enumerate() {
            if let Some(matched) = expectation.test_frame(&arrived, &reading).await? {
                fits.push((step, matched));
            }
        }
        if fits.is_empty()
            && let Some(expectation) = expectations.first()
        {
            expectation.remember(&arrived, Fate::PassedOver(expectation.span));
        }
        let owner = None;
        matching.add(Message { fits, owner });
    }
    let mut remaining: Vec<usize> = matching.held.iter().map(Vec::len).collect();
    for (owner, matched) in matching.settled() {
        let Some(left) = remaining.get_mut(owner) else {
            continue;
        };
        *left -= 1;
        if let Some(expectation) = expectations.get(owner) {
            expectation.settle(matched, *left == 0).await?;
        }
    }
    Ok(())
}

/// Which message goes to which step: a bipartite matching that grows by augmenting paths, message by message.
struct Matching {
    /// How many messages each step takes.
    wanted: Vec<u64>,
    /// The messages that each step has.
    held: Vec<Vec<usize>>,
    messages: Vec<Message>,
}

struct Message {
    /// The steps that can have it, and it as each of them reads it.
    fits: Vec<(usize, MatchedFrame)>,
    /// The step that has it.
    owner: Option<usize>,
}

impl Matching {
    fn new(expectations: &[Expectation<'_>]) -> Self {
        Self {
            wanted: expectations
                .iter()
                .map(|expectation| expectation.times)
                .collect(),
            held: expectations.iter().map(|_| Vec::new()).collect(),
            messages: Vec::new(),
        }
    }

    fn is_full(&self, step: usize) -> bool {
        let held = self.held.get(step).map_or(0, Vec::len) as u64;
        self.wanted.get(step).is_none_or(|wanted| held >= *wanted)
    }

    /// The step that still expectations and whose time is over first.
    fn soonest(&self, expectations: &[Expectation<'_>]) -> Option<(usize, Instant)> {
        let open = expectations
            .iter()
            .enumerate()
            .filter(|(step, _)| !self.is_full(*step));
        open.map(|(step, expectation)| (step, expectation.deadline()))
            .min_by_key(|(_, deadline)| *deadline)
    }

    /// Why the waiting stops for a step that lacks messages.
    async fn stop(&self, expectations: &[Expectation<'_>], step: usize, short: &NextFrame) -> Stop {
        let got = self.held.get(step).map_or(0, Vec::len) as u64;
        match (expectations.get(step), short) {
            (Some(expectation), NextFrame::TimedOut) => {
                Box::pin(late(expectation, got)).await.into()
            }
            (Some(expectation), _) => Box::pin(missing(expectation, got)).await,
            (None, _) => Stop::Gone,
        }
    }

    /// Takes a message, if a step can have it, perhaps after others have changed places.
    fn add(&mut self, message: Message) {
        let new = self.messages.len();
        self.messages.push(message);
        let mut via: Vec<Option<usize>> = vec![None; self.held.len()];
        let mut queue = VecDeque::from([new]);
        while let Some(message) = queue.pop_front() {
            let fits = self.messages.get(message).map(|message| &message.fits);
            for (step, _) in fits.into_iter().flatten() {
                let Some(reached) = via.get_mut(*step).filter(|reached| reached.is_none()) else {
                    continue;
                };
                *reached = Some(message);
                if !self.is_full(*step) {
                    return self.shift(*step, &via);
                }
                queue.extend(self.held.get(*step).into_iter().flatten());
            }
        }
        self.messages.pop();
    }

    /// Moves messages along the path that was found, from the step with room back to the new message.
    fn shift(&mut self, mut step: usize, via: &[Option<usize>]) {
        while let Some(message) = via.get(step).copied().flatten() {
            let Some(moved) = self.messages.get_mut(message) else {
                return;
            };
            let before = moved.owner.replace(step);
            if let Some(held) = self.held.get_mut(step) {
                held.push(message);
            }
            let Some(before) = before else { return };
            if let Some(held) = self.held.get_mut(before) {
                held.retain(|other| *other != message);
            }
            step = before;
        }
    }

    /// Every message that a step has, in the order of their arrival.
    fn settled(self) -> impl Iterator<Item = (usize, MatchedFrame)> {
        self.messages.into_iter().filter_map(|message| {
            let Message { fits, owner } = message;
            let mut fits = fits.into_iter();
            fits.find(|(step, _)| Some(*step) == owner)
        })
    }
}
