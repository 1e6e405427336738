//! Orders the entries of maps in a message that is to be sent: in memory they have no order, and the same JSON is to give the
//! same bytes each time.

use std::ops::Range;

use prost_reflect::{Kind, MessageDescriptor};

use super::count::varint;

/// What the wire has behind a field's number.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;
const FOUR_BYTES: u64 = 5;

/// Orders the entries of each map by their keys. No byte is added: what cannot be read stays as it is.
pub(super) fn order(bytes: &mut [u8], message: &MessageDescriptor) {
    fields(bytes, 0, message);
}

/// Orders what is in the fields from `at` on, up to the end of the group that they are in. Returns where that is.
fn fields(bytes: &mut [u8], mut at: usize, message: &MessageDescriptor) -> Option<usize> {
    if message.full_name() == "google.protobuf.Any" {
        return any(bytes, message);
    }
    // The entries of one map stand side by side.
    let mut entries: Vec<(u32, Range<usize>)> = Vec::new();
    while at < bytes.len() {
        let start = at;
        let field = WireField::read(bytes, at)?;
        let described = message.get_field(field.number);
        let inner = described.as_ref().and_then(|field| match field.kind() {
            Kind::Message(inner) => Some(inner),
            _ => None,
        });
        at = field.value.end;
        match (field.kind, inner) {
            (GROUP, inner) => at = fields(bytes, at, &inner?)?,
            (GROUP_END, _) => break,
            (LENGTH, Some(inner)) => {
                fields(bytes.get_mut(field.value)?, 0, &inner)?;
            }
            _ => {}
        }
        if entries
            .last()
            .is_some_and(|(last, _)| *last != field.number)
        {
            sort(bytes, &std::mem::take(&mut entries), message);
        }
        if described.is_some_and(|field| field.is_map()) {
            entries.push((field.number, start..at));
        }
    }
    sort(bytes, &entries, message);
    Some(at)
}

/// What `Any` holds is a message of the type that it names.
fn any(bytes: &mut [u8], message: &MessageDescriptor) -> Option<usize> {
    let [mut url, mut value] = [0..0, 0..0];
    let mut at = 0;
    while at < bytes.len() {
        let field = WireField::read(bytes, at)?;
        at = field.value.end;
        match (field.number, field.kind) {
            (1, LENGTH) => url = field.value,
            (2, LENGTH) => value = field.value,
            _ => {}
        }
    }
    let url = std::str::from_utf8(bytes.get(url)?).ok()?;
    let name = url.rsplit('/').next().unwrap_or_default();
    if let Some(inner) = message.parent_pool().get_message_by_name(name) {
        fields(bytes.get_mut(value)?, 0, &inner)?;
    }
    Some(at)
}

/// Puts entries that stand side by side in order.
fn sort(bytes: &mut [u8], entries: &[(u32, Range<usize>)], message: &MessageDescriptor) {
    let [(number, first), .., (_, last)] = entries else {
        return;
    };
    let kind = message
        .get_field(*number)
        .and_then(|field| match field.kind() {
            Kind::Message(entry) => Some(entry.map_entry_key_field().kind()),
            _ => None,
        });
    let mut sorted: Vec<(MapKey, Vec<u8>)> = entries
        .iter()
        .filter_map(|(_, range)| bytes.get(range.clone()))
        .map(|entry| {
            (
                key(entry, kind.as_ref()).unwrap_or_default(),
                entry.to_vec(),
            )
        })
        .collect();
    sorted.sort();
    let sorted: Vec<u8> = sorted.into_iter().flat_map(|(_, entry)| entry).collect();
    if let Some(place) = bytes.get_mut(first.start..last.end) {
        place.copy_from_slice(&sorted);
    }
}

/// A map's key: numbers by their size, text by its bytes.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct MapKey {
    number: i128,
    text: Vec<u8>,
}

/// The key of an entry, which is left away where it is the default.
fn key(entry: &[u8], kind: Option<&Kind>) -> Option<MapKey> {
    let whole = WireField::read(entry, 0)?;
    let entry = entry.get(whole.value)?;
    let mut at = 0;
    while at < entry.len() {
        let field = WireField::read(entry, at)?;
        at = field.value.end;
        if field.number == 1 {
            return Some(field.key(entry.get(field.value.clone())?, kind));
        }
    }
    None
}

/// A field on the wire.
struct WireField {
    number: u32,
    kind: u64,
    /// Where its value stands, without the length before it. A group's begins there.
    value: Range<usize>,
}

impl WireField {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let (tag, behind) = varint(bytes.get(at..)?)?;
        let mut from = bytes.len() - behind.len();
        let kind = tag & 7;
        let to = match kind {
            VARINT => bytes.len() - varint(behind)?.1.len(),
            EIGHT_BYTES => from + 8,
            FOUR_BYTES => from + 4,
            GROUP | GROUP_END => from,
            LENGTH => {
                let (length, payload) = varint(behind)?;
                from = bytes.len() - payload.len();
                from.checked_add(usize::try_from(length).ok()?)?
            }
            _ => return None,
        };
        let number = u32::try_from(tag >> 3).ok()?;
        (to <= bytes.len()).then_some(Self {
            number,
            kind,
            value: from..to,
        })
    }

    fn key(&self, value: &[u8], kind: Option<&Kind>) -> MapKey {
        let fixed = || {
            let bytes = value.iter().rev();
            bytes.fold(0, |value, byte| (value << 8) | u64::from(*byte))
        };
        let number = match self.kind {
            VARINT => varint(value).map_or(0, |(value, _)| value),
            EIGHT_BYTES | FOUR_BYTES => fixed(),
            _ => {
                return MapKey {
                    number: 0,
                    text: value.to_vec(),
                };
            }
        };
        let signed = i128::from(number.cast_signed());
        let number = match kind {
            Some(Kind::Sint32 | Kind::Sint64) => {
                let half = i128::from(number >> 1);
                if number & 1 == 1 { !half } else { half }
            }
            // Four bytes hold their sign in the 32nd bit.
            Some(Kind::Sfixed32) if number > 0x7fff_ffff => i128::from(number) - (1 << 32),
            Some(Kind::Int32 | Kind::Int64 | Kind::Sfixed32 | Kind::Sfixed64) => signed,
            _ => i128::from(number),
        };
        MapKey {
            number,
            text: Vec::new(),
        }
    }
}
