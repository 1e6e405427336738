//! What is wrong with a text, where, and what to write instead. Knows neither who found it nor what the text means.

mod cure;
mod draw;

pub use cure::{Cure, Fix};
pub use draw::draw;

use crate::source::{Excerpt, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It runs, but is probably not what was meant.
    Warning,
    /// It cannot run, or it failed.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The place, in the text that the reader of the diagnostic has.
    pub span: Span,
    /// What is wrong: one line, lower case, no full stop.
    pub message: String,
    /// What to write instead: one line.
    pub hint: Option<String>,
    /// Ways to do what the hint says, where that is a text to put into one place.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            span,
            message: message.into(),
            hint: None,
            fixes: Vec::new(),
        }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            span,
            message: message.into(),
            hint: None,
            fixes: Vec::new(),
        }
    }

    /// The same with a cure.
    #[must_use]
    pub fn hint(mut self, cure: impl Into<Cure>) -> Self {
        let (hint, fixes) = cure.into().into_fixes(self.span);
        self.hint = Some(hint);
        self.fixes = fixes;
        self
    }

    /// The same in the text that the excerpt was taken from.
    #[must_use]
    pub fn in_source(self, excerpt: &Excerpt) -> Self {
        // Lines in a list or a quote would need what stands before their like.
        let is_fit = |fix: &Fix| !fix.text.contains('\n') || excerpt.is_whole();
        let fixes = self.fixes.into_iter().filter(is_fit);
        Self {
            span: excerpt.span(self.span),
            fixes: fixes.map(|fix| fix.in_source(excerpt)).collect(),
            ..self
        }
    }

    /// The same at another place, which stands for all of this one: so do the texts that were to be put there.
    #[must_use]
    pub fn placed(mut self, span: Span) -> Self {
        self.fixes.retain(|fix| fix.span == self.span);
        for fix in &mut self.fixes {
            fix.span = span;
        }
        self.span = span;
        self
    }

    /// The same where nothing can be written that would help, since the text is made of values.
    #[must_use]
    pub fn without_fixes(mut self) -> Self {
        self.fixes.clear();
        self
    }

    /// Whether it keeps the document from running.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The candidate nearest to what was typed, if one is near enough to be a slip: the one place that decides what
/// "did you mean" means.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names of one letter are all as near as each other.
    within(typed, candidates, |one, other| match one.max(other) {
        0 | 1 => 0,
        longer => (longer / 3).max(1),
    })
}

/// The candidate nearest to what was typed, if half of it is right: to be named beside something else.
#[must_use]
pub fn loosely_nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    within(typed, candidates, |one, other| one.min(other) / 2)
}

fn within<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: impl Fn(usize, usize) -> usize,
) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    let length = lower.chars().count();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let candidate_lower = candidate.to_lowercase();
            let other = candidate_lower.chars().count();
            let limit = limit(length, other);
            // The distance is never less; to measure it costs the product of the lengths.
            if length.abs_diff(other) > limit {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&lower, &candidate_lower);
            (distance <= limit).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        let names = ["timeout", "connect-timeout", "linger", "log"];
        for (typed, meant) in [
            ("timeuot", Some("timeout")),
            ("Timeout", Some("timeout")),
            ("connect_timeout", Some("connect-timeout")),
            ("lnger", Some("linger")),
            ("lag", Some("log")),
            ("lo", Some("log")),
            ("subprotocol", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 24), names), None);
        assert_eq!(nearest("ab", ["ac", "ab"]), Some("ab"));
        assert_eq!(nearest("b", ["c", "B"]), Some("B"));
        assert_eq!(nearest("b", ["c"]), None);
        assert_eq!(nearest("uidd", ["uuid"]), None);
        assert_eq!(loosely_nearest("uidd", ["uri", "uuid"]), Some("uuid"));
        assert_eq!(loosely_nearest("name", ["uri", "uuid", "number"]), None);
    }
}
