//! In what an element differs from a pattern: name, attributes, text and children, by its path.

use super::{Differences, PayloadDifference, missing};
use crate::format::xml::{XmlName, XmlNode};
use crate::script::pattern::xml::{ElementPattern, Xml, shown, shown_name, text_of, value_of};
use crate::source::Span;

impl Xml {
    /// What of the pattern the element does not meet.
    pub(super) fn differences(&self, root: XmlNode<'_>) -> Differences {
        let mut comparison = XmlComparison {
            xml: self,
            found: Differences::default(),
        };
        comparison.element(&self.root, root, "");
        comparison.found
    }

    fn span(&self, range: std::ops::Range<usize>) -> Option<Span> {
        let first = self.coded.assembled.place(range.start);
        let last = self.coded.assembled.place(range.end.checked_sub(1)?);
        Some(Span::new(first.start, last.end))
    }
}

struct XmlComparison<'a> {
    xml: &'a Xml,
    found: Differences,
}

impl XmlComparison<'_> {
    fn element(&mut self, wanted: &ElementPattern, node: XmlNode<'_>, path: &str) {
        if wanted.fits(node, self.xml.exact) {
            return;
        }
        let here = format!("{path}/{}", shown_name(node));
        if !wanted.is_named(node) {
            return self.add(self.tag(wanted.start), || {
                named_otherwise(wanted, node, &here)
            });
        }
        self.attributes(wanted, node, &here);
        let text = text_of(node);
        match &wanted.text {
            Some(run) => {
                if let Some(difference) = run.difference(text.as_bytes()) {
                    let what = difference.what;
                    self.add(self.text(wanted.start), || format!("{here}: {what}"));
                }
            }
            None if self.xml.exact && !text.is_empty() => {
                self.add(self.tag(wanted.start), || format!("{here} has text"));
            }
            None => {}
        }
        self.children(wanted, node, &here);
    }

    fn attributes(&mut self, wanted: &ElementPattern, node: XmlNode<'_>, here: &str) {
        let is_named = |name: &str| {
            wanted
                .attributes
                .iter()
                .any(|(known, _)| known.local == name)
        };
        for (name, run) in &wanted.attributes {
            let path = format!("{here}/@{}", name.local);
            match value_of(node, name) {
                None => self.add(self.attribute(wanted.start, name), || {
                    let there = node
                        .attributes()
                        .iter()
                        .map(|(name, _)| name.local.as_str());
                    let there = there.filter(|name| !is_named(name));
                    missing(&path, &name.local, there, |near| format!("{here}/@{near}"))
                }),
                Some(value) => {
                    if let Some(difference) = run.difference(value.as_bytes()) {
                        let what = difference.what;
                        self.add(self.attribute(wanted.start, name), || {
                            format!("{path}: {what}")
                        });
                    }
                }
            }
        }
        if !self.xml.exact {
            return;
        }
        let is_extra = |given: &XmlName| !wanted.attributes.iter().any(|(name, _)| name == given);
        let extra = node.attributes().iter().filter(|(name, _)| is_extra(name));
        for (extra, _) in extra {
            self.add(self.tag(wanted.start), || {
                format!("{here}/@{} is one attribute too many", extra.local)
            });
        }
    }

    fn children(&mut self, wanted: &ElementPattern, node: XmlNode<'_>, here: &str) {
        let exact = self.xml.exact;
        let mut given = node.children();
        let mut before: Option<&str> = None;
        for child in &wanted.children {
            let from_here = given.clone();
            if given.by_ref().any(|element| child.fits(element, exact)) {
                before = Some(&child.name.local);
                continue;
            }
            let alike = from_here
                .clone()
                .filter(|element| child.name.local == element.name().local.as_str());
            let near = alike.max_by_key(|element| child.nearness(*element, exact));
            given = from_here;
            if let Some(near) = near {
                self.element(child, near, here);
                given
                    .by_ref()
                    .find(|element| element.start() == near.start());
                continue;
            }
            let path = format!("{here}/{}", child.name.local);
            let earlier = node.children().any(|element| child.is_named(element));
            self.add(self.tag(child.start), || match before {
                Some(before) if earlier => {
                    format!("{path} stands before {here}/{before}, not behind it")
                }
                _ => {
                    let there = node.children().map(|element| element.name().local.as_str());
                    let is_named =
                        |name: &str| wanted.children.iter().any(|child| child.name.local == name);
                    let there = there.filter(|name| !is_named(name));
                    missing(&path, &child.name.local, there, |near| {
                        format!("{here}/{near}")
                    })
                }
            });
        }
        let count = node.children().count();
        if exact && count != wanted.children.len() {
            self.add(self.tag(wanted.start), || {
                format!("{here}: {count} elements, not {}", wanted.children.len())
            });
        }
    }

    fn add(&mut self, place: Option<Span>, what: impl FnOnce() -> String) {
        self.found.add(|| PayloadDifference {
            what: what(),
            place,
        });
    }

    /// The start of an element, `<name`.
    fn tag(&self, start: usize) -> Option<Span> {
        let rest = self.rest(start)?;
        let length = rest.find(ends_name).unwrap_or(rest.len());
        self.xml.span(start..start + length)
    }

    /// What stands right behind the tag.
    fn text(&self, start: usize) -> Option<Span> {
        let inside = start + tag_length(self.rest(start)?);
        let rest = self.rest(inside)?;
        let text = rest.split('<').next()?;
        let before = text.len() - text.trim_start().len();
        match text.trim() {
            "" => self.tag(start),
            text => self.xml.span(inside + before..inside + before + text.len()),
        }
    }

    /// An attribute of the tag, `name="value"`.
    fn attribute(&self, start: usize, name: &XmlName) -> Option<Span> {
        let rest = self.rest(start)?;
        let tag = rest.get(..tag_length(rest))?;
        let mut at = tag.find(ends_name)?;
        loop {
            let behind = tag.get(at..)?;
            at += behind.len() - behind.trim_start().len();
            let (written, value) = tag.get(at..)?.split_once('=')?;
            let value = value.trim_start();
            let quote = value.chars().next()?;
            let (_, behind) = value.get(1..)?.split_once(quote)?;
            let end = tag.len() - behind.len();
            let local = written.trim().rsplit(':').next()?;
            if local == name.local && !written.starts_with("xmlns") {
                return self.xml.span(start + at..start + end);
            }
            at = end;
        }
    }

    fn rest(&self, start: usize) -> Option<&str> {
        self.xml.coded.assembled.text.get(start..)
    }
}

fn ends_name(next: char) -> bool {
    next.is_ascii_whitespace() || matches!(next, '>' | '/')
}

/// How long the tag is that a text begins with.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (at, next) in text.char_indices() {
        match (quote, next) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(next),
            (Some(open), next) if open == next => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// The element has another name, or the same one of another namespace.
fn named_otherwise(wanted: &ElementPattern, node: XmlNode<'_>, here: &str) -> String {
    let (given, wanted) = (node.name(), &wanted.name);
    if given.local != wanted.local {
        return format!("{here} is not {}", shown(wanted));
    }
    match (&given.namespace, &wanted.namespace) {
        (Some(given), Some(wanted)) => format!("{here} is of the namespace {given}, not {wanted}"),
        (Some(given), None) => format!("{here} is of the namespace {given}, not of none"),
        (None, Some(wanted)) => format!("{here} is of no namespace, not of {wanted}"),
        (None, None) => format!("{here} is not {}", shown(wanted)),
    }
}
