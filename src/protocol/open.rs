//! What a pattern leaves open in a message that it matched: the places that may differ from run to run.
//! Knows neither pattern nor message.

/// The open places of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// In the whole text of a message, the data of a ping or pong, the reason of a close, or bytes.
    Run(Vec<OpenPiece>),
    /// The bytes at these places of a binary message.
    Bytes(Vec<usize>),
    /// In a JSON text.
    Json(Vec<JsonPlace>),
    /// In an XML text.
    Xml(Vec<XmlPlace>),
}

/// A piece of a run of characters or bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenPiece {
    /// What the pattern says stands there.
    Fixed(String),
    /// What it leaves open.
    Open {
        /// What may stand there, as the source of a regular expression.
        looks: String,
        /// Whether the value is kept under a name, and so recurs.
        kept: bool,
    },
}

/// An open place in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPlace {
    /// How one comes to it from the root.
    pub path: Vec<JsonStep>,
    /// What is open there.
    pub what: JsonOpen,
}

/// A step of a path into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonStep {
    /// To an object's member; the last one of that name.
    Key(String),
    /// To an array's element.
    Index(usize),
}

/// What is open at a place in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonOpen {
    /// The whole value.
    Value {
        /// What it may be, as the source of a regular expression of its JSON.
        looks: String,
        /// Whether the value is kept under a name, and so recurs.
        kept: bool,
    },
    /// The elements of an array from this one on.
    Tail(usize),
    /// A part of a string.
    Run(Vec<OpenPiece>),
}

/// An open place in an XML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlPlace {
    /// The place among their parent's elements of the elements that lead to it from the root.
    pub path: Vec<usize>,
    /// The place of the attribute among those of its element, declarations of namespaces aside; `None` for the text right
    /// inside the element.
    pub attribute: Option<usize>,
    /// What is open there.
    pub run: Vec<OpenPiece>,
}

impl OpenPiece {
    /// A piece that may be any text.
    #[must_use]
    pub fn any_text(kept: bool) -> Self {
        Self::Open {
            looks: ANYTHING.to_owned(),
            kept,
        }
    }

    /// A piece that may be any bytes.
    #[must_use]
    pub fn any_bytes(kept: bool) -> Self {
        Self::Open {
            looks: ANY_BYTES.to_owned(),
            kept,
        }
    }
}

impl Open {
    /// A JSON value at a path that is kept under a name.
    #[must_use]
    pub fn kept_at(path: Vec<JsonStep>) -> Self {
        let what = JsonOpen::Value {
            looks: ANYTHING.to_owned(),
            kept: true,
        };
        Self::Json(vec![JsonPlace { path, what }])
    }

    /// A whole text that is kept under a name.
    #[must_use]
    pub fn kept_text() -> Self {
        Self::Run(vec![OpenPiece::any_text(true)])
    }

    /// All bytes of a message, which are kept under a name.
    #[must_use]
    pub fn kept_bytes() -> Self {
        Self::Run(vec![OpenPiece::any_bytes(true)])
    }

    /// A whole message, whatever it is, of which something is kept that reads otherwise than it stands there.
    #[must_use]
    pub fn anything() -> Self {
        Self::Run(vec![OpenPiece::any_bytes(false)])
    }

    /// The texts that the pattern itself says, to be changed: secrets must be found in them as in the message.
    pub fn fixed_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let runs: Vec<&mut Vec<OpenPiece>> = match self {
            Self::Run(run) => vec![run],
            Self::Bytes(_) => Vec::new(),
            Self::Json(places) => places
                .iter_mut()
                .filter_map(|place| match &mut place.what {
                    JsonOpen::Run(run) => Some(run),
                    JsonOpen::Value { .. } | JsonOpen::Tail(_) => None,
                })
                .collect(),
            Self::Xml(places) => places.iter_mut().map(|place| &mut place.run).collect(),
        };
        runs.into_iter().flatten().filter_map(|piece| match piece {
            OpenPiece::Fixed(text) => Some(text),
            OpenPiece::Open { .. } => None,
        })
    }
}

/// Looks like any bytes, as few as let the rest fit.
pub const ANY_BYTES: &str = "(?s-u:.)*?";

/// Looks like any text.
pub const ANYTHING: &str = "(?s:.*)";
