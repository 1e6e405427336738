//! What it costs to match a 1 MiB JSON message, beside parsing it: `cargo bench --bench matching`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and fails by panicking"
)]

use std::cell::RefCell;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use voiden::protocol::{Bytes, Frame};
use voiden::script::{
    Action, Expected, Files, Fill, Generator, Matcher, Reading, Role, Scope, parse,
};

const ROUNDS: usize = 30;

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Bytes, voiden::script::Unreadable> {
        Err("no files here".into())
    }
}

fn main() {
    let text = message();
    let frame = Frame::Text(text.as_str().into());
    let parsing = best(|| {
        black_box(serde_json::from_str::<serde_json::Value>(&text).unwrap());
    });
    println!("{} bytes of JSON: parsed in {parsing:?}", text.len());
    for pattern in [
        r#"{"op": "snapshot", "items": [{"id": 0, "price": {{$number}}}, {{$rest}}]}"#,
        r#"{"op": "tick", "items": [{"id": {{$any as id}}}, {{$rest}}]}"#,
        r#"{"items": {{$any}}, "sequence": 12345678901234567890}"#,
    ] {
        let matcher = matcher(pattern);
        let whole = best(|| {
            black_box(matcher.test(&Reading::new(frame.clone())));
        });
        let reading = Reading::new(frame.clone());
        black_box(reading.json());
        let matching = best(|| {
            black_box(matcher.test(&reading));
        });
        let ratio = |time: Duration| time.as_secs_f64() / parsing.as_secs_f64();
        println!(
            "{pattern}\n  matched in {matching:?}, {:.4} of parsing; read and matched in {whole:?}, {:.2} of parsing",
            ratio(matching),
            ratio(whole)
        );
        assert!(matching <= parsing, "matching costs more than parsing");
    }
}

fn matcher(pattern: &str) -> Matcher {
    let parsed = parse(&format!("ws://h/\n<- json {pattern}\n"), Role::Client, &[]);
    assert!(parsed.diagnostics.is_empty());
    let Action::Expect(expect) = &parsed.script.steps.first().unwrap().action else {
        unreachable!("the step is an expectation");
    };
    let Expected::Message(pattern) = &expect.what else {
        unreachable!("it expects a message");
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
    fill.matcher(pattern, false).unwrap()
}

/// The shortest of several times.
fn best(mut work: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    times.min().unwrap_or_default()
}

fn message() -> String {
    let mut text = r#"{"op":"snapshot","sequence":12345678901234567890,"items":["#.to_owned();
    let mut id = 0;
    while text.len() < 1 << 20 {
        let comma = if id == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"id":{id},"symbol":"BTC-USD","price":64012.50,"side":"buy","tags":["a","b"]}}"#
        )
        .unwrap();
        id += 1;
    }
    text + "]}"
}
