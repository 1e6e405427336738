//! Insertion: a value that is put into a body stands there as it is, and changes nothing around it.

use std::cell::RefCell;

use serde_json::{Map, Value as Json};
use voiden::diagnostic::Diagnostic;
use voiden::format::{Format, read_json};
use voiden::protocol::{Bytes, Frame};
use voiden::script::{
    Action, Body, Call, CommonAction, Content, Files, Fill, Generator, Outgoing, Part, Role, Scope,
    Value, parse,
};

/// Stands where the value will: no JSON by itself, but a name in XML.
const MARKER: &str = "marker0";

/// The input is what stands behind a FORMAT, with `{{v}}` in it, and below it the value of `v`.
pub(crate) fn holds(input: &str) {
    let (body, value) = input.split_once("\n%%\n").unwrap_or(("{{v}}", input));
    if body.contains(MARKER) {
        return;
    }
    for format in [Format::Text, Format::Json, Format::Xml] {
        let Some(body) = read(format, body) else {
            continue;
        };
        let Some(marked) = filled(&body, MARKER) else {
            continue;
        };
        let filled = filled(&body, value);
        match format {
            Format::Json => json(&marked, filled.as_deref(), value),
            Format::Xml => xml(&marked, filled.as_deref(), value),
            _ => assert_eq!(filled, Some(marked.replace(MARKER, value))),
        }
    }
}

/// A body that holds nothing but text and variables.
fn read(format: Format, body: &str) -> Option<Body> {
    let parsed = parse(&format!("ws://h/\n-> {format} {body}"), Role::Client, &[]);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let Action::Common(CommonAction::Send(send)) = parsed.script.steps.into_iter().next()?.action
    else {
        return None;
    };
    let Outgoing::Message(body) = send.what else {
        return None;
    };
    let (Content::Plain(template) | Content::Quoted(template)) = &body.content else {
        return None;
    };
    let plain = template.parts.iter().all(|part| match part {
        Part::Literal(..) => true,
        Part::Placeholder(placeholder) => matches!(placeholder.call, Call::Variable(_)),
    });
    plain.then_some(body)
}

fn filled(body: &Body, value: &str) -> Option<String> {
    let scope = Scope::default();
    scope.set("v", Value::Text(value.to_owned()));
    let fill = Fill {
        scope: &scope,
        generator: &RefCell::new(Generator::repeating()),
        files: &NoFiles,
        index: None,
        client: None,
        client_count: None,
        message: None,
        request: None,
        instance: 1,
        packing: voiden::script::Packing::plain(),
    };
    match fill.frame(body).ok()?.value {
        Frame::Text(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Bytes, voiden::script::Unreadable> {
        Err("no such file".into())
    }
}

/// Where a word that is not JSON could stand, any value is the inside of a string.
fn json(marked: &str, filled: Option<&str>, value: &str) {
    let marked: Json = read_json(marked).expect("JSON was sent");
    let filled: Json = read_json(filled.expect("filled in")).expect("JSON was sent");
    if let Some(expected) = renamed(&marked, value) {
        assert_eq!(filled, expected);
    }
}

/// `None` where two names become one: then it is for the reader to say which counts.
fn renamed(json: &Json, value: &str) -> Option<Json> {
    Some(match json {
        Json::String(text) => Json::from(text.replace(MARKER, value)),
        Json::Array(items) => {
            let items = items.iter().map(|item| renamed(item, value));
            Json::Array(items.collect::<Option<_>>()?)
        }
        Json::Object(members) => {
            let mut put = Map::new();
            for (name, member) in members {
                put.insert(name.replace(MARKER, value), renamed(member, value)?);
            }
            if put.len() < members.len() {
                return None;
            }
            Json::Object(put)
        }
        other => other.clone(),
    })
}

/// In a text or an attribute's value a value of XML's characters is a text; anywhere else it may only be refused.
fn xml(marked: &str, filled: Option<&str>, value: &str) {
    // There nothing is escaped by references, or names mean something by their values.
    if ["<!", "<?", "xmlns"].iter().any(|odd| marked.contains(odd)) {
        return;
    }
    let marked = flat(marked);
    let is_name = |piece: &String| !piece.starts_with(['=', '"']) && piece.contains(MARKER);
    if marked.iter().any(is_name) {
        return;
    }
    let expected: Vec<String> = marked
        .iter()
        .map(|piece| piece.replace(MARKER, value))
        .filter(|piece| piece != "\"")
        .collect();
    match filled {
        Some(filled) => assert_eq!(flat(filled), expected),
        None => assert!(!value.chars().all(is_xml)),
    }
}

/// XML 1.0, 2.2.
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// An XML text as a list: names, attributes' values behind `=`, texts behind `"`, ends.
fn flat(xml: &str) -> Vec<String> {
    fn push(node: roxmltree::Node<'_, '_>, pieces: &mut Vec<String>) {
        if let Some(text) = node.text().filter(|_| node.is_text()) {
            pieces.push(format!("\"{text}"));
        }
        if node.is_element() {
            pieces.push(format!("<{:?}", node.tag_name()));
            for attribute in node.attributes() {
                pieces.push(format!("{:?}{}", attribute.namespace(), attribute.name()));
                pieces.push(format!("={}", attribute.value()));
            }
        }
        for child in node.children() {
            push(child, pieces);
        }
        if node.is_element() {
            pieces.push(">".to_owned());
        }
    }
    let document = roxmltree::Document::parse(xml).expect("XML was sent");
    let mut pieces = Vec::new();
    push(document.root(), &mut pieces);
    pieces
}
