//! `--` lines that refine the step above: their words, what they take, and which contradict each other.

use std::time::Duration;

use super::arguments::kept_name;
use super::setting::{count, duration};
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::{
    Action, Expect, Expected, Expression, Judgement, Mode, Name, Pattern, Repeat, Setting, Step,
};
use crate::source::Span;

/// Pairs that contradict each other, and why.
const CLASHES: [(&str, &str, &str); 8] = [
    (
        "none",
        "times",
        "no message is waited for, so none can be counted",
    ),
    ("none", "next", "no message is waited for"),
    ("none", "check", "there is no message to check"),
    ("none", "schema", "there is no message to judge"),
    ("none", "save", "there is no message to save from"),
    ("none", "secret", "there is no message to keep from"),
    ("none", "any-order", "no message is waited for"),
    (
        "next",
        "any-order",
        "one asks for the very next message, the other for any order",
    ),
];

/// One refinement, read.
pub(super) enum Refinement {
    Within(Setting<Duration>),
    Next,
    Times(Setting<u64>),
    None(Option<Setting<Duration>>),
    AnyOrder,
    Exact,
    Where(Expression),
    Judgement(Judgement),
    Repeat(Repeat),
}

/// Why two refinements of one step do not go together.
pub(super) fn clash(seen: &[&'static str], word: Piece<'_>, repeated: bool) -> Option<Diagnostic> {
    let new = word.text;
    if !repeated && seen.contains(&new) {
        let message = format!("`-- {new}` a second time");
        return Some(Diagnostic::error(word.span(), message).hint("keep one of the two lines"));
    }
    let (one, other, why) = CLASHES.iter().find(|(one, other, _)| {
        (*one == new && seen.contains(other)) || (*other == new && seen.contains(one))
    })?;
    let above = if *one == new { other } else { one };
    let message = format!("`-- {new}` contradicts `-- {above}` above: {why}");
    Some(Diagnostic::error(word.span(), message).hint("remove one of the two lines"))
}

/// Makes a refinement part of its step.
/// `is_request` is whether it is the step of a request over plain HTTP.
pub(super) fn apply(
    refinement: Refinement,
    step: &mut Step,
    word: Piece<'_>,
    is_request: bool,
) -> Result<(), Unfit> {
    match (&mut step.action, refinement) {
        (Action::Expect(expect), refinement) => return refine(expect, refinement, word),
        (Action::Http { judgements, .. }, Refinement::Judgement(judgement)) => {
            judgements.push(judgement);
        }
        (Action::Http { within, .. }, Refinement::Within(time)) if is_request => {
            *within = Some(time);
        }
        (Action::Http { .. }, _) => {
            let what = if is_request {
                "`<- HTTP`"
            } else {
                "a refused handshake"
            };
            let message = format!("`-- {}` cannot refine {what}", word.text);
            let hint = "it is judged by `-- check`, `-- save` and `-- secret`";
            let error = Diagnostic::error(word.span(), message).hint(hint);
            return Err(Unfit::Told(error));
        }
        _ => return Err(Unfit::Misplaced),
    }
    Ok(())
}

/// Why a refinement cannot refine a step.
pub(super) enum Unfit {
    /// It refines steps of another kind.
    Misplaced,
    /// Something else is wrong.
    Told(Diagnostic),
}

/// The names that a step keeps by `as NAME` and `-- save`.
pub(super) fn kept(step: &Step) -> Vec<&str> {
    let matched = match &step.action {
        Action::Expect(expect) => expect.what.kept().collect(),
        _ => Vec::new(),
    };
    let judged = saved(step.action.judgements());
    matched.into_iter().chain(judged).collect()
}

/// The names behind `-- save` and `-- let`.
pub(super) fn saved<'a>(judgements: impl IntoIterator<Item = &'a Judgement>) -> Vec<&'a str> {
    let name = |judgement: &'a Judgement| Some(judgement.keeps()?.text.as_str());
    judgements.into_iter().filter_map(name).collect()
}

fn refine(expect: &mut Expect, refinement: Refinement, word: Piece<'_>) -> Result<(), Unfit> {
    let message = matches!(expect.what, Expected::Message(Pattern::Body(_)));
    match refinement {
        Refinement::Within(within) => expect.within = Some(within),
        Refinement::Next => {
            let times = std::mem::replace(&mut expect.mode, Mode::None);
            expect.mode = match times {
                Mode::Times(times) | Mode::Next(times) => Mode::Next(times),
                Mode::None => Mode::None,
            };
        }
        Refinement::Times(times) => {
            expect.mode = match expect.mode {
                Mode::Next(_) => Mode::Next(times),
                _ => Mode::Times(times),
            };
        }
        Refinement::None(within) => {
            if within.is_some() {
                expect.within = within;
            }
            expect.mode = Mode::None;
        }
        Refinement::AnyOrder => expect.any_order = true,
        Refinement::Exact if message => expect.exact = true,
        Refinement::Exact => {
            let error = Diagnostic::error(word.span(), "`-- exact` needs a pattern above");
            let error = error.hint("write a FORMAT and a pattern behind `<-`");
            return Err(Unfit::Told(error));
        }
        Refinement::Where(condition) => expect.conditions.push(condition),
        Refinement::Judgement(judgement) => expect.judgements.push(judgement),
        Refinement::Repeat(_) => return Err(Unfit::Misplaced),
    }
    Ok(())
}

/// `within D`
pub(super) fn within(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    duration(word, rest, told).map(Refinement::Within)
}

/// `next`
pub(super) fn next(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    alone(word, rest, Refinement::Next, told)
}

/// `times N`
pub(super) fn times(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    count(word, rest, told).map(Refinement::Times)
}

