//! Well-formed XML with its namespaces, as a tree. Reads no DTD and expands no entity but the five of XML itself, so that
//! a document can neither fetch nor grow anything. Knows no patterns.

mod attributes;
mod characters;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::rc::Rc;

/// A well-formed document (XML 1.0, 2.1, and Namespaces in XML 1.0).
#[derive(Debug, Default)]
pub(crate) struct XmlDocument {
    /// In the order in which they open: the root first, and parents before their children.
    elements: Vec<Element>,
    levels: usize,
}

#[derive(Debug)]
struct Element {
    name: XmlName,
    attributes: Vec<(XmlName, String)>,
    text: String,
    parent: Option<usize>,
    children: Vec<usize>,
    start: usize,
}

/// The name of an element or attribute, with its namespace instead of its prefix.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(crate) struct XmlName {
    /// The namespace's URI; an attribute without a prefix has none.
    pub(crate) namespace: Option<Rc<str>>,
    /// The name without its prefix.
    pub(crate) local: String,
}

impl XmlDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// The first place at which it is not well-formed, or has a DOCTYPE.
    pub(crate) fn parse(text: &str) -> Result<Self, XmlError> {
        read::read(text)
    }

    /// The root element.
    pub(crate) fn root(&self) -> XmlNode<'_> {
        XmlNode {
            document: self,
            at: 0,
        }
    }

    /// How deep it goes: 1 for a root without content.
    pub(crate) fn levels(&self) -> usize {
        self.levels
    }
}

/// An element of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct XmlNode<'a> {
    document: &'a XmlDocument,
    at: usize,
}

impl<'a> XmlNode<'a> {
    fn element(self) -> &'a Element {
        // A node is only made for an element that is there, and none is ever taken away.
        &self.document.elements[self.at]
    }

    pub(crate) fn name(self) -> &'a XmlName {
        &self.element().name
    }

    /// Its attributes, without the declarations of namespaces.
    pub(crate) fn attributes(self) -> &'a [(XmlName, String)] {
        &self.element().attributes
    }

    /// The text right inside it, without that of its children: references resolved, line ends as LF.
    pub(crate) fn text(self) -> &'a str {
        &self.element().text
    }

    /// The elements right inside it.
    pub(crate) fn children(self) -> impl Iterator<Item = XmlNode<'a>> + Clone {
        let document = self.document;
        let children = self.element().children.iter();
        children.map(move |at| XmlNode { document, at: *at })
    }

    /// Where its tag starts, in bytes of the document's text.
    pub(crate) fn start(self) -> usize {
        self.element().start
    }

    /// Its place among the elements of the same name beside it, counted from 1; `None` where there is no other.
    pub(crate) fn place(self) -> Option<usize> {
        let document = self.document;
        let parent = XmlNode {
            document,
            at: self.element().parent?,
        };
        let alike = parent.children().filter(|node| node.name() == self.name());
        let before = alike.clone().take_while(|node| node.at != self.at).count();
        (alike.count() > 1).then_some(before + 1)
    }
}

/// Why a text is not a document that is read, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct XmlError {
    /// In bytes of the text.
    pub(crate) at: usize,
    pub(crate) fault: Fault,
}

fn fail<T>(at: usize, fault: Fault) -> Result<T, XmlError> {
    Err(XmlError { at, fault })
}

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An end tag, and the element that is open there, if one is.
    EndTag { open: Option<String>, close: String },
    /// An element that is never closed.
    Unclosed(String),
    /// There is no element.
    NoRoot,
    /// A second element, or text, beside the root.
    BesideRoot,
    /// A prefix that no element declares.
    Prefix(String),
    /// A declaration of a namespace that its specification forbids.
    Declaration(&'static str),
    /// A reference to something that XML does not define.
    Entity(String),
    /// A `&` that starts no reference.
    Ampersand,
    /// A DOCTYPE: none is read.
    Doctype,
    /// Two attributes of one name.
    Twice(String),
    /// What is not a name.
    Name(String),
    /// An attribute that is not written `name="value"`.
    Attribute(&'static str),
    /// A character that no XML document may have (XML 1.0, 2.2).
    Character(char),
    /// Anything else: what it is.
    Other(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndTag { open: None, close } => {
                write!(formatter, "`</{close}>` closes an element that is not open")
            }
            Self::EndTag {
                open: Some(open),
                close,
            } => write!(formatter, "`</{close}>` stands where `</{open}>` must"),
            Self::Unclosed(name) => write!(formatter, "`<{name}>` is never closed"),
            Self::NoRoot => formatter.write_str("there is no element"),
            Self::BesideRoot => formatter.write_str("something stands beside the root element"),
            Self::Prefix(prefix) => {
                write!(formatter, "the prefix `{prefix}` is not declared")
            }
            Self::Entity(name) => write!(formatter, "`&{name};` is not defined"),
            Self::Ampersand => formatter.write_str("a `&` that starts no reference"),
            Self::Doctype => formatter.write_str("a DOCTYPE is not read"),
            Self::Twice(name) => write!(formatter, "the attribute `{name}` stands twice"),
            Self::Name(name) => write!(formatter, "`{name}` is not a valid name"),
            Self::Character(character) => {
                let code = u32::from(*character);
                write!(formatter, "the character U+{code:04X} is not allowed")
            }
            Self::Declaration(what) | Self::Attribute(what) | Self::Other(what) => {
                formatter.write_str(what)
            }
        }
    }
}
