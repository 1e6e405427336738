//! A script, written down again from what was understood of it: every part of the grammar has one canonical spelling.

use std::fmt::Write;

use crate::script::units::format_duration;
use crate::script::{
    Action, Body, Call, Choice, CommonAction, Content, Expect, Expected, Handler, Judgement, Kind,
    Mode, Name, Outgoing, Part, Pattern, Placeholder, Respond, Script, Send, Setting, Step,
    Template, Trigger,
};

/// Options that a script keeps as parts of its own.
const OWN: [&str; 4] = ["clients", "never", "ignore", "let"];

pub(super) fn script(script: &Script) -> String {
    let mut out = String::new();
    if !script.url.parts.is_empty() {
        writeln!(out, "{}", template(&script.url)).unwrap();
    }
    for own in &script.own_urls {
        writeln!(out, "{}{}", who(Some(&own.who)), template(&own.url)).unwrap();
    }
    if !script.clients.is_empty() {
        let names: Vec<_> = script.clients.iter().map(|name| &*name.text).collect();
        writeln!(out, "@clients {}", names.join(", ")).unwrap();
    }
    for header in &script.headers {
        let value = template(&header.value);
        writeln!(out, "{}{}: {value}", who(header.who.as_ref()), header.name).unwrap();
    }
    for option in script
        .options
        .iter()
        .filter(|line| !OWN.contains(&&*line.name.text))
    {
        let line = format!("@{} {}", option.name.text, template(&option.value));
        writeln!(out, "{}", line.trim_end()).unwrap();
    }
    for (name, patterns) in [("never", &script.never), ("ignore", &script.ignore)] {
        for (forbidden, _) in patterns {
            writeln!(out, "@{name} {}", pattern(forbidden)).unwrap();
        }
    }
    for each in &script.lets {
        let (name, source) = (&each.name.text, &each.expression.source);
        writeln!(out, "{}@let {name} = {source}", who(each.who.as_ref())).unwrap();
    }
    for opening in &script.opening {
        out += &who(opening.who.as_ref());
        out += &judgement(&opening.judgement);
    }
    script.steps.iter().for_each(|one| out += &step(one));
    script.handlers.iter().for_each(|one| out += &handler(one));
    out
}

fn who(name: Option<&Name>) -> String {
    name.map(|name| format!("{} ", name.text))
        .unwrap_or_default()
}

fn handler(handler: &Handler) -> String {
    let trigger = match &handler.trigger {
        Trigger::Message(wanted) => format!("on {}", pattern(wanted)),
        Trigger::Every { interval, times } => {
            let times = times
                .as_ref()
                .map(|times| format!(" times {}", count(times)));
            format!("every {}{}", duration(interval), times.unwrap_or_default())
        }
        Trigger::Request { method, path, body } => {
            format!("on {method} {path} {}", pattern(body))
        }
        Trigger::Connect => "on connect".to_owned(),
        Trigger::Disconnect => "on disconnect".to_owned(),
    };
    let mut out = format!("{}-- {}\n", who(handler.who.as_ref()), trigger.trim_end());
    for choice in &handler.choice {
        match choice {
            Choice::Where(condition) => writeln!(out, "-- where {}", condition.source).unwrap(),
            Choice::Compute(each) => out += &judgement(each),
        }
    }
    if let Some(times) = &handler.times {
        writeln!(out, "-- times {}", count(times)).unwrap();
    }
    for step in &handler.steps {
        out += &who(step.who.as_ref());
        out += &common(&step.action);
    }
    out
}

fn step(step: &Step) -> String {
    let action = match &step.action {
        Action::Common(action) => common(action),
        Action::Expect(what) => expect(what),
        Action::Http {
            status,
            within,
            judgements,
        } => {
            let within = within.as_ref();
            let within = within.map(|time| format!("-- within {}\n", duration(time)));
            let below: String = judgements.iter().map(judgement).collect();
            format!("<- HTTP {status}\n{}{below}", within.unwrap_or_default())
        }
        Action::Connect => "-- connect\n".to_owned(),
        Action::Reconnect => "-- reconnect\n".to_owned(),
        Action::Skip => "-- skip\n".to_owned(),
    };
    who(step.who.as_ref()) + &action
}

