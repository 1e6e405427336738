//! Judging: `-- where`, `-- check`, `-- save`, `-- secret`, each bounded in time and beside the session's reading.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::stage::failure;
use super::turn::Turn;
use crate::format::Format;
use crate::protocol::{Failure, Frame, Handshake, Happening};
use crate::script::{Expression, Facts, Judged, Judgement, Name, Subject, Value};

/// The time that an expression has at least, also where its step's time is nearly over when its message arrives.
const GRACE: Duration = Duration::from_millis(250);

/// How long after its time an expression that can still stop itself does, so that one is always told the same.
const MARGIN: Duration = Duration::from_millis(100);

/// What is judged, and until when.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) subject: Subject,
    pub(crate) elapsed: Duration,
    pub(crate) deadline: Instant,
}

impl Case {
    /// A frame that arrived; a message is read as the expectation's format, or as it is shown.
    pub(crate) fn frame(
        frame: &Frame,
        format: Option<Format>,
        elapsed: Duration,
        deadline: Instant,
    ) -> Self {
        let deadline = deadline.max(Instant::now() + GRACE);
        let frame = frame.clone();
        let subject = match format {
            Some(format) => Subject::Read(frame, format),
            None => Subject::Frame(frame),
        };
        Self {
            subject,
            elapsed,
            deadline,
        }
    }

    /// A handshake, accepted or refused.
    pub(crate) fn handshake(
        handshake: Arc<Handshake>,
        elapsed: Duration,
        deadline: Instant,
    ) -> Self {
        let deadline = deadline.max(Instant::now() + GRACE);
        Self {
            subject: Subject::Handshake(handshake),
            elapsed,
            deadline,
        }
    }
}

impl Turn<'_> {
    /// Carries out judgements in order, up to the first that fails.
    pub(crate) async fn judge(&self, judgements: &[Judgement], case: &Case) -> Result<(), Failure> {
        for judgement in judgements {
            match judgement {
                Judgement::Check(expression) => self.check(expression, case).await?,
                Judgement::Save { name, expression } => {
                    let value = self.value(expression, case).await?;
                    self.link.scope.set(&*name.text, value);
                }
                Judgement::Secret(name) => self.hide(name)?,
            }
        }
        Ok(())
    }

    /// Whether all conditions hold.
    pub(crate) async fn meets(
        &self,
        conditions: &[Expression],
        case: &Case,
    ) -> Result<bool, Failure> {
        for condition in conditions {
            let facts = self.facts(condition, case);
            let compiled = condition.clone();
            let judged = beside(case, condition, move |until| {
                compiled.judge_until(&facts, until)
            })
            .await?;
            if judged != Judged::Holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn check(&self, expression: &Expression, case: &Case) -> Result<(), Failure> {
        let facts = self.facts(expression, case);
        let compiled = expression.clone();
        match beside(case, expression, move |until| {
            compiled.judge_until(&facts, until)
        })
        .await?
        {
            Judged::Holds => Ok(()),
            Judged::Fails(but) => Err(failure(
                expression.span,
                format!("{}, but {but}", expression.source),
            )),
        }
    }

    async fn value(&self, expression: &Expression, case: &Case) -> Result<Value, Failure> {
        let facts = self.facts(expression, case);
        let compiled = expression.clone();
        let value = beside(case, expression, move |until| {
            compiled.value_until(&facts, until)
        })
        .await?;
        value.map_err(|why| failure(expression.span, format!("{}, but {why}", expression.source)))
    }

    fn hide(&self, name: &Name) -> Result<(), Failure> {
        let Some(value) = self.link.scope.get(&name.text) else {
            return Err(failure(
                name.span,
                format!("`{}` has no value to hide", name.text),
            ));
        };
        let name = Arc::from(name.text.as_str());
        let value = Arc::from(value.as_text());
        self.stage
            .tell(self.link.who(), Happening::Secret { name, value });
        Ok(())
    }

    fn facts(&self, expression: &Expression, case: &Case) -> Facts {
        let scope = &self.link.scope;
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
            subject: case.subject.clone(),
            elapsed: case.elapsed,
            handshake: self.link.handshake(),
            variables,
        }
    }
}

/// Runs an expression on another thread, so that reading goes on meanwhile, up to the deadline. One that does not stop
/// by itself then is left behind.
async fn beside<T: Send + 'static>(
    case: &Case,
    expression: &Expression,
    work: impl FnOnce(Option<std::time::Instant>) -> T + Send + 'static,
) -> Result<T, Failure> {
    let until = (case.deadline + MARGIN).into_std();
    match timeout_at(case.deadline, spawn_blocking(move || work(Some(until)))).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(failure(
            expression.span,
            format!("{}, but it could not be evaluated", expression.source),
        )),
        Err(_) => {
            let reason = format!(
                "{}, but it did not finish within its step's time",
                expression.source
            );
            Err(failure(expression.span, reason))
        }
    }
}
