//! What is read, held against roxmltree as a second reader; and where what is not read is wrong.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// A tree as one text, by our reader.
fn ours(text: &str) -> Option<String> {
    fn push(node: XmlNode<'_>, out: &mut String) {
        let XmlName { namespace, local } = node.name();
        write!(out, "<{{{}}}{local}", namespace.as_deref().unwrap_or("")).unwrap();
        for (XmlName { namespace, local }, value) in node.attributes() {
            let namespace = namespace.as_deref().unwrap_or("");
            write!(out, " {{{namespace}}}{local}={value:?}").unwrap();
        }
        write!(out, " {:?}>", node.text()).unwrap();
        node.children().for_each(|child| push(child, out));
        out.push_str("</>");
    }
    let document = XmlDocument::parse(text).ok()?;
    let mut out = format!("{} ", document.levels());
    push(document.root(), &mut out);
    Some(out)
}

/// The same, by roxmltree.
fn theirs(text: &str) -> Option<String> {
    fn push(node: roxmltree::Node<'_, '_>, out: &mut String) {
        let tag = node.tag_name();
        write!(out, "<{{{}}}{}", tag.namespace().unwrap_or(""), tag.name()).unwrap();
        for attribute in node.attributes() {
            let (namespace, name) = (attribute.namespace().unwrap_or(""), attribute.name());
            write!(out, " {{{namespace}}}{name}={:?}", attribute.value()).unwrap();
        }
        let text: String = node
            .children()
            .filter(roxmltree::Node::is_text)
            .filter_map(|text| text.text())
            .collect();
        write!(out, " {text:?}>").unwrap();
        let children = node.children().filter(roxmltree::Node::is_element);
        children.for_each(|child| push(child, out));
        out.push_str("</>");
    }
    let document = roxmltree::Document::parse(text).ok()?;
    let levels = |node: roxmltree::Node<'_, '_>| node.ancestors().count() - 1;
    let deepest = document.descendants().map(levels).max()?;
    let mut out = format!("{deepest} ");
    push(document.root_element(), &mut out);
    Some(out)
}

fn is_read_alike(text: &str) -> bool {
    // The other reader lets a default namespace be declared twice, which XML 1.0, 3.1 does not.
    let twice = Fault::Twice("xmlns".to_owned());
    ours(text) == theirs(text) || XmlDocument::parse(text).is_err_and(|error| error.fault == twice)
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<a>",
        "</a>",
        "<b>",
        "</b>",
        "<b/>",
        "<p:c>",
        "</p:c>",
        "<a",
        ">",
        "/>",
        "<",
        "&",
        ";",
        "x",
        " ",
        "\n",
        "\r\n",
        "\t",
        " k=\"1\"",
        " k='2'",
        " p:k=\"3\"",
        " xmlns=\"u\"",
        " xmlns=\"\"",
        " xmlns:p=\"v\"",
        " xmlns:q='v'",
        " q:k=''",
        " xml:k=\"1\"",
        " xmlns:xml=\"w\"",
        " k=1",
        " k",
        "=\"",
        "\"",
        "'",
        "&amp;",
        "&lt;",
        "&#65;",
        "&#x41;",
        "&#X41;",
        "&#0;",
        "&#xfffe;",
        "&nbsp;",
        "<!-- c -->",
        "<!--",
        "-->",
        "--",
        "<![CDATA[ d < ]]>",
        "<![CDATA[",
        "]]>",
        "<?t x?>",
        "?>",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='utf-8' standalone='no' ?>",
        "<!DOCTYPE a>",
        "<!",
        "\u{feff}",
        "\u{0}",
        "\u{1b}",
        "\u{85}",
        "\u{fffe}",
        "é",
        "<é>",
        "</é>",
        "<1>",
        "<a:>",
        "<a:b:c/>",
        "<a-.1/>",
        "</a >",
        "< a>",
        "<a/ >",
        "{{X}}",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn both_readers_read_the_same(pieces in prop::collection::vec(piece(), 0..8), wrap in any::<bool>()) {
        let text = if wrap {
            format!("<a xmlns:p=\"v\">{}</a>", pieces.concat())
        } else {
            pieces.concat()
        };
        prop_assert!(is_read_alike(&text), "{text:?}: {:?}, {:?}", ours(&text), theirs(&text));
    }

    #[test]
    fn both_readers_read_the_same_tag(pieces in prop::collection::vec(piece(), 0..6)) {
        let text = format!("<a{}/>", pieces.concat());
        prop_assert!(is_read_alike(&text), "{text:?}: {:?}, {:?}", ours(&text), theirs(&text));
    }

    #[test]
    fn a_fault_has_a_place_in_the_text(text in "[<>a-b/\"'= &;!?\\[\\]é\u{feff}-]{0,24}") {
        if let Err(error) = XmlDocument::parse(&text) {
            prop_assert!(error.at <= text.len(), "{text:?}: {error:?}");
        }
    }
}

