//! What is not a condition: a constant, an assignment, and whatever else is neither false nor null for any message. A check
//! of it would always hold, and look as if it checked something.

use std::ops::Range;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{self, Opt, Path};

use super::compile::on_its_stack;
use super::refused::at;
use super::split::{ExpressionPart, ExpressionShape, term};
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::pattern::brief;
use crate::source::Span;

/// Filters without arguments that give the same whatever comes in.
const CONSTANTS: [&str; 5] = ["true", "false", "null", "nan", "infinite"];
/// Filters that depend on something else than what comes in, or give nothing.
const OTHERS: [&str; 4] = ["now", "empty", "error", "input_line_number"];
/// Filters that never give false or null.
const NEVER_FALSE: [&str; 5] = ["length", "utf8bytelength", "type", "tostring", "tojson"];

/// What is wrong with an expression as a condition. It was compiled before.
pub(super) fn problem(source: &str, span: Span) -> Option<Diagnostic> {
    let judged = on_its_stack(source, || {
        let whole = ExpressionPart::of(source)?;
        let (what, place) = judge(source, &whole, true).err()?;
        Some(told(&what, source, place, span))
    });
    judged.ok().flatten()
}

/// Why a part of an expression is not a condition.
enum Wrong {
    Assigns,
    Constant,
    /// With what compares it, where there is one such thing.
    NeverFalse(&'static str, Option<&'static str>),
}

fn told(what: &Wrong, source: &str, place: Range<usize>, span: Span) -> Diagnostic {
    let whole = place.len() == source.len();
    let part = source.get(place).unwrap_or(source);
    let shown = brief(part);
    let (message, hint) = match what {
        Wrong::Assigns => {
            let compared = comparison(part);
            let shorter = compared
                .as_ref()
                .map_or("==".to_owned(), |cure| brief(cure));
            let cure = Cure::from(format!("did you mean `{shorter}`?"));
            (
                format!("`{shown}` assigns, and is never false"),
                compared.into_iter().fold(cure, Cure::put),
            )
        }
        Wrong::Constant => (
            format!("`{shown}` is a constant: it says nothing about the message"),
            if whole {
                let (from, to) = match term(part) {
                    Some(Term::BinOp(..)) => ("(", ")"),
                    _ => ("", ""),
                };
                let compared = format!("`. == {from}{shown}{to}`");
                Cure::from(format!("compare something with it: {compared}"))
                    .put(format!(". == {from}{part}{to}"))
            } else {
                format!("each side is a condition of its own: write `… == {shown}`").into()
            },
        ),
        Wrong::NeverFalse(hint, compared) => {
            let compared = compared.map(|compared| {
                if whole {
                    format!("{part}{compared}")
                } else {
                    format!("({part}{compared})")
                }
            });
            (
                format!("`{shown}` is never false or null"),
                compared.into_iter().fold(Cure::from(*hint), Cure::put),
            )
        }
    };
    at(part, source, span, message).hint(hint)
}

/// The comparison that an assignment was meant to be, where it is a plain one.
fn comparison(source: &str) -> Option<String> {
    let (left, right) = source.split_once('=')?;
    let left = left.strip_suffix('|').unwrap_or(left);
    let plain = !left.ends_with(['|', '+', '-', '*', '/', '%', '!', '<', '>']);
    (plain && !right.starts_with('=')).then(|| format!("{left}=={right}"))
}

/// Judges a part that must be true. `always`: it is reached whatever the message, and not for each of some values that
/// may be none.
fn judge(source: &str, part: &ExpressionPart, always: bool) -> Result<(), (Wrong, Range<usize>)> {
    let Some(term) = source.get(part.range.clone()).and_then(term) else {
        return Ok(());
    };
    let wrong = |what| Err((what, part.range.clone()));
    if always && !depends(&term, true) {
        return wrong(Wrong::Constant);
    }
    match &part.shape {
        ExpressionShape::And(left, right) | ExpressionShape::Or(left, right) => {
            judge(source, left, always)?;
            judge(source, right, always)
        }
        ExpressionShape::Piped(last) => {
            let one = matches!(&term, Term::BinOp(left, BinaryOp::Pipe(_), _) if gives_one(left));
            judge(source, last, always && one)
        }
        ExpressionShape::Comparison { .. } => Ok(()),
        ExpressionShape::Other => judge_term(&term, always).or_else(wrong),
    }
}

