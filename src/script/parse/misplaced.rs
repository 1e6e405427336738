//! Lines that cannot stand where they do: where each could, and what does the same here. Every cure that is named parses.

use super::lines::{StepLine, StepMark, StepText};
use super::short::short;
use super::steps::{Refined, StepInfo};
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::{Action, CommonAction, Role, Script};

/// What the script of a request over plain HTTP can have.
const OF_HTTP: &str = "it has one `->`, then one `<- HTTP STATUS` and one `<-`; `@retry` asks again, and what needs more is a `/wss` block";

/// What is told of a step that cannot stand here.
pub(super) fn step(info: &StepInfo, entry: &StepText<'_>, script: &Script) -> Option<Diagnostic> {
    let span = match entry.line.mark {
        StepMark::Control => last_word(info, entry.line.rest).span(),
        StepMark::Send | StepMark::Expect => entry.line.whole.span(),
    };
    let in_handler = !script.handlers.is_empty() && !info.is_handler();
    let (message, hint) = if in_handler && !info.handler {
        match entry.line.mark {
            StepMark::Expect => (
                "a handler has no `<-`".to_owned(),
                "put it among the steps above the first handler",
            ),
            StepMark::Send | StepMark::Control => (
                format!("a handler has no `{}`", info.words),
                "a handler sends, waits, drops, notes and computes",
            ),
        }
    } else if script.role == Role::Http && !info.http {
        (format!("a request has no `{}`", info.words), OF_HTTP)
    } else if !info.takes(script.role) {
        let who = match script.role {
            Role::Client | Role::Http => "server",
            Role::Server => "client",
        };
        (format!("only a {who} has `{}`", info.words), info.instead)
    } else {
        return None;
    };
    let cure = match info.words {
        // It is expected, where it is not sent.
        "-> HTTP" if hint == info.instead => Cure::from(hint).put_at(entry.line.mark_span(), "<-"),
        _ => Cure::from(hint),
    };
    Some(Diagnostic::error(span, message).hint(cure))
}

/// The last of a step's words, where they stand in `rest`.
fn last_word<'a>(info: &StepInfo, rest: Piece<'a>) -> Piece<'a> {
    let (mut word, mut behind) = rest.word();
    for _ in info.words.split(' ').skip(2) {
        (word, behind) = behind.word();
    }
    word
}

/// What is told of a refinement that cannot refine what stands above it.
pub(super) fn refinement(info: &StepInfo, line: &StepLine<'_>, script: &Script) -> Diagnostic {
    let (word, rest) = line.rest.word();
    if script.role == Role::Http && !info.http {
        let message = format!("a request has no `-- {}`", word.text);
        return Diagnostic::error(word.span(), message).hint(OF_HTTP);
    }
    if !script.handlers.is_empty() && !info.handler {
        let message = format!("a handler has no `-- {}`", word.text);
        let hint = in_handler(word, rest);
        return Diagnostic::error(word.span(), message).hint(hint);
    }
    let mark = info.refines.map_or("<-", Refined::mark);
    let message = format!(
        "`-- {}` refines a `{mark}`, and there is none right above",
        word.text
    );
    let number = rest.word().0;
    let above = script.steps.last().map(|step| &step.action);
    let above = above.filter(|_| script.handlers.is_empty());
    let hint = match (word.text, above) {
        ("times", Some(Action::Common(CommonAction::Send(_)))) => {
            did_you_mean(word, "repeat", rest)
        }
        ("repeat", Some(Action::Expect(_))) => did_you_mean(word, "times", number),
        ("within", Some(Action::Common(CommonAction::Send(_)))) => format!(
            "put it below the `<-` that waits; a pause is {}",
            wait(rest)
        )
        .into(),
        _ => format!("put it below the `{mark}` that it is about").into(),
    };
    Diagnostic::error(word.span(), message).hint(hint)
}

/// What a handler can do instead: it has no `<-`, so none may be asked for below its line.
fn in_handler(word: Piece<'_>, rest: Piece<'_>) -> String {
    match word.text {
        "exact" => {
            r#"say in the pattern which messages are meant, such as `-- on json {"type": "say"}`"#.to_owned()
        }
        "check" => {
            "put it below a `<-` above the first handler: messages that a handler takes are seen there, too; which messages it takes is said by `-- where`".to_owned()
        }
        "within" => format!("it waits for nothing: remove the line; a pause is {}", wait(rest)),
        _ => "it waits for nothing: remove the line".to_owned(),
    }
}

fn wait(rest: Piece<'_>) -> String {
    let time = if rest.is_empty() { "1s" } else { rest.text };
    format!("`-- wait {}`", short(time))
}

fn did_you_mean(typed: Piece<'_>, word: &str, rest: Piece<'_>) -> Cure {
    let number = if rest.is_empty() { "3" } else { rest.text };
    let cure = Cure::from(format!("did you mean `-- {word} {}`?", short(number)));
    if rest.is_empty() {
        cure.put(format!("{word} 3"))
    } else {
        cure.put_at(typed.span(), word)
    }
}
