//! Filling in: templates → text, bodies → frames, patterns → matchers, when a step runs. Files are handed in.

mod assembled;
mod body;
mod insert;
mod member;
mod requested;

pub(super) use assembled::Assembled;
pub use assembled::Filled;
pub(super) use body::{
    assemble_bytes, base64_bytes, bytes_of, check_file, check_file_text, file_text, hex_bytes,
    in_file, not_json, not_xml, unreadable,
};

use std::cell::RefCell;

use super::{Body, Packing, Part, Scope, Template};
use crate::diagnostic::Diagnostic;
use crate::protocol::{Bytes, Frame, Request};
use crate::wall_clock::WallClock;

/// Why something could not be filled in: a diagnostic in the block's text.
pub type FillError = Diagnostic;

/// Files that a document may name in bodies (`@./file`, `{{$file ./path}}`). The script room opens none itself.
pub trait Files {
    /// The bytes of a file by its path as written.
    ///
    /// # Errors
    /// Why not.
    fn read(&self, path: &str) -> Result<Bytes, Unreadable>;

    /// Where a file stops being UTF-8 text; `None` where all of it is text. A file that is only checked need not be kept.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn text_fault(&self, path: &str) -> Result<Option<usize>, Unreadable> {
        let bytes = self.read(path)?;
        let fault = std::str::from_utf8(&bytes).err();
        Ok(fault.map(|error| error.valid_up_to()))
    }
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong, behind its name: "no such file", "it leaves …".
    pub reason: String,
    /// What to do.
    pub hint: &'static str,
}

impl Unreadable {
    /// The reason where there is no such file.
    pub const MISSING: &str = "no such file";
}

impl<T: Into<String>> From<T> for Unreadable {
    fn from(reason: T) -> Self {
        Self {
            reason: reason.into(),
            hint: "paths are relative to the document, and stay inside `--file-root`",
        }
    }
}

/// Makes `{{$uuid}}` and its kin.
#[derive(Debug)]
pub struct Generator {
    /// Where random values come from.
    pub random: fastrand::Rng,
    /// What time it is.
    pub clock: WallClock,
}

impl Generator {
    /// With a seed the random values are the same in every run.
    #[must_use]
    pub fn new(seed: Option<u64>, clock: WallClock) -> Self {
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self { random, clock }
    }

    /// Makes the same values in every run, at a time that stands still: for checks, where only their shape counts.
    #[must_use]
    pub fn repeating() -> Self {
        let still = jiff::Timestamp::constant(1_795_348_984, 101_000_000);
        Self::new(Some(0), WallClock::new(move || still))
    }
}

/// What placeholders stand for at one moment. Values kept by `as NAME` in what is sent go into `scope` at once.
#[derive(Clone, Copy)]
pub struct Fill<'a> {
    /// Variables and kept values.
    pub scope: &'a Scope,
    /// Generated values.
    pub generator: &'a RefCell<Generator>,
    /// Files.
    pub files: &'a dyn Files,
    /// `{{$index}}`
    pub index: Option<u64>,
    /// `{{$client}}`
    pub client: Option<&'a str>,
    /// `{{$clientCount}}`
    pub client_count: Option<usize>,
    /// `{{$message}}`
    pub message: Option<&'a Frame>,
    /// `{{$request.path}}` and its like.
    pub request: Option<&'a Request>,
    /// `{{$instance}}`
    pub instance: u64,
    /// How packed formats are made and read.
    pub packing: &'a Packing,
}

impl<'a> Fill<'a> {
    /// A filling with nothing in it that a step alone would know.
    pub fn new(scope: &'a Scope, generator: &'a RefCell<Generator>, files: &'a dyn Files) -> Self {
        Self {
            scope,
            generator,
            files,
            index: None,
            client: None,
            client_count: None,
            message: None,
            request: None,
            instance: 1,
            packing: Packing::plain(),
        }
    }
}

impl Fill<'_> {
    /// A template's text.
    ///
    /// # Errors
    /// An undefined name, a file that cannot be read as text, `{{$message.a}}` where there is no message or no such
    /// member of it.
    pub fn text(&self, template: &Template) -> Result<Filled<String>, FillError> {
        let mut value = String::with_capacity(assembled::size(template));
        let mut generated = Vec::new();
        for part in &template.parts {
            match part {
                Part::Literal(text, _) => value.push_str(text),
                Part::Placeholder(placeholder) => {
                    value.push_str(&self.insert(placeholder, &mut generated)?);
                }
            }
        }
        Ok(Filled { value, generated })
    }

    /// The frame that a body makes.
    ///
    /// # Errors
    /// As [`Fill::text`]; also a result that is not what its FORMAT says.
    pub fn frame(&self, body: &Body) -> Result<Filled<Frame>, FillError> {
        body::frame(self, body)
    }

    /// A template's text, and where each piece of it came from.
    pub(super) fn assemble(&self, template: &Template) -> Result<Assembled, FillError> {
        let mut assembled = Assembled::of(template);
        for part in &template.parts {
            match part {
                Part::Literal(text, span) => assembled.push_literal(text, *span),
                Part::Placeholder(placeholder) => {
                    let text = self.insert(placeholder, &mut assembled.generated)?;
                    assembled.push_inserted(&text, placeholder.span);
                }
            }
        }
        Ok(assembled)
    }
}

#[cfg(test)]
pub(super) mod tests;
