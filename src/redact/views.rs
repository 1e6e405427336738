//! Decoded forms of a text in which every byte knows where it came from: JSON strings unescaped, percent-encoding and
//! character references undone. Lenient: what is no escape stands for itself, wherever in the text it is.

use std::ops::Range;

/// A decoded form.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The text with its escapes undone.
    pub(super) bytes: Vec<u8>,
    /// The escapes, in order: where they stand decoded, and where in the source.
    escapes: Vec<(Range<usize>, Range<usize>)>,
}

/// Undoes one kind of escapes; `None` where there are none.
pub(super) type Decode = fn(&[u8]) -> Option<View>;

/// What is tried. In a form `+` is a blank; that matters only to secrets that have one. Layout matters only to secrets
/// that are JSON themselves: printed compact, any layout of them becomes their value.
pub(super) fn decoders(has_blank: bool, is_json: bool) -> impl Iterator<Item = Decode> {
    let all: [Decode; 3] = [
        |bytes| decode(bytes, b"\\", json),
        |bytes| decode(bytes, b"&", reference),
        |bytes| decode(bytes, b"%", percent),
    ];
    let form: Decode = |bytes| decode(bytes, b"%+", percent);
    all.into_iter()
        .chain(has_blank.then_some(form))
        .chain(is_json.then_some(unlaid as Decode))
}

/// JSON without white space outside of strings.
pub(super) fn unlaid(source: &[u8]) -> Option<View> {
    let mut view = View::default();
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in source.iter().enumerate() {
        if !in_string && matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            let here = view.bytes.len();
            view.escapes.push((here..here, at..at + 1));
            continue;
        }
        view.bytes.push(*byte);
        in_string ^= *byte == b'"' && !escaped;
        escaped = in_string && *byte == b'\\' && !escaped;
    }
    (!view.escapes.is_empty()).then_some(view)
}

impl View {
    /// Where decoded bytes came from, whole escapes only.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() {
            let at = self.byte(range.start).start;
            return at..at;
        }
        self.byte(range.start).start..self.byte(range.end - 1).end
    }

    /// The source of one decoded byte.
    fn byte(&self, at: usize) -> Range<usize> {
        let index = self
            .escapes
            .partition_point(|(decoded, _)| decoded.start <= at);
        match index
            .checked_sub(1)
            .and_then(|index| self.escapes.get(index))
        {
            None => at..at + 1,
            Some((decoded, source)) if at < decoded.end => source.clone(),
            Some((decoded, source)) => {
                let at = source.end + (at - decoded.end);
                at..at + 1
            }
        }
    }
}

/// `one` tells of the text at an escape's mark what it stands for and how long it is.
fn decode(source: &[u8], marks: &[u8], one: fn(&[u8]) -> Option<(Decoded, usize)>) -> Option<View> {
    if !source.iter().any(|byte| marks.contains(byte)) {
        return None;
    }
    let mut view = View::default();
    let mut at = 0;
    while let Some(byte) = source.get(at) {
        let escape = if marks.contains(byte) {
            source.get(at..).and_then(one)
        } else {
            None
        };
        match escape {
            None => {
                view.bytes.push(*byte);
                at += 1;
            }
            Some((decoded, length)) => {
                let start = view.bytes.len();
                match decoded {
                    Decoded::Byte(byte) => view.bytes.push(byte),
                    Decoded::Character(character) => view
                        .bytes
                        .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                view.escapes
                    .push((start..view.bytes.len(), at..at + length));
                at += length;
            }
        }
    }
    (!view.escapes.is_empty()).then_some(view)
}

enum Decoded {
    Byte(u8),
    Character(char),
}

fn json(text: &[u8]) -> Option<(Decoded, usize)> {
    let byte = match text.get(1)? {
        mark @ (b'"' | b'\\' | b'/') => *mark,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((Decoded::Byte(byte), 2))
}

/// `\u0041`, or a surrogate pair of them (RFC 8259, 7).
fn unicode(text: &[u8]) -> Option<(Decoded, usize)> {
    let unit = |at: usize| {
        let is_escape = text.get(at..at + 2) == Some(b"\\u");
        is_escape.then_some(())?;
        u16::try_from(number(text.get(at + 2..at + 6)?, 16)?).ok()
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((Decoded::Character(character), 6));
    }
    let pair = [first, unit(6)?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    Some((Decoded::Character(character), 12))
}

fn percent(text: &[u8]) -> Option<(Decoded, usize)> {
    if text.first() == Some(&b'+') {
        return Some((Decoded::Byte(b' '), 1));
    }
    let byte = u8::try_from(number(text.get(1..3)?, 16)?).ok()?;
    Some((Decoded::Byte(byte), 3))
}

fn reference(text: &[u8]) -> Option<(Decoded, usize)> {
    // Leading zeros are legal, but nobody writes more than a few.
    let length = text.iter().take(16).position(|byte| *byte == b';')?;
    let name = text.get(1..length)?;
    let character = match name {
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => named(std::str::from_utf8(name).ok()?)?,
    };
    Some((Decoded::Character(character), length + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(digits, radix).ok())?
}

fn named(name: &str) -> Option<char> {
    let ascii = ASCII.iter().find(|(known, _)| *known == name);
    if let Some((_, character)) = ascii {
        return Some(*character);
    }
    let latin = LATIN.split_whitespace().position(|known| known == name)?;
    char::from_u32(0xa0 + u32::try_from(latin).ok()?)
}

/// HTML's names for what ASCII has, XML's five among them.
const ASCII: [(&str, char); 43] = [
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("amp", '&'),
    ("AMP", '&'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("midast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("vert", '|'),
    ("VerticalLine", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
];

/// HTML's names for U+00A0 to U+00FF, in order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr \
    deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest \
    Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml \
    ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
    agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml \
    eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(source: &str) -> Vec<String> {
        decoders(true, false)
            .filter_map(|decode| decode(source.as_bytes()))
            .map(|view| String::from_utf8(view.bytes).unwrap())
            .collect()
    }

    #[test]
    fn escapes_are_undone_and_all_else_stays() {
        for (source, expected) in [
            (r#"a\"\\\/\n\u0041\ud83d\ude00"#, &["a\"\\/\nA😀"][..]),
            (r"\ud83d \x \u12", &[]),
            ("%41%c3%bc%zz%4", &["Aü%zz%4", "Aü%zz%4"]),
            ("a+b", &["a b"]),
            ("&lt;&#65;&#x0041;&eacute;&sol;&nope;&", &["<AAé/&nope;&"]),
            ("nothing", &[]),
        ] {
            assert_eq!(decoded(source), expected, "{source}");
        }
    }

    #[test]
    fn a_decoded_byte_knows_its_source() {
        let view = decode(b"a%c3%bcb", b"%", percent).unwrap();
        assert_eq!(view.origin(0..1), 0..1);
        assert_eq!(view.origin(1..3), 1..7);
        assert_eq!(view.origin(3..4), 7..8);
        let view = decode("\\u00fcx".as_bytes(), b"\\", json).unwrap();
        assert_eq!(view.origin(1..3), 0..7);
    }
}
