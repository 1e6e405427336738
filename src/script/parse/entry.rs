//! A step's line, read as the table says of it; and what is told of one that the table does not have.

use super::lines::{StepMark, StepText};
use super::misplaced;
use super::short::short;
use super::steps::{LineAbove, StepInfo, StepReader, Steps};
use super::table::{STEPS, find};
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::source::Span;

/// Reads a step's line and the lines below it.
pub(super) fn read(steps: &mut Steps<'_>, entry: &StepText<'_>) {
    let line = &entry.line;
    let (word, rest) = line.rest.word();
    if line.mark == StepMark::Control && word.text.starts_with('#') {
        return steps.stray(&entry.below);
    }
    let Some(info) = find(line.mark, line.rest) else {
        steps.above = LineAbove::Wrong;
        let diagnostic = unknown(entry, word, rest);
        steps.tell(diagnostic);
        return steps.stray(&entry.below);
    };
    match info.read {
        StepReader::Refinement(read) if steps.keeps(word) => steps.keep(info, read, line),
        StepReader::Computing(read) => steps.keep(info, read, line),
        StepReader::Refinement(read) => steps.refine(info, read, line),
        StepReader::Step(read) | StepReader::Handler(read) => {
            steps.above = LineAbove::Wrong;
            let who = steps.who(line, info.naming);
            let problem = misplaced::step(info, entry, steps.script);
            steps.misplaced = problem.is_some();
            steps.told.extend(problem);
            read(steps, entry, who);
        }
    }
    if !info.body {
        steps.stray(&entry.below);
    }
}

fn unknown(entry: &StepText<'_>, word: Piece<'_>, rest: Piece<'_>) -> Diagnostic {
    if word.is_empty() {
        let message = "nothing stands behind `--`";
        return Diagnostic::error(entry.line.whole.span(), message)
            .hint("for instance `-- wait 1s`; a comment is `-- # text`");
    }
    let words = STEPS.iter().filter_map(StepInfo::control_word);
    let plain = word.text.trim_end_matches(':').replace('_', "-");
    let hint = if let Some(near) = other_words(&plain).or_else(|| nearest(&plain, words)) {
        let line = format!("-- {near} {}", short(rest.text));
        Cure::from(format!("did you mean `{}`?", line.trim_end())).put(near)
    } else {
        let sentence = format!("a comment is `-- # {}`", short(entry.line.rest.text));
        Cure::from(sentence).put_at(Span::at(word.at), "# ")
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
        "capture" => "save",
        "set" | "var" | "compute" | "assign" => "let",
        "timeout" => "within",
        "cut" | "kill" | "abort" => "drop",
        "log" | "print" | "echo" => "note",
        "filter" | "if" | "when" => "where",
        "strict" => "exact",
        "count" => "times",
        _ => return None,
    })
}
