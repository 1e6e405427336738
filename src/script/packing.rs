//! What messages of packed formats are made by and read by: the types of `.proto` files, and how large one may become.

use super::Name;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::format::Format;
use crate::format::decoder::Decoder;
use crate::format::proto::Descriptors;

/// What messages of packed formats are made by and read by.
#[derive(Clone, Debug)]
pub struct Packing {
    /// The messages that `@proto` files describe.
    pub types: Descriptors,
    /// Bytes that one may have once it is decoded (`@max-message`).
    pub limit: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Self::plain().clone()
    }
}

impl Packing {
    /// Of a script that names no `.proto` file.
    #[must_use]
    pub fn plain() -> &'static Self {
        static PLAIN: Packing = Packing {
            types: Descriptors::new(),
            limit: 64 << 20,
        };
        &PLAIN
    }

    /// What reads and writes a packed format; `message` is what stands behind `proto`.
    ///
    /// # Errors
    /// There is no such message. `None`: the format is not packed.
    pub(super) fn decoder(
        &self,
        format: Format,
        message: Option<&Name>,
    ) -> Result<Option<Decoder>, Diagnostic> {
        match (format, message) {
            (Format::Proto, Some(name)) => self.message(name).map(Some),
            (format, _) => Ok(Decoder::from_word(format.word()).filter(|_| format.is_packed())),
        }
    }

    /// What reads and writes a protobuf message.
    ///
    /// # Errors
    /// There is no such message.
    pub(super) fn message(&self, name: &Name) -> Result<Decoder, Diagnostic> {
        if let Some(message) = self.types.message(&name.text) {
            return Ok(Decoder::Proto(message));
        }
        let names = self.types.names();
        let message = format!("no `.proto` file has a message `{}`", name.text);
        let hint = match nearest(&name.text, names.iter().map(String::as_str)) {
            Some(near) => Cure::meant(near),
            None if names.is_empty() => "name its file in the head: `@proto ./api.proto`".into(),
            None => format!("there is {}", listed(&names)).into(),
        };
        Err(Diagnostic::error(name.span, message).hint(hint))
    }
}

/// Some of the names.
fn listed(names: &[String]) -> String {
    let first: Vec<String> = names
        .iter()
        .take(5)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if names.len() > first.len() {
        " …"
    } else {
        ""
    };
    format!("{}{more}", first.join(", "))
}
