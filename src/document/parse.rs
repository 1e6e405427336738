//! Markdown → blocks. Knows where CommonMark has fences and headings; knows no script.

use std::collections::HashSet;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::edit::Layout;
use super::fence::Fence;
use super::info::{self, InfoKind, OtherWords};
use super::line_count::LineCount;
use super::swallowed::{self, Swallowed};
use super::{Block, BlockKind, Document, RecordedTranscript, TranscriptPlace, front_matter, name};
use crate::diagnostic::{Cure, Diagnostic};
use crate::source::{Excerpt, Span};

/// Reads a whole document. Total: what is wrong is in the document's diagnostics.
#[must_use]
pub fn parse(text: &str) -> Document {
    let front = front_matter::read(text);
    let mut reader = DocumentReader::new(text, front.diagnostics);
    let markdown = text.get(front.end..).unwrap_or_default();
    for (event, range) in Parser::new_ext(markdown, EXTENSIONS).into_offset_iter() {
        if reader.is_reading() || is_begin(&event) {
            reader.take(event, Span::from(range).shift(front.end));
        }
    }
    let (blocks, mut diagnostics) = reader.finish();
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Document {
        front_matter: front.ours,
        blocks,
        diagnostics,
    }
}

/// Whether something begins that is read: a fence or a heading.
fn is_begin(event: &Event<'_>) -> bool {
    let Event::Start(tag) = event else {
        return false;
    };
    matches!(
        tag,
        Tag::CodeBlock(CodeBlockKind::Fenced(_)) | Tag::Heading { .. }
    )
}

/// What is read besides CommonMark. Footnotes are no part of it: what is indented below one is code there. Nor is front
/// matter: for the Markdown parser it may stand anywhere, and a fence between two thematic breaks would be lost in it.
pub(super) const EXTENSIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS);

/// A heading's text names blocks up to this many characters: it is copied for every block below it.
const LONGEST_HEADING: usize = 256;

struct DocumentReader<'t> {
    text: &'t str,
    fence: Option<OpenFence>,
    /// The heading being read.
    heading: Option<String>,
    /// The text of the nearest heading above.
    above: Option<String>,
    blocks: Vec<Block>,
    servers: HashSet<String>,
    awaited: Awaited,
    lines: LineCount,
    others: OtherWords,
    diagnostics: Vec<Diagnostic>,
}

/// A fence whose lines are being read.
struct OpenFence {
    /// `None`: it belongs to another tool.
    kind: Option<InfoKind>,
    span: Span,
    /// The info string behind its first word, decoded.
    rest: String,
    body: Excerpt,
}

/// What the next transcript belongs to.
#[derive(Clone, Copy)]
enum Awaited {
    Nothing,
    Block(usize),
    /// A block that is not closed: that is said already.
    Broken,
}