#[test]
fn a_fault_is_told_at_its_place() {
    for (text, place, told) in [
        ("", "", "there is no element"),
        ("text", "text", "there is no element"),
        (
            "<a <b k='<'/>",
            "<b k='<'/>",
            "the tag before lacks its `>`",
        ),
        ("<a>", "<a>", "`<a>` is never closed"),
        ("<a><b></a>", "</a>", "`</a>` stands where `</b>` must"),
        (
            "<a/></b>",
            "</b>",
            "`</b>` closes an element that is not open",
        ),
        ("<a/>x", "x", "something stands beside the root element"),
        (
            "<a/><b/>",
            "<b/>",
            "something stands beside the root element",
        ),
        ("<p:a/>", "p:a/>", "the prefix `p` is not declared"),
        ("<a p:k=''/>", "p:k=''/>", "the prefix `p` is not declared"),
        (
            "<a k='1' k='2'/>",
            "k='2'/>",
            "the attribute `k` stands twice",
        ),
        ("<a k='1'l='2'/>", "l='2'/>", "a blank must stand here"),
        ("<a k=1/>", "1/>", "a value must stand in quotes"),
        ("<a>é &nbsp;</a>", "&nbsp;</a>", "`&nbsp;` is not defined"),
        ("<a k=' &nbsp;'/>", "&nbsp;'/>", "`&nbsp;` is not defined"),
        ("<a>a & b</a>", "& b</a>", "a `&` that starts no reference"),
        (
            "<a k='<'/>",
            "<'/>",
            "`<` cannot stand in a value: write `&lt;`",
        ),
        (
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a><a/>",
            "a DOCTYPE is not read",
        ),
        (
            "\u{feff}<a>\u{1b}</a>",
            "\u{1b}</a>",
            "the character U+001B is not allowed",
        ),
        // The other reader lets these go by.
        (
            "<a>&#xd800;</a>",
            "&#xd800;</a>",
            "`&#xd800;` is not defined",
        ),
        (
            "<a xmlns='u' xmlns='u'/>",
            "xmlns='u'/>",
            "the attribute `xmlns` stands twice",
        ),
        ("<?XML x?><a/>", "XML x?><a/>", "`XML` is not a valid name"),
        (
            "<a><?xml?></a>",
            "<?xml?></a>",
            "an XML declaration stands at the very start, or not at all",
        ),
        ("<1/>", "1/>", "`1` is not a valid name"),
        (
            "<a>]]></a>",
            "]]></a>",
            "`]]>` cannot stand in text: write `]]&gt;`",
        ),
    ] {
        let error = XmlDocument::parse(text).unwrap_err();
        assert_eq!(
            (text.split_at(error.at).1, error.fault.to_string().as_str()),
            (place, told),
            "{text:?}"
        );
    }
}

#[test]
fn line_ends_are_plain_also_beside_references() {
    let document = XmlDocument::parse("<a k='\r\n&#xd;'>\r&amp;\r\n<![CDATA[\r]]></a>").unwrap();
    assert_eq!(document.root().text(), "\n&\n\n");
    assert_eq!(document.root().attributes()[0].1, " \r");
}

#[test]
fn what_a_peer_may_send_takes_no_more_than_its_length() {
    let many = |piece: fn(usize) -> String| (0..20_000).map(piece).collect::<String>();
    let attributes = format!("<a{}/>", many(|at| format!(" k{at}=''")));
    let namespaces = format!(
        "<a{}/>",
        many(|at| format!(" xmlns:k{at}='u' k{at}:l{at}=''"))
    );
    let nested = format!(
        "{}{}",
        many(|at| format!("<p:a xmlns:p='{at}'>")),
        many(|_| "</p:a>".to_owned())
    );
    // More levels than quick-xml's own resolver of namespaces can count.
    let deep = format!("{}{}", "<a>".repeat(70_000), "</a>".repeat(70_000));
    for text in [attributes, namespaces, nested, deep] {
        assert!(XmlDocument::parse(&text).is_ok());
    }
}
