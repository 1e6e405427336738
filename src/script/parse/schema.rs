//! `-- schema ./tick.json`: its path, and the messages that it can judge.

use super::refine::Refinement;
use super::text::Piece;
use crate::diagnostic::Diagnostic;
use crate::format::Format;
use crate::script::{Action, Expected, Judgement, Name, Pattern, Step, Trigger};

/// `schema PATH`
pub(super) fn schema(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    let (message, place) = if rest.is_empty() {
        ("the path of a JSON Schema is missing", word)
    } else if rest.text.contains("{{") {
        ("values cannot be inserted into the path of a schema", rest)
    } else {
        let path = Name {
            text: rest.text.to_owned(),
            span: rest.span(),
        };
        return Some(Refinement::Judgement(Judgement::Schema(path)));
    };
    let hint = "for instance `-- schema ./tick.json`";
    told.push(Diagnostic::error(place.span(), message).hint(hint));
    None
}

/// Why a step has no message that a schema could judge.
pub(super) fn below_step(word: Piece<'_>, step: &Step) -> Option<Diagnostic> {
    match &step.action {
        Action::Expect(expect) => match &expect.what {
            Expected::Message(pattern) if is_json(pattern) => None,
            _ => Some(no_json(word, "put it below a `<- json`")),
        },
        Action::Http { .. } => Some(no_json(word, "put it below a `<- json`")),
        _ => None,
    }
}

/// Why a handler has no message that a schema could judge.
pub(super) fn below_handler(word: Piece<'_>, trigger: &Trigger) -> Option<Diagnostic> {
    match trigger {
        Trigger::Message(pattern) | Trigger::Request { body: pattern, .. } if is_json(pattern) => {
            None
        }
        Trigger::Request { .. } => {
            let hint = "say that the body is JSON: `-- on POST /login json`";
            Some(no_json(word, hint))
        }
        _ => Some(no_json(word, "put it below an `-- on json`")),
    }
}

fn is_json(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Any => false,
        Pattern::Message(_) => true,
        Pattern::Format(format) => format.written() == Format::Json,
        Pattern::Body(body) => body.format.written() == Format::Json,
    }
}

fn no_json(word: Piece<'_>, hint: &str) -> Diagnostic {
    let message = "a schema judges JSON, which is not what is expected here";
    Diagnostic::error(word.span(), message).hint(hint)
}
