//! What was typed as one entry → its steps, and which of the messages that were matched each of them took.

use std::ops::Range;

use crate::script::{Action, Expect, Expected, Mode, Role, parse, parse_steps};

/// A step of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypedPart {
    /// Its lines.
    pub(super) range: Range<usize>,
    /// Which of the matched frames are its own, where it waits for messages and that is known.
    pub(super) takes: Option<Range<usize>>,
}

/// The steps of an entry below a head, of which `matched` frames were matched.
pub(super) fn parts(head: &str, source: &str, matched: usize) -> Vec<TypedPart> {
    let head = parse(head, Role::Client, &[]).script;
    let steps = parse_steps(source, &head).script.steps;
    let starts: Vec<usize> = steps
        .iter()
        .map(|step| line_start(source, step.span.start))
        .collect();
    let waiting = steps.iter().filter(|step| waits(&step.action)).count();
    let mut parts = Vec::new();
    let first = starts.first().copied().unwrap_or(source.len());
    if first > 0 {
        let range = 0..first;
        parts.push(TypedPart { range, takes: None });
    }
    let mut before = 0;
    for (index, step) in steps.iter().enumerate() {
        let start = starts.get(index).copied().unwrap_or_default();
        let end = starts.get(index + 1).copied().unwrap_or(source.len());
        let takes = waits(&step.action).then(|| match waiting {
            1 => 0..matched,
            _ => before..before + 1,
        });
        before += usize::from(takes.is_some());
        let takes = takes.filter(|_| waiting == 1 || waiting == matched);
        parts.push(TypedPart {
            range: start..end,
            takes: takes.filter(|_| is_open(&step.action)),
        });
    }
    parts
}

/// Whether a step takes what it waits for.
fn waits(action: &Action) -> bool {
    match action {
        Action::Expect(expect) => !matches!(expect.mode, Mode::None),
        _ => false,
    }
}

/// Whether it takes messages that have more in them than it says.
fn is_open(action: &Action) -> bool {
    matches!(
        action,
        Action::Expect(Expect {
            what: Expected::Message(_),
            exact: false,
            ..
        })
    )
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_lines_and_what_it_matched() {
        let source = "-> text a\n<- text b\n-- within 1s\n<- json";
        let told = |matched: usize| {
            let parts = parts("ws://h/", source, matched).into_iter();
            let told = parts.map(|part| (source.get(part.range).unwrap(), part.takes));
            told.collect::<Vec<_>>()
        };
        assert_eq!(
            told(2),
            [
                ("-> text a\n", None),
                ("<- text b\n-- within 1s\n", Some(0..1)),
                ("<- json", Some(1..2)),
            ]
        );
        assert_eq!(told(1).last(), Some(&("<- json", None)));
        let one = parts("ws://h/", "<- text b\n-- times 3", 3);
        assert_eq!(one.first().and_then(|part| part.takes.clone()), Some(0..3));
        assert!(parts("ws://h/", "", 0).is_empty());
    }
}
