//! Servers over streams that a test holds the other end of: clients that do not read, and clients that come too late.

mod requests;

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

use super::{Incoming, Listen, SharedPorts, bind};
use crate::dial::{Connector, Io, Reach, Tls};
use crate::interpreter::{Environment, Interrupt};
use crate::protocol::{Bytes, Ending, Event, EventKind, SessionOutcome};
use crate::script::{Files, Generator, Options, Role, parse};

/// Bytes in flight in each direction.
const PIPE: usize = 64 << 10;
const REQUEST: &str = "GET /?name=NAME HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Bytes, crate::script::Unreadable> {
        Err("no files here".into())
    }
}

/// Lets in whoever is in the queue.
#[derive(Clone, Default)]
struct Outbox(Rc<RefCell<Vec<Box<dyn Io>>>>);

impl Outbox {
    /// A client that has asked to come in.
    async fn client(&self, name: &str) -> DuplexStream {
        let (near, mut far) = duplex(PIPE);
        let request = REQUEST.replace("NAME", name);
        far.write_all(request.as_bytes()).await.unwrap();
        self.0.borrow_mut().insert(0, Box::new(near));
        far
    }
}

impl Listen for Outbox {
    fn listen(&self, _: SocketAddr) -> LocalBoxFuture<'_, io::Result<Box<dyn Incoming>>> {
        Box::pin(async move { Ok(Box::new(self.clone()) as Box<dyn Incoming>) })
    }
}

impl Incoming for Outbox {
    fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 1))
    }

    fn accept(&self) -> LocalBoxFuture<'_, Box<dyn Io>> {
        Box::pin(async move {
            let next = self.0.borrow_mut().pop();
            match next {
                Some(stream) => stream,
                None => std::future::pending().await,
            }
        })
    }
}

/// What a server tells and how it ends, with its clients beside it; it stops when they are done.
async fn serve(
    script: &str,
    queue: Outbox,
    clients: impl Future<Output = ()>,
) -> (Vec<Event>, SessionOutcome) {
    let parsed = parse(script, Role::Server, &[]);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let events = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&events);
    let environment = Environment {
        scope: Rc::default(),
        generator: Rc::new(RefCell::new(Generator::repeating())),
        files: Rc::new(NoFiles),
        dial: Rc::new(Connector::default()),
        tls: Tls::default(),
        reach: Reach::default(),
        cookies: Rc::default(),
        shown_url: Rc::new(str::to_owned),
        listen: Rc::new(move |event| told.borrow_mut().push(event)),
        measure: None,
        matchers: None,
        instance: 1,
        interrupt: Interrupt::default(),
    };
    let script = Rc::new(parsed.script);
    let (options, wrong) = Options::read(&script, &environment.fill());
    assert!(wrong.is_empty(), "{wrong:?}");
    let (options, environment) = (Rc::new(options), Rc::new(environment));
    let ports = SharedPorts::default();
    let server = bind("server", script, options, environment, &queue, None, &ports)
        .await
        .unwrap();
    let outcome = server.serve(clients).await;
    (events.take(), outcome)
}

fn ending<'a>(events: &'a [Event], name: &str) -> (Duration, &'a Ending) {
    let ended = |event: &'a Event| match &event.kind {
        EventKind::Disconnected(ending) if event.who.as_deref() == Some(name) => {
            Some((event.at, ending))
        }
        _ => None,
    };
    events.iter().find_map(ended).unwrap()
}

