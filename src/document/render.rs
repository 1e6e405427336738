//! Markdown → HTML that is safe to put into a page: raw HTML is text, addresses are harmless, and where a block of ours
//! stands is an empty element. Knows no script; what is shown of a text, and where a picture lies, is handed in.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Parser, Tag, TagEnd, TextMergeWithOffset};

use super::{Document, front_matter, parse};
use crate::source::Span;

/// What a rendering asks for.
pub trait Rendering {
    /// A text as it may be shown.
    fn shown(&self, text: &str) -> String;

    /// The address of a picture; `None`: its words stand for it.
    fn picture(&self, target: &str) -> Option<String>;
}

/// The document as HTML. Where block N stands is `<div data-block="N"></div>`; transcripts are left out.
#[must_use]
pub fn render(text: &str, document: &Document, rendering: &dyn Rendering) -> String {
    let start = front_matter::read(text).end;
    let markdown = text.get(start..).unwrap_or_default();
    let mut writer = HtmlWriter {
        document,
        rendering,
        out: String::with_capacity(markdown.len() * 2),
        within: Within::Prose,
        columns: Vec::new(),
        column: 0,
    };
    // A text may be parted by what is no mark-up at all, and is looked at as a whole.
    let events = Parser::new_ext(markdown, parse::EXTENSIONS).into_offset_iter();
    let events = events.map(|(event, range)| match event {
        Event::Html(text) | Event::InlineHtml(text) => (Event::Text(text), range),
        event => (event, range),
    });
    for (event, range) in TextMergeWithOffset::new(events) {
        writer.take(event, Span::from(range).shift(start));
    }
    writer.out
}

/// What the events are in that come now.
enum Within {
    Prose,
    /// A fence of ours: the page has what stands in it from elsewhere.
    Ours,
    /// A picture, whose words are gathered; pictures inside of it are words too.
    Picture {
        address: Option<String>,
        title: String,
        words: String,
        depth: usize,
    },
}

struct HtmlWriter<'a> {
    document: &'a Document,
    rendering: &'a dyn Rendering,
    out: String,
    within: Within,
    /// Of the table that is written.
    columns: Vec<Alignment>,
    /// The next cell's; `None` in `is_head`.
    column: usize,
}

impl HtmlWriter<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) {
        match &mut self.within {
            Within::Ours => {
                if matches!(event, Event::End(TagEnd::CodeBlock)) {
                    self.within = Within::Prose;
                }
                return;
            }
            Within::Picture { words, depth, .. } => {
                match event {
                    Event::Text(text) | Event::Code(text) => words.push_str(&text),
                    Event::SoftBreak | Event::HardBreak => words.push(' '),
                    Event::Start(Tag::Image { .. }) => *depth += 1,
                    Event::End(TagEnd::Image) if *depth > 0 => *depth -= 1,
                    Event::End(TagEnd::Image) => self.picture(),
                    _ => {}
                }
                return;
            }
            Within::Prose => {}
        }
        match event {
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                self.out.push_str("<code>");
                self.text(&text);
                self.out.push_str("</code>");
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let shown = self.rendering.shown(text);
        escape(&mut self.out, &shown);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let shown = self.rendering.shown(value);
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(&mut self.out, &shown);
        self.out.push('"');
    }

