//! Keeps what a peer or a document wrote from being read as a workflow command by the runner of GitHub Actions, which
//! reads stdout and stderr alike. Knows what such a command looks like; does not know whether there is a runner.
//!
//! A line is a command that starts with `::` behind blanks, and one that has `##[` anywhere (actions/runner,
//! `ActionCommand.TryParseV2` and `TryParse`).

use std::io::{self, Write};

/// How a colon and a bracket are spelled that must not be read as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColonSpelling {
    /// With a backslash before it.
    Text,
    /// As inside of a JSON or YAML string.
    Json,
    /// As a character reference of XML and HTML.
    Xml,
}

impl ColonSpelling {
    fn colon(self) -> &'static [u8] {
        match self {
            Self::Text => br"\:",
            Self::Json => br"\u003a",
            Self::Xml => b"&#58;",
        }
    }

    fn bracket(self) -> &'static [u8] {
        match self {
            Self::Text => br"\[",
            Self::Json => br"\u005b",
            Self::Xml => b"&#91;",
        }
    }
}

/// What of a line has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passed {
    /// Nothing that can be seen.
    Nothing,
    /// One colon.
    Colon,
    /// More.
    More,
}

/// Spells whatever could be a command in another way. Text may come in any parts.
#[derive(Clone, Debug)]
pub struct CommandGuard {
    spelling: ColonSpelling,
    passed: Passed,
    /// How many `#` stand right before, up to two.
    hashes: u8,
}

impl CommandGuard {
    /// At the start of a line.
    #[must_use]
    pub fn new(spelling: ColonSpelling) -> Self {
        Self {
            spelling,
            passed: Passed::Nothing,
            hashes: 0,
        }
    }

    /// Appends the text to `out` without commands in it.
    pub fn pass(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let mut copied = 0;
        for (at, byte) in text.iter().enumerate() {
            if let Some(spelled) = self.step(*byte) {
                out.extend_from_slice(text.get(copied..at).unwrap_or_default());
                out.extend_from_slice(spelled);
                copied = at + 1;
            }
        }
        out.extend_from_slice(text.get(copied..).unwrap_or_default());
    }

    /// Takes a byte; gives what stands for it, if it is not to stand as it is.
    ///
    /// The runner trims and compares by the rules of Unicode, where some characters count as blanks and others as nothing:
    /// here all that are not ASCII count as nothing.
    fn step(&mut self, byte: u8) -> Option<&'static [u8]> {
        match byte {
            b'\n' | b'\r' => {
                self.passed = Passed::Nothing;
                self.hashes = 0;
                return None;
            }
            b' ' if self.passed == Passed::Nothing => {
                self.hashes = 0;
                return None;
            }
            0x20..0x7f => {}
            _ => return None,
        }
        let colon = byte == b':';
        let (passed, spelled) = match self.passed {
            Passed::Nothing if colon => (Passed::Colon, None),
            Passed::Colon if colon => (Passed::More, Some(self.spelling.colon())),
            _ => (Passed::More, None),
        };
        self.passed = passed;
        let bracket = (byte == b'[' && self.hashes == 2).then(|| self.spelling.bracket());
        self.hashes = if byte == b'#' {
            (self.hashes + 1).min(2)
        } else {
            0
        };
        spelled.or(bracket)
    }
}

/// A way out with a guard before it.
pub struct Guarded<W> {
    writer: W,
    guard: CommandGuard,
    buffer: Vec<u8>,
}

impl<W: Write> Guarded<W> {
    /// Guards a way out.
    #[must_use]
    pub fn new(writer: W, spelling: ColonSpelling) -> Self {
        Self {
            writer,
            guard: CommandGuard::new(spelling),
            buffer: Vec::new(),
        }
    }
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.clear();
        self.guard.pass(bytes, &mut self.buffer);
        self.writer.write_all(&self.buffer)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guarded(text: &str, spelling: ColonSpelling) -> String {
        let mut out = Vec::new();
        CommandGuard::new(spelling).pass(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    /// As the runner reads a line.
    fn is_command(line: &str) -> bool {
        line.trim_start().starts_with("::") || line.contains("##[")
    }

    #[test]
    fn commands_are_spelled_otherwise_and_nothing_else_is() {
        for (text, spelled) in [
            ("::error::a", r":\:error::a"),
            (
                "a\n \t\u{a0}::set-env name=A::b\n",
                "a\n \t\u{a0}:\\:set-env name=A::b\n",
            ),
            ("a\r::x::", "a\r:\\:x::"),
            ("a ##[error]b ##[c]", r"a ##\[error]b ##\[c]"),
            ("###[x]", r"###\[x]"),
            ("a::b: c", "a::b: c"),
            (": :a", ": :a"),
            ("# #[a] #[b] [##]", "# #[a] #[b] [##]"),
            ("#\u{ad}#[a]", "#\u{ad}#\\[a]"),
        ] {
            assert_eq!(guarded(text, ColonSpelling::Text), spelled, "{text}");
        }
        assert_eq!(guarded("##[a]", ColonSpelling::Json), r"##\u005ba]");
        assert_eq!(
            guarded("\n::a ##[", ColonSpelling::Xml),
            "\n:&#58;a ##&#91;"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_a_command_however_it_comes(text in "[ \t\r\n:#\\[\u{2003}éx]{0,40}", cut in 0_usize..40) {
            let whole = guarded(&text, ColonSpelling::Text);
            for line in whole.split(['\n', '\r']) {
                prop_assert!(!is_command(line), "{:?}", line);
            }
            let (one, other) = text.as_bytes().split_at(cut.min(text.len()));
            let mut guarded = Guarded::new(Vec::new(), ColonSpelling::Text);
            guarded.write_all(one).unwrap();
            guarded.write_all(other).unwrap();
            prop_assert_eq!(String::from_utf8(guarded.writer).unwrap(), whole);
        }
    }
}
