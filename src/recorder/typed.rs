//! What was typed as one entry → its steps, and which of the messages that were matched each of them took.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::script::{
    Action, CommonAction, Expect, Expected, Mode, Outgoing, Role, Script, parse, parse_steps,
};

/// An entry, as the parser reads it.
#[derive(Clone, Debug, Default)]
pub(super) struct TypedEntry {
    pub(super) source: String,
    /// Whether a step of it sends something.
    pub(super) sends: bool,
    /// Whose connections its steps end; `None`: the only client's.
    pub(super) ends: Vec<Option<String>>,
    /// The names under which its steps keep values.
    pub(super) keeps: BTreeSet<String>,
}

impl TypedEntry {
    /// Of an entry below a head.
    pub(super) fn read(head: &str, source: &str) -> Self {
        let head = parse(head, Role::Client, &[]).script;
        let script = parse_steps(source, &head).script;
        let own = Script {
            lets: Vec::new(),
            ..script
        };
        let actions = || own.steps.iter().map(|step| (step, &step.action));
        let is_send = |action: &Action| matches!(action, Action::Common(CommonAction::Send(_)));
        let ends = actions().filter(|(_, action)| is_end(action));
        Self {
            source: source.to_owned(),
            sends: actions().any(|(_, action)| is_send(action)),
            ends: ends
                .map(|(step, _)| step.who.as_ref().map(|who| who.text.clone()))
                .collect(),
            keeps: own.keeps(),
        }
    }
}

/// Whether a step ends its connection.
fn is_end(action: &Action) -> bool {
    match action {
        Action::Common(CommonAction::Send(send)) => matches!(send.what, Outgoing::Close { .. }),
        Action::Common(CommonAction::Drop) => true,
        _ => false,
    }
}

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
    fn what_an_entry_does_is_what_the_parser_says() {
        let read =
            |source: &str| TypedEntry::read("ws://h/\n@clients ann, bob\n@let k = 1", source);
        let text = "<- text\nwell -> then {{$any as q}}\n\\-- save z = 1";
        let body = TypedEntry::read("ws://h/", text);
        assert!(!body.sends && body.ends.is_empty());
        assert_eq!(Vec::from_iter(&body.keeps), ["q"]);
        let kept =
            read("ann <- json {\"a\": {{$uuid   as   id}}}\n--  save   b   = .c\n-- let d=1");
        assert_eq!(Vec::from_iter(&kept.keeps), ["b", "d", "id"]);
        assert!(read("bob → text x").sends);
        assert_eq!(read("bob -> close 4000").ends, [Some("bob".to_owned())]);
        assert_eq!(
            TypedEntry::read("ws://h/", "-> text a\n--  drop").ends,
            [None]
        );
    }

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
