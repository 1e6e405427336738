//! HTTP in a server: `-- on POST /login`, and `-> HTTP 200` at its end.

use super::body::StepWords;
use super::call::TemplatePlace;
use super::lines::StepText;
use super::short::short;
use super::steps::Steps;
use super::stray;
use super::template::line as template;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::format::Format;
use crate::protocol::PathPattern;
use crate::script::options::is_token;
use crate::script::{
    CommonAction, Handler, HandlerStep, Header, Name, Outgoing, Pattern, Respond, Role, Script,
    Trigger,
};

/// Headers of an answer that follow from it.
const OWN: [(&str, &str); 4] = [
    ("Content-Length", "it follows from the body"),
    ("Transfer-Encoding", "the body is sent whole"),
    ("Connection", "each answer ends its connection"),
    ("Upgrade", "an opening handshake is answered by itself"),
];

/// Methods that are known, where one is not in upper case.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

/// What a request sets off, where the words behind `-- on` are its method and path.
pub(super) fn trigger(
    steps: &mut Steps<'_>,
    entry: &StepText<'_>,
    method: Piece<'_>,
    behind: Piece<'_>,
) -> Option<Trigger> {
    let (path, rest) = behind.word();
    if !is_request(method, path) {
        return None;
    }
    let upper = method.text.to_ascii_uppercase();
    let bare = path.is_empty();
    if steps.script.role != Role::Server {
        let message = "only a server answers HTTP requests";
        steps.tell(
            Diagnostic::error(method.span(), message).hint("it stands in a `/wss-server` block"),
        );
    } else if bare {
        let message = format!("the path is missing behind `{upper}`");
        let hint = format!("for instance `-- on {upper} /token`");
        steps.tell(Diagnostic::error(method.span(), message).hint(hint));
    } else if upper != method.text {
        let message = format!("the method `{}` is not in upper case", method.text);
        let hint =
            Cure::from(format!("write `-- on {upper} {}`", short(path.text))).put(upper.as_str());
        steps.tell(Diagnostic::error(method.span(), message).hint(hint));
    }
    let read = read_path(steps, path);
    let mut words = steps.words(entry, "-- on", TemplatePlace::Pattern);
    words.rest = rest;
    let frames = steps.words_behind("-- on");
    let body = words.pattern(&frames, steps.told);
    Some(Trigger::Request {
        method: upper,
        path: read.unwrap_or_default(),
        body: body.unwrap_or(Pattern::Any),
    })
}

/// Whether words are a method and a path, right or wrong.
pub(super) fn is_request(method: Piece<'_>, path: Piece<'_>) -> bool {
    let upper = method.text.to_ascii_uppercase();
    let is_method = is_token(method.text) && method.text.starts_with(|c: char| c.is_alphabetic());
    let meant = path.text.starts_with('/') && (upper == method.text || is_known(&upper));
    let bare = path.is_empty() && is_known(method.text);
    is_method && (meant || bare)
}

fn is_known(method: &str) -> bool {
    METHODS.contains(&method)
}

fn read_path(steps: &mut Steps<'_>, path: Piece<'_>) -> Option<PathPattern> {
    if let Some(at) = path.text.find(['?', '#']) {
        let message = "only the path of a request chooses its handler";
        let hint =
            Cure::from("remove what follows the path; the query is `$request.query`").put("");
        steps.tell(Diagnostic::error(path.from(at).span(), message).hint(hint));
        return None;
    }
    match PathPattern::parse(path.text) {
        Ok(read) => Some(read),
        Err(fault) => {
            let place = path.from(fault.range.start).to(fault.range.len());
            steps.tell(Diagnostic::error(place.span(), fault.reason).hint(fault.hint));
            None
        }
    }
}

/// `-> HTTP 200 json {…}`
pub(super) fn respond(steps: &mut Steps<'_>, entry: &StepText<'_>, _: Option<Name>) {
    if steps.misplaced {
        return;
    }
    let handled = steps.script.handlers.last().map(|handler| &handler.trigger);
    if !matches!(handled, Some(Trigger::Request { .. })) {
        let message = "`-> HTTP` answers a request, and none is handled here";
        let hint = "it stands below `-- on GET /path`";
        return steps.tell(Diagnostic::error(entry.line.whole.span(), message).hint(hint));
    }
    let (_, rest) = entry.line.rest.word();
    let (word, rest) = rest.word();
    let status = word
        .text
        .parse::<u16>()
        .ok()
        .filter(|_| word.text.len() == 3);
    let Some(status) = status.filter(|status| (200..=599).contains(status)) else {
        let (place, message) = if word.is_empty() {
            (entry.line.whole, "the status is missing".to_owned())
        } else {
            let message = format!("`{}` is not the status of an answer", short(word.text));
            (word, message)
        };
        let hint = "a status is a number from 200 to 599: `-> HTTP 200`";
        return steps.tell(Diagnostic::error(place.span(), message).hint(hint));
    };
    let (headers, below) = split(steps, entry, rest);
    let mut words = steps.words(entry, "-> HTTP", TemplatePlace::Send);
    words.rest = rest;
    words.below = below;
    let before = steps.told.len();
    let body = body(steps, words);
    if let Some(body) = &body
        && matches!(status, 204 | 205 | 304)
    {
        let message = format!("an answer with the status {status} has no body");
        steps.tell(
            Diagnostic::error(body.span, message).hint("remove the body, or write another status"),
        );
    }
    if steps
        .told
        .get(before..)
        .is_some_and(|new| new.iter().any(Diagnostic::is_error))
    {
        return;
    }
    let respond = Respond {
        status,
        headers,
        body,
    };
    steps.push(None, CommonAction::Respond(respond), entry.line.whole);
}

