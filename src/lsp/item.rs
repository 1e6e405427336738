//! One thing that could be written: a label, the text behind it, and what is said of it. Knows no place.

/// Numbers of the protocol for what an item is.
#[derive(Clone, Copy)]
pub(super) enum ItemKind {
    Variable = 6,
    Property = 10,
    Value = 12,
    Keyword = 14,
    Snippet = 15,
    Reference = 18,
    Function = 3,
}

/// Something that could be written.
pub(super) struct Item {
    pub(super) label: String,
    /// What is written, if it is not the label.
    pub(super) text: Option<String>,
    pub(super) kind: ItemKind,
    pub(super) detail: String,
    pub(super) documentation: Option<String>,
    /// Whether the text has places to fill in: `${1:…}`.
    pub(super) is_snippet: bool,
}

impl Item {
    pub(super) fn new(label: impl Into<String>, kind: ItemKind) -> Self {
        Self {
            label: label.into(),
            text: None,
            kind,
            detail: String::new(),
            documentation: None,
            is_snippet: false,
        }
    }

    pub(super) fn text(self, text: impl Into<String>) -> Self {
        let text = Some(text.into());
        Self { text, ..self }
    }

    pub(super) fn detail(self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { detail, ..self }
    }

    pub(super) fn told(self, documentation: impl Into<Option<String>>) -> Self {
        let documentation = documentation.into();
        Self {
            documentation,
            ..self
        }
    }
}
