//! Expressions: whatever is written is understood or refused at its place, and judging whatever was sent ends, with a
//! verdict that fits the value.

use std::time::{Duration, Instant};

use voiden::format::{Format, read_json};
use voiden::protocol::{Bytes, Frame};
use voiden::script::{Expression, Facts, Judged, Making, Subject, Value};
use voiden::source::Span;

/// What stands before an expression.
const BEFORE: &str = "-- check ";
/// The time that an expression has.
const TIME: Duration = Duration::from_millis(20);
/// What it may take over that: time is looked at between steps.
const LONGEST: Duration = Duration::from_secs(5);
/// What a run says that came to a bound, and might as well have come to a value.
const BOUNDS: [&str; 6] = [
    "its filters make more than 1048576 bytes (`@max-message`)",
    "it did not finish within its step's time",
    "it takes too many steps",
    "it calls itself too deep",
    "its `*` makes more than 16 MiB",
    "is larger than 4 MiB",
];

/// What goes round, or updates what it has just updated, may build anything in a few steps: only the machine
/// bounds that, so it is compiled and no more. Of the rest nothing large is built by what is short.
const GROWS: [&str; 11] = [
    "|=", "+=", "def", "foreach", "range", "recurse", "reduce", "repeat", "until", "walk", "while",
];
const SHORT: usize = 160;

/// The input is an expression, and below it a message.
pub(crate) fn holds(input: &str) {
    let (source, message) = input.split_once("\n%%\n").unwrap_or((input, "{}"));
    let Some(expression) = compiled(source) else {
        return;
    };
    if source.len() > SHORT || GROWS.iter().any(|word| source.contains(word)) {
        return;
    }
    let text = Frame::Text(message.into());
    let bytes = Bytes::copy_from_slice(message.as_bytes());
    for subject in [
        Subject::Read(text.clone(), Format::Json),
        Subject::Frame(text),
        Subject::Frame(Frame::Binary(bytes)),
    ] {
        let value = value(&expression, &subject);
        fits(&judged(&expression, &subject), &value);
        in_parentheses(source, &subject, &value);
    }
}

/// Places lie in the text, also where the expression is refused.
fn compiled(source: &str) -> Option<Expression> {
    let text = format!("{BEFORE}{source}");
    let slice = |span: Span| text.get(std::ops::Range::from(span));
    match Expression::compile(source, Span::new(BEFORE.len(), text.len())) {
        Ok(expression) => {
            assert_eq!(slice(expression.span), Some(expression.source.as_str()));
            for need in &expression.needs {
                let place = slice(need.span).and_then(|place| place.strip_prefix('$'));
                assert_eq!(place, Some(need.text.as_str()));
            }
            Some(expression)
        }
        Err(refused) => {
            assert!(refused.is_error());
            assert!(slice(refused.span).is_some(), "{refused:?} in {text:?}");
            assert!(refused.span.start >= BEFORE.len(), "{refused:?}");
            None
        }
    }
}

fn facts(expression: &Expression, subject: &Subject) -> Facts {
    let needs = expression.needs.iter();
    Facts {
        wire: None,
        subject: subject.clone(),
        elapsed: Duration::from_millis(7),
        handshake: None,
        around: voiden::script::Surroundings::default(),
        request: None,
        variables: needs
            .map(|need| (need.text.clone(), Value::Json("[1]".to_owned())))
            .collect(),
        making: Making::still(1 << 20),
    }
}

fn judged(expression: &Expression, subject: &Subject) -> Judged {
    let facts = facts(expression, subject);
    let judged = in_time(|until| expression.judge_until(&facts, until));
    if let Judged::Fails { why, .. } = &judged {
        is_sentence(why);
    }
    judged
}

fn value(expression: &Expression, subject: &Subject) -> Result<String, String> {
    let facts = facts(expression, subject);
    match in_time(|until| expression.value_until(&facts, until)) {
        Ok(Value::Bytes(bytes)) => Ok(format!("{bytes:?}")),
        Ok(Value::Json(json)) => {
            assert!(read_json::<serde_json::Value>(&json).is_ok(), "{json}");
            Ok(json)
        }
        Ok(Value::Text(text)) => panic!("{text:?} is not JSON"),
        Err(why) => {
            is_sentence(&why);
            Err(why)
        }
    }
}

fn in_time<T>(work: impl FnOnce(Option<Instant>) -> T) -> T {
    let began = Instant::now();
    let done = work(Some(began + TIME));
    assert!(began.elapsed() < LONGEST, "it took {:?}", began.elapsed());
    done
}

/// It becomes a part of a line.
fn is_sentence(why: &str) {
    assert!(
        !why.is_empty() && !why.chars().any(char::is_control),
        "{why:?}"
    );
    assert!(why.chars().count() < 250, "{why}");
}

/// A check that holds has a first value, and no check holds with one that is false.
fn fits(judged: &Judged, value: &Result<String, String>) {
    match (judged, value) {
        (Judged::Holds, Ok(json)) => assert_ne!(json, "false"),
        (Judged::Holds, Err(why)) => assert!(
            is_bound(why)
                || why.ends_with("which is not valid JSON")
                || why.starts_with("is bytes, "),
            "it holds, but {why}"
        ),
        (Judged::Fails { why, .. }, Ok(json)) => assert_ne!(why, "it gave nothing", "{json}"),
        (Judged::Fails { .. }, Err(_)) => {}
    }
}

/// Parentheses around all of it are nothing.
fn in_parentheses(source: &str, subject: &Subject, value: &Result<String, String>) {
    // The time of day goes on.
    if source.contains("now") {
        return;
    }
    // A line break ends a comment.
    let Some(around) = compiled(&format!("({source}\n)")) else {
        return;
    };
    let again = self::value(&around, subject);
    let bound = |value: &Result<String, String>| value.as_ref().is_err_and(|why| is_bound(why));
    if !bound(value) && !bound(&again) {
        assert_eq!(again, *value, "{source}");
    }
}

fn is_bound(why: &str) -> bool {
    BOUNDS.iter().any(|bound| why.ends_with(bound))
}
