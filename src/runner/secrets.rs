//! Where values are kept under the names of secrets of the front matter, and where one was typed in clear.
//! Knows no redaction.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::document::{Block, Document};
use crate::script::{
    Action, Choice, CommonAction, Handler, HandlerStep, Judgement, Name, Opening, Script, Step,
};
use crate::source::Span;

/// A shorter value stands in any text by chance.
const TOLD_FROM: usize = 4;

/// Makes every value that a script keeps under one of `names` (front matter `secrets:`) a secret at once, as if
/// `-- secret NAME` stood below the step that keeps it.
pub(super) fn announce(script: &mut Script, names: &BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    let mut at = 0;
    while let Some(opening) = script.opening.get(at).cloned() {
        at += 1;
        if let Some(judgement) = announcement(&opening.judgement, names) {
            let who = opening.who;
            script.opening.insert(at, Opening { who, judgement });
            at += 1;
        }
    }
    let lets = script
        .lets
        .iter()
        .filter(|each| names.contains(&each.name.text));
    let computed = lets.map(|each| Opening {
        who: each.who.clone(),
        judgement: Judgement::Secret(each.name.clone()),
    });
    let computed: Vec<_> = computed.collect();
    script.opening.splice(0..0, computed);
    announce_sent(&mut script.steps, names);
    for handler in &mut script.handlers {
        announce_handled(handler, names);
    }
    for step in &mut script.steps {
        match &mut step.action {
            Action::Expect(expect) => {
                let kept = expect.what.kept().filter(|name| names.contains(*name));
                let patterns = kept.map(|text| secret(text, step.span));
                let mut judgements: Vec<_> = patterns.collect();
                judgements.append(&mut expect.judgements);
                expect.judgements = with_announcements(judgements, names);
            }
            Action::Http { judgements, .. } => {
                *judgements = with_announcements(std::mem::take(judgements), names);
            }
            _ => {}
        }
    }
}

/// What a step keeps of what it sends, or computes, is announced by a step behind it.
fn announce_sent(steps: &mut Vec<Step>, names: &BTreeSet<String>) {
    let mut announced = Vec::with_capacity(steps.len());
    for step in steps.drain(..) {
        let kept = match &step.action {
            Action::Common(action) => secrets_of(action, names, step.span),
            _ => Vec::new(),
        };
        let span = step.span;
        announced.push(step);
        announced.extend(kept.into_iter().map(|judgement| Step {
            who: None,
            action: CommonAction::Judge(judgement).into(),
            span,
        }));
    }
    *steps = announced;
}

/// What a handler keeps of its message, and what its steps keep.
fn announce_handled(handler: &mut Handler, names: &BTreeSet<String>) {
    let choice = std::mem::take(&mut handler.choice);
    handler.choice = choice
        .into_iter()
        .flat_map(|choice| {
            let announcement = match &choice {
                Choice::Compute(judgement) => announcement(judgement, names),
                Choice::Where(_) => None,
            };
            std::iter::once(choice).chain(announcement.map(Choice::Compute))
        })
        .collect();
    let span = handler.span;
    let step = |judgement| HandlerStep {
        who: None,
        action: CommonAction::Judge(judgement),
        span,
    };
    let kept = handler.kept().filter(|name| names.contains(*name));
    let kept = kept.map(|text| secret(text, span));
    let mut steps: Vec<_> = kept.map(step).collect();
    for each in handler.steps.drain(..) {
        let kept = secrets_of(&each.action, names, each.span);
        steps.push(each);
        steps.extend(kept.into_iter().map(step));
    }
    handler.steps = steps;
}

/// The secrets that a step which sends or computes keeps.
fn secrets_of(action: &CommonAction, names: &BTreeSet<String>, span: Span) -> Vec<Judgement> {
    match action {
        CommonAction::Judge(judgement) => announcement(judgement, names).into_iter().collect(),
        CommonAction::Send(send) => {
            let kept = send.what.kept().filter(|name| names.contains(*name));
            kept.map(|text| secret(text, span)).collect()
        }
        _ => Vec::new(),
    }
}

