//! What a request over plain HTTP and its answer say besides their first lines: headers, and the answer's status. Knows no
//! body.

use super::cut::INDENT;
use super::keep::{Rank, What};
use super::standing::{arrow, http};
use super::words::{self, one_line};
use crate::protocol::{Direction, EventKind, Response};

/// What is known of the request that is under way.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// Whether it was us who asked.
    asks: bool,
    /// The status and its reason, once there is an answer to what was asked.
    answer: Option<String>,
    /// The lines of the headers of both.
    headers: Vec<String>,
}

impl Exchange {
    /// The entry of a request's or an answer's head.
    pub(super) fn entry(&mut self, kind: &EventKind) -> Option<(What, Rank)> {
        match kind {
            EventKind::Requested {
                direction,
                method,
                target,
                headers,
                ..
            } => {
                let asides = self.requested(*direction, headers);
                Some(http(*direction, &words::request(method, target), asides))
            }
            EventKind::Responded {
                direction,
                response,
            } => {
                let asides = self.responded(*direction, response);
                Some(http(*direction, &words::response(response), asides))
            }
            _ => None,
        }
    }

    /// The lines of a request's headers.
    fn requested(&mut self, direction: Direction, headers: &[(String, String)]) -> Vec<String> {
        let lines = lines(direction, headers);
        if direction == Direction::Sent {
            self.asks = true;
            self.answer = None;
            self.headers.clone_from(&lines);
        }
        lines
    }

    /// The lines of an answer's headers.
    fn responded(&mut self, direction: Direction, response: &Response) -> Vec<String> {
        let lines = lines(direction, &response.headers);
        if direction == Direction::Received {
            self.headers.extend_from_slice(&lines);
            self.answer = Some(one_line(&response.status_line()));
        }
        lines
    }

    /// What stands below a failure: what was asked with, and what came with the answer.
    pub(super) fn below(&self) -> Vec<String> {
        self.headers.clone()
    }

    /// What the first line says of a block that asks.
    pub(super) fn summary(&self) -> Option<String> {
        let answer = || {
            self.answer
                .clone()
                .unwrap_or_else(|| "no answer".to_owned())
        };
        self.asks.then(answer)
    }
}

fn lines(direction: Direction, headers: &[(String, String)]) -> Vec<String> {
    let (arrow, _) = arrow(direction);
    let line = |(name, value): &(String, String)| {
        let line = format!("{INDENT}{arrow}{}: {}", one_line(name), one_line(value));
        line.trim_end().to_owned()
    };
    headers.iter().map(line).collect()
}
