//! Sessions whose peer a test plays over a pipe: peers that leave a close unanswered, and whoever cuts the wait.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::{Environment, Interrupt, run};
use crate::dial::{Dial, Endpoint, Io, Reach, Tls};
use crate::protocol::{
    Bytes, Close, ConnectError, Ending, Event, EventKind, Frame, SessionOutcome,
};
use crate::script::{Files, Generator, Options, Role, parse};

/// Accepts the key of RFC 6455, 1.3.
const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Bytes, crate::script::Unreadable> {
        Err("no files here".into())
    }
}

/// The near ends of connections, in the order in which they are dialled.
struct Lines(RefCell<Vec<DuplexStream>>);

impl Dial for Lines {
    fn dial<'a>(
        &'a self,
        _: &'a Endpoint,
    ) -> LocalBoxFuture<'a, Result<Box<dyn Io>, ConnectError>> {
        let stream: Box<dyn Io> = Box::new(self.0.borrow_mut().remove(0));
        Box::pin(async move { Ok(stream) })
    }
}

struct Came {
    events: Vec<Event>,
    outcome: SessionOutcome,
    took: Duration,
}

impl Came {
    fn endings(&self) -> Vec<&Ending> {
        let ending = |event: &'_ Event| matches!(event.kind, EventKind::Disconnected(_));
        let events = self.events.iter().filter(|event| ending(event));
        events
            .filter_map(|event| match &event.kind {
                EventKind::Disconnected(ending) => Some(ending),
                _ => None,
            })
            .collect()
    }

    fn reason(&self) -> Option<&str> {
        let failure = self.outcome.failure.as_ref();
        failure.map(|failure| failure.reason.as_str())
    }
}

/// What comes of a script whose connections nobody answers, unless `peer` does with the far ends of them.
async fn session(
    script: &str,
    interrupt: Interrupt,
    peer: impl AsyncFnOnce(Vec<DuplexStream>),
) -> Came {
    let key = "ws://h/\nX-Key: dGhlIHNhbXBsZSBub25jZQ==\n";
    let script = script.replacen("ws://h/\n", key, 1);
    let mut parsed = parse(&script, Role::Client, &[]);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    // A script may not give the key by itself.
    "Sec-WebSocket-Key".clone_into(&mut parsed.script.headers[0].name);
    let count = parsed.script.clients.len().max(1);
    let (near, mut far): (_, Vec<_>) = (0..count).map(|_| duplex(1 << 16)).unzip();
    for far in &mut far {
        far.write_all(SWITCH).await.unwrap();
    }
    let events: Rc<RefCell<Vec<Event>>> = Rc::default();
    let told = Rc::clone(&events);
    let environment = Environment {
        scope: Rc::default(),
        generator: Rc::new(RefCell::new(Generator::repeating())),
        files: Rc::new(NoFiles),
        dial: Rc::new(Lines(RefCell::new(near))),
        tls: Tls::default(),
        reach: Reach::default(),
        cookies: Rc::default(),
        shown_url: Rc::new(str::to_owned),
        listen: Rc::new(move |event| told.borrow_mut().push(event)),
        measure: None,
        matchers: None,
        instance: 1,
        interrupt,
    };
    let script = Rc::new(parsed.script);
    let (options, wrong) = Options::read(&script, &environment.fill());
    assert!(wrong.is_empty(), "{wrong:?}");
    let began = Instant::now();
    let (outcome, ()) = tokio::join!(
        async {
            let outcome = run(script, Rc::new(options), Rc::new(environment)).await;
            (outcome, began.elapsed())
        },
        peer(far)
    );
    Came {
        events: events.take(),
        outcome: outcome.0,
        took: outcome.1,
    }
}

/// Hears everything and says nothing.
async fn silent(far: Vec<DuplexStream>) {
    let listen = |mut stream: DuplexStream| async move {
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
    };
    futures_util::future::join_all(far.into_iter().map(listen)).await;
}

fn interrupt_after(time: Duration) -> (Interrupt, impl Future<Output = ()>) {
    let (sender, receiver) = watch::channel(false);
    let asking = async move {
        sleep(time).await;
        sender.send_replace(true);
        std::future::pending::<()>().await;
    };
    (Interrupt::new(receiver), asking)
}

fn unanswered(code: u16) -> Ending {
    let reason = String::new();
    Ending::Unanswered(Some(Close { code, reason }))
}