/// `any-order`
pub(super) fn any_order(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    alone(word, rest, Refinement::AnyOrder, told)
}

/// `exact`
pub(super) fn exact(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    alone(word, rest, Refinement::Exact, told)
}

/// `where E`
pub(super) fn where_(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    condition(word, rest, told).map(Refinement::Where)
}

/// `check E`
pub(super) fn check(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    condition(word, rest, told).map(|check| Refinement::Judgement(Judgement::Check(check)))
}

/// `secret NAME`
pub(super) fn secret(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    if rest.is_empty() {
        let message = "a name is missing";
        told.push(Diagnostic::error(word.span(), message).hint("write `-- secret NAME`"));
        return None;
    }
    let name = keep(kept_name(rest), told)?;
    Some(Refinement::Judgement(Judgement::Secret(name)))
}

fn alone(
    word: Piece<'_>,
    rest: Piece<'_>,
    refinement: Refinement,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    if rest.is_empty() {
        return Some(refinement);
    }
    told.push(surplus(word, rest));
    None
}

/// Something behind a word that takes nothing.
pub(super) fn surplus(word: Piece<'_>, rest: Piece<'_>) -> Diagnostic {
    let message = format!("`-- {}` takes nothing behind it", word.text);
    let cure = Cure::from(format!("write `-- {}` alone", word.text)).put("");
    Diagnostic::error(rest.span(), message).hint(cure)
}

/// `none [within D]`
pub(super) fn none(
    _: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    if rest.is_empty() {
        return Some(Refinement::None(None));
    }
    let (within, time) = rest.word();
    if within.text == "within" {
        return Some(Refinement::None(Some(duration(within, time, told)?)));
    }
    let hint = Cure::from("write `-- none` or `-- none within 1s`").put("");
    told.push(Diagnostic::error(rest.span(), "only `within` can follow `-- none`").hint(hint));
    None
}

/// `repeat N [every D]`
pub(super) fn repeat(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    let (number, rest) = rest.word();
    let times = count(word, number, told);
    let (every, pause) = rest.word();
    let every = match every.text {
        "" => None,
        "every" => Some(duration(every, pause, told)?),
        _ => {
            let hint = "write `-- repeat 10 every 100ms`";
            told.push(
                Diagnostic::error(rest.span(), "only `every` can follow the number").hint(hint),
            );
            return None;
        }
    };
    let times = times?;
    Some(Refinement::Repeat(Repeat { times, every }))
}

/// An expression that is to hold.
fn condition(word: Piece<'_>, rest: Piece<'_>, told: &mut Vec<Diagnostic>) -> Option<Expression> {
    compiled(word, rest, Expression::condition, told)
}

fn expression(word: Piece<'_>, rest: Piece<'_>, told: &mut Vec<Diagnostic>) -> Option<Expression> {
    compiled(word, rest, Expression::compile, told)
}

fn compiled(
    word: Piece<'_>,
    rest: Piece<'_>,
    compile: impl FnOnce(&str, Span) -> Result<Expression, Diagnostic>,
    told: &mut Vec<Diagnostic>,
) -> Option<Expression> {
    if rest.is_empty() {
        let message = format!("an expression is missing behind `-- {}`", word.text);
        let hint = format!("it is jq: `-- {} .price > 0`", word.text);
        told.push(Diagnostic::error(word.span(), message).hint(hint));
        return None;
    }
    match compile(rest.text, rest.span()) {
        Ok(expression) => Some(expression),
        Err(diagnostic) => {
            told.push(diagnostic);
            None
        }
    }
}

/// `save NAME = EXPRESSION`
pub(super) fn save(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    let (name, expression) = assignment("-- save", word, rest, told)?;
    Some(Refinement::Judgement(Judgement::Save { name, expression }))
}

/// `let NAME = EXPRESSION`
pub(super) fn let_(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Refinement> {
    let (name, expression) = assignment("-- let", word, rest, told)?;
    Some(Refinement::Judgement(Judgement::Let { name, expression }))
}

/// `NAME = EXPRESSION` behind `-- save`, `-- let` or `@let`.
pub(super) fn assignment(
    lead: &str,
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<(Name, Expression)> {
    let equals = rest
        .text
        .find('=')
        .filter(|at| !rest.to(*at).text.contains(['.', '(', '$', '|', '"']));
    let Some(equals) = equals else {
        let span = if rest.is_empty() {
            word.span()
        } else {
            rest.span()
        };
        let message = "a name and `=` are missing";
        let hint = format!("write `{lead} NAME = EXPRESSION`");
        told.push(Diagnostic::error(span, message).hint(hint));
        return None;
    };
    let (left, right) = (rest.to(equals).trim(), rest.from(equals + 1).trim());
    let span = Span::new(rest.at + equals, rest.at + equals + 1);
    let name = if left.is_empty() {
        let message = "a name is missing before `=`";
        let hint = format!("write `{lead} NAME = EXPRESSION`");
        told.push(Diagnostic::error(span, message).hint(hint));
        None
    } else {
        keep(kept_name(left), told)
    };
    let expression = if right.is_empty() {
        let message = "an expression is missing behind `=`";
        let example = match word.text {
            "save" => "id = .id",
            _ => "time = now | floor",
        };
        let hint = format!("it is jq: `{lead} {example}`");
        told.push(Diagnostic::error(span, message).hint(hint));
        None
    } else {
        expression(word, right, told)
    };
    Some((name?, expression?))
}

fn keep<T>(read: Result<T, Diagnostic>, told: &mut Vec<Diagnostic>) -> Option<T> {
    read.map_err(|diagnostic| told.push(diagnostic)).ok()
}
