//! XML source on one line or on several: white space between elements goes, all else stays as it came.
//! Reads leniently, because a payload may be cut; judges nothing.

use std::borrow::Cow;

use crate::source::visible::{Spelling, seen};

const CDATA: &str = "<![CDATA[";

/// Below this depth nothing is indented.
const LEVELS: usize = 128;

/// What a piece of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum XmlPieceKind {
    Open,
    Close,
    /// An empty element, comment, processing instruction or declaration.
    Single,
    Blank,
    Text,
}

/// A tag, a text, or other markup.
#[derive(Debug)]
pub(super) struct XmlPiece<'a> {
    pub(super) kind: XmlPieceKind,
    pub(super) source: &'a str,
}

/// On one line, without white space that only separates elements.
pub(super) fn compact(source: &str) -> String {
    let pieces = pieces(source);
    let shapes = shapes(&pieces);
    pieces
        .iter()
        .zip(&shapes)
        .filter(|(piece, shape)| piece.kind != XmlPieceKind::Blank || shape.keeps_blanks)
        .map(|(piece, _)| shown(piece))
        .collect()
}

/// One element a line, two blanks a level; an element that holds text stays on its line. `None` where that would be
/// one line, or far too deep.
pub(super) fn pretty(source: &str) -> Option<Vec<String>> {
    let pieces = pieces(source);
    let shapes = shapes(&pieces);
    let mut lines: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    // How many elements are open inside one that stays on its line.
    let mut inline = 0_usize;
    for (piece, shape) in pieces.iter().zip(&shapes) {
        if inline > 0 {
            inline = match piece.kind {
                XmlPieceKind::Open => inline + 1,
                XmlPieceKind::Close => inline - 1,
                _ => inline,
            };
            let is_content = piece.kind != XmlPieceKind::Blank || shape.keeps_blanks;
            if let Some(line) = lines.last_mut().filter(|_| is_content) {
                line.push_str(&shown(piece));
            }
            continue;
        }
        match piece.kind {
            XmlPieceKind::Blank => continue,
            // Not well-formed: it stays as it is.
            XmlPieceKind::Text if depth == 0 => return None,
            XmlPieceKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        lines.push(format!("{}{}", "  ".repeat(depth), shown(piece)));
        match piece.kind {
            XmlPieceKind::Open if shape.stays_on_line => inline = 1,
            XmlPieceKind::Open => depth += 1,
            _ => {}
        }
        if depth > LEVELS {
            return None;
        }
    }
    let is_whole = depth == 0 && inline == 0;
    (is_whole && lines.len() > 1).then_some(lines)
}

/// What an element's content makes of its layout.
#[derive(Clone, Copy, Debug, Default)]
struct ElementLayout {
    /// Of an opening tag: the element holds text, or nothing but blanks.
    stays_on_line: bool,
    /// Of a blank piece: it is content, not layout.
    keeps_blanks: bool,
}

fn shapes(pieces: &[XmlPiece<'_>]) -> Vec<ElementLayout> {
    #[derive(Default)]
    struct EnclosingElement {
        open: Option<usize>,
        blanks: Vec<usize>,
        has_text: bool,
        has_markup: bool,
    }
    let mut shapes = vec![ElementLayout::default(); pieces.len()];
    let mut settle = |element: EnclosingElement| {
        let is_layout = element.has_markup && !element.has_text;
        if let Some(shape) = element.open.and_then(|open| shapes.get_mut(open)) {
            shape.stays_on_line = !is_layout;
        }
        for blank in element.blanks {
            if let Some(shape) = shapes.get_mut(blank) {
                shape.keeps_blanks = element.open.is_some() && !is_layout;
            }
        }
    };
    let mut open = vec![EnclosingElement::default()];
    for (at, piece) in pieces.iter().enumerate() {
        if piece.kind == XmlPieceKind::Close {
            if open.len() > 1 {
                open.pop().map(&mut settle);
            }
            continue;
        }
        let Some(parent) = open.last_mut() else {
            continue;
        };
        match piece.kind {
            XmlPieceKind::Blank => parent.blanks.push(at),
            XmlPieceKind::Text => parent.has_text = true,
            _ => parent.has_markup = true,
        }
        if piece.kind == XmlPieceKind::Open {
            open.push(EnclosingElement {
                open: Some(at),
                ..EnclosingElement::default()
            });
        }
    }
    open.into_iter().for_each(settle);
    shapes
}

/// All of a source, piece by piece.
pub(super) fn pieces(source: &str) -> Vec<XmlPiece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let (kind, length) = if rest.starts_with('<') {
            markup(rest)
        } else {
            let length = rest.find('<').unwrap_or(rest.len());
            let text = rest.get(..length).unwrap_or(rest);
            let is_blank = text
                .chars()
                .all(|part| matches!(part, ' ' | '\t' | '\r' | '\n'));
            (
                if is_blank {
                    XmlPieceKind::Blank
                } else {
                    XmlPieceKind::Text
                },
                length,
            )
        };
        let Some((piece, after)) = rest.split_at_checked(length) else {
            break;
        };
        pieces.push(XmlPiece {
            kind,
            source: piece,
        });
        rest = after;
    }
    pieces
}