fn judge_term(term: &Term<&str>, always: bool) -> Result<(), Wrong> {
    match term {
        Term::BinOp(left, operator, right) => operation(left, operator, right, always),
        Term::Arr(_) if always => Err(Wrong::NeverFalse(
            "an array is true, also an empty one: write `[…] | length > 0`, or `any(…)`",
            Some(" | length > 0"),
        )),
        Term::Obj(_) if always => Err(Wrong::NeverFalse(
            "an object is true, whatever is in it: compare it, or its members",
            None,
        )),
        Term::Str(..) if always => Err(Wrong::NeverFalse(
            "a string is true, whatever is in it: compare it",
            None,
        )),
        Term::Call(name, arguments) => match arguments.last() {
            Some(condition) if ["select", "any", "all"].contains(name) => {
                judge_term(condition, false)
            }
            None if always && NEVER_FALSE.contains(name) => Err(Wrong::NeverFalse(
                "compare what it gives, as in `length > 0`: 0 and the empty string are true",
                name.ends_with("length").then_some(" > 0"),
            )),
            _ => Ok(()),
        },
        Term::IfThenElse(cases, other) => {
            for (condition, then) in cases {
                judge_term(condition, false)?;
                judge_term(then, false)?;
            }
            other
                .as_ref()
                .map_or(Ok(()), |other| judge_term(other, false))
        }
        Term::TryCatch(term, _) | Term::Def(_, term) | Term::Label(_, term) => {
            judge_term(term, false)
        }
        _ => Ok(()),
    }
}

fn operation(
    left: &Term<&str>,
    operator: &BinaryOp<&str>,
    right: &Term<&str>,
    always: bool,
) -> Result<(), Wrong> {
    match operator {
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
            Err(Wrong::Assigns)
        }
        BinaryOp::And | BinaryOp::Or | BinaryOp::Comma => {
            judge_term(left, always)?;
            judge_term(right, always)
        }
        BinaryOp::Pipe(_) => judge_term(right, always && gives_one(left)),
        // Where the left side is false or null, the right side is what counts.
        BinaryOp::Alt if always && !depends(right, true) && !is_false(right) => {
            Err(Wrong::NeverFalse(
                "what stands behind `//` is true: compare all of it, as in `(.a // 0) > 0`",
                None,
            ))
        }
        BinaryOp::Alt => judge_term(right, false),
        BinaryOp::Cmp(_) | BinaryOp::Math(_) => Ok(()),
    }
}

fn is_false(term: &Term<&str>) -> bool {
    matches!(term, Term::Call(name, _) if ["false", "null", "empty"].contains(name))
}

/// Whether a term gives exactly one value, or fails.
fn gives_one(term: &Term<&str>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(_) => true,
        Term::Path(of, Path(parts)) => {
            let one = |(part, optional): &(path::Part<Term<&str>>, Opt)| {
                matches!(part, path::Part::Index(index) if gives_one(index) || is_text(index))
                    && matches!(optional, Opt::Essential)
            };
            gives_one(of) && parts.iter().all(one)
        }
        Term::BinOp(left, operator, right) => {
            matches!(
                operator,
                BinaryOp::Cmp(_) | BinaryOp::Math(_) | BinaryOp::Pipe(None)
            ) && gives_one(left)
                && gives_one(right)
        }
        Term::Call(name, arguments) => arguments.is_empty() && NEVER_FALSE.contains(name),
        term => is_text(term),
    }
}

fn is_text(term: &Term<&str>) -> bool {
    matches!(term, Term::Str(None, parts) if !parts.iter().any(|part| matches!(part, StrPart::Term(_))))
}

/// Whether what a term gives depends on the message or a variable; `input`: whether what comes into it does. Where that
/// is hard to tell, it does.
fn depends(term: &Term<&str>, input: bool) -> bool {
    let any = |terms: &mut dyn Iterator<Item = &Term<&str>>| {
        for term in terms {
            if depends(term, input) {
                return true;
            }
        }
        false
    };
    match term {
        Term::Id | Term::Recurse => input,
        Term::Num(_) => false,
        Term::Str(_, parts) => any(&mut parts.iter().filter_map(|part| match part {
            StrPart::Term(term) => Some(term),
            StrPart::Str(_) | StrPart::Char(_) => None,
        })),
        Term::Arr(items) => any(&mut items.iter().map(|items| &**items)),
        Term::Obj(members) => members.iter().any(|(key, value)| match value {
            Some(value) => depends(key, input) || depends(value, input),
            // `{a}` is `{a: .a}`.
            None => input,
        }),
        Term::Neg(term) => depends(term, input),
        Term::BinOp(left, BinaryOp::Pipe(None), right) => {
            depends(left, input) || depends(right, false)
        }
        Term::BinOp(left, operator, right) => {
            matches!(operator, BinaryOp::Pipe(Some(_)))
                || depends(left, input)
                || depends(right, input)
        }
        Term::IfThenElse(cases, other) => {
            let cases = cases.iter().flat_map(|(condition, then)| [condition, then]);
            any(&mut cases.chain(other.as_deref()))
        }
        Term::TryCatch(term, caught) => any(&mut [&**term].into_iter().chain(caught.as_deref())),
        Term::Call(name, arguments) => {
            !CONSTANTS.contains(name)
                && (input || OTHERS.contains(name) || any(&mut arguments.iter()))
        }
        Term::Path(of, Path(parts)) => {
            let inside = parts.iter().flat_map(|(part, _)| match part {
                path::Part::Index(index) => [Some(index), None],
                path::Part::Range(from, to) => [from.as_ref(), to.as_ref()],
            });
            any(&mut [&**of].into_iter().chain(inside.flatten()))
        }
        Term::Label(..) | Term::Break(_) | Term::Fold(..) | Term::Def(..) | Term::Var(_) => true,
    }
}
