//! Secrets: what of an event, an error or a line may be shown. Applied once, before an event becomes a line.
//! Knows no format and no transcript: where a secret stood in a payload is said beside it.

mod base64;
mod cut;
mod find;
mod frames;
mod mask;
mod names;
mod packed;
mod redacted;
mod secret_name;
mod views;

pub use redacted::Redacted;
pub use secret_name::{is_secret_name, words_of};

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use find::{FoundSecret, SecretFinder};
use packed::PackedNumbers;

use crate::protocol::{
    Bytes, Close, Ending, Event, EventKind, Failure, Generated, Handshake, Hidden, Open, Response,
};

/// Knows the secrets of a run, and takes them out of whatever is to be shown: as they are, and percent-encoded, JSON-,
/// XML- or HTML-escaped or base64-encoded, also up to three of these one inside the other, and in hex; in binary messages
/// numbers as binary formats have them too, and what gzip or zlib holds.
///
/// Every value counts, however short, but for blanks at its ends. A value of one or two bytes is found in base64 only
/// where it is all that was encoded, or (of two) stands beside a colon, and not in hex.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
    /// Built when it is needed first: secrets mostly come together.
    finder: OnceLock<SecretFinder>,
    numbers: OnceLock<PackedNumbers>,
}

#[derive(Clone, Debug)]
struct Secret {
    name: Arc<str>,
    value: String,
}

