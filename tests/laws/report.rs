//! Reports: whatever a peer sends and whatever things are called, each format stays what it is, and what is read back is
//! what was told.

use std::io::{self, Read as _, Seek as _, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use voiden::diagnostic::Diagnostic;
use voiden::document::BlockKind;
use voiden::protocol::{Close, Ending, Event, EventKind, Frame};
use voiden::redact::{Redacted, Redactor};
use voiden::report::{Log, ReportFormat, harmless};
use voiden::runner::{
    BlockInfo, BlockResult, DocumentResult, Findings, Kept, News, ReportedDocument, Reporter,
    Verdict,
};
use voiden::source::{Source, Span};
use voiden::transcript::{Recorder, Style};
use voiden::wall_clock::WallClock;

use super::{session, visible};

/// The input is what everything is called that has a name, and below it a session.
pub(crate) fn holds(input: &str) {
    let (name, session) = input.split_once("\n%%\n").unwrap_or((input, ""));
    let (style, events) = session::read(session);
    let run = Run::of(name, &style, events);
    let log = run.log();
    is_log(&log, &run);
    is_json(&run.report("json"), &log);
    is_tap(&run.report("tap"));
    is_junit(&run.report("junit"), &run);
    is_page(&run.report("html"));
}

/// A document of one block of each verdict, two of which heard the events; and something in it could not run.
struct Run<'a> {
    name: &'a str,
    style: &'a Style,
    events: Vec<Redacted<Event>>,
    results: Vec<BlockResult>,
}

impl<'a> Run<'a> {
    fn of(name: &'a str, style: &'a Style, events: Vec<Event>) -> Self {
        let redactor = Redactor::default();
        let events = events.into_iter().map(|event| redactor.event(event));
        let verdicts = [
            Verdict::Passed,
            Verdict::Failed(redactor.text(name)),
            Verdict::Skipped(redactor.text(name)),
            Verdict::NotRun,
        ];
        let results = verdicts.into_iter().enumerate().map(|(index, verdict)| {
            let block = BlockInfo {
                index,
                kind: BlockKind::Client,
                name: redactor.text(name),
                line: 7,
            };
            BlockResult {
                block,
                verdict,
                sent: 1,
                received: 2,
                took: Duration::from_millis(30),
                kept: Kept::None,
            }
        });
        Self {
            name,
            style,
            events: events.collect(),
            results: results.collect(),
        }
    }

    fn tell(&self, reporter: &dyn Reporter) {
        let subject = ReportedDocument {
            index: 0,
            name: self.name.to_owned(),
        };
        let hear = |news: &News<'_>| reporter.hear(&subject, news);
        let source = Source::new(self.name, self.name);
        let span = Span::new(0, self.name.len());
        let diagnostics = [Diagnostic::error(span, self.name).hint(self.name)];
        let redactor = Redactor::default();
        let wrong = News::Diagnostics(Findings::new(&source, &diagnostics, &redactor));
        hear(&News::Begun);
        hear(&News::Remark {
            sentence: &redactor.text(self.name),
            fatal: true,
        });
        for result in &self.results {
            let block = &result.block;
            if matches!(result.verdict, Verdict::Passed | Verdict::Failed(_)) {
                hear(&News::Started(block));
                self.session(block, &hear);
                hear(&wrong);
            }
            let script = &redactor.text(self.name);
            hear(&News::Finished {
                block,
                result,
                script,
            });
        }
        let text = &*format!("--- a\n+{}\n", self.name);
        let blocks = &[(0, text.to_owned())];
        hear(&News::Difference { text, blocks });
        hear(&News::Done(&DocumentResult {
            name: self.name.to_owned(),
            blocks: self.results.len(),
            results: self.results.clone(),
            refused: true,
            ..DocumentResult::default()
        }));
    }

