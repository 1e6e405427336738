//! Plain HTTP requests: read strictly and within bounds, handled (`-- on POST /login`), and answered once. Each answer ends
//! its connection, so that nothing which follows a request is ever taken for another one (RFC 9112, 11.2).

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::accept::{ArrivedRequest, part_with};
use super::admission::AdmissionRules;
use super::clients::ConnectedClients;
use super::request_body::{RequestBody, too_large};
use super::request_match::{Matched, ReadBody, asked, judged, matched};
use crate::dial::Io;
use crate::format::Format;
use crate::format::media_type::content_type;
use crate::handshake::{
    BodyError, Framing, Refusal, header_values, read_body, reason_phrase, request_target,
    require_host, require_websocket, response_head,
};
use crate::interpreter::connection::Connection;
use crate::interpreter::context::{BlockContext, unfilled};
use crate::interpreter::handlers::{Handled, takes, tell_failed};
use crate::interpreter::lookahead::Lookahead;
use crate::interpreter::step_context::{StepContext, Stop};
use crate::interpreter::steps::run_handler;
use crate::protocol::{Direction, Ending, EventKind, Failure, Frame, Generated, Request, Response};
use crate::script::{CommonAction, Handler, Respond, Scope, Trigger};

/// How long a request's body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer may take to leave.
const ANSWERING: Duration = Duration::from_secs(30);

/// A request that is not answered yet: what is answered instead where no handler takes it.
type Unanswered = (Box<dyn Io>, Refusal);

/// Reads a request's body, handles the request and answers it.
pub(super) async fn answer(
    block: &Rc<BlockContext>,
    clients: &ConnectedClients,
    rules: &AdmissionRules,
    handled: &[Handled],
    arrival: ArrivedRequest,
) -> Result<(), Unanswered> {
    let ArrivedRequest {
        mut stream,
        head,
        mut buffer,
        ..
    } = arrival;
    let framing = match require_host(&head).and_then(|()| framing(&head)) {
        Ok(framing) => framing,
        Err(refusal) => return Err((stream, refusal)),
    };
    let limit = block.options.max_message;
    let expects = header_values(&head.headers, "Expect")
        .any(|value| value.trim().eq_ignore_ascii_case("100-continue"));
    let reading = async {
        let is_too_large = matches!(framing, Framing::Length(length) if length > limit as u64);
        // RFC 9110, 10.1.1: who would be refused anyway is not asked to send.
        if expects && head.minor > 0 && buffer.is_empty() && !is_too_large {
            let _ = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
        }
        read_body(&mut *stream, &mut buffer, framing, limit).await
    };
    let body = match timeout(PATIENCE, reading).await {
        Ok(Ok(body)) => body,
        Ok(Err(BodyError::TooLarge)) => return Err((stream, too_large(limit))),
        Ok(Err(BodyError::Malformed(why))) => {
            let sentence = format!("The request is malformed: {why}.");
            return Err((stream, Refusal::new(400, &sentence)));
        }
        Ok(Err(BodyError::Ended | BodyError::Failed(_))) => return Ok(()),
        Err(_) => {
            let sentence = "The body did not come in time.";
            return Err((stream, Refusal::new(408, sentence)));
        }
    };
    let body = match RequestBody::read(&head.headers, body, &block.options) {
        Ok(body) => body,
        Err(refusal) => return Err((stream, refusal)),
    };
    let (path, query) = request_target(&head.target);
    let socket = rules.path.matches(&path).is_some();
    let unhandled = socket.then(|| require_websocket(&head).err()).flatten();
    let request = Request {
        method: head.method,
        path,
        query,
        headers: head.headers,
        params: Vec::new(),
    };
    let exchange = HandledRequest {
        block,
        clients,
        rules,
        handled,
        request,
        body,
    };
    match exchange.handle().await {
        Some(HandlerAnswer::With(answer)) => {
            let _ = timeout(ANSWERING, stream.write_all(&answer)).await;
            part_with(stream, b"").await;
            Ok(())
        }
        // Dropping the stream cuts the line.
        Some(HandlerAnswer::Cut) => Ok(()),
        None => {
            let nothing = || Refusal::new(404, "There is nothing at this path.");
            Err((stream, unhandled.unwrap_or_else(nothing)))
        }
    }
}

