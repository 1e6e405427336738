//! What a message that is sent looks like, whatever its placeholders stand for: so it is known again in a record.

use super::{Body, Call, Content, Outgoing, Part, Template};
use crate::protocol::OpenPiece;

/// Looks like anything, as little of it as fits.
const ANYTHING: &str = "(?s:.*?)";
/// Looks like a client's name.
const NAME: &str = "[^\\r\\n]+?";

impl Outgoing {
    /// The word behind its arrow in a transcript, and what stands behind that, if it says enough to know it again.
    #[must_use]
    pub fn shape(&self) -> Option<(String, Vec<OpenPiece>)> {
        let (word, template) = match self {
            Self::Message(Body {
                format,
                message,
                content: Content::Plain(template) | Content::Quoted(template),
                ..
            }) => match message {
                Some(message) => (format!("{format} {}", message.text), template),
                None => (format.to_string(), template),
            },
            Self::Ping(template) => ("ping".to_owned(), template),
            Self::Pong(template) => ("pong".to_owned(), template),
            Self::Message(_) | Self::Echo(_) | Self::Close { .. } => return None,
        };
        let run = pieces(template);
        let says = |piece: &OpenPiece| match piece {
            OpenPiece::Fixed(text) => text.contains(char::is_alphanumeric),
            OpenPiece::Open { .. } => false,
        };
        let looks = |piece: &OpenPiece| match piece {
            OpenPiece::Fixed(_) => None,
            OpenPiece::Open { looks, .. } => Some(looks.clone()),
        };
        let open: Vec<String> = run.iter().filter_map(looks).collect();
        let is_loose = |looks: &String| looks == ANYTHING || looks == NAME;
        let is_known = open.is_empty()
            || run.iter().any(says)
            || !open.iter().any(|looks| looks == ANYTHING) && !open.iter().all(is_loose);
        is_known.then_some((word, run))
    }
}

fn pieces(template: &Template) -> Vec<OpenPiece> {
    let piece = |part: &Part| match part {
        Part::Literal(text, _) => OpenPiece::Fixed(text.clone()),
        Part::Placeholder(placeholder) => OpenPiece::Open {
            looks: match &placeholder.call {
                Call::Uuid => "[0-9a-f-]{36}",
                Call::Timestamp => "[0-9TZ:.-]+",
                Call::Epoch
                | Call::EpochMs
                | Call::RandomInt(..)
                | Call::Index
                | Call::ClientCount
                | Call::Instance => "-?[0-9]+",
                Call::Client => NAME,
                Call::RandomString(_) => "[0-9A-Za-z]*",
                _ => ANYTHING,
            }
            .to_owned(),
            kept: false,
        },
    };
    template.parts.iter().map(piece).collect()
}
