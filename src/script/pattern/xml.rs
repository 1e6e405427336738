//! XML patterns: names with their namespaces, text with white space folded, attributes by subset, child elements as an
//! ordered subset. An element without text says nothing about text, unless the pattern is exact.

use super::piece::{Coded, Piece};
use super::run::{Run, Unit};
use super::show::folded;
use super::{FillError, Kept, Verdict, not_xml};
use crate::diagnostic::Diagnostic;
use crate::format::xml::{Document, Name, Node};
use crate::source::Span;

/// An XML pattern.
#[derive(Clone, Debug)]
pub(super) struct Xml {
    root: Element,
    exact: bool,
    coded: Coded,
}

#[derive(Clone, Debug)]
struct Element {
    name: Name,
    attributes: Vec<(Name, Run)>,
    text: Option<Run>,
    children: Vec<Element>,
}

/// A pattern nested deeper than this was not written to be read.
const MOST_LEVELS: usize = 128;

impl Xml {
    /// Reads a pattern.
    pub(super) fn new(pieces: Vec<Piece>, span: Span, exact: bool) -> Result<Self, FillError> {
        let coded = Coded::new(pieces, span);
        let document = Document::parse(&coded.assembled.text)
            .map_err(|error| not_xml(&coded.assembled, &error))?;
        let root = Element::new(document.root(), &coded, MOST_LEVELS)?;
        Ok(Self { root, exact, coded })
    }

    /// As it is written, on one line.
    pub(super) fn spelled(&self) -> String {
        self.coded
            .spell(&super::show::xml(&self.coded.assembled.text))
    }

    pub(super) fn test(&self, text: &str) -> Verdict {
        let Ok(document) = Document::parse(text) else {
            return Verdict::Miss(0);
        };
        let root = document.root();
        if !self.root.fits(root, self.exact) {
            return Verdict::Miss(1 + self.root.nearness(root, self.exact));
        }
        let mut kept = Vec::new();
        self.root.keep(root, self.exact, &mut kept);
        Verdict::Match(kept)
    }

    pub(super) fn difference(&self, text: &str) -> Option<String> {
        let Ok(document) = Document::parse(text) else {
            return Some("it is not XML".to_owned());
        };
        self.root.difference(document.root(), self.exact, "")
    }
}

impl Element {
    fn new(node: Node<'_>, coded: &Coded, levels: usize) -> Result<Self, FillError> {
        let place = || coded.assembled.place(node.start());
        let Some(levels) = levels.checked_sub(1) else {
            return Err(Diagnostic::error(
                place(),
                format!("this pattern has more than {MOST_LEVELS} levels"),
            ));
        };
        let mut attributes = Vec::new();
        for (name, value) in node.attributes() {
            refuse_open(name, coded)?;
            let value = Run::new(coded.decode(value), Unit::Char)?;
            attributes.push((name.clone(), value));
        }
        let text = text_of(node);
        let text = match text.as_str() {
            "" => None,
            text => Some(Run::new(coded.decode(text), Unit::Char)?),
        };
        let children = node.children().map(|child| Self::new(child, coded, levels));
        refuse_open(node.name(), coded)?;
        Ok(Self {
            name: node.name().clone(),
            attributes,
            text,
            children: children.collect::<Result<_, _>>()?,
        })
    }

    fn fits(&self, node: Node<'_>, exact: bool) -> bool {
        self.is_named(node)
            && self.attributes.iter().all(|(name, run)| {
                value_of(node, name).is_some_and(|value| run.fits(value.as_bytes()))
            })
            && (!exact || node.attributes().len() == self.attributes.len())
            && self.fits_text(node, exact)
            && self.place_children(node, exact, |_, _| {})
    }

    fn is_named(&self, node: Node<'_>) -> bool {
        *node.name() == self.name
    }

    fn fits_text(&self, node: Node<'_>, exact: bool) -> bool {
        match &self.text {
            Some(run) => run.fits(text_of(node).as_bytes()),
            None => !exact || text_of(node).is_empty(),
        }
    }

    /// Finds each child a place behind that of the one before it. The first place that fits is never worse than a later
    /// one, so nothing is tried twice.
    fn place_children<'a>(
        &self,
        node: Node<'a>,
        exact: bool,
        mut placed: impl FnMut(&Self, Node<'a>),
    ) -> bool {
        let mut given = node.children();
        if exact && given.clone().count() != self.children.len() {
            return false;
        }
        self.children.iter().all(|child| {
            let found = given.by_ref().find(|element| child.fits(*element, exact));
            if let Some(found) = found {
                placed(child, found);
            }
            found.is_some()
        })
    }

