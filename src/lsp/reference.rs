//! What the reference says of a step, an option, a placeholder, a format or a filter, in Markdown: the tables of `docs`, and
//! those that the parser reads by.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::format::Format;
use crate::script::{FILTERS, OPTIONS, OptionInfo, STEPS, StepInfo};

/// A row of a table in `docs`: its first cell and what stands in the others.
struct TableRow {
    first: String,
    rest: Vec<String>,
}

/// The rows of the tables of some pages.
static ROWS: LazyLock<Vec<TableRow>> = LazyLock::new(|| {
    let pages = [
        include_str!("../../docs/options.md"),
        include_str!("../../docs/patterns.md"),
        include_str!("../../docs/values.md"),
    ];
    pages
        .into_iter()
        .flat_map(str::lines)
        .filter_map(row)
        .collect()
});

fn row(line: &str) -> Option<TableRow> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    // A bar in a cell stands behind a backslash.
    let inner = inner.replace("\\|", "\u{0}");
    let mut cells = inner
        .split('|')
        .map(|cell| without_links(cell.trim()).replace('\u{0}', "|"));
    Some(TableRow {
        first: cells.next()?,
        rest: cells.filter(|cell| !cell.is_empty()).collect(),
    })
}

/// `[text](target)` as `text`: in an editor the target leads nowhere.
fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let link = behind.split_once("](").and_then(|(text, behind)| {
            let (_, behind) = behind.split_once(')')?;
            (!text.contains([']', '`'])).then_some((text, behind))
        });
        if let Some((text, behind)) = link {
            plain.push_str(text);
            rest = behind;
        } else {
            plain.push('[');
            rest = behind;
        }
    }
    plain + rest
}

/// The row whose first cell has such a word in one of its code spans.
fn find(is_it: impl Fn(&str) -> bool) -> Option<&'static TableRow> {
    ROWS.iter().find(|row| {
        let spans = row.first.split('`').skip(1).step_by(2);
        spans.into_iter().any(&is_it)
    })
}

/// What is said of an option.
pub(super) fn option(info: &OptionInfo) -> String {
    let sign = format!("@{}", info.name);
    let begins = |span: &str| {
        span.strip_prefix(&*sign)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let usage = format!("@{} {}", info.name, info.example);
    let mut told = format!("```wss\n{}\n```\n", usage.trim_end());
    if let Some(row) = find(begins) {
        match row.rest.as_slice() {
            [default, what] => drop(write!(told, "\n{what}\n\nDefault: {default}\n")),
            cells => drop(write!(told, "\n{}\n", cells.join(" "))),
        }
    }
    if info.repeated {
        told.push_str("\nMay be repeated.\n");
    }
    told
}

/// The words that an option can take, where it has some: those between bars in its row.
pub(super) fn choices(info: &OptionInfo) -> Vec<String> {
    let sign = format!("@{} ", info.name);
    let Some(row) = find(|span| span.starts_with(&*sign)) else {
        return Vec::new();
    };
    let spans = row.first.split('`').skip(1).step_by(2);
    let values = spans.filter_map(|span| span.strip_prefix(&*sign));
    values
        .flat_map(|value| value.split(" | "))
        .filter(|word| {
            let plain = |next: char| next.is_ascii_lowercase() || next == '-';
            !word.is_empty() && word.chars().all(plain)
        })
        .map(str::to_owned)
        .collect()
}

/// The option of that name.
pub(super) fn option_named(name: &str) -> Option<&'static OptionInfo> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// What is said of a step.
pub(super) fn step(info: &StepInfo) -> String {
    format!("{}\n\n```wss\n{}\n```\n", info.does, info.example)
}

/// The step that a line's words begin with, the longest of them.
pub(super) fn step_of(line: &str) -> Option<&'static StepInfo> {
    let line = line.replacen('→', "->", 1).replacen('←', "<-", 1);
    let mut words = line.split_whitespace();
    let words: Vec<&str> = words.by_ref().take(3).collect();
    let begins = |info: &&StepInfo| {
        let mut own = info.words.split(' ');
        let mut typed = words.iter();
        own.by_ref().all(|word| typed.next() == Some(&word))
    };
    STEPS
        .iter()
        .filter(begins)
        .max_by_key(|info| info.words.len())
}

/// What is said of a placeholder, by its word with `$`.
pub(super) fn placeholder(word: &str) -> Option<String> {
    let opens = format!("{{{{{word}");
    let is_it = |span: &str| {
        span.strip_prefix(&*opens)
            .is_some_and(|rest| rest.starts_with([' ', '}']))
    };
    // One that matches may stand for a value as well.
    let rows = ROWS
        .iter()
        .filter(|row| row.first.split('`').skip(1).step_by(2).any(is_it));
    let told = rows.map(|row| format!("{}: {}\n", row.first, row.rest.join(" ")));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

/// The words of all placeholders with how they are written, those that match and those that stand for a value.
pub(super) fn placeholders() -> impl Iterator<Item = &'static str> {
    ROWS.iter()
        .flat_map(|row| row.first.split('`').skip(1).step_by(2))
        .filter(|span| span.starts_with("{{$") && span.ends_with("}}"))
}

/// What is said of a format.
pub(super) fn format(format: Format) -> Option<String> {
    let word = format.word();
    let row = find(|span| span.split(' ').next() == Some(word))?;
    Some(format!("`{word}`: {}\n", row.rest.join(" ")))
}

/// What is said of a filter of jq that is ours.
pub(super) fn filter(name: &str) -> Option<String> {
    let filter = FILTERS.iter().find(|filter| filter.name == name)?;
    let (does, example, gives) = (filter.does, filter.example, filter.gives);
    Some(format!("{does}\n\n`{example}` is `{gives}`\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_placeholder_and_format_has_a_row() {
        for info in OPTIONS {
            let begins = format!("@{}", info.name);
            let row = find(|span| span.split(' ').next() == Some(&*begins));
            assert!(row.is_some(), "{begins}");
        }
        for format in Format::ALL {
            assert!(super::format(format).is_some(), "{format}");
        }
        let words: Vec<_> = placeholders().collect();
        for word in [
            "$any", "$rest", "$match", "$uuid", "$epochMs", "$file", "$message", "$index",
        ] {
            assert!(placeholder(word).is_some(), "{word}");
            assert!(
                words
                    .iter()
                    .any(|span| span.starts_with(&format!("{{{{{word}"))),
                "{word}"
            );
        }
    }

    #[test]
    fn what_is_said_is_plain_markdown() {
        let told = option(option_named("follow").unwrap());
        assert!(told.contains("redirects that are followed"), "{told}");
        assert!(told.contains("Default: 0"), "{told}");
        assert_eq!(choices(option_named("log").unwrap()), ["all", "matched"]);
        assert_eq!(
            choices(option_named("timestamps").unwrap()),
            ["utc", "local", "offset", "none"]
        );
        assert_eq!(
            choices(option_named("timeout").unwrap()),
            Vec::<String>::new()
        );
        assert_eq!(step_of("-- on connect").unwrap().words, "-- on connect");
        assert_eq!(step_of("→ json {}").unwrap().words, "->");
        assert!(step_of("nothing").is_none());
        assert!(filter("gunzip").unwrap().contains("is `\"abc\"`"));
    }
}
