//! A JSON object on one line, written member by member without a tree in between.

use std::io::Write;

use super::paint::is_harmful;

/// A JSON object being written, member by member.
pub(super) struct Object<'a> {
    line: &'a mut Vec<u8>,
}

impl<'a> Object<'a> {
    pub(super) fn begin(line: &'a mut Vec<u8>) -> Self {
        line.clear();
        line.push(b'{');
        Self { line }
    }

    /// An object that starts with the members of another, as they were written.
    pub(super) fn go_on(line: &'a mut Vec<u8>, members: &[u8]) -> Self {
        line.clear();
        line.extend_from_slice(members);
        Self { line }
    }

    /// Names are ours, and need no escape.
    fn name(&mut self, name: &str) {
        if self.line.len() > 1 {
            self.line.push(b',');
        }
        self.line.push(b'"');
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"\":");
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    pub(super) fn number(&mut self, name: &str, value: u128) {
        self.name(name);
        let _ = write!(self.line, "{value}");
    }

    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.line.extend_from_slice(json.as_bytes());
    }

    pub(super) fn pairs(&mut self, name: &str, pairs: &[(String, String)]) {
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

    fn string(&mut self, text: &str) {
        let start = self.line.len();
        // A vector takes whatever it is given.
        let _ = serde_json::to_writer(&mut *self.line, text);
        // JSON asks for the controls of ASCII to be escaped and no more; a log is read on terminals too.
        if !text.bytes().all(|byte| byte < 0x7f) {
            let written = self.line.split_off(start);
            for character in String::from_utf8_lossy(&written).chars() {
                if is_harmful(character) {
                    let _ = write!(self.line, "\\u{:04x}", u32::from(character));
                } else {
                    let mut bytes = [0; 4];
                    self.line
                        .extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                }
            }
        }
    }

    /// Closes it, and the line. Where this is not called, whoever goes on closes it.
    pub(super) fn end(self) {
        self.line.extend_from_slice(b"}\n");
    }
}
