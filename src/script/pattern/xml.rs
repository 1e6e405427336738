//! XML patterns: names with their namespaces, text with white space folded, attributes by subset, child elements as an
//! ordered subset. An element without text says nothing about text, unless the pattern is exact.

mod places;
use super::piece::{Coded, PatternPiece};
use super::run::{TextRun, Unit};
use super::show::folded;
use super::{FillError, KeptValues, MatchVerdict, not_xml};
use crate::diagnostic::Diagnostic;
use crate::format::xml::{XmlDocument, XmlName, XmlNode};
use crate::source::Span;

/// An XML pattern.
#[derive(Clone, Debug)]
pub(super) struct Xml {
    pub(super) root: ElementPattern,
    pub(super) exact: bool,
    pub(super) coded: Coded,
}

#[derive(Clone, Debug)]
pub(super) struct ElementPattern {
    /// Where its tag starts in the pattern's text.
    pub(super) start: usize,
    pub(super) name: XmlName,
    pub(super) attributes: Vec<(XmlName, TextRun)>,
    pub(super) text: Option<TextRun>,
    pub(super) children: Vec<ElementPattern>,
}

/// A pattern nested deeper than this was not written to be read.
const MOST_LEVELS: usize = 128;

impl Xml {
    /// Reads a pattern.
    pub(super) fn new(
        pieces: Vec<PatternPiece>,
        span: Span,
        exact: bool,
    ) -> Result<Self, FillError> {
        let coded = Coded::new(pieces, span);
        let document = XmlDocument::parse(&coded.assembled.text)
            .map_err(|error| not_xml(&coded.assembled, &error))?;
        let root = ElementPattern::new(document.root(), &coded, MOST_LEVELS)?;
        Ok(Self { root, exact, coded })
    }

    /// As it is written, on one line.
    pub(super) fn spelled(&self) -> String {
        self.coded
            .spell(&super::show::xml(&self.coded.assembled.text))
    }

    pub(super) fn test(&self, text: &str) -> MatchVerdict {
        let Ok(document) = XmlDocument::parse(text) else {
            return MatchVerdict::Miss(self.nearness_of_text(text));
        };
        let root = document.root();
        if !self.root.fits(root, self.exact) {
            return MatchVerdict::Miss(1 + self.root.nearness(root, self.exact));
        }
        let mut kept = Vec::new();
        self.root.keep(root, self.exact, &mut kept);
        MatchVerdict::Match(kept)
    }
}

impl Xml {
    /// How near a text comes that is not well-formed: whether it begins with the root's name.
    fn nearness_of_text(&self, text: &str) -> u32 {
        let tag = text.trim_start().strip_prefix('<').unwrap_or_default();
        let name = tag.strip_prefix(self.root.name.local.as_str());
        2 * u32::from(name.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    }
}

impl ElementPattern {
    fn new(node: XmlNode<'_>, coded: &Coded, levels: usize) -> Result<Self, FillError> {
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
            let value = TextRun::new(coded.decode(value), Unit::Char)?;
            attributes.push((name.clone(), value));
        }
        let text = text_of(node);
        let text = match text.as_str() {
            "" => None,
            text => Some(TextRun::new(coded.decode(text), Unit::Char)?),
        };
        let children = node.children().map(|child| Self::new(child, coded, levels));
        refuse_open(node.name(), coded)?;
        Ok(Self {
            start: node.start(),
            name: node.name().clone(),
            attributes,
            text,
            children: children.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn fits(&self, node: XmlNode<'_>, exact: bool) -> bool {
        self.is_named(node)
            && self.attributes.iter().all(|(name, run)| {
                value_of(node, name).is_some_and(|value| run.fits(value.as_bytes()))
            })
            && (!exact || node.attributes().len() == self.attributes.len())
            && self.fits_text(node, exact)
            && self.place_children(node, exact, |_, _| {})
    }

    pub(super) fn is_named(&self, node: XmlNode<'_>) -> bool {
        *node.name() == self.name
    }

    fn fits_text(&self, node: XmlNode<'_>, exact: bool) -> bool {
        match &self.text {
            Some(run) => run.fits(text_of(node).as_bytes()),
            None => !exact || text_of(node).is_empty(),
        }
    }

    /// Finds each child a place behind that of the one before it. The first place that fits is never worse than a later
    /// one, so nothing is tried twice.
    pub(super) fn place_children<'s, 'a>(
        &'s self,
        node: XmlNode<'a>,
        exact: bool,
        mut placed: impl FnMut(&'s Self, XmlNode<'a>),
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

    pub(super) fn nearness(&self, node: XmlNode<'_>, exact: bool) -> u32 {
        // A slip in a namespace is easily made, and hard to see.
        if self.name.local != node.name().local {
            return 0;
        }
        let attributes = self.attributes.iter().filter_map(|(name, run)| {
            let value = value_of(node, name)?;
            Some(1 + u32::from(run.fits(value.as_bytes())))
        });
        let children = self.children.iter().filter_map(|child| {
            node.children()
                .map(|element| child.nearness(element, exact))
                .max()
        });
        let text = u32::from(self.text.is_some() && self.fits_text(node, exact));
        let name = 1 + u32::from(self.is_named(node));
        attributes
            .chain(children)
            .fold(name + text, u32::saturating_add)
    }

    fn keep(&self, node: XmlNode<'_>, exact: bool, kept: &mut KeptValues) {
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
}

/// A name is written out: what a placeholder in it would match could be read in two ways.
fn refuse_open(name: &XmlName, coded: &Coded) -> Result<(), FillError> {
    let slot = coded.slot(&name.local);
    match slot.or_else(|| coded.slot(name.namespace.as_deref()?)) {
        Some(slot) => Err(Diagnostic::error(slot.span, "a name cannot be left open")),
        None => Ok(()),
    }
}

/// The value of the attribute of this name.
pub(super) fn value_of<'a>(node: XmlNode<'a>, name: &XmlName) -> Option<&'a str> {
    let mut attributes = node.attributes().iter();
    let (_, value) = attributes.find(|(given, _)| given == name)?;
    Some(value)
}

pub(super) fn shown(name: &XmlName) -> String {
    match &name.namespace {
        Some(namespace) => format!("{} of {namespace}", name.local),
        None => name.local.clone(),
    }
}

/// An element's name, with its place among those of the same name where there are several.
pub(super) fn shown_name(node: XmlNode<'_>) -> String {
    let name = &node.name().local;
    match node.place() {
        Some(place) => format!("{name}[{place}]"),
        None => name.clone(),
    }
}

/// The text right inside an element, white space folded.
pub(super) fn text_of(node: XmlNode<'_>) -> String {
    folded(node.text())
}