/// What the markup at the start of `rest` is, and how long; in a payload that was cut it may have no end.
fn markup(rest: &str) -> (XmlPieceKind, usize) {
    let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    if rest.starts_with("<!--") {
        let end = rest.match_indices("-->").find(|(at, _)| *at >= 4);
        return (
            XmlPieceKind::Single,
            end.map_or(rest.len(), |(at, _)| at + 3),
        );
    }
    if rest.starts_with("<![CDATA[") {
        return (XmlPieceKind::Text, until("]]>"));
    }
    if rest.starts_with("<?") {
        return (XmlPieceKind::Single, until("?>"));
    }
    let length = tag(rest);
    let is_empty = rest.get(..length).is_some_and(|tag| tag.ends_with("/>"));
    let kind = if rest.starts_with("</") {
        XmlPieceKind::Close
    } else if rest.starts_with("<!") || is_empty {
        XmlPieceKind::Single
    } else {
        XmlPieceKind::Open
    };
    (kind, length)
}

/// The length of a tag or declaration: up to the `>` that is neither quoted nor in an internal subset.
fn tag(rest: &str) -> usize {
    let mut quote = None;
    let mut brackets = 0_usize;
    for (at, character) in rest.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '[') => brackets += 1,
            (None, ']') => brackets = brackets.saturating_sub(1),
            (None, '>') if brackets == 0 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The piece on one line, so that an XML reader finds the same content in it.
fn shown(piece: &XmlPiece<'_>) -> String {
    let source = piece.source;
    if let Some(content) = source.strip_prefix(CDATA) {
        return character_data(content);
    }
    match piece.kind {
        XmlPieceKind::Text | XmlPieceKind::Blank => {
            Spelling::Xml.line(&with_line_feeds(source)).into_owned()
        }
        _ if source.starts_with("<!") || source.starts_with("<?") => {
            Spelling::Xml.line(source).into_owned()
        }
        _ => Spelling::Xml.line(&folded(source)).into_owned(),
    }
}

/// Line ends as a reader has them (XML 1.0, 2.11).
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    Cow::Borrowed(text)
}

/// A CDATA section from behind its start on. A reference stands for nothing in it: what is one stands between two.
fn character_data(content: &str) -> String {
    let (content, end) = match content.strip_suffix("]]>") {
        Some(content) => (content, "]]>"),
        None => (content, ""),
    };
    let content = with_line_feeds(content);
    let mut out = CDATA.to_owned();
    let mut is_open = true;
    for (character, visible) in seen(content.chars()) {
        if visible != is_open {
            out.push_str(if visible { CDATA } else { "]]>" });
            is_open = visible;
        }
        if visible {
            out.push(character);
        } else {
            Spelling::Xml.push(&mut out, character);
        }
    }
    if is_open {
        out.push_str(end);
    }
    out
}

