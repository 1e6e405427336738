//! Paths of a server: which requests are meant, and what stands in the place of a `{name}`. Knows no server.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// An absolute path in which `{name}` is any one segment, and `*` at the end any rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Segment>,
    /// Whether anything may follow.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// This one, decoded.
    Is(Vec<u8>),
    /// Any, under this name.
    Named(String),
}

/// What is wrong with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFault {
    /// Where in it.
    pub range: Range<usize>,
    /// In words.
    pub reason: String,
    /// What to do.
    pub hint: &'static str,
}

impl PathPattern {
    /// Reads a path without its query.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(path: &str) -> Result<Self, PathFault> {
        let mut pattern = Self::default();
        let inside = path.strip_prefix('/').unwrap_or(path);
        let mut at = path.len() - inside.len();
        let mut segments = inside.split('/').peekable();
        while let Some(text) = segments.next() {
            let range = at..at + text.len();
            at = range.end + 1;
            let fault = |reason: String, hint| {
                Err(PathFault {
                    range: range.clone(),
                    reason,
                    hint,
                })
            };
            if text == "*" && segments.peek().is_none() {
                pattern.open = true;
                break;
            }
            if text.contains('*') {
                let hint = "for instance `/files/*`; a `*` of the path itself is `%2A`";
                return fault(
                    "`*` stands for the rest of a path, as its last segment".into(),
                    hint,
                );
            }
            let segment = match named(text) {
                Some(name) if pattern.names().any(|other| other == name) => {
                    let hint = "give each segment a name of its own";
                    return fault(format!("`{{{name}}}` stands twice in the path"), hint);
                }
                Some(name) => Segment::Named(name.to_owned()),
                None if text.contains(['{', '}']) => {
                    let hint =
                        "for instance `/rooms/{room}`; a name has letters, digits, `_` and `-`";
                    return fault(
                        "`{name}` stands for one whole segment of a path".into(),
                        hint,
                    );
                }
                None => Segment::Is(decoded(text)),
            };
            pattern.segments.push(segment);
        }
        Ok(pattern)
    }

    /// What its names stand for in a path that it matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut given = path.strip_prefix('/')?.split('/');
        let mut params = Vec::new();
        for segment in &self.segments {
            let text = given.next()?;
            match segment {
                Segment::Is(bytes) if *bytes == decoded(text) => {}
                Segment::Named(name) if !text.is_empty() => {
                    let value = String::from_utf8_lossy(&decoded(text)).into_owned();
                    params.push((name.clone(), value));
                }
                _ => return None,
            }
        }
        // `/a/*` is not `/a`.
        (given.next().is_some() == self.open).then_some(params)
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Named(name) => Some(name.as_str()),
            Segment::Is(_) => None,
        })
    }

    /// Whether it stands for one path alone.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        !self.open && self.names().next().is_none()
    }

    /// Whether both match the same paths.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }

    /// Which of two that match the same path says more of it, and so comes first.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let one = |segment: &Segment, other: &Segment| match (segment, other) {
            (Segment::Is(one), Segment::Is(other)) => one.cmp(other),
            (Segment::Is(_), Segment::Named(_)) => Ordering::Less,
            (Segment::Named(_), Segment::Is(_)) => Ordering::Greater,
            (Segment::Named(_), Segment::Named(_)) => Ordering::Equal,
        };
        let both = self.segments.iter().zip(&other.segments);
        let first = both
            .map(|(segment, other)| one(segment, other))
            .find(|order| order.is_ne());
        first
            .unwrap_or_else(|| other.segments.len().cmp(&self.segments.len()))
            .then(self.open.cmp(&other.open))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Is(bytes) => {
                    write!(formatter, "/{}", percent_encode(bytes, NON_ALPHANUMERIC))?;
                }
                Segment::Named(name) => write!(formatter, "/{{{name}}}")?,
            }
        }
        formatter.write_str(if self.open { "/*" } else { "" })
    }
}

fn named(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let is_part = |part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '-');
    (!name.is_empty() && name.chars().all(is_part)).then_some(name)
}

fn decoded(segment: &str) -> Vec<u8> {
    percent_decode_str(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_matched_by_segments() {
        let cases = [
            ("/", "/", Some("")),
            ("/", "/a", None),
            ("/a", "/a/", None),
            ("/a/", "/a/", Some("")),
            ("/caf%C3%A9", "/café", Some("")),
            ("/a%2Fb", "/a/b", None),
            ("/ocpp/{id}", "/ocpp/CP%201", Some("id=CP 1")),
            ("/ocpp/{id}", "/ocpp/", None),
            ("/ocpp/{id}", "/ocpp/1/2", None),
            ("/ocpp/{id}/*", "/ocpp/1/2/3", Some("id=1")),
            ("/ocpp/{id}/*", "/ocpp/1/", Some("id=1")),
            ("/ocpp/{id}/*", "/ocpp/1", None),
            ("/*", "/", Some("")),
            ("/*", "*", None),
        ];
        for (pattern, path, expected) in cases {
            let matched = PathPattern::parse(pattern).unwrap().matches(path);
            let told = matched.map(|params| {
                let params = params.iter().map(|(name, value)| format!("{name}={value}"));
                params.collect::<Vec<_>>().join("&")
            });
            assert_eq!(told.as_deref(), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_says_more_comes_first() {
        let mut patterns = ["/*", "/{a}/b", "/a/*", "/a/{b}", "/a/{b}/*", "/a/b", "/{a}"]
            .map(|path| (path, PathPattern::parse(path).unwrap()));
        patterns.sort_by(|(_, one), (_, other)| one.order(other));
        let sorted = patterns.map(|(path, _)| path);
        let expected = ["/a/b", "/a/{b}", "/a/{b}/*", "/a/*", "/{a}/b", "/{a}", "/*"];
        assert_eq!(sorted, expected);
        let parse = |path| PathPattern::parse(path).unwrap();
        assert!(parse("/{a}/x").is_same(&parse("/{b}/x")));
        assert!(!parse("/{a}").is_same(&parse("/{a}/*")));
    }

    #[test]
    fn what_is_wrong_with_a_path_is_told_at_its_place() {
        let cases = [
            ("/a/*/b", 3..4),
            ("/a*", 1..3),
            ("/x{id}", 1..6),
            ("/{}", 1..3),
            ("/{a b}", 1..6),
            ("/{a}/{a}", 5..8),
        ];
        for (path, range) in cases {
            assert_eq!(PathPattern::parse(path).unwrap_err().range, range, "{path}");
        }
    }
}
