//! What a pattern leaves open in a message that matches it. Asked after the match, so that matching costs no more.

use std::sync::Arc;

use super::binary::Binary;
use super::json::{Json, JsonPatternNode};
use super::kind::{DATETIME, Test, UUID};
use super::piece::{Opens, PatternPiece as Given, Slot};
use super::run::{Greed, TextRun, part};
use super::xml::{ElementPattern, Xml};
use super::{Looks, Matcher};
use crate::format::xml::{XmlDocument, XmlNode};
use crate::protocol::{ANYTHING, JsonOpen, JsonPlace, JsonStep, Open, OpenPiece, XmlPlace};
use crate::script::{Kind, Reading};

impl Matcher {
    /// What the pattern leaves open in a message that matches it; `None` where that is nothing.
    #[must_use]
    pub fn open(&self, message: &Reading) -> Option<Arc<Open>> {
        match &self.looks {
            // Which of an element's children were meant depends on the message.
            Looks::Xml(xml) if !xml.coded.is_closed() => xml.open(message.text()?).map(Arc::new),
            _ => self.open.clone(),
        }
    }

    /// As [`Matcher::open`], with the message read only if it has to be looked at.
    pub(crate) fn open_in(&self, message: impl FnOnce() -> Reading) -> Option<Arc<Open>> {
        match &self.looks {
            Looks::Xml(_) => self.open(&message()),
            _ => self.open.clone(),
        }
    }
}

impl Looks {
    /// What is open in every message that matches.
    pub(super) fn open(&self) -> Option<Open> {
        match self {
            Self::Anything
            | Self::Format(_)
            | Self::Xml(_)
            | Self::Binary(Binary::Base64(..) | Binary::File(..)) => None,
            Self::Text(run) | Self::Binary(Binary::Run(run)) => pieces(run).map(Open::Run),
            // The data of a ping comes back in a pong, and a close's reason stands where the connection ends.
            Self::Words(run) => pieces(run).map(|run| Open::Run(recurring(run))),
            Self::Binary(Binary::Bytes(bytes)) => {
                let open = bytes.iter().enumerate();
                let open: Vec<usize> = open
                    .filter_map(|(at, byte)| byte.is_none().then_some(at))
                    .collect();
                (!open.is_empty()).then_some(Open::Bytes(open))
            }
            Self::Json(json) => json.open(),
        }
    }
}

impl Json {
    fn open(&self) -> Option<Open> {
        if self.coded.is_closed() {
            return None;
        }
        let mut places = Vec::new();
        self.root.open(&mut Vec::new(), &mut places);
        Some(Open::Json(places))
    }
}

impl JsonPatternNode {
    fn open(&self, path: &mut Vec<JsonStep>, places: &mut Vec<JsonPlace>) {
        let what = match self {
            Self::Null | Self::Boolean(_) | Self::Number(_) => return,
            Self::Open(test, keep) => value(test, keep.is_some()),
            Self::String(run) => match pieces(run) {
                Some(run) => JsonOpen::Run(run),
                None => return,
            },
            Self::Object(nodes) => {
                for (key, node) in nodes {
                    path.push(JsonStep::Key(key.clone()));
                    node.open(path, places);
                    path.pop();
                }
                return;
            }
            Self::Array { items, rest } => {
                for (at, item) in items.iter().enumerate() {
                    path.push(JsonStep::Index(at));
                    item.open(path, places);
                    path.pop();
                }
                if !rest {
                    return;
                }
                JsonOpen::Tail(items.len())
            }
        };
        let path = path.clone();
        places.push(JsonPlace { path, what });
    }
}

fn value(test: &Test, kept: bool) -> JsonOpen {
    let looks = match test {
        Test::Match(regex) => return JsonOpen::Run(found_anywhere(regex.as_str(), kept)),
        Test::Any => ANYTHING.to_owned(),
        Test::String => "(?s:\".*\")".to_owned(),
        Test::Number | Test::Integer => "-?[0-9][0-9.eE+-]*".to_owned(),
        Test::Boolean => "true|false".to_owned(),
        Test::Uuid => format!("\"{UUID}\""),
        Test::Datetime => format!("\"{DATETIME}\""),
    };
    JsonOpen::Value { looks, kept }
}

/// A regular expression finds its place anywhere: what stands around that is open, too.
fn found_anywhere(regex: &str, kept: bool) -> Vec<OpenPiece> {
    let around = |looks: &str| OpenPiece::Open {
        looks: looks.to_owned(),
        kept: false,
    };
    let found = OpenPiece::Open {
        looks: regex.to_owned(),
        kept,
    };
    vec![around("(?s:.*?)"), found, around(ANYTHING)]
}

/// The pieces of a run, if one of them is open.
fn pieces(run: &TextRun) -> Option<Vec<OpenPiece>> {
    let TextRun::Open(open) = run else {
        return None;
    };
    if let [Given::Slot(slot)] = &open.pieces[..]
        && let Opens::Kind(Kind::Match(regex)) = &slot.opens
    {
        return Some(found_anywhere(regex, slot.keep.is_some()));
    }
    let piece = |piece: &Given| {
        Some(match piece {
            Given::Text(text, _) => OpenPiece::Fixed(text.clone()),
            Given::Slot(Slot { keep, .. }) => OpenPiece::Open {
                looks: part(piece, open.unit, Greed::Least).ok()?,
                kept: keep.is_some(),
            },
        })
    };
    open.pieces.iter().map(piece).collect()
}

fn recurring(run: Vec<OpenPiece>) -> Vec<OpenPiece> {
    let recurs = |piece| match piece {
        OpenPiece::Open { looks, .. } => OpenPiece::Open { looks, kept: true },
        fixed @ OpenPiece::Fixed(_) => fixed,
    };
    run.into_iter().map(recurs).collect()
}

impl Xml {
    fn open(&self, text: &str) -> Option<Open> {
        let document = XmlDocument::parse(text).ok()?;
        let mut places = Vec::new();
        let root = document.root();
        self.root
            .open(root, self.exact, &mut Vec::new(), &mut places);
        Some(Open::Xml(places))
    }
}

impl ElementPattern {
    fn open(
        &self,
        node: XmlNode<'_>,
        exact: bool,
        path: &mut Vec<usize>,
        places: &mut Vec<XmlPlace>,
    ) {
        let mut push = |attribute, run: &TextRun| {
            if let Some(run) = pieces(run) {
                places.push(XmlPlace {
                    path: path.clone(),
                    attribute,
                    run,
                });
            }
        };
        for (name, run) in &self.attributes {
            let mut attributes = node.attributes().iter();
            let at = attributes.position(|(given, _)| given == name);
            if at.is_some() {
                push(at, run);
            }
        }
        if let Some(run) = &self.text {
            push(None, run);
        }
        let mut children = Vec::new();
        self.place_children(node, exact, |child, element| {
            children.push((child, element));
        });
        for (child, element) in children {
            let mut siblings = node.children();
            let at = siblings.position(|sibling| sibling.start() == element.start());
            path.push(at.unwrap_or_default());
            child.open(element, exact, path, places);
            path.pop();
        }
    }
}
