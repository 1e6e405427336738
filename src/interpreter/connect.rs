//! Opening a client's connection: filling in the request, dialling within the bound, trying again.

use std::sync::Arc;

use tokio::time::{Instant, sleep, timeout};

use super::context::failure;
use super::refusal::Asked;
use super::step_context::StepContext;
use crate::dial::{Dialed, Opened, Target, Trouble};
use crate::protocol::{EventKind, Failure, Handshake};
use crate::script::{Header, Proxy, Role, Template, format_duration};
use crate::source::Span;
use crate::websocket::Wire;

/// Bytes of a refusal's body that are read at most.
const BODY_LIMIT: usize = 1 << 20;

/// What came of connecting, where it did not fail.
pub(crate) enum Connected {
    /// The connection is open.
    Opened,
    /// The server refused the handshake.
    Refused(Arc<Handshake>),
}

impl StepContext<'_> {
    /// Connects the link, with as many attempts as `@retry` gives.
    pub(crate) async fn connect(&self) -> Result<Connected, Failure> {
        let (mut target, shown) = self.target()?;
        let options = &self.block.options;
        let mut attempts = options.retry.map_or(0, |retry| retry.times);
        loop {
            self.tell(EventKind::Connecting { url: shown.clone() });
            if options.insecure && target.url.starts_with("wss:") {
                let note = "the server's certificate is not checked (@insecure)";
                self.tell(EventKind::Note(note.to_owned()));
            }
            let bound = options.connect_timeout;
            // A refusal is told with what has come of its body, before the time is over.
            target.body_until = Some(Instant::now() + bound.saturating_sub(bound / 20));
            let dialed = timeout(bound, self.block.environment.dial.dial(&target)).await;
            let trouble = match dialed {
                Ok(Dialed::Opened(opened)) => {
                    self.open(opened).await;
                    return Ok(Connected::Opened);
                }
                Ok(Dialed::Refused(handshake)) => {
                    let worth_another = matches!(handshake.status, 502..=504);
                    if attempts == 0 || !worth_another {
                        return Ok(self.refused(handshake));
                    }
                    let reason = format!("{} {}", handshake.status, handshake.reason);
                    Trouble {
                        reason: reason.trim_end().to_owned(),
                        hint: None,
                        transient: true,
                    }
                }
                Ok(Dialed::Unfit(handshake, trouble)) => {
                    let handshake = Arc::new(handshake);
                    self.connection.set_handshake(Arc::clone(&handshake));
                    self.tell(EventKind::Refused(handshake));
                    trouble
                }
                Ok(Dialed::Trouble(trouble)) => trouble,
                Err(_) => Trouble {
                    reason: format!(
                        "no connection within {}",
                        format_duration(options.connect_timeout)
                    ),
                    hint: Some("`@connect-timeout 30s` waits longer".to_owned()),
                    transient: true,
                },
            };
            if attempts == 0 || !trouble.transient {
                self.connection.never_opened(trouble.reason.clone());
                let span = self.url().span;
                return Err(Failure {
                    reason: trouble.reason,
                    hint: trouble.hint,
                    span,
                    also: Vec::new(),
                });
            }
            attempts -= 1;
            self.tell(EventKind::Retrying {
                reason: trouble.reason,
            });
            sleep(options.retry.map(|retry| retry.pause).unwrap_or_default()).await;
        }
    }

    async fn open(&self, opened: Opened) {
        let Opened {
            stream,
            read_ahead,
            handshake,
        } = opened;
        let wire = Wire::new(
            stream,
            read_ahead,
            Role::Client,
            self.block.options.max_message,
        )
        .await
        .closing_within(self.block.options.close_timeout);
        let handshake = Arc::new(handshake);
        self.connection.set_handshake(Arc::clone(&handshake));
        self.tell(EventKind::Connected(handshake));
        self.connection.open(wire);
    }

    fn refused(&self, handshake: Handshake) -> Connected {
        let handshake = Arc::new(handshake);
        self.connection.set_handshake(Arc::clone(&handshake));
        self.tell(EventKind::Refused(Arc::clone(&handshake)));
        let words = format!("the handshake was refused with {}", handshake.status);
        self.connection.never_opened(words);
        Connected::Refused(handshake)
    }

    fn target(&self) -> Result<(Target, String), Failure> {
        let url = self.text(self.url())?;
        refuse_line_breaks(&url, self.url().span, "URL")?;
        let mut headers = Vec::new();
        for header in self
            .block
            .script
            .headers
            .iter()
            .filter(|header| self.sends(header))
        {
            let value = self.text(&header.value)?;
            refuse_line_breaks(&value, header.span, "header")?;
            headers.push((header.name.clone(), value));
        }
        let options = &self.block.options;
        let shown = (self.block.environment.shown_url)(&url);
        let target = Target {
            url,
            headers,
            subprotocols: options.subprotocols.clone(),
            subprotocol_optional: options.subprotocol_optional,
            tls: self.block.environment.tls.clone(),
            proxy: options.proxy.as_ref().map(|proxy| match proxy {
                Proxy::None => "none".to_owned(),
                Proxy::Url(url) => url.clone(),
            }),
            resolve: options.resolve.clone(),
            body_limit: BODY_LIMIT,
            body_until: None,
        };
        Ok((target, shown))
    }

    /// What of the request matters where it is refused.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            authorization: self.gives("Authorization"),
            origin: self.gives("Origin"),
            subprotocol: self.gives("Sec-WebSocket-Protocol")
                || !self.block.options.subprotocols.is_empty(),
        }
    }

    /// Whether the script gives the header.
    fn gives(&self, name: &str) -> bool {
        let headers = &self.block.script.headers;
        let named = |header: &&Header| header.name.eq_ignore_ascii_case(name);
        headers
            .iter()
            .filter(named)
            .any(|header| self.sends(header))
    }

    /// The URL line of the link's client.
    pub(super) fn url(&self) -> &Template {
        self.block.script.url_of(self.connection.name.as_deref())
    }

    fn sends(&self, header: &Header) -> bool {
        header
            .who
            .as_ref()
            .is_none_or(|who| Some(who.text.as_str()) == self.connection.name.as_deref())
    }

    pub(crate) fn tell(&self, what: EventKind) {
        self.block.tell(self.connection.who(), what);
    }
}

/// A line break in a request would let its value write further lines.
fn refuse_line_breaks(text: &str, span: Span, what: &str) -> Result<(), Failure> {
    if text.contains(['\r', '\n', '\0']) {
        return Err(failure(
            span,
            format!("a line break in a {what} is not sent"),
        ));
    }
    Ok(())
}
