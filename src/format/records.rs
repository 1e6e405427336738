//! Splits a text into records that end with a delimiter. Knows no messages.

/// The next record of a text from a place on, without its delimiter, and the place behind it. A last one may lack its
/// delimiter; empty ones are none.
#[must_use]
pub fn next_record<'a>(text: &'a str, from: usize, delimiter: &str) -> Option<(&'a str, usize)> {
    let mut from = from;
    loop {
        let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
        // An empty delimiter would part every character from the next.
        let parted = rest.split_once(delimiter).filter(|_| !delimiter.is_empty());
        let (record, behind) = match parted {
            Some((record, _)) => (record, from + record.len() + delimiter.len()),
            None => (rest, text.len()),
        };
        if !record.is_empty() {
            return Some((record, behind));
        }
        from = behind;
    }
}

/// The text as a record: with the delimiter at its end, where it does not stand there already.
#[must_use]
pub fn record(mut text: String, delimiter: &str) -> String {
    if !text.ends_with(delimiter) {
        text.push_str(delimiter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_with_their_delimiter() {
        let split = |text: &'static str, delimiter: &str| {
            let mut place = 0;
            let mut all = Vec::new();
            while let Some((record, behind)) = next_record(text, place, delimiter) {
                all.push(record);
                place = behind;
            }
            all
        };
        assert_eq!(split("a\u{1e}b\u{1e}", "\u{1e}"), ["a", "b"]);
        assert_eq!(split("a\u{1e}b", "\u{1e}"), ["a", "b"]);
        assert_eq!(split("\r\n\r\na\r\nb\n", "\r\n"), ["a", "b\n"]);
        assert_eq!(split("\n\n", "\n"), [""; 0]);
        assert_eq!(split("ab", ""), ["ab"]);
        assert_eq!(split("", ""), [""; 0]);
    }

    #[test]
    fn a_record_has_one_delimiter() {
        assert_eq!(record("{}".to_owned(), "\n"), "{}\n");
        assert_eq!(record("{}\n".to_owned(), "\n"), "{}\n");
        assert_eq!(record(String::new(), "\n"), "\n");
    }
}
