//! Opening a client's connection: filling in the request, dialling within the bound, trying again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connection::start;
use super::context::{BlockContext, failure, unfilled};
use super::cookies::{cookies_for, keep_cookies};
use super::handlers::concerns;
use super::judge::compute;
use super::refusal::Asked;
use super::step_context::StepContext;
use crate::dial::{ProxyChoice, Route};
use crate::handshake::{BodyBounds, UpgradeOptions, add_cookies};
use crate::protocol::{
    ConnectError, EventKind, Failure, FailureKind, GeneratedKind, Handshake, Role, Url, UrlFamily,
};
use crate::script::{Header, Proxy, Template, format_duration};
use crate::source::Span;
use crate::websocket::{self, ConnectRequest, HandshakeOutcome, Upgraded, WebSocket};

/// Bytes of a refusal's body that are read at most.
const BODY_LIMIT: usize = 1 << 20;

/// What came of connecting, where it did not fail.
pub(crate) enum Connected {
    /// The connection is open.
    Opened,
    /// The server refused the handshake.
    Refused(Arc<Handshake>),
}

/// Connects the client, with as many attempts as `@retry` gives.
pub(crate) async fn connect(context: StepContext<'_>) -> Result<Connected, Failure> {
    let options = &context.block.options;
    let who = context.connection.who();
    let mut attempts = options.retry.map_or(0, |retry| retry.times);
    loop {
        compute_lets(context).await?;
        let (mut request, connecting) = request_of(context)?;
        let url = Url::parse(&request.url, UrlFamily::WebSocket).ok();
        let keep = |handshake: &Handshake| {
            if let Some(url) = &url {
                keep_cookies(context.block, who, url, &handshake.headers);
            }
        };
        context.connection.tell(connecting);
        if let Some(url) = &url {
            tell_insecure(context, url);
        }
        let bound = options.connect_timeout;
        // A refusal is told with what has come of its body, before the time is over.
        request.body.until = Some(Instant::now() + bound.saturating_sub(bound / 20));
        let dial = &*context.block.environment.dial;
        let began = context.block.now();
        let mut kind = FailureKind::Refused;
        let error = match timeout(bound, websocket::connect(dial, &request)).await {
            Ok(HandshakeOutcome::Opened(opened)) => {
                keep(&opened.handshake);
                if let Some(measure) = &context.block.environment.measure {
                    measure.opened(context.block.now().saturating_sub(began));
                }
                open(context, opened).await;
                return Ok(Connected::Opened);
            }
            Ok(HandshakeOutcome::Refused(handshake)) => {
                keep(&handshake);
                let worth_another = matches!(handshake.status, 502..=504);
                if attempts == 0 || !worth_another {
                    return Ok(refused(context, handshake));
                }
                let reason = format!("{} {}", handshake.status, handshake.reason);
                ConnectError::transient(reason.trim_end())
            }
            Ok(HandshakeOutcome::Unfit(handshake, error)) => {
                keep(&handshake);
                let handshake = Arc::new(handshake);
                context.connection.set_handshake(Arc::clone(&handshake));
                context.connection.tell(EventKind::Refused(handshake));
                error
            }
            Ok(HandshakeOutcome::Failed(error)) => error,
            Err(_) => {
                kind = FailureKind::Timeout;
                not_in_time(bound)
            }
        };
        if attempts == 0 || !error.transient {
            context.connection.never_opened(error.reason.clone());
            let failure = unreached(error, url_line(context).span);
            return Err(failure.of_kind(kind));
        }
        attempts -= 1;
        context.connection.tell(EventKind::Retrying {
            reason: error.reason,
        });
        sleep(options.retry.map(|retry| retry.pause).unwrap_or_default()).await;
    }
}

/// A URL, and the values in it that were kept under names.
pub(super) fn url_of(
    context: StepContext<'_>,
    line: &Template,
) -> Result<(String, Vec<String>), Failure> {
    let filled = context.fill().text(line).map_err(unfilled)?;
    let kept = filled.generated.iter();
    let kept = kept.filter(|value| value.kind == GeneratedKind::Kept);
    let kept = kept.map(|value| value.text.clone()).collect();
    context.block.tell_generated(filled.generated);
    refuse_line_breaks(&filled.value, line.span, "URL")?;
    Ok((filled.value, kept))
}

/// The headers that the script gives the connection's client, filled in.
pub(super) fn headers_of(context: StepContext<'_>) -> Result<Vec<(String, String)>, Failure> {
    let headers = context.block.script.headers.iter();
    let own = headers.filter(|header| sends(context, header));
    own.map(|header| {
        let value = context.text(&header.value)?;
        refuse_line_breaks(&value, header.span, "header")?;
        Ok((header.name.clone(), value))
    })
    .collect()
}

/// Tells that nobody vouches for the server, where that is so.
pub(super) fn tell_insecure(context: StepContext<'_>, url: &Url) {
    if context.block.options.insecure && url.secure {
        let note = "the server's certificate is not checked (@insecure)";
        context.connection.tell(EventKind::Note(note.to_owned()));
    }
}

