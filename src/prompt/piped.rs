//! Reads entries from lines that nobody edits: a pipe or a file. Each is done before the next one is read.

use std::io::{BufRead, ErrorKind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::language::{
    PromptCommand, awaits_body, command, ends_in_expectation, is_incomplete, judges, refines,
};
use super::typist::{Typing, Typist};
use crate::script::begins_step;

/// How long a step waits for lines that refine it.
const REFINED_WITHIN: Duration = Duration::from_millis(100);

/// Lines that are read ahead.
const AHEAD: usize = 64;

/// A line with its number, or why it cannot be read.
type NumberedLine = (usize, Result<String, String>);

/// An entry whose lines are still coming.
struct PendingEntry {
    text: String,
    line: usize,
}

/// Types what is read, to its end.
pub(super) fn type_lines(input: impl BufRead + Send + 'static, typist: &Typist, raw: bool) {
    let lines = numbered(input);
    if raw {
        type_raw(&lines, typist);
    } else {
        type_entries(&lines, typist);
    }
}

fn type_entries(lines: &Receiver<NumberedLine>, typist: &Typist) {
    let mut pending: Option<PendingEntry> = None;
    loop {
        match next(lines, pending.as_ref(), typist) {
            Ok((number, Ok(line))) => {
                let line = line.strip_suffix('\r').unwrap_or(&line);
                let read = take(&mut pending, line, number, typist);
                if read == Typing::Ends {
                    return;
                }
            }
            Ok((number, Err(why))) => {
                enter(pending.take(), typist);
                typist.wrong(&format!("stdin:{number}: {why}"));
            }
            Err(RecvTimeoutError::Timeout) => enter(pending.take(), typist),
            Err(RecvTimeoutError::Disconnected) => {
                enter(pending.take(), typist);
                typist.close(true);
                return;
            }
        }
    }
}

/// The next line; an entry that is complete waits only a moment for it.
fn next(
    lines: &Receiver<NumberedLine>,
    pending: Option<&PendingEntry>,
    typist: &Typist,
) -> Result<NumberedLine, RecvTimeoutError> {
    let waits = pending.is_some_and(|pending| !is_incomplete(&pending.text, typist.has_clients()));
    if waits {
        return lines.recv_timeout(REFINED_WITHIN);
    }
    lines.recv().map_err(|_| RecvTimeoutError::Disconnected)
}

/// Takes a line: into the entry that is under way, or as the first of another one.
fn take(pending: &mut Option<PendingEntry>, line: &str, number: usize, typist: &Typist) -> Typing {
    if let Some(entry) = pending
        && belongs(entry, line, typist.has_clients())
    {
        entry.text.push('\n');
        entry.text.push_str(line);
        return Typing::GoesOn;
    }
    enter(pending.take(), typist);
    match command(line) {
        Some(Ok(command)) => {
            // Nobody sees here that the answer came: what it names is waited for, as by a step.
            if let PromptCommand::Expect(count) = command {
                typist.await_messages(count);
            }
            let (typing, answer) = typist.command(command);
            if let Some(outcome) = answer.and_then(|answer| answer.blocking_recv().ok()) {
                typist.settle(&outcome);
            }
            return typing;
        }
        Some(Err(why)) => typist.wrong(&format!("stdin:{number}: {why}")),
        None if line.trim().is_empty() => {}
        None => {
            *pending = Some(PendingEntry {
                text: line.to_owned(),
                line: number,
            });
        }
    }
    Typing::GoesOn
}

/// Whether a line goes on with an entry.
fn belongs(entry: &PendingEntry, line: &str, clients: bool) -> bool {
    if begins_step(line, clients) {
        return refines(line) && (!judges(line) || ends_in_expectation(&entry.text, clients));
    }
    let is_body = awaits_body(&entry.text) && begins_step(first_line(&entry.text), clients);
    is_body
        && (is_incomplete(&entry.text, clients) || !is_data(&entry.text))
        && command(line).is_none()
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or(text)
}

/// Whether the body of an entry shows by itself where it ends.
fn is_data(text: &str) -> bool {
    ["json", "xml", "msgpack", "cbor", "proto"]
        .iter()
        .any(|format| first_line(text).contains(format))
}

fn enter(pending: Option<PendingEntry>, typist: &Typist) {
    if let Some(entry) = pending
        && let Ok(outcome) = typist
            .enter(&entry.text, "stdin", entry.line)
            .blocking_recv()
    {
        typist.settle(&outcome);
    }
}

/// Sends each line as a text message.
fn type_raw(lines: &Receiver<NumberedLine>, typist: &Typist) {
    while let Ok((number, line)) = lines.recv() {
        match line {
            Ok(line) => {
                let literal = serde_json::Value::from(line).to_string();
                let literal = literal.replace("{{", "\\{{");
                let answer = typist.enter(&format!("-> text {literal}"), "stdin", number);
                if let Ok(outcome) = answer.blocking_recv() {
                    typist.settle(&outcome);
                }
            }
            Err(why) => typist.wrong(&format!("stdin:{number}: {why}")),
        }
    }
    typist.close(true);
}

/// Reads lines on a thread of their own, so that they can be waited for with a bound.
fn numbered(mut input: impl BufRead + Send + 'static) -> Receiver<NumberedLine> {
    let (send, lines) = sync_channel(AHEAD);
    thread::spawn(move || {
        for number in 1.. {
            let mut bytes = Vec::new();
            match input.read_until(b'\n', &mut bytes) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return,
            }
            if bytes.ends_with(b"\n") {
                bytes.pop();
            }
            let line = String::from_utf8(bytes).map_err(|_| "the line is not UTF-8".to_owned());
            if send.send((number, line)).is_err() {
                return;
            }
        }
    });
    lines
}