fn common(action: &CommonAction) -> String {
    match action {
        CommonAction::Send(what) => send(what),
        CommonAction::Wait(time) => format!("-- wait {}\n", duration(time)),
        CommonAction::Drop => "-- drop\n".to_owned(),
        CommonAction::Note(text) => format!("-- note {}\n", template(text)),
        CommonAction::Judge(each) => judgement(each),
        CommonAction::Respond(respond) => respond_with(respond),
    }
}

fn respond_with(respond: &Respond) -> String {
    let body = respond.body.as_ref().map(body).unwrap_or_default();
    let (format, rest) = body.split_once([' ', '\n']).unwrap_or((&body, ""));
    let mut out = format!("-> HTTP {} {format}", respond.status);
    out.truncate(out.trim_end().len());
    out.push('\n');
    for header in &respond.headers {
        writeln!(out, "{}: {}", header.name, template(&header.value)).unwrap();
    }
    if !rest.is_empty() {
        writeln!(out, "\n{rest}").unwrap();
    }
    out
}

fn send(send: &Send) -> String {
    let what = match &send.what {
        Outgoing::Message(message) => body(message),
        Outgoing::Echo(_) => "{{$message}}".to_owned(),
        Outgoing::Ping(data) => format!("ping {}", template(data)),
        Outgoing::Pong(data) => format!("pong {}", template(data)),
        Outgoing::Close { code, reason } => format!("close {code} {}", template(reason)),
    };
    let mut out = format!("-> {}\n", what.trim_end());
    if let Some(repeat) = &send.repeat {
        let every = repeat.every.as_ref();
        let every = every.map(|every| format!(" every {}", duration(every)));
        writeln!(
            out,
            "-- repeat {}{}",
            count(&repeat.times),
            every.unwrap_or_default()
        )
        .unwrap();
    }
    out
}

fn expect(expect: &Expect) -> String {
    let data = |data: &Option<Template>| data.as_ref().map(template).unwrap_or_default();
    let what = match &expect.what {
        Expected::Message(wanted) => pattern(wanted),
        Expected::Ping(words) => format!("ping {}", data(words)),
        Expected::Pong(words) => format!("pong {}", data(words)),
        Expected::Close { code, reason } => {
            let code = code.map(|code| code.to_string()).unwrap_or_default();
            format!("close {code} {}", data(reason))
        }
        Expected::Drop => "drop".to_owned(),
    };
    let mut out = format!("{}\n", format!("<- {what}").trim_end());
    let within = expect
        .within
        .as_ref()
        .map(|time| format!("within {}", duration(time)));
    let within = within.unwrap_or_default();
    let (times, next) = match &expect.mode {
        Mode::Times(times) => (Some(times), false),
        Mode::Next(times) => (Some(times), true),
        Mode::None => (None, false),
    };
    match times {
        None => out += &(format!("-- none {within}").trim_end().to_owned() + "\n"),
        Some(_) if !within.is_empty() => writeln!(out, "-- {within}").unwrap(),
        Some(_) => {}
    }
    if let Some(times) = times.map(count).filter(|times| times != "1") {
        writeln!(out, "-- times {times}").unwrap();
    }
    for (holds, word) in [
        (next, "next"),
        (expect.any_order, "any-order"),
        (expect.exact, "exact"),
    ] {
        if holds {
            writeln!(out, "-- {word}").unwrap();
        }
    }
    for condition in &expect.conditions {
        writeln!(out, "-- where {}", condition.source).unwrap();
    }
    out + &expect.judgements.iter().map(judgement).collect::<String>()
}

