//! Counts the values of a message before it is read: in memory a value takes some sixty bytes, in a list of numbers on
//! the wire one.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

/// Values that a message may have.
pub(super) const MOST_VALUES: usize = 4_000_000;

/// How deep messages are counted: of deeper ones none is read.
const DEEPEST: usize = 128;

/// A message has more values than it may have.
pub(super) struct TooMany;

/// Counts the values of a message. What is malformed is not counted to its end: it is not read either.
///
/// # Errors
/// There are too many.
pub(super) fn count(bytes: &[u8], message: &MessageDescriptor) -> Result<(), TooMany> {
    // Each takes a byte or more.
    if bytes.len() <= MOST_VALUES {
        return Ok(());
    }
    let mut left = MOST_VALUES;
    fields(bytes, message, &mut left, 0)
}

fn fields(
    bytes: &[u8],
    message: &MessageDescriptor,
    left: &mut usize,
    level: usize,
) -> Result<(), TooMany> {
    let mut rest = bytes;
    while let Some((key, value)) = varint(rest) {
        take(left, 1)?;
        let length = match key & 7 {
            0 => varint(value).map(|(_, behind)| value.len() - behind.len()),
            1 => Some(8),
            5 => Some(4),
            // The fields of a group are counted as if they were the message's.
            3 | 4 => Some(0),
            2 => match varint(value) {
                Some((length, inside)) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    let Some(payload) = inside.get(..length) else {
                        return Ok(());
                    };
                    let field = u32::try_from(key >> 3).ok();
                    if let Some(field) = field.and_then(|number| message.get_field(number)) {
                        inner(payload, &field, left, level)?;
                    }
                    Some(value.len() - inside.len() + length)
                }
                None => None,
            },
            _ => None,
        };
        let Some(behind) = length.and_then(|length| value.get(length..)) else {
            return Ok(());
        };
        rest = behind;
    }
    Ok(())
}

/// Counts what is in a field that has a length.
fn inner(
    payload: &[u8],
    field: &FieldDescriptor,
    left: &mut usize,
    level: usize,
) -> Result<(), TooMany> {
    match field.kind() {
        Kind::Message(message) if level < DEEPEST => fields(payload, &message, left, level + 1),
        Kind::Message(_) | Kind::String | Kind::Bytes => Ok(()),
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => take(left, payload.len() / 8),
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => take(left, payload.len() / 4),
        _ => take(left, payload.iter().filter(|byte| **byte < 0x80).count()),
    }
}

fn take(left: &mut usize, values: usize) -> Result<(), TooMany> {
    *left = left.checked_sub(values).ok_or(TooMany)?;
    Ok(())
}

/// A number, and what stands behind it.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index).min(63);
        if *byte < 0x80 {
            return Some((value, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    None
}
