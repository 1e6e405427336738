//! Asks for a `/http` block: one request after the other as redirects lead, each with its whole answer. Knows nothing of
//! what is expected of the last one.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::connect::{not_in_time, route_of, tell_insecure, unreached};
use super::connection::OutgoingFrame;
use super::context::failure;
use super::cookies::{cookies_for, keep_cookies};
use super::http_session::{Answer, FailedAttempt, HttpSession};
use crate::dial::{Endpoint, Io};
use crate::http::{HttpRequest, exchange, redirected};
use crate::protocol::{ConnectError, Direction, EventKind, Failure, FailureKind, Response, Url};
use crate::script::{Action, Setting, Step, format_duration};
use crate::source::Span;

impl HttpSession<'_> {
    /// Asks, and follows redirects.
    pub(super) async fn ask(
        &self,
        mut request: HttpRequest,
        mut body: Option<OutgoingFrame>,
        expected: &[Step],
        sent: &Cell<bool>,
    ) -> Result<Answer, FailedAttempt> {
        let follow = self.block.options.follow;
        let mut followed = 0;
        loop {
            let answer = self.hop(&mut request, body.take(), expected, sent).await?;
            if follow == 0 {
                return Ok(answer);
            }
            let next = redirected(&request, &answer.response);
            match next.map_err(|error| self.network_failure(error))? {
                None => return Ok(answer),
                Some(_) if followed == follow => {
                    let reason = format!(
                        "the answer is {}: one more redirect than `@follow {follow}` allows",
                        answer.response.status_line()
                    );
                    let span = self.block.option_span("follow");
                    let failure = failure(span, reason).of_kind(FailureKind::Mismatch);
                    return Err(self.passing(failure));
                }
                Some(next) => {
                    followed += 1;
                    request = next;
                }
            }
        }
    }

    /// One request, and its whole answer.
    async fn hop(
        &self,
        request: &mut HttpRequest,
        body: Option<OutgoingFrame>,
        expected: &[Step],
        sent: &Cell<bool>,
    ) -> Result<Answer, FailedAttempt> {
        let url = request.url().map_err(|error| self.network_failure(error))?;
        request.cookies = cookies_for(self.block, &url);
        self.block.tell(
            None,
            EventKind::Requested {
                direction: Direction::Sent,
                method: request.method.clone(),
                target: (self.block.environment.shown_url)(&request.url),
                headers: request.fields(&url),
                kept: self.kept.borrow().clone(),
            },
        );
        let asked = self.block.now();
        let stream = self.dial(&url).await?;
        sent.set(true);
        if let Some(body) = body {
            let kind = EventKind::Sent {
                frame: body.frame,
                format: body.format,
                generated: body.generated,
                ignored: false,
                wire: None,
            };
            self.block.emit(self.block.now(), None, kind, body.step);
        }
        let began = self.block.now();
        let heard = Cell::new(false);
        let hear = |response: &Response| {
            heard.set(true);
            if let Some(measure) = &self.block.environment.measure {
                measure.opened(self.block.now().saturating_sub(asked));
            }
            keep_cookies(self.block, None, &url, &response.headers);
            self.block.tell(
                None,
                EventKind::Responded {
                    direction: Direction::Received,
                    response: Arc::new(response.clone()),
                },
            );
        };
        let limit = self.block.options.max_message;
        let (bound, within) = self.bound(expected)?;
        match timeout(bound, exchange(stream, request, limit, hear)).await {
            Ok(Ok((response, body))) => Ok(Answer {
                response,
                body,
                took: self.block.now().saturating_sub(began),
                waited: self.block.now().saturating_sub(asked),
            }),
            Ok(Err(error)) => {
                let failure = self.failure_of(error).of_kind(FailureKind::Closed);
                Err(self.passing(failure))
            }
            Err(_) => {
                let what = if heard.get() {
                    "the body of the answer was not complete"
                } else {
                    "there was no answer"
                };
                let reason = format!("{what} within {}", format_duration(bound));
                let (place, option) = match within {
                    Some(step) => (step, "-- within"),
                    None => (self.block.option_span("timeout"), "@timeout"),
                };
                let mut failure = failure(place, reason).of_kind(FailureKind::Timeout);
                failure.hint = Some(format!("`{option} 30s` waits longer"));
                Err(self.passing(failure))
            }
        }
    }

    async fn dial(&self, url: &Url) -> Result<Box<dyn Io>, FailedAttempt> {
        tell_insecure(self.context(), url);
        let bound = self.block.options.connect_timeout;
        let endpoint = Endpoint::of(url, route_of(self.block));
        let dialled = self.block.environment.dial.dial(&endpoint);
        let error = match timeout(bound, dialled).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error,
            Err(_) => {
                let failed = self.network_failure(not_in_time(bound));
                return Err(FailedAttempt {
                    failure: failed.failure.of_kind(FailureKind::Timeout),
                    ..failed
                });
            }
        };
        Err(self.network_failure(error))
    }

    /// How long the whole answer may take, and the step that says so.
    fn bound(&self, expected: &[Step]) -> Result<(Duration, Option<Span>), Failure> {
        let within = expected.iter().rev().find_map(|step| {
            let within: Option<&Setting<Duration>> = match &step.action {
                Action::Http { within, .. } => within.as_ref(),
                Action::Expect(expect) => expect.within.as_ref(),
                _ => None,
            };
            Some((within?, step.span))
        });
        match within {
            Some((within, step)) => Ok((self.context().duration(within)?, Some(step))),
            None => Ok((self.block.options.timeout, None)),
        }
    }

    fn failure_of(&self, error: ConnectError) -> Failure {
        let place = match error.option {
            Some(option) => self.block.option_span(option),
            None => self.block.script.url.span,
        };
        unreached(error, place)
    }

    /// What cannot be asked, or not be reached.
    fn network_failure(&self, error: ConnectError) -> FailedAttempt {
        let is_lasting = !error.transient;
        FailedAttempt {
            failure: self.failure_of(error),
            is_lasting,
        }
    }

    /// What may be otherwise the next time.
    #[expect(clippy::unused_self, reason = "it stands beside its kin")]
    fn passing(&self, failure: Failure) -> FailedAttempt {
        FailedAttempt {
            failure,
            is_lasting: false,
        }
    }
}
