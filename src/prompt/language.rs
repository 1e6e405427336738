//! What a typed line is: a command of the prompt, steps, or a message to be sent. Knows no terminal and no connection.

use crate::diagnostic::nearest;
use crate::format::Format;
use crate::format::json::{JsonTokenKind, tokens};
use crate::script::{STEPS, StepInfo, begins_step};

/// A command of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PromptCommand {
    /// `:help`
    Help,
    /// `:expect [N]`
    Expect(usize),
    /// `:undo`
    Undo,
    /// `:run`
    Run,
    /// `:step`
    Step,
    /// `:vars`
    Variables,
    /// `:save [FILE]`
    Save(Option<String>),
    /// `:quit`
    Quit,
}

/// Every command: how it is written, and what it does.
pub(super) const COMMANDS: [(&str, &str); 8] = [
    (":help", "what can be typed"),
    (
        ":expect [N]",
        "expect the last N messages in what is recorded (1 without N)",
    ),
    (
        ":undo",
        "take the last send out of the record, with what it brought",
    ),
    (":run", "run the rest of the block's steps"),
    (":step", "run the next of the block's steps"),
    (":vars", "show the variables"),
    (
        ":save [FILE]",
        "write what was recorded, into FILE or that of -o",
    ),
    (":quit", "close with 1000 and end"),
];

/// Reads a line that may be a command; `None`: it is none.
///
/// # Errors
/// A sentence and its cure: it looks like one, but is not.
pub(super) fn command(line: &str) -> Option<Result<PromptCommand, String>> {
    let line = line.trim();
    let rest = line.strip_prefix(':')?;
    if !rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
        return None;
    }
    let (word, argument) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let argument = argument.trim();
    Some(read_command(word, argument))
}

fn read_command(word: &str, argument: &str) -> Result<PromptCommand, String> {
    let command = match word {
        "help" => PromptCommand::Help,
        "undo" => PromptCommand::Undo,
        "run" => PromptCommand::Run,
        "step" => PromptCommand::Step,
        "vars" => PromptCommand::Variables,
        "quit" => PromptCommand::Quit,
        "save" => {
            let file = (!argument.is_empty()).then(|| argument.to_owned());
            return Ok(PromptCommand::Save(file));
        }
        "expect" => {
            let count = if argument.is_empty() {
                Ok(1)
            } else {
                argument.parse()
            };
            return match count {
                Ok(count @ 1..) => Ok(PromptCommand::Expect(count)),
                _ => Err("`:expect` takes a number of messages: `:expect 2`".to_owned()),
            };
        }
        _ => return Err(unknown(word)),
    };
    if argument.is_empty() {
        Ok(command)
    } else {
        Err(format!("`:{word}` takes nothing behind it"))
    }
}

fn unknown(word: &str) -> String {
    let words = COMMANDS.map(|(command, _)| name_of(command));
    let shown: String = word.chars().take(40).collect();
    let shown = crate::report::harmless(&shown);
    match nearest(word, words) {
        Some(near) => format!("there is no `:{shown}`; did you mean `:{near}`?"),
        None => format!(
            "there is no `:{shown}`; `:help` names the commands, and `-> text :{shown}` sends it"
        ),
    }
}

/// The word of a command, without the colon.
pub(super) fn name_of(command: &str) -> &str {
    let command = command.trim_start_matches(':');
    command.split(' ').next().unwrap_or(command)
}

/// What was typed as steps, and how many bytes at its start were not typed.
pub(super) fn as_steps(typed: &str, clients: bool) -> (String, usize) {
    let first = typed.split('\n').next().unwrap_or_default();
    if begins_step(first, clients) {
        return (typed.to_owned(), 0);
    }
    let blanks = typed.len() - typed.trim_start_matches([' ', '\t']).len();
    let text = typed.get(blanks..).unwrap_or_default();
    let several = typed.contains('\n') && !is_step(typed.split('\n').nth(1), clients);
    let mark = match text.chars().next() {
        Some('{') if !opens_placeholder(text) => "-> ",
        Some('[' | '<') => "-> ",
        // A backslash keeps a line below from being a step.
        Some('\\') => "-> text\n",
        _ if several => "-> text\n",
        _ => "-> text ",
    };
    (format!("{mark}{typed}"), mark.len())
}

