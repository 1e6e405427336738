//! What an expression looks at: a message, a handshake or nothing, and until when it may.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Arrived;
use crate::format::Format;
use crate::protocol::{Frame, Handshake, JsonOpen, JsonStep, Open};
use crate::script::{Expected, Pattern, Subject};

/// What is judged, and until when.
#[derive(Clone)]
pub(crate) struct JudgedSubject {
    pub(crate) subject: Subject,
    /// Of a message that came compressed: how many bytes its payload had on the wire.
    pub(crate) wire: Option<usize>,
    /// What the same step matched before.
    pub(crate) previous: Option<Subject>,
    /// What the pattern that matched leaves open in it.
    pub(crate) open: Option<Arc<Open>>,
    /// Which of the frames that arrived it is.
    pub(crate) number: Option<u64>,
    pub(crate) elapsed: Duration,
    pub(crate) deadline: Instant,
}

impl JudgedSubject {
    /// A frame that arrived; a message is read as the expectation's format, or as it is shown.
    pub(crate) fn frame(
        arrived: &Arrived,
        format: Option<Format>,
        elapsed: Duration,
        deadline: Instant,
    ) -> Self {
        let frame = arrived.frame.clone();
        let subject = match format {
            Some(format) => Subject::Read(frame, format),
            None => Subject::Frame(frame),
        };
        Self {
            subject,
            wire: arrived.wire,
            number: Some(arrived.number),
            elapsed,
            ..Self::nothing(deadline)
        }
    }

    /// A handshake, accepted or refused.
    pub(crate) fn handshake(
        handshake: Arc<Handshake>,
        elapsed: Duration,
        deadline: Instant,
    ) -> Self {
        Self {
            subject: Subject::Handshake(handshake),
            elapsed,
            ..Self::nothing(deadline)
        }
    }

    /// No message at all.
    pub(crate) fn nothing(deadline: Instant) -> Self {
        Self {
            subject: Subject::Nothing,
            wire: None,
            previous: None,
            open: None,
            number: None,
            elapsed: Duration::ZERO,
            deadline,
        }
    }

    /// The same moment, with nothing to look at.
    pub(crate) fn without_message(&self) -> Self {
        Self {
            elapsed: self.elapsed,
            ..Self::nothing(self.deadline)
        }
    }

    /// The message as it might be in another run: what the pattern leaves open is something else. `None`: it would be
    /// the same.
    pub(crate) fn in_another_run(&self) -> Option<Subject> {
        let open = self.open.as_deref()?;
        let (Subject::Frame(frame) | Subject::Read(frame, _)) = &self.subject else {
            return Some(Subject::Nothing);
        };
        let Frame::Text(text) = frame.content() else {
            return Some(Subject::Nothing);
        };
        let format = self.subject.format().map(Format::written);
        let altered = match open {
            Open::Json(places) if format == Some(Format::Json) => {
                let mut value = serde_json::from_str(text.as_str()).ok();
                for place in places {
                    let at = value.as_mut().and_then(|value| find(value, &place.path));
                    if let Some(at) = at {
                        alter(at, &place.what);
                    }
                }
                value
            }
            _ => None,
        };
        Some(match altered {
            Some(value) => Subject::Read(Frame::Text(value.to_string().into()), Format::Json),
            None => Subject::Nothing,
        })
    }
}

/// As what the messages of an expectation or a handler are read.
pub(crate) fn format_of(pattern: &Pattern) -> Option<Format> {
    match pattern {
        Pattern::Any => None,
        Pattern::Format(format) => Some(*format),
        Pattern::Message(_) => Some(Format::Proto),
        Pattern::Body(body) => Some(body.format),
    }
}

/// As what the frames of an expectation are read.
pub(crate) fn format_expected(expected: &Expected) -> Option<Format> {
    match expected {
        Expected::Message(pattern) => format_of(pattern),
        _ => None,
    }
}

fn find<'a>(
    value: &'a mut serde_json::Value,
    path: &[JsonStep],
) -> Option<&'a mut serde_json::Value> {
    path.iter().try_fold(value, |value, step| match step {
        JsonStep::Key(key) => value.get_mut(key),
        JsonStep::Index(at) => value.get_mut(at),
    })
}

fn alter(value: &mut serde_json::Value, open: &JsonOpen) {
    use serde_json::Value;
    *value = match (open, &value) {
        (JsonOpen::Tail(from), Value::Array(elements)) => {
            let mut elements: Vec<_> = elements.iter().take(*from).cloned().collect();
            elements.push("another".into());
            elements.into()
        }
        (_, Value::Number(number)) => {
            // Far from any value that it may be compared with.
            (number.as_f64().unwrap_or_default() * 3.0 + 1_234_567.0).into()
        }
        (_, Value::Bool(one)) => (!one).into(),
        (_, Value::String(text)) => format!("{text} another").into(),
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => "another".into(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::JsonPlace;

    #[test]
    fn what_is_open_is_something_else_in_another_run() {
        let place = |path: &[&str], what| JsonPlace {
            path: path
                .iter()
                .map(|key| JsonStep::Key((*key).to_owned()))
                .collect(),
            what,
        };
        let any = || JsonOpen::Value {
            looks: String::new(),
            kept: false,
        };
        let open = Open::Json(vec![
            place(&["id"], any()),
            place(&["n"], any()),
            place(&["all"], JsonOpen::Tail(1)),
            place(&["gone"], any()),
        ]);
        let text = r#"{"id":"a","n":1,"all":[1,2],"m":2}"#;
        let judged = JudgedSubject {
            subject: Subject::Read(Frame::Text(text.into()), Format::Json),
            open: Some(Arc::new(open)),
            ..JudgedSubject::nothing(Instant::now())
        };
        let Some(Subject::Read(Frame::Text(altered), _)) = judged.in_another_run() else {
            panic!("no other message");
        };
        let expected = r#"{"id":"a another","n":1234570.0,"all":[1,"another"],"m":2}"#;
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(altered.as_str()), read(expected));
    }
}