/// Reads until so many bytes have come, and gives the time that took.
async fn read(stream: &mut DuplexStream, bytes: usize) -> Duration {
    let began = Instant::now();
    let mut scratch = vec![0; PIPE];
    let mut came = 0;
    while came < bytes {
        came += stream.read(&mut scratch).await.unwrap();
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn one_who_does_not_read_is_cut_and_holds_up_nobody() {
    let queue = Outbox::default();
    let mut slow = queue.client("slow").await;
    let mut quick = queue.client("quick").await;
    let payload = "x".repeat(100_000);
    // Two megabytes to each of them within 200 ms, and then nothing more.
    let script = format!("ws://127.0.0.1:0/\n\n-- every 10ms times 20\n-> text {payload}\n");
    let clients = async {
        let took = read(&mut quick, 20 * payload.len()).await;
        assert!(took < Duration::from_millis(300), "{took:?}");
        tokio::time::sleep(Duration::from_secs(10)).await;
    };
    let (events, outcome) = serve(&script, queue, clients).await;
    assert_eq!(outcome.failure, None);
    let (at, ending) = ending(&events, "slow");
    assert_eq!(*ending, Ending::Stuck);
    // The queue was full at some time within the first 200 ms, and five seconds later it still was.
    assert!((5..6).contains(&at.as_secs()), "{at:?}");
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() <= PIPE);
}

#[tokio::test(start_paused = true)]
async fn one_who_reads_on_within_the_time_stays() {
    let queue = Outbox::default();
    let mut slow = queue.client("slow").await;
    let payload = "x".repeat(100_000);
    let script = format!("ws://127.0.0.1:0/\n\n-- every 10ms times 20\n-> text {payload}\n");
    let clients = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        read(&mut slow, 20 * payload.len()).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    };
    let (events, _) = serve(&script, queue, clients).await;
    let (at, ending) = ending(&events, "slow");
    // It does not answer the close at the end, which is another matter.
    assert!(matches!(ending, Ending::Unanswered(_)), "{ending:?}");
    assert!(at.as_secs() >= 14, "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn a_queue_beyond_all_bounds_is_cut_at_once() {
    let queue = Outbox::default();
    let _slow = queue.client("slow").await;
    let payload = "x".repeat(10 << 20);
    let script = format!("ws://127.0.0.1:0/\n\n-- every 10ms times 8\n-> text {payload}\n");
    let clients = tokio::time::sleep(Duration::from_secs(1));
    let (events, _) = serve(&script, queue, clients).await;
    let (at, ending) = ending(&events, "slow");
    assert_eq!(*ending, Ending::Stuck);
    assert!(at < Duration::from_millis(100), "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn one_who_comes_in_while_the_server_closes_is_told() {
    let queue = Outbox::default();
    let (near, mut far) = duplex(PIPE);
    let request = REQUEST.replace("NAME", "late");
    let (first, second) = request.split_at(20);
    far.write_all(first.as_bytes()).await.unwrap();
    queue.0.borrow_mut().push(Box::new(near));
    let _here = queue.client("here").await;
    let clients = tokio::time::sleep(Duration::from_secs(1));
    let late = async {
        // The other client leaves its close unanswered, so that the server waits.
        tokio::time::sleep(Duration::from_secs(2)).await;
        far.write_all(second.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        far.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let ((events, _), answer) = tokio::join!(serve("ws://127.0.0.1:0/\n", queue, clients), late);
    assert!(answer.ends_with(&[0x88, 2, 0x03, 0xe9]), "{answer:?}");
    let came = |event: &Event| matches!(event.kind, EventKind::Connected(_));
    assert_eq!(events.iter().filter(|event| came(event)).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_taken_while_its_client_is_still_being_answered() {
    let queue = Outbox::default();
    let mut clients: Vec<DuplexStream> = Vec::new();
    for number in 0..3 {
        clients.push(queue.client(&number.to_string()).await);
    }
    let heads = async {
        let mut heads = Vec::new();
        for client in &mut clients {
            let mut head = [0; 12];
            client.read_exact(&mut head).await.unwrap();
            heads.push(String::from_utf8_lossy(&head).into_owned());
        }
        assert_eq!(heads, ["HTTP/1.1 101", "HTTP/1.1 101", "HTTP/1.1 503"]);
    };
    serve("ws://127.0.0.1:0/\n@max-clients 2\n", queue, heads).await;
}

/// A frame as a client masks it.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let length = u8::try_from(payload.len()).unwrap();
    let payload = payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b);
    [first, 0x80 | length]
        .into_iter()
        .chain(mask)
        .chain(payload)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn one_who_breaks_the_protocol_fails_the_block() {
    let cases: [(&[u8], u16, &str); 3] = [
        (
            &masked(0x88, b"\x03\xed"),
            1002,
            "the peer broke the protocol (1002): a close frame carries the code 1005, which no endpoint may send",
        ),
        (
            &masked(0x88, b"\x03\xe8\xff"),
            1007,
            "the peer broke the protocol (1007): the reason in a close frame is not UTF-8",
        ),
        (
            &masked(0x81, b"\xff"),
            1007,
            "the peer broke the protocol (1007): a text message is not UTF-8 (from byte 0 on)",
        ),
    ];
    for (frame, code, reason) in cases {
        let queue = Outbox::default();
        let mut odd = queue.client("odd").await;
        let clients = async {
            odd.write_all(frame).await.unwrap();
            let mut answer = Vec::new();
            odd.read_to_end(&mut answer).await.unwrap();
            let close = [&[0x88, 2][..], &code.to_be_bytes()].concat();
            assert!(answer.ends_with(&close), "{answer:?}");
        };
        let script = "ws://127.0.0.1:0/\n\n<- text never\n<- close\n";
        let (events, outcome) = serve(script, queue, clients).await;
        assert_eq!(outcome.failure.unwrap().reason, reason);
        let failed = |event: &&Event| matches!(event.kind, EventKind::Failed(_));
        let failures: Vec<_> = events.iter().filter(failed).collect();
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert_eq!(failures[0].who.as_deref(), Some("odd"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_is_closed_at_the_end_has_not_left_in_another_way() {
    for expected in ["close 4000", "drop"] {
        let queue = Outbox::default();
        let mut stays = queue.client("stays").await;
        let script = format!("ws://127.0.0.1:0/\n@timeout 1m\n\n-> text hi\n<- {expected}\n");
        let clients = tokio::time::sleep(Duration::from_secs(1));
        let answering = async {
            let mut heard = Vec::new();
            while !heard.ends_with(&[0x88, 2, 0x03, 0xe9]) {
                heard.push(stays.read_u8().await.unwrap());
            }
            stays.write_all(&masked(0x88, b"\x03\xe9")).await.unwrap();
        };
        let ((events, outcome), ()) = tokio::join!(serve(&script, queue, clients), answering);
        assert_eq!(outcome.failure, None, "{expected}");
        let (_, ending) = ending(&events, "stays");
        assert!(matches!(ending, Ending::Closed(Some(close)) if close.code == 1001));
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_sends_too_much_is_refused_and_the_block_passes() {
    let queue = Outbox::default();
    let mut large = queue.client("large").await;
    let clients = async {
        large.write_all(&masked(0x81, &[b'x'; 17])).await.unwrap();
        large.read_to_end(&mut Vec::new()).await.unwrap();
    };
    let script = "ws://127.0.0.1:0/\n@max-message 16B\n";
    let (events, outcome) = serve(script, queue, clients).await;
    assert_eq!(outcome.failure, None);
    let (_, ending) = ending(&events, "large");
    assert!(matches!(ending, Ending::Breach { code: 1009, .. }));
}
