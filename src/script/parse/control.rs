//! `--` lines that are steps of their own, and handlers.

use super::call::Place;
use super::lines::Entry;
use super::refine::{self, count, duration, surplus};
use super::short::short;
use super::steps::{Above, Naming, Steps};
use super::template;
use super::text::Piece;
use crate::diagnostic::{Diagnostic, nearest};
use crate::script::{Action, CommonAction, Handler, Name, Role, Setting, Trigger};

const WORDS: [&str; 8] = [
    "wait",
    "drop",
    "reconnect",
    "skip",
    "note",
    "connect",
    "on",
    "every",
];

const EVERYBODY: Naming = Naming::Never("it is everybody's, and has no name before it");

/// Reads a `--` line.
pub(super) fn read(steps: &mut Steps<'_>, entry: &Entry<'_>) {
    let (word, rest) = entry.line.rest.word();
    if word.text.starts_with('#') {
        return steps.stray(&entry.below);
    }
    match word.text {
        "on" => return on(steps, entry, rest),
        "every" => every(steps, entry, word, rest),
        "wait" => wait(steps, entry, word, rest),
        "note" => note(steps, entry, word, rest),
        "drop" => drop(steps, entry, word, rest),
        "reconnect" => plain(steps, entry, word, rest, Action::Reconnect),
        "skip" => plain(steps, entry, word, rest, Action::Skip),
        "connect" => plain(steps, entry, word, rest, Action::Connect),
        known if refine::WORDS.contains(&known) => steps.refine(word, rest, &entry.line),
        _ => {
            steps.above = Above::Wrong;
            let diagnostic = unknown(entry, word, rest);
            steps.tell(diagnostic);
        }
    }
    steps.stray(&entry.below);
}

fn wait(steps: &mut Steps<'_>, entry: &Entry<'_>, word: Piece<'_>, rest: Piece<'_>) {
    steps.above = Above::Wrong;
    steps.who(&entry.line, &EVERYBODY);
    if let Some(time) = duration(word, rest, steps.told) {
        steps.push(None, CommonAction::Wait(time), entry.line.whole);
    }
}

fn note(steps: &mut Steps<'_>, entry: &Entry<'_>, word: Piece<'_>, rest: Piece<'_>) {
    steps.above = Above::Wrong;
    steps.who(&entry.line, &EVERYBODY);
    if rest.is_empty() {
        let message = "a text is missing behind `-- note`";
        let hint = "write `-- note TEXT`; a comment that is not recorded is `-- # text`";
        return steps.tell(Diagnostic::error(word.span(), message).hint(hint));
    }
    let text = template::line(rest, Place::Line, steps.told);
    steps.push(None, CommonAction::Note(text), entry.line.whole);
}

fn drop(steps: &mut Steps<'_>, entry: &Entry<'_>, word: Piece<'_>, rest: Piece<'_>) {
    let who = alone(steps, entry, word, rest);
    steps.push(who, CommonAction::Drop, entry.line.whole);
}

/// The client before a word that takes nothing.
fn alone(
    steps: &mut Steps<'_>,
    entry: &Entry<'_>,
    word: Piece<'_>,
    rest: Piece<'_>,
) -> Option<Name> {
    steps.above = Above::Wrong;
    let who = steps.who(&entry.line, &Naming::Needed);
    if !rest.is_empty() {
        steps.tell(surplus(word, rest));
    }
    who
}

/// A step that takes nothing, and that no handler has.
fn plain(
    steps: &mut Steps<'_>,
    entry: &Entry<'_>,
    word: Piece<'_>,
    rest: Piece<'_>,
    action: Action,
) {
    let who = alone(steps, entry, word, rest);
    let span = word.span();
    let handler = !steps.script.handlers.is_empty();
    let server = steps.script.role == Role::Server;
    let problem = match action {
        _ if handler => Some((
            format!("a handler cannot `-- {}`", word.text),
            "a handler sends, waits, drops and notes",
        )),
        Action::Reconnect | Action::Connect if server => Some((
            "a server does not connect".to_owned(),
            "a client reconnects in a `/wss` block",
        )),
        Action::Connect => not_first(steps, who.as_ref()),
        _ => None,
    };
    if let Some((message, hint)) = problem {
        return steps.tell(Diagnostic::error(span, message).hint(hint));
    }
    steps.push_to_script(who, action, entry.line.whole);
}

/// Why `-- connect` cannot stand here.
fn not_first(steps: &Steps<'_>, who: Option<&Name>) -> Option<(String, &'static str)> {
    if steps.script.clients.is_empty() {
        let message = "a block with one client connects by itself".to_owned();
        return Some((
            message,
            "remove it; with `@clients` it says when a client connects",
        ));
    }
    let who = who?;
    let taken = |name: Option<&Name>| name.is_some_and(|name| name.text == who.text);
    let earlier = steps
        .script
        .steps
        .iter()
        .any(|step| taken(step.who.as_ref()));
    earlier.then(|| {
        let message = format!("`{}` is connected already", who.text);
        (
            message,
            "make it the client's first step, or write `-- reconnect`",
        )
    })
}

