//! What would let vary the texts and attributes of XML that differ.

use std::collections::BTreeMap;

use super::elements::attributes;
use super::hint::{Hint, brief, placeholder_of_text};
use super::xml::{XmlPieceKind, pieces};
use crate::source::Span;

/// The elements that lead to a place.
#[derive(Default)]
struct Trail<'a> {
    /// Their names.
    names: Vec<&'a str>,
    /// How many of each name stood in each so far; the document itself is the first.
    counts: Vec<BTreeMap<&'a str, usize>>,
    /// Whether each is the first of its name in its parent.
    firsts: Vec<bool>,
}

/// A hint for each text and each attribute that differs, where nothing else does.
pub(super) fn of_xml(step: Option<Span>, fresh: &str, recorded: &str) -> Vec<Hint> {
    let is_told = |piece: &&super::xml::XmlPiece<'_>| piece.kind != XmlPieceKind::Blank;
    let (ours, theirs) = (pieces(fresh), pieces(recorded));
    let ours: Vec<_> = ours.iter().filter(is_told).collect();
    let theirs: Vec<_> = theirs.iter().filter(is_told).collect();
    let has_namespaces = fresh.contains("xmlns");
    let mut trail = Trail {
        counts: vec![BTreeMap::new()],
        ..Trail::default()
    };
    let mut hints = Vec::new();
    let mut tag = "";
    if ours.len() != theirs.len() {
        return Vec::new();
    }
    for (our, their) in ours.iter().zip(&theirs) {
        let (now, then) = (our.source, their.source);
        if our.kind != their.kind {
            return Vec::new();
        }
        match our.kind {
            XmlPieceKind::Text if now != then => {
                let open = placeholder_of_text(now, then);
                let pattern = trail.pattern(has_namespaces, &open, "");
                let whose = format!("the text of `<{}>`", trail.last());
                let mask = format!("{}([^<]*)", regex::escape(tag));
                hints.push(hint(step, &whose, (now, then), (&open, pattern), &mask));
            }
            XmlPieceKind::Open | XmlPieceKind::Single if is_element(now) => {
                tag = now;
                let (name, values) = attributes(now);
                let (other, others) = attributes(then);
                if name != other || values.len() != others.len() {
                    return Vec::new();
                }
                trail.enter(name);
                for ((key, now), (_, then)) in values.iter().zip(&others) {
                    if now != then {
                        let open = placeholder_of_text(now, then);
                        let attribute = format!(" {key}=\"{open}\"");
                        let pattern = trail.pattern(has_namespaces, "", &attribute);
                        let whose = format!("`{key}` of `<{name}>`");
                        let mask = format!("{}=[\"']([^\"']*)", regex::escape(key));
                        hints.push(hint(step, &whose, (now, then), (&open, pattern), &mask));
                    }
                }
                if our.kind == XmlPieceKind::Single {
                    trail.leave();
                }
            }
            XmlPieceKind::Close => {
                tag = now;
                trail.leave();
            }
            _ if now != then => return Vec::new(),
            _ => {}
        }
    }
    hints
}

fn is_element(piece: &str) -> bool {
    !piece.starts_with("<!") && !piece.starts_with("<?")
}

fn hint(
    step: Option<Span>,
    whose: &str,
    (now, then): (&str, &str),
    (open, pattern): (&str, Option<String>),
    mask: &str,
) -> Hint {
    let was = format!("{whose} was `{}`, and is `{}`", brief(then), brief(now));
    let text = match (step, pattern) {
        (Some(_), Some(pattern)) => {
            format!("{was}: write `{pattern}` in the pattern to let it vary")
        }
        (Some(_), None) => {
            format!("{was}: write `{open}` in its place in the xml pattern to let it vary")
        }
        (None, _) => format!("{was}: `@mask /{}/` lets it vary", mask.replace('/', "\\/")),
    };
    Hint { step, text }
}

impl<'a> Trail<'a> {
    fn enter(&mut self, name: &'a str) {
        let count = self.counts.last_mut();
        let count = count.map(|counts| counts.entry(name).or_default());
        self.firsts
            .push(count.as_ref().is_none_or(|count| **count == 0));
        if let Some(count) = count {
            *count += 1;
        }
        self.names.push(name);
        self.counts.push(BTreeMap::new());
    }

    fn leave(&mut self) {
        self.names.pop();
        self.firsts.pop();
        if self.counts.len() > 1 {
            self.counts.pop();
        }
    }

    fn last(&self) -> &'a str {
        self.names.last().copied().unwrap_or_default()
    }

    /// The smallest pattern that leaves the place open; `None` where that would be another place, or has namespaces.
    fn pattern(&self, has_namespaces: bool, text: &str, attribute: &str) -> Option<String> {
        if has_namespaces || self.firsts.contains(&false) {
            return None;
        }
        let (last, before) = self.names.split_last()?;
        let inner = match text {
            "" => format!("<{last}{attribute}/>"),
            text => format!("<{last}>{text}</{last}>"),
        };
        let around = |inner: String, name: &&str| format!("<{name}>{inner}</{name}>");
        Some(before.iter().rev().fold(inner, around))
    }
}
