//! `--log FILE`: everything that happened, as NDJSON, one event a line, while it happens. Redacted, unmasked, uncut.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::event;
use super::object::Object;
use super::scribe::Scribe;
use crate::protocol::Event;
use crate::redact::Redacted;
use crate::runner::{BlockInfo, BlockResult, News, ReportedDocument, Reporter, Verdict};

/// Writes a log.
pub struct Log {
    state: Mutex<LogState>,
}

/// Bytes that are collected before they are written.
const BATCH: usize = 256 * 1024;

struct LogState {
    scribe: Scribe,
    /// Lines that are not handed over yet.
    lines: Vec<u8>,
    place: Place,
    moment: event::Moment,
}

/// What the lines of one block have in common, kept from line to line: a flood is of one block.
#[derive(Default)]
struct Place {
    of: Option<(usize, usize)>,
    text: Vec<u8>,
}

impl Log {
    /// A log that goes there.
    ///
    /// # Errors
    /// The system has no thread to give that writes it.
    pub fn new(destination: impl io::Write + Send + 'static) -> io::Result<Self> {
        let state = LogState {
            scribe: Scribe::new(Box::new(destination))?,
            lines: Vec::new(),
            place: Place::default(),
            moment: event::Moment::default(),
        };
        Ok(Self {
            state: Mutex::new(state),
        })
    }

    fn state(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Log {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        match news {
            News::Event {
                block,
                began,
                event,
                line,
            } => self.state().event(subject, block, *began, event, *line),
            News::Finished { block, result, .. } => self.state().finished(subject, block, result),
            _ => {}
        }
    }

    fn pause(&self) {
        self.state().flush();
    }

    fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        state.flush();
        state.scribe.finish()
    }
}

impl LogState {
    fn event(
        &mut self,
        subject: &ReportedDocument,
        block: &BlockInfo,
        began: jiff::Timestamp,
        told: &Redacted<Event>,
        step: Option<usize>,
    ) {
        let Some(word) = event::word(told) else {
            return;
        };
        let mut object = Object::go_on(&mut self.lines, self.place.of(subject, block));
        object.known(self.moment.members(began, told.at));
        event::members(&mut object, word, told, step);
        object.end();
        self.flush_batch();
    }

    fn finished(&mut self, subject: &ReportedDocument, block: &BlockInfo, result: &BlockResult) {
        let mut object = Object::go_on(&mut self.lines, self.place.of(subject, block));
        object.text("event", "finished");
        let (verdict, reason) = match &result.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed(reason) => ("failed", Some(reason)),
            Verdict::Skipped(reason) => ("skipped", Some(reason)),
            Verdict::NotRun => ("not run", None),
        };
        object.text("verdict", verdict);
        if let Some(reason) = reason {
            object.text("reason", reason);
        }
        object.number("sent", result.sent.into());
        object.number("received", result.received.into());
        object.number("took", result.took.as_micros());
        object.end();
        self.flush_batch();
    }

    fn flush_batch(&mut self) {
        if self.lines.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.lines.is_empty() {
            self.scribe.take(&mut self.lines);
        }
    }
}

impl Place {
    fn of(&mut self, subject: &ReportedDocument, block: &BlockInfo) -> &[u8] {
        let of = Some((subject.index, block.index));
        if self.of != of {
            self.of = of;
            self.text.clear();
            let mut object = Object::begin(&mut self.text);
            object.text("document", &subject.name);
            object.text("block", &block.name);
            object.text("role", block.kind.role());
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use super::*;
    use crate::document::BlockKind;
    use std::time::Duration;

    use crate::format::Format;
    use crate::protocol::{
        Bytes, Close, DeflateParameters, Ending, EventKind, Failure, Frame, Handshake,
    };
    use crate::redact::Redactor;
    use crate::source::Span;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn received(frame: Frame) -> EventKind {
        EventKind::Received {
            number: 1,
            frame,
            ignored: false,
            round_trip: None,
            wire: None,
        }
    }

    fn kinds() -> Vec<EventKind> {
        let handshake = Handshake {
            status: 101,
            reason: "Switching Protocols".to_owned(),
            headers: vec![("Upgrade".to_owned(), "websocket".to_owned())],
            subprotocol: Some("chat".to_owned()),
            deflate: Some(DeflateParameters::default()),
            body: Bytes::new(),
        };
        let close = Close {
            code: 1000,
            reason: "done".to_owned(),
        };
        vec![
            EventKind::Connecting {
                url: "ws://h/\u{2028}".to_owned(),
                kept: Vec::new(),
                headers: vec![("X-Trace".to_owned(), "1".to_owned())],
            },
            EventKind::Connected(Arc::new(handshake)),
            EventKind::Sent {
                frame: Frame::Text("{\"a\":1}".into()),
                format: Some(Format::Text),
                generated: Vec::new(),
                ignored: false,
                wire: Some(7),
            },
            received(Frame::Text("{\"a\":1}".into())),
            received(Frame::Binary(Bytes::from_static(b"\x00\xff"))),
            EventKind::Received {
                number: 1,
                frame: Frame::Pong(Bytes::from_static(b"hi")),
                ignored: true,
                round_trip: Some(Duration::from_micros(7)),
                wire: None,
            },
            received(Frame::Ping(Bytes::from_static(b"\xff"))),
            received(Frame::Close(Some(close.clone()))),
            EventKind::Failed(Failure {
                reason: "no \"x\"\nhere".to_owned(),
                hint: None,
                span: Span::default(),
                also: Vec::new(),
                kind: crate::protocol::FailureKind::default(),
            }),
            EventKind::Secret {
                name: Arc::from("token"),
                value: Arc::from("never told"),
            },
            EventKind::Disconnected(Ending::Closed(Some(close))),
        ]
    }

    #[test]
    fn events_are_lines_of_json() {
        let written = Written::default();
        let log = Log::new(Box::new(written.clone())).unwrap();
        let subject = ReportedDocument {
            index: 0,
            name: "a.md".to_owned(),
        };
        let redactor = Redactor::default();
        let block = &BlockInfo {
            index: 0,
            kind: BlockKind::Client,
            name: redactor.text("Say \"hi\""),
            line: 1,
        };
        for (at, what) in (0..).zip(kinds()) {
            let event = Event {
                at: Duration::from_micros(at * 1500),
                who: (at == 3).then(|| Arc::from("bob")),
                kind: what,
                hidden: Vec::new(),
                step: None,
            };
            let event = &redactor.event(event);
            let began = "2026-11-22T12:03:04Z".parse().unwrap();
            log.hear(
                &subject,
                &News::Event {
                    block,
                    began,
                    event,
                    line: (at == 2).then_some(14),
                },
            );
        }
        log.finish().unwrap();
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
        assert!(!text.contains("never told"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_cannot_be_written_is_told_at_the_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let log = Log::new(Box::new(Full)).unwrap();
        log.state().lines.extend_from_slice(b"{}\n");
        log.pause();
        assert_eq!(log.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
