//! Steps that send or wait for something: `->`, `<-`, `<- HTTP`.

use super::call::TemplatePlace;
use super::lines::StepText;
use super::message;
use super::steps::Steps;
use crate::diagnostic::Diagnostic;
use crate::script::{Action, CommonAction, Expect, Mode, Name, Role, Send, Setting, Step};

/// `->`
pub(super) fn send(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    one_of_each(steps, entry, RequestPart::Sent);
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
    one_of_each(steps, entry, RequestPart::Body);
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
pub(super) fn http(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    one_of_each(steps, entry, RequestPart::Status);
    let words = steps.words(entry, "<-", TemplatePlace::Pattern);
    let span = entry.line.whole.span();
    let status = message::status(words, steps.told);
    let earlier = |step: &Step| match &step.action {
        Action::Connect => false,
        action if action.only_computes() => false,
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
        let action = Action::Http {
            status,
            within: None,
            judgements,
        };
        steps.push_to_script(who, action, entry.line.whole);
    }
}

/// The parts of a request and its answer, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RequestPart {
    Sent,
    Status,
    Body,
}

/// A request has each part at most once, in their order: a step that comes too late or again adds nothing.
fn one_of_each(steps: &mut Steps<'_>, entry: &StepText<'_>, part: RequestPart) {
    if steps.script.role != Role::Http || steps.misplaced {
        return;
    }
    let parts = steps
        .script
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Common(CommonAction::Send(_)) => Some(RequestPart::Sent),
            Action::Http { .. } => Some(RequestPart::Status),
            Action::Expect(_) => Some(RequestPart::Body),
            _ => None,
        });
    let (message, hint) = match (parts.max(), part) {
        (Some(last), _) if last < part => return,
        (None, _) => return,
        (_, RequestPart::Sent) if steps.sends() => (
            "a request has one body",
            "write the other request in a `/http` block of its own",
        ),
        (_, RequestPart::Sent) => (
            "the body of the request stands above what is expected",
            "move `->` above the first `<-`",
        ),
        (Some(RequestPart::Status), RequestPart::Status) => (
            "a request has one answer",
            "remove one of the two; `-- check` judges it further",
        ),
        (_, RequestPart::Status) => (
            "the status stands above the body of the answer",
            "move `<- HTTP` above the other `<-`",
        ),
        (_, RequestPart::Body) => (
            "an answer has one body",
            "remove one of the two; `-- check` judges it further",
        ),
    };
    steps.misplaced = true;
    let span = entry.line.whole.span();
    steps.tell(Diagnostic::error(span, message).hint(hint));
}

fn name(who: Option<&Name>) -> Option<&str> {
    who.map(|who| who.text.as_str())
}
