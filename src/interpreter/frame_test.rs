//! Tests whether a frame is the one that a step waits for, and says in what it differs.

use std::rc::Rc;
use std::sync::Arc;

use super::context::unfilled;
use super::lookahead::FrameClass;
use super::step_context::StepContext;
use crate::protocol::{Close, Failure, Frame, Open};
use crate::script::{Expect, Expected, MatchVerdict, Matcher, Miss, Reading, Template, brief};

/// What a frame must be.
pub(super) enum FrameTest {
    Message(Rc<Matcher>),
    /// The data of a ping or pong.
    Data(FrameClass, Option<Rc<Matcher>>),
    Close(Option<u16>, Option<Rc<Matcher>>),
    /// The end without a close frame, which is not a frame at all.
    Drop,
}

impl FrameTest {
    /// That of a `<-` step, filled in.
    pub(super) fn of(expect: &Expect, context: StepContext<'_>) -> Result<Self, Failure> {
        let fill = context.fill();
        let words = |template: &Option<Template>| {
            let words = template
                .as_ref()
                .map(|template| fill.words(template).map(Rc::new));
            words.transpose().map_err(unfilled)
        };
        Ok(match &expect.what {
            Expected::Message(pattern) => {
                let matcher = match &context.block.environment.matchers {
                    Some(made) => made.matcher(&fill, pattern, expect.exact),
                    None => fill.matcher(pattern, expect.exact).map(Rc::new),
                };
                Self::Message(matcher.map_err(unfilled)?)
            }
            Expected::Ping(data) => Self::Data(FrameClass::Pings, words(data)?),
            Expected::Pong(data) => Self::Data(FrameClass::Pongs, words(data)?),
            Expected::Close { code, reason } => Self::Close(*code, words(reason)?),
            Expected::Drop => Self::Drop,
        })
    }

    /// The class of frames among which the one that is meant arrives.
    pub(super) fn class(&self) -> Option<FrameClass> {
        match self {
            Self::Message(_) => Some(FrameClass::Messages),
            Self::Data(class, _) => Some(*class),
            Self::Close(..) => Some(FrameClass::Closes),
            Self::Drop => None,
        }
    }

    pub(super) fn noun(&self) -> &'static str {
        match self.class() {
            Some(FrameClass::Messages) => "message",
            Some(FrameClass::Pings) => "ping",
            Some(FrameClass::Pongs) => "pong",
            Some(FrameClass::Closes) => "close",
            None => "drop",
        }
    }

    /// `reading` is the frame as [`readable`] has it: several steps may look at one.
    pub(super) fn holds(&self, frame: &Frame, reading: &Reading) -> MatchVerdict {
        match (self, frame) {
            (Self::Message(matcher) | Self::Data(_, Some(matcher)), _) => matcher.test(reading),
            (Self::Data(_, None), _) => MatchVerdict::Match(Vec::new()),
            (Self::Close(code, reason), Frame::Close(close)) => {
                if code.is_some() && *code != close.as_ref().map(|close| close.code) {
                    return MatchVerdict::Miss(0);
                }
                let words = reason.as_ref().map(|matcher| matcher.test(reading));
                words.unwrap_or(MatchVerdict::Match(Vec::new()))
            }
            (Self::Close(..) | Self::Drop, _) => MatchVerdict::Miss(0),
        }
    }

    /// The frame that is the one as its pattern's FORMAT has read it, where that is not how it came.
    pub(super) fn unpacked(&self, reading: &Reading) -> Option<Frame> {
        match self {
            Self::Message(matcher) => matcher.unpacked(reading),
            _ => None,
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

    /// Why a frame is not the one.
    pub(super) fn explain(&self, frame: &Frame) -> Miss {
        let because = |why: String| Miss {
            shown: shown(frame),
            why,
            place: None,
        };
        match (self, frame) {
            (Self::Message(matcher) | Self::Data(_, Some(matcher)), _) => {
                matcher.explain(&readable(frame))
            }
            (Self::Close(Some(code), _), Frame::Close(close))
                if close.as_ref().map(|close| close.code) != Some(*code) =>
            {
                let came = close.as_ref().map(|close| close.code.to_string());
                let came = came.unwrap_or("no code".to_owned());
                because(format!("{came} is not {code}"))
            }
            (Self::Close(_, Some(matcher)), _) => {
                let miss = matcher.explain(&readable(frame));
                Miss {
                    shown: shown(frame),
                    ..miss
                }
            }
            _ => because("it does not match".to_owned()),
        }
    }

    pub(super) fn describe(&self) -> String {
        let words = |matcher: &Option<Rc<Matcher>>| {
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
        frame if frame.is_message() => Reading::new(frame.clone()),
        _ => Reading::new(Frame::Text(
            String::from_utf8_lossy(frame.payload()).into_owned().into(),
        )),
    }
}

/// A frame on one short line.
fn shown(frame: &Frame) -> String {
    let text = match frame.content() {
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