fn judgement(judgement: &Judgement) -> String {
    match judgement {
        Judgement::Check(expression) => format!("-- check {}\n", expression.source),
        Judgement::Save { name, expression } => {
            format!("-- save {} = {}\n", name.text, expression.source)
        }
        Judgement::Let { name, expression } => {
            format!("-- let {} = {}\n", name.text, expression.source)
        }
        Judgement::Secret(name) => format!("-- secret {}\n", name.text),
        Judgement::Schema(path) => format!("-- schema {}\n", path.text),
    }
}

fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Any => String::new(),
        Pattern::Format(format) => format.word().to_owned(),
        Pattern::Message(name) => format!("proto {}", name.text),
        Pattern::Body(wanted) => body(wanted),
    }
}

fn body(body: &Body) -> String {
    let content = match &body.content {
        Content::Plain(text) => template(text),
        Content::Quoted(text) => format!("\"{}\"", spelled(text, &quoted)),
        Content::Hex(digits) => format!("hex {}", template(digits)),
        Content::Base64(digits) => format!("base64 {}", template(digits)),
        Content::File(path) => format!("@{}", template(path)),
    };
    // Lines stand below.
    let blank = if content.contains('\n') { "\n" } else { " " };
    let message = body.message.as_ref();
    let message = message.map_or(String::new(), |name| format!(" {}", name.text));
    format!("{}{message}{blank}{content}", body.format)
}

fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    let inside = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    inside.unwrap().to_owned()
}

fn count(count: &Setting<u64>) -> String {
    match count {
        Setting::Is(count) => count.to_string(),
        Setting::Later(text) => template(text),
    }
}

fn duration(duration: &Setting<std::time::Duration>) -> String {
    match duration {
        Setting::Is(time) => format_duration(*time),
        Setting::Later(text) => template(text),
    }
}

fn template(template: &Template) -> String {
    spelled(template, &str::to_owned)
}

fn spelled(template: &Template, literal: &dyn Fn(&str) -> String) -> String {
    let parts = template.parts.iter().map(|part| match part {
        Part::Literal(text, _) => literal(text).replace("{{", "\\{{"),
        Part::Placeholder(one) => placeholder(one),
    });
    parts.collect()
}

fn placeholder(placeholder: &Placeholder) -> String {
    let call = match &placeholder.call {
        Call::Variable(name) => name.clone(),
        Call::Kind(kind) => match kind {
            Kind::Any => "$any".to_owned(),
            Kind::String => "$string".to_owned(),
            Kind::Number => "$number".to_owned(),
            Kind::Integer => "$integer".to_owned(),
            Kind::Boolean => "$boolean".to_owned(),
            Kind::Uuid => "$uuid".to_owned(),
            Kind::Datetime => "$datetime".to_owned(),
            Kind::Match(regex) => format!("$match /{}/", regex.replace('/', "\\/")),
        },
        Call::Rest => "$rest".to_owned(),
        Call::Uuid => "$uuid".to_owned(),
        Call::Timestamp => "$timestamp".to_owned(),
        Call::Epoch => "$epoch".to_owned(),
        Call::EpochMs => "$epochMs".to_owned(),
        Call::RandomInt(low, high) => format!("$randomInt {low} {high}"),
        Call::RandomString(length) => format!("$randomString {length}"),
        Call::Base64(name) => format!("$base64 {name}"),
        Call::Uri(name) => format!("$uri {name}"),
        Call::Char(character) => format!("$char {}", u32::from(*character)),
        Call::File(path) => format!("$file {path}"),
        Call::Index => "$index".to_owned(),
        Call::Client => "$client".to_owned(),
        Call::ClientCount => "$clientCount".to_owned(),
        Call::Instance => "$instance".to_owned(),
        Call::Request(member) => member.to_string(),
        Call::Message(path) => std::iter::once("$message")
            .chain(path.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join("."),
    };
    let keep = placeholder.keep.as_ref().map(|name| format!(" as {name}"));
    format!("{{{{{call}{}}}}}", keep.unwrap_or_default())
}
