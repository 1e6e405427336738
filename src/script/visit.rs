//! A walk through everything of a script that may hold a placeholder or an expression, top to bottom.

use super::{
    Action, Body, Call, Choice, CommonAction, Content, Expect, Expected, Expression, Handler,
    HandlerStep, Judgement, Mode, Name, OptionLine, Outgoing, Pattern, Script, Send, Setting, Step,
    Template, Trigger,
};
use crate::source::Span;

/// One of the places.
#[derive(Clone, Copy, Debug)]
pub(super) enum Site<'a> {
    Option(&'a OptionLine),
    Url(&'a Template),
    Header(&'a Template),
    /// A duration or a count.
    Setting(&'a Template),
    /// A body to send.
    Sent(&'a Body),
    /// What a control frame carries, or a note.
    Words(&'a Template),
    /// A body to expect.
    Expected(&'a Body),
    /// What a control frame must carry.
    ExpectedWords(&'a Template),
    /// `{{$message}}` as it came.
    Echo(Span),
    Expression(&'a Expression),
    /// A protobuf message's name, with no pattern behind it.
    Message(&'a Name),
    /// `-- save NAME`
    Keep(&'a Name),
    /// The path of a schema.
    Schema(&'a Name),
}

/// What is around it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around<'a> {
    /// The handler whose step it is in.
    pub(super) handler: Option<&'a Handler>,
    /// The handler that it sets off.
    pub(super) trigger: Option<&'a Handler>,
    /// The place of either among the handlers.
    pub(super) position: usize,
    /// Whether it is among steps, of the script or of a handler.
    pub(super) step: bool,
    pub(super) repeat: bool,
}

impl<'a> Site<'a> {
    /// The template of the place, if it has one.
    pub(super) fn template(self) -> Option<&'a Template> {
        match self {
            Self::Option(line) => Some(&line.value),
            Self::Url(template)
            | Self::Header(template)
            | Self::Setting(template)
            | Self::Words(template)
            | Self::ExpectedWords(template) => Some(template),
            Self::Sent(body) | Self::Expected(body) => Some(body.template()),
            Self::Echo(_)
            | Self::Expression(_)
            | Self::Message(_)
            | Self::Keep(_)
            | Self::Schema(_) => None,
        }
    }
}

impl Body {
    /// The template of the content, however it is written.
    pub(super) fn template(&self) -> &Template {
        match &self.content {
            Content::Plain(template)
            | Content::Quoted(template)
            | Content::Hex(template)
            | Content::Base64(template)
            | Content::File(template) => template,
        }
    }
}

impl HandlerStep {
    /// Whether a member of the handled message (`{{$message.a}}`) or of the request is inserted at a place of it.
    #[must_use]
    pub fn inserts_member_at(&self, span: Span) -> bool {
        let mut found = false;
        common(&self.action, Around::default(), &mut |site, _| {
            let placeholders = site.template().into_iter().flat_map(Template::placeholders);
            let mut members = placeholders.filter(|placeholder| placeholder.span == span);
            found |= members.any(|member| match &member.call {
                Call::Message(path) => !path.is_empty(),
                Call::Request(_) => true,
                _ => false,
            });
        });
        found
    }
}

/// Visits every place of a script.
pub(super) fn visit<'a>(script: &'a Script, see: &mut dyn FnMut(Site<'a>, Around<'a>)) {
    let around = Around::default();
    for line in &script.options {
        // Those that are made of patterns and expressions come below.
        if !matches!(line.name.text.as_str(), "never" | "ignore" | "let") {
            see(Site::Option(line), around);
        }
    }
    for each in &script.lets {
        see(Site::Expression(&each.expression), around);
        see(Site::Keep(&each.name), around);
    }
    see(Site::Url(&script.url), around);
    for own in &script.own_urls {
        see(Site::Url(&own.url), around);
    }
    for header in &script.headers {
        see(Site::Header(&header.value), around);
    }
    for (matched, _) in script.never.iter().chain(&script.ignore) {
        pattern(matched, around, see);
    }
    for opening in &script.opening {
        judgement(&opening.judgement, around, see);
    }
    for each in &script.steps {
        step(each, around, see);
    }
    for (position, handler) in script.handlers.iter().enumerate() {
        let around = Around {
            trigger: Some(handler),
            position,
            ..Around::default()
        };
        match &handler.trigger {
            Trigger::Message(matched) | Trigger::Request { body: matched, .. } => {
                pattern(matched, around, see);
            }
            Trigger::Every { interval, times } => {
                setting(interval, around, see);
                if let Some(times) = times {
                    setting(times, around, see);
                }
            }
            Trigger::Connect | Trigger::Disconnect => {}
        }
        if let Some(times) = &handler.times {
            setting(times, around, see);
        }
        let around = Around {
            handler: Some(handler),
            position,
            ..Around::default()
        };
        for each in &handler.choice {
            match each {
                Choice::Where(condition) => see(Site::Expression(condition), within_steps(around)),
                Choice::Compute(each) => judgement(each, within_steps(around), see),
            }
        }
        for each in &handler.steps {
            common(&each.action, within_steps(around), see);
        }
    }
}

fn step<'a>(step: &'a Step, around: Around<'a>, see: &mut dyn FnMut(Site<'a>, Around<'a>)) {
    let around = within_steps(around);
    match &step.action {
        Action::Common(action) => common(action, around, see),
        Action::Expect(each) => expect(each, around, see),
        Action::Http {
            within, judgements, ..
        } => {
            if let Some(within) = within {
                setting(within, around, see);
            }
            for each in judgements {
                judgement(each, around, see);
            }
        }
        Action::Connect | Action::Reconnect | Action::Skip => {}
    }
}

fn within_steps(around: Around<'_>) -> Around<'_> {
    Around {
        step: true,
        ..around
    }
}

fn common<'a>(
    action: &'a CommonAction,
    around: Around<'a>,
    see: &mut dyn FnMut(Site<'a>, Around<'a>),
) {
    match action {
        CommonAction::Send(each) => send(each, around, see),
        CommonAction::Wait(time) => setting(time, around, see),
        CommonAction::Note(text) => see(Site::Words(text), around),
        CommonAction::Judge(each) => judgement(each, around, see),
        CommonAction::Respond(respond) => {
            for header in &respond.headers {
                see(Site::Header(&header.value), around);
            }
            if let Some(body) = &respond.body {
                see(Site::Sent(body), around);
            }
        }
        CommonAction::Drop => {}
    }
}

fn send<'a>(send: &'a Send, around: Around<'a>, see: &mut dyn FnMut(Site<'a>, Around<'a>)) {
    let sending = Around {
        repeat: send.repeat.is_some(),
        ..around
    };
    match &send.what {
        Outgoing::Message(body) => see(Site::Sent(body), sending),
        Outgoing::Echo(span) => see(Site::Echo(*span), sending),
        Outgoing::Ping(words) | Outgoing::Pong(words) => see(Site::Words(words), sending),
        Outgoing::Close { reason, .. } => see(Site::Words(reason), sending),
    }
    if let Some(repeat) = &send.repeat {
        setting(&repeat.times, around, see);
        if let Some(every) = &repeat.every {
            setting(every, around, see);
        }
    }
}

fn expect<'a>(expect: &'a Expect, around: Around<'a>, see: &mut dyn FnMut(Site<'a>, Around<'a>)) {
    match &expect.what {
        Expected::Message(matched) => pattern(matched, around, see),
        Expected::Ping(words) | Expected::Pong(words) | Expected::Close { reason: words, .. } => {
            if let Some(words) = words {
                see(Site::ExpectedWords(words), around);
            }
        }
        Expected::Drop => {}
    }
    if let Some(within) = &expect.within {
        setting(within, around, see);
    }
    if let Mode::Times(times) | Mode::Next(times) = &expect.mode {
        setting(times, around, see);
    }
    for condition in &expect.conditions {
        see(Site::Expression(condition), around);
    }
    for each in &expect.judgements {
        judgement(each, around, see);
    }
}

fn pattern<'a>(
    pattern: &'a Pattern,
    around: Around<'a>,
    see: &mut dyn FnMut(Site<'a>, Around<'a>),
) {
    match pattern {
        Pattern::Body(body) => see(Site::Expected(body), around),
        Pattern::Message(name) => see(Site::Message(name), around),
        Pattern::Any | Pattern::Format(_) => {}
    }
}

fn judgement<'a>(
    judgement: &'a Judgement,
    around: Around<'a>,
    see: &mut dyn FnMut(Site<'a>, Around<'a>),
) {
    match judgement {
        Judgement::Check(expression) => see(Site::Expression(expression), around),
        Judgement::Save { name, expression } | Judgement::Let { name, expression } => {
            see(Site::Expression(expression), around);
            see(Site::Keep(name), around);
        }
        Judgement::Schema(path) => see(Site::Schema(path), around),
        Judgement::Secret(_) => {}
    }
}

fn setting<'a, T>(
    setting: &'a Setting<T>,
    around: Around<'a>,
    see: &mut dyn FnMut(Site<'a>, Around<'a>),
) {
    if let Setting::Later(template) = setting {
        see(Site::Setting(template), around);
    }
}
