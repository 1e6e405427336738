//! The body of a request as a handler looks at it: whether its pattern matches, and what its expressions see. Runs no step.

use std::sync::Arc;

use super::request_body::RequestBody;
use crate::format::Format;
use crate::interpreter::cached_pattern::CachedPattern;
use crate::interpreter::handlers::Handled;
use crate::interpreter::judged_subject::{JudgedSubject, format_of};
use crate::interpreter::step_context::StepContext;
use crate::protocol::{Frame, Open};
use crate::script::{Handler, KeptValues, Pattern, Reading, Subject, Trigger};

/// The body as a handler's pattern looks at it.
pub(super) fn asked(body: Option<&RequestBody>, handler: &Handler) -> Option<ReadBody> {
    let wanted = match &handler.trigger {
        Trigger::Request { body, .. } => format_of(body),
        _ => None,
    };
    Some(body?.message(wanted))
}

/// The body of a request as a message, and as what it is read.
pub(super) type ReadBody = (Frame, Option<Format>);

/// What a handler's pattern makes of a body that it matches.
#[derive(Default)]
pub(super) struct Matched {
    pub(super) kept: KeptValues,
    /// The body as its FORMAT has read it, where that is not how it came.
    pub(super) unpacked: Option<Frame>,
    pub(super) open: Option<Arc<Open>>,
}

pub(super) fn matched(context: StepContext<'_>, handler: &Handler) -> Option<Matched> {
    let Trigger::Request { body: pattern, .. } = &handler.trigger else {
        return None;
    };
    if matches!(pattern, Pattern::Any) {
        return Some(Matched::default());
    }
    let pattern = CachedPattern::new(pattern.clone(), handler.span);
    let reading = Reading::new(context.message?.clone());
    Some(Matched {
        kept: pattern.kept(&reading, context.fill())?,
        unpacked: pattern.unpacked(&reading, context.fill()),
        open: pattern.open(&reading, context.fill()),
    })
}

/// The body as the expressions of a handler look at it.
pub(super) fn judged(
    context: StepContext<'_>,
    read: Option<&ReadBody>,
    (number, open): (u64, Option<Arc<Open>>),
    record: &Handled,
) -> JudgedSubject {
    JudgedSubject {
        subject: match read {
            None => Subject::Nothing,
            Some((frame, Some(format))) => Subject::Read(frame.clone(), *format),
            Some((frame, None)) => Subject::Frame(frame.clone()),
        },
        previous: record.last.borrow().clone(),
        open,
        number: read.map(|_| number),
        ..JudgedSubject::nothing(context.judged().deadline)
    }
}