    fn start(&mut self, tag: Tag<'_>, span: Span) {
        match tag {
            Tag::CodeBlock(kind) => self.code(&kind, span),
            Tag::Image {
                dest_url, title, ..
            } => {
                self.within = Within::Picture {
                    address: self.rendering.picture(&dest_url),
                    title: title.into_string(),
                    words: String::new(),
                    depth: 0,
                };
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                let is_mail = link_type == pulldown_cmark::LinkType::Email;
                let mail = format!("mailto:{dest_url}");
                self.link(if is_mail { &mail } else { &dest_url }, &title);
            }
            Tag::Table(columns) => {
                self.columns = columns;
                self.out.push_str("<table>\n");
            }
            Tag::TableHead => {
                self.column = 0;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.out.push_str("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::List(Some(first)) if first != 1 => {
                self.out.push_str("<ol");
                self.attribute("start", &first.to_string());
                self.out.push_str(">\n");
            }
            tag => {
                if let Some(name) = element(tag.to_end()) {
                    self.out.push('<');
                    self.out.push_str(name);
                    self.out.push('>');
                }
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock => self.out.push_str("</code></pre>\n"),
            TagEnd::Link => self.out.push_str("</a>"),
            TagEnd::TableHead => self.out.push_str("</tr></thead>\n<tbody>\n"),
            TagEnd::Table => self.out.push_str("</tbody></table>\n"),
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => self.out.push_str("</td>"),
            tag => {
                if let Some(name) = element(tag) {
                    self.out.push_str("</");
                    self.out.push_str(name);
                    self.out.push('>');
                    if !matches!(
                        tag,
                        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough
                    ) {
                        self.out.push('\n');
                    }
                }
            }
        }
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, span: Span) {
        let blocks = &self.document.blocks;
        if let Some(index) = blocks
            .iter()
            .position(|block| span.contains(block.span.start))
        {
            self.out.push_str("<div data-block=\"");
            self.out.push_str(&index.to_string());
            self.out.push_str("\"></div>\n");
            self.within = Within::Ours;
            return;
        }
        let mut recorded = blocks
            .iter()
            .filter_map(|block| block.transcript.recorded.as_ref());
        if recorded.any(|recorded| span.contains(recorded.span.start)) {
            self.within = Within::Ours;
            return;
        }
        self.out.push_str("<pre");
        if let CodeBlockKind::Fenced(language) = kind
            && !language.is_empty()
        {
            self.attribute("data-language", language);
        }
        self.out.push_str("><code>");
    }

    fn link(&mut self, target: &str, title: &str) {
        self.out.push_str("<a");
        if let Some(way) = way(target) {
            self.attribute("href", target);
            if way == LinkWay::Away {
                self.out
                    .push_str(" target=\"_blank\" rel=\"noopener noreferrer\"");
            }
        }
        if !title.is_empty() {
            self.attribute("title", title);
        }
        self.out.push('>');
    }

    fn cell(&mut self) {
        self.out.push_str("<td");
        let class = match self.columns.get(self.column) {
            Some(Alignment::Center) => " class=\"center\"",
            Some(Alignment::Right) => " class=\"right\"",
            _ => "",
        };
        self.out.push_str(class);
        self.out.push('>');
        self.column += 1;
    }

    fn picture(&mut self) {
        let before = std::mem::replace(&mut self.within, Within::Prose);
        let Within::Picture {
            address,
            title,
            words,
            ..
        } = before
        else {
            return;
        };
        let Some(address) = address else {
            self.out.push_str("<span class=\"no-picture\">");
            self.text(&words);
            self.out.push_str("</span>");
            return;
        };
        self.out.push_str("<img");
        self.attribute("src", &address);
        self.attribute("alt", &words);
        if !title.is_empty() {
            self.attribute("title", &title);
        }
        self.out.push_str(" loading=\"lazy\">");
    }
}

/// The element of a tag that needs no attributes. Headings are one lower: the page has one of its own above them.
fn element(tag: TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph | TagEnd::HtmlBlock => "p",
        TagEnd::Heading(level) => match level as usize {
            1 => "h2",
            2 => "h3",
            3 => "h4",
            4 => "h5",
            _ => "h6",
        },
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "del",
        _ => return None,
    })
}

/// Where a link that is kept leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkWay {
    /// To another site, or to a mail program.
    Away,
    /// To something beside the document.
    Beside,
}

/// `None`: the link is not kept.
fn way(target: &str) -> Option<LinkWay> {
    // Browsers leave controls and blanks out before they look for the scheme.
    let target = target.trim_matches(|character: char| character <= ' ');
    if target.contains(char::is_control) || target.starts_with("//") || target.contains('\\') {
        return None;
    }
    let end = target.find(['/', '?', '#']).unwrap_or(target.len());
    let Some((scheme, _)) = target.get(..end).and_then(|head| head.split_once(':')) else {
        return Some(LinkWay::Beside);
    };
    let kept = ["http", "https", "mailto"];
    let is_kept = kept.iter().any(|kept| scheme.eq_ignore_ascii_case(kept));
    is_kept.then_some(LinkWay::Away)
}

