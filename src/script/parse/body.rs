//! FORMAT and BODY → [`Body`], FORMAT and PATTERN → [`Pattern`].

use super::call::TemplatePlace;
use super::lines::Marks;
use super::literal::literal;
use super::short::short;
use super::template::{self, Syntax, opening, template};
use super::text::{Cooked, Piece};
use super::{bytes, file, file_name, json, stray, xml};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::format::Format;
use crate::script::{Body, Content, Name, Pattern};
use crate::source::Span;

/// The words that may stand there besides a FORMAT, which only errors ask for.
pub(super) type FrameWords<'a> = &'a dyn Fn() -> Vec<&'static str>;

/// What stands behind an arrow or `-- on`: words on the line, and the lines below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepWords<'a> {
    /// What hints begin with: `->`, `<-`, `-- on`, `@never`.
    pub(super) lead: &'a str,
    /// The place of the line, for errors about what is missing.
    pub(super) line: Piece<'a>,
    pub(super) rest: Piece<'a>,
    pub(super) below: &'a [Piece<'a>],
    pub(super) marks: Marks,
    pub(super) place: TemplatePlace,
}

/// A format and what it stands before.
pub(super) struct Formatted<'a> {
    pub(super) format: Format,
    /// The protobuf message behind `proto`.
    pub(super) message: Option<Name>,
    /// Behind the FORMAT, on the line.
    pub(super) rest: Piece<'a>,
}

impl<'a> StepWords<'a> {
    /// The body as it stands, with no word of it taken for a FORMAT.
    pub(super) fn cook(self, rest: Piece<'_>) -> Cooked {
        self.marks.cook(rest, self.below)
    }

    pub(super) fn has_below(self) -> bool {
        self.below.iter().any(|line| !line.is_blank())
    }

    /// The mark before the words, for cures that are another step.
    pub(super) fn mark(self) -> Span {
        let arrows = ["->", "→", "<-", "←"].into_iter();
        let found = arrows.filter_map(|arrow| Some((self.line.text.find(arrow)?, arrow)));
        let (at, arrow) = found.min().unwrap_or_default();
        Span::new(self.line.at + at, self.line.at + at + arrow.len())
    }

    /// The place behind the line.
    fn line_end(self) -> Span {
        Span::at(self.line.span().end)
    }

