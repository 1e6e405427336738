//! Places in XML source: the text right inside an element, an attribute's value. Reads leniently, as its source may be
//! cut; judges nothing.

use std::ops::Range;

use super::xml::{XmlPieceKind, pieces};

/// Where the attribute's value, or the texts right inside the element, stand. The element is told by the places of the
/// elements that lead to it among those of their parents. `None` where there is no such element or attribute.
pub(super) fn find(
    source: &str,
    path: &[usize],
    attribute: Option<usize>,
) -> Option<Vec<Range<usize>>> {
    // How many elements stood in each of the open elements so far; the document itself is the first.
    let mut counts = vec![0_usize];
    let mut places: Vec<usize> = Vec::new();
    let mut found: Option<Vec<Range<usize>>> = None;
    let mut at = 0;
    for piece in pieces(source) {
        let range = at..at + piece.source.len();
        at = range.end;
        let is_element = !piece.source.starts_with("<!") && !piece.source.starts_with("<?");
        match piece.kind {
            XmlPieceKind::Open | XmlPieceKind::Single if is_element => {
                let place = counts.last_mut()?;
                places.push(*place);
                *place += 1;
                let is_it = places
                    .split_first()
                    .is_some_and(|(root, inner)| *root == 0 && inner == path);
                if let (true, Some(at)) = (is_it, attribute) {
                    let value = value(piece.source, at)?;
                    let place = range.start + value.start..range.start + value.end;
                    return Some(vec![place]);
                }
                if is_it {
                    found = Some(Vec::new());
                }
                if piece.kind == XmlPieceKind::Open {
                    counts.push(0);
                    continue;
                }
                places.pop();
                if is_it {
                    return found;
                }
            }
            XmlPieceKind::Close => {
                if found.is_some() && places.len() == path.len() + 1 {
                    return found;
                }
                counts.pop();
                places.pop();
            }
            XmlPieceKind::Text if places.len() == path.len() + 1 => {
                if let Some(found) = &mut found {
                    found.push(range);
                }
            }
            _ => {}
        }
    }
    found
}

/// Where the value of an attribute stands in a tag; those that declare namespaces do not count.
fn value(tag: &str, count: usize) -> Option<Range<usize>> {
    let is_declaration = |key: &str| key == "xmlns" || key.starts_with("xmlns:");
    let (_, attributes) = attribute_places(tag);
    let mut counted = attributes
        .into_iter()
        .filter(|(key, _)| !is_declaration(key));
    counted.nth(count).map(|(_, place)| place)
}

/// The name of a tag's element, and its attributes: their names and values.
pub(super) fn attributes(tag: &str) -> (&str, Vec<(&str, &str)>) {
    let (name, places) = attribute_places(tag);
    let value = |(key, place)| (key, tag.get::<Range<usize>>(place).unwrap_or_default());
    (name, places.into_iter().map(value).collect())
}

fn attribute_places(tag: &str) -> (&str, Vec<(&str, Range<usize>)>) {
    let inner = tag.strip_prefix('<').unwrap_or(tag);
    let ends = |part: char| part.is_whitespace() || part == '/' || part == '>';
    let name = inner.split(ends).next().unwrap_or_default();
    let mut at = tag.len() - inner.len() + name.len();
    let mut found = Vec::new();
    while let Some((key, place)) = attribute_at(tag, at) {
        at = place.end + 1;
        found.push((key, place));
    }
    (name, found)
}

fn attribute_at(tag: &str, mut at: usize) -> Option<(&str, Range<usize>)> {
    let rest = tag.get(at..)?;
    at += rest.len() - rest.trim_start().len();
    let (key, after) = tag.get(at..)?.split_once('=')?;
    let blanks = after.len() - after.trim_start().len();
    let quote = after.trim_start().chars().next()?;
    let start = at + key.len() + 1 + blanks + quote.len_utf8();
    let length = tag.get(start..)?.find(quote)?;
    Some((key.trim(), start..start + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_are_found() {
        let source =
            "<?xml v?><!-- <a> --><a x='1' xmlns:q='u' y = \"2>\"><b/>t<c z=\"\">u</c>v</a>";
        let at = |path: &[usize], attribute| {
            let found = find(source, path, attribute)?;
            let texts = found.into_iter().filter_map(|range| source.get(range));
            Some(texts.collect::<Vec<_>>())
        };
        assert_eq!(at(&[], Some(0)), Some(vec!["1"]));
        assert_eq!(at(&[], Some(1)), Some(vec!["2>"]));
        assert_eq!(at(&[], Some(2)), None);
        assert_eq!(at(&[], None), Some(vec!["t", "v"]));
        assert_eq!(at(&[0], None), Some(vec![]));
        assert_eq!(at(&[1], None), Some(vec!["u"]));
        assert_eq!(at(&[1], Some(0)), Some(vec![""]));
        assert_eq!(at(&[2], None), None);
        let half = 6..10;
        assert_eq!(find("<a><b>half", &[0], None), Some(vec![half]));
    }

    proptest! {
        #[test]
        fn no_text_panics(source in r#"(<a|</a>|<b/>|<!--|-->|[<>/"'= xé]){0,30}"#) {
            for path in [&[][..], &[0], &[0, 1]] {
                for attribute in [None, Some(0), Some(1)] {
                    for range in find(&source, path, attribute).unwrap_or_default() {
                        prop_assert!(source.get(range).is_some());
                    }
                }
            }
        }
    }
}
