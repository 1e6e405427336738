//! `--` lines that are steps of their own.

use super::call::TemplatePlace;
use super::lines::StepText;
use super::refine::surplus;
use super::setting::duration;
use super::steps::Steps;
use super::template;
use crate::diagnostic::Diagnostic;
use crate::script::{Action, CommonAction, Name};

/// `-- wait D`
pub(super) fn wait(steps: &mut Steps<'_>, entry: &StepText<'_>, _: Option<Name>) {
    let (word, rest) = entry.line.rest.word();
    if let Some(time) = duration(word, rest, steps.told) {
        steps.push(None, CommonAction::Wait(time), entry.line.whole);
    }
}

/// `-- note TEXT`
pub(super) fn note(steps: &mut Steps<'_>, entry: &StepText<'_>, _: Option<Name>) {
    let (word, rest) = entry.line.rest.word();
    if rest.is_empty() {
        let message = "a text is missing behind `-- note`";
        let hint = "write `-- note TEXT`; a comment that is not recorded is `-- # text`";
        return steps.tell(Diagnostic::error(word.span(), message).hint(hint));
    }
    let text = template::line(rest, TemplatePlace::Line, steps.told);
    steps.push(None, CommonAction::Note(text), entry.line.whole);
}

/// `-- drop`
pub(super) fn drop(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    alone(steps, entry);
    steps.push(who, CommonAction::Drop, entry.line.whole);
}

/// `-- skip`
pub(super) fn skip(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    alone(steps, entry);
    steps.push_to_script(who, Action::Skip, entry.line.whole);
}

/// `-- reconnect`
pub(super) fn reconnect(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    alone(steps, entry);
    steps.push_to_script(who, Action::Reconnect, entry.line.whole);
}

/// `-- connect`
pub(super) fn connect(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    alone(steps, entry);
    let problem = not_first(steps, who.as_ref()).filter(|_| !steps.misplaced);
    if let Some((message, hint)) = problem {
        let span = entry.line.rest.word().0.span();
        return steps.tell(Diagnostic::error(span, message).hint(hint));
    }
    steps.push_to_script(who, Action::Connect, entry.line.whole);
}

/// Tells what stands behind a word that takes nothing.
fn alone(steps: &mut Steps<'_>, entry: &StepText<'_>) {
    let (word, rest) = entry.line.rest.word();
    if !rest.is_empty() {
        steps.tell(surplus(word, rest));
    }
}

/// Why `-- connect` cannot stand here.
fn not_first(steps: &Steps<'_>, who: Option<&Name>) -> Option<(String, &'static str)> {
    if steps.script.clients.is_empty() {
        let message = "a block with one client connects by itself".to_owned();
        return Some((
            message,
            "remove it; with `@clients` it says when a client connects",
        ));
    }
    let who = who?;
    let taken = |name: Option<&Name>| name.is_some_and(|name| name.text == who.text);
    let earlier = steps
        .script
        .steps
        .iter()
        .any(|step| taken(step.who.as_ref()));
    earlier.then(|| {
        let message = format!("`{}` is connected already", who.text);
        (
            message,
            "make it the client's first step, or write `-- reconnect`",
        )
    })
}
