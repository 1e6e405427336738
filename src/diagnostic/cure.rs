//! What to write instead of what is wrong: a sentence, and the texts that do what it says.

use crate::source::{Excerpt, Span};

/// A text to put into a place. What it was offered for is then no longer wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced; empty where something is inserted.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl Fix {
    /// The same in the text that the excerpt was taken from.
    pub(super) fn in_source(self, excerpt: &Excerpt) -> Self {
        let span = if self.text.is_empty() && !self.span.is_empty() {
            excerpt.removed(self.span)
        } else {
            excerpt.span(self.span)
        };
        Self { span, ..self }
    }
}

/// What to write instead. Of several texts each is one way.
#[derive(Clone, Debug)]
pub struct Cure {
    /// One line.
    sentence: String,
    /// What to put where; without a span, into the diagnostic's own place.
    texts: Vec<(Option<Span>, String)>,
}

impl Cure {
    /// `did you mean …?`, which takes the place of what is wrong.
    #[must_use]
    pub fn meant(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::from(format!("did you mean `{text}`?")).put(text)
    }

    /// `did you mean … or …?`: one of the spellings takes the place of what is wrong.
    #[must_use]
    pub fn meant_one_of(spellings: &[String]) -> Self {
        let quoted: Vec<_> = spellings
            .iter()
            .map(|spelling| format!("`{spelling}`"))
            .collect();
        let sentence = format!("did you mean {}?", quoted.join(" or "));
        let cure = Self::from(sentence);
        spellings
            .iter()
            .fold(cure, |cure, spelling| cure.put(spelling.as_str()))
    }

    /// A way to do what the sentence says: the text takes the place of what is wrong.
    #[must_use]
    pub fn put(mut self, text: impl Into<String>) -> Self {
        self.texts.push((None, text.into()));
        self
    }

    /// A way to do what the sentence says: the text takes the place of what stands at the span.
    #[must_use]
    pub fn put_at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.texts.push((Some(span), text.into()));
        self
    }

    /// The sentence alone.
    #[must_use]
    pub fn into_sentence(self) -> String {
        self.sentence
    }

    /// The sentence, and what to put where for something that is wrong at a place.
    pub(super) fn into_fixes(self, place: Span) -> (String, Vec<Fix>) {
        let fixes = self.texts.into_iter().map(|(span, text)| Fix {
            span: span.unwrap_or(place),
            text,
        });
        (self.sentence, fixes.collect())
    }
}

impl From<String> for Cure {
    fn from(sentence: String) -> Self {
        Self {
            sentence,
            texts: Vec::new(),
        }
    }
}

impl From<&str> for Cure {
    fn from(sentence: &str) -> Self {
        Self::from(sentence.to_owned())
    }
}

impl From<&String> for Cure {
    fn from(sentence: &String) -> Self {
        Self::from(sentence.as_str())
    }
}
