//! Judging: `-- where`, `-- check`, `-- schema`, `-- let`, `-- save`, `-- secret`, each bounded in time and beside the session's reading.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::context::failure;
use super::judged_subject::JudgedSubject;
use super::step_context::StepContext;
use crate::protocol::{Failure, Frame};
use crate::script::{
    Expression, Facts, Judged, Judgement, Making, Name, Subject, Surroundings, Value, brief,
};
use crate::source::Span;

/// The time that an expression has at least, also where its step's time is nearly over when its message arrives.
const GRACE: Duration = Duration::from_millis(250);

/// How long after its time an expression that can still stop itself does, so that one is always told the same.
const MARGIN: Duration = Duration::from_millis(100);

/// Carries out judgements in order, also those below one that fails: all that fail are told. What needs a value that
/// could not be saved is left out, as it would say the same again.
pub(crate) async fn judge<'a>(
    context: StepContext<'_>,
    judgements: impl IntoIterator<Item = &'a Judgement>,
    judged: &JudgedSubject,
) -> Result<(), Failure> {
    let mut failures = Vec::new();
    let mut unsaved: Vec<&str> = Vec::new();
    for judgement in judgements {
        let lacks = |expression: &Expression| {
            let name = |need: &Name| need.text.split('.').next().unwrap_or_default().to_owned();
            let mut needs = expression.needs.iter().map(name);
            needs.any(|name| unsaved.contains(&name.as_str()))
        };
        let result = match judgement {
            Judgement::Check(expression) if lacks(expression) => Ok(()),
            Judgement::Check(expression) => check(context, expression, judged).await,
            Judgement::Save { name, expression } if lacks(expression) => {
                unsaved.push(&name.text);
                Ok(())
            }
            Judgement::Save { name, expression } => {
                let saved = save(context, name, expression, judged).await;
                if saved.is_err() {
                    unsaved.push(&name.text);
                }
                saved
            }
            Judgement::Let { name, expression } if lacks(expression) => {
                unsaved.push(&name.text);
                Ok(())
            }
            Judgement::Let { name, expression } => {
                // Below a `<-` it is a step, and looks at no message.
                let computed = match context.subject {
                    Some(_) => compute(context, name, expression, judged).await,
                    None => compute(context, name, expression, &judged.without_message()).await,
                };
                if computed.is_err() {
                    unsaved.push(&name.text);
                }
                computed
            }
            Judgement::Secret(name) if unsaved.contains(&name.text.as_str()) => Ok(()),
            Judgement::Secret(name) => hide(context, name),
            Judgement::Schema(path) => valid(context, path, judged).await,
        };
        failures.extend(result.err());
    }
    Failure::first(failures)
}

