//! What a peer says once the connection is open: however its bytes arrive, they mean what they mean to a reader that has
//! all of them at once; what is answered keeps to the protocol; and a session over them ends by itself.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::timeout;
use voiden::dial::{Dial, Endpoint, Io, Reach, Tls};
use voiden::interpreter::{Environment, Interrupt, run as run_session};
use voiden::protocol::{Bytes, Close, ConnectError, Ending, Event, EventKind, Frame};
use voiden::script::{Files, Generator, Options, Role, parse};
use voiden::websocket::{Arrival, WebSocket};

use super::peer::Peer;

/// The key of RFC 6455, 1.3, and an answer that accepts it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// The largest message that is taken.
const LIMIT: usize = 300;
/// A step's time, the bound of a close, and what parting takes.
const LONGEST: Duration = Duration::from_secs(12);

/// The input is what a peer sends behind the handshake, be it the client or the server.
pub(crate) fn holds(input: &[u8]) {
    let runtime = super::peer::runtime();
    for role in [Role::Client, Role::Server] {
        let meant = read(input, role == Role::Server);
        for length in [1, 7, usize::MAX] {
            let (told, ending, answer) = runtime.block_on(listen(input, length, role));
            is_told(&told, &meant);
            is_ending(&ending, &meant.1);
            is_answer(&read(&answer, role == Role::Client), &meant);
        }
    }
    let meant = read(input, false);
    for stays in [false, true] {
        is_told(&runtime.block_on(converse(input, stays)), &meant);
    }
}

/// What one end of a connection hears and answers.
async fn listen(input: &[u8], length: usize, role: Role) -> (Vec<Frame>, Ending, Vec<u8>) {
    // What comes first may come with the handshake.
    let (first, rest) = input.split_at(length.min(input.len() / 2));
    let (peer, answer) = Peer::sending(rest, length);
    let read_ahead = Bytes::copy_from_slice(first);
    let mut socket = WebSocket::new(Box::new(peer), read_ahead, role, LIMIT, None).await;
    let mut told = Vec::new();
    let ending = loop {
        match socket.next().await {
            Arrival::Frame(frame) | Arrival::Inflated(frame, _) => told.push(frame),
            Arrival::End(ending) => break ending,
        }
    };
    (told, ending, answer.take())
}

/// What a session tells that waits for what may never come.
async fn converse(input: &[u8], stays: bool) -> Vec<Frame> {
    let (mut peer, _) = Peer::sending(&[SWITCH, input].concat(), usize::MAX);
    peer.stays = stays;
    let events: Rc<RefCell<Vec<Event>>> = Rc::default();
    let heard = Rc::clone(&events);
    let environment = Environment {
        scope: Rc::default(),
        generator: Rc::new(RefCell::new(Generator::repeating())),
        files: Rc::new(Nothing),
        dial: Rc::new(Line(RefCell::new(Some(peer)))),
        tls: Tls::default(),
        reach: Reach::default(),
        cookies: Rc::default(),
        shown_url: Rc::new(str::to_owned),
        listen: Rc::new(move |event| heard.borrow_mut().push(event)),
        measure: None,
        matchers: None,
        instance: 1,
        interrupt: Interrupt::default(),
    };
    let script = format!("ws://h/\nX-Key: {KEY}\n\n<- text never");
    let mut script = parse(&script, Role::Client, &[]).script;
    // A script may not give the key by itself.
    "Sec-WebSocket-Key".clone_into(&mut script.headers[0].name);
    let options = Options {
        max_message: LIMIT,
        ..Options::default()
    };
    let session = run_session(Rc::new(script), Rc::new(options), Rc::new(environment));
    let outcome = timeout(LONGEST, session).await;
    assert!(outcome.is_ok(), "it goes on and on");
    let events = events.take();
    let ends = |event: &&Event| matches!(event.kind, EventKind::Disconnected(_));
    assert_eq!(events.iter().filter(ends).count(), 1);
    let received = events.into_iter().filter_map(|event| match event.kind {
        EventKind::Received { frame, .. } => Some(frame),
        _ => None,
    });
    received.collect()
}

type Dialed = Result<Box<dyn Io>, ConnectError>;

/// Opens one connection, to a peer.
struct Line(RefCell<Option<Peer>>);

impl Dial for Line {
    fn dial<'a>(&'a self, _: &'a Endpoint) -> Pin<Box<dyn Future<Output = Dialed> + 'a>> {
        let stream = Box::new(self.0.take().expect("one connection"));
        Box::pin(async { Ok(stream as Box<dyn Io>) })
    }
}

struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &str) -> Result<Bytes, voiden::script::Unreadable> {
        Err("no such file".into())
    }
}

/// Every frame, and nothing else but the beginning of what is none.
fn is_told(told: &[Frame], (frames, end): &Meant) {
    let mut told = told.to_vec();
    if let End::Breach(_, bytes) = end {
        let broken = told.pop_if(|frame| matches!(frame, Frame::Broken(_)));
        assert_eq!(broken.is_some(), !bytes.is_empty(), "{end:?}");
        let shown = broken.as_ref().map_or(&[][..], Frame::payload);
        assert!(bytes.starts_with(shown), "{broken:?} {end:?}");
        assert_eq!(shown.is_empty(), bytes.is_empty());
    }
    assert_eq!(told, *frames);
}

fn is_ending(ending: &Ending, end: &End) {
    match (ending, end) {
        (Ending::Vanished, End::Between | End::Within) => {}
        (Ending::Closed(close), End::Closed(meant)) => assert_eq!(close, meant),
        (Ending::Breach { code: 1002, reason }, End::Unfit(close)) => {
            assert!(reason.contains(&close.code.to_string()), "{reason}");
        }
        (Ending::Breach { code, reason }, End::Breach(meant, _)) => {
            assert_eq!(code, meant);
            assert!(!reason.chars().any(char::is_control), "{reason:?}");
        }
        _ => panic!("{ending:?} of {end:?}"),
    }
}

