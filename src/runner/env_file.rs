//! Env files: `NAME=VALUE` lines by the usual dotenv rules. Knows no folders, and never sees the process environment:
//! `${NAME}` takes values from env files alone, so that a stranger's `.env` cannot send the environment away.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// A line that could not be read, and was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// The line, from 1.
    pub(super) line: usize,
    /// Why.
    pub(super) reason: String,
}

/// Reads an env file; `known` has what env files that were read before gave, and `${NAME}` may use it.
pub(super) fn read(
    text: &str,
    known: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<Unread>) {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = EnvFileReader {
        rest: text.chars().peekable(),
        line: 1,
        known,
        found: BTreeMap::new(),
    };
    let mut unread = Vec::new();
    while reader.rest.peek().is_some() {
        let line = reader.line;
        let start = reader.rest.clone();
        if let Err(reason) = reader.entry() {
            unread.push(Unread { line, reason });
            // An unclosed quote has eaten the rest of the file: only its own line is lost.
            reader.rest = start;
            reader.line = line;
        }
        reader.skip_line();
    }
    (reader.found, unread)
}

struct EnvFileReader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    known: &'a BTreeMap<String, String>,
    found: BTreeMap<String, String>,
}

impl EnvFileReader<'_> {
    /// Reads up to, not over, the end of the entry's last line.
    fn entry(&mut self) -> Result<(), String> {
        self.skip_blanks();
        if self.at_end() || self.rest.peek() == Some(&'#') {
            return Ok(());
        }
        let mut name = self.name();
        let exported = name == "export" && self.rest.peek().is_some_and(|next| is_blank(*next));
        if exported {
            self.skip_blanks();
            name = self.name();
        }
        self.skip_blanks();
        if exported && self.at_end() {
            return Ok(());
        }
        if name.is_empty() {
            return Err("a line starts with a name, as in NAME=VALUE".to_owned());
        }
        if self.next() != Some('=') {
            return Err(format!("a `=` must follow `{name}`"));
        }
        self.skip_blanks();
        let value = match self.rest.peek() {
            Some(quote @ ('\'' | '`')) => {
                let quote = *quote;
                self.literal(quote)?
            }
            Some('"') => self.quoted()?,
            _ => self.bare(),
        };
        self.found.insert(name, value);
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(next) = self.rest.next_if(|next| is_name_character(*next)) {
            name.push(next);
        }
        name
    }

    fn literal(&mut self, quote: char) -> Result<String, String> {
        self.next();
        let mut value = String::new();
        loop {
            match self.next() {
                None => return Err(format!("the quote {quote} is never closed")),
                Some(next) if next == quote => break,
                Some(next) => value.push(next),
            }
        }
        self.nothing_more().map(|()| value)
    }

    fn quoted(&mut self) -> Result<String, String> {
        self.next();
        let mut value = String::new();
        loop {
            match self.next() {
                None => return Err("the quote \" is never closed".to_owned()),
                Some('"') => break,
                Some('\\') => match self.next() {
                    Some('n') => value.push('\n'),
                    Some('r') => value.push('\r'),
                    Some('t') => value.push('\t'),
                    Some(escaped @ ('\\' | '"' | '$')) => value.push(escaped),
                    Some(other) => value.extend(['\\', other]),
                    None => {}
                },
                Some('$') => self.reference(&mut value),
                Some(next) => value.push(next),
            }
        }
        self.nothing_more().map(|()| value)
    }

    /// An unquoted value: to the end of the line, or to a `#` that follows a blank.
    fn bare(&mut self) -> String {
        let mut value = String::new();
        let mut after_blank = true;
        while let Some(next) = self.rest.next_if(|next| *next != '\n') {
            match next {
                '#' if after_blank => break,
                '$' => self.reference(&mut value),
                next => value.push(next),
            }
            after_blank = is_blank(next);
        }
        value.trim_end().to_owned()
    }

    /// What follows a `$`: `{NAME}` of a known name is its value, anything else stands for itself.
    fn reference(&mut self, value: &mut String) {
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('{') {
            let mut name = String::new();
            while let Some(next) = ahead.next_if(|next| is_name_character(*next)) {
                name.push(next);
            }
            let given = self.found.get(&name).or_else(|| self.known.get(&name));
            if let (Some(given), Some('}')) = (given, ahead.next()) {
                value.push_str(given);
                self.rest = ahead;
                return;
            }
        }
        value.push('$');
    }

    fn nothing_more(&mut self) -> Result<(), String> {
        self.skip_blanks();
        if self.at_end() || self.rest.peek() == Some(&'#') {
            return Ok(());
        }
        Err("something follows the closing quote".to_owned())
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn at_end(&mut self) -> bool {
        matches!(self.rest.peek(), None | Some('\n'))
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(|next| is_blank(*next)).is_some() {}
    }

    fn skip_line(&mut self) {
        while !matches!(self.next(), None | Some('\n')) {}
    }
}

fn is_blank(character: char) -> bool {
    character == ' ' || character == '\t'
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> String {
        let (found, unread) = read(text, &BTreeMap::new());
        assert_eq!(unread, [], "{text}");
        found.get("A").cloned().unwrap()
    }

    #[test]
    fn values() {
        let cases = [
            ("A=b", "b"),
            ("  A = b  ", "b"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=b # comment", "b"),
            ("A=ws://h/#part", "ws://h/#part"),
            ("A='b # c' # comment", "b # c"),
            ("A='b\\n'", "b\\n"),
            ("A='it is $X ${X}'", "it is $X ${X}"),
            ("A=\"b\\nc\\t\\\"d\\\" \\q\"", "b\nc\t\"d\" \\q"),
            ("A=\"one\ntwo\"\nB=x", "one\ntwo"),
            ("A=\"one\r\ntwo\"\r\n", "one\ntwo"),
            ("A='one\ntwo'", "one\ntwo"),
            ("A=`a \"b\" 'c'`", "a \"b\" 'c'"),
            ("A=a b  c", "a b  c"),
            ("A=a=b", "a=b"),
            ("\u{feff}A=b", "b"),
            ("A=1\nA=2", "2"),
            ("B=x\nA=${B}y", "xy"),
            ("B=x\nA=\"${B}y\"", "xy"),
            ("B=x\nA=\"\\${B}y\"", "${B}y"),
            ("A=pa$$word${", "pa$$word${"),
            ("A=${NOBODY}", "${NOBODY}"),
            ("export B\nA=b", "b"),
            ("A=ü # x\n", "ü"),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text:?}");
        }
    }

    #[test]
    fn references_see_other_env_files_and_never_the_environment() {
        let known = BTreeMap::from([("HOST".to_owned(), "h".to_owned())]);
        let (found, _) = read("A=${HOST}:${PATH}", &known);
        assert_eq!(found["A"], "h:${PATH}");
    }

    #[test]
    fn a_bad_line_hides_no_other() {
        let (found, unread) = read("A=1\n=x\nwhat is this\nB=\"open\nC='x' y\nD=4", &known());
        assert_eq!(found.keys().collect::<Vec<_>>(), ["A", "D"]);
        let lines: Vec<_> = unread.iter().map(|unread| unread.line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
    }

    fn known() -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).{0,200}") {
            let (_, unread) = read(&text, &known());
            proptest::prop_assert!(unread.len() <= text.lines().count());
        }

        #[test]
        fn what_is_single_quoted_comes_out_as_it_went_in(inner in "[^'\r]{0,40}") {
            let (found, _) = read(&format!("A='{inner}'"), &known());
            proptest::prop_assert_eq!(found.get("A"), Some(&inner));
        }
    }
}
