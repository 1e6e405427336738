//! The document's cookies, for blocks that have `@cookies`: what goes with a request, and what its answer sets.

use std::sync::Arc;

use super::context::BlockContext;
use crate::protocol::{EventKind, Url};

/// Characters of a value that is hidden at least: shorter ones stand everywhere.
const HIDDEN: usize = 8;

/// What the jar has for a URL.
pub(super) fn cookies_for(block: &BlockContext, url: &Url) -> Option<String> {
    if !block.options.cookies {
        return None;
    }
    let jar = block.environment.cookies.borrow();
    jar.header(url, now(block))
}

/// Keeps what an answer sets. Its values are told as secrets before anything else of it is told.
pub(super) fn keep_cookies(
    block: &BlockContext,
    who: Option<&Arc<str>>,
    url: &Url,
    headers: &[(String, String)],
) {
    if !block.options.cookies {
        return;
    }
    let now = now(block);
    let new = block
        .environment
        .cookies
        .borrow_mut()
        .store(url, headers, now);
    for (name, value) in new {
        if value.chars().count() >= HIDDEN {
            let name = Arc::from(format!("cookie.{name}"));
            let value = Arc::from(value);
            block.tell(who, EventKind::Secret { name, value });
        }
    }
}

fn now(block: &BlockContext) -> i64 {
    let generator = block.environment.generator.borrow();
    generator.clock.now().as_second()
}