    /// Reads the FORMAT, or sees it by the body's first character. `None`: it was told what is wrong.
    pub(super) fn format(
        self,
        frames: FrameWords<'_>,
        told: &mut Vec<Diagnostic>,
    ) -> Option<Formatted<'a>> {
        let (word, rest) = self.rest.word();
        if let Some(format) = Format::from_word(word.text) {
            if format == Format::Proto {
                return self.proto(rest, told);
            }
            let message = None;
            return Some(Formatted {
                format,
                message,
                rest,
            });
        }
        let cooked = self.cook(self.rest);
        let text = cooked.text().trim_ascii_start();
        let braces = opening(text).is_some_and(|(at, _)| at == 0);
        let format = match text.chars().next() {
            Some('{') if !braces => Format::Json,
            Some('[') => Format::Json,
            Some('<') => Format::Xml,
            _ => {
                let below = self.below.iter().find(|line| !line.is_blank());
                let first = if self.rest.is_empty() {
                    below.map(|line| line.trim())
                } else {
                    Some(self.rest)
                };
                told.push(self.no_format(first.unwrap_or(self.rest), &frames()));
                return None;
            }
        };
        Some(Formatted {
            format,
            message: None,
            rest: self.rest,
        })
    }

    /// `proto` and the name of a message.
    fn proto(self, behind: Piece<'a>, told: &mut Vec<Diagnostic>) -> Option<Formatted<'a>> {
        let (word, rest) = behind.word();
        let is_part = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '.');
        if word.is_empty() || !word.text.chars().all(is_part) {
            let place = if word.is_empty() { self.line } else { word };
            let message = "the name of a message is missing behind `proto`";
            let hint = format!("for instance `{} proto pkg.Type {{}}`", self.lead);
            told.push(Diagnostic::error(place.span(), message).hint(hint));
            return None;
        }
        let message = Name {
            text: word.text.to_owned(),
            span: word.span(),
        };
        Some(Formatted {
            format: Format::Proto,
            message: Some(message),
            rest,
        })
    }

    /// Why something has no FORMAT, and which it could have.
    fn no_format(self, first: Piece<'_>, frames: &[&'static str]) -> Diagnostic {
        let (word, rest) = first.word();
        let lead = self.lead;
        if first.is_empty() {
            return Diagnostic::error(self.line.span(), format!("nothing stands behind `{lead}`"))
                .hint(
                    Cure::from(format!("an empty message is `{lead} text`"))
                        .put_at(self.line_end(), " text"),
                );
        }
        let formats = Format::ALL.map(Format::word);
        let glued = formats
            .into_iter()
            .chain(frames.iter().copied())
            .find(|known| {
                let behind = word.text.strip_prefix(known);
                behind
                    .is_some_and(|behind| behind.starts_with(|next: char| !next.is_alphanumeric()))
            });
        if let Some(known) = glued {
            let behind = first.from(known.len());
            return Diagnostic::error(word.span(), format!("a blank is missing behind `{known}`"))
                .hint(
                    Cure::from(format!("write `{lead} {known} {}`", short(behind.text)))
                        .put_at(Span::at(behind.at), " "),
                );
        }
        let near = nearest(word.text, formats.into_iter().chain(frames.iter().copied()));
        if let Some(near) = near {
            let line = format!("{lead} {near} {}", short(rest.text));
            return Diagnostic::error(
                word.span(),
                format!("`{}` is not a format", short(word.text)),
            )
            .hint(Cure::from(format!("did you mean `{}`?", line.trim_end())).put(near));
        }
        let path = match file_name::meant(first.text) {
            Some(path) => Some(format!("@{path}")),
            None => first.text.starts_with("@.").then(|| first.text.to_owned()),
        };
        let (format, body) = match path.map(|path| (file_name::format_of(&path), path)) {
            Some((Some(format), path)) => (format, path),
            _ => (Format::Text, first.text.to_owned()),
        };
        let cure = Cure::from(format!("did you mean `{lead} {format} {}`?", short(&body)));
        let cure = if self.rest.is_empty() {
            cure.put_at(self.line_end(), format!(" {format}"))
        } else {
            cure.put(format!("{format} {body}"))
        };
        Diagnostic::error(first.span(), "the format is missing").hint(cure)
    }

    /// Reads the pattern behind the mark; a FORMAT without one is any message of that format.
    pub(super) fn pattern(
        self,
        frames: FrameWords<'_>,
        told: &mut Vec<Diagnostic>,
    ) -> Option<Pattern> {
        if self.rest.is_empty() && !self.has_below() {
            return Some(Pattern::Any);
        }
        if let Some(wrong) = self.control_frame()
            && frames().is_empty()
        {
            told.push(wrong);
            return None;
        }
        let formatted = self.format(frames, told)?;
        if formatted.rest.is_empty() && !self.has_below() {
            return Some(match formatted.message {
                Some(message) => Pattern::Message(message),
                None => Pattern::Format(formatted.format),
            });
        }
        self.body(&formatted, told).map(Pattern::Body)
    }

    /// What is wrong where a control frame is named, and only messages are meant.
    fn control_frame(self) -> Option<Diagnostic> {
        let (word, _) = self.rest.word();
        let frame = ["ping", "pong", "close"]
            .into_iter()
            .find(|frame| *frame == word.text)?;
        let hint = if self.lead == "@never" {
            format!("to say that none comes, write `<- {frame}` with `-- none within 2s` below")
                .into()
        } else {
            let hint = format!("no step that waits for a message sees a {frame}: remove the line");
            Cure::from(hint).put_at(self.line.span(), "")
        };
        let message = format!(
            "`{}` concerns messages, and a {frame} is a control frame",
            self.lead
        );
        Some(Diagnostic::error(word.span(), message).hint(hint))
    }

    /// Reads the body behind a FORMAT.
    pub(super) fn body(
        self,
        formatted: &Formatted<'_>,
        told: &mut Vec<Diagnostic>,
    ) -> Option<Body> {
        let format = formatted.format;
        let mut below = self.below;
        if format == Format::Text && !formatted.rest.is_empty() {
            self.text_ended(told);
            below = &[];
        }
        let cooked = self.marks.cook(formatted.rest, below);
        if cooked.text().is_empty() && format != Format::Text {
            let example = match format {
                Format::Json => "json {}",
                Format::Xml => "xml <a/>",
                Format::Msgpack => "msgpack {}",
                Format::Cbor => "cbor {}",
                Format::Proto => "proto pkg.Type {}",
                _ => "binary \"\"",
            };
            let message = format!("nothing stands behind `{format}`");
            told.push(
                Diagnostic::error(self.line.span(), message)
                    .hint(format!("for instance `{} {example}`", self.lead)),
            );
            return None;
        }
        if let Some(misspelt) = file::misspelt(format, &cooked) {
            told.push(misspelt);
            return None;
        }
        let content = match file::content(&cooked, self.place, told) {
            Some(content) => content,
            None => content(format, &cooked, self.place, told)?,
        };
        let span = if cooked.text().is_empty() {
            formatted.rest.span()
        } else {
            cooked.whole()
        };
        Some(Body {
            format,
            message: formatted.message.clone(),
            content,
            span,
        })
    }

    /// A body on the step line ends there.
    fn text_ended(self, told: &mut Vec<Diagnostic>) {
        let hint = format!("put the whole text below a line `{} text`", self.lead);
        let message = "a `text` body on the step line ends there";
        stray::tell(self.below, self.marks, (message, &hint), told);
    }

    /// What stands on the line of a ping, pong or close ends there, too.
    pub(super) fn nothing_below(self, what: &str, told: &mut Vec<Diagnostic>) {
        let message = format!("a {what} has no body below its line");
        let hint = "remove this line, or send it as a message of its own: `-> text …`";
        stray::tell(self.below, self.marks, (&message, hint), told);
    }
}

