//! jq expressions, by the jaq crates: compiled when the document is parsed, judged when a message matched.
//! Only filters that can reach neither the environment nor files nor the terminal are registered.

mod blame;
mod bounded;
mod bytes;
mod compile;
mod condition;
mod digests;
mod encodings;
mod facts;
mod filters;
mod machine;
mod making;
mod ours;
mod packing;
mod place;
mod refused;
mod run;
mod search;
mod spelled;
mod split;
mod times;
mod written;

pub use making::Making;
pub use ours::{FILTERS, Filter};

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
use crate::protocol::{Frame, Handshake, JsonStep, Request};
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
    /// What it asks for besides (`$text`, `$previous`, `$index`), without `$`, with the places.
    pub asks: Vec<Name>,
    program: Arc<machine::Program>,
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
    /// Of a message that came compressed: how many bytes its payload had on the wire (`$wire`, else the payload's size).
    pub wire: Option<usize>,
    /// `$elapsed`: since the step began.
    pub elapsed: Duration,
    /// `$handshake`
    pub handshake: Option<Arc<Handshake>>,
    /// `$request`
    pub request: Option<Arc<Request>>,
    /// What `needs` asks for and has a value; where `needs` says `chat.url`, a value of `chat` will do.
    pub variables: Vec<(String, Value)>,
    /// What values are made with.
    pub making: Making,
    /// What it may ask for besides.
    pub around: Surroundings,
}

/// What is around an expression, as placeholders have it; null where there is none.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `$previous`: what the same step matched before.
    pub previous: Option<Subject>,
    /// `$message`: what a handler handles.
    pub message: Option<Subject>,
    /// `$client`
    pub client: Option<String>,
    /// `$clientCount`
    pub client_count: Option<usize>,
    /// `$index`
    pub index: Option<u64>,
    /// `$instance`; `None` where a block runs once.
    pub instance: Option<u64>,
}

