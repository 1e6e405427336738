//! The limit: what tokio-tungstenite and pulldown-cmark take by themselves for each case of `compare.sh`, and the servers
//! that every client there is measured against. Knows nothing of `voiden`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a command of its own"
)]

use std::fmt::Write as _;
use std::io::{BufWriter, Read as _, Write as _};
use std::process::ExitCode;
use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compress, CompressError, Compression, Decompress, FlushCompress, FlushDecompress};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

type Failure = Box<dyn std::error::Error>;
type Socket = WebSocketStream<TcpStream>;

const USAGE: &str = "\
bare serve echo|push COUNT SIZE|json COUNT|packed COUNT SIZE|gzip COUNT|ask COUNT   a server on a free port, which is printed
bare echo ADDRESS                             one round trip
bare inflate COUNT SIZE                       inflates what `serve packed` sends, and nothing else
bare gunzip COUNT                             gunzips and parses what `serve gzip` sends, and nothing else
bare count ADDRESS | bare print ADDRESS       reads until the close; print writes every message to stdout
bare pairs ADDRESS COUNT                      request, reply, request …
bare answer ADDRESS                           sends every message back until the close
bare flood ADDRESS COUNT                      sends and receives at the same time
bare large ADDRESS BYTES                      one message there and back
bare sessions ADDRESS COUNT                   one round trip each
bare logins ADDRESS COUNT                     a request for a token, and a round trip with it, each
bare markdown FILE                            pulldown-cmark alone
bare document pairs|sessions|logins|large-document … a document for the case, on stdout";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime.map_err(Failure::from).and_then(|runtime| {
        runtime.block_on(async {
            match words.as_slice() {
                ["serve", mode @ ..] => serve(&Mode::read(mode)?).await,
                ["echo", address] => sessions(address, 1).await,
                ["count", address] => receive(address, |_| Ok(())).await,
                ["print", address] => print(address).await,
                ["pairs", address, count] => pairs(address, count.parse()?).await,
                ["answer", address] => answer(address).await,
                ["flood", address, count] => flood(address, count.parse()?).await,
                ["inflate", count, size] => inflate(count.parse()?, size.parse()?),
                ["gunzip", count] => gunzip(count.parse()?),
                ["large", address, bytes] => large(address, bytes.parse()?).await,
                ["sessions", address, count] => sessions(address, count.parse()?).await,
                ["logins", address, count] => logins(address, count.parse()?).await,
                ["markdown", file] => markdown(file),
                ["document", case @ ..] => document(case),
                _ => Err(USAGE.into()),
            }
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// No message is too large here.
fn unbounded() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(None)
        .max_frame_size(None)
}

async fn head(stream: &mut TcpStream) -> Result<String, Failure> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8(head)?)
}

async fn connect(address: &str) -> Result<Socket, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let answer = head(&mut stream).await?;
    if !answer.starts_with("HTTP/1.1 101") {
        return Err(answer.into());
    }
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(unbounded())).await)
}

#[derive(Clone, Copy)]
enum Mode {
    Echo,
    Push(usize, usize),
    /// The same, compressed where that is offered.
    Packed(usize, usize),
    /// JSON of 100 bytes.
    Json(usize),
    /// Gzip in binary messages.
    Gzip(usize),
    Ask(usize),
}

impl Mode {
    fn read(words: &[&str]) -> Result<Self, Failure> {
        Ok(match words {
            ["echo"] => Self::Echo,
            ["push", count, size] => Self::Push(count.parse()?, size.parse()?),
            ["packed", count, size] => Self::Packed(count.parse()?, size.parse()?),
            ["json", count] => Self::Json(count.parse()?),
            ["gzip", count] => Self::Gzip(count.parse()?),
            ["ask", count] => Self::Ask(count.parse()?),
            _ => return Err(USAGE.into()),
        })
    }
}

async fn serve(mode: &Mode) -> Result<(), Failure> {
    let reporter = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", reporter.local_addr()?.port());
    loop {
        let (stream, _) = reporter.accept().await?;
        let mode = *mode;
        // A client that goes away in the middle is its own business.
        tokio::spawn(async move { client(stream, mode).await.is_ok() });
    }
}