/// Text as it stands in an element or in a quoted attribute.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;

    impl Rendering for Plain {
        fn shown(&self, text: &str) -> String {
            text.replace("hunter2", "{{PASSWORD}}")
        }

        fn picture(&self, target: &str) -> Option<String> {
            (target == "a.png").then(|| "files/a.png".to_owned())
        }
    }

    fn html(text: &str) -> String {
        render(text, &crate::document::parse(text), &Plain)
            .trim()
            .to_owned()
    }

    #[test]
    fn markdown_is_rendered() {
        for (text, expected) in [
            ("# A *b*\n", "<h2>A <em>b</em></h2>"),
            ("a\nb `c<`", "<p>a\nb <code>c&lt;</code></p>"),
            (
                "3. x\n4. y",
                "<ol start=\"3\">\n<li>x</li>\n<li>y</li>\n</ol>",
            ),
            ("- [x] a", "<ul><li>☑ a</li>\n</ul>"),
            (
                "| a | b |\n|--|--:|\n| 1 | 2 |",
                "<table>\n<thead><tr><td>a</td><td class=\"right\">b</td></tr></thead>\n<tbody>\n\
                 <tr><td>1</td><td class=\"right\">2</td></tr>\n</tbody></table>",
            ),
            (
                "```js\na<b\n```",
                "<pre data-language=\"js\"><code>a&lt;b\n</code></pre>",
            ),
            ("---\nvoiden: {}\n---\nx", "<p>x</p>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn blocks_are_places_and_transcripts_are_left_out() {
        let block = "```/wss A\nws://h/\n```\n\n```wss-log\n✓ x\n```\n";
        assert_eq!(html(block), "<div data-block=\"0\"></div>");
        let listed = "- one\n\n  ```/wss\n  ws://h/\n  ```\n\n> ```/wss\n> ws://h/\n> ```\n";
        let html = html(listed);
        assert!(html.contains("<li><p>one</p>\n<div data-block=\"0\"></div>\n</li>"));
        assert!(html.contains("<blockquote><div data-block=\"1\"></div>\n</blockquote>"));
    }

    #[test]
    fn nothing_in_a_document_is_markup_or_leads_where_it_must_not() {
        let hostile = "<script>alert(1)</script>\n\nx <img src=x onerror=alert(1)> `<b>`\n\n\
            [a](javascript:alert(1)) [b](<java\tscript:alert(1)>) [c](data:text/html,x) [d](//evil.example)\n\
            [e](vbscript:x) [f](\u{1}javascript:x) [g](&#106;avascript:x) <javascript:x> [h](\\\\evil)\n\
            ![p](http://evil.example/a.png) ![q](javascript:x) ![\"onerror=x](a.png \"'>\")\n\n\
            <iframe src=\"//evil\">\n";
        let html = html(hostile);
        for wrong in [
            "<script",
            "<img src=x",
            "<iframe",
            "href=\"j",
            "href=\"d",
            "href=\"/",
            "href=\"v",
        ] {
            assert!(!html.contains(wrong), "{wrong}: {html}");
        }
        assert_eq!(html.matches("href").count(), 0, "{html}");
        assert_eq!(html.matches("<img").count(), 1, "{html}");
        assert!(
            html.contains("alt=\"&quot;onerror=x\" title=\"&#39;&gt;\""),
            "{html}"
        );
    }

    #[test]
    fn links_that_are_kept() {
        let html = html("[a](https://x/?a=b&c) [b](other.md#x) <ann@example.org> [c](a:b)");
        assert!(html.contains(
            "<a href=\"https://x/?a=b&amp;c\" target=\"_blank\" rel=\"noopener noreferrer\">a</a>"
        ));
        assert!(html.contains("<a href=\"other.md#x\">b</a>"));
        assert!(html.contains("<a href=\"mailto:ann@example.org\""));
        assert!(html.contains("<a>c</a>"));
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let html = html(
            "hunter2 hun\\ter2 `hunter2` [hunter2](https://x/hunter2 \"hunter2\")\n\n```x hunter2\nhunter2\n```\n",
        );
        assert!(!html.contains("hunter2"), "{html}");
    }
}
