//! The rows of one log: a bounded number of them, of a bounded size, each sent once.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::transcript::{Line, LineKind};

/// Rows that are kept.
const MOST: usize = 20_000;

/// Bytes of text that are kept.
const LARGEST: usize = 16 << 20;

/// Rows that are sent together, and their bytes: what waits for who reads slowly is bounded so.
const TOGETHER: usize = 1000;
const BYTES_TOGETHER: usize = 256 << 10;

/// The last rows of a log.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// How many were dropped before the first one that is kept.
    dropped: usize,
    kept: VecDeque<(usize, Value)>,
    bytes: usize,
    /// How many were sent, those dropped among them.
    sent: usize,
}

impl Rows {
    pub(super) fn push(&mut self, line: &Line) {
        self.bytes += line.text.len();
        self.kept.push_back((line.text.len(), row(line)));
        while self.kept.len() > MOST || (self.bytes > LARGEST && self.kept.len() > 1) {
            if let Some((size, _)) = self.kept.pop_front() {
                self.bytes -= size;
                self.dropped += 1;
            }
        }
    }

    /// Rows that were not sent yet, from which number on.
    pub(super) fn unsent(&mut self) -> Option<(usize, Vec<Value>)> {
        let from = self.sent.max(self.dropped);
        let mut bytes = 0;
        let fits = |(size, _): &&(usize, Value)| {
            let is_first = bytes == 0;
            bytes += size;
            is_first || bytes <= BYTES_TOGETHER
        };
        let rows = self.kept.iter().skip(from - self.dropped);
        let rows = rows.take(TOGETHER).take_while(fits);
        let rows: Vec<Value> = rows.map(|(_, row)| row.clone()).collect();
        self.sent = from + rows.len();
        (!rows.is_empty()).then_some((from, rows))
    }

    /// All that are kept.
    pub(super) fn all(&self) -> Value {
        let rows: Vec<&Value> = self.kept.iter().map(|(_, row)| row).collect();
        json!({"from": self.dropped, "rows": rows})
    }
}

/// A line as the page has it: its kind, its time, its client, and what it tells.
pub(super) fn row(line: &Line) -> Value {
    let lead = line.text.get(..line.lead).unwrap_or_default();
    let time = lead.split_once("  ").map_or("", |(time, _)| time);
    let who = line.who.as_deref().unwrap_or_default();
    json!([kind(line.kind), time, who, line.told()])
}

fn kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Passed => "passed",
        LineKind::Failed => "failed",
        LineKind::Status => "status",
        LineKind::Sent => "sent",
        LineKind::Received => "received",
        LineKind::Failure => "failure",
        LineKind::Note => "note",
        LineKind::Elided => "elided",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sent_once_and_bounded() {
        let mut rows = Rows::default();
        let line = |text: &str| Line {
            who: Some("bob".into()),
            lead: 18,
            ..Line::plain(LineKind::Sent, format!("12:03:04.101  bob {text}"))
        };
        assert!(rows.unsent().is_none());
        rows.push(&line("→ text  a"));
        let (from, sent) = rows.unsent().unwrap();
        assert_eq!(from, 0);
        assert_eq!(sent, [json!(["sent", "12:03:04.101", "bob", "→ text  a"])]);
        assert!(rows.unsent().is_none());
        for _ in 0..MOST + 10 {
            rows.push(&line("→ text  b"));
        }
        assert_eq!(rows.kept.len(), MOST);
        let (from, sent) = rows.unsent().unwrap();
        assert_eq!((from, sent.len()), (11, TOGETHER));
        for _ in 0..3 {
            rows.push(&line(&"x".repeat(BYTES_TOGETHER / 2)));
        }
        while rows
            .unsent()
            .is_some_and(|(_, sent)| sent.len() == TOGETHER)
        {}
        assert_eq!(rows.unsent().unwrap().1.len(), 1);
        rows.push(&line(&"x".repeat(LARGEST + 1)));
        assert_eq!(rows.kept.len(), 1);
        assert_eq!(rows.unsent().unwrap().1.len(), 1);
    }
}