fn framing(head: &crate::handshake::RequestHead) -> Result<Framing, Refusal> {
    Framing::of_request(head).map_err(|why| {
        let sentence = format!("The request is malformed: {why}.");
        Refusal::new(400, &sentence)
    })
}

/// What came of a handler.
enum HandlerAnswer {
    /// These bytes.
    With(Vec<u8>),
    /// `-- drop`
    Cut,
}

/// A request that has been read.
struct HandledRequest<'a> {
    block: &'a Rc<BlockContext>,
    clients: &'a ConnectedClients,
    rules: &'a AdmissionRules,
    /// What each of the script's handlers has done.
    handled: &'a [Handled],
    request: Request,
    body: Option<RequestBody>,
}

impl HandledRequest<'_> {
    /// Does the steps of the first handler that takes the request; `None` where none does.
    async fn handle(mut self) -> Option<HandlerAnswer> {
        let script = Rc::clone(&self.block.script);
        let handlers = script.handlers.iter().enumerate();
        let mut fitting: Vec<_> = handlers
            .filter_map(|(position, handler)| match &handler.trigger {
                Trigger::Request { method, path, .. } if *method == self.request.method => {
                    let params = path.matches(&self.request.path)?;
                    Some((position, handler, path, params))
                }
                _ => None,
            })
            .collect();
        fitting.sort_by(|(_, _, one, _), (_, _, other, _)| one.order(other));
        let number = self.block.arrival();
        for (position, handler, _, params) in fitting {
            self.request.params = params;
            // Two requests at a time do not see each other's values; what they keep is the block's.
            let scope = Rc::new(Scope::sharing(&self.block.environment.scope));
            let own = Connection::new(self.block, None, scope, Lookahead::default());
            own.set_request(Arc::new(self.request.clone()));
            let asked = asked(self.body.as_ref(), handler);
            let context = StepContext {
                message: asked.as_ref().map(|(frame, _)| frame),
                ..StepContext::of_handler(&own, self.clients)
            };
            let Some(Matched {
                kept,
                unpacked,
                open,
            }) = matched(context, handler)
            else {
                continue;
            };
            let read = asked.as_ref().map(|(frame, format)| {
                let frame = unpacked.unwrap_or_else(|| frame.clone());
                (frame, *format)
            });
            let handled = self.handled.get(position)?;
            let judged = judged(context, read.as_ref(), (number, open.clone()), handled);
            let context = StepContext {
                message: read.as_ref().map(|(frame, _)| frame),
                subject: Some(&judged),
                ..context
            };
            match takes(context, handler, kept, handled).await {
                Ok(false) => {}
                Ok(true) => {
                    handled.taken.set(handled.taken.get() + 1);
                    handled.last.replace(Some(judged.subject.clone()));
                    self.tell_request(number, read.as_ref());
                    self.block.tell_open(None, number, open);
                    let answer = self.run(context, handler).await;
                    self.tell_secrets_known();
                    return Some(answer);
                }
                Err(stop) => {
                    self.tell_request(number, read.as_ref());
                    let answer = self.failed(context, stop);
                    self.tell_secrets_known();
                    return Some(answer);
                }
            }
        }
        None
    }

    /// Tells that nothing of the request becomes a secret any more: until then it is not shown.
    fn tell_secrets_known(&self) {
        if !self.block.secrets.is_empty() {
            self.block.tell(None, EventKind::SecretsKnown { all: true });
        }
    }

    fn tell_request(&self, number: u64, body: Option<&ReadBody>) {
        let asked = EventKind::Requested {
            direction: Direction::Received,
            method: self.request.method.clone(),
            target: self.request.target(),
            kept: Vec::new(),
            headers: self.request.headers.clone(),
        };
        self.block.tell(None, asked);
        if let Some((frame, format)) = body {
            self.block.tell(
                None,
                EventKind::Body {
                    direction: Direction::Received,
                    number: Some(number),
                    // What was decoded says itself what it is.
                    format: format.filter(|_| !matches!(frame, Frame::Decoded(_))),
                    frame: frame.clone(),
                    generated: Vec::new(),
                },
            );
        }
    }

    async fn run(&self, context: StepContext<'_>, handler: &Handler) -> HandlerAnswer {
        let ends =
            |action: &CommonAction| matches!(action, CommonAction::Respond(_) | CommonAction::Drop);
        let last = handler.steps.iter().position(|step| ends(&step.action));
        let before = last.and_then(|last| handler.steps.get(..last));
        let before = before.unwrap_or(&handler.steps);
        if let Err(stop) = run_handler(context, before).await {
            return self.failed(context, stop);
        }
        let last = last.and_then(|last| handler.steps.get(last));
        let Some(CommonAction::Respond(respond)) = last.map(|step| &step.action) else {
            self.block
                .tell(None, EventKind::Disconnected(Ending::Dropped));
            return HandlerAnswer::Cut;
        };
        match self.filled(context, respond) {
            Ok((response, body)) => HandlerAnswer::With(self.response(response, body)),
            Err(failure) => self.failed(context, Stop::Failed(failure)),
        }
    }

    /// A handler that fails has an answer all the same.
    fn failed(&self, context: StepContext<'_>, stop: Stop) -> HandlerAnswer {
        tell_failed(context.connection, Err(stop));
        let response = Response {
            status: 500,
            reason: reason_phrase(500).to_owned(),
            headers: vec![type_header(Format::Text)],
        };
        let sentence = Frame::Text("The request could not be handled.".into());
        let body = OutgoingBody {
            frame: sentence,
            format: Format::Text,
            generated: Vec::new(),
        };
        HandlerAnswer::With(self.response(response, Some(body)))
    }

    fn filled(
        &self,
        context: StepContext<'_>,
        respond: &Respond,
    ) -> Result<(Response, Option<OutgoingBody>), Failure> {
        let mut headers = Vec::new();
        for header in &respond.headers {
            let value = context.text(&header.value)?;
            if value.contains(|c: char| c.is_control() && c != '\t') {
                let reason = format!("the value of `{}` has a line break in it", header.name);
                return Err(crate::interpreter::context::failure(header.span, reason));
            }
            headers.push((header.name.clone(), value.trim().to_owned()));
        }
        let body = match &respond.body {
            None => None,
            Some(body) => {
                let filled = context.fill().frame(body).map_err(unfilled)?;
                Some(OutgoingBody {
                    frame: filled.value,
                    format: body.format,
                    generated: filled.generated,
                })
            }
        };
        let all = headers.iter().chain(&self.rules.headers);
        let mut given = all.map(|(name, _)| name);
        if let Some(body) = &body
            && !given.any(|name| name.eq_ignore_ascii_case("Content-Type"))
        {
            headers.push(type_header(body.format));
        }
        let response = Response {
            status: respond.status,
            reason: reason_phrase(respond.status).to_owned(),
            headers,
        };
        Ok((response, body))
    }

    /// The bytes of an answer, which is told.
    fn response(&self, response: Response, body: Option<OutgoingBody>) -> Vec<u8> {
        let payload = body.as_ref().map_or(&[][..], |body| body.frame.wire());
        // RFC 9110, 8.6: these have none.
        let has_length = !matches!(response.status, 204 | 304);
        let length = has_length.then_some(payload.len());
        let mut bytes = response_head(&response, &self.rules.headers, length).into_bytes();
        let is_head = self.request.method == "HEAD";
        if !is_head {
            bytes.extend_from_slice(payload);
        }
        self.block.tell(
            None,
            EventKind::Responded {
                direction: Direction::Sent,
                response: Arc::new(response),
            },
        );
        if let Some(body) = body.filter(|_| !is_head) {
            self.block.tell(
                None,
                EventKind::Body {
                    direction: Direction::Sent,
                    number: None,
                    frame: body.frame,
                    format: Some(body.format),
                    generated: body.generated,
                },
            );
        }
        bytes
    }
}

fn type_header(format: Format) -> (String, String) {
    ("Content-Type".to_owned(), content_type(format).to_owned())
}

/// The body of an answer.
struct OutgoingBody {
    frame: Frame,
    format: Format,
    generated: Vec<Generated>,
}