/// `-- on …`
fn on(steps: &mut Steps<'_>, entry: &Entry<'_>, rest: Piece<'_>) {
    let who = steps.who(&entry.line, &Naming::Free);
    let (word, behind) = rest.word();
    let trigger = match word.text {
        "connect" | "disconnect" => {
            steps.stray(&entry.below);
            connection(steps, word, behind)
        }
        "ping" | "pong" | "close" | "drop" | "HTTP" => {
            let message = format!("a handler answers messages, not a `{}`", word.text);
            let hint = match word.text {
                "close" | "drop" if steps.script.role == Role::Server => {
                    "did you mean `-- on disconnect`?"
                }
                "close" => "expect it instead: `<- close`",
                "drop" => "expect it instead: `<- drop`",
                "ping" => "pings are answered by themselves; expect it instead: `<- ping`",
                "pong" => "expect it instead: `<- pong`",
                _ => "expect it as the first step: `<- HTTP 401`",
            };
            steps.tell(Diagnostic::error(word.span(), message).hint(hint));
            None
        }
        _ => {
            let mut words = steps.words(entry, "-- on", Place::Pattern);
            words.rest = rest;
            let frames: &[&'static str] = match steps.script.role {
                Role::Client => &[],
                Role::Server => &["connect", "disconnect"],
            };
            words.pattern(frames, steps.told).map(Trigger::Message)
        }
    };
    handler(steps, entry, who, trigger);
}

fn connection(steps: &mut Steps<'_>, word: Piece<'_>, behind: Piece<'_>) -> Option<Trigger> {
    if !behind.is_empty() {
        let message = format!("`-- on {}` takes nothing behind it", word.text);
        let hint = format!("write `-- on {}` alone", word.text);
        steps.tell(Diagnostic::error(behind.span(), message).hint(hint));
    }
    if steps.script.role == Role::Client {
        let message = format!("only a server has `-- on {}`", word.text);
        let hint = "a client's script begins when it is connected: write steps";
        steps.tell(Diagnostic::error(word.span(), message).hint(hint));
        return None;
    }
    Some(match word.text {
        "connect" => Trigger::Connect,
        _ => Trigger::Disconnect,
    })
}

/// `-- every D [times N]`
fn every(steps: &mut Steps<'_>, entry: &Entry<'_>, word: Piece<'_>, rest: Piece<'_>) {
    let who = steps.who(&entry.line, &Naming::Free);
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
fn handler(steps: &mut Steps<'_>, entry: &Entry<'_>, who: Option<Name>, trigger: Option<Trigger>) {
    steps.above = if trigger.is_some() {
        Above::Handler
    } else {
        Above::Wrong
    };
    steps.seen.clear();
    steps.script.handlers.push(Handler {
        who,
        trigger: trigger.unwrap_or(Trigger::Message(crate::script::Pattern::Any)),
        steps: Vec::new(),
        span: entry.line.whole.span(),
    });
}

fn unknown(entry: &Entry<'_>, word: Piece<'_>, rest: Piece<'_>) -> Diagnostic {
    if word.is_empty() {
        let message = "nothing stands behind `--`";
        return Diagnostic::error(entry.line.whole.span(), message)
            .hint("for instance `-- wait 1s`; a comment is `-- # text`");
    }
    let words = WORDS.into_iter().chain(refine::WORDS);
    let plain = word.text.trim_end_matches(':').replace('_', "-");
    let hint = match other_words(&plain).or_else(|| nearest(&plain, words)) {
        Some(near) => {
            let line = format!("-- {near} {}", short(rest.text));
            format!("did you mean `{}`?", line.trim_end())
        }
        None => format!("a comment is `-- # {}`", short(entry.line.rest.text)),
    };
    Diagnostic::error(
        word.span(),
        format!("there is no `-- {}`", short(word.text)),
    )
    .hint(hint)
}

/// Words that other tools have for the same.
fn other_words(word: &str) -> Option<&'static str> {
    Some(match word {
        "sleep" | "delay" | "pause" => "wait",
        "assert" | "expect" | "ensure" => "check",
        "capture" | "let" | "set" | "var" => "save",
        "timeout" => "within",
        "cut" | "kill" | "abort" => "drop",
        "log" | "print" | "echo" => "note",
        "filter" | "if" | "when" => "where",
        "strict" => "exact",
        "count" => "times",
        _ => return None,
    })
}
