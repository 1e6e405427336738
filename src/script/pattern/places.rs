//! What stands in a message at the places that a pattern keeps, though the message may not match: what must not be
//! shown where a secret was to stand.

use super::{KeptValues, Looks, Matcher};
use crate::format::Format;
use crate::protocol::Frame;
use crate::script::Reading;

impl Matcher {
    /// The values that stand where the pattern has an `as NAME`; of a text whose places cannot be told, all of it.
    #[must_use]
    pub fn places(&self, message: &Reading) -> KeptValues {
        let unpacked = self.unpacker.as_ref();
        let unpacked = unpacked.and_then(|unpacker| unpacker.read(message));
        let message = unpacked.as_deref().unwrap_or(message);
        let mut kept = Vec::new();
        match &self.looks {
            Looks::Anything | Looks::Format(_) => {}
            Looks::Words(run) => run.places(message.frame().payload(), &mut kept),
            Looks::Text(run) => {
                let Some(text) = message.text() else {
                    return kept;
                };
                let told = run.rest(text.as_bytes(), &mut kept);
                if told.is_none() && message.format() == Format::Text {
                    run.places(text.as_bytes(), &mut kept);
                }
            }
            Looks::Json(json) => {
                let places = message.json().map(|value| json.places(value));
                kept.extend(places.into_iter().flatten());
            }
            Looks::Xml(xml) => {
                let places = message.text().map(|text| xml.places(text));
                kept.extend(places.into_iter().flatten());
            }
            Looks::Binary(binary) => {
                if let Frame::Binary(bytes) = message.frame().content() {
                    binary.places(bytes, &mut kept);
                }
            }
        }
        kept
    }
}