/// Whether all conditions hold.
pub(crate) async fn meets(
    context: StepContext<'_>,
    conditions: &[Expression],
    judged: &JudgedSubject,
) -> Result<bool, Failure> {
    for condition in conditions {
        let facts = facts(context, condition, judged);
        let compiled = condition.clone();
        let holds = beside(judged, condition, move |until| {
            compiled.holds_until(&facts, until)
        });
        if !holds.await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first condition that does not hold, and why: `.n > 3, but .n is 1`.
pub(super) async fn unmet(
    context: StepContext<'_>,
    conditions: &[Expression],
    judged: &JudgedSubject,
) -> Option<Failure> {
    for condition in conditions {
        if let Err(failure) = check(context, condition, judged).await {
            return Some(failure);
        }
    }
    None
}

async fn check(
    context: StepContext<'_>,
    expression: &Expression,
    judged: &JudgedSubject,
) -> Result<(), Failure> {
    let facts = facts(context, expression, judged);
    let compiled = expression.clone();
    match beside(judged, expression, move |until| {
        compiled.judge_until(&facts, until)
    })
    .await?
    {
        Judged::Holds => Ok(()),
        Judged::Fails { why, place } => {
            Err(failure(place, format!("{}, but {why}", expression.source)))
        }
    }
}

/// Whether a message is valid by the schema at a path.
async fn valid(
    context: StepContext<'_>,
    path: &Name,
    judged: &JudgedSubject,
) -> Result<(), Failure> {
    let invalid = |why| {
        let reason = format!("the message is not valid by `{}`: {why}", path.text);
        failure(path.span, reason)
    };
    let message = match &judged.subject {
        Subject::Frame(frame) | Subject::Read(frame, _) => Some(frame.content()),
        _ => None,
    };
    let Some(Frame::Text(json)) = message else {
        return Err(invalid("it is not JSON".to_owned()));
    };
    let json = json.as_str().to_owned();
    let schemas = context.block.options.schemas.clone();
    let name = path.text.clone();
    let source = format!("-- schema {name}");
    let work = move |until: std::time::Instant| schemas.check(&name, json, until);
    match bounded(judged, path.span, &source, work).await? {
        Some(verdict) => verdict.map_err(invalid),
        None => Err(unfinished(path.span, &source)),
    }
}

/// Computes a value and keeps it, null too.
pub(super) async fn compute(
    context: StepContext<'_>,
    name: &Name,
    expression: &Expression,
    judged: &JudgedSubject,
) -> Result<(), Failure> {
    let facts = facts(context, expression, judged);
    let other = judged.in_another_run().map(|subject| {
        let mut other = facts.clone();
        other.around.message = Some(subject.clone());
        other.subject = subject;
        other
    });
    let compiled = expression.clone();
    let value = beside(judged, expression, move |until| {
        let value = compiled.output_until(&facts, until)?;
        let again = other.map(|other| compiled.output_until(&other, until));
        let same = again.is_none_or(|again| again.as_ref() == Ok(&value));
        Ok((value, same))
    })
    .await?;
    let source = brief(&expression.source);
    let uncomputed = |why| format!("{} has no value: {source} {why}", name.text);
    let (value, same) = value.map_err(|why: String| failure(expression.span, uncomputed(why)))?;
    let varies = |need: &Name| {
        let first = need.text.split('.').next().unwrap_or_default();
        context.scope.varies(&need.text) || context.scope.varies(first)
    };
    let steady = same
        && !expression.varies()
        && !expression.asks_for("previous")
        && !expression.needs.iter().any(varies);
    tell_tokens(context, name, expression, &value);
    let who = context.connection.who();
    let block = context.block;
    block.keep_computed(who, context.scope, &name.text, value, steady);
    Ok(())
}

async fn save(
    context: StepContext<'_>,
    name: &Name,
    expression: &Expression,
    judged: &JudgedSubject,
) -> Result<(), Failure> {
    let facts = facts(context, expression, judged);
    let compiled = expression.clone();
    let value = beside(judged, expression, move |until| {
        let value = compiled.value_until(&facts, until)?;
        Ok((value, compiled.place_until(&facts, until)))
    })
    .await?;
    let source = brief(&expression.source);
    let unsaved = |why| format!("nothing to save as {}: {source} {why}", name.text);
    let (value, place) = value.map_err(|why: String| failure(expression.span, unsaved(why)))?;
    tell_tokens(context, name, expression, &value);
    let who = context.connection.who();
    context.block.keep(who, context.scope, &name.text, value);
    // Where it stands in the message it may be another one in the next run.
    if let Some(number) = judged.number {
        (context.block).tell_open(who, number, place.map(Arc::new));
    }
    Ok(())
}

/// A token that was signed is a secret.
fn tell_tokens(context: StepContext<'_>, name: &Name, expression: &Expression, value: &Value) {
    let who = context.connection.who();
    for token in expression.tokens(value) {
        (context.block).tell_secret(who, &name.text, &Value::Text(token));
    }
}

fn hide(context: StepContext<'_>, name: &Name) -> Result<(), Failure> {
    let Some(value) = context.scope.get(&name.text) else {
        return Err(failure(
            name.span,
            format!("`{}` has no value to hide", name.text),
        ));
    };
    let who = context.connection.who();
    context.block.tell_secret(who, &name.text, &value);
    Ok(())
}

fn facts(context: StepContext<'_>, expression: &Expression, judged: &JudgedSubject) -> Facts {
    let scope = context.scope;
    let mut variables = Vec::new();
    for need in &expression.needs {
        // `$a.b` may be the variable `a.b`, or a member of the variable `a`.
        let first = need.text.split('.').next().unwrap_or_default();
        for name in [need.text.as_str(), first] {
            if let Some(value) = scope.get(name) {
                variables.push((name.to_owned(), value));
            }
        }
    }
    Facts {
        subject: judged.subject.clone(),
        wire: judged.wire,
        elapsed: judged.elapsed,
        handshake: context.connection.handshake(),
        request: context.connection.request().cloned(),
        variables,
        around: Surroundings {
            previous: judged.previous.clone(),
            ..context.surroundings()
        },
        making: making(context, expression),
    }
}

fn making(context: StepContext<'_>, expression: &Expression) -> Making {
    let block = context.block;
    let mut generator = block.environment.generator.borrow_mut();
    // What draws nothing leaves the values that others draw as they are.
    let seed = if expression.draws() {
        generator.random.u64(..)
    } else {
        0
    };
    Making {
        limit: block.options.max_message,
        now: generator.clock.now(),
        seed,
    }
}

/// Runs an expression on another thread, so that reading goes on meanwhile, up to the deadline. One that does not stop
/// by itself then is left behind. Each has some time, also behind one that took all.
async fn beside<T: Send + 'static>(
    judged: &JudgedSubject,
    expression: &Expression,
    work: impl FnOnce(Option<std::time::Instant>) -> T + Send + 'static,
) -> Result<T, Failure> {
    let work = move |until| work(Some(until));
    bounded(judged, expression.span, &expression.source, work).await
}

async fn bounded<T: Send + 'static>(
    judged: &JudgedSubject,
    span: Span,
    source: &str,
    work: impl FnOnce(std::time::Instant) -> T + Send + 'static,
) -> Result<T, Failure> {
    let deadline = judged.deadline.max(Instant::now() + GRACE);
    let until = (deadline + MARGIN).into_std();
    match timeout_at(deadline, spawn_blocking(move || work(until))).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(failure(
            span,
            format!("{source}, but it could not be evaluated"),
        )),
        Err(_) => Err(unfinished(span, source)),
    }
}

fn unfinished(span: Span, source: &str) -> Failure {
    let reason = format!("{source}, but it did not finish within its step's time");
    failure(span, reason)
}