fn millis(time: Duration) -> u128 {
    time.as_millis()
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_close_is_waited_for_as_long_as_is_said() {
    for (script, expected) in [
        ("ws://h/\n@linger 0s\n", 5000),
        ("ws://h/\n@linger 0s\n@close-timeout 1s\n", 1000),
        ("ws://h/\n@linger 0s\n@close-timeout 30s\n", 30_000),
        ("ws://h/\n@linger 0s\n@close-timeout 0s\n", 0),
        (
            "ws://h/\n@close-timeout 1s\n\n-> close 1000\n-- wait 1m\n",
            1000,
        ),
        // All of them at once.
        (
            "ws://h/\n@clients a, b, c\n@linger 0s\n@close-timeout 2s\n",
            2000,
        ),
    ] {
        let came = session(script, Interrupt::default(), silent).await;
        assert_eq!(came.reason(), None, "{script}");
        assert!(
            came.endings()
                .iter()
                .all(|ending| **ending == unanswered(1000)),
            "{script}"
        );
        assert_eq!(millis(came.took), expected, "{script}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_bounds_the_closing_and_that_is_no_failure() {
    let done = "ws://h/\n@deadline 2s\n\n-- wait 500ms\n";
    let came = session(done, Interrupt::default(), silent).await;
    assert_eq!(came.reason(), None);
    assert_eq!(came.endings(), [&unanswered(1000)]);
    assert_eq!(millis(came.took), 2000);
    // Also where the script closes by itself, and what still comes would be waited for.
    let closed = "ws://h/\n@deadline 500ms\n\n-> close 1000\n";
    let came = session(closed, Interrupt::default(), silent).await;
    assert_eq!(came.reason(), None);
    assert_eq!(came.endings(), [&unanswered(1000)]);
    // Who answers is heard, also where the deadline is as good as over.
    let late = "ws://h/\n@deadline 501ms\n\n-- wait 500ms\n";
    let came = session(late, Interrupt::default(), silent).await;
    assert_eq!(came.reason(), None);
    assert_eq!(millis(came.took), 750);
    let undone = "ws://h/\n@deadline 2s\n@close-timeout 1m\n\n-- wait 1m\n";
    let came = session(undone, Interrupt::default(), silent).await;
    assert_eq!(
        came.reason(),
        Some("the session did not end within 2s (@deadline)")
    );
    assert_eq!(millis(came.took), 2250);
    let sooner = "ws://h/\n@deadline 1m\n@close-timeout 1s\n\n-- wait 500ms\n";
    let came = session(sooner, Interrupt::default(), silent).await;
    assert_eq!(millis(came.took), 1500);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_closes_with_1001_and_bounds_the_wait() {
    let wait = Duration::from_millis(300);
    let cases = [
        // While steps run, while the session lingers, while it closes by itself.
        ("ws://h/\n\n-- wait 1m\n", 1001, true),
        ("ws://h/\n@linger 1m\n", 1001, true),
        (
            "ws://h/\n\n-> close 1000\n<- close\n-- within 1m\n",
            1000,
            true,
        ),
        ("ws://h/\n@linger 0s\n", 1000, false),
        (
            "ws://h/\n@linger 0s\n@deadline 5m\n@close-timeout 1m\n",
            1000,
            false,
        ),
    ];
    for (script, code, cut) in cases {
        let (interrupt, asking) = interrupt_after(wait);
        let running = session(script, interrupt, silent);
        let came = tokio::select! {
            came = running => came,
            () = asking => unreachable!(),
        };
        assert_eq!(came.outcome.interrupted, cut, "{script}");
        assert_eq!(came.reason(), cut.then_some("interrupted"), "{script}");
        assert_eq!(came.endings(), [&unanswered(code)], "{script}");
        assert_eq!(millis(came.took), 1300, "{script}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_an_interrupted_session_ends_it_at_once() {
    let (interrupt, asking) = interrupt_after(Duration::from_millis(300));
    let polite = async |mut far: Vec<DuplexStream>| {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(far[0].read_u8().await.unwrap());
        }
        let mut close = [0; 8];
        far[0].read_exact(&mut close).await.unwrap();
        assert_eq!(close[..2], [0x88, 0x82]);
        far[0].write_all(b"\x88\x02\x03\xe9").await.unwrap();
    };
    let running = session("ws://h/\n\n-- wait 1m\n", interrupt, polite);
    let came = tokio::select! {
        came = running => came,
        () = asking => unreachable!(),
    };
    let reason = String::new();
    let close = Some(Close { code: 1001, reason });
    assert_eq!(came.endings(), [&Ending::Closed(close.clone())]);
    assert_eq!(millis(came.took), 300);
    let closes: Vec<_> = came
        .events
        .iter()
        .filter_map(|event| event.kind.frame())
        .collect();
    assert_eq!(closes, [&Frame::Close(close.clone()), &Frame::Close(close)]);
}

#[tokio::test(start_paused = true)]
async fn times_that_no_clock_reaches_are_waited_for() {
    let far = "99999999999999h";
    let script = format!(
        "ws://h/\n@deadline {far}\n@close-timeout {far}\n@linger {far}\n\n-- none within {far}\n-- wait {far}\n-> text a\n"
    );
    let script = script.replace("-- none", "<- text a\n-- none");
    let (interrupt, asking) = interrupt_after(Duration::from_secs(5));
    let came = tokio::select! {
        came = session(&script, interrupt, silent) => came,
        () = asking => unreachable!(),
    };
    assert_eq!(millis(came.took), 6000);
}
