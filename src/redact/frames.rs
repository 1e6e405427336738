//! Takes secrets out of frames. Knows no other part of an event.

use std::sync::Arc;

use super::find::FoundSecret;
use super::{Redactor, into_text};
use crate::protocol::{Bytes, Close, Frame, Hidden};

impl Redactor {
    /// Text gets the names, because it must stay text; bytes get zeros, so that they stay where they were.
    pub(super) fn frame(&self, frame: Frame, hidden: &mut Vec<Hidden>) -> Frame {
        match frame {
            Frame::Text(text) => match self.replaced(text.as_str().as_bytes()) {
                None => Frame::Text(text),
                Some((bytes, places)) => {
                    *hidden = places;
                    Frame::Text(into_text(bytes).into())
                }
            },
            Frame::Close(Some(close)) => match self.replaced(close.reason.as_bytes()) {
                None => Frame::Close(Some(close)),
                Some((bytes, places)) => {
                    *hidden = places;
                    Frame::Close(Some(Close {
                        code: close.code,
                        reason: into_text(bytes),
                    }))
                }
            },
            Frame::Close(None) => frame,
            Frame::Binary(bytes) => Frame::Binary(self.binary(bytes, hidden)),
            Frame::Decoded(decoded) => {
                let mut decoded = Arc::unwrap_or_clone(decoded);
                decoded.content = self.frame(decoded.content, hidden);
                // A secret that is compressed cannot be taken out.
                decoded.wire = if hidden.is_empty() {
                    self.zeroed(decoded.wire, &mut Vec::new())
                } else {
                    Bytes::new()
                };
                Frame::Decoded(Arc::new(decoded))
            }
            Frame::Ping(bytes) => Frame::Ping(self.zeroed(bytes, hidden)),
            Frame::Pong(bytes) => Frame::Pong(self.zeroed(bytes, hidden)),
            Frame::Broken(bytes) => Frame::Broken(self.zeroed(bytes, hidden)),
        }
    }

    fn binary(&self, bytes: Bytes, hidden: &mut Vec<Hidden>) -> Bytes {
        let found = match self.in_packed(&bytes) {
            // None of it can be taken out.
            Some(secret) => vec![FoundSecret {
                range: 0..bytes.len(),
                secret,
            }],
            None => self.find_binary(&bytes),
        };
        self.without(found, bytes, hidden)
    }

    fn zeroed(&self, bytes: Bytes, hidden: &mut Vec<Hidden>) -> Bytes {
        self.without(self.find(&bytes), bytes, hidden)
    }

    fn without(&self, found: Vec<FoundSecret>, bytes: Bytes, hidden: &mut Vec<Hidden>) -> Bytes {
        if found.is_empty() {
            return bytes;
        }
        let mut zeroed = bytes.to_vec();
        *hidden = found
            .into_iter()
            .map(|FoundSecret { range, secret }| {
                if let Some(place) = zeroed.get_mut(range.clone()) {
                    place.fill(0);
                }
                Hidden {
                    range,
                    name: self.name_of(secret),
                }
            })
            .collect();
        Bytes::from(zeroed)
    }
}
