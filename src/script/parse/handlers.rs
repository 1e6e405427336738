//! `-- on …` and `-- every …`: what sets a handler off.

use super::call::TemplatePlace;
use super::lines::StepText;
use super::requests;
use super::setting::{count, duration};
use super::steps::{LineAbove, Steps};
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::{Handler, Name, Pattern, Role, Setting, Trigger};

/// `-- on FORMAT PATTERN`
pub(super) fn on(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    let (_, rest) = entry.line.rest.word();
    let (word, behind) = rest.word();
    if let Some(trigger) = requests::trigger(steps, entry, word, behind) {
        return handler(steps, entry, who, Some(trigger));
    }
    let trigger = match word.text {
        "ping" | "pong" | "close" | "drop" | "HTTP" => {
            let message = format!("a handler answers messages, not a `{}`", word.text);
            let hint = match word.text {
                "close" | "drop" if steps.script.role == Role::Server => {
                    Cure::from("did you mean `-- on disconnect`?").put("disconnect")
                }
                "close" => "expect it instead: `<- close`".into(),
                "drop" => "expect it instead: `<- drop`".into(),
                "ping" => "pings are answered by themselves; expect it instead: `<- ping`".into(),
                "pong" => "expect it instead: `<- pong`".into(),
                _ => "expect it as the first step: `<- HTTP 401`".into(),
            };
            steps.tell(Diagnostic::error(word.span(), message).hint(hint));
            None
        }
        _ => {
            let mut words = steps.words(entry, "-- on", TemplatePlace::Pattern);
            words.rest = rest;
            let frames = steps.words_behind("-- on");
            words.pattern(&frames, steps.told).map(Trigger::Message)
        }
    };
    handler(steps, entry, who, trigger);
}

/// `-- on connect`
pub(super) fn on_connect(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    alone(steps, entry);
    let trigger = (!steps.misplaced).then_some(Trigger::Connect);
    handler(steps, entry, who, trigger);
}

/// `-- on disconnect`
pub(super) fn on_disconnect(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    alone(steps, entry);
    let trigger = (!steps.misplaced).then_some(Trigger::Disconnect);
    handler(steps, entry, who, trigger);
}

/// Tells what stands behind `connect` and `disconnect`.
fn alone(steps: &mut Steps<'_>, entry: &StepText<'_>) {
    let (word, behind) = entry.line.rest.word().1.word();
    if !behind.is_empty() {
        let message = format!("`-- on {}` takes nothing behind it", word.text);
        let hint = Cure::from(format!("write `-- on {}` alone", word.text)).put("");
        steps.tell(Diagnostic::error(behind.span(), message).hint(hint));
    }
}

/// `-- every D [times N]`
pub(super) fn every(steps: &mut Steps<'_>, entry: &StepText<'_>, who: Option<Name>) {
    let (word, rest) = entry.line.rest.word();
    let (time, rest) = rest.word();
    let interval = duration(word, time, steps.told);
    if let Some(Setting::Is(none)) = &interval
        && none.is_zero()
    {
        let message = "a clock needs some time between its ticks";
        steps.tell(Diagnostic::error(time.span(), message).hint("for instance `-- every 20s`"));
    }
    let (times, number) = rest.word();
    let times = match times.text {
        "" => None,
        "times" => count(times, number, steps.told),
        _ => {
            let hint = "write `-- every 20s times 3`";
            let message = "only `times` can follow the interval";
            steps.tell(Diagnostic::error(rest.span(), message).hint(hint));
            None
        }
    };
    let trigger = interval.map(|interval| Trigger::Every { interval, times });
    handler(steps, entry, who, trigger);
}

/// Begins a handler: also one whose trigger was not understood, so that its steps are a handler's.
fn handler(
    steps: &mut Steps<'_>,
    entry: &StepText<'_>,
    who: Option<Name>,
    trigger: Option<Trigger>,
) {
    steps.above = if trigger.is_some() {
        LineAbove::Handler
    } else {
        LineAbove::Wrong
    };
    steps.seen.clear();
    steps.script.handlers.push(Handler {
        who,
        trigger: trigger.unwrap_or(Trigger::Message(Pattern::Any)),
        choice: Vec::new(),
        times: None,
        steps: Vec::new(),
        span: entry.line.whole.span(),
    });
}
