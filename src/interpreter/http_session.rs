//! Runs a `/http` block: asks, follows redirects, judges the answer, and asks again where that is safe.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::connect::{compute_lets, headers_of, url_of};
use super::connection::{Arrived, Connection, OutgoingFrame, decode_message};
use super::context::{BlockContext, failure};
use super::expectation::Expectation;
use super::frame_test::readable;
use super::http_body::as_frame;
use super::judge::judge;
use super::judged_subject::{JudgedSubject, format_expected};
use super::lookahead::Lookahead;
use super::send::frame_of;
use super::step_context::{Participants, StepContext, Stop};
use super::steps::act;
use super::unmet::short;
use crate::format::Format;
use crate::format::media_type::{content_type, format_of};
use crate::handshake::header_values;
use crate::http::{HttpBody, HttpRequest};
use crate::protocol::{Bytes, EventKind, Failure, FailureKind, Handshake, Response};
use crate::script::{Action, CommonAction, Expect, Name, Step};
use crate::source::Span;

/// Methods of which a second request does no more than the first (RFC 9110, 9.2.2).
const SAFE_AGAIN: [&str; 5] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

/// Runs the block; whether an interrupt has cut it. What goes wrong is told as an event.
pub(super) async fn run(block: &Rc<BlockContext>) -> bool {
    let session = HttpSession::new(block);
    tokio::select! {
        biased;
        asked = session.ask_until_met() => {
            if let Err(failure) = asked {
                block.fail(None, failure);
            }
            false
        }
        failure = block.past_deadline() => {
            block.fail(None, failure);
            false
        }
        () = block.interrupted() => {
            block.fail(None, failure(block.script.url.span, "interrupted"));
            true
        }
    }
}

/// A request has no other connection beside it.
struct Alone;

impl Participants for Alone {
    fn reached(&self, own: &Rc<Connection>, _: Option<&Name>) -> Vec<Rc<Connection>> {
        vec![Rc::clone(own)]
    }

    fn count(&self) -> Option<usize> {
        None
    }
}

pub(super) struct HttpSession<'a> {
    pub(super) block: &'a BlockContext,
    /// What steps are run in; nothing is ever open on it.
    connection: Rc<Connection>,
    /// Values in the URL that were kept under names.
    pub(super) kept: RefCell<Vec<String>>,
}

/// An attempt that failed.
pub(super) struct FailedAttempt {
    pub(super) failure: Failure,
    /// Whether every other would fail in the same way.
    pub(super) is_lasting: bool,
}

impl From<Failure> for FailedAttempt {
    fn from(failure: Failure) -> Self {
        let is_lasting = true;
        Self {
            failure,
            is_lasting,
        }
    }
}

/// What came.
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) body: Bytes,
    pub(super) took: Duration,
    /// The time since it was asked for, with what dialling took.
    pub(super) waited: Duration,
}

impl<'a> HttpSession<'a> {
    fn new(block: &'a Rc<BlockContext>) -> Self {
        let scope = Rc::clone(&block.environment.scope);
        let lookahead = Lookahead::of(&block.script.steps, None);
        Self {
            block,
            connection: Connection::new(block, None, scope, lookahead),
            kept: RefCell::default(),
        }
    }

