//! A JSON object on one line, written member by member without a tree in between.

use crate::source::visible::{Spelling, shows};

/// Bytes that are escaped at once.
const PIECE: usize = 32;

/// A JSON object being written, member by member, behind whatever the buffer holds.
pub(crate) struct Object<'a> {
    line: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(crate) fn begin(line: &'a mut Vec<u8>) -> Self {
        line.push(b'{');
        Self {
            line,
            is_empty: true,
        }
    }

    /// Members for objects to come, with no brace around them.
    pub(crate) fn part(line: &'a mut Vec<u8>) -> Self {
        Self {
            line,
            is_empty: true,
        }
    }

    /// An object that starts with the members of another, as they were written.
    pub(crate) fn go_on(line: &'a mut Vec<u8>, members: &[u8]) -> Self {
        line.extend_from_slice(members);
        Self {
            line,
            is_empty: false,
        }
    }

    /// Names are ours, and need no escape.
    fn name(&mut self, name: &str) {
        self.comma();
        self.line.push(b'"');
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"\":");
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_empty) {
            self.line.push(b',');
        }
    }

    /// Members that are ours from end to end, as they stand in JSON: a log has the same ones in line after line.
    pub(crate) fn known(&mut self, members: impl AsRef<[u8]>) {
        self.comma();
        self.line.extend_from_slice(members.as_ref());
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    /// Words are ours as names are.
    pub(crate) fn word(&mut self, name: &str, word: impl AsRef<[u8]>) {
        self.name(name);
        self.line.push(b'"');
        self.line.extend_from_slice(word.as_ref());
        self.line.push(b'"');
    }

    pub(crate) fn number(&mut self, name: &str, value: u128) {
        self.name(name);
        // A vector takes whatever it is given. Most numbers are small, and those are quicker to write.
        let _ = match u64::try_from(value) {
            Ok(value) => serde_json::to_writer(&mut *self.line, &value),
            Err(_) => serde_json::to_writer(&mut *self.line, &value),
        };
    }

    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.line.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn pairs(&mut self, name: &str, pairs: &[(String, String)]) {
        self.name(name);
        self.line.push(b'[');
        for (at, (first, second)) in pairs.iter().enumerate() {
            self.line
                .extend_from_slice(if at == 0 { b"[" } else { b",[" });
            self.string(first);
            self.line.push(b',');
            self.string(second);
            self.line.push(b']');
        }
        self.line.push(b']');
    }

    /// JSON asks for the controls of ASCII to be escaped and no more; a log is read on terminals too.
    fn string(&mut self, text: &str) {
        self.line.push(b'"');
        let (mut rest, mut before) = (text, None);
        loop {
            let printed = self.printable(rest.as_bytes());
            let (plain, other) = rest.split_at_checked(printed).unwrap_or((rest, ""));
            let mut characters = other.chars();
            let Some(character) = characters.next() else {
                break;
            };
            before = plain.chars().next_back().or(before);
            self.character(before, character);
            before = Some(character);
            rest = characters.as_str();
        }
        self.line.push(b'"');
    }

    /// Writes what is printable ASCII at the beginning; how many bytes that are.
    fn printable(&mut self, bytes: &[u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            let whole = plain(rest);
            self.line
                .extend_from_slice(rest.get(..whole).unwrap_or_default());
            done += whole;
            let rest = rest.get(whole..).unwrap_or_default();
            let piece = rest.get(..PIECE).unwrap_or(rest);
            let is_printable = |byte: &&u8| matches!(byte, 0x20..=0x7e);
            let length = piece.iter().take_while(is_printable).count();
            let printable = piece.get(..length).unwrap_or_default();
            // JSON in a string is full of quotes: a branch for each would be foretold too seldom.
            let mut escaped = [0; 2 * PIECE];
            let mut end = 0;
            for byte in printable {
                escaped[end % (2 * PIECE)] = b'\\';
                end += usize::from(matches!(byte, b'"' | b'\\'));
                escaped[end % (2 * PIECE)] = *byte;
                end += 1;
            }
            let escaped = escaped.get(..end).unwrap_or_default();
            self.line.extend_from_slice(escaped);
            done += length;
            if length < piece.len() {
                break;
            }
        }
        done
    }

    fn character(&mut self, before: Option<char>, character: char) {
        let short = match character {
            '"' | '\\' => u8::try_from(character).ok(),
            '\u{8}' => Some(b'b'),
            '\t' => Some(b't'),
            '\n' => Some(b'n'),
            '\u{c}' => Some(b'f'),
            '\r' => Some(b'r'),
            _ => None,
        };
        if let Some(short) = short {
            self.line.extend_from_slice(&[b'\\', short]);
        } else if shows(before, character) {
            let mut bytes = [0; 4];
            self.line
                .extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
        } else {
            let mut spelled = String::new();
            Spelling::Json.push(&mut spelled, character);
            self.line.extend_from_slice(spelled.as_bytes());
        }
    }

    /// Closes it where it is a part of a line.
    pub(super) fn close(self) {
        self.line.push(b'}');
    }

    /// Closes it, and the line. Where this is not called, the code that goes on closes it.
    pub(crate) fn end(self) {
        self.line.extend_from_slice(b"}\n");
    }
}

/// How many bytes at the beginning stand for themselves in a JSON string, and are ASCII. Whole pieces are looked at without
/// a branch: most strings have nothing else in them, and a log has very many.
fn plain(bytes: &[u8]) -> usize {
    let (pieces, _) = bytes.as_chunks::<PIECE>();
    let is_special = |byte: &u8| !matches!(byte, 0x20..=0x7e) || matches!(byte, b'"' | b'\\');
    let is_plain =
        |piece: &&[u8; PIECE]| !piece.iter().fold(false, |any, byte| any | is_special(byte));
    PIECE * pieces.iter().take_while(is_plain).count()
}
