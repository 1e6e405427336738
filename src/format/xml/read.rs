//! Text to tree, over quick-xml's events. quick-xml finds the markup; that attributes, namespaces and the order of things
//! are as XML wants them is looked after here. (Its own resolver of namespaces counts levels in 16 bits, which a peer can
//! exceed.)

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;

use super::attributes::{Written, attributes, is_declaration, resolved};
use super::characters::{allowed, is_blank, is_name, qualified, with_plain_line_ends};
use super::{Element, Fault, XmlDocument, XmlError, XmlName, fail};

/// What `xml:` stands for (Namespaces in XML 1.0, 3).
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What `xmlns:` stands for; it cannot be declared.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

pub(super) fn read(text: &str) -> Result<XmlDocument, XmlError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tree = Tree {
        text: body,
        ..Tree::default()
    };
    tree.read().map_err(|error| XmlError {
        at: error.at + text.len() - body.len(),
        ..error
    })?;
    Ok(tree.document)
}

#[derive(Default)]
struct Tree<'a> {
    text: &'a str,
    document: XmlDocument,
    open: Vec<UnclosedElement<'a>>,
    /// What each prefix stands for, the innermost declaration last; "" is the default namespace.
    namespaces: HashMap<&'a str, Vec<Rc<str>>>,
}

/// An element whose end is still to come.
struct UnclosedElement<'a> {
    at: usize,
    /// Its name with its prefix.
    name: &'a str,
    declared: Vec<&'a str>,
}

impl<'a> Tree<'a> {
    fn read(&mut self) -> Result<(), XmlError> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        let position = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        loop {
            let start = position(reader.buffer_position());
            let event = reader
                .read_event()
                .map_err(|error| self.refused(&error, position(reader.error_position())))?;
            let end = position(reader.buffer_position());
            let raw = self.text.get(start..end).unwrap_or_default();
            match event {
                Event::Start(_) => self.element(inside(raw, "<", ">"), start)?,
                Event::Empty(_) => {
                    self.element(inside(raw, "<", "/>"), start)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(_) => self.characters(raw, start)?,
                Event::CData(_) => self.cdata(raw, start)?,
                Event::GeneralRef(_) => self.reference(inside(raw, "&", ";"), start)?,
                Event::Comment(_) => {
                    allowed(raw, start)?;
                    self.deepen();
                }
                Event::Decl(_) => declaration(raw, start)?,
                Event::PI(_) => {
                    instruction(raw, start)?;
                    self.deepen();
                }
                Event::DocType(_) => return fail(start, Fault::Doctype),
                Event::Eof => return self.finish(),
            }
        }
    }

    fn finish(&self) -> Result<(), XmlError> {
        match (self.open.last(), self.document.elements.is_empty()) {
            (Some(open), _) => fail(
                self.document.elements[open.at].start,
                Fault::Unclosed(open.name.to_owned()),
            ),
            (None, true) => fail(self.text.len(), Fault::NoRoot),
            (None, false) => Ok(()),
        }
    }

    /// Takes a tag: what stands in it between the angles.
    fn element(&mut self, tag: &'a str, start: usize) -> Result<(), XmlError> {
        if self.open.is_empty() && !self.document.elements.is_empty() {
            return fail(start, Fault::BesideRoot);
        }
        if let Some(at) = next_tag(tag) {
            return fail(start + 1 + at, Fault::Other("the tag before lacks its `>`"));
        }
        let length = tag.find(is_blank).unwrap_or(tag.len());
        let name = tag.get(..length).unwrap_or_default();
        qualified(name, start + 1)?;
        if name.starts_with("xmlns:") {
            let fault = Fault::Declaration("`xmlns` cannot be the prefix of an element");
            return fail(start + 1, fault);
        }
        let written = attributes(tag, length, start + 1)?;
        let declared = self.declare(&written)?;
        let expanded = self.expanded(name, true, start + 1)?;
        let attributes = self.expanded_attributes(written)?;
        let at = self.document.elements.len();
        let parent = self.open.last().map(|open| open.at);
        if let Some(parent) = parent {
            self.document.elements[parent].children.push(at);
        }
        self.document.elements.push(Element {
            name: expanded,
            attributes,
            text: String::new(),
            parent,
            children: Vec::new(),
            start,
        });
        self.open.push(UnclosedElement { at, name, declared });
        self.document.levels = self.document.levels.max(self.open.len());
        Ok(())
    }

