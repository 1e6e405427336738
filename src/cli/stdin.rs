//! `-`: a document that is read from stdin.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use crate::report::Output;
use crate::runner::{Named, Selector};

/// What the document is called where something is said about it.
pub(super) const NAME: &str = "<stdin>";

/// The same arguments, with `-#NAME` and `-:LINE` spelled in a way that no option has.
pub(super) fn spelled(arguments: Vec<OsString>) -> Vec<OsString> {
    let spelled =
        |argument: OsString| match argument.to_str().and_then(|text| text.strip_prefix('-')) {
            Some(selector) if selector.starts_with(['#', ':']) => {
                OsString::from(format!("{NAME}{selector}"))
            }
            _ => argument,
        };
    arguments.into_iter().map(spelled).collect()
}

/// Whether a document from stdin is among what is named.
pub(super) fn is_among(files: &[String]) -> bool {
    files.iter().any(|file| part(file).is_some())
}

/// What is named of the document.
enum StdinPart {
    /// `-`
    Whole,
    /// `-#NAME`, `-:LINE`
    Block(Selector),
}

fn part(file: &str) -> Option<StdinPart> {
    if file == "-" {
        return Some(StdinPart::Whole);
    }
    let rest = file.strip_prefix(NAME)?;
    if let Some(name) = rest.strip_prefix('#') {
        return Some(StdinPart::Block(Selector::Name(name.trim().to_owned())));
    }
    let line = rest.strip_prefix(':')?.parse().ok()?;
    Some(StdinPart::Block(Selector::Line(line)))
}

/// Reads the document.
///
/// # Errors
/// A usage error.
pub(super) fn read() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| format!("stdin could not be read: {error}"))?;
    Ok(bytes)
}

/// What is meant by the files that are named, where the document from stdin is one of them.
///
/// # Errors
/// A usage error.
pub(super) fn named(files: &[String], bytes: &[u8]) -> Result<Named, String> {
    let mut selectors = Vec::new();
    let mut whole = false;
    for file in files {
        match part(file) {
            Some(StdinPart::Block(selector)) => selectors.push(selector),
            Some(StdinPart::Whole) => whole = true,
            None => return Err("`-` is stdin, and stands alone".to_owned()),
        }
    }
    if whole {
        selectors.clear();
    }
    Ok(Named {
        shown: NAME.to_owned(),
        path: PathBuf::from("-"),
        selectors,
        text: Some(text(bytes)?.into()),
    })
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        format!("{NAME}: it is not UTF-8 (line {line})")
    })
}

/// What a filter does with arguments that mean nothing: gives back what it was given. Nothing is read from a terminal.
pub(super) fn pass_through(out: &mut Output) {
    if io::stdin().is_terminal() {
        return;
    }
    if let Ok(bytes) = read() {
        out.put_document(&bytes);
        out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[&str]) -> Vec<String> {
        let arguments = files.iter().map(OsString::from).collect();
        let spelled = spelled(arguments).into_iter();
        spelled.map(|file| file.into_string().unwrap()).collect()
    }

    #[test]
    fn blocks_of_stdin_are_selected_as_those_of_files_are() {
        let selectors =
            |named: &[&str]| super::named(&files(named), b"x").map(|named| named.selectors);
        assert_eq!(selectors(&["-"]), Ok(vec![]));
        let one = Selector::Name("One # 1".to_owned());
        assert_eq!(
            selectors(&["-#One # 1", "-:3"]),
            Ok(vec![one, Selector::Line(3)])
        );
        assert_eq!(selectors(&["-#One", "-"]), Ok(vec![]));
        assert!(
            selectors(&["-", "a.md"])
                .unwrap_err()
                .contains("stands alone")
        );
        assert!(!is_among(&files(&["a.md", "-x", "--", "./-"])));
        assert!(is_among(&files(&["a.md", "-:7"])));
    }

    #[test]
    fn what_is_not_utf_8_is_told_with_its_line() {
        let wrong = super::named(&files(&["-"]), b"a\nb\xff").unwrap_err();
        assert_eq!(wrong, "<stdin>: it is not UTF-8 (line 2)");
    }
}
