//! YAML → the nodes under one key, with their places. Knows YAML's events; knows no key by itself.
//!
//! Nothing is built of what stands elsewhere, nesting is bounded, and aliases stand for scalars only: front matter is
//! hostile too.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use crate::source::Span;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct YamlNode {
    pub(super) span: Span,
    pub(super) shape: YamlShape,
}

#[derive(Clone, Debug)]
pub(super) enum YamlShape {
    Scalar {
        /// As written where it is plain, else decoded.
        text: String,
        plain: bool,
    },
    List(Vec<YamlNode>),
    Mapping(Vec<(YamlNode, YamlNode)>),
    /// Nested too deeply for anything of ours, or an alias of a collection.
    Other,
}

/// Why something is not YAML.
#[derive(Debug)]
pub(super) struct YamlFault {
    pub(super) at: usize,
    pub(super) message: String,
}

/// The values of `key` in the mapping that `yaml` is, with the key's places; `base` is added to all places.
pub(super) fn values_of(
    key: &str,
    yaml: &str,
    base: usize,
) -> (Vec<(Span, YamlNode)>, Option<YamlFault>) {
    let mut events = Events::new(yaml, base);
    let mut found = Vec::new();
    loop {
        match events.next() {
            Some((Event::MappingStart(..), _)) => break,
            Some((Event::StreamStart | Event::DocumentStart(_), _)) => {}
            _ => return (found, events.fault),
        }
    }
    while let Some(name) = events.node(0) {
        if matches!(&name.shape, YamlShape::Scalar { text, .. } if text == key) {
            found.extend(events.node(DEPTH).map(|node| (name.span, node)));
        } else if events.node(0).is_none() {
            break;
        }
    }
    // What is wrong may stand further down.
    while events.next().is_some() {}
    (found, events.fault)
}

/// `voiden:` → `vars:` → a name → its value.
const DEPTH: usize = 2;

/// Bytes that all aliases together may stand for.
const ALIASED: usize = 1 << 20;

struct Events<'y> {
    parser: Parser<'y, StrInput<'y>>,
    anchors: HashMap<usize, YamlShape>,
    /// Bytes that aliases may still stand for.
    aliased: usize,
    fault: Option<YamlFault>,
    places: Places<'y>,
}

impl<'y> Events<'y> {
    fn new(yaml: &'y str, base: usize) -> Self {
        Self {
            parser: Parser::new_from_str(yaml),
            anchors: HashMap::new(),
            aliased: ALIASED,
            fault: None,
            places: Places::new(yaml, base),
        }
    }

    fn next(&mut self) -> Option<(Event<'y>, Span)> {
        if self.fault.is_some() {
            return None;
        }
        match self.parser.next()? {
            Ok((event, span)) => {
                let span = self.places.span(span);
                if let Event::Scalar(text, style, anchor, _) = &event
                    && *anchor > 0
                {
                    self.anchors.insert(*anchor, scalar(text, *style));
                }
                Some((event, span))
            }
            Err(error) => {
                self.fault = Some(YamlFault {
                    at: self.places.offset(error.marker().index()),
                    message: error.info().to_owned(),
                });
                None
            }
        }
    }

    /// The next node, with collections inside it down to `depth`; `None` at the end of the collection around it.
    fn node(&mut self, depth: usize) -> Option<YamlNode> {
        let (event, span) = self.next()?;
        match event {
            Event::Scalar(text, style, ..) => Some(YamlNode {
                span,
                shape: scalar(&text, style),
            }),
            Event::Alias(anchor) => Some(YamlNode {
                span,
                shape: self.resolve(anchor),
            }),
            Event::SequenceStart(..) if depth > 0 => {
                let items = std::iter::from_fn(|| self.node(depth - 1)).collect();
                Some(self.collection(span, YamlShape::List(items)))
            }
            Event::MappingStart(..) if depth > 0 => {
                let pairs =
                    std::iter::from_fn(|| Some((self.node(depth - 1)?, self.node(depth - 1)?)));
                let pairs = pairs.collect();
                Some(self.collection(span, YamlShape::Mapping(pairs)))
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                self.skip();
                Some(self.collection(span, YamlShape::Other))
            }
            _ => None,
        }
    }

    /// What an alias stands for, as long as all of them together stand for little.
    fn resolve(&mut self, anchor: usize) -> YamlShape {
        match self.anchors.get(&anchor) {
            Some(YamlShape::Scalar { text, plain }) if text.len() < self.aliased => {
                self.aliased -= text.len() + 1;
                YamlShape::Scalar {
                    text: text.clone(),
                    plain: *plain,
                }
            }
            _ => YamlShape::Other,
        }
    }

    fn collection(&self, start: Span, shape: YamlShape) -> YamlNode {
        YamlNode {
            span: self.places.line_of(start.start),
            shape,
        }
    }

    /// Leaves the collection that was just entered.
    fn skip(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some((Event::SequenceStart(..) | Event::MappingStart(..), _)) => depth += 1,
                Some((Event::SequenceEnd | Event::MappingEnd, _)) => depth -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> YamlShape {
    YamlShape::Scalar {
        text: text.to_owned(),
        plain: style == ScalarStyle::Plain,
    }
}

/// The YAML parser counts characters; places are in bytes.
struct Places<'y> {
    yaml: &'y str,
    base: usize,
    /// The byte offset of each character, where they differ.
    offsets: Option<Vec<usize>>,
}

impl<'y> Places<'y> {
    fn new(yaml: &'y str, base: usize) -> Self {
        let offsets =
            (!yaml.is_ascii()).then(|| yaml.char_indices().map(|(offset, _)| offset).collect());
        Self {
            yaml,
            base,
            offsets,
        }
    }

    fn local(&self, index: usize) -> usize {
        match &self.offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(self.yaml.len()),
            None => index.min(self.yaml.len()),
        }
    }

    fn offset(&self, index: usize) -> usize {
        self.base + self.local(index)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.local(span.start.index()), self.local(span.end.index()));
        let text = self.yaml.get(start..end).unwrap_or_default();
        Span::new(start, start + text.trim_end().len()).shift(self.base)
    }

    /// From an offset to the end of its line.
    fn line_of(&self, offset: usize) -> Span {
        let rest = self.yaml.get(offset - self.base..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        Span::new(offset, offset + line.trim_end().len())
    }
}
