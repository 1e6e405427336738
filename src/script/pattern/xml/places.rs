//! What stands at the places that an XML pattern keeps, whether or not the message matches.

use super::{ElementPattern, Xml, text_of};
use crate::format::xml::{XmlDocument, XmlNode};
use crate::script::pattern::KeptValues;

impl Xml {
    pub(in crate::script::pattern) fn places(&self, text: &str) -> KeptValues {
        let mut kept = Vec::new();
        if let Ok(document) = XmlDocument::parse(text) {
            self.root.places(document.root(), &mut kept);
        }
        kept
    }
}

impl ElementPattern {
    /// Namespaces do not matter: a name in another one is the nearest there is.
    fn places(&self, node: XmlNode<'_>, kept: &mut KeptValues) {
        if node.name().local != self.name.local {
            return;
        }
        for (name, run) in &self.attributes {
            let mut attributes = node.attributes().iter();
            if let Some((_, value)) = attributes.find(|(other, _)| other.local == name.local) {
                run.places(value.as_bytes(), kept);
            }
        }
        if let Some(run) = &self.text {
            run.places(text_of(node).as_bytes(), kept);
        }
        for child in &self.children {
            for element in node.children() {
                child.places(element, kept);
            }
        }
    }
}
