//! Opening a client's connection: filling in the request, dialling within the bound, trying again.

use std::sync::Arc;

use tokio::time::{Instant, sleep, timeout};

use super::connection::start;
use super::context::failure;
use super::refusal::Asked;
use super::step_context::StepContext;
use crate::dial::{ProxyChoice, Route};
use crate::handshake::{BodyBounds, UpgradeOptions};
use crate::protocol::{ConnectError, EventKind, Failure, Handshake, Role};
use crate::script::{Header, Proxy, Template, format_duration};
use crate::source::Span;
use crate::websocket::{ConnectRequest, HandshakeOutcome, Upgraded, WebSocket, connect};

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
        let (mut request, shown) = self.request()?;
        let options = &self.block.options;
        let mut attempts = options.retry.map_or(0, |retry| retry.times);
        loop {
            self.tell(EventKind::Connecting { url: shown.clone() });
            if options.insecure && request.url.starts_with("wss:") {
                let note = "the server's certificate is not checked (@insecure)";
                self.tell(EventKind::Note(note.to_owned()));
            }
            let bound = options.connect_timeout;
            // A refusal is told with what has come of its body, before the time is over.
            request.body.until = Some(Instant::now() + bound.saturating_sub(bound / 20));
            let dial = &*self.block.environment.dial;
            let error = match timeout(bound, connect(dial, &request)).await {
                Ok(HandshakeOutcome::Opened(opened)) => {
                    self.open(opened).await;
                    return Ok(Connected::Opened);
                }
                Ok(HandshakeOutcome::Refused(handshake)) => {
                    let worth_another = matches!(handshake.status, 502..=504);
                    if attempts == 0 || !worth_another {
                        return Ok(self.refused(handshake));
                    }
                    let reason = format!("{} {}", handshake.status, handshake.reason);
                    ConnectError::transient(reason.trim_end())
                }
                Ok(HandshakeOutcome::Unfit(handshake, error)) => {
                    let handshake = Arc::new(handshake);
                    self.connection.set_handshake(Arc::clone(&handshake));
                    self.tell(EventKind::Refused(handshake));
                    error
                }
                Ok(HandshakeOutcome::Failed(error)) => error,
                Err(_) => ConnectError::transient(format!(
                    "no connection within {}",
                    format_duration(options.connect_timeout)
                ))
                .hint("`@connect-timeout 30s` waits longer"),
            };
            if attempts == 0 || !error.transient {
                self.connection.never_opened(error.reason.clone());
                let span = self.url().span;
                return Err(Failure {
                    reason: error.reason,
                    hint: error.hint,
                    span,
                    also: Vec::new(),
                });
            }
            attempts -= 1;
            self.tell(EventKind::Retrying {
                reason: error.reason,
            });
            sleep(options.retry.map(|retry| retry.pause).unwrap_or_default()).await;
        }
    }

    async fn open(&self, opened: Upgraded) {
        let Upgraded {
            stream,
            read_ahead,
            handshake,
        } = opened;
        let socket = WebSocket::new(
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
        start(self.connection, socket);
    }

    fn refused(&self, handshake: Handshake) -> Connected {
        let handshake = Arc::new(handshake);
        self.connection.set_handshake(Arc::clone(&handshake));
        self.tell(EventKind::Refused(Arc::clone(&handshake)));
        let words = format!("the handshake was refused with {}", handshake.status);
        self.connection.never_opened(words);
        Connected::Refused(handshake)
    }

    fn request(&self) -> Result<(ConnectRequest, String), Failure> {
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
        let upgrade = UpgradeOptions {
            headers,
            subprotocols: options.subprotocols.clone(),
            subprotocol_optional: options.subprotocol_optional,
        };
        let route = Route {
            tls: self.block.environment.tls.clone(),
            proxy: match &options.proxy {
                None => ProxyChoice::Environment,
                Some(Proxy::None) => ProxyChoice::Direct,
                Some(Proxy::Url(url)) => ProxyChoice::Through(url.clone()),
            },
            resolve: options.resolve.clone(),
        };
        let body = BodyBounds {
            limit: BODY_LIMIT,
            until: None,
        };
        let request = ConnectRequest {
            url,
            upgrade,
            route,
            body,
        };
        Ok((request, shown))
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
