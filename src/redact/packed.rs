//! Secrets in what is packed: numbers as MessagePack, CBOR and Protocol Buffers write them, and whatever gzip or zlib
//! holds.

use aho_corasick::AhoCorasick;

use super::find::{FoundSecret, disjoint};
use super::{Redactor, Secret};
use crate::format::deflate::{Coding, Inflater};

/// From here on a number takes bytes enough to be told from chance. Below it, the byte that announces it counts too.
const TELLING: u64 = 1 << 16;

/// Bytes that are inflated to look for secrets in them.
const MOST_INFLATED: usize = 64 << 20;

/// Finds numbers in binary messages.
#[derive(Clone, Debug, Default)]
pub(super) struct PackedNumbers {
    automaton: Option<AhoCorasick>,
    secrets: Vec<usize>,
}

impl PackedNumbers {
    pub(super) fn new(secrets: &[Secret]) -> Self {
        let numbers = secrets.iter().map(|secret| spellings(&secret.value));
        let needles = numbers
            .enumerate()
            .flat_map(|(secret, needles)| needles.into_iter().map(move |needle| (secret, needle)));
        let (secrets, needles): (Vec<usize>, Vec<Vec<u8>>) = needles.unzip();
        // It fails only beyond what memory could hold anyway.
        let automaton = (!needles.is_empty()).then(|| AhoCorasick::new(needles).ok());
        Self {
            automaton: automaton.flatten(),
            secrets,
        }
    }

    /// All places of numbers.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<FoundSecret> {
        let hits = self.automaton.iter();
        let hits = hits.flat_map(|automaton| automaton.find_overlapping_iter(bytes));
        hits.filter_map(|hit| {
            Some(FoundSecret {
                range: hit.range(),
                secret: *self.secrets.get(hit.pattern().as_usize())?,
            })
        })
        .collect()
    }
}

impl Redactor {
    /// Where secrets stand in a binary message.
    pub(super) fn find_binary(&self, bytes: &[u8]) -> Vec<FoundSecret> {
        let numbers = (self.numbers).get_or_init(|| PackedNumbers::new(&self.secrets));
        let mut found = numbers.find(bytes);
        if found.is_empty() {
            return self.find(bytes);
        }
        found.extend(self.find(bytes));
        disjoint(found)
    }

    /// A secret that is in what gzip or zlib holds: no part of that can be taken out.
    pub(super) fn in_packed(&self, bytes: &[u8]) -> Option<usize> {
        let coding = match bytes {
            [0x1f, 0x8b, ..] => Coding::Gzip,
            // RFC 1950, 2.2: deflate, and a multiple of 31.
            [first, second, ..]
                if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0 =>
            {
                Coding::Zlib
            }
            _ => return None,
        };
        let mut inflated = Vec::new();
        // What is cut short, damaged or followed by something else can be read as far as that.
        let _ = Inflater::new(coding).feed(bytes, &mut inflated, MOST_INFLATED);
        Some(self.find_binary(&inflated).first()?.secret)
    }
}

/// How binary formats write a value that is a number.
fn spellings(value: &str) -> Vec<Vec<u8>> {
    if let Ok(integer) = value.parse::<i128>() {
        return integers(integer);
    }
    let float = value.parse::<f64>().ok().filter(|float| float.is_finite());
    let is_number = value.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    float.filter(|_| is_number).map_or_else(Vec::new, |float| {
        let mut all = either_way(&float.to_be_bytes()).to_vec();
        #[expect(clippy::cast_possible_truncation, reason = "as a short float has it")]
        all.extend(either_way(&(float as f32).to_be_bytes()));
        all
    })
}

fn integers(integer: i128) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    // CBOR counts negative numbers from -1 downward (RFC 8949, 3.1).
    let counted = if integer < 0 { -1 - integer } else { integer };
    if let Ok(size) = u64::try_from(counted) {
        let bytes = size.to_be_bytes();
        let [.., high, low] = bytes;
        if size >= TELLING {
            let width = if u32::try_from(size).is_ok() { 4 } else { 0 };
            let bytes = bytes.get(width..).unwrap_or_default();
            all.extend(either_way(bytes));
        } else if size >= 256 {
            all.push(vec![if integer < 0 { 0x39 } else { 0x19 }, high, low]);
        }
    }
    if let Ok(negative) = i64::try_from(integer)
        && negative < 0
    {
        // Two's complement, as MessagePack and fixed fields of protobuf have it.
        match (i16::try_from(negative), i32::try_from(negative)) {
            (Ok(short), _) if short < -128 => {
                let [high, low] = short.to_be_bytes();
                all.push(vec![0xd1, high, low]);
            }
            (Err(_), Ok(middle)) => all.extend(either_way(&middle.to_be_bytes())),
            (Err(_), Err(_)) => all.extend(either_way(&negative.to_be_bytes())),
            (Ok(_), _) => {}
        }
        all.push(varint(u64::from_be_bytes(negative.to_be_bytes())));
    }
    if let Ok(size) = u64::try_from(integer) {
        let [.., high, low] = size.to_be_bytes();
        if size >= TELLING {
            all.push(varint(size));
        } else if size >= 256 {
            all.extend([vec![0xcd, high, low], vec![0xd1, high, low]]);
        }
    }
    // `sint64` of protobuf.
    let zigzag = u64::try_from(counted)
        .ok()
        .and_then(|size| size.checked_mul(2));
    let zigzag = zigzag.map(|size| size + u64::from(integer < 0));
    all.extend(zigzag.filter(|size| *size >= TELLING).map(varint));
    if counted >= 256 {
        #[expect(clippy::cast_precision_loss, reason = "as a float has it")]
        all.extend(either_way(&(integer as f64).to_be_bytes()));
    }
    all
}

/// The most significant byte first, and last.
fn either_way(bytes: &[u8]) -> [Vec<u8>; 2] {
    [bytes.to_vec(), bytes.iter().rev().copied().collect()]
}

/// As protobuf writes it: seven bits in a byte, the lowest first.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [.., low] = number.to_be_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
