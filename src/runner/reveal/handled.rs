//! What handlers would have made secret of the messages and requests that came, had they got to it.

use std::sync::Arc;

use super::Search;
use super::observed::{ObservedConnection, ObservedMessage};
use crate::interpreter::judged_subject::format_of;
use crate::protocol::{Frame, Request};
use crate::script::{
    Choice, CommonAction, Handler, MatchVerdict, Pattern, Reading, Role, Scope, Subject, Trigger,
};

impl Search<'_> {
    /// Each message is one handler's: the first's that takes it.
    pub(super) fn handlers(&mut self, connection: &ObservedConnection<'_>, who: Option<&Arc<str>>) {
        let script = &self.reveal.script;
        if script.handlers.is_empty() {
            return;
        }
        let concerns = |handler: &&Handler| {
            script.role == Role::Server
                || handler
                    .who
                    .as_ref()
                    .is_none_or(|name| who.is_some_and(|who| name.text == **who))
        };
        for message in &connection.came {
            let empty = Frame::Text("".into());
            let reading = Reading::new(message.frame.unwrap_or(&empty).clone());
            let mut handlers = script.handlers.iter().filter(concerns);
            let _ = handlers.any(|handler| self.takes(handler, message, &reading));
        }
    }

    /// Whether a handler takes a message; what it keeps of it is found.
    fn takes(
        &mut self,
        handler: &Handler,
        message: &ObservedMessage<'_>,
        reading: &Reading,
    ) -> bool {
        let (pattern, request) = match (&handler.trigger, &message.request) {
            (Trigger::Message(pattern), None) => (pattern, None),
            (Trigger::Request { method, path, body }, Some(request))
                if *method == request.method =>
            {
                let Some(params) = path.matches(&request.path) else {
                    return false;
                };
                let mut request = request.clone();
                request.params = params;
                (body, Some(Arc::new(request)))
            }
            _ => return false,
        };
        let kept = match self.filled(pattern, false) {
            Some(matcher) => match matcher.test(reading) {
                MatchVerdict::Match(kept) => kept,
                MatchVerdict::Miss(_) => return false,
            },
            // What it would match is not known.
            None => Vec::new(),
        };
        let scope = Scope::over(&self.reveal.scope);
        for (name, value) in &kept {
            scope.set(name.as_str(), value.clone());
        }
        let subject = subject(pattern, message);
        let request = request.as_ref();
        let Some(chosen) = self.chosen(handler, &subject, request, &scope) else {
            return false;
        };
        self.keep(kept, 1);
        let judgements = handler.steps.iter().filter_map(|step| match &step.action {
            CommonAction::Judge(judgement) => Some(judgement),
            _ => None,
        });
        let mut saved = chosen;
        saved.extend(self.saved(judgements, &subject, request, &scope));
        for (name, value) in saved {
            match value {
                Some(value) => self.found.push((name, value)),
                None => self.somewhere(&name, reading),
            }
        }
        true
    }

    /// What its choice saves under secrets' names; `None` where it does not take the message.
    fn chosen(
        &self,
        handler: &Handler,
        subject: &Subject,
        request: Option<&Arc<Request>>,
        scope: &Scope,
    ) -> Option<Vec<(String, Option<String>)>> {
        let mut saved = Vec::new();
        for choice in &handler.choice {
            match choice {
                Choice::Compute(judgement) => {
                    saved.extend(self.saved([judgement], subject, request, scope));
                }
                Choice::Where(condition) => {
                    if self.holds(condition, subject, request, scope) == Some(false) {
                        return None;
                    }
                }
            }
        }
        Some(saved)
    }
}

/// A message as a handler's expressions look at it.
fn subject(pattern: &Pattern, message: &ObservedMessage<'_>) -> Subject {
    let Some(frame) = message.frame.cloned() else {
        return Subject::Nothing;
    };
    match format_of(pattern).or(message.format) {
        Some(format) => Subject::Read(frame, format),
        None => Subject::Frame(frame),
    }
}