/// The header lines below an answer, and the lines of its body.
fn split<'a>(
    steps: &mut Steps<'_>,
    entry: &'a StepText<'a>,
    rest: Piece<'a>,
) -> (Vec<Header>, &'a [Piece<'a>]) {
    let (format, inline) = rest.word();
    let below = entry.below.as_slice();
    let lines = below
        .iter()
        .take_while(|line| colon(**line).is_some())
        .count();
    let (headers, below) = below.split_at_checked(lines).unwrap_or((&[], below));
    let headers = headers
        .iter()
        .filter_map(|line| header(steps, *line))
        .collect();
    let is_text = |word: &str| word == Format::Text.word() || word == Format::Binary.word();
    let first = below.first().filter(|line| !line.is_blank());
    if !inline.is_empty() || format.is_empty() {
        let message = "the line belongs to no header and no body";
        let hint = if format.is_empty() {
            "a body needs its FORMAT: `-> HTTP 200 json`, and the body below"
        } else {
            "a body on the step line ends there: put the whole body below it"
        };
        stray::tell(below, steps.marks, (message, hint), steps.told);
        return (headers, &[]);
    }
    if let Some(first) = first
        && is_text(format.text)
    {
        let message = "the line is not a header";
        let hint = "a header is `Name: value`; a body comes after a blank line";
        steps.tell(Diagnostic::error(first.span(), message).hint(hint));
    }
    (headers, below)
}

fn header(steps: &mut Steps<'_>, line: Piece<'_>) -> Option<Header> {
    let (name, value) = colon(line)?;
    let own = OWN
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name.text));
    if let Some((own, why)) = own {
        let message = format!("`{own}` is made for each answer: {why}");
        steps.tell(Diagnostic::error(name.span(), message).hint("remove the line"));
        return None;
    }
    Some(Header {
        who: None,
        name: name.text.to_owned(),
        value: template(value, TemplatePlace::Send, steps.told),
        span: line.span(),
    })
}

/// Name and value of a header line.
pub(super) fn colon(line: Piece<'_>) -> Option<(Piece<'_>, Piece<'_>)> {
    let line = line.trim();
    let at = line.text.find(':')?;
    let (name, value) = (line.to(at), line.from(at + 1));
    is_token(name.text).then(|| (name, value.trim()))
}

fn body(steps: &mut Steps<'_>, words: StepWords<'_>) -> Option<crate::script::Body> {
    if words.rest.is_empty() {
        return None;
    }
    let formatted = words.format(&Vec::new, steps.told)?;
    words.body(&formatted, steps.told)
}

/// Tells of handlers of requests that do not answer, or not once, and of requests that are handled twice.
pub(super) fn check(script: &Script, told: &mut Vec<Diagnostic>) {
    for (at, (handler, method, path)) in script.requests().enumerate() {
        for (step, behind) in handler.steps.iter().zip(1..) {
            told.extend(misdirected(step));
            let ends = matches!(step.action, CommonAction::Respond(_) | CommonAction::Drop);
            if let Some(next) = handler.steps.get(behind).filter(|_| ends) {
                let message = "nothing follows the answer to a request";
                let hint = "move the line above `-> HTTP`, or remove it";
                told.push(Diagnostic::error(next.span, message).hint(hint));
                break;
            }
        }
        let last = handler.steps.last().map(|step| &step.action);
        if !matches!(last, Some(CommonAction::Respond(_) | CommonAction::Drop))
            && !is_told_of(script, handler, told)
        {
            let message = "the request is not answered";
            let hint = "end the handler with an answer, such as `-> HTTP 200 json {}`";
            told.push(Diagnostic::error(handler.span, message).hint(hint));
        }
        let mut earlier = script.requests().take(at);
        if *path != PathPattern::default()
            && earlier.any(|(earlier, other, its)| {
                other == method && its.is_same(path) && earlier.takes_all()
            })
        {
            let message = format!("`{method}` of this path is handled above already");
            let hint = "remove one of the two handlers";
            told.push(Diagnostic::error(handler.span, message).hint(hint));
        }
    }
}

/// Whether something is wrong with a handler or its steps already.
fn is_told_of(script: &Script, handler: &Handler, told: &[Diagnostic]) -> bool {
    let starts = script.handlers.iter().map(|other| other.span.start);
    let end = starts.filter(|start| *start > handler.span.start).min();
    let here = handler.span.start..end.unwrap_or(usize::MAX);
    let mut errors = told.iter().filter(|told| told.is_error());
    errors.any(|told| here.contains(&told.span.start))
}

/// A message without a receiver: who asks over HTTP is no client.
fn misdirected(step: &HandlerStep) -> Option<Diagnostic> {
    let CommonAction::Send(send) = &step.action else {
        return None;
    };
    let (message, hint) = match step.who.as_ref().map(|who| who.text.as_str()) {
        None => (
            "a request over HTTP gets an answer, and no message",
            "write `-> HTTP 200 …`; a message goes to `all` or to a client by name: `all -> …`"
                .into(),
        ),
        Some("others") => (
            "who asks over HTTP is none of the clients, so there are no others",
            Cure::from("write `all`").put("all"),
        ),
        Some(_) => return None,
    };
    let place = match (&step.who, &send.what) {
        (Some(who), _) => who.span,
        (None, Outgoing::Echo(span)) => *span,
        (None, _) => step.span,
    };
    Some(Diagnostic::error(place, message).hint(hint))
}

/// The path whose `{name}`s a step can insert: its handler's, or the socket's.
pub(super) fn path_at(script: &Script, handler: Option<&Handler>) -> Option<PathPattern> {
    match handler.map(|handler| &handler.trigger) {
        Some(Trigger::Request { path, .. }) => Some(path.clone()),
        _ => script.socket_path(),
    }
}
