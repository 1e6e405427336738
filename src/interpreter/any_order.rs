//! `-- any-order`: which of the messages that arrive goes to which of the steps that wait.

use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

use tokio::time::{Instant, sleep_until};

use super::backlog::Arrived;
use super::connection::Connection;
use super::earlier::Fate;
use super::expect::{Expectation, Hit, KeptValues, NextFrame, next};
use super::frame_test::readable;
use super::lookahead::FrameClass;
use super::step_context::Stop;

/// Waits for messages of one connection in any order: each message goes to a step that it matches, and where two
/// steps want the same one, to the one that leaves the other a message too.
pub(super) async fn in_any_order(
    waits: &mut [Expectation<'_>],
    connection: &Rc<Connection>,
) -> Result<(), Stop> {
    let mut matching = Matching::new(waits);
    while let Some(first) = matching.soonest(waits) {
        let mut sleep = pin!(sleep_until(first.1));
        let arrived = match next(connection, FrameClass::Messages, sleep.as_mut()).await {
            NextFrame::Frame(arrived) => arrived,
            short => return Err(matching.stop(waits, first.0, &short).await),
        };
        let reading = readable(&arrived.frame);
        let mut fits = Vec::new();
        for (step, wait) in waits.iter_mut().enumerate() {
            if let Some(kept) = wait.test_frame(&arrived, &reading).await? {
                fits.push((step, kept));
            }
        }
        if fits.is_empty()
            && let Some(wait) = waits.first()
        {
            wait.remember(&arrived, Fate::PassedOver(wait.span));
        }
        matching.add(Message {
            arrived,
            fits,
            owner: None,
        });
    }
    let mut remaining: Vec<usize> = matching.held.iter().map(Vec::len).collect();
    for (owner, hit) in matching.settled() {
        let Some(left) = remaining.get_mut(owner) else {
            continue;
        };
        *left -= 1;
        if let Some(wait) = waits.get(owner) {
            wait.settle(hit, *left == 0).await?;
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
    arrived: Arrived,
    /// The steps that can have it, and what each would keep of it.
    fits: Vec<(usize, KeptValues)>,
    /// The step that has it.
    owner: Option<usize>,
}

impl Matching {
    fn new(waits: &[Expectation<'_>]) -> Self {
        Self {
            wanted: waits.iter().map(|wait| wait.times).collect(),
            held: waits.iter().map(|_| Vec::new()).collect(),
            messages: Vec::new(),
        }
    }

    fn is_full(&self, step: usize) -> bool {
        let held = self.held.get(step).map_or(0, Vec::len) as u64;
        self.wanted.get(step).is_none_or(|wanted| held >= *wanted)
    }

    /// The step that still waits and whose time is over first.
    fn soonest(&self, waits: &[Expectation<'_>]) -> Option<(usize, Instant)> {
        let open = waits
            .iter()
            .enumerate()
            .filter(|(step, _)| !self.is_full(*step));
        open.map(|(step, wait)| (step, wait.deadline()))
            .min_by_key(|(_, deadline)| *deadline)
    }

    /// Why the waiting stops for a step that lacks messages.
    async fn stop(&self, waits: &[Expectation<'_>], step: usize, short: &NextFrame) -> Stop {
        let got = self.held.get(step).map_or(0, Vec::len) as u64;
        match (waits.get(step), short) {
            (Some(wait), NextFrame::TimedOut) => wait.late(got).await.into(),
            (Some(wait), _) => wait.missing(got).await,
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
    fn settled(self) -> impl Iterator<Item = (usize, Hit)> {
        self.messages.into_iter().filter_map(|message| {
            let Message {
                arrived,
                fits,
                owner,
            } = message;
            let (step, kept) = fits.into_iter().find(|(step, _)| Some(*step) == owner)?;
            Some((step, Hit { arrived, kept }))
        })
    }
}
