//! Steps and handlers → data of the script. Knows no option.

use std::time::Duration;

use super::js::Js;
use super::lexical::ExpressionUse;
use super::writer::BlockWriter;
use crate::format::media_type::content_type;
use crate::script::{
    Action, Choice, CommonAction, Expect, Expected, Handler, Judgement, Mode, Outgoing, Pattern,
    Send, Setting, StatusPattern, Template, Trigger,
};
use crate::source::Span;

type Members = Vec<(&'static str, Js)>;

/// Milliseconds, as JavaScript has them.
pub(super) fn milliseconds(duration: Duration) -> Js {
    let whole = duration.as_millis();
    if duration.subsec_nanos().is_multiple_of(1_000_000) {
        Js::of(whole)
    } else {
        Js::of(duration.as_secs_f64() * 1000.0)
    }
}

impl BlockWriter<'_> {
    /// A step; `None`: it has no counterpart, or nothing is to do.
    pub(super) fn step(&mut self, action: &Action, span: Span) -> Option<Js> {
        let mut members = match action {
            Action::Common(action) => return self.common(action, span),
            Action::Expect(expect) => self.expect(expect, span)?,
            Action::Reconnect => vec![("reconnect", Js::of(true))],
            Action::Skip => vec![("skip", Js::of(true))],
            Action::Connect => {
                return self.refuse(span, "`-- connect`", "the block connects at its start");
            }
            Action::Http { .. } => {
                return self.refuse(
                    span,
                    "a handshake that is refused",
                    "k6 does not tell its status: ask for it in a `/http` block",
                );
            }
        };
        members.push(("label", Js::Text(self.label(span))));
        Some(Js::Object(members))
    }

    /// A step of an `/http` block.
    pub(super) fn http_step(&mut self, action: &Action, span: Span) -> Option<Js> {
        let Action::Http {
            status,
            within,
            judgements,
        } = action
        else {
            return self.step(action, span);
        };
        let status = match status {
            StatusPattern::Is(status) => Js::of(status),
            StatusPattern::Class(_) => Js::Text(status.to_string()),
        };
        let mut members = vec![("status", status), ("label", Js::Text(self.label(span)))];
        if let Some(within) = within {
            members.push(("within", self.duration(within)?));
        }
        self.judgements(judgements, &mut members);
        Some(Js::Object(members))
    }

    /// What steps of the script and of handlers do.
    pub(super) fn common(&mut self, action: &CommonAction, span: Span) -> Option<Js> {
        let mut members = match action {
            CommonAction::Send(send) => self.send(send, span)?,
            CommonAction::Wait(time) => vec![("wait", self.duration(time)?)],
            CommonAction::Drop => {
                let cure = "k6 ends a connection with a close frame alone: `-> close 1000`";
                return self.refuse(span, "`-- drop`", cure);
            }
            CommonAction::Note(_) => return None,
            CommonAction::Judge(judgement) => {
                let judgement = self.judgement(judgement)?;
                vec![("judge", Js::List(vec![judgement]))]
            }
            CommonAction::Respond(_) => {
                return self.refuse(span, "an answer to a request", "k6 is a client");
            }
        };
        members.push(("label", Js::Text(self.label(span))));
        Some(Js::Object(members))
    }

    fn send(&mut self, send: &Send, span: Span) -> Option<Members> {
        let mut members = match &send.what {
            Outgoing::Message(body) => {
                let kind = Js::Text(content_type(body.format).to_owned());
                vec![("send", self.body(body)?), ("contentType", kind)]
            }
            Outgoing::Echo(_) => vec![("echo", Js::of(true))],
            Outgoing::Ping(data) if data.parts.is_empty() => vec![("ping", Js::of(true))],
            Outgoing::Ping(data) => {
                let cure = "write `-> ping` alone: k6 numbers its pings";
                return self.refuse(data.span, "the data of a ping", cure);
            }
            Outgoing::Pong(_) => {
                return self.refuse(span, "`-> pong`", "k6 answers pings by itself");
            }
            Outgoing::Close { code, .. } if *code != 1000 && *code < 3000 => {
                let what = format!("the close code {code}");
                return self.refuse(span, &what, "k6 sends 1000, and 3000 to 4999");
            }
            Outgoing::Close { code, reason } => {
                vec![("close", Js::of(code)), ("reason", self.template(reason)?)]
            }
        };
        if let Some(repeat) = &send.repeat {
            let mut repeated = vec![("times", self.count(&repeat.times)?)];
            if let Some(every) = &repeat.every {
                repeated.push(("every", self.duration(every)?));
            }
            members.push(("repeat", Js::Object(repeated)));
        }
        Some(members)
    }

    fn expect(&mut self, expect: &Expect, span: Span) -> Option<Members> {
        let mut members = match &expect.what {
            Expected::Message(pattern) => vec![("message", self.pattern(pattern, span)?)],
            Expected::Ping(data) => vec![("pinged", self.any_data(data.as_ref())?)],
            Expected::Pong(data) => vec![("ponged", self.any_data(data.as_ref())?)],
            Expected::Close { code, reason } => {
                let mut close = Vec::new();
                close.extend(code.map(|code| ("code", Js::of(code))));
                if let Some(reason) = reason {
                    close.push(("reason", self.template(reason)?));
                }
                vec![("closed", Js::Object(close))]
            }
            Expected::Drop => vec![("dropped", Js::of(true))],
        };
        match &expect.mode {
            Mode::Times(Setting::Is(1)) => {}
            Mode::Times(times) => members.push(("times", self.count(times)?)),
            Mode::Next(times) => {
                members.push(("next", Js::of(true)));
                members.push(("times", self.count(times)?));
            }
            Mode::None => members.push(("none", Js::of(true))),
        }
        if let Some(within) = &expect.within {
            members.push(("within", self.duration(within)?));
        }
        members.extend(expect.any_order.then(|| ("anyOrder", Js::of(true))));
        members.extend(expect.exact.then(|| ("exact", Js::of(true))));
        let conditions = expect.conditions.iter();
        let conditions: Vec<_> = conditions
            .map(|condition| self.expression(condition, ExpressionUse::Check))
            .collect::<Option<_>>()?;
        if !conditions.is_empty() {
            members.push(("where", Js::List(conditions)));
        }
        if let Expected::Ping(_) | Expected::Pong(_) | Expected::Drop = expect.what {
            for judgement in &expect.judgements {
                self.unseen(judgement, "k6 tells nothing of it but that it came");
            }
            return Some(members);
        }
        self.judgements(&expect.judgements, &mut members);
        Some(members)
    }

    /// Of a ping or pong k6 tells that it came, and not its data.
    fn any_data(&mut self, data: Option<&Template>) -> Option<Js> {
        match data {
            None => Some(Js::of(true)),
            Some(data) => {
                let cure = "k6 does not tell it: leave it out";
                self.refuse(data.span, "the data of a ping or pong", cure)
            }
        }
    }

    /// A judgement of what k6 does not show.
    pub(super) fn unseen(&mut self, judgement: &Judgement, why: &str) {
        let span = match judgement {
            Judgement::Check(expression)
            | Judgement::Let { expression, .. }
            | Judgement::Save { expression, .. } => expression.span,
            Judgement::Schema(name) => name.span,
            Judgement::Secret(_) => return,
        };
        let _: Option<()> = self.refuse(span, "what is looked at here", why);
    }

    fn judgements(&mut self, judgements: &[Judgement], members: &mut Members) {
        let judged = judgements.iter();
        let judged: Vec<_> = judged.filter_map(|each| self.judgement(each)).collect();
        if !judged.is_empty() {
            members.push(("judge", Js::List(judged)));
        }
    }

    fn judgement(&mut self, judgement: &Judgement) -> Option<Js> {
        Some(Js::Object(match judgement {
            Judgement::Check(expression) => {
                let label = format!("-- check {}", expression.source);
                let check = self.expression(expression, ExpressionUse::Check)?;
                vec![("check", check), ("label", Js::Text(label))]
            }
            Judgement::Let { name, expression } => {
                let value = self.expression(expression, ExpressionUse::Compute)?;
                let label = format!("-- let {}", name.text);
                vec![
                    ("let", Js::Text(name.text.clone())),
                    ("value", value),
                    ("label", Js::Text(label)),
                ]
            }
            Judgement::Save { name, expression } => {
                let value = self.expression(expression, ExpressionUse::Compute)?;
                let label = format!("-- save {}", name.text);
                vec![
                    ("save", Js::Text(name.text.clone())),
                    ("value", value),
                    ("label", Js::Text(label)),
                ]
            }
            // Nothing of a value is shown.
            Judgement::Secret(_) => return None,
            Judgement::Schema(path) => {
                let cure = "say in the pattern what must be there";
                return self.refuse(path.span, "`-- schema`", cure);
            }
        }))
    }

    pub(super) fn duration(&mut self, setting: &Setting<Duration>) -> Option<Js> {
        match setting {
            Setting::Is(duration) => Some(milliseconds(*duration)),
            Setting::Later(template) => self.template(template),
        }
    }

    fn count(&mut self, setting: &Setting<u64>) -> Option<Js> {
        match setting {
            Setting::Is(count) => Some(Js::of(count)),
            Setting::Later(template) => self.template(template),
        }
    }

    /// `-- on` or `-- every`, and what it does.
    pub(super) fn handler(&mut self, handler: &Handler) -> Option<Js> {
        let mut members = match &handler.trigger {
            Trigger::Message(pattern) => vec![("on", self.pattern(pattern, handler.span)?)],
            Trigger::Every { interval, times } => {
                let mut members = vec![("every", self.duration(interval)?)];
                if let Some(times) = times {
                    members.push(("times", self.count(times)?));
                }
                members
            }
            Trigger::Request { .. } | Trigger::Connect | Trigger::Disconnect => {
                return self.refuse(handler.span, "a server's handler", "k6 is a client");
            }
        };
        if let Some(times) = &handler.times {
            members.push(("times", self.count(times)?));
        }
        let choice: Vec<_> = handler
            .choice
            .iter()
            .filter_map(|each| match each {
                Choice::Where(condition) => {
                    let condition = self.expression(condition, ExpressionUse::Check)?;
                    Some(Js::Object(vec![("where", condition)]))
                }
                Choice::Compute(judgement) => self.judgement(judgement),
            })
            .collect();
        if !choice.is_empty() {
            members.push(("choice", Js::List(choice)));
        }
        let steps = handler.steps.iter();
        let steps = steps.filter_map(|step| self.common(&step.action, step.span));
        members.push(("steps", Js::List(steps.collect())));
        members.push(("label", Js::Text(self.label(handler.span))));
        Some(Js::Object(members))
    }

    /// `@never` and `@ignore`.
    pub(super) fn patterns(&mut self, patterns: &[(Pattern, Span)]) -> Vec<Js> {
        let patterns = patterns.iter();
        patterns
            .filter_map(|(pattern, span)| self.pattern(pattern, *span))
            .collect()
    }
}