fn secret(name: &str, span: Span) -> Judgement {
    let text = name.to_owned();
    Judgement::Secret(Name { text, span })
}

fn with_announcements(judgements: Vec<Judgement>, names: &BTreeSet<String>) -> Vec<Judgement> {
    judgements
        .into_iter()
        .flat_map(|judgement| {
            let announcement = announcement(&judgement, names);
            std::iter::once(judgement).chain(announcement)
        })
        .collect()
}

fn announcement(judgement: &Judgement, names: &BTreeSet<String>) -> Option<Judgement> {
    match judgement {
        Judgement::Save { name, .. } | Judgement::Let { name, .. }
            if names.contains(&name.text) =>
        {
            Some(Judgement::Secret(name.clone()))
        }
        _ => None,
    }
}

/// Warnings for secrets that stand in a document in clear: each once a line. Where the line is shown, the value is hidden
/// behind its name, so that the warning has to say that the document has the value itself.
pub(super) fn in_clear(
    text: &str,
    document: &Document,
    secrets: &[(String, String)],
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (name, value) in secrets.iter().filter(|(_, value)| value.len() >= TOLD_FROM) {
        let mut warned_up_to = 0;
        for (start, found) in text.match_indices(value.as_str()) {
            let end = start + found.len();
            if start < warned_up_to || !stands_alone(text, start, end) {
                continue;
            }
            let rest_of_line = text.get(end..).and_then(|rest| rest.find('\n'));
            warned_up_to = rest_of_line.map_or(text.len(), |rest| end + rest);
            let message = format!(
                "the value of the secret `{name}` stands in the document in clear; only this message hides it"
            );
            warnings.push(
                Diagnostic::warning(Span::new(start, end), message)
                    .hint(cure(document, name, start)),
            );
        }
    }
    warnings
}

/// How a secret leaves the place where it stands in clear.
fn cure(document: &Document, name: &str, at: usize) -> String {
    let mut values = document.front_matter.vars.iter().map(|var| var.span);
    let mut blocks = document.blocks.iter();
    let recorded = |block: &Block| {
        let recorded = block.transcript.recorded.as_ref();
        recorded.is_some_and(|recorded| recorded.span.contains(at))
    };
    if values.any(|value| value.contains(at)) {
        format!(
            "take it out of the front matter: give it by `{name}=…` in a `.env` file that is not committed, or by `--secret {name}`"
        )
    } else if blocks.any(recorded) {
        "run the block again: what is recorded then has the name in its place".to_owned()
    } else {
        format!("type `{{{{{name}}}}}` over the value")
    }
}

/// Whether no letter or digit touches it: `test` is not typed in `latest`.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text
        .get(..start)
        .and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    ![before, after]
        .into_iter()
        .flatten()
        .any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_clear_is_told_once_a_line() {
        let text = "a hunter2 hunter2\nhunter22 b\n(hunter2)";
        let secrets = [
            ("PASSWORD".to_owned(), "hunter2".to_owned()),
            ("SHORT_KEY".to_owned(), "a".to_owned()),
        ];
        let spans: Vec<_> = in_clear(text, &Document::default(), &secrets)
            .into_iter()
            .map(|warning| (warning.span.start, warning.is_error()))
            .collect();
        assert_eq!(spans, [(2, false), (30, false)]);
    }

    #[test]
    fn a_secret_in_clear_has_the_cure_of_its_place() {
        let text = "---\nvoiden:\n  vars: {PIN: hunter2}\n---\n\n```/wss\nws://h/hunter2\n```\n\n```wss-log\nhunter2\n```\n";
        let secrets = [("PIN".to_owned(), "hunter2".to_owned())];
        let hints: Vec<_> = in_clear(text, &crate::document::parse(text), &secrets)
            .into_iter()
            .filter_map(|warning| warning.hint)
            .collect();
        assert_eq!(
            hints,
            [
                "take it out of the front matter: give it by `PIN=…` in a `.env` file that is not committed, or by `--secret PIN`",
                "type `{{PIN}}` over the value",
                "run the block again: what is recorded then has the name in its place",
            ]
        );
    }
}