    fn nearness(&self, node: Node<'_>, exact: bool) -> u32 {
        if !self.is_named(node) {
            return 0;
        }
        let attributes = self.attributes.iter().filter_map(|(name, run)| {
            let value = value_of(node, name)?;
            Some(1 + u32::from(run.fits(value.as_bytes())))
        });
        let children = self.children.iter().filter_map(|child| {
            node.children()
                .filter(|element| child.is_named(*element))
                .map(|element| child.nearness(element, exact))
                .max()
        });
        let text = u32::from(self.text.is_some() && self.fits_text(node, exact));
        attributes
            .chain(children)
            .fold(1 + text, u32::saturating_add)
    }

    fn keep(&self, node: Node<'_>, exact: bool, kept: &mut Kept) {
        for (name, run) in &self.attributes {
            if let Some(value) = value_of(node, name) {
                run.keep(value.as_bytes(), kept);
            }
        }
        if let Some(run) = &self.text {
            run.keep(text_of(node).as_bytes(), kept);
        }
        self.place_children(node, exact, |child, element| {
            child.keep(element, exact, kept);
        });
    }

    fn difference(&self, node: Node<'_>, exact: bool, path: &str) -> Option<String> {
        if self.fits(node, exact) {
            return None;
        }
        let here = format!("{path}/{}", shown_name(node));
        if !self.is_named(node) {
            return Some(format!("{here} is not {}", shown(&self.name)));
        }
        self.attribute_difference(node, exact, &here)
            .or_else(|| self.text_difference(node, exact, &here))
            .or_else(|| self.child_difference(node, exact, &here))
    }

    fn attribute_difference(&self, node: Node<'_>, exact: bool, here: &str) -> Option<String> {
        let wrong = self.attributes.iter().find_map(|(name, run)| {
            let path = format!("{here}/@{}", name.local);
            match value_of(node, name) {
                None => Some(format!("{path} is missing")),
                Some(value) => Some(format!("{path}: {}", run.difference(value.as_bytes())?)),
            }
        });
        wrong.or_else(|| {
            let is_extra = |given: &Name| !self.attributes.iter().any(|(name, _)| name == given);
            let (extra, _) = node.attributes().iter().find(|(name, _)| is_extra(name))?;
            exact.then(|| format!("{here}/@{} is one attribute too many", extra.local))
        })
    }

    fn text_difference(&self, node: Node<'_>, exact: bool, here: &str) -> Option<String> {
        let text = text_of(node);
        match &self.text {
            Some(run) => Some(format!("{here}: {}", run.difference(text.as_bytes())?)),
            None if exact && !text.is_empty() => Some(format!("{here} has text")),
            None => None,
        }
    }

    fn child_difference(&self, node: Node<'_>, exact: bool, here: &str) -> Option<String> {
        let mut given = node.children();
        for child in &self.children {
            let before = given.clone();
            if given.by_ref().any(|element| child.fits(element, exact)) {
                continue;
            }
            let near = before
                .filter(|element| child.is_named(*element))
                .max_by_key(|element| child.nearness(*element, exact));
            let path = format!("{here}/{}", child.name.local);
            let Some(near) = near else {
                return Some(format!("{path} is missing"));
            };
            return child.difference(near, exact, here);
        }
        let count = node.children().count();
        (exact && count != self.children.len())
            .then(|| format!("{here}: {count} elements, not {}", self.children.len()))
    }
}

/// A name is written out: what a placeholder in it would match could be read in two ways.
fn refuse_open(name: &Name, coded: &Coded) -> Result<(), FillError> {
    let slot = coded.slot(&name.local);
    match slot.or_else(|| coded.slot(name.namespace.as_deref()?)) {
        Some(slot) => Err(Diagnostic::error(slot.span, "a name cannot be left open")),
        None => Ok(()),
    }
}

/// The value of the attribute of this name.
fn value_of<'a>(node: Node<'a>, name: &Name) -> Option<&'a str> {
    let mut attributes = node.attributes().iter();
    let (_, value) = attributes.find(|(given, _)| given == name)?;
    Some(value)
}

fn shown(name: &Name) -> String {
    match &name.namespace {
        Some(namespace) => format!("{} of {namespace}", name.local),
        None => name.local.clone(),
    }
}

/// An element's name, with its place among those of the same name where there are several.
fn shown_name(node: Node<'_>) -> String {
    let name = &node.name().local;
    match node.place() {
        Some(place) => format!("{name}[{place}]"),
        None => name.clone(),
    }
}

/// The text right inside an element, white space folded.
fn text_of(node: Node<'_>) -> String {
    folded(node.text())
}
