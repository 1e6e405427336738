//! Splits a text into records that end with a delimiter. Knows no messages.

/// The records of a text, without their delimiters. A last one may lack its delimiter; empty ones are none.
pub fn records<'a>(text: &'a str, delimiter: &'a str) -> impl Iterator<Item = &'a str> {
    // An empty delimiter would part every character from the next.
    let (whole, parted) = if delimiter.is_empty() {
        (Some(text), None)
    } else {
        (None, Some(text.split(delimiter)))
    };
    whole
        .into_iter()
        .chain(parted.into_iter().flatten())
        .filter(|record| !record.is_empty())
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
        let split = |text, delimiter| records(text, delimiter).collect::<Vec<_>>();
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
