//! Steps that send or wait for something: `->`, `<-`, `<- HTTP`.

use super::call::TemplatePlace;
use super::lines::StepText;
use super::message;
use super::steps::Steps;
use crate::diagnostic::Diagnostic;
use crate::script::{Action, CommonAction, Expect, Mode, Name, Role, Send, Setting, Step};

/// `->`
pub(super) fn send(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    let words = steps.words(entry, "->", TemplatePlace::Send);
    let frames = steps.words_behind("->");
    let before = steps.told.len();
    let Some(what) = message::send(words, &frames, steps.told) else {
        return steps.only_undeclared(who.as_ref(), before);
    };
    let send = Send { what, repeat: None };
    steps.push(who, CommonAction::Send(send), entry.line.whole);
}

/// `<-`, except `<- HTTP`
pub(super) fn expect(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    let words = steps.words(entry, "<-", TemplatePlace::Pattern);
    let frames = steps.words_behind("<-");
    let before = steps.told.len();
    let Some(what) = message::expect(words, &frames, steps.told) else {
        return steps.only_undeclared(who.as_ref(), before);
    };
    let expect = Expect {
        what,
        within: None,
        mode: Mode::Times(Setting::Is(1)),
        any_order: false,
        exact: false,
        conditions: Vec::new(),
        judgements: Vec::new(),
    };
    steps.push_to_script(who, Action::Expect(expect), entry.line.whole);
}

/// `<- HTTP 401`
pub(super) fn refused(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    let words = steps.words(entry, "<-", TemplatePlace::Pattern);
    let span = entry.line.whole.span();
    let status = message::status(words, steps.told);
    let earlier = |step: &Step| match step.action {
        Action::Connect => false,
        _ => steps.script.clients.is_empty() || name(step.who.as_ref()) == name(who.as_ref()),
    };
    if steps.script.role == Role::Client && steps.script.steps.iter().any(earlier) {
        let message = "a refused handshake can only be expected by the first step";
        steps.tell(
            Diagnostic::error(span, message).hint("make it the first step of a block of its own"),
        );
    }
    if let Some(status) = status {
        let judgements = Vec::new();
        let action = Action::Refused { status, judgements };
        steps.push_to_script(who, action, entry.line.whole);
    }
}

fn name(who: Option<&Name>) -> Option<&str> {
    who.map(|who| who.text.as_str())
}
