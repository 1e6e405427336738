//! Matching: a message looks like itself, a verdict is what its explanation says, and a spelling changes nothing.

use std::cell::RefCell;

use voiden::diagnostic::Diagnostic;
use voiden::format::{Format, read_json};
use voiden::protocol::{Bytes, Frame};
use voiden::script::{
    Action, Expected, Files, Fill, Generator, MatchVerdict, Matcher, Miss, Reading, Role, Scope,
    parse,
};

/// The input is what stands behind a FORMAT of an expectation, and below it a message.
pub(crate) fn holds(input: &str) {
    let (pattern, message) = input.split_once("\n%%\n").unwrap_or((input, input));
    looks_like_itself(message);
    for format in [Format::Text, Format::Json, Format::Xml] {
        let (Some(loose), Some(exact)) = (
            matcher(format, pattern, false),
            matcher(format, pattern, true),
        ) else {
            continue;
        };
        let fits = verdict(&loose, message);
        if verdict(&exact, message) {
            assert!(fits, "less is asked for");
        }
        if format == Format::Json {
            spelling_is_nothing(&loose, message);
            spelling_is_nothing(&exact, message);
        }
    }
}

fn matcher(format: Format, pattern: &str, exact: bool) -> Option<Matcher> {
    let parsed = parse(
        &format!("ws://h/\n<- {format} {pattern}"),
        Role::Client,
        &[],
    );
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let Action::Expect(expect) = parsed.script.steps.into_iter().next()?.action else {
        return None;
    };
    let Expected::Message(pattern) = expect.what else {
        return None;
    };
    let fill = Fill {
        scope: &Scope::default(),
        generator: &RefCell::new(Generator::repeating()),
        files: &NoFiles,
        index: None,
        client: None,
        client_count: None,
        message: None,
        request: None,
        instance: 1,
        packing: voiden::script::Packing::plain(),
    };
    fill.matcher(&pattern, exact).ok()
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Bytes, voiden::script::Unreadable> {
        Err("no such file".into())
    }
}

fn text(text: &str) -> Reading {
    Reading::new(Frame::Text(text.into()))
}

/// Whether the message matches, by both that know it; whatever is told of it is one line.
fn verdict(matcher: &Matcher, message: &str) -> bool {
    let reading = text(message);
    let fits = matches!(matcher.test(&reading), MatchVerdict::Match(_));
    let Miss { shown, why, .. } = matcher.explain(&reading);
    assert_eq!(fits, why == "it looks as expected", "{why}");
    for told in [&shown, &why, &matcher.describe()] {
        assert!(!told.chars().any(char::is_control), "{told:?}");
    }
    assert!(shown.chars().count() <= 80, "{shown}");
    fits
}

/// As it is written: by itself it is a pattern that it fits, also exactly.
fn looks_like_itself(message: &str) {
    // Two braces would open a placeholder, and a line end the step.
    if message.contains("{{") || message.contains(['\n', '\r']) {
        return;
    }
    let json = read_json::<serde_json::Value>(message).is_ok();
    let xml = roxmltree::Document::parse(message).is_ok();
    for (format, reads) in [(Format::Json, json), (Format::Xml, xml)] {
        for exact in [false, true] {
            if reads {
                let matcher = matcher(format, message, exact).expect("a pattern");
                assert!(verdict(&matcher, message), "{format} {message:?}");
            }
        }
    }
}

/// JSON means the same with other blanks in it.
fn spelling_is_nothing(matcher: &Matcher, message: &str) {
    let Ok(value) = read_json::<serde_json::Value>(message) else {
        return;
    };
    let verdict = matcher.test(&text(message));
    assert_eq!(matcher.test(&text(&value.to_string())), verdict);
    assert_eq!(matcher.test(&text(&format!("{value:#}"))), verdict);
}