impl<'t> DocumentReader<'t> {
    fn new(text: &'t str, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            text,
            fence: None,
            heading: None,
            above: None,
            blocks: Vec::new(),
            servers: HashSet::new(),
            awaited: Awaited::Nothing,
            lines: LineCount::default(),
            others: OtherWords::default(),
            diagnostics,
        }
    }

    /// Whether a fence or a heading is being read. Most of a document is neither.
    fn is_reading(&self) -> bool {
        self.fence.is_some() || self.heading.is_some()
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Text(text) => self.text(&text, span),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.open(&info, span),
            Event::End(TagEnd::CodeBlock) => self.close(),
            Event::Start(Tag::Heading { .. }) => {
                self.heading = Some(String::new());
                self.awaited = Awaited::Nothing;
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Code(code) => self.heading_text(&code),
            Event::SoftBreak | Event::HardBreak => self.heading_text(" "),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        match &mut self.fence {
            Some(_) if text.is_empty() => {}
            // What is left of a tab that the containers took a part of is made up of blanks.
            Some(fence) if span.is_empty() => {
                fence.body.stand_in(text, span.start.saturating_sub(1));
            }
            Some(fence) => fence.body.push(text, span.start),
            None => self.heading_text(text),
        }
    }

    fn heading_text(&mut self, text: &str) {
        if let Some(heading) = &mut self.heading {
            heading.push_str(text);
        }
    }

    fn end_heading(&mut self) {
        let text = self.heading.take().unwrap_or_default();
        let text: String = plain(&text).chars().take(LONGEST_HEADING).collect();
        if !text.is_empty() {
            self.above = Some(text);
        }
    }

    fn open(&mut self, info: &str, span: Span) {
        let (word, rest) = info::split(info);
        let kind = InfoKind::from_word(word);
        let lines = self.text.get(span.start..span.end).unwrap_or_default();
        self.fence = (kind.is_some() || swallowed::may_be_in(lines)).then(|| OpenFence {
            kind,
            span,
            rest: kind.map_or(String::new(), |_| plain(rest)),
            body: Excerpt::default(),
        });
        if kind.is_none()
            && let Some(kind) = self.others.meant_by(word)
        {
            let head = Fence::measure(self.text, span, &Excerpt::default());
            let message = format!("`{word}` is not a kind of block");
            self.diagnostics.push(
                Diagnostic::warning(head.word(self.text), message).hint(Cure::meant(kind.word())),
            );
        }
    }

    fn close(&mut self) {
        let Some(open) = self.fence.take() else {
            return;
        };
        let fence = Fence::measure(self.text, open.span, &open.body);
        let Some(kind) = open.kind else {
            return self.other_tools(&open, &fence);
        };
        let any_mark = kind != InfoKind::Log;
        let inside = swallowed::find(open.body.text(), fence.mark, fence.opening.len(), any_mark);
        if let Some(inside) = inside
            && inside.kind.is_some()
        {
            self.broken(kind);
            let at = open.body.origin(inside.at);
            return self.swallows(&fence, inside, at, &what(kind));
        }
        let Some(closing) = fence.closing else {
            self.broken(kind);
            return self.unclosed(&open, &fence, &what(kind));
        };
        let kind = match kind {
            InfoKind::Log => return self.log(open, &fence, closing),
            InfoKind::Client => BlockKind::Client,
            InfoKind::Server => BlockKind::Server,
            InfoKind::Http => BlockKind::Http,
        };
        let other = inside.map(|inside| open.body.origin(inside.at));
        self.block(open, &fence, closing, kind);
        if let Some(at) = other {
            self.perhaps_swallows(&fence, at);
        }
    }

    /// Nothing of a fence that is not closed is understood.
    fn broken(&mut self, kind: InfoKind) {
        if kind != InfoKind::Log {
            self.awaited = Awaited::Broken;
        }
    }

    /// A fence that is not ours, around one of ours that would never run.
    fn other_tools(&mut self, open: &OpenFence, fence: &Fence) {
        let inside = swallowed::find(open.body.text(), fence.mark, fence.opening.len(), false);
        if let Some(inside) = inside
            && inside.kind.is_some()
        {
            self.awaited = Awaited::Broken;
            let at = open.body.origin(inside.at);
            self.swallows(fence, inside, at, "this fence");
        }
    }

    /// Of two opening lines with no closing one between them, the first is the one to close.
    fn swallows(&mut self, fence: &Fence, inside: Swallowed, at: usize, what: &str) {
        let line = self.lines.up_to(self.text, at);
        let kind = inside.kind.map_or("fence", InfoKind::word);
        let message =
            format!("{what} is not closed before line {line}, which opens a `{kind}` fence");
        let (close, longer) = (marks(fence, 0), marks(fence, 1));
        let hint = if fence.info.is_empty() {
            format!(
                "close it with {close} above line {line}; if it is there to close a block, another fence above it is still open"
            )
            .into()
        } else {
            let hint = Cure::from(format!(
                "close it with {close} on a line of its own above line {line}; if that line is to be inside, open and close it with {longer}"
            ));
            if fence.is_outermost(self.text) {
                hint.put_at(Span::at(at), format!("{close}{}", fence.ending))
            } else {
                hint
            }
        };
        self.diagnostics
            .push(Diagnostic::error(fence.head(), message).hint(hint));
    }

    /// A block whose text may be what it should be, and probably is not.
    fn perhaps_swallows(&mut self, fence: &Fence, at: usize) {
        let line = self.lines.up_to(self.text, at);
        let message = format!("line {line} opens another fence inside of this block");
        let hint = format!(
            "if the block is to end before, close it with {}; if not, open and close it with {}",
            marks(fence, 0),
            marks(fence, 1)
        );
        self.diagnostics
            .push(Diagnostic::warning(fence.head(), message).hint(hint));
    }

    fn unclosed(&mut self, open: &OpenFence, fence: &Fence, what: &str) {
        let place = if open.span.end < self.text.len() {
            ", before its list item or block quote ends"
        } else {
            ""
        };
        let close = marks(fence, 0);
        let mut hint = Cure::from(format!("close it with {close} on a line of its own{place}"));
        if place.is_empty() && fence.is_outermost(self.text) {
            let ending = fence.ending;
            let before = if self.text.ends_with('\n') {
                ""
            } else {
                ending
            };
            let end = Span::at(self.text.len());
            hint = hint.put_at(end, format!("{before}{close}{ending}"));
        }
        let message = format!("{what} is never closed");
        self.diagnostics
            .push(Diagnostic::error(fence.head(), message).hint(hint));
    }

    fn log(&mut self, open: OpenFence, fence: &Fence, closing: Span) {
        let awaited = std::mem::replace(&mut self.awaited, Awaited::Nothing);
        let block = match awaited {
            Awaited::Block(index) => self.blocks.get_mut(index),
            Awaited::Broken => return,
            Awaited::Nothing => None,
        };
        if let Some(block) = block {
            block.transcript = TranscriptPlace {
                recorded: Some(RecordedTranscript {
                    body: open.body,
                    span: fence.opening.join(closing),
                }),
                layout: Layout::of(self.text, fence),
            };
        } else {
            self.diagnostics.push(
                Diagnostic::warning(fence.head(), "this transcript belongs to no block")
                    .hint("remove it, or move it right below its `/wss` block"),
            );
        }
    }

    fn block(&mut self, open: OpenFence, fence: &Fence, closing: Span, kind: BlockKind) {
        if kind == BlockKind::Server {
            self.check_server(&open, fence);
        }
        let line = self.lines.up_to(self.text, open.span.start);
        self.awaited = Awaited::Block(self.blocks.len());
        let name = match (&self.above, open.rest) {
            (Some(heading), rest) if rest.is_empty() => heading.clone(),
            (None, rest) if rest.is_empty() => format!("line {line}"),
            (_, rest) => rest,
        };
        let mut body = open.body;
        if body.text().is_empty() {
            // So that what an empty block lacks has a place.
            body.push("", fence.line_end);
        }
        self.blocks.push(Block {
            kind,
            name,
            info: fence.info,
            span: fence.opening.join(closing),
            body,
            transcript: TranscriptPlace {
                recorded: None,
                layout: Layout::below(self.text, fence, open.span.end),
            },
        });
    }

    fn check_server(&mut self, open: &OpenFence, fence: &Fence) {
        let name = open.rest.as_str();
        let word = fence.word(self.text);
        if name.is_empty() {
            let hint = "write `/wss-server NAME`, a NAME of letters, digits, `_` and `-`";
            self.diagnostics
                .push(Diagnostic::error(word, "a server needs a name").hint(hint));
            return;
        }
        let span = fence.name(self.text);
        if !info::is_server_name(name) {
            let message = "a server's name is made of letters, digits, `_` and `-`";
            let meant = info::as_server_name(name);
            let hint = Cure::from(format!("write `/wss-server {meant}`")).put(meant);
            self.diagnostics
                .push(Diagnostic::error(span, message).hint(hint));
        } else if !self.servers.insert(name.to_owned()) {
            let message = format!("there is a server `{name}` already");
            let hint = format!("call it something else: its URL is `{{{{{name}.url}}}}`");
            self.diagnostics
                .push(Diagnostic::error(span, message).hint(hint));
        }
    }

    fn finish(self) -> (Vec<Block>, Vec<Diagnostic>) {
        let mut blocks = self.blocks;
        let wanted: Vec<String> = blocks.iter().map(|block| block.name.clone()).collect();
        // A server's name is part of variables' names, so it is the last that may change.
        let servers: Vec<bool> = blocks
            .iter()
            .map(|block| block.kind == BlockKind::Server)
            .collect();
        let names = name::unique(&wanted, |index| servers.get(index) == Some(&true));
        for (block, name) in blocks.iter_mut().zip(names) {
            block.name = name;
        }
        (blocks, self.diagnostics)
    }
}

fn what(kind: InfoKind) -> String {
    match kind {
        InfoKind::Client | InfoKind::Server | InfoKind::Http => {
            format!("this `{}` block", kind.word())
        }
        InfoKind::Log => "this transcript".to_owned(),
    }
}

/// A fence as long as this one, or longer.
fn marks(fence: &Fence, longer: usize) -> String {
    std::iter::repeat_n(fence.mark, fence.opening.len().min(40) + longer).collect()
}

/// A name on one line: entities may stand for line breaks and other controls.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}
