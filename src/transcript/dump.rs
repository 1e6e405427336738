//! A line of a dump of bytes.

use super::cut::{BESIDE, HEX_BYTES, MASKED};

/// A byte of a secret, in a dump.
pub(super) const SECRET: &str = "**";

/// A line of a dump: where its bytes stand, they themselves, and their text beside them.
pub(super) fn dump_line(offset: usize, hex: &[String], bytes: &[u8]) -> String {
    let character = |(hex, byte): (&String, &u8)| match hex.as_str() {
        SECRET | MASKED => '*',
        _ if byte.is_ascii_graphic() || *byte == b' ' => char::from(*byte),
        _ => '.',
    };
    let text: String = hex.iter().zip(bytes).map(character).collect();
    let columns = HEX_BYTES * "00 ".len() - 1;
    let hex = hex.join(" ");
    format!("{offset:08x}  {hex:<columns$}  {BESIDE}{text}{BESIDE}")
}