/// Pongs for pings, and a close where there was an end (RFC 6455, 5.5.3 and 7.1).
fn is_answer((frames, end): &Meant, (meant, why): &Meant) {
    let mut pings = meant.iter();
    for frame in frames {
        match frame {
            Frame::Pong(data) => {
                let ping = Frame::Ping(data.clone());
                assert!(pings.any(|sent| *sent == ping), "{ping:?} was not sent");
            }
            Frame::Close(_) => {}
            other => panic!("{other:?}"),
        }
    }
    match (why, end) {
        (End::Between | End::Within, End::Between) | (End::Closed(_), End::Closed(_)) => {}
        (End::Breach(code, _), End::Closed(Some(close))) => assert_eq!(*code, close.code),
        (End::Unfit(_), End::Closed(Some(close))) => assert_eq!(close.code, 1002),
        _ => panic!("{end:?} to {why:?}"),
    }
}

/// What bytes mean: whole messages and control frames, and how they end.
type Meant = (Vec<Frame>, End);

#[derive(Debug)]
enum End {
    /// Behind a frame.
    Between,
    /// Before one is whole.
    Within,
    /// By a close frame, which is also the last frame.
    Closed(Option<Close>),
    /// By a close frame with a code that no endpoint may send (RFC 6455, 7.4), which is shown.
    Unfit(Close),
    /// By what is not allowed: the code that says so, and what may be shown of it.
    Breach(u16, Vec<u8>),
}

fn read(bytes: &[u8], masked: bool) -> Meant {
    let mut reader = Reader {
        bytes,
        masked,
        message: None,
    };
    let mut frames = Vec::new();
    loop {
        match reader.next() {
            Ok(frame) => frames.extend(frame),
            Err(end) => {
                match &end {
                    End::Closed(close) => frames.push(Frame::Close(close.clone())),
                    End::Unfit(close) => frames.push(Frame::Close(Some(close.clone()))),
                    _ => {}
                }
                return (frames, end);
            }
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    masked: bool,
    /// The opcode of a message whose last fragment has not come, and its payload so far.
    message: Option<(u8, Vec<u8>)>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], End> {
        let count = usize::try_from(count).map_err(|_| End::Within)?;
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(End::Within)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn number(&mut self, count: u64) -> Result<u64, End> {
        let bytes = self.take(count)?.iter();
        Ok(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A frame (RFC 6455, 5.2); what came whole with it.
    fn next(&mut self) -> Result<Option<Frame>, End> {
        if self.bytes.is_empty() {
            return Err(End::Between);
        }
        let start = self.bytes;
        let breach = || End::Breach(1002, start.to_vec());
        let first = self.take(1)?[0];
        let (last, opcode) = (first & 0x80 != 0, first & 0x0f);
        let in_place = match opcode {
            0 => self.message.is_some(),
            1 | 2 => self.message.is_none(),
            8..=10 => last,
            _ => false,
        };
        if first & 0x70 != 0 || !in_place {
            return Err(breach());
        }
        let second = self.take(1)?[0];
        let control = opcode >= 8;
        if (second & 0x80 != 0) != self.masked || control && second & 0x7f > 125 {
            return Err(breach());
        }
        let length = match second & 0x7f {
            126 => self.number(2)?,
            127 => self.number(8)?,
            length => length.into(),
        };
        let mask = if self.masked { self.take(4)? } else { &[0] };
        let before = self.message.as_ref().map_or(0, |(_, whole)| whole.len());
        if !control && length.saturating_add(before as u64) > LIMIT as u64 {
            return Err(End::Breach(1009, Vec::new()));
        }
        let masked = self.take(length)?.iter().zip(mask.iter().cycle());
        let payload: Vec<u8> = masked.map(|(byte, mask)| byte ^ mask).collect();
        match opcode {
            8 => Err(closed(&payload, start).unwrap_or_else(breach)),
            9 => Ok(Some(Frame::Ping(payload.into()))),
            10 => Ok(Some(Frame::Pong(payload.into()))),
            _ => self.fragment(opcode, last, payload),
        }
    }

    fn fragment(&mut self, opcode: u8, last: bool, payload: Vec<u8>) -> Result<Option<Frame>, End> {
        let (kind, mut whole) = self.message.take().unwrap_or((opcode, Vec::new()));
        whole.extend(payload);
        if !last {
            self.message = Some((kind, whole));
            return Ok(None);
        }
        if kind == 2 {
            return Ok(Some(Frame::Binary(whole.into())));
        }
        match String::from_utf8(whole) {
            Ok(text) => Ok(Some(Frame::Text(text.into()))),
            Err(error) => Err(End::Breach(1007, error.into_bytes())),
        }
    }
}

/// A close frame's payload (RFC 6455, 5.5.1), unless it is none.
fn closed(payload: &[u8], frame: &[u8]) -> Option<End> {
    if payload.is_empty() {
        return Some(End::Closed(None));
    }
    let (code, reason) = payload.split_first_chunk()?;
    let Ok(reason) = str::from_utf8(reason) else {
        return Some(End::Breach(1007, frame.to_vec()));
    };
    let close = Close {
        code: u16::from_be_bytes(*code),
        reason: reason.to_owned(),
    };
    Some(match close.code {
        1000..=1003 | 1007..=1014 | 3000..=4999 => End::Closed(Some(close)),
        _ => End::Unfit(close),
    })
}
