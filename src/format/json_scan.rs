//! Whether a text is JSON, with nothing kept of it: every message of a log passes here. Takes what `serde_json` ignores,
//! and leaves it to that to say what is wrong.

use super::MAX_JSON_DEPTH;

/// Whether a text is JSON (RFC 8259) of at most [`MAX_JSON_DEPTH`] levels.
pub(crate) fn is_json(text: &str) -> bool {
    let mut scanner = JsonScanner {
        rest: text.as_bytes(),
        levels: Levels::default(),
    };
    scanner.document().is_some()
}

struct JsonScanner<'a> {
    rest: &'a [u8],
    levels: Levels,
}

/// The objects and arrays that are open: a bit for each, which is one of an object.
#[derive(Default)]
struct Levels {
    depth: usize,
    objects: u128,
}

impl Levels {
    fn open(&mut self, is_object: bool) -> Option<()> {
        if self.depth == MAX_JSON_DEPTH {
            return None;
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(is_object);
        Some(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
    }

    /// Whether the innermost is an object; `None` where nothing is open.
    fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.objects & 1 == 1)
    }
}

impl JsonScanner<'_> {
    fn document(&mut self) -> Option<()> {
        loop {
            let is_whole = match self.token()? {
                b'{' => {
                    self.levels.open(true)?;
                    let is_empty = self.takes(b'}');
                    if !is_empty {
                        self.key()?;
                    }
                    is_empty
                }
                b'[' => {
                    self.levels.open(false)?;
                    self.takes(b']')
                }
                first => {
                    self.scalar(first)?;
                    if self.goes_on()? {
                        continue;
                    }
                    return Some(());
                }
            };
            if is_whole {
                self.levels.close();
                if !self.goes_on()? {
                    return Some(());
                }
            }
        }
    }

    /// Behind a value: whether another one follows.
    fn goes_on(&mut self) -> Option<bool> {
        loop {
            let Some(is_object) = self.levels.innermost() else {
                self.skip_blanks();
                return self.rest.is_empty().then_some(false);
            };
            match self.token()? {
                b',' if is_object => {
                    self.key()?;
                    return Some(true);
                }
                b',' => return Some(true),
                b'}' if is_object => self.levels.close(),
                b']' if !is_object => self.levels.close(),
                _ => return None,
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        if self.token()? != b'"' {
            return None;
        }
        self.string()?;
        (self.token()? == b':').then_some(())
    }

    fn scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => self.string(),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            b'-' => {
                let first = self.next()?;
                self.number(first)
            }
            first => self.number(first),
        }
    }

    /// Behind the opening quote.
    fn string(&mut self) -> Option<()> {
        loop {
            let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | ..0x20);
            let plain = self.rest.iter().take_while(is_plain).count();
            self.rest = self.rest.get(plain..)?;
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let (digits, rest) = self.rest.split_at_checked(4)?;
                self.rest = rest;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// Behind the first digit.
    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            // Nothing follows a leading zero.
            b'0' if self.rest.first().is_some_and(u8::is_ascii_digit) => return None,
            b'0' => {}
            b'1'..=b'9' => {
                self.digits();
            }
            _ => return None,
        }
        if let [b'.', rest @ ..] = self.rest {
            self.rest = rest;
            self.digits().then_some(())?;
        }
        if let [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] = self.rest {
            self.rest = rest;
            self.digits().then_some(())?;
        }
        Some(())
    }

    /// Whether there were any.
    fn digits(&mut self) -> bool {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        self.rest = self.rest.get(digits..).unwrap_or_default();
        digits > 0
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_next = self.rest.first() == Some(&byte);
        if is_next {
            self.next();
        }
        is_next
    }

    /// The next byte that is not blank.
    fn token(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.next()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;
    use crate::format::read_json;

    fn is_read(text: &str) -> bool {
        read_json::<IgnoredAny>(text).is_ok()
    }

    #[test]
    fn json_is_told_as_the_parser_tells_it() {
        let nested = |depth| {
            format!(
                "{}{}",
                "[{\"a\":".repeat(depth),
                "1".to_owned() + &"}]".repeat(depth)
            )
        };
        let texts = [
            "",
            " ",
            "{}",
            " [ ] ",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1}",
            "{\"a\":1]",
            "{\"a\": {\"b\": [null, true, false, \"\"]}, \"c\": []}",
            "0",
            "00",
            "01",
            "-",
            "-0",
            "-01",
            "1.",
            ".5",
            "1.5",
            "1e",
            "1e+",
            "1e5",
            "1E-05",
            "1.0e+1x",
            "0x1",
            "tru",
            "true",
            "truex",
            "nul",
            "NaN",
            "\"",
            "\"a",
            "\"a\"b",
            "\"\\\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "\"\t\"",
            "\"\u{7f}é\"",
            "\u{feff}1",
            "[1] 2",
            "[[]",
            "[]]",
            "\u{b}1",
            "[\"a\" , \"b\"]",
            "{\"a\" : 1 , \"b\":2}",
        ];
        for text in texts {
            assert_eq!(is_json(text), is_read(text), "{text:?}");
        }
        for depth in [1, 63, 64, 65, 1000] {
            assert_eq!(is_json(&nested(depth)), is_read(&nested(depth)), "{depth}");
        }
        assert!(is_json(&nested(64)) && !is_json(&nested(65)));
    }

    proptest! {
        #[test]
        fn any_text_is_told_as_the_parser_tells_it(text in r#"[\[\]{}:,"\\u0-2.eE+\- truefalsn]{0,16}"#) {
            prop_assert_eq!(is_json(&text), is_read(&text));
        }

        #[test]
        fn json_with_one_byte_changed_is_told_so_too(at in 0_usize..60, by in "[\\[\\]{}:,\"0.e \\\\]?") {
            let text = r#"{"a": [1, -2.5e3, "x\n\u0041", true], "b": {"c": null}}"#;
            let changed: String = text.chars().take(at).chain(by.chars()).chain(text.chars().skip(at + 1)).collect();
            prop_assert_eq!(is_json(&changed), is_read(&changed));
        }
    }
}