fn is_step(line: Option<&str>, clients: bool) -> bool {
    line.is_some_and(|line| begins_step(line, clients))
}

fn opens_placeholder(text: &str) -> bool {
    let behind = text.strip_prefix("{{").and_then(|rest| rest.chars().next());
    behind.is_some_and(|next| next.is_alphabetic() || next == '_' || next == '$')
}

/// Whether more lines have to follow before what was typed can be steps: JSON or XML that is not complete, or a FORMAT
/// without its body.
pub(super) fn is_incomplete(typed: &str, clients: bool) -> bool {
    let (text, _) = as_steps(typed, clients);
    // The body that is under way belongs to the last step that has one.
    let mut body: Option<(Format, String)> = None;
    for line in text.split('\n') {
        if begins_step(line, clients) {
            body = opened(line);
        } else if let Some((_, body)) = &mut body {
            body.push('\n');
            body.push_str(line);
        }
    }
    match body {
        Some((Format::Json | Format::Msgpack | Format::Cbor | Format::Proto, body)) => {
            body.trim().is_empty() || is_open_json(&body)
        }
        Some((Format::Xml, body)) => body.trim().is_empty() || is_open_xml(&body),
        Some((Format::Binary, body)) => body.trim().is_empty(),
        Some((Format::Text, _)) | None => false,
    }
}

/// Whether a line is a step of which the lines below may be the body.
pub(super) fn awaits_body(typed: &str) -> bool {
    let last = typed.split('\n').rfind(|line| begins_step(line, true));
    last.and_then(opened)
        .is_some_and(|(_, body)| body.is_empty())
}

/// The FORMAT and the first line of the body of a step that sends.
fn opened(line: &str) -> Option<(Format, String)> {
    let behind = line
        .split_once("->")
        .or_else(|| line.split_once('→'))?
        .1
        .trim();
    let (word, rest) = behind.split_once([' ', '\t']).unwrap_or((behind, ""));
    match Format::from_word(word) {
        Some(Format::Proto) => {
            let body = rest
                .trim()
                .split_once([' ', '\t'])
                .map_or("", |(_, body)| body);
            Some((Format::Proto, body.to_owned()))
        }
        Some(format) => Some((format, rest.trim().to_owned())),
        None if behind.starts_with('<') => Some((Format::Xml, behind.to_owned())),
        None if behind.starts_with('[') => Some((Format::Json, behind.to_owned())),
        None if behind.starts_with('{') && !opens_placeholder(behind) => {
            Some((Format::Json, behind.to_owned()))
        }
        None => None,
    }
}

fn is_open_json(text: &str) -> bool {
    let mut depth = 0_i64;
    for token in tokens(text.as_bytes()) {
        match token.kind {
            JsonTokenKind::Open => depth += 1,
            JsonTokenKind::Close => depth -= 1,
            JsonTokenKind::UnclosedString => return !text.contains("{{"),
            _ => {}
        }
    }
    depth > 0
}

/// Whether an element or a tag is open.
fn is_open_xml(text: &str) -> bool {
    let mut depth = 0_i64;
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((tag, after)) = behind.split_once('>') else {
            return true;
        };
        if tag.starts_with('/') {
            depth -= 1;
        } else if !tag.ends_with('/') && !tag.starts_with(['!', '?']) {
            depth += 1;
        }
        rest = after;
    }
    depth > 0
}

/// Whether a line refines the step above it, or is done with it.
pub(super) fn refines(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("--") else {
        return false;
    };
    let word = rest.trim().split([' ', '\t']).next().unwrap_or_default();
    let refines = |info: &StepInfo| {
        info.control_word() == Some(word) && (info.refines.is_some() || word == "let")
    };
    word.starts_with('#') || STEPS.iter().any(refines)
}

/// Whether a line judges the last match where it stands by itself.
pub(super) fn judges(line: &str) -> bool {
    let rest = line.strip_prefix("--").unwrap_or_default().trim();
    let word = rest.split([' ', '\t']).next().unwrap_or_default();
    matches!(word, "check" | "save" | "secret")
}