async fn client(mut stream: TcpStream, mode: Mode) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let request = head(&mut stream).await?;
    if request.starts_with("POST ") {
        return token(stream, &request).await;
    }
    let key = request
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map_or("", |(_, value)| value.trim());
    let accept = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = STANDARD.encode(accept);
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
    );
    let is_offered = request.contains("permessage-deflate");
    let answer = match mode {
        Mode::Packed(..) if is_offered => {
            format!("{answer}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
        }
        _ => format!("{answer}\r\n"),
    };
    stream.write_all(answer.as_bytes()).await?;
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(unbounded())).await;
    match mode {
        Mode::Echo => echo(socket).await,
        Mode::Packed(count, size) if is_offered => packed(socket, count, size).await,
        Mode::Push(count, size) | Mode::Packed(count, size) => {
            push(socket, pushed(count, size)).await
        }
        Mode::Json(count) => push(socket, requests(count)).await,
        Mode::Gzip(count) => gzip(socket, count).await,
        Mode::Ask(count) => ask(socket, count).await,
    }
}

/// Answers a login with a token.
async fn token(mut stream: TcpStream, request: &str) -> Result<(), Failure> {
    let mut body = vec![0; content_length(request)];
    stream.read_exact(&mut body).await?;
    let token = format!("{{\"token\":\"{}\"}}", String::from_utf8_lossy(&body).len());
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{token}",
        token.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(())
}

fn content_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or_default()
}

/// Sends everything back; flushes when nothing more is at hand.
async fn echo(socket: Socket) -> Result<(), Failure> {
    let (mut sink, stream) = socket.split();
    let mut batches = stream.ready_chunks(256);
    while let Some(batch) = batches.next().await {
        for message in batch {
            let message = message?;
            if message.is_text() || message.is_binary() {
                sink.feed(message).await?;
            }
        }
        sink.flush().await?;
    }
    Ok(())
}

/// Deflated as RFC 7692, 7.2.1 has it, each message with those before it in mind.
fn deflated(count: usize, size: usize) -> impl Iterator<Item = Result<Vec<u8>, CompressError>> {
    let mut stream = Compress::new(Compression::default(), false);
    pushed(count, size).map(move |message| {
        let mut out = Vec::with_capacity(message.len() + 64);
        stream.compress_vec(message.as_bytes(), &mut out, FlushCompress::Sync)?;
        out.truncate(out.len() - 4);
        Ok(out)
    })
}

/// What is sent compressed: it is made once, since deflating takes longer than anything that is measured.
static DEFLATED: OnceLock<Vec<Bytes>> = OnceLock::new();

async fn packed(mut socket: Socket, count: usize, size: usize) -> Result<(), Failure> {
    let made = || {
        deflated(count, size)
            .filter_map(Result::ok)
            .map(Bytes::from)
            .collect()
    };
    for message in DEFLATED.get_or_init(made) {
        let header = FrameHeader {
            rsv1: true,
            opcode: OpCode::Data(Data::Text),
            ..FrameHeader::default()
        };
        let frame = Frame::from_payload(header, message.clone());
        socket.feed(Message::Frame(frame)).await?;
    }
    socket.flush().await?;
    socket.close(None).await?;
    while socket.next().await.is_some() {}
    Ok(())
}

fn inflate(count: usize, size: usize) -> Result<(), Failure> {
    let messages: Vec<Vec<u8>> = deflated(count, size).collect::<Result<_, _>>()?;
    let mut stream = Decompress::new(false);
    let began = Instant::now();
    let mut bytes = 0;
    for message in messages {
        let mut out = Vec::with_capacity(size + 64);
        for piece in [message.as_slice(), &[0, 0, 0xff, 0xff]] {
            stream.decompress_vec(piece, &mut out, FlushDecompress::None)?;
        }
        bytes += out.len();
    }
    println!(
        "{bytes} bytes in {:.1} ms",
        began.elapsed().as_secs_f64() * 1000.0
    );
    Ok(())
}

/// JSON of 300 bytes, as gzip. They are few, since making them takes longer than anything that is measured.
static TICKS: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    (1000..2000)
        .filter_map(|number: usize| {
            let tick = format!(
                "{{\"type\":\"tick\",\"symbol\":\"BTC-USD\",\"id\":{number},\"price\":{number}.25,\"sizes\":[1,2,3],\"note\":\""
            );
            let note: String = (0..300 - tick.len() - 2)
                .map(|at| char::from(b'a' + u8::try_from((at * at + number) % 26).unwrap_or(0)))
                .collect();
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(format!("{tick}{note}\"}}").as_bytes()).ok()?;
            encoder.finish().ok().map(Bytes::from)
        })
        .collect()
});

