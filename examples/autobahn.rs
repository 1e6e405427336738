//! Echoes what Autobahn's fuzzing server sends, over the transport that sessions use: `autobahn URL`.
//! `tests/autobahn/client` starts the server and judges the report.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "it is run by hand and by a script"
)]

use std::process::ExitCode;
use std::time::Duration;

use tokio::time::timeout;
use voiden::dial::{Connector, ProxyChoice};
use voiden::protocol::{CompressMode, Ending, Frame, Utf8Bytes};
use voiden::script::Role;
use voiden::websocket::{Arrival, ConnectRequest, HandshakeOutcome, WebSocket, connect as open};

/// The largest case has 16 MiB.
const LIMIT: usize = 64 << 20;
/// How long one case may take: the server needs the most of it, a minute and more for a thousand messages of 128 KiB.
const BOUND: Duration = Duration::from_secs(600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(server) = std::env::args().nth(1) else {
        eprintln!("usage: autobahn ws://HOST:PORT");
        return ExitCode::from(2);
    };
    match cases(&server).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn cases(server: &str) -> Result<(), String> {
    let count: u32 = count(server)
        .await?
        .parse()
        .map_err(|_| "the server told no number of cases".to_owned())?;
    for case in 1..=count {
        let url = format!("{server}/runCase?case={case}&agent=voiden");
        if timeout(BOUND, echo(&url)).await.is_err() {
            eprintln!("case {case} of {count} took too long");
        }
    }
    let socket = connect(&format!("{server}/updateReports?agent=voiden")).await?;
    drained(socket).await;
    Ok(())
}

/// What the server says before it closes.
async fn count(server: &str) -> Result<Utf8Bytes, String> {
    let mut socket = connect(&format!("{server}/getCaseCount")).await?;
    let arrival = socket.next().await;
    drained(socket).await;
    match arrival {
        Arrival::Frame(Frame::Text(count)) => Ok(count),
        other => Err(format!("no number of cases: {other:?}")),
    }
}

/// A case may refuse us, or end in the middle: the server judges that.
async fn echo(url: &str) {
    let Ok(mut socket) = connect(url).await else {
        return;
    };
    loop {
        let sent: Result<(), Ending> = match socket.next().await {
            Arrival::Frame(frame) | Arrival::Inflated(frame, _) if frame.is_message() => {
                socket.deliver(frame).await
            }
            Arrival::Frame(_) | Arrival::Inflated(..) => Ok(()),
            Arrival::End(_) => return,
        };
        // The end arrives by itself.
        drop(sent);
    }
}

async fn drained(mut socket: WebSocket) {
    while !matches!(socket.next().await, Arrival::End(_)) {}
}

async fn connect(url: &str) -> Result<WebSocket, String> {
    let mut request = ConnectRequest::to(url);
    request.route.proxy = ProxyChoice::Direct;
    request.upgrade.compress = Some(CompressMode::ContextTakeover);
    match open(&Connector::default(), &request).await {
        HandshakeOutcome::Opened(opened) => {
            let deflate = opened.handshake.deflate;
            let (stream, read_ahead) = (opened.stream, opened.read_ahead);
            Ok(WebSocket::new(stream, read_ahead, Role::Client, LIMIT, deflate).await)
        }
        HandshakeOutcome::Refused(handshake) => Err(format!("{url}: {}", handshake.status)),
        HandshakeOutcome::Unfit(_, error) | HandshakeOutcome::Failed(error) => {
            Err(format!("{url}: {}", error.reason))
        }
    }
}
