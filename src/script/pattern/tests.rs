//! What matches, how near a miss is, and how it is explained.

use proptest::prelude::*;
use serde_json::Value as Given;

use super::*;
use crate::protocol::{Bytes, Close};
use crate::script::fill::tests::{Desk, body, template};

mod any;
mod explain;
mod json;
#[path = "../../../tests/laws/matching.rs"]
mod law;
mod others;

const UUID: &str = "5f0c1d7e-36c4-4c5c-8f6a-0123456789ab";

fn matcher(format: Format, pattern: &str, exact: bool) -> Matcher {
    let desk = Desk::new();
    let body = Pattern::Body(body(format, pattern));
    desk.fill().matcher(&body, exact).expect(pattern)
}

fn text(text: &str) -> Reading {
    Reading::new(Frame::Text(text.into()))
}

fn binary(bytes: &[u8]) -> Reading {
    Reading::new(Frame::Binary(Bytes::copy_from_slice(bytes)))
}

fn matches(format: Format, pattern: &str, message: &Reading) -> bool {
    matches!(
        matcher(format, pattern, false).test(message),
        MatchVerdict::Match(_)
    )
}

/// What is kept, as `name=json`, or why nothing is.
fn kept(format: Format, pattern: &str, message: &Reading) -> String {
    let matcher = matcher(format, pattern, false);
    match matcher.test(message) {
        MatchVerdict::Match(kept) => kept
            .into_iter()
            .map(|(name, value)| match value {
                Value::Json(json) => format!("{name}={json}"),
                Value::Text(text) => format!("{name} is text: {text}"),
                Value::Bytes(bytes) => format!("{name} is bytes: {bytes:?}"),
            })
            .collect::<Vec<_>>()
            .join(" "),
        MatchVerdict::Miss(_) => matcher.explain(message).why,
    }
}