    fn session(&self, block: &BlockInfo, hear: &dyn Fn(&News<'_>)) {
        let mut recorder = Recorder::new(self.style.clone());
        for event in &self.events {
            hear(&News::Event {
                block,
                began: self.style.began,
                event,
                line: Some(9),
            });
            let lines = &recorder.record(event.clone());
            hear(&News::Lines { block, lines });
        }
        let (_, lines) = &recorder.finish(true, Duration::from_millis(30));
        hear(&News::Lines { block, lines });
    }

    fn log(&self) -> String {
        let mut file = tempfile::tempfile().expect("a file");
        let log = Log::new(file.try_clone().expect("the same file")).expect("a log");
        self.tell(&log);
        log.finish().expect("it was written");
        let mut text = String::new();
        file.rewind().expect("a file");
        file.read_to_string(&mut text).expect("text");
        text
    }

    fn report(&self, name: &str) -> String {
        let written = Written::default();
        let format = ReportFormat::named(name).expect("a format");
        let report = format.report(Box::new(written.clone()), WallClock::default());
        self.tell(&*report);
        report.finish().expect("it was written");
        let bytes = written.0.lock().expect("nobody else writes").clone();
        String::from_utf8(bytes).expect("text")
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("one writer").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines that everybody shows as they are, tabs aside.
fn plain_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_terminator('\n')
        .inspect(|line| line.split('\t').for_each(visible::holds))
}

/// A line an event, which says what the event says; then one of how it went.
fn is_log(log: &str, run: &Run<'_>) {
    let mut lines = plain_lines(log).map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["document"], run.name);
        assert_eq!(line["block"], *run.results[0].block.name);
        line
    });
    for result in &run.results {
        let (heard, reason) = match &result.verdict {
            Verdict::Passed => (&run.events[..], None),
            Verdict::Failed(reason) => (&run.events[..], Some(reason)),
            Verdict::Skipped(reason) => (&[][..], Some(reason)),
            Verdict::NotRun => (&[][..], None),
        };
        for event in heard {
            let line = lines.next().expect("a line");
            let since = line["since"].as_u64().map(Duration::from_micros);
            assert_eq!(since, Some(event.at));
            assert_eq!(line["who"].as_str(), event.who.as_deref());
            reads_back(&line, &event.kind);
        }
        let line = lines.next().expect("a line");
        assert_eq!(line["event"], "finished");
        assert_eq!(
            line["reason"].as_str(),
            reason.map(|reason| reason.as_str())
        );
    }
    assert_eq!(lines.next(), None);
}

fn reads_back(line: &Value, what: &EventKind) {
    let close = |close: &Close| {
        assert_eq!(line["code"], close.code);
        assert_eq!(line["reason"], *close.reason);
    };
    match what {
        EventKind::Sent { frame, .. } | EventKind::Received { frame, .. } => match frame {
            Frame::Close(Some(sent)) => close(sent),
            Frame::Close(None) => assert_eq!(line["code"], Value::Null),
            _ => assert_eq!(payload(line), frame.payload()),
        },
        EventKind::Connecting { url, .. } => assert_eq!(line["url"], **url),
        EventKind::Refused(answer) => {
            assert_eq!(line["reason"], *answer.reason);
            assert_eq!(line["headers"], serde_json::json!(answer.headers));
            assert_eq!(payload(line), answer.body);
        }
        EventKind::Requested {
            target, headers, ..
        } => {
            assert_eq!(line["target"], **target);
            assert_eq!(line["headers"], serde_json::json!(headers));
        }
        EventKind::Responded { response, .. } => {
            assert_eq!(line["reason"], *response.reason);
            assert_eq!(line["headers"], serde_json::json!(response.headers));
        }
        EventKind::Body { frame, .. } => assert_eq!(payload(line), frame.payload()),
        EventKind::Failed(failure) => assert_eq!(line["reason"], *failure.reason),
        EventKind::Note(words) | EventKind::Disconnected(Ending::Reset(words)) => {
            assert_eq!(line["reason"], **words);
        }
        EventKind::Disconnected(Ending::Closed(Some(ending))) => close(ending),
        other => panic!("nobody tells of {other:?}"),
    }
}

/// Text is told as text, other bytes in base64.
fn payload(line: &Value) -> Vec<u8> {
    let text = line["payload"].as_str().unwrap_or_default();
    if line["encoding"] == "base64" {
        return STANDARD.decode(text).expect("base64");
    }
    text.as_bytes().to_vec()
}