/// Whether the last step of an entry waits for a message.
pub(super) fn ends_in_expectation(typed: &str, clients: bool) -> bool {
    let is_step = |line: &&str| begins_step(line, clients) && !refines(line);
    let last = typed.split('\n').rfind(is_step).unwrap_or_default();
    let mut words = last.split_whitespace().take(if clients { 2 } else { 1 });
    words.any(|word| word.starts_with("<-") || word.starts_with('←'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_by_itself_is_told_from_one_that_refines() {
        for line in ["-- check .a", "-- save a = .a", "-- secret a"] {
            assert!(judges(line), "{line}");
        }
        assert!(!judges("-- within 1s") && !judges("check"));
        assert!(ends_in_expectation("<- text a\n-- within 1s", false));
        assert!(ends_in_expectation("bob <- text a", true));
        for text in ["-> text <- a", "hello", "<- text a\n-> text b"] {
            assert!(!ends_in_expectation(text, false), "{text}");
        }
    }

    #[test]
    fn a_line_without_a_mark_is_sent() {
        let cases = [
            ("hello", "-> text hello"),
            ("{\"a\": 1}", "-> {\"a\": 1}"),
            ("[1]", "-> [1]"),
            ("<a/>", "-> <a/>"),
            ("{{name}} hi", "-> text {{name}} hi"),
            ("{{$uuid}}", "-> text {{$uuid}}"),
            ("\\-> x", "-> text\n\\-> x"),
            ("->x", "-> text ->x"),
            ("two\nlines", "-> text\ntwo\nlines"),
            ("again\n-- repeat 3", "-> text again\n-- repeat 3"),
            ("-> ping", "-> ping"),
            ("-- wait 1s", "-- wait 1s"),
            ("→ text x", "→ text x"),
        ];
        for (typed, steps) in cases {
            assert_eq!(as_steps(typed, false).0, steps, "{typed}");
        }
        assert_eq!(as_steps("bob -> text x", true).0, "bob -> text x");
        assert_eq!(as_steps("bob -> text x", false).0, "-> text bob -> text x");
    }

    #[test]
    fn a_body_that_is_not_complete_goes_on() {
        for open in [
            "{\"a\": [1,",
            "{\"a\": \"b",
            "-> json",
            "-> json {",
            "-> json\n{\"a\":",
            "<a><b/>",
            "<a",
            "-> xml",
            "-> binary",
        ] {
            assert!(is_incomplete(open, false), "{open}");
        }
        for whole in [
            "{\"a\": [1]}",
            "{{name}}",
            "{\"a\": {{n}}}",
            "{\"a\": \"{{n}}\"}",
            "hello {",
            "-> text",
            "-> json {}",
            "-> json\n{}",
            "<- json",
            "<- json {\"a\": 1}\n-- check .a",
            "<a><b/></a>",
            "<a/>",
            "-> ping {",
            "}",
        ] {
            assert!(!is_incomplete(whole, false), "{whole}");
        }
    }

    #[test]
    fn commands_are_told_from_texts() {
        assert_eq!(command(":quit"), Some(Ok(PromptCommand::Quit)));
        assert_eq!(command(":expect 3"), Some(Ok(PromptCommand::Expect(3))));
        assert_eq!(command(":expect"), Some(Ok(PromptCommand::Expect(1))));
        let file = Some("a b.md".to_owned());
        assert_eq!(command(":save a b.md"), Some(Ok(PromptCommand::Save(file))));
        for text in ["hello", ":)", ": x", ""] {
            assert_eq!(command(text), None, "{text}");
        }
        for wrong in [":qit", ":expect 0", ":expect x", ":run now", ":nothing"] {
            assert!(matches!(command(wrong), Some(Err(_))), "{wrong}");
        }
    }

    #[test]
    fn refinements_are_told_from_steps() {
        for line in [
            "-- within 2s",
            "-- check .a",
            "-- # why",
            "-- repeat 3",
            "-- let a = 1",
        ] {
            assert!(refines(line), "{line}");
        }
        for line in [
            "-- wait 2s",
            "-- drop",
            "-- on text x",
            "hello",
            "-> text x",
            "---",
        ] {
            assert!(!refines(line), "{line}");
        }
    }
}
