//! A received frame and what it reads as, each reading made once and only when asked for.

use std::cell::OnceCell;

use crate::format::{Format, read_json};
use crate::protocol::Frame;

/// A frame being read.
#[derive(Debug)]
pub struct Reading {
    frame: Frame,
    json: OnceCell<Option<serde_json::Value>>,
}

impl Reading {
    /// Starts reading a frame.
    #[must_use]
    pub fn new(frame: Frame) -> Self {
        Self {
            frame,
            json: OnceCell::new(),
        }
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The text of a text message.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.frame {
            Frame::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The JSON value of a text message that is JSON of any kind.
    #[must_use]
    pub fn json(&self) -> Option<&serde_json::Value> {
        self.json
            .get_or_init(|| read_json(self.text()?).ok())
            .as_ref()
    }

    /// As what the message is shown (`$format`).
    #[must_use]
    pub fn format(&self) -> Format {
        self.text().map_or(Format::Binary, Format::of_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;

    #[test]
    fn a_text_reads_as_json_of_any_kind() {
        let read = |text: &str| Reading::new(Frame::Text(text.into())).json().cloned();
        assert_eq!(read("42"), Some(serde_json::json!(42)));
        assert_eq!(read(" {\"a\":[1]} "), Some(serde_json::json!({"a": [1]})));
        assert_eq!(read("hello"), None);
        assert_eq!(read(&"[".repeat(100_000)), None);
    }

    #[test]
    fn only_messages_read_as_something() {
        let binary = Reading::new(Frame::Binary(Bytes::from_static(b"{}")));
        assert_eq!((binary.text(), binary.json()), (None, None));
        assert_eq!(binary.format(), Format::Binary);
        assert_eq!(Reading::new(Frame::Close(None)).json(), None);
    }
}