/// `@connect-timeout` is over.
pub(super) fn not_in_time(bound: Duration) -> ConnectError {
    let bound = format_duration(bound);
    ConnectError::transient(format!("no connection within {bound}"))
        .hint("`@connect-timeout 30s` waits longer")
}

/// The failure that it is not to reach a server.
pub(super) fn unreached(error: ConnectError, span: Span) -> Failure {
    Failure {
        reason: error.reason,
        hint: error.hint,
        span,
        also: Vec::new(),
        kind: FailureKind::Refused,
    }
}

/// `@let` lines, in order: right before each opening handshake or request.
pub(super) async fn compute_lets(context: StepContext<'_>) -> Result<(), Failure> {
    let name = context.connection.name.as_deref();
    for each in &context.block.script.lets {
        if concerns(each.who.as_ref(), name) {
            compute(context, &each.name, &each.expression, &context.judged()).await?;
        }
    }
    Ok(())
}

async fn open(context: StepContext<'_>, opened: Upgraded) {
    let Upgraded {
        stream,
        read_ahead,
        handshake,
    } = opened;
    let options = &context.block.options;
    let (bound, deflate) = (options.max_message, handshake.deflate);
    let socket = if context.block.environment.measure.is_some() {
        WebSocket::one_of_many(stream, read_ahead, bound, deflate).await
    } else {
        WebSocket::new(stream, read_ahead, Role::Client, bound, deflate).await
    };
    let socket = socket.closing_within(options.close_timeout);
    let handshake = Arc::new(handshake);
    context.connection.set_handshake(Arc::clone(&handshake));
    context.connection.tell(EventKind::Connected(handshake));
    start(context.connection, socket);
}

fn refused(context: StepContext<'_>, handshake: Handshake) -> Connected {
    let handshake = Arc::new(handshake);
    context.connection.set_handshake(Arc::clone(&handshake));
    context
        .connection
        .tell(EventKind::Refused(Arc::clone(&handshake)));
    let words = format!("the handshake was refused with {}", handshake.status);
    context.connection.never_opened(words);
    Connected::Refused(handshake)
}

fn request_of(context: StepContext<'_>) -> Result<(ConnectRequest, EventKind), Failure> {
    let (url, kept) = url_of(context, url_line(context))?;
    let mut headers = headers_of(context)?;
    let options = &context.block.options;
    if let Ok(parsed) = Url::parse(&url, UrlFamily::WebSocket)
        && let Some(cookies) = cookies_for(context.block, &parsed)
    {
        add_cookies(&mut headers, &cookies);
    }
    let shown = (context.block.environment.shown_url)(&url);
    let connecting = EventKind::Connecting {
        url: shown,
        kept,
        headers: told_headers(&headers, &options.subprotocols),
    };
    let upgrade = UpgradeOptions {
        headers,
        subprotocols: options.subprotocols.clone(),
        subprotocol_optional: options.subprotocol_optional,
        compress: options.compress,
    };
    let route = route_of(context.block);
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
    Ok((request, connecting))
}

/// The headers that the block gives the request, as they are told.
fn told_headers(headers: &[(String, String)], subprotocols: &[String]) -> Vec<(String, String)> {
    let offered = (!subprotocols.is_empty()).then(|| subprotocols.join(", "));
    let offered = offered.map(|offered| ("Sec-WebSocket-Protocol".to_owned(), offered));
    headers.iter().cloned().chain(offered).collect()
}

/// The way to a server.
pub(super) fn route_of(block: &BlockContext) -> Route {
    let options = &block.options;
    Route {
        tls: block.environment.tls.clone(),
        proxy: match &options.proxy {
            None => ProxyChoice::Environment,
            Some(Proxy::None) => ProxyChoice::Direct,
            Some(Proxy::Url(url)) => ProxyChoice::Through(url.clone()),
        },
        resolve: options.resolve.clone(),
        reach: block.environment.reach.clone(),
    }
}

/// What of the request matters where it is refused.
pub(super) fn asked(context: StepContext<'_>) -> Asked {
    Asked {
        authorization: gives(context, "Authorization"),
        origin: gives(context, "Origin"),
        subprotocol: gives(context, "Sec-WebSocket-Protocol")
            || !context.block.options.subprotocols.is_empty(),
    }
}

/// Whether the script gives the header.
fn gives(context: StepContext<'_>, name: &str) -> bool {
    let headers = &context.block.script.headers;
    let named = |header: &&Header| header.name.eq_ignore_ascii_case(name);
    headers
        .iter()
        .filter(named)
        .any(|header| sends(context, header))
}

/// The URL line of the connection's client.
pub(super) fn url_line(context: StepContext<'_>) -> &Template {
    context
        .block
        .script
        .url_of(context.connection.name.as_deref())
}

/// Whether the connection's client sends the header.
fn sends(context: StepContext<'_>, header: &Header) -> bool {
    concerns(header.who.as_ref(), context.connection.name.as_deref())
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
