//! How a frame is told to be the one that a step waits for.

use std::sync::Arc;

use super::lookahead::FrameClass;
use crate::protocol::{Close, Frame, Open};
use crate::script::{Matcher, Reading, Verdict, brief};

/// How a frame is told to be the one.
pub(super) enum FrameTest {
    Message(Matcher),
    Data(FrameClass, Option<Matcher>),
    Close(Option<u16>, Option<Matcher>),
    /// The end without a close frame, which is no frame at all.
    Drop,
}

impl FrameTest {
    /// The queue in which the one that is meant arrives.
    pub(super) fn cursor(&self) -> Option<FrameClass> {
        match self {
            Self::Message(_) => Some(FrameClass::Messages),
            Self::Data(cursor, _) => Some(*cursor),
            Self::Close(..) => Some(FrameClass::Closes),
            Self::Drop => None,
        }
    }

    pub(super) fn noun(&self) -> &'static str {
        match self.cursor() {
            Some(FrameClass::Messages) => "message",
            Some(FrameClass::Pings) => "ping",
            Some(FrameClass::Pongs) => "pong",
            Some(FrameClass::Closes) => "close",
            None => "drop",
        }
    }

    /// `reading` is the frame as [`readable`] has it: several steps may look at one.
    pub(super) fn holds(&self, frame: &Frame, reading: &Reading) -> Verdict {
        match (self, frame) {
            (Self::Message(matcher) | Self::Data(_, Some(matcher)), _) => matcher.test(reading),
            (Self::Data(_, None), _) => Verdict::Match(Vec::new()),
            (Self::Close(code, reason), Frame::Close(close)) => {
                if code.is_some() && *code != close.as_ref().map(|close| close.code) {
                    return Verdict::Miss(0);
                }
                let words = reason.as_ref().map(|matcher| matcher.test(reading));
                words.unwrap_or(Verdict::Match(Vec::new()))
            }
            (Self::Close(..) | Self::Drop, _) => Verdict::Miss(0),
        }
    }

    /// What is left open in a frame that is the one.
    pub(super) fn open(&self, frame: &Frame) -> Option<Arc<Open>> {
        match self {
            Self::Message(matcher)
            | Self::Data(_, Some(matcher))
            | Self::Close(_, Some(matcher)) => matcher.open_in(|| readable(frame)),
            Self::Data(_, None) | Self::Close(_, None) | Self::Drop => None,
        }
    }

    pub(super) fn describe(&self) -> String {
        let words = |matcher: &Option<Matcher>| {
            matcher
                .as_ref()
                .map(|matcher| format!(" {}", matcher.describe()))
                .unwrap_or_default()
        };
        match self {
            Self::Message(matcher) => matcher.describe(),
            Self::Drop => self.noun().to_owned(),
            Self::Data(_, matcher) => format!("{}{}", self.noun(), words(matcher)),
            Self::Close(code, reason) => {
                let code = code.map(|code| format!(" {code}")).unwrap_or_default();
                format!("close{code}{}", words(reason))
            }
        }
    }
}

/// A control frame's data or reason as a text message, which is how patterns look at it.
pub(super) fn readable(frame: &Frame) -> Reading {
    match frame {
        Frame::Text(_) | Frame::Binary(_) => Reading::new(frame.clone()),
        _ => Reading::new(Frame::Text(
            String::from_utf8_lossy(frame.payload()).into_owned().into(),
        )),
    }
}

/// A frame on one short line.
pub(super) fn shown(frame: &Frame) -> String {
    let text = match frame {
        Frame::Close(None) => "close".to_owned(),
        Frame::Close(Some(Close { code, reason })) => {
            format!("close {code} {reason}").trim_end().to_owned()
        }
        Frame::Binary(bytes) => {
            let head: Vec<String> = bytes
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let more = if bytes.len() > 16 { " …" } else { "" };
            format!("hex {}{more}", head.join(" "))
        }
        _ => String::from_utf8_lossy(frame.payload()).into_owned(),
    };
    brief(&text)
}
