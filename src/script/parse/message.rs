//! What stands behind `->` and `<-`: messages, pings, pongs, closes, refused handshakes.

use super::body::{FrameWords, StepWords, payload};
use super::call::TemplatePlace;
use super::drop;
use super::short::short;
use super::template::{self, opening};
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::protocol::may_travel;
use crate::script::{Call, Expected, Outgoing, Part, Role, StatusPattern, Template};
use crate::source::Span;

/// The most bytes that a control frame carries (RFC 6455, 5.5), and a close beside its code.
const MOST_DATA: usize = 125;
const MOST_REASON: usize = 123;

/// Reads what stands behind `->`; `frames` are the words that may stand there besides a FORMAT.
pub(super) fn send(
    words: StepWords<'_>,
    frames: FrameWords<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Outgoing> {
    let (word, rest) = words.rest.word();
    match word.text {
        "ping" => return Some(Outgoing::Ping(data(words, "ping", rest, told))),
        "pong" => return Some(Outgoing::Pong(data(words, "pong", rest, told))),
        "close" => {
            let (code, reason) = close(words, rest, told)?;
            if let Some((code, span)) = code.filter(|(code, _)| !may_travel(*code)) {
                let step = words.mark().join(word.span()).join(rest.span());
                told.push(cannot_be_sent(code, span, step));
            }
            return Some(Outgoing::Close {
                code: code.map_or(1000, |(code, _)| code),
                reason: reason.unwrap_or_else(|| nothing(rest)),
            });
        }
        "HTTP" => {
            let message = "an answer to the handshake is expected, not sent";
            let cure = Cure::from("did you mean `<- HTTP …`?").put_at(words.mark(), "<-");
            told.push(Diagnostic::error(word.span(), message).hint(cure));
            return None;
        }
        "drop" => {
            let message = "a drop cuts the connection, and is not sent";
            let cure = Cure::from("did you mean `-- drop`?").put_at(words.mark(), "--");
            told.push(Diagnostic::error(word.span(), message).hint(cure));
            return None;
        }
        _ => {}
    }
    if let Some(span) = echo(words) {
        return Some(Outgoing::Echo(span));
    }
    let formatted = words.format(frames, told)?;
    words.body(&formatted, told).map(Outgoing::Message)
}

/// Reads what stands behind `<-`, except `HTTP`.
pub(super) fn expect(
    words: StepWords<'_>,
    frames: FrameWords<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Expected> {
    let (word, rest) = words.rest.word();
    match word.text {
        "ping" => Some(Expected::Ping(given(data(words, "ping", rest, told)))),
        "pong" => Some(Expected::Pong(given(data(words, "pong", rest, told)))),
        "close" => {
            let (code, reason) = close(words, rest, told)?;
            if let Some((code, span)) = code.filter(|(code, _)| !may_travel(*code)) {
                told.push(cannot_come(code, span, word.span().join(rest.span())));
            }
            let code = code.map(|(code, _)| code);
            Some(Expected::Close { code, reason })
        }
        "drop" => drop::read(words, rest, told),
        _ => words.pattern(frames, told).map(Expected::Message),
    }
}

/// Reads the status behind `<- HTTP`.
pub(super) fn status(words: StepWords<'_>, told: &mut Vec<Diagnostic>) -> Option<StatusPattern> {
    let (_, rest) = words.rest.word();
    let (word, behind) = rest.word();
    let is_request = words.marks.role == Role::Http;
    let what = if is_request {
        "status"
    } else {
        "refused handshake"
    };
    words.nothing_below(what, told);
    if let Some(class) = class(word.text).filter(|_| behind.is_empty()) {
        return Some(StatusPattern::Class(class));
    }
    let tell =
        |span: Span, message: String, cure: Cure| Some(Diagnostic::error(span, message).hint(cure));
    let status = word.text.parse::<u16>().ok();
    let wrong = match status {
        _ if word.is_empty() => tell(
            words.line.span(),
            "the status is missing".into(),
            "for instance `<- HTTP 401`".into(),
        ),
        Some(100..=199) if is_request => tell(
            word.span(),
            format!("{} is not the last answer to a request", word.text),
            "a status is a number from 200 to 599: `<- HTTP 200`".into(),
        ),
        Some(101) => tell(
            word.span(),
            "101 means that the handshake is accepted".into(),
            Cure::from("remove the line: it is what happens otherwise")
                .put_at(words.line.span(), ""),
        ),
        Some(100..=599) if behind.is_empty() => None,
        Some(status @ 100..=599) => tell(
            behind.span(),
            "something stands behind the status".into(),
            Cure::from(format!(
                "write `<- HTTP {status}`; what else came is judged by `-- check`"
            ))
            .put(""),
        ),
        _ if class(word.text).is_some() => tell(
            behind.span(),
            "something stands behind the status".into(),
            Cure::from(format!("write `<- HTTP {}`", word.text)).put(""),
        ),
        _ => tell(
            word.span(),
            format!("`{}` is not an HTTP status", short(word.text)),
            match meant_class(word.text).filter(|_| behind.is_empty()) {
                Some(class) => Cure::from(format!(
                    "`<- HTTP {class}xx` takes any that begins with {class}"
                ))
                .put(format!("{class}xx")),
                None => "a status is a number from 100 to 599: `<- HTTP 401`".into(),
            },
        ),
    };
    told.extend(wrong);
    let status = status.filter(|status| (100..=599).contains(status) && *status != 101);
    status.map(StatusPattern::Is)
}

/// The digit of `2xx`, of all classes that an answer can have.
fn class(word: &str) -> Option<u16> {
    let digit = word
        .strip_suffix("xx")
        .or_else(|| word.strip_suffix("XX"))?;
    let digit = digit.parse().ok()?;
    (2..=5).contains(&digit).then_some(digit)
}

/// The digit of what looks like a class of statuses: `2x`, `20x`, `2**`.
fn meant_class(word: &str) -> Option<char> {
    let (first, rest) = (word.chars().next()?, word.get(1..)?);
    let stands_for_any = |c: char| matches!(c, 'x' | 'X' | '*' | '?' | '.');
    let is_class = (1..=2).contains(&rest.len())
        && rest
            .chars()
            .all(|c| stands_for_any(c) || c.is_ascii_digit())
        && rest.contains(stands_for_any);
    (matches!(first, '2'..='5') && is_class).then_some(first)
}

/// `{{$message}}` as the whole body, with no FORMAT.
fn echo(words: StepWords<'_>) -> Option<Span> {
    let lines = std::iter::once(&words.rest).chain(words.below);
    let first = lines
        .map(|line| line.trim())
        .find(|line| !line.is_empty())?;
    if !first.text.starts_with("{{$message") {
        return None;
    }
    let cooked = words.cook(words.rest).trimmed();
    let (placeholder, end) = template::read(&cooked, 0, TemplatePlace::Send).ok()?;
    let whole = end == cooked.text().len() && placeholder.keep.is_none();
    let message = matches!(placeholder.call, Call::Message(path) if path.is_empty());
    (whole && message).then_some(placeholder.span)
}

/// The data of a ping or pong.
fn data(words: StepWords<'_>, what: &str, rest: Piece<'_>, told: &mut Vec<Diagnostic>) -> Template {
    words.nothing_below(what, told);
    let data = payload(rest, words.place, told);
    too_long(&data, MOST_DATA, &format!("the data of a {what}"), told);
    data
}

type CloseParts = (Option<(u16, Span)>, Option<Template>);

fn close(words: StepWords<'_>, rest: Piece<'_>, told: &mut Vec<Diagnostic>) -> Option<CloseParts> {
    words.nothing_below("close", told);
    let (word, behind) = rest.word();
    if word.is_empty() {
        return Some((None, None));
    }
    let Ok(code) = word.text.parse::<u16>() else {
        told.push(no_code(words.lead, word, rest));
        return None;
    };
    let reason = (!behind.is_empty()).then(|| payload(behind, words.place, told));
    if let Some(reason) = &reason {
        too_long(reason, MOST_REASON, "the reason of a close", told);
    }
    Some((Some((code, word.span())), reason))
}

fn no_code(lead: &str, word: Piece<'_>, rest: Piece<'_>) -> Diagnostic {
    if word.text.chars().all(|next| next.is_ascii_digit()) {
        let message = format!("`{}` is not a close code", short(word.text));
        return Diagnostic::error(word.span(), message).hint(format!("codes are {CODES}"));
    }
    if opening(word.text).is_some() {
        return Diagnostic::error(word.span(), "a close code is written as a number")
            .hint(format!("for instance `{lead} close 1000`"));
    }
    let sentence = format!("write `{lead} close 1000 {}`", short(rest.text));
    let cure = Cure::from(sentence).put_at(Span::at(word.at), "1000 ");
    Diagnostic::error(word.span(), "a reason without a code").hint(cure)
}

/// The codes that a close frame may carry, for the reader.
const CODES: &str = "1000–1003, 1007–1014 and 3000–4999";

/// Why no close frame carries a code, where there is more to say than that it is reserved (RFC 6455, 7.4.1).
fn stands_for(code: u16) -> Option<&'static str> {
    Some(match code {
        1005 => "a close frame without a code",
        1006 => "an end without a close frame",
        1015 => "a TLS handshake that failed",
        _ => return None,
    })
}

fn cannot_be_sent(code: u16, span: Span, step: Span) -> Diagnostic {
    let message = match stands_for(code) {
        Some(meaning) => format!("close code {code} may not be sent: it stands for {meaning}"),
        None => format!("close code {code} may not be sent"),
    };
    let hint = match code {
        1006 => Cure::from("`-- drop` cuts the connection without a close frame")
            .put_at(step, "-- drop"),
        _ => format!("codes that may be sent are {CODES}").into(),
    };
    Diagnostic::error(span, message).hint(hint)
}

fn cannot_come(code: u16, span: Span, close: Span) -> Diagnostic {
    let message = match stands_for(code) {
        Some(meaning) => format!("no close frame may carry {code}: it stands for {meaning}"),
        None => format!("no close frame may carry the code {code}"),
    };
    let hint = match code {
        1005 => Cure::from("write `<- close` and `-- check .code == null`")
            .put_at(close, "close\n-- check .code == null"),
        1006 | 1015 => Cure::from("write `<- drop`").put_at(close, "drop"),
        _ => format!("codes that can come are {CODES}").into(),
    };
    Diagnostic::error(span, message).hint(hint)
}

fn too_long(template: &Template, most: usize, what: &str, told: &mut Vec<Diagnostic>) {
    let length: usize = template
        .parts
        .iter()
        .map(|part| match part {
            Part::Literal(text, _) => text.len(),
            Part::Placeholder(_) => 0,
        })
        .sum();
    if length > most {
        let message = format!("{what} is {length} bytes long");
        let hint = format!("a control frame has room for {most}");
        told.push(Diagnostic::error(template.span, message).hint(hint));
    }
}

fn nothing(rest: Piece<'_>) -> Template {
    Template {
        parts: Vec::new(),
        span: rest.span(),
    }
}

fn given(template: Template) -> Option<Template> {
    // A literal that spells nothing is something to expect; nothing at all is not.
    (!template.parts.is_empty() || !template.span.is_empty()).then_some(template)
}