    fn expanded_attributes(
        &self,
        written: Vec<Written<'a>>,
    ) -> Result<Vec<(XmlName, String)>, XmlError> {
        let mut attributes = Vec::with_capacity(written.len());
        let mut names = HashSet::new();
        for Written { name, value, at } in written {
            if declares(name).is_some() {
                continue;
            }
            let expanded = self.expanded(name, false, at)?;
            if !names.insert(expanded.clone()) {
                return fail(at, Fault::Twice(name.to_owned()));
            }
            attributes.push((expanded, value));
        }
        Ok(attributes)
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        for prefix in open.declared {
            if let Some(meanings) = self.namespaces.get_mut(prefix) {
                meanings.pop();
            }
        }
    }

    /// Content that is not an element is a level of its own.
    fn deepen(&mut self) {
        self.document.levels = self.document.levels.max(self.open.len() + 1);
    }

    /// Takes the namespaces that an element declares (Namespaces in XML 1.0, 3).
    fn declare(&mut self, written: &[Written<'a>]) -> Result<Vec<&'a str>, XmlError> {
        let mut declared = Vec::new();
        let mut seen = HashSet::new();
        for Written { name, value, at } in written {
            let Some(prefix) = declares(name) else {
                continue;
            };
            let wrong = match (prefix, value.as_str()) {
                ("xmlns", _) => Some("the prefix `xmlns` cannot be declared"),
                (_, XMLNS) => Some("the namespace of `xmlns` cannot be declared"),
                ("xml", value) if value != XML => Some("`xml` cannot stand for something else"),
                (prefix, XML) if prefix != "xml" => {
                    Some("the namespace of `xml` cannot have another prefix")
                }
                _ => None,
            };
            if let Some(wrong) = wrong {
                return fail(*at, Fault::Declaration(wrong));
            }
            if !seen.insert(prefix) {
                return fail(*at, Fault::Twice((*name).to_owned()));
            }
            let meanings = self.namespaces.entry(prefix).or_default();
            meanings.push(Rc::from(value.as_str()));
            declared.push(prefix);
        }
        Ok(declared)
    }

    /// The name with what its prefix stands for; only an element has a default namespace.
    fn expanded(&self, name: &str, is_element: bool, at: usize) -> Result<XmlName, XmlError> {
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, name),
        };
        let meaning = |prefix: &str| self.namespaces.get(prefix)?.last().cloned();
        let namespace = match prefix {
            Some("xml") => Some(Rc::from(XML)),
            Some(prefix) => match meaning(prefix) {
                Some(meaning) => Some(meaning),
                None => return fail(at, Fault::Prefix(prefix.to_owned())),
            },
            None if is_element => meaning("").filter(|meaning| !meaning.is_empty()),
            None => None,
        };
        Ok(XmlName {
            namespace,
            local: local.to_owned(),
        })
    }

    fn characters(&mut self, raw: &str, start: usize) -> Result<(), XmlError> {
        allowed(raw, start)?;
        if let Some(at) = raw.find("]]>") {
            let fault = Fault::Other("`]]>` cannot stand in text: write `]]&gt;`");
            return fail(start + at, fault);
        }
        if self.open.is_empty() {
            let black = raw.find(|part| !is_blank(part));
            return black.map_or(Ok(()), |at| fail(start + at, self.beside_root()));
        }
        self.push(&with_plain_line_ends(raw));
        Ok(())
    }

    fn cdata(&mut self, raw: &str, start: usize) -> Result<(), XmlError> {
        allowed(raw, start)?;
        if self.open.is_empty() {
            return fail(start, self.beside_root());
        }
        self.push(&with_plain_line_ends(inside(raw, "<![CDATA[", "]]>")));
        Ok(())
    }

