//! The parts of an expression by their places in its source: conditions that are joined, comparisons and their left
//! sides, what stands behind the last pipe. jaq's own terms do not know where they stand.

use std::ops::Range;

use jaq_core::load;
use jaq_core::load::lex::{Lexer, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Parser, Term};

/// A part of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpressionPart {
    /// Its bytes, without parentheses around it.
    pub(super) range: Range<usize>,
    pub(super) shape: ExpressionShape,
}

/// What a part is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExpressionShape {
    And(Box<ExpressionPart>, Box<ExpressionPart>),
    Or(Box<ExpressionPart>, Box<ExpressionPart>),
    /// A comparison, and the bytes of its left side.
    Comparison {
        left: Range<usize>,
    },
    /// What stands behind the last `|`, or behind definitions.
    Piped(Box<ExpressionPart>),
    Other,
}

/// Parts inside of each other that are told apart.
const MOST_LEVELS: usize = 32;

impl ExpressionPart {
    /// The parts of a source; `None` where it cannot be read.
    pub(super) fn of(source: &str) -> Option<Self> {
        part(source, 0..source.len(), MOST_LEVELS)
    }
}

/// A source as a term.
pub(super) fn term(source: &str) -> Option<Term<&str>> {
    parse(&Lexer::new(source).lex().ok()?)
}

pub(super) fn parse<'s>(tokens: &[Token<&'s str>]) -> Option<Term<&'s str>> {
    Parser::new(tokens).parse(jaq_core::load::Parser::term).ok()
}

fn part(source: &str, range: Range<usize>, levels: usize) -> Option<ExpressionPart> {
    let text = source.get(range.clone())?;
    let start = range.start + (text.len() - text.trim_start().len());
    let range = start..start + text.trim().len();
    let text = text.trim();
    let tokens = Lexer::new(text).lex().ok()?;
    if let [Token(around, Tok::Block(_))] = &tokens[..]
        && around.starts_with('(')
        && levels > 0
    {
        return part(
            source,
            range.start + 1..range.end.checked_sub(1)?,
            levels - 1,
        );
    }
    let whole = parse(&tokens)?;
    let inner = |from: usize, to: usize| {
        let levels = levels.checked_sub(1)?;
        part(source, range.start + from..range.start + to, levels).map(Box::new)
    };
    let joined = |word: &str| {
        let (before, behind) = split(text, &tokens, 0, &[word])?;
        Some((inner(0, before.end)?, inner(behind.start, text.len())?))
    };
    let shape = if let Term::BinOp(_, BinaryOp::And, _) = whole {
        joined("and").map(|(left, right)| ExpressionShape::And(left, right))
    } else if let Term::BinOp(_, BinaryOp::Or, _) = whole {
        joined("or").map(|(left, right)| ExpressionShape::Or(left, right))
    } else if let Term::BinOp(_, BinaryOp::Cmp(_), _) = whole {
        comparison(text, &tokens).map(|left| ExpressionShape::Comparison {
            left: range.start + left.start..range.start + left.end,
        })
    } else {
        behind_pipe(text, &tokens)
            .and_then(|from| inner(from, text.len()))
            .map(ExpressionShape::Piped)
    };
    Some(ExpressionPart {
        range,
        shape: shape.unwrap_or(ExpressionShape::Other),
    })
}

/// Where the term behind the last pipe, or behind the last definition, begins.
fn behind_pipe(text: &str, tokens: &[Token<&str>]) -> Option<usize> {
    let last = tokens
        .iter()
        .rposition(|token| ["|", ";"].contains(&token.0))?;
    parse(tokens.get(last + 1..)?)?;
    Some(load::span(text, tokens.get(last)?.0).end)
}

/// The left side of a comparison. Equalities bind less than the others, and all of them to the left.
fn comparison(text: &str, tokens: &[Token<&str>]) -> Option<Range<usize>> {
    let operators: [&[&str]; 2] = [&["==", "!="], &["<", "<=", ">", ">="]];
    operators.into_iter().find_map(|operators| {
        (0..tokens.len())
            .rev()
            .find_map(|at| Some(split(text, tokens, at, operators)?.0))
    })
}

/// Splits at the first of these operators from a token on that has a term on both sides.
fn split(
    text: &str,
    tokens: &[Token<&str>],
    from: usize,
    operators: &[&str],
) -> Option<(Range<usize>, Range<usize>)> {
    (from..tokens.len()).find_map(|at| {
        let operator = tokens
            .get(at)
            .filter(|token| operators.contains(&token.0))?;
        parse(tokens.get(..at)?)?;
        parse(tokens.get(at + 1..)?)?;
        let operator = load::span(text, operator.0);
        let left = text.get(..operator.start)?.trim_end().len();
        Some((0..left, operator.end..text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each part in brackets.
    fn shown(source: &str) -> String {
        fn show(source: &str, part: &ExpressionPart) -> String {
            let text = |range: &Range<usize>| source.get(range.clone()).unwrap().to_owned();
            match &part.shape {
                ExpressionShape::And(left, right) => {
                    format!("[{} & {}]", show(source, left), show(source, right))
                }
                ExpressionShape::Or(left, right) => {
                    format!("[{} + {}]", show(source, left), show(source, right))
                }
                ExpressionShape::Comparison { left } => {
                    format!("<{}: {}>", text(left), text(&part.range))
                }
                ExpressionShape::Piped(last) => format!("…{}", show(source, last)),
                ExpressionShape::Other => text(&part.range),
            }
        }
        ExpressionPart::of(source).map_or("unread".to_owned(), |part| show(source, &part))
    }

    #[test]
    fn parts_are_told_apart() {
        for (source, parts) in [
            (".a", ".a"),
            (".a == 1", "<.a: .a == 1>"),
            (".a and .b == 2", "[.a & <.b: .b == 2>]"),
            (" (.a or .b) and (.c)", "[[.a + .b] & .c]"),
            (".a and .b or .c and .d", "[[.a & .b] + [.c & .d]]"),
            (".x | .a and .b", "…[.a & .b]"),
            (". as $x | .a == $x", "…<.a: .a == $x>"),
            ("def f: .a; f and .b", "…[f & .b]"),
            (
                "if .a and .b then .c else .d end",
                "if .a and .b then .c else .d end",
            ),
            ("if .a then .b end and .c", "[if .a then .b end & .c]"),
            ("\"a and b\" == .c", "<\"a and b\": \"a and b\" == .c>"),
            (".a > 0 == true", "<.a > 0: .a > 0 == true>"),
            ("all(.a and .b; .c)", "all(.a and .b; .c)"),
            (".a and", "unread"),
        ] {
            assert_eq!(shown(source), parts, "{source}");
        }
    }
}
