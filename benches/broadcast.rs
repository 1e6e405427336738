//! One message to a thousand clients: `voiden serve` beside a bare tokio-tungstenite server. Each server runs on one
//! thread of a process of its own; the clients are sockets in this process that only count bytes, so that the time is
//! the server's. Run with `cargo bench --bench broadcast`; CLIENTS and ROUNDS change the numbers.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark fails by panicking and prints its numbers"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;

const PAYLOAD: usize = 100;
/// A server's frame of that payload has a head of two bytes.
const FRAME: usize = 2 + PAYLOAD;
const WARM_UP: usize = 20;

fn main() {
    if std::env::args().any(|argument| argument == "--bare-server") {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(bare());
        return;
    }
    let clients = number("CLIENTS", 1000);
    let rounds = number("ROUNDS", 200);
    println!(
        "one message of {PAYLOAD} bytes to {clients} clients, {rounds} rounds, milliseconds until the last has it"
    );
    let folder = tempfile::tempdir().unwrap();
    let bare = measure(&mut bare_server(), clients, rounds);
    println!("{}", line("tokio-tungstenite", &bare));
    let voiden = measure(&mut voiden_server(folder.path()), clients, rounds);
    println!("{}", line("voiden serve", &voiden));
    println!(
        "voiden takes {:.2} times as long (medians)",
        median(&voiden) / median(&bare)
    );
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn line(name: &str, times: &[f64]) -> String {
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    format!(
        "{name:18} median {:7.2}   fastest {:7.2}   90 % within {:7.2}",
        at(50),
        at(0),
        at(90)
    )
}

fn median(times: &[f64]) -> f64 {
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A server in a process of its own, ended with this value.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// The last word of the first line that it prints is its URL.
    fn start(mut command: Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut first)
            .unwrap();
        let (_, port) = first.trim().trim_end_matches('/').rsplit_once(':').unwrap();
        let port = port.parse().unwrap();
        Self { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn bare_server() -> Server {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--bare-server");
    Server::start(command)
}

fn voiden_server(folder: &Path) -> Server {
    let document = folder.join("bench.md");
    let text = "```/wss-server bench\nws://127.0.0.1:0/\n\n-- on\nall -> {{$message}}\n```\n";
    std::fs::write(&document, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command.arg("serve").arg(document);
    Server::start(command)
}

/// What a server that only broadcasts is made of without any framework around it.
async fn bare() {
    let reporter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("bare ws://{}/", reporter.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    let (everybody, _) = broadcast::channel::<Message>(1024);
    loop {
        let (stream, _) = reporter.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let everybody = everybody.clone();
        tokio::spawn(async move {
            let mut messages = everybody.subscribe();
            let (mut sink, mut stream) = tokio_tungstenite::accept_async(stream)
                .await
                .unwrap()
                .split();
            loop {
                tokio::select! {
                    Ok(message) = messages.recv() => sink.send(message).await.unwrap(),
                    received = stream.next() => match received {
                        Some(Ok(message)) if message.is_text() => drop(everybody.send(message)),
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                }
            }
        });
    }
}

/// Sorted times of rounds: from the send of one client until all of them have the message.
fn measure(server: &mut Server, clients: usize, rounds: usize) -> Vec<f64> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut times: Vec<f64> = runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..clients {
            streams.push(connect(server.port).await);
        }
        let mut times = Vec::new();
        for round in 0..WARM_UP + rounds {
            let began = Instant::now();
            streams
                .first_mut()
                .unwrap()
                .write_all(&frame())
                .await
                .unwrap();
            try_join_all(streams.iter_mut().map(receive)).await.unwrap();
            if round >= WARM_UP {
                times.push(began.elapsed());
            }
        }
        times
            .iter()
            .map(Duration::as_secs_f64)
            .map(|seconds| seconds * 1000.0)
            .collect()
    });
    times.sort_by(f64::total_cmp);
    times
}

async fn connect(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    stream
}

/// A client's text frame, masked by zeros.
fn frame() -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | u8::try_from(PAYLOAD).unwrap(), 0, 0, 0, 0];
    frame.resize(6 + PAYLOAD, b'x');
    frame
}

async fn receive(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut frame = [0; FRAME];
    stream.read_exact(&mut frame).await?;
    assert_eq!(frame.first(), Some(&0x81));
    Ok(())
}
