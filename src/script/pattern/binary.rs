//! Patterns of bytes: hexadecimal with open bytes, base64, a file, a quoted text with open places.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::difference::PayloadDifference;
use super::piece::pieces;
use super::run::{TextRun, Unit};
use super::show::{hex, quoted};
use super::{Content, FillError, KeptValues, MatchVerdict};
use crate::diagnostic::Diagnostic;
use crate::protocol::Bytes;
use crate::script::fill::{
    Assembled, Fill, assemble_bytes, base64_bytes, bytes_of, hex_bytes, unreadable,
};
use crate::script::{Call, Template};

/// A pattern of bytes.
#[derive(Clone, Debug)]
pub(super) enum Binary {
    /// `None`: any byte.
    Bytes(Vec<Option<u8>>),
    /// Bytes, and how base64 spells them.
    Base64(Vec<u8>, String),
    /// A file's bytes, as many as they may be, and its path.
    File(Bytes, String),
    Run(TextRun),
}

impl Binary {
    /// Reads a pattern.
    pub(super) fn new(fill: &Fill<'_>, content: &Content) -> Result<Self, FillError> {
        Ok(match content {
            Content::Quoted(template) | Content::Plain(template) if has_bytes(fill, template) => {
                closed_of(template)?;
                let frame = bytes_of(fill, template)?.value;
                Self::Bytes(sure(frame.payload()).collect())
            }
            Content::Quoted(template) | Content::Plain(template) => {
                Self::Run(TextRun::new(pieces(fill, template)?, Unit::Byte)?)
            }
            Content::Hex(template) => {
                let digits = closed(fill, template, |bytes| hex(sure(bytes)))?;
                Self::Bytes(hex_bytes(&digits, true)?)
            }
            Content::Base64(template) => {
                let digits = closed(fill, template, |bytes| STANDARD.encode(bytes))?;
                let dense = digits.text.split_whitespace().collect();
                Self::Base64(base64_bytes(&digits)?, dense)
            }
            Content::File(template) => {
                // A file's bytes are what a message with them would be.
                let path = fill.assemble(template)?.text;
                let bytes = fill.files.read(&path);
                let bytes = bytes.map_err(|why| unreadable(template.span, &path, &why))?;
                Self::File(bytes, path)
            }
        })
    }

    /// As it is written, on one line.
    pub(super) fn spelled(&self) -> String {
        match self {
            Self::Run(run) => quoted(&run.spelled()),
            Self::Bytes(bytes) => format!("hex {}", hex(bytes.iter().copied())),
            Self::Base64(_, digits) => format!("base64 {digits}"),
            Self::File(_, path) => format!("@{path}"),
        }
    }

    pub(super) fn test(&self, given: &[u8]) -> MatchVerdict {
        let (same, length) = match self {
            Self::Run(run) => return run.test(given),
            Self::Bytes(bytes) => (same(bytes.iter().copied(), given), bytes.len()),
            Self::Base64(bytes, _) => (same(sure(bytes), given), bytes.len()),
            Self::File(bytes, _) => (same(sure(bytes), given), bytes.len()),
        };
        if same == length && same == given.len() {
            return MatchVerdict::Match(Vec::new());
        }
        MatchVerdict::Miss(u32::try_from(same).unwrap_or(u32::MAX - 1) + 1)
    }

    /// What stands at the places that are kept.
    pub(super) fn places(&self, given: &[u8], kept: &mut KeptValues) {
        if let Self::Run(run) = self
            && run.rest(given, kept).is_none()
        {
            run.places(given, kept);
        }
    }

    /// In what bytes differ, if they do.
    pub(super) fn difference(&self, given: &[u8]) -> Option<PayloadDifference> {
        let (at, wanted, length) = match self {
            Self::Run(run) => return run.difference(given),
            Self::Bytes(bytes) => {
                let at = same(bytes.iter().copied(), given);
                (at, bytes.get(at).copied().flatten(), bytes.len())
            }
            Self::Base64(bytes, _) => {
                let at = same(sure(bytes), given);
                (at, bytes.get(at).copied(), bytes.len())
            }
            Self::File(bytes, _) => {
                let at = same(sure(bytes), given);
                (at, bytes.get(at).copied(), bytes.len())
            }
        };
        if at == length && at == given.len() {
            return None;
        }
        Some(PayloadDifference::of_whole(match (wanted, given.get(at)) {
            (Some(wanted), Some(byte)) => format!("byte {at} is {byte:02x}, not {wanted:02x}"),
            _ => format!("{} bytes, not {length}", given.len()),
        }))
    }
}

/// Bytes of which none is open.
fn sure(bytes: &[u8]) -> impl Iterator<Item = Option<u8>> {
    bytes.iter().copied().map(Some)
}

/// How many bytes at the beginning are as wanted.
fn same(wanted: impl Iterator<Item = Option<u8>>, given: &[u8]) -> usize {
    wanted
        .zip(given)
        .take_while(|(wanted, byte)| wanted.is_none_or(|wanted| wanted == **byte))
        .count()
}

/// The digits of bytes, in which nothing but `??` is open.
fn closed(
    fill: &Fill<'_>,
    template: &Template,
    digits: impl Fn(&[u8]) -> String,
) -> Result<Assembled, FillError> {
    closed_of(template)?;
    assemble_bytes(fill, template, digits)
}

/// Whether a value in it is bytes.
fn has_bytes(fill: &Fill<'_>, template: &Template) -> bool {
    template
        .placeholders()
        .any(|placeholder| fill.bytes(placeholder, &mut Vec::new()).is_some())
}

fn closed_of(template: &Template) -> Result<(), FillError> {
    let open = template
        .placeholders()
        .find(|placeholder| matches!(placeholder.call, Call::Kind(_) | Call::Rest));
    match open {
        None => Ok(()),
        Some(placeholder) => Err(Diagnostic::error(
            placeholder.span,
            "among the digits of bytes nothing is left open by a placeholder",
        )
        .hint("`??` stands for any one byte in `hex`; write a JSON string for more")),
    }
}