/// What `.` is.
#[derive(Clone, Debug)]
pub enum Subject {
    /// Null: there is no message.
    Nothing,
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
    /// It does not hold.
    Fails {
        /// What stands behind `✗ EXPRESSION, but ` (`.price is -3`).
        why: String,
        /// The place of the part that does not hold: one side of an `and`, say.
        place: Span,
    },
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
        let (program, needs, asks) = compile::compile(source, span)?;
        Ok(Self {
            source: source.to_owned(),
            span,
            needs,
            asks,
            program: Arc::new(program),
        })
    }

    /// Compiles a condition: an expression that is false for some message.
    ///
    /// # Errors
    /// What jq does not understand; an assignment, a constant, and what is never false, with what to write instead.
    pub fn condition(source: &str, span: Span) -> Result<Self, Diagnostic> {
        let expression = Self::compile(source, span)?;
        match condition::problem(&expression.source, expression.span) {
            Some(problem) => Err(problem),
            None => Ok(expression),
        }
    }

    /// Whether it asks for random values, so that it takes a seed.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.program.draws
    }

    /// The tokens (RFC 7519) in a value that it gave, where it makes some: each of them lets somebody in.
    #[must_use]
    pub fn tokens(&self, value: &Value) -> Vec<String> {
        if !self.program.signs {
            return Vec::new();
        }
        let text = value.as_text();
        let is_part = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        // `eyJ` is the base64url of `{\"`.
        let is_token = |piece: &&str| piece.starts_with("eyJ") && piece.matches('.').count() == 2;
        let pieces = text.split(|c| !is_part(c)).filter(is_token);
        pieces.map(str::to_owned).collect()
    }

    /// The same, all of whose places are one: it stands in another part of the document.
    #[must_use]
    pub fn moved(mut self, place: Span) -> Self {
        self.span = place;
        for name in self.needs.iter_mut().chain(&mut self.asks) {
            name.span = place;
        }
        self
    }

    /// Whether it asks for what is another in each run, whatever it is given: the clock, random values, a duration.
    #[must_use]
    pub fn varies(&self) -> bool {
        let mut asks = self.asks.iter();
        self.program.varies || asks.any(|name| ["elapsed", "handshake"].contains(&&*name.text))
    }

    /// Whether it asks for something besides variables.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        self.asks.iter().any(|asked| asked.text == name)
    }

    /// Whether the expression holds, and why not. May run for ever: the caller judges elsewhere and bounds the time.
    #[must_use]
    pub fn judge(&self, facts: &Facts) -> Judged {
        self.judge_until(facts, None)
    }

    /// Whether the expression holds, and why not; past `until` it gives up and does not.
    #[must_use]
    pub fn judge_until(&self, facts: &Facts, until: Option<Instant>) -> Judged {
        let fails = |why: String| Judged::Fails {
            why,
            place: self.span,
        };
        match self.outputs(facts, until) {
            Ok(Outputs::Hold) => Judged::Holds,
            Ok(Outputs::Nothing) => fails("it gave nothing".to_owned()),
            Ok(Outputs::Bad(output, before)) => {
                match blame::blame(&self.source, facts, until, before) {
                    Some(blame) => Judged::Fails {
                        why: blame.why,
                        place: Span::from(blame.place).shift(self.span.start),
                    },
                    None => fails(format!("it gave {output}")),
                }
            }
            Err(error) => fails(brief(&error)),
        }
    }

    /// Whether the expression holds: the same as [`Expression::judge_until`], for less.
    #[must_use]
    pub fn holds_until(&self, facts: &Facts, until: Option<Instant>) -> bool {
        matches!(self.outputs(facts, until), Ok(Outputs::Hold))
    }

    fn outputs(&self, facts: &Facts, until: Option<Instant>) -> Result<Outputs, String> {
        run::run(&self.program, facts, until, |outputs| {
            let mut seen = 0;
            for output in outputs {
                let output = output?;
                if !output.as_bool() {
                    return Ok(Outputs::Bad(
                        written::told(&output, facts.making.most_joined()),
                        seen,
                    ));
                }
                seen += 1;
            }
            Ok(if seen == 0 {
                Outputs::Nothing
            } else {
                Outputs::Hold
            })
        })
        .and_then(|outputs| outputs)
    }

    /// The first output. May run for ever, as [`Expression::judge`].
    ///
    /// # Errors
    /// What stands behind the expression in a sentence: `gives nothing`, `is null`, or why it failed.
    pub fn value(&self, facts: &Facts) -> Result<Value, String> {
        self.value_until(facts, None)
    }

    /// The first output, if it comes before `until`.
    ///
    /// # Errors
    /// As [`Expression::value`].
    pub fn value_until(&self, facts: &Facts, until: Option<Instant>) -> Result<Value, String> {
        let most = facts.making.most_joined();
        let first = run::run(&self.program, facts, until, |outputs| {
            match outputs.next() {
                Some(Ok(Val::Null)) => Err(blame::is_null(&self.source, facts)),
                output => kept(output, most),
            }
        });
        first.unwrap_or_else(|bound| Err(format!("fails: {bound}")))
    }

    /// The first output, null too, if it comes before `until`.
    ///
    /// # Errors
    /// As [`Expression::value`].
    pub fn output_until(&self, facts: &Facts, until: Option<Instant>) -> Result<Value, String> {
        let most = facts.making.most_joined();
        let first = run::run(&self.program, facts, until, |outputs| {
            kept(outputs.next(), most)
        });
        first.unwrap_or_else(|bound| Err(format!("fails: {bound}")))
    }

    /// The path to the first output, where that is a part of `.`; never of what is computed.
    fn path_until(&self, facts: &Facts, until: Option<Instant>) -> Option<Vec<JsonStep>> {
        let source = format!("path({})", self.source);
        let (program, ..) = compile::compile(&source, Span::new(0, source.len())).ok()?;
        let most = facts.making.most_joined();
        let path = run::run(&program, facts, until, |outputs| match outputs.next() {
            Some(Ok(path)) => written::whole(&path, most),
            _ => None,
        });
        let steps: Vec<serde_json::Value> = read_json(&path.ok()??).ok()?;
        let step = |step: &serde_json::Value| match step {
            serde_json::Value::String(key) => Some(JsonStep::Key(key.clone())),
            step => step
                .as_u64()
                .and_then(|at| usize::try_from(at).ok())
                .map(JsonStep::Index),
        };
        steps.iter().map(step).collect()
    }
}

/// The value that is kept of an output: bytes as bytes, all else as JSON.
fn kept(output: Option<Result<Val, String>>, most: usize) -> Result<Value, String> {
    let json = match output {
        None => return Err("gives nothing".to_owned()),
        Some(Ok(Val::BStr(bytes))) => return Ok(Value::Bytes((*bytes).clone())),
        Some(Ok(value)) => {
            let too_large = || format!("is larger than {} MiB", most >> 20);
            written::whole(&value, most).ok_or_else(too_large)?
        }
        Some(Err(error)) => return Err(format!("fails: {}", brief(&error))),
    };
    match read_json::<IgnoredAny>(&json) {
        Ok(_) => Ok(Value::Json(json)),
        Err(_) => Err(format!("is {}, which is not valid JSON", brief(&json))),
    }
}

#[cfg(test)]
mod tests;
