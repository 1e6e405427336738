//! A peer made of bytes: it shakes hands as it should, and then says whatever it is told to.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// Listens, and treats every connection so. The thread ends with the process.
pub(super) fn listen(
    treat: impl Fn(&mut TcpStream) -> io::Result<()> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            // A client that goes away in the middle is what all of this is about.
            let _ = treat(&mut stream);
        }
    });
    address
}

/// A peer that speaks after a proper handshake and reads, to the end, what the client says meanwhile.
pub(super) fn speak(say: impl Fn(&mut TcpStream) -> io::Result<()> + Send + 'static) -> SocketAddr {
    listen(move |stream| {
        shake_hands(stream)?;
        let mut reading = stream.try_clone()?;
        let reader = thread::spawn(move || io::copy(&mut reading, &mut io::sink()).is_ok());
        let said = say(stream);
        reader.join().unwrap();
        said
    })
}

/// Reads the head of a request.
pub(super) fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The answer that accepts a request, without the blank line at its end.
pub(super) fn answer(head: &str) -> String {
    let key = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map_or("", |(_, value)| value.trim());
    let accept = STANDARD.encode(Sha1::digest(format!(
        "{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    )));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
    )
}

/// The same, by a peer that compresses.
pub(super) fn speak_compressed(
    say: impl Fn(&mut TcpStream) -> io::Result<()> + Send + 'static,
) -> SocketAddr {
    listen(move |stream| {
        let answer = answer(&head(stream)?);
        let agreed = "Sec-WebSocket-Extensions: permessage-deflate";
        stream.write_all(format!("{answer}{agreed}\r\n\r\n").as_bytes())?;
        let mut reading = stream.try_clone()?;
        let reader = thread::spawn(move || io::copy(&mut reading, &mut io::sink()).is_ok());
        let said = say(stream);
        reader.join().unwrap();
        said
    })
}

fn shake_hands(stream: &mut TcpStream) -> io::Result<()> {
    let answer = answer(&head(stream)?);
    stream.write_all(format!("{answer}\r\n").as_bytes())
}

/// A frame of a server, with its first byte as given.
pub(super) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(u8::try_from(length).unwrap()),
        length @ 126..65536 => {
            frame.push(126);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

pub(super) fn text(text: &str) -> Vec<u8> {
    frame(0x81, text)
}

pub(super) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, [&code.to_be_bytes(), reason.as_bytes()].concat())
}