/// Each session has the events that the log has of it.
fn is_json(report: &str, log: &str) {
    plain_lines(report).for_each(drop);
    let report: Value = serde_json::from_str(report).expect("JSON");
    let sessions = report["documents"][0]["sessions"].as_array();
    let events = sessions.into_iter().flatten().flat_map(|session| {
        let events = session["events"].as_array();
        events.expect("events").iter().cloned()
    });
    let logged = log.lines().filter_map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let members = line.as_object_mut()?;
        for place in ["document", "block", "role"] {
            members.remove(place);
        }
        (line["event"] != "finished").then_some(line)
    });
    assert!(events.eq(logged));
}

/// TAP 14: a version, points in order, a plan. A test point's block is YAML, whose strings are JSON's.
fn is_tap(report: &str) {
    let mut points = 0;
    let mut lines = plain_lines(report);
    assert_eq!(lines.next(), Some("TAP version 14"));
    let mut last = "";
    for line in lines {
        if let Some(field) = line.strip_prefix("  ") {
            is_yaml(field);
        } else if let Some(point) = line
            .strip_prefix("not ")
            .unwrap_or(line)
            .strip_prefix("ok ")
        {
            points += 1;
            let described = point.strip_prefix(&format!("{points} - "));
            is_description(described.expect("a point in its place"));
        } else {
            assert!(line.starts_with("# ") || line.starts_with("1.."), "{line}");
        }
        last = line;
    }
    assert_eq!(last, format!("1..{points}"));
    assert_eq!(points, 5);
}

/// Nothing in it is a directive but ours.
fn is_description(text: &str) {
    let bare = text.replace("\\\\", "").replace("\\#", "");
    let directives: Vec<_> = bare.match_indices('#').collect();
    assert!(directives.len() <= 1, "{text}");
    for (at, _) in directives {
        assert!(
            bare[..at].ends_with(' ') && bare[at..].starts_with("# SKIP "),
            "{text}"
        );
    }
}

fn is_yaml(line: &str) {
    if let Some((_, string)) = line.split_once('"') {
        let string: Result<String, _> = serde_json::from_str(&format!("\"{string}"));
        assert!(string.is_ok(), "{line}");
        return;
    }
    let word = |c: char| c.is_ascii_alphanumeric() || "_-:. ".contains(c);
    assert!(line.chars().all(word), "{line}");
}

/// XML, in which every case has its name.
fn is_junit(report: &str, run: &Run<'_>) {
    let document = roxmltree::Document::parse(report).expect("XML");
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let names: Vec<_> = cases.filter_map(|case| case.attribute("name")).collect();
    assert_eq!(names.len(), run.results.len() + 1, "{report}");
    // `quick-junit` leaves tabs out.
    let name = harmless(&run.results[0].block.name).replace('\t', "");
    assert!(names.iter().all(|told| *told == name), "{names:?} {name:?}");
}

/// Elements that have no end.
const EMPTY: [&str; 3] = ["input", "link", "meta"];

/// Every mark-up in it is the page's own, and closed where it was opened.
fn is_page(page: &str) {
    plain_lines(page).for_each(drop);
    let page = without(&without(page, "style"), "script");
    let page = page.strip_prefix("<!DOCTYPE html>").expect("a page");
    let mut open = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("the tag's end");
        assert!(!text.contains(['>', '"', '\'']), "{text}");
        is_tag(tag);
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !EMPTY.contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
}

/// The page without what its only element of that name holds, which is not HTML.
fn without(page: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    assert_eq!(
        page.to_lowercase().matches(&format!("<{element}")).count(),
        1
    );
    let (before, rest) = page.split_once(&start).expect("its start");
    let (_, after) = rest.split_once(&end).expect("its end");
    format!("{before}{start}{end}{after}")
}

/// Attributes in quotes, none of which a browser would run.
fn is_tag(tag: &str) {
    let outside: Vec<&str> = tag.split('"').step_by(2).collect();
    for attribute in outside.join(" ").split_whitespace().skip(1) {
        let name = attribute.trim_end_matches('=');
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '/';
        assert!(
            name.chars().all(known) && !name.starts_with("on"),
            "<{tag}>"
        );
    }
}