impl Redactor {
    /// Adds a secret: `value` is shown as `{{name}}` from now on. Of two names for one value the first stays.
    pub fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() || self.secrets.iter().any(|known| known.value == value) {
            return;
        }
        self.secrets.push(Secret {
            name: Arc::from(name),
            value: value.to_owned(),
        });
        self.finder = OnceLock::new();
        self.numbers = OnceLock::new();
    }

    /// The names and values that are hidden.
    #[must_use]
    pub fn known(&self) -> Vec<(String, String)> {
        let secrets = self.secrets.iter();
        secrets
            .map(|secret| (secret.name.to_string(), secret.value.clone()))
            .collect()
    }

    /// The event without secrets.
    #[must_use]
    pub fn event(&self, event: Event) -> Redacted<Event> {
        // Only words have more to hide than secrets.
        if self.secrets.is_empty() && event.kind.frame().is_some() {
            return Redacted::new(event);
        }
        Redacted::new(self.redacted(event))
    }

    fn redacted(&self, event: Event) -> Event {
        let Event {
            at,
            who,
            kind,
            mut hidden,
            step,
        } = event;
        let kind = match kind {
            EventKind::Sent {
                frame,
                format,
                generated,
                ignored,
                wire,
            } => EventKind::Sent {
                frame: self.frame(frame, &mut hidden),
                format,
                ignored,
                wire,
                generated: generated
                    .into_iter()
                    .map(|value| self.generated(value))
                    .collect(),
            },
            EventKind::Received {
                number,
                frame,
                ignored,
                round_trip,
                wire,
            } => EventKind::Received {
                number,
                frame: self.frame(frame, &mut hidden),
                ignored,
                round_trip,
                wire,
            },
            EventKind::Matched {
                arrived,
                number,
                frame,
            } => EventKind::Matched {
                arrived,
                number,
                frame: self.frame(frame, &mut hidden),
            },
            EventKind::Body {
                direction,
                number,
                frame,
                format,
                generated,
            } => EventKind::Body {
                direction,
                number,
                frame: self.frame(frame, &mut hidden),
                format,
                generated: generated
                    .into_iter()
                    .map(|value| self.generated(value))
                    .collect(),
            },
            EventKind::Unpacked { number, frame } => EventKind::Unpacked {
                number,
                frame: self.frame(frame, &mut hidden),
            },
            other => self.words(other),
        };
        Event {
            at,
            who: who.map(|who| self.name(who)),
            kind,
            hidden,
            step,
        }
    }

    /// A text without secrets, without the passwords of URLs, and without what authorises.
    #[must_use]
    pub fn text(&self, text: &str) -> Redacted<String> {
        Redacted::new(self.shown(text))
    }

    fn shown(&self, text: &str) -> String {
        let text = self.plain(text).unwrap_or_else(|| text.to_owned());
        mask::headers(&mask::passwords(&self.uncut(text)))
    }

    /// The text without parts of secrets where it was cut.
    fn uncut(&self, text: String) -> String {
        let values = self.secrets.iter().map(|secret| secret.value.as_str());
        let found = cut::parts(&text, values);
        if found.is_empty() {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, secret) in found {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.extend(["{{", &*self.name_of(secret), "}}"]);
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// A header's value without secrets; of a header that authorises, nothing but their names.
    fn header(&self, name: &str, value: &str) -> String {
        let shown = self.plain(value).unwrap_or_else(|| value.to_owned());
        mask::header(name, &mask::passwords(&shown))
    }

    fn words(&self, what: EventKind) -> EventKind {
        match what {
            EventKind::Connecting { url, kept, headers } => EventKind::Connecting {
                headers: self.headers(&headers),
                url: self.shown(&url),
                kept: kept.iter().map(|value| self.shown(value)).collect(),
            },
            EventKind::Retrying { reason } => EventKind::Retrying {
                reason: self.shown(&reason),
            },
            EventKind::Connected(handshake) => EventKind::Connected(self.handshake(&handshake)),
            EventKind::Refused(handshake) => EventKind::Refused(self.handshake(&handshake)),
            EventKind::Requested {
                direction,
                method,
                target,
                headers,
                kept,
            } => EventKind::Requested {
                direction,
                method: self.plain(&method).unwrap_or(method),
                target: self.shown(&target),
                headers: self.headers(&headers),
                kept: kept.iter().map(|value| self.shown(value)).collect(),
            },
            EventKind::Responded {
                direction,
                response,
            } => EventKind::Responded {
                direction,
                response: self.response(&response),
            },
            EventKind::Generated(generated) => EventKind::Generated(self.generated(generated)),
            EventKind::Opened { number, open } => EventKind::Opened {
                number,
                open: self.open(open),
            },
            EventKind::Secret { name, .. } => EventKind::Secret {
                value: Arc::from(format!("{{{{{name}}}}}")),
                name,
            },
            EventKind::Failed(failure) => EventKind::Failed(self.failure(failure)),
            EventKind::Note(text) => EventKind::Note(self.shown(&text)),
            EventKind::Disconnected(ending) => EventKind::Disconnected(self.ending(ending)),
            frame => frame,
        }
    }

    fn failure(&self, failure: Failure) -> Failure {
        let also = failure.also.into_iter().map(|other| self.failure(other));
        Failure {
            reason: self.shown(&failure.reason),
            hint: failure.hint.map(|hint| self.shown(&hint)),
            span: failure.span,
            also: also.collect(),
            kind: failure.kind,
        }
    }

    fn handshake(&self, handshake: &Handshake) -> Arc<Handshake> {
        let text = |text: &str| self.plain(text).unwrap_or_else(|| text.to_owned());
        Arc::new(Handshake {
            status: handshake.status,
            reason: text(&handshake.reason),
            headers: self.headers(&handshake.headers),
            subprotocol: handshake.subprotocol.as_deref().map(text),
            deflate: handshake.deflate,
            body: self.body(&handshake.body),
        })
    }

    fn response(&self, response: &Response) -> Arc<Response> {
        let reason = &response.reason;
        Arc::new(Response {
            status: response.status,
            reason: self.plain(reason).unwrap_or_else(|| reason.clone()),
            headers: self.headers(&response.headers),
        })
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let shown = |(name, value): &(String, String)| {
            let shown = self.plain(name).unwrap_or_else(|| name.clone());
            (shown, self.header(name, value))
        };
        headers.iter().map(shown).collect()
    }

    /// A body may repeat the request, with what authorised it.
    fn body(&self, body: &Bytes) -> Bytes {
        let shown = self
            .replaced(body)
            .map_or_else(|| body.clone(), |(body, _)| Bytes::from(body));
        match std::str::from_utf8(&shown) {
            Ok(text) => Bytes::from(mask::headers(&mask::passwords(text))),
            Err(_) => shown,
        }
    }

    fn ending(&self, ending: Ending) -> Ending {
        match ending {
            Ending::Closed(close) => Ending::Closed(close.map(|close| self.close(close))),
            Ending::Unanswered(close) => Ending::Unanswered(close.map(|close| self.close(close))),
            Ending::Reset(words) => Ending::Reset(self.shown(&words)),
            Ending::Breach { reason, code } => Ending::Breach {
                reason: self.shown(&reason),
                code,
            },
            Ending::Vanished | Ending::Dropped | Ending::Silent | Ending::Stuck => ending,
        }
    }

    fn close(&self, close: Close) -> Close {
        Close {
            reason: self.plain(&close.reason).unwrap_or(close.reason),
            code: close.code,
        }
    }

    fn open(&self, mut open: Arc<Open>) -> Arc<Open> {
        let holds = |text: &mut String| !self.find(text.as_bytes()).is_empty();
        if !self.secrets.is_empty() && Open::clone(&open).fixed_mut().any(holds) {
            for text in Arc::make_mut(&mut open).fixed_mut() {
                *text = self.plain(text).unwrap_or_else(|| std::mem::take(text));
            }
        }
        open
    }

    fn generated(&self, generated: Generated) -> Generated {
        Generated {
            text: self.plain(&generated.text).unwrap_or(generated.text),
            kind: generated.kind,
        }
    }

    fn name(&self, name: Arc<str>) -> Arc<str> {
        self.plain(&name).map_or(name, Arc::from)
    }

    /// The text with names in it; `None` where it holds no secret.
    fn plain(&self, text: &str) -> Option<String> {
        self.replaced(text.as_bytes())
            .map(|(bytes, _)| into_text(bytes))
    }

    fn replaced(&self, bytes: &[u8]) -> Option<(Vec<u8>, Vec<Hidden>)> {
        let found = self.find(bytes);
        if found.is_empty() {
            return None;
        }
        let mut out = Vec::with_capacity(bytes.len());
        let mut hidden = Vec::with_capacity(found.len());
        let mut at = 0;
        for FoundSecret { range, secret } in found {
            out.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
            let name = self.name_of(secret);
            let start = out.len();
            out.extend_from_slice(format!("{{{{{name}}}}}").as_bytes());
            hidden.push(Hidden {
                range: start..out.len(),
                name,
            });
            at = range.end;
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        Some((out, hidden))
    }

    /// Where secrets stand in a payload, in order.
    #[must_use]
    pub fn places(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.find(bytes)
            .into_iter()
            .map(|found| found.range)
            .collect()
    }

    fn find(&self, bytes: &[u8]) -> Vec<FoundSecret> {
        if self.secrets.is_empty() {
            return Vec::new();
        }
        let values = || self.secrets.iter().map(|secret| secret.value.as_str());
        self.finder
            .get_or_init(|| SecretFinder::new(values()))
            .find(bytes)
    }

    fn name_of(&self, secret: usize) -> Arc<str> {
        self.secrets
            .get(secret)
            .map_or_else(|| Arc::from("secret"), |secret| Arc::clone(&secret.name))
    }
}

/// Secrets are whole characters, so that what is left of a text is text.
fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;
