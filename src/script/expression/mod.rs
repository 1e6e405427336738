//! jq expressions, by the jaq crates: compiled when the document is parsed, judged when a message matched.
//! Only filters that can reach neither the environment nor files nor the terminal are registered.

mod compile;
mod facts;
mod refused;
mod run;
mod search;
mod times;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jaq_core::ValT as _;
use jaq_json::Val;
use serde::de::IgnoredAny;

use super::pattern::{brief, brief_json};
use super::{Name, Value};
use crate::diagnostic::Diagnostic;
use crate::format::{Format, read_json};
use crate::protocol::{Frame, Handshake};
use crate::source::Span;

/// A compiled expression. Cheap to clone; may be judged on another thread.
#[derive(Clone)]
pub struct Expression {
    /// As written, trimmed.
    pub source: String,
    /// Its place.
    pub span: Span,
    /// The variables that it takes from outside (`$NAME`), with their places. Of `$chat.url` it is `chat.url`, which
    /// means the variable of that name or, where there is none, the member of a value kept as `chat`.
    pub needs: Vec<Name>,
    program: Arc<compile::Program>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Expression")
            .field("source", &self.source)
            .field("span", &self.span)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

/// What an expression looks at. Holds no reference, so that it can go to another thread.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `.`
    pub subject: Subject,
    /// `$elapsed`: since the step began.
    pub elapsed: Duration,
    /// `$handshake`
    pub handshake: Option<Arc<Handshake>>,
    /// What `needs` asks for and has a value; where `needs` says `chat.url`, a value of `chat` will do.
    pub variables: Vec<(String, Value)>,
}

/// What `.` is.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A message or control frame, read as what it is shown.
    Frame(Frame),
    /// A message, read as an expectation's FORMAT says: `<- json` reads `42` as a number.
    Read(Frame, Format),
    /// The opening handshake.
    Handshake(Arc<Handshake>),
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It gave an output, and none was false or null.
    Holds,
    /// It does not hold: what stands behind `✗ EXPRESSION, but ` (`.price is -3`).
    Fails(String),
}

/// What the outputs of a check come to.
enum Outputs {
    Hold,
    Nothing,
    /// An output that is false or null, and how many came before it.
    Bad(String, usize),
}

impl Expression {
    /// Compiles an expression that stands at `span`.
    ///
    /// # Errors
    /// What jq does not understand, at its place.
    pub fn compile(source: &str, span: Span) -> Result<Self, Diagnostic> {
        let indent = source.len() - source.trim_start().len();
        let source = source.trim();
        let start = span.start + indent;
        let span = Span::new(start, start + source.len());
        let (program, needs) = compile::compile(source, span)?;
        Ok(Self {
            source: source.to_owned(),
            span,
            needs,
            program: Arc::new(program),
        })
    }

    /// Whether the expression holds. May run for ever: the caller judges elsewhere and bounds the time.
    #[must_use]
    pub fn judge(&self, facts: &Facts) -> Judged {
        self.judge_until(facts, None)
    }

    /// Whether the expression holds; past `until` it gives up and does not.
    #[must_use]
    pub fn judge_until(&self, facts: &Facts, until: Option<Instant>) -> Judged {
        let outputs = run::run(&self.program, facts, until, |outputs| {
            let mut seen = 0;
            for output in outputs {
                let output = output?;
                if !output.as_bool() {
                    return Ok(Outputs::Bad(output.to_string(), seen));
                }
                seen += 1;
            }
            Ok(if seen == 0 {
                Outputs::Nothing
            } else {
                Outputs::Hold
            })
        });
        match outputs.and_then(|outputs| outputs) {
            Ok(Outputs::Hold) => Judged::Holds,
            Ok(Outputs::Nothing) => Judged::Fails("it gave nothing".to_owned()),
            Ok(Outputs::Bad(output, before)) => Judged::Fails(
                self.left_side(facts, until, before)
                    .unwrap_or_else(|| format!("it gave {output}")),
            ),
            Err(error) => Judged::Fails(brief(&error)),
        }
    }

    /// The first output. May run for ever, as [`Expression::judge`].
    ///
    /// # Errors
    /// A sentence: there was no output, it was null, or the expression failed.
    pub fn value(&self, facts: &Facts) -> Result<Value, String> {
        self.value_until(facts, None)
    }

    /// The first output, if it comes before `until`.
    ///
    /// # Errors
    /// As [`Expression::value`].
    pub fn value_until(&self, facts: &Facts, until: Option<Instant>) -> Result<Value, String> {
        let first = run::run(&self.program, facts, until, |outputs| {
            match outputs.next() {
                None => Err("it gave nothing".to_owned()),
                Some(Ok(Val::Null)) => Err("it gave null".to_owned()),
                Some(Ok(value)) => Ok(value.to_string()),
                Some(Err(error)) => Err(brief(&error)),
            }
        });
        let json = first.and_then(|first| first)?;
        match read_json::<IgnoredAny>(&json) {
            Ok(_) => Ok(Value::Json(json)),
            Err(_) => Err(format!("it gave {}, which is no JSON", brief(&json))),
        }
    }

    /// What the left side of a comparison was that failed for the output behind `before` others.
    fn left_side(&self, facts: &Facts, until: Option<Instant>, before: usize) -> Option<String> {
        let left = compile::left_of_comparison(&self.source)?;
        let (program, _) = compile::compile(left, Span::new(0, left.len())).ok()?;
        let value = run::run(&program, facts, until, |outputs| {
            let mut values = Vec::new();
            for output in outputs.take(before + 1) {
                values.push(output.ok()?);
            }
            // One value on the left may have been compared with several on the right.
            values.last().map(ToString::to_string)
        });
        let value = value.ok().flatten()?;
        Some(format!("{} is {}", brief(left), brief_json(&value)))
    }
}

#[cfg(test)]
mod tests;
