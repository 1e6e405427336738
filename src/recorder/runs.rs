//! What came between two steps of ours → expectations: runs of one shape, feeds that come when they like, and what is left
//! out. Knows times and shapes; writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::entry::ArrivedFrame;
use super::shape;

/// Messages that come within so long of each other are one answer, and their order is the far side's own.
const BURST: Duration = Duration::from_millis(250);

/// Messages of a run that make a feed, where they are spread in time.
const FEED: usize = 3;

/// Messages of one shape, one behind the other.
#[derive(Clone, Debug)]
pub(super) struct ShapeRun<'a> {
    pub(super) shape: String,
    pub(super) frames: Vec<&'a ArrivedFrame>,
}

/// How much of a feed is expected: who runs the document waits as long.
const LONGEST: Duration = Duration::from_secs(10);

impl ShapeRun<'_> {
    /// Leaves out what comes later than one wants to wait for, unless somebody asked for it. Gives how many messages.
    fn shorten(&mut self) -> usize {
        let until = self.first() + LONGEST;
        let asked = self
            .frames
            .iter()
            .rposition(|frame| frame.expected == Some(true));
        let within = self.frames.partition_point(|frame| frame.at <= until);
        let kept = within.max(asked.map_or(0, |last| last + 1));
        let left_out = self.frames.len() - kept;
        self.frames.truncate(kept);
        left_out
    }

    fn first(&self) -> Duration {
        self.frames
            .first()
            .map(|frame| frame.at)
            .unwrap_or_default()
    }

    pub(super) fn last(&self) -> Duration {
        self.frames.last().map(|frame| frame.at).unwrap_or_default()
    }
}

/// The runs of what came between two steps of ours. Frames that stand alone say so by a shape of their own.
pub(super) fn runs<'a>(
    frames: &[&'a ArrivedFrame],
    is_alone: impl Fn(&ArrivedFrame) -> bool,
) -> Vec<ShapeRun<'a>> {
    let mut runs: Vec<ShapeRun<'a>> = Vec::new();
    for frame in frames {
        let mut shape = shape::shape(&frame.frame);
        if let Some(who) = &frame.who {
            shape = format!("{who} {shape}");
        }
        if is_alone(frame) {
            shape = format!("{shape} alone {}", frame.number);
        }
        match runs.last_mut() {
            Some(run) if run.shape == shape => run.frames.push(frame),
            _ => runs.push(ShapeRun {
                shape,
                frames: vec![frame],
            }),
        }
    }
    runs
}

/// The shapes that come when the far side likes: spread in time, and many of them, or between others.
pub(super) fn feeds<'a>(
    segments: impl IntoIterator<Item = &'a [ShapeRun<'a>]>,
) -> BTreeSet<String> {
    let mut feeds = BTreeSet::new();
    for runs in segments {
        let mut seen: BTreeMap<&str, (usize, usize, Duration, Duration)> = BTreeMap::new();
        for run in runs {
            let (times, count, _, last) =
                seen.entry(&run.shape)
                    .or_insert((0, 0, run.first(), Duration::ZERO));
            *times += 1;
            *count += run.frames.len();
            *last = run.last();
        }
        for (shape, (times, count, first, last)) in seen {
            let is_spread = last.saturating_sub(first) >= BURST;
            if is_spread && (times > 1 || count >= FEED) {
                feeds.insert(shape.to_owned());
            }
        }
    }
    feeds
}

/// What is expected of the runs between two steps of ours.
#[derive(Debug, Default)]
pub(super) struct ChosenRuns<'a> {
    /// Those that are expected, in order, each with whether it may change places with those above it.
    pub(super) expected: Vec<(ShapeRun<'a>, bool)>,
    /// How many messages of feeds are left out since they came between others.
    pub(super) left_out: usize,
}

/// Leaves out what a feed said before an answer came: it may come on either side of it. What it said behind the last
/// answer is expected, several feeds in any order, as far as one waits for it.
pub(super) fn choose<'a>(runs: Vec<ShapeRun<'a>>, feeds: &BTreeSet<String>) -> ChosenRuns<'a> {
    let is_feed = |run: &ShapeRun<'_>| feeds.contains(&run.shape);
    let last = runs.iter().rposition(|run| !is_feed(run));
    let mut chosen = ChosenRuns::default();
    let mut tail: Vec<ShapeRun<'a>> = Vec::new();
    for (index, run) in runs.into_iter().enumerate() {
        if !is_feed(&run) {
            chosen.expected.push((run, false));
        } else if last.is_some_and(|last| index < last) {
            chosen.left_out += run.frames.len();
        } else if let Some(same) = tail.iter_mut().find(|other| other.shape == run.shape) {
            same.frames.extend(run.frames);
        } else {
            tail.push(run);
        }
    }
    for run in &mut tail {
        chosen.left_out += run.shorten();
    }
    let feeds = tail.into_iter().enumerate();
    chosen
        .expected
        .extend(feeds.map(|(index, run)| (run, index > 0)));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Frame;

    fn arrived(number: u64, at: u64, text: &str) -> ArrivedFrame {
        ArrivedFrame {
            at: Duration::from_millis(at),
            number,
            who: None,
            frame: Frame::Text(text.into()),
            expected: None,
            refined: Vec::new(),
        }
    }

    /// Each run that is expected as its first message and how many there are, and how many messages are left out.
    fn told(messages: &[(u64, &str)]) -> (Vec<(String, usize)>, usize) {
        let numbered = (1..).zip(messages);
        let frames: Vec<_> = numbered
            .map(|(number, (at, text))| arrived(number, *at, text))
            .collect();
        let frames: Vec<_> = frames.iter().collect();
        let runs = runs(&frames, |_| false);
        let feeds = feeds([runs.as_slice()]);
        let chosen = choose(runs, &feeds);
        let text =
            |frame: &ArrivedFrame| String::from_utf8(frame.frame.payload().to_vec()).unwrap();
        let expected = chosen.expected.iter();
        (
            expected
                .map(|(run, _)| (text(run.frames[0]), run.frames.len()))
                .collect(),
            chosen.left_out,
        )
    }

    #[test]
    fn a_burst_is_expected_in_its_order() {
        let (expected, left_out) = told(&[(1, "a 1"), (2, "b"), (3, "a 2"), (4, "a 3")]);
        let runs = [("a 1", 1), ("b", 1), ("a 2", 2)];
        assert_eq!(expected, runs.map(|(text, count)| (text.to_owned(), count)));
        assert_eq!(left_out, 0);
    }

    #[test]
    fn nobody_waits_longer_than_some_seconds_for_a_feed() {
        let messages: Vec<(u64, &str)> = (0..600).map(|second| (second * 1000, "a 1")).collect();
        let (expected, left_out) = told(&messages);
        assert_eq!(expected, [("a 1".to_owned(), 11)]);
        assert_eq!(left_out, 589);
    }

    #[test]
    fn a_feed_is_expected_behind_the_last_answer() {
        let messages = [
            (1, "a 1"),
            (500, "a 2"),
            (510, "b"),
            (1000, "a 3"),
            (1500, "a 4"),
        ];
        let (expected, left_out) = told(&messages);
        assert_eq!(expected, [("b".to_owned(), 1), ("a 3".to_owned(), 2)]);
        assert_eq!(left_out, 2);
    }
}
