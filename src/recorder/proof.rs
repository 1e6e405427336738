//! Whether a `<-` that was made matches the very message that it was made of, as a script would read it. Knows no
//! sequence.

use std::cell::RefCell;

use crate::diagnostic::Diagnostic;
use crate::protocol::{Bytes, Frame};
use crate::script::{
    Action, Expected, Files, Fill, Generator, MatchVerdict, Reading, Role, Scope, Unreadable, parse,
};

/// Whether a step parses, and its pattern matches a message. Of a protobuf message only the first is asked: its types
/// are elsewhere.
pub(super) fn matches(step: &str, frame: &Frame, scope: &Scope) -> bool {
    let parsed = parse(&format!("ws://localhost/\n\n{step}\n"), Role::Client, &[]);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return false;
    }
    let [step] = parsed.script.steps.as_slice() else {
        return false;
    };
    let Action::Expect(expect) = &step.action else {
        return false;
    };
    let Expected::Message(pattern) = &expect.what else {
        return false;
    };
    if frame
        .packed()
        .is_some_and(|packed| packed.message.is_some())
    {
        return true;
    }
    let generator = RefCell::new(Generator::repeating());
    let fill = Fill::new(scope, &generator, &NoRecordedFiles);
    let Ok(matcher) = fill.matcher(pattern, expect.exact) else {
        return false;
    };
    matches!(
        matcher.test(&Reading::new(frame.clone())),
        MatchVerdict::Match(_)
    )
}

/// Whether a step parses.
pub(super) fn parses(step: &str) -> bool {
    let parsed = parse(&format!("ws://localhost/\n\n{step}\n"), Role::Client, &[]);
    !parsed.diagnostics.iter().any(Diagnostic::is_error)
}

/// What is recorded names no files.
struct NoRecordedFiles;

impl Files for NoRecordedFiles {
    fn read(&self, _: &str) -> Result<Bytes, Unreadable> {
        Err(Unreadable::MISSING.into())
    }
}