async fn gzip(mut socket: Socket, count: usize) -> Result<(), Failure> {
    for tick in TICKS.iter().cycle().take(count) {
        socket.feed(Message::Binary(tick.clone())).await?;
    }
    socket.flush().await?;
    socket.close(None).await?;
    while socket.next().await.is_some() {}
    Ok(())
}

fn gunzip(count: usize) -> Result<(), Failure> {
    let mut ticks = 0;
    for tick in TICKS.iter().cycle().take(count) {
        let mut json = Vec::new();
        GzDecoder::new(&tick[..]).read_to_end(&mut json)?;
        let tick: serde_json::Value = serde_json::from_slice(&json)?;
        ticks += usize::from(tick.get("type").and_then(serde_json::Value::as_str) == Some("tick"));
    }
    println!("{ticks}");
    Ok(())
}

fn pushed(count: usize, size: usize) -> impl Iterator<Item = String> {
    let text = "x".repeat(size);
    (0..count).map(move |number| format!("{number:08} {}", text.get(9..).unwrap_or_default()))
}

async fn push(mut socket: Socket, messages: impl Iterator<Item = String>) -> Result<(), Failure> {
    for message in messages {
        socket.feed(Message::text(message)).await?;
    }
    socket.flush().await?;
    socket.close(None).await?;
    while socket.next().await.is_some() {}
    Ok(())
}

fn requests(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(request)
}

/// The server's own requests, each sent after the answer to the one before.
async fn ask(mut socket: Socket, count: usize) -> Result<(), Failure> {
    for number in 0..count {
        socket.send(Message::text(request(number))).await?;
        socket.next().await.ok_or("gone")??;
    }
    socket.close(None).await?;
    while socket.next().await.is_some() {}
    Ok(())
}

/// 100 bytes of JSON.
fn request(number: usize) -> String {
    format!("{{\"id\":{number:05},\"method\":\"subscribe\",\"symbol\":\"BTC-USD\",\"token\":\"0123456789012345678901234567890123456\"}}")
        .replacen(":0000", ":1000", 1)
        .replacen(":0", ":1", 1)
}

async fn receive(
    address: &str,
    mut each: impl FnMut(&Message) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut socket = connect(address).await?;
    let mut count = 0_usize;
    while let Some(message) = socket.next().await {
        let message = message?;
        count += usize::from(message.is_text());
        each(&message)?;
    }
    eprintln!("{count}");
    Ok(())
}

async fn print(address: &str) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    receive(address, |message| {
        if let Message::Text(text) = message {
            writeln!(out, "{text}")?;
        }
        Ok(())
    })
    .await?;
    out.flush()?;
    Ok(())
}

async fn close(mut socket: Socket) -> Result<(), Failure> {
    socket.close(None).await?;
    while socket.next().await.is_some() {}
    Ok(())
}

async fn pairs(address: &str, count: usize) -> Result<(), Failure> {
    let mut socket = connect(address).await?;
    for number in 0..count {
        socket.send(Message::text(request(number))).await?;
        let reply = socket.next().await.ok_or("gone")??;
        let reply: serde_json::Value = serde_json::from_str(reply.to_text()?)?;
        if reply.get("method").and_then(serde_json::Value::as_str) != Some("subscribe") {
            return Err("another reply".into());
        }
    }
    close(socket).await
}

