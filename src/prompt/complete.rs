//! What the word that is typed may become: commands, steps, formats, placeholders, names, keys of messages seen.

use super::language::{COMMANDS, name_of};
use super::view::KnownWords;
use crate::format::Format;
use crate::script::{STEPS, StepInfo, placeholder_words};

/// Candidates that are shown at most.
const MOST: usize = 100;

/// Words between the values of steps.
const BETWEEN: [&str; 3] = ["every", "times", "within"];

/// Where the word begins that is typed at `at`, and what it may become.
pub(super) fn complete(typed: &str, at: usize, known: &KnownWords) -> (usize, Vec<String>) {
    let typed = typed.get(..at).unwrap_or(typed);
    let line = typed.rsplit('\n').next().unwrap_or(typed);
    let start = at - line.len();
    let (from, candidates) = in_line(line, known);
    let word = line.get(from..).unwrap_or_default();
    let mut fitting: Vec<String> = candidates
        .into_iter()
        .filter(|candidate| candidate.starts_with(word) && candidate != word)
        .collect();
    fitting.sort();
    fitting.dedup();
    fitting.truncate(MOST);
    (start + from, fitting)
}

/// Where the word begins in a line, and all that may stand there.
fn in_line(line: &str, known: &KnownWords) -> (usize, Vec<String>) {
    if line.starts_with(':') {
        let commands = COMMANDS.map(|(command, _)| format!(":{}", name_of(command)));
        return (0, commands.to_vec());
    }
    if let Some(open) = open_placeholder(line) {
        return (open, placeholders(known));
    }
    let word = line.rfind([' ', '\t']).map_or(0, |blank| blank + 1);
    let words: Vec<&str> = line
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .collect();
    let mark = words
        .iter()
        .position(|word| matches!(*word, "->" | "→" | "<-" | "←" | "--"));
    let Some(mark) = mark.filter(|mark| *mark <= 1) else {
        return match quoted(line) {
            Some(from) => (from, keys(known, "\"", "\": ")),
            None if word == 0 => (0, beginnings(known)),
            None => (word, Vec::new()),
        };
    };
    let behind = words.len() - mark - usize::from(!line.ends_with([' ', '\t']));
    let is_control = words.get(mark) == Some(&"--");
    if behind <= 1 {
        let sends = matches!(words.get(mark), Some(&("->" | "→")));
        return (
            word,
            if is_control {
                controls()
            } else {
                frames(sends)
            },
        );
    }
    if let Some(from) = quoted(line).filter(|_| !is_control) {
        return (from, keys(known, "\"", "\": "));
    }
    if is_control {
        return in_expression(line, word, known);
    }
    (word, Vec::new())
}

/// Behind `-- check` and its like: paths, variables, and words of the language.
fn in_expression(line: &str, word: usize, known: &KnownWords) -> (usize, Vec<String>) {
    let text = line.get(word..).unwrap_or_default();
    if let Some(dollar) = text.rfind('$') {
        let names = known.names.iter().filter(|name| !name.contains('-'));
        return (
            word + dollar,
            names.map(|name| format!("${name}")).collect(),
        );
    }
    if let Some(dot) = text.rfind('.') {
        return (word + dot, keys(known, ".", ""));
    }
    (word, BETWEEN.map(str::to_owned).to_vec())
}

/// Where a placeholder opens that is not closed.
fn open_placeholder(line: &str) -> Option<usize> {
    let open = line.rfind("{{")?;
    let inside = line.get(open..)?;
    (!inside.contains("}}") && !inside.contains(' ')).then_some(open)
}

/// Where a string of JSON begins that is not closed.
fn quoted(line: &str) -> Option<usize> {
    let quotes = line.match_indices('"').filter(|(at, _)| {
        at.checked_sub(1)
            .and_then(|before| line.as_bytes().get(before))
            != Some(&b'\\')
    });
    let quotes: Vec<usize> = quotes.map(|(at, _)| at).collect();
    if quotes.len() % 2 == 1 {
        quotes.last().copied()
    } else {
        None
    }
}

fn placeholders(known: &KnownWords) -> Vec<String> {
    let made = placeholder_words().map(|word| format!("{{{{${word}}}}}"));
    let names = known.names.iter().map(|name| format!("{{{{{name}}}}}"));
    made.chain(names).collect()
}

fn keys(known: &KnownWords, before: &str, behind: &str) -> Vec<String> {
    let keys = known.keys.iter();
    keys.map(|key| format!("{before}{key}{behind}")).collect()
}

/// What a line may begin with.
fn beginnings(known: &KnownWords) -> Vec<String> {
    let marks = ["-> ", "<- ", "-- "];
    let clients = known.clients.iter();
    let named = clients.flat_map(|client| marks.map(|mark| format!("{client} {mark}")));
    named.chain(marks.map(str::to_owned)).collect()
}

/// The words behind `--`.
fn controls() -> Vec<String> {
    let steps = STEPS
        .iter()
        .filter(|info| info.client && !info.is_handler());
    let words = steps.filter_map(StepInfo::control_word);
    words.map(|word| format!("{word} ")).collect()
}

/// The words behind `->` and `<-`.
fn frames(sends: bool) -> Vec<String> {
    let frames: &[&str] = if sends {
        &["ping", "pong", "close"]
    } else {
        &["ping", "pong", "close", "drop"]
    };
    let formats = Format::ALL.map(Format::word);
    let words = formats.iter().chain(frames);
    words.map(|word| format!("{word} ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownWords {
        KnownWords {
            clients: Vec::new(),
            names: ["token", "feed"].map(str::to_owned).into(),
            keys: ["price", "op"].map(str::to_owned).into(),
        }
    }

    #[test]
    fn words_are_completed_where_they_stand() {
        let cases: [(&str, usize, &[&str]); 12] = [
            (":q", 0, &[":quit"]),
            ("-", 0, &["-- ", "-> "]),
            ("-> js", 3, &["json "]),
            ("<- dr", 3, &["drop "]),
            ("-- wi", 3, &["within "]),
            ("-> json {\"id\": {{$uu", 15, &["{{$uuid}}"]),
            ("hello {{to", 6, &["{{token}}"]),
            ("{\"pr", 1, &["\"price\": "]),
            ("<- json {\"o", 9, &["\"op\": "]),
            ("-- check .pr", 9, &[".price"]),
            ("-- check .price > $fe", 18, &["$feed"]),
            ("-- repeat 3 ev", 12, &["every"]),
        ];
        for (typed, start, expected) in cases {
            let (from, found) = complete(typed, typed.len(), &known());
            assert_eq!(
                (from, found),
                (
                    start,
                    expected.iter().map(|one| (*one).to_owned()).collect()
                ),
                "{typed}"
            );
        }
        assert_eq!(
            complete("a\n-- wi", 7, &known()),
            (5, vec!["within ".to_owned()])
        );
    }
}