    fn reference(&mut self, name: &str, start: usize) -> Result<(), XmlError> {
        if self.open.is_empty() {
            return fail(start, self.beside_root());
        }
        let meaning = resolved(name, start)?;
        self.push(meaning.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    /// What text is where no element is open.
    fn beside_root(&self) -> Fault {
        if self.document.elements.is_empty() {
            Fault::NoRoot
        } else {
            Fault::BesideRoot
        }
    }

    fn push(&mut self, text: &str) {
        self.deepen();
        if let Some(open) = self.open.last() {
            self.document.elements[open.at].text.push_str(text);
        }
    }

    /// What quick-xml found wrong.
    fn refused(&self, error: &Error, at: usize) -> XmlError {
        let fault = match error {
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                Fault::EndTag {
                    open: Some(expected.clone()),
                    close: found.clone(),
                }
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => Fault::EndTag {
                open: None,
                close: found.clone(),
            },
            Error::IllFormed(IllFormedError::UnclosedReference) => Fault::Ampersand,
            Error::IllFormed(IllFormedError::MissingDoctypeName)
            | Error::Syntax(SyntaxError::UnclosedDoctype) => Fault::Doctype,
            Error::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                Fault::Other("`--` cannot stand inside a comment")
            }
            Error::Syntax(SyntaxError::UnclosedComment) => {
                Fault::Other("a comment lacks its `-->`")
            }
            Error::Syntax(SyntaxError::UnclosedCData) => Fault::Other("CDATA lacks its `]]>`"),
            Error::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
                Fault::Other("an instruction lacks its `?>`")
            }
            Error::Syntax(SyntaxError::InvalidBangMarkup) => {
                Fault::Other("what starts here is not markup")
            }
            Error::Syntax(_) => Fault::Other("a tag lacks its `>`"),
            _ => Fault::Other("what stands here is not markup"),
        };
        XmlError {
            at: at.min(self.text.len()),
            fault,
        }
    }
}

/// Where the next tag starts in what was taken for one: outside of quotes.
fn next_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    let starts = |(_, part): &(usize, char)| match (quote, *part) {
        (Some(open), part) => {
            quote = quote.filter(|_| part != open);
            false
        }
        (None, '"' | '\'') => {
            quote = Some(*part);
            false
        }
        (None, part) => part == '<',
    };
    tag.char_indices().find(starts).map(|(at, _)| at)
}

/// What stands between the marks of a piece of markup.
fn inside<'a>(raw: &'a str, open: &str, close: &str) -> &'a str {
    let rest = raw.strip_prefix(open).unwrap_or(raw);
    rest.strip_suffix(close).unwrap_or(rest)
}

/// The prefix that an attribute declares; "" is the default namespace.
fn declares(name: &str) -> Option<&str> {
    match name {
        "xmlns" => Some(""),
        name => name.strip_prefix("xmlns:"),
    }
}

/// `<?xml version="1.0"?>`, at the very start (XML 1.0, 2.8).
fn declaration(raw: &str, start: usize) -> Result<(), XmlError> {
    if start > 0 {
        let fault = Fault::Other("an XML declaration stands at the very start, or not at all");
        return fail(start, fault);
    }
    // It is written like the attributes of a tag.
    let written = attributes(inside(raw, "<?", "?>"), "xml".len(), start + 2)?;
    if !is_declaration(&written) {
        let fault = Fault::Other("an XML declaration is `<?xml version=\"1.0\"?>`");
        return fail(start, fault);
    }
    Ok(())
}

/// `<?target …?>`; its target is a name, and not `xml` in any case (XML 1.0, 2.6).
fn instruction(raw: &str, start: usize) -> Result<(), XmlError> {
    allowed(raw, start)?;
    let content = inside(raw, "<?", "?>");
    let target = content.split(is_blank).next().unwrap_or_default();
    if !is_name(target) || target.eq_ignore_ascii_case("xml") {
        return fail(start + 2, Fault::Name(target.to_owned()));
    }
    Ok(())
}