/// The other side of `serve ask`: every request that names the method is sent back.
async fn answer(address: &str) -> Result<(), Failure> {
    let mut socket = connect(address).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if !message.is_text() {
            continue;
        }
        let request: serde_json::Value = serde_json::from_str(message.to_text()?)?;
        if request.get("method").and_then(serde_json::Value::as_str) == Some("subscribe") {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn flood(address: &str, count: usize) -> Result<(), Failure> {
    let (mut sink, mut stream) = connect(address).await?.split();
    let send = async {
        for number in 0..count {
            feed(&mut sink, Message::text(format!("message {number:08}"))).await?;
        }
        sink.flush().await.map_err(Failure::from)
    };
    let read = drain(&mut stream, count);
    tokio::try_join!(send, read)?;
    close(sink.reunite(stream)?).await
}

async fn feed<S: Sink<Message> + Unpin>(sink: &mut S, message: Message) -> Result<(), Failure>
where
    S::Error: Into<Failure>,
{
    sink.feed(message).await.map_err(Into::into)
}

async fn drain<S, E>(stream: &mut S, count: usize) -> Result<(), Failure>
where
    S: Stream<Item = Result<Message, E>> + Unpin,
    E: Into<Failure>,
{
    for _ in 0..count {
        stream.next().await.ok_or("gone")?.map_err(Into::into)?;
    }
    Ok(())
}

async fn large(address: &str, bytes: usize) -> Result<(), Failure> {
    let (mut sink, mut stream) = connect(address).await?.split();
    let message = Message::text("x".repeat(bytes));
    let send = async { sink.send(message).await.map_err(Failure::from) };
    tokio::try_join!(send, drain(&mut stream, 1))?;
    close(sink.reunite(stream)?).await
}

async fn sessions(address: &str, count: usize) -> Result<(), Failure> {
    for number in 0..count {
        let mut socket = connect(address).await?;
        socket
            .send(Message::text(format!("hello {number}")))
            .await?;
        socket.next().await.ok_or("gone")??;
        close(socket).await?;
    }
    Ok(())
}

/// A login by hand, which is no more than a library for HTTP would do, and a socket with what it gave.
async fn logins(address: &str, count: usize) -> Result<(), Failure> {
    for number in 0..count {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let body = format!("{{\"user\": {number}}}");
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let answer = head(&mut stream).await?;
        let mut body = vec![0; content_length(&answer)];
        stream.read_exact(&mut body).await?;
        let login: serde_json::Value = serde_json::from_slice(&body)?;
        let token = login.get("token").and_then(serde_json::Value::as_str);
        let token = token.ok_or("no token")?.to_owned();
        let mut socket = connect(address).await?;
        socket.send(Message::text(token)).await?;
        socket.next().await.ok_or("gone")??;
        close(socket).await?;
    }
    Ok(())
}

fn markdown(file: &str) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file)?;
    let options = pulldown_cmark::Options::ENABLE_TABLES
        | pulldown_cmark::Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let events = pulldown_cmark::Parser::new_ext(&text, options).into_offset_iter();
    println!("{}", events.count());
    Ok(())
}

fn document(case: &[&str]) -> Result<(), Failure> {
    let mut text = String::new();
    match case {
        ["pairs", address, count] => {
            let _ = write!(text, "# Pairs\n\n```/wss\nws://{address}\n\n");
            for number in 0..count.parse()? {
                let request = request(number);
                let _ = write!(
                    text,
                    "-> json {request}\n<- json {{\"method\": \"subscribe\"}}\n"
                );
            }
            text.push_str("```\n");
        }
        ["sessions", address, count] => {
            for number in 0..count.parse()? {
                let _ = write!(text, "# Session {number}\n\n");
                session(&mut text, address, number);
            }
        }
        ["logins", address, count] => {
            for number in 0..count.parse()? {
                let _ = write!(
                    text,
                    "# Login {number}\n\n```/http\nPOST http://{address}/login\n\n-> json {{\"user\": {number}}}\n\
                     <- json {{\"token\": \"{{{{$any as TOKEN}}}}\"}}\n```\n\n\
                     ```/wss Session {number}\nws://{address}\n\n-> text {{{{TOKEN}}}}\n<- text {{{{TOKEN}}}}\n```\n"
                );
            }
        }
        ["large-document", count, bytes] => {
            let (count, bytes): (usize, usize) = (count.parse()?, bytes.parse()?);
            let each = bytes / count;
            for number in 0..count {
                let start = text.len();
                let _ = write!(text, "## Session {number}\n\n");
                session(&mut text, "127.0.0.1:9", number);
                text.push('\n');
                while text.len() - start < each - 1 {
                    text.push_str(
                        "Some *prose* with a [link](https://example.com) and `code`, as a document of an API has it.\n\
                         It goes on for a while, so that the parser has something to do.\n\n\
                         * one item\n* another one with **strong** words\n\n",
                    );
                }
            }
        }
        _ => return Err(USAGE.into()),
    }
    print!("{text}");
    Ok(())
}

fn session(text: &mut String, address: &str, number: usize) {
    let _ = write!(
        text,
        "```/wss\nws://{address}\n\n-> text hello {number}\n<- text hello {number}\n```\n"
    );
}