/// A tag with one blank between its attributes and none at its end. In a value a line break or tab is a blank for its
/// reader (XML 1.0, 3.3.3), and is one here.
fn folded(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len());
    let mut quote = None;
    let mut blank = false;
    for character in with_line_feeds(tag).chars() {
        if quote.is_none() && matches!(character, ' ' | '\t' | '\r' | '\n') {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) && !matches!(character, '>' | '/') {
            out.push(' ');
        }
        out.push(match character {
            '\t' | '\n' => ' ',
            _ => character,
        });
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::visible::is_visible;
    use proptest::prelude::*;

    #[test]
    fn layout_goes_and_content_stays() {
        for (source, shown) in [
            ("<a>\n  <b/>\n  <c> x </c>\n</a>\n", "<a><b/><c> x </c></a>"),
            ("<a> </a>", "<a> </a>"),
            (
                "<p>one <b>two</b> <i>three</i></p>",
                "<p>one <b>two</b> <i>three</i></p>",
            ),
            (
                "<a\n  k = \"1 > 0\"\n  l='\n' />",
                "<a k = \"1 > 0\" l=' '/>",
            ),
            (
                "<?xml version=\"1.0\"?>\r\n<a>\u{1b}</a>",
                "<?xml version=\"1.0\"?><a>&#x1b;</a>",
            ),
            (
                "<a><!-- x\n> --><![CDATA[ <\n ]]></a>",
                "<a><!-- x&#xa;> --><![CDATA[ <]]>&#xa;<![CDATA[ ]]></a>",
            ),
            (
                "<!DOCTYPE a [<!ENTITY e '>'>]>\n<a/>",
                "<!DOCTYPE a [<!ENTITY e '>'>]><a/>",
            ),
            ("<a><b>{{TOKEN}}</b><c d=\"", "<a><b>{{TOKEN}}</b><c d=\""),
        ] {
            assert_eq!(compact(source), shown);
            assert_eq!(compact(shown), shown, "compact twice");
        }
    }

    #[test]
    fn pretty_has_a_line_for_each_element() {
        let lines = pretty("<a><b k=\"1\"><c>x <i>y</i></c><d/></b><e></e></a>").unwrap();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        <a>
          <b k="1">
            <c>x <i>y</i></c>
            <d/>
          </b>
          <e></e>
        </a>
        "#);
        assert_eq!(pretty("<a>x</a>"), None);
        assert_eq!(pretty(&"<a><b/>".repeat(200)), None);
    }

    /// All text, and the values of all attributes.
    fn content(source: &str) -> Option<Vec<String>> {
        let document = roxmltree::Document::parse(source).ok()?;
        let text = document.descendants().filter(roxmltree::Node::is_text);
        let text: String = text.filter_map(|node| node.text()).collect();
        let values = document.descendants().flat_map(|node| node.attributes());
        let values = values.map(|attribute| attribute.value().to_owned());
        Some(values.chain([text]).collect())
    }

    proptest! {
        #[test]
        fn what_was_escaped_reads_back(
            pieces in proptest::collection::vec(
                r"(<!\[CDATA\[[x<>\]\r\n\u{ad}\u{200d}\u{fe0f}\u{e0041}]{0,6}\]\]>|[x\]\r\n\t\u{34f}\u{fe0f}❤]{1,6}|<b c='[\r\n\t\u{3164}x]{0,4}'/>)",
                1..6,
            ),
        ) {
            // Text, so that no blank is layout.
            let source = format!("<a>x{}</a>", pieces.concat());
            if let Some(meant) = content(&source) {
                let one = compact(&source);
                prop_assert!(is_visible(&one));
                prop_assert_eq!(content(&one), Some(meant), "{:?} {:?}", source, one);
            }
        }

        #[test]
        fn nothing_leaves_its_line(source in r#"(<a>|</a>|<b/>|<!--|-->|<\?|[<>/"' x\n\u{1b}]){0,30}"#) {
            let one = compact(&source);
            prop_assert!(is_visible(&one));
            for line in pretty(&source).unwrap_or_default() {
                prop_assert!(is_visible(&line));
            }
        }
    }
}
