//! What a script's expressions would have saved under secrets' names. What is random or of the clock was another one then.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::Search;
use crate::protocol::Request;
use crate::script::{Expression, Facts, Judgement, Making, Scope, Subject, Surroundings, Value};

/// Bytes that the filters of one may make.
const MOST: usize = 64 << 20;

impl Search<'_> {
    /// What `-- save` and `-- let` lines keep under secrets' names; `None` where `-- save` fails.
    pub(super) fn saved<'a>(
        &self,
        judgements: impl IntoIterator<Item = &'a Judgement>,
        subject: &Subject,
        request: Option<&Arc<Request>>,
        scope: &Scope,
    ) -> Vec<(String, Option<String>)> {
        let mut saved = Vec::new();
        for judgement in judgements {
            let (name, expression, fails) = match judgement {
                Judgement::Save { name, expression } => (name, expression, true),
                Judgement::Let { name, expression } => (name, expression, false),
                _ => continue,
            };
            let facts = facts(expression, subject, request, scope);
            let compiled = expression.clone();
            let value = self.beside(move |until| compiled.value_until(&facts, Some(until)));
            let value = value.and_then(Result::ok);
            if self.reveal.names.contains(&name.text) && (fails || value.is_some()) {
                let text = value.as_ref().map(Value::as_text);
                saved.push((name.text.clone(), text));
            }
            if let Some(value) = value {
                scope.set(name.text.as_str(), value);
            }
        }
        saved
    }

    /// Whether a condition holds; none where that is not known in time.
    pub(super) fn holds(
        &self,
        condition: &Expression,
        subject: &Subject,
        request: Option<&Arc<Request>>,
        scope: &Scope,
    ) -> Option<bool> {
        let facts = facts(condition, subject, request, scope);
        let compiled = condition.clone();
        self.beside(move |until| compiled.holds_until(&facts, Some(until)))
    }

    /// Does it on another thread: what does not stop by itself is left behind.
    fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(Instant) -> T + Send + 'static,
    ) -> Option<T> {
        if Instant::now() >= self.until {
            return None;
        }
        let until = self.until;
        let (told, value) = mpsc::channel();
        thread::spawn(move || told.send(work(until)));
        let left = until.saturating_duration_since(Instant::now());
        value.recv_timeout(left).ok()
    }
}

fn facts(
    expression: &Expression,
    subject: &Subject,
    request: Option<&Arc<Request>>,
    scope: &Scope,
) -> Facts {
    let names = expression.needs.iter().flat_map(|need| {
        let first = need.text.split('.').next().unwrap_or_default();
        [need.text.as_str(), first]
    });
    let variables = names.filter_map(|name| Some((name.to_owned(), scope.get(name)?)));
    Facts {
        subject: subject.clone(),
        wire: None,
        elapsed: Duration::ZERO,
        handshake: None,
        request: request.cloned(),
        variables: variables.collect(),
        around: Surroundings {
            message: Some(subject.clone()),
            ..Surroundings::default()
        },
        making: Making::still(MOST),
    }
}