fn content(
    format: Format,
    cooked: &Cooked,
    place: TemplatePlace,
    told: &mut Vec<Diagnostic>,
) -> Option<Content> {
    let before = told.len();
    match format {
        Format::Text => Some(text(cooked, place, told)),
        Format::Binary => bytes::content(cooked, place, told),
        Format::Json | Format::Msgpack | Format::Cbor | Format::Proto => {
            let template = template(cooked, Syntax::Json, place, told);
            told.extend(json::rests(&template));
            if errors(told, before) == 0 {
                told.extend(json::check(&template, &|_| None));
            }
            Some(Content::Plain(template))
        }
        Format::Xml => {
            let template = template(cooked, Syntax::Xml, place, told);
            if errors(told, before) == 0 {
                told.extend(xml::check(&template, &|_| None));
            }
            Some(Content::Plain(template))
        }
    }
}

/// A text as written, or what a JSON string literal spells, or several on lines of their own.
pub(super) fn text(cooked: &Cooked, place: TemplatePlace, told: &mut Vec<Diagnostic>) -> Content {
    let body = cooked.text();
    if body.starts_with(r"\@./") || body.starts_with(r"\@../") {
        return Content::Plain(template(&cooked.tail(1), Syntax::Plain, place, told));
    }
    // Literals below each other may be indented, as they are in a transcript.
    let several = body.trim_ascii().contains('\n');
    if body.starts_with('"') || several && body.trim_ascii_start().starts_with('"') {
        match literal(&cooked.trimmed(), place, told) {
            Ok(template) => return Content::Quoted(template),
            Err(fault) if fault.meant && body.starts_with('"') => {
                let message = format!(
                    "not a JSON string, so it is sent with its quotes: {}",
                    fault.why
                );
                let message = if place == TemplatePlace::Pattern {
                    message.replace("sent", "expected")
                } else {
                    message
                };
                told.push(
                    Diagnostic::warning(fault.span, message)
                        .hint(r#"a backslash in a JSON string is `\\`, a quote is `\"`"#),
                );
            }
            Err(_) => {}
        }
    }
    Content::Plain(template(cooked, Syntax::Plain, place, told))
}

/// What a ping, a pong or a close carries: a text on the line.
pub(super) fn payload(
    piece: Piece<'_>,
    place: TemplatePlace,
    told: &mut Vec<Diagnostic>,
) -> crate::script::Template {
    let cooked = Cooked::from(piece);
    if piece.text.starts_with('"')
        && let Ok(template) = literal(&cooked, place, told)
    {
        return template;
    }
    template::line(piece, place, told)
}

fn errors(told: &[Diagnostic], before: usize) -> usize {
    let new = told.get(before..).unwrap_or_default();
    new.iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count()
}
