//! Whether a `<-` that was made matches the very message that it was made of, as a script would read it. Knows no
//! sequence.

use std::cell::RefCell;

use crate::diagnostic::Diagnostic;
use crate::protocol::{Bytes, Frame};
use crate::script::{
    Action, Expected, Files, Fill, Generator, MatchVerdict, Matcher, Reading, Role, Scope,
    Unreadable, parse, parse_steps,
};

/// The head of a block with one client.
pub(super) const NO_HEAD: &str = "ws://localhost/";

/// What a `<-` matches.
pub(super) enum StepProof {
    /// What this does.
    By(Box<Matcher>),
    /// Nothing, or nothing that can be told.
    Nothing,
    /// Whatever: the types of protobuf messages are elsewhere.
    Everything,
}

impl StepProof {
    /// Of a step below a head that is to match messages as this one.
    pub(super) fn new(head: &str, step: &str, like: &Frame, scope: &Scope) -> Self {
        let head = parse(head, Role::Client, &[]).script;
        let parsed = parse_steps(step, &head);
        if parsed.diagnostics.iter().any(Diagnostic::is_error) {
            return Self::Nothing;
        }
        let [step] = parsed.script.steps.as_slice() else {
            return Self::Nothing;
        };
        let Action::Expect(expect) = &step.action else {
            return Self::Nothing;
        };
        let Expected::Message(pattern) = &expect.what else {
            return Self::Nothing;
        };
        if like.packed().is_some_and(|packed| packed.message.is_some()) {
            return Self::Everything;
        }
        let generator = RefCell::new(Generator::repeating());
        let fill = Fill::new(scope, &generator, &NoRecordedFiles);
        let matcher = fill.matcher(pattern, expect.exact);
        matcher.map_or(Self::Nothing, |matcher| Self::By(Box::new(matcher)))
    }

    /// Whether it matches a message.
    pub(super) fn holds(&self, frame: &Frame) -> bool {
        match self {
            Self::By(matcher) => {
                let verdict = matcher.test(&Reading::new(frame.clone()));
                matches!(verdict, MatchVerdict::Match(_))
            }
            Self::Nothing => false,
            Self::Everything => true,
        }
    }
}

/// Whether a step parses, and its pattern matches a message. Of a protobuf message only the first is asked: its types
/// are elsewhere.
#[cfg(test)]
pub(super) fn matches(step: &str, frame: &Frame, scope: &Scope) -> bool {
    StepProof::new(NO_HEAD, step, frame, scope).holds(frame)
}

/// Whether a step parses below a head.
pub(super) fn parses(head: &str, step: &str) -> bool {
    let head = parse(head, Role::Client, &[]).script;
    let parsed = parse_steps(step, &head);
    !parsed.diagnostics.iter().any(Diagnostic::is_error)
}

/// What is recorded names no files.
struct NoRecordedFiles;

impl Files for NoRecordedFiles {
    fn read(&self, _: &str) -> Result<Bytes, Unreadable> {
        Err(Unreadable::MISSING.into())
    }
}