    pub(super) fn context(&self) -> StepContext<'_> {
        StepContext::of(&self.connection, &Alone)
    }

    /// Asks, and again as long as `@retry` says and nothing is done twice by that.
    async fn ask_until_met(&self) -> Result<(), Failure> {
        let method = self.method();
        let retry = self.block.options.retry;
        let mut attempts = retry.map_or(0, |retry| retry.times);
        loop {
            let sent = Cell::new(false);
            let Err(failed) = self.attempt(&sent).await else {
                if !self.block.secrets.is_empty() {
                    self.block.tell(None, EventKind::SecretsKnown { all: true });
                }
                return Ok(());
            };
            let is_safe = !sent.get() || SAFE_AGAIN.contains(&method);
            if attempts == 0 || failed.is_lasting || !is_safe {
                return Err(failed.failure);
            }
            attempts -= 1;
            self.block.tell(
                None,
                EventKind::Retrying {
                    reason: failed.failure.reason,
                },
            );
            sleep(retry.map(|retry| retry.pause).unwrap_or_default()).await;
        }
    }

    fn method(&self) -> &str {
        let method = self.block.script.method.as_ref();
        method.map_or("GET", |method| &method.text)
    }

    async fn attempt(&self, sent: &Cell<bool>) -> Result<(), FailedAttempt> {
        let steps = &self.block.script.steps;
        let is_expected =
            |step: &Step| matches!(step.action, Action::Http { .. } | Action::Expect(_));
        let at = steps.iter().position(is_expected).unwrap_or(steps.len());
        let (before, after) = steps.split_at_checked(at).unwrap_or((steps, &[]));
        compute_lets(self.context()).await?;
        let mut body = None;
        for step in before {
            match &step.action {
                Action::Common(CommonAction::Send(message)) => {
                    body = Some(frame_of(self.context(), &message.what, step.span)?);
                }
                Action::Common(action) => self.act(action, step.span).await?,
                _ => {}
            }
        }
        let request = self.request(body.as_ref())?;
        let answer = self.ask(request, body, after, sent).await?;
        let answered = self.answered(after, answer).await;
        answered.map_err(|failure| FailedAttempt {
            failure,
            is_lasting: false,
        })
    }

    /// The answer has come: it is told, and judged by the steps and by `@schema`.
    async fn answered(&self, expected: &[Step], answer: Answer) -> Result<(), Failure> {
        let arrived = self.arrive(expected, &answer)?;
        let judged = self.judge(expected, &arrived, answer).await;
        let invalid = self.block.invalid(&readable(&arrived.frame));
        Failure::first(judged.err().into_iter().chain(invalid).collect())
    }

    /// What is done besides asking and judging.
    async fn act(&self, action: &CommonAction, span: Span) -> Result<(), Failure> {
        match act(self.context(), None, action, span).await {
            Ok(()) | Err(Stop::Gone) => Ok(()),
            Err(Stop::Failed(failure) | Stop::MemberMissing(failure)) => Err(failure),
        }
    }

    fn request(&self, body: Option<&OutgoingFrame>) -> Result<HttpRequest, Failure> {
        let context = self.context();
        let script = &self.block.script;
        let (url, kept) = url_of(context, &script.url)?;
        self.kept.replace(kept);
        let headers = headers_of(context)?;
        let body = body.map(|body| HttpBody {
            bytes: body.frame.clone().on_wire().into_payload(),
            content_type: content_type(body.format.unwrap_or(Format::Text)),
        });
        Ok(HttpRequest {
            method: self.method().to_owned(),
            url,
            headers,
            cookies: None,
            body,
        })
    }

    /// Judges the answer by the steps that expect it; without `<- HTTP` any 2xx will do.
    async fn judge(
        &self,
        expected: &[Step],
        arrived: &Arrived,
        answer: Answer,
    ) -> Result<(), Failure> {
        let handshake = Arc::new(Handshake {
            body: answer.body.clone(),
            ..answer.response.clone().into()
        });
        self.connection.set_handshake(Arc::clone(&handshake));
        let is_judged = |step: &Step| matches!(step.action, Action::Http { .. });
        if !expected.iter().any(is_judged) && answer.response.status / 100 != 2 {
            return Err(self.refused(&answer.response));
        }
        for step in expected {
            match &step.action {
                Action::Http {
                    status, judgements, ..
                } => {
                    if !status.fits(answer.response.status) {
                        let came = answer.response.status_line();
                        let reason = format!("the answer is {came}, not {status}");
                        return Err(failure(step.span, reason).of_kind(FailureKind::Mismatch));
                    }
                    let deadline = Instant::now() + self.block.options.timeout;
                    if let Some(measure) = &self.block.environment.measure {
                        measure.met(step.span, answer.waited);
                    }
                    let handshake = Arc::clone(&handshake);
                    let subject = JudgedSubject::handshake(handshake, answer.took, deadline);
                    judge(self.context(), judgements, &subject).await?;
                }
                Action::Expect(expect) => {
                    let asked = arrived.at.saturating_sub(answer.waited);
                    self.expect(expect, step.span, arrived, asked).await?;
                }
                Action::Common(action) => self.act(action, step.span).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The body as a message that has arrived, which is told unless it is empty.
    fn arrive(&self, expected: &[Step], answer: &Answer) -> Result<Arrived, Failure> {
        let wanted = expected.iter().find_map(|step| match &step.action {
            Action::Expect(expect) => format_expected(&expect.what),
            _ => None,
        });
        let mut kinds = header_values(&answer.response.headers, "Content-Type");
        let kind = kinds.next().and_then(format_of);
        let frame = as_frame(&answer.body, wanted, kind);
        let frame = decode_message(frame, &self.block.options)
            .map_err(|why| failure(self.block.option_span("max-message"), why))?;
        let at = self.block.now();
        let number = self.block.arrival();
        if !answer.body.is_empty() {
            let kind = EventKind::Received {
                number,
                frame: frame.clone(),
                ignored: false,
                round_trip: None,
                wire: None,
            };
            self.block.emit(at, None, kind, None);
        }
        Ok(Arrived {
            at,
            number,
            frame,
            wire: None,
        })
    }

    /// `<- FORMAT PATTERN`
    async fn expect(
        &self,
        expect: &Expect,
        span: Span,
        arrived: &Arrived,
        asked: Duration,
    ) -> Result<(), Failure> {
        let expectation = Expectation::new(self.context(), expect, span)?;
        let mut expectation = expectation.waiting_since(asked);
        let reading = readable(&arrived.frame);
        if let Some(matched) = expectation.test_frame(arrived, &reading).await? {
            return expectation.settle(matched, true).await;
        }
        let short = short(&expectation, 0, "in the answer").await;
        Err(short.of_kind(FailureKind::Mismatch))
    }

    fn refused(&self, response: &Response) -> Failure {
        let reason = format!("the answer is {}", response.status_line());
        let mut failure =
            failure(self.block.script.url.span, reason).of_kind(FailureKind::Mismatch);
        let expected = format!("`<- HTTP {}` expects it", response.status);
        let location = header_values(&response.headers, "Location").next();
        failure.hint = Some(match location {
            Some(location) if response.status / 100 == 3 => {
                format!("it points to {location}: `@follow 5` goes there; {expected}")
            }
            _ => expected,
        });
        failure
    }
}
