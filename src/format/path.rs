//! Places in JSON values, as jq writes them: `.a[0]."b c"`. Knows no values.

use std::fmt::Write as _;

use crate::source::visible::Spelling;

/// A place that is walked to, and back from.
#[derive(Debug, Default)]
pub(crate) struct Path(String);

impl Path {
    /// Goes on to a member; gives what [`Path::back`] takes.
    pub(crate) fn member(&mut self, name: &str) -> usize {
        let before = self.0.len();
        self.0.push('.');
        if is_word(name) {
            self.0.push_str(name);
        } else {
            let quoted = serde_json::Value::from(name).to_string();
            self.0.push_str(&Spelling::Json.line(&quoted));
        }
        before
    }

    /// Goes on to an element; gives what [`Path::back`] takes.
    pub(crate) fn element(&mut self, index: usize) -> usize {
        let before = self.0.len();
        let dot = if self.0.is_empty() { "." } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{dot}[{index}]");
        before
    }

    /// Goes back.
    pub(crate) fn back(&mut self, before: usize) {
        self.0.truncate(before);
    }

    /// The place: `.` for the whole value.
    pub(crate) fn as_str(&self) -> &str {
        if self.0.is_empty() { "." } else { &self.0 }
    }
}

fn is_word(name: &str) -> bool {
    let is_part = |part: char| part.is_ascii_alphanumeric() || part == '_';
    name.starts_with(|first: char| is_part(first) && !first.is_ascii_digit())
        && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_jq_does() {
        let mut path = Path::default();
        assert_eq!(path.as_str(), ".");
        path.element(2);
        assert_eq!(path.as_str(), ".[2]");
        path.member("a_1");
        path.member("1\u{202e}\"");
        let before = path.element(0);
        assert_eq!(path.as_str(), r#".[2].a_1."1\u202e\""[0]"#);
        path.back(before);
        assert_eq!(path.as_str(), r#".[2].a_1."1\u202e\"""#);
    }
}
