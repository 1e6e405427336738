//! Terms whose every `*`, `+`, interpolation and `try` calls filters of ours. jaq's own know no bound, and its `+` joins no
//! text with bytes.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

/// The filters' names, which cannot be written in a source.
pub(super) const TIMES: &str = "*";
pub(super) const PLUS: &str = "*+";
/// What stands between `try` and what is tried.
pub(super) const TRIED: &str = "*tried";
/// What an interpolation does with each value.
pub(super) const STRING: &str = "*string";
/// The right side of `*=` or `+=`, under a name that cannot be written either.
const RIGHT: &str = "$*";

/// The definition with calls in place of `*`, `+`, `*=`, `+=`, interpolations and what is tried.
pub(super) fn def_with_calls(def: Def<&str>) -> Def<&str> {
    Def {
        body: with_calls(def.body),
        ..def
    }
}

/// The term with the same.
pub(super) fn with_calls(term: Term<&str>) -> Term<&str> {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => term,
        Term::Str(format, parts) => interpolation(format, parts),
        Term::Arr(items) => Term::Arr(items.map(boxed)),
        Term::Obj(members) => {
            let member = |(key, value): (_, Option<_>)| (with_calls(key), value.map(with_calls));
            Term::Obj(members.into_iter().map(member).collect())
        }
        Term::Neg(term) => Term::Neg(boxed(term)),
        Term::BinOp(left, operator, right) => operation(boxed(left), operator, boxed(right)),
        Term::Label(name, term) => Term::Label(name, boxed(term)),
        Term::Fold(kind, source, bound, terms) => {
            Term::Fold(kind, boxed(source), pattern(bound), all(terms))
        }
        Term::TryCatch(term, caught) => {
            let tried = Term::Call(TRIED, vec![with_calls(*term)]);
            Term::TryCatch(Box::new(tried), caught.map(boxed))
        }
        Term::IfThenElse(cases, other) => {
            let case = |(condition, then)| (with_calls(condition), with_calls(then));
            Term::IfThenElse(cases.into_iter().map(case).collect(), other.map(boxed))
        }
        Term::Def(filters, term) => {
            let filters = filters.into_iter().map(def_with_calls);
            Term::Def(filters.collect(), boxed(term))
        }
        Term::Call(name, arguments) => Term::Call(name, all(arguments)),
        Term::Path(term, Path(parts)) => {
            let parts = parts.into_iter().map(|(part, optional)| {
                let part = match part {
                    Part::Index(index) => Part::Index(with_calls(index)),
                    Part::Range(from, to) => Part::Range(from.map(with_calls), to.map(with_calls)),
                };
                (part, optional)
            });
            Term::Path(boxed(term), Path(parts.collect()))
        }
    }
}

fn boxed(mut term: Box<Term<&str>>) -> Box<Term<&str>> {
    *term = with_calls(std::mem::take(&mut *term));
    term
}

fn all(terms: Vec<Term<&str>>) -> Vec<Term<&str>> {
    terms.into_iter().map(with_calls).collect()
}

/// The sum of the parts, the last two first, as jaq has it.
fn interpolation<'s>(
    format: Option<&'s str>,
    parts: Vec<StrPart<&'s str, Term<&'s str>>>,
) -> Term<&'s str> {
    let spelled = |part| match part {
        StrPart::Term(term) => {
            let spell = Term::Call(format.unwrap_or(STRING), Vec::new());
            Term::BinOp(
                Box::new(with_calls(term)),
                BinaryOp::Pipe(None),
                Box::new(spell),
            )
        }
        part => Term::Str(None, vec![part]),
    };
    if !parts.iter().any(|part| matches!(part, StrPart::Term(_))) {
        return Term::Str(format, parts);
    }
    let sum = parts.into_iter().map(spelled).rev();
    sum.reduce(|behind, part| Term::Call(PLUS, vec![part, behind]))
        .unwrap_or_default()
}

/// Whether a term is a number as it stands: a sum with one is no larger than what it is added to.
fn is_number(term: &Term<&str>) -> bool {
    matches!(term, Term::Num(_))
}

fn operation<'s>(
    left: Box<Term<&'s str>>,
    operator: BinaryOp<&'s str>,
    right: Box<Term<&'s str>>,
) -> Term<&'s str> {
    match operator {
        BinaryOp::Math(Math::Mul) => Term::Call(TIMES, vec![*left, *right]),
        BinaryOp::Math(Math::Add) if !is_number(&left) && !is_number(&right) => {
            Term::Call(PLUS, vec![*left, *right])
        }
        BinaryOp::UpdateMath(Math::Mul) => update(left, TIMES, right),
        BinaryOp::UpdateMath(Math::Add) if !is_number(&right) => update(left, PLUS, right),
        BinaryOp::Pipe(bound) => Term::BinOp(left, BinaryOp::Pipe(bound.map(pattern)), right),
        operator => Term::BinOp(left, operator, right),
    }
}

/// jq's manual: `l *= r` is `r as $x | l |= . * $x`.
fn update<'s>(
    left: Box<Term<&'s str>>,
    filter: &'static str,
    right: Box<Term<&'s str>>,
) -> Term<&'s str> {
    let updated = Term::Call(filter, vec![Term::Id, Term::Var(RIGHT)]);
    let update = Term::BinOp(left, BinaryOp::Update, Box::new(updated));
    let bound = BinaryOp::Pipe(Some(Pattern::Var(RIGHT)));
    Term::BinOp(right, bound, Box::new(update))
}

fn pattern(bound: Pattern<&str>) -> Pattern<&str> {
    match bound {
        Pattern::Var(_) => bound,
        Pattern::Arr(items) => Pattern::Arr(items.into_iter().map(pattern).collect()),
        Pattern::Obj(members) => {
            let member = |(key, bound)| (with_calls(key), pattern(bound));
            Pattern::Obj(members.into_iter().map(member).collect())
        }
    }
}
