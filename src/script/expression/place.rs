//! Where in a message the value stands to which an expression's path leads: there it may be another one in the next run.

use std::time::Instant;

use jaq_json::Val;

use super::{Expression, Facts};
use crate::format::Format;
use crate::protocol::{Frame, JsonStep, Open, OpenPiece, XmlPlace};

impl Expression {
    /// The place of the first output, where that is a part of the message; never of what is computed.
    #[must_use]
    pub fn place_until(&self, facts: &Facts, until: Option<Instant>) -> Option<Open> {
        let path = self.path_until(facts, until)?;
        let subject = &facts.subject;
        let is_whole = path.is_empty();
        match subject.frame()?.content() {
            Frame::Text(_) => match subject.format().map(Format::written)? {
                Format::Json => Some(Open::kept_at(path)),
                Format::Text if is_whole => Some(Open::kept_text()),
                Format::Xml if is_whole => Some(Open::anything()),
                Format::Xml => in_xml(&path, &subject.value()).map(|place| Open::Xml(vec![place])),
                _ => None,
            },
            // `.` is their base64, which is not what stands there.
            Frame::Binary(_) if is_whole => Some(Open::anything()),
            Frame::Ping(_) | Frame::Pong(_) if is_whole => Some(Open::kept_text()),
            Frame::Close(_) if path == [JsonStep::Key("reason".to_owned())] => {
                Some(Open::kept_text())
            }
            _ => None,
        }
    }
}

/// The attribute or text to which a path leads in what `fromxml` gives of an element.
fn in_xml(path: &[JsonStep], root: &Val) -> Option<XmlPlace> {
    let mut element = root;
    let mut places = Vec::new();
    let mut rest = path;
    loop {
        let (part, name, after) = match rest {
            [JsonStep::Key(part), name, after @ ..] => (part.as_str(), name, after),
            _ => return None,
        };
        match (part, name, after) {
            ("a", JsonStep::Key(name), []) => {
                let Val::Obj(attributes) = member(element, "a")? else {
                    return None;
                };
                let mut names = attributes
                    .keys()
                    .filter_map(word)
                    .filter(is_not_declaration);
                let attribute = Some(names.position(|given| given == name)?);
                return Some(place(places, attribute, true));
            }
            ("c", JsonStep::Index(at), after) => {
                let Val::Arr(children) = member(element, "c")? else {
                    return None;
                };
                let child = children.get(*at)?;
                if word(child).is_some() {
                    let texts = children.iter().filter(|child| word(child).is_some());
                    // Of several all are open, and none by itself is what was kept.
                    return after
                        .is_empty()
                        .then(|| place(places, None, texts.count() == 1));
                }
                let before = children.iter().take(*at);
                places.push(before.filter(|child| is_element(child)).count());
                element = child;
                rest = after;
            }
            _ => return None,
        }
    }
}

fn place(path: Vec<usize>, attribute: Option<usize>, kept: bool) -> XmlPlace {
    XmlPlace {
        path,
        attribute,
        run: vec![OpenPiece::any_text(kept)],
    }
}

fn is_not_declaration(name: &&str) -> bool {
    *name != "xmlns" && !name.starts_with("xmlns:")
}

fn is_element(value: &Val) -> bool {
    member(value, "t").is_some()
}

fn member<'a>(value: &'a Val, name: &str) -> Option<&'a Val> {
    match value {
        Val::Obj(members) => members.get(&Val::from(name.to_owned())),
        _ => None,
    }
}

fn word(value: &Val) -> Option<&str> {
    match value {
        Val::TStr(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}
