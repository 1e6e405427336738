//! Servers and proxies of a few lines, in memory where they can be, on the loopback where they must.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::*;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

fn target(url: &str) -> Target {
    Target {
        headers: vec![("Sec-WebSocket-Key".to_owned(), KEY.to_owned())],
        proxy: Some("none".to_owned()),
        ..Target::to(url)
    }
}

fn told(dialed: &Dialed) -> String {
    match dialed {
        Dialed::Opened(Opened {
            read_ahead,
            handshake,
            ..
        }) => format!(
            "opened {:?} ahead \"{}\"",
            handshake.subprotocol,
            read_ahead.escape_ascii()
        ),
        Dialed::Refused(handshake) => format!(
            "refused {} {:?} {} headers, body \"{}\"",
            handshake.status,
            handshake.reason,
            handshake.headers.len(),
            handshake.body.escape_ascii()
        ),
        Dialed::Unfit(
            _,
            Trouble {
                reason,
                hint,
                transient,
            },
        )
        | Dialed::Trouble(Trouble {
            reason,
            hint,
            transient,
        }) => {
            let again = if *transient { "transient" } else { "lasting" };
            let hint = hint.as_ref().map(|hint| format!(" ({hint})"));
            format!("{again}: {reason}{}", hint.unwrap_or_default())
        }
    }
}

/// What comes of an answer that is written piece by piece; `None` is a long pause, the end is the end of the stream.
async fn answered(offered: &[&str], limit: usize, pieces: &[Option<&str>]) -> String {
    let (near, mut far) = duplex(1 << 20);
    let url = parse_url("ws://example.com/chat").unwrap();
    let mut target = target("");
    target.subprotocols = offered.iter().map(|name| (*name).to_owned()).collect();
    let request = Request::new(&url, &target).unwrap();
    let server = async {
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(far.read_u8().await.unwrap());
        }
        for piece in pieces {
            match piece {
                Some(bytes) => {
                    let _ = far.write_all(bytes.as_bytes()).await;
                }
                None => sleep(Duration::from_secs(3600)).await,
            }
            tokio::task::yield_now().await;
        }
        let _ = far.shutdown().await;
    };
    target.body_limit = limit;
    let client = answer::open(Box::new(near), &request, false, &target);
    tokio::pin!(client, server);
    let dialed = tokio::select! {
        biased;
        dialed = &mut client => dialed,
        () = &mut server => client.await,
    };
    told(&dialed.unwrap_or_else(Dialed::Trouble))
}

#[tokio::test(start_paused = true)]
async fn answers_are_judged() {
    let with = |lines: &str| format!("{SWITCH}{lines}\r\n");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n", "x".repeat(70_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
    let cases: Vec<(&[&str], String)> = vec![
        (&[], with("")),
        (&[], with("") + "\u{1}\u{2}hi"),
        (&["a", "b"], with("Sec-WebSocket-Protocol: b\r\n")),
        (&["a", "b"], with("Sec-WebSocket-Protocol: c\r\n")),
        (&["a", "b"], with("")),
        (&[], with("Sec-WebSocket-Protocol: a\r\n")),
        (
            &["a"],
            with("Sec-WebSocket-Protocol: a\r\nsec-websocket-protocol: a\r\n"),
        ),
        (
            &[],
            with("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        ),
        (
            &[],
            with("")
                .replace("websocket", "WebSocket")
                .replace("Upgrade\r", "keep-alive, UPGRADE\r"),
        ),
        (&[], with("").replace("Upgrade: websocket", "Upgrade: h2c")),
        (
            &[],
            with("").replace("Connection: Upgrade", "Connection: close"),
        ),
        (&[], with("").replace("Connection: Upgrade\r\n", "")),
        (&[], with("").replace("s3pP", "S3pP")),
        (&[], with("").replace("Sec-WebSocket-Accept", "X-Accept")),
        (
            &[],
            with("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        ),
        (&[], with("").replace("HTTP/1.1", "HTTP/1.0")),
        (
            &[],
            format!(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n{}",
                with("")
            ),
        ),
        (
            &[],
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno!".to_owned(),
        ),
        (&[], "HTTP/1.1 404\r\n\r\nnot here".to_owned()),
        (
            &[],
            "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n".to_owned(),
        ),
        (&[], "HTTP/1.1 204 No Content\r\n\r\nx".to_owned()),
        (
            &[],
            "HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\nshort".to_owned(),
        ),
        (&[], String::new()),
        (&[], "HTTP/1.1 101 Swi".to_owned()),
        (&[], "SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
        (&[], "\u{15}\u{3}\u{3}\0\u{2}\u{2}\n".to_owned()),
        (&[], "<html>".to_owned()),
        (&[], "HTTP/2 200 OK\r\n\r\n".to_owned()),
        (&[], "HTTP/1.1 2x0 OK\r\n\r\n".to_owned()),
        (&[], "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n".to_owned()),
        (&[], "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n".to_owned()),
        (&[], long),
        (&[], many),
    ];
    let mut lines = Vec::new();
    for (offered, bytes) in cases {
        let whole = answered(offered, 1 << 16, &[Some(&bytes)]).await;
        lines.push(whole.clone());
        if bytes.is_ascii() && bytes.len() < 1000 && whole.starts_with(['o', 'r']) {
            let letters: Vec<_> = bytes.split_inclusive(|_| true).map(Some).collect();
            let dripped = answered(offered, 1 << 16, &letters).await;
            let (dripped, whole) = (dripped.split(" ahead"), whole.split(" ahead"));
            assert!(dripped.take(1).eq(whole.take(1)), "{bytes:?}");
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn bodies_come_late_in_chunks_and_within_bounds() {
    let length = "HTTP/1.1 500 E\r\nContent-Length: 10\r\n\r\n";
    let chunked = "HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\n";
    let open = "HTTP/1.1 500 E\r\n\r\n";
    let cases: [(usize, &[Option<&str>]); 11] = [
        (100, &[Some(length), Some("01234"), Some("56789"), None]),
        (100, &[Some(length), Some("01234"), None]),
        (4, &[Some(length), Some("01234"), None]),
        (0, &[Some(length), None]),
        (100, &[Some(open), Some("until"), Some(" the end")]),
        (
            100,
            &[Some(open), Some("until silence"), None, Some("late")],
        ),
        (5, &[Some(open), Some("until the limit"), None]),
        (
            100,
            &[
                Some(chunked),
                Some("3\r\nabc\r"),
                Some("\n2;x=y\r\nde\r\n0\r\n\r\n"),
                None,
            ],
        ),
        (100, &[Some(chunked), Some("3\r\nab"), None]),
        (4, &[Some(chunked), Some("3\r\nabc\r\n3\r\ndef\r\n"), None]),
        (100, &[Some(chunked), Some("1\r\na\r\nzz\r\nb"), None]),
    ];
    let mut lines = Vec::new();
    for (limit, pieces) in cases {
        lines.push(answered(&[], limit, pieces).await);
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_does_not_hold_a_refusal_back() {
    let (near, mut far) = duplex(1 << 16);
    let drip = async {
        far.write_all(b"HTTP/1.1 500 E\r\n\r\n").await.unwrap();
        while far.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    let url = parse_url("ws://example.com").unwrap();
    let mut target = target("");
    target.body_limit = 100;
    let request = Request::new(&url, &target).unwrap();
    let client = async {
        told(
            &answer::open(Box::new(near), &request, false, &target)
                .await
                .unwrap_or_else(Dialed::Trouble),
        )
    };
    let (told, ()) = tokio::join!(client, drip);
    assert_eq!(told, "refused 500 \"E\" 0 headers, body \"xxxxx\"");
}

/// A listener, and the URL of what it serves.
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn dial(target: &Target) -> String {
    told(&Connector::default().dial(target).await)
}

/// Reads a request's head and answers.
async fn answer_to(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &str) -> String {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => asked.push(byte),
            Err(_) => break,
        }
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.flush().await;
    String::from_utf8_lossy(&asked).into_owned()
}

fn switch() -> String {
    format!("{SWITCH}\r\n")
}

#[tokio::test]
async fn what_cannot_be_dialled_is_said_before_anything_connects() {
    let told = [
        dial(&target("http://localhost/")).await,
        dial(&Target {
            headers: vec![("A".to_owned(), "b\r\nC: d".to_owned())],
            ..target("ws://127.0.0.1:1/")
        })
        .await,
        dial(&Target {
            proxy: Some("socks4://127.0.0.1:1".to_owned()),
            ..target("ws://example.com/")
        })
        .await,
        dial(&Target {
            proxy: Some("http://me:secret@ho st:1".to_owned()),
            ..target("ws://example.com/")
        })
        .await,
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_closed_port_and_a_missing_socket_are_told() {
    let (listener, address) = listen().await;
    drop(listener);
    let told = dial(&target(&format!("ws://{address}"))).await;
    let expected = format!("transient: cannot connect to {address}: connection refused");
    assert_eq!(told, expected);
    let told = dial(&target("ws+unix:///nowhere/a.sock:/chat")).await;
    let expected =
        "transient: cannot connect to the socket /nowhere/a.sock: no such file or directory";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_later_address_is_tried_where_one_refuses() {
    let (listener, address) = listen().await;
    let mut target = target(&format!("ws://two.example:{}/", address.port()));
    for address in ["127.0.0.3", "127.0.0.1"] {
        target.resolve.push((
            "two.example".to_owned(),
            listener.local_addr().unwrap().port(),
            address.parse().unwrap(),
        ));
    }
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        answer_to(&mut stream, &switch()).await
    };
    let (told, asked) = tokio::join!(dial(&target), server);
    assert_eq!(told, "opened None ahead \"\"");
    assert!(asked.contains(&format!("Host: two.example:{}\r\n", address.port())));
}

#[tokio::test]
async fn a_server_that_hangs_up_is_told() {
    let (listener, address) = listen().await;
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        // With its request unread, the connection is reset.
        stream.readable().await.unwrap();
        drop(stream);
    };
    let target = target(&format!("ws://{address}"));
    let (told, ()) = tokio::join!(dial(&target), server);
    let ends = [
        "transient: the connection failed before an answer: connection reset by peer",
        "transient: the server closed the connection without an answer",
    ];
    assert!(ends.contains(&told.as_str()), "{told}");
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_are_dialled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let url = format!("ws+unix://{}/a%20b.sock:/chat?x", folder.path().display());
    let target = target(&url);
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        answer_to(&mut stream, &switch()).await
    };
    let (told, asked) = tokio::join!(dial(&target), server);
    assert_eq!(told, "opened None ahead \"\"");
    assert!(
        asked.starts_with("GET /chat?x HTTP/1.1\r\nHost: localhost\r\n"),
        "{asked}"
    );
}

/// An authority, a certificate that it signed, and their files.
struct Pki {
    folder: tempfile::TempDir,
    ca: CertifiedIssuer<'static, KeyPair>,
}

impl Pki {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();
        Self { folder, ca }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Signs a certificate for a name; writes it and its key.
    fn sign(&self, name: &str, expired: bool) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.ca).unwrap();
        std::fs::write(self.file(&format!("{name}.pem")), cert.pem()).unwrap();
        std::fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    /// Accepts TLS with a certificate that was signed, and wants one of the client if `mutual`.
    fn acceptor(&self, name: &str, mutual: bool) -> tokio_rustls::TlsAcceptor {
        let builder = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(self.ca.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let chain = certificates(&self.file(&format!("{name}.pem"))).unwrap();
        let key = private_key(&self.file(&format!("{name}.key"))).unwrap();
        let config = builder.with_single_cert(chain, key).unwrap();
        tokio_rustls::TlsAcceptor::from(Arc::new(config))
    }
}

/// Dials a TLS server of one connection.
async fn dial_tls(pki: &Pki, name: &str, mutual: bool, host: &str, trust: Tls) -> String {
    let (listener, address) = listen().await;
    let acceptor = pki.acceptor(name, mutual);
    let mut target = target(&format!("wss://{host}:{}/", address.port()));
    target.resolve = vec![(host.to_owned(), address.port(), address.ip())];
    target.tls = trust;
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            answer_to(&mut stream, &switch()).await;
            let _ = stream.shutdown().await;
        }
    };
    tokio::join!(dial(&target), server).0
}

#[tokio::test]
async fn certificates_are_judged_in_words() {
    let pki = Pki::new();
    pki.sign("good.example", false);
    pki.sign("old.example", true);
    pki.sign("me.example", false);
    let trusting = Tls {
        cacert: Some(pki.file("ca.pem")),
        ..Tls::default()
    };
    let known = Tls {
        trusted: vec![Bytes::copy_from_slice(pki.ca.der())],
        ..Tls::default()
    };
    let insecure = Tls {
        insecure: true,
        ..Tls::default()
    };
    let mutual = Tls {
        cert: Some(pki.file("me.example.pem")),
        key: Some(pki.file("me.example.key")),
        ..trusting.clone()
    };
    let file = |name: &str| Tls {
        cacert: Some(pki.file(name)),
        ..Tls::default()
    };
    std::fs::write(pki.file("empty.pem"), "no certificate").unwrap();
    let good = "good.example";
    let lines = [
        dial_tls(&pki, good, false, good, trusting.clone()).await,
        dial_tls(&pki, good, false, good, known).await,
        dial_tls(&pki, good, false, good, insecure.clone()).await,
        dial_tls(&pki, good, false, good, Tls::default()).await,
        dial_tls(&pki, good, false, "other.example", trusting.clone()).await,
        dial_tls(&pki, good, false, "127.0.0.1", trusting.clone()).await,
        dial_tls(&pki, "old.example", false, "old.example", trusting.clone()).await,
        dial_tls(&pki, "old.example", false, "wrong.example", insecure).await,
        dial_tls(&pki, good, true, good, mutual).await,
        dial_tls(&pki, good, true, good, trusting).await,
        dial_tls(&pki, good, false, good, file("none.pem")).await,
        dial_tls(&pki, good, false, good, file("empty.pem")).await,
    ];
    let folder = pki.folder.path().display().to_string();
    insta::assert_snapshot!(lines.join("\n").replace(&folder, "FOLDER"));
}

#[tokio::test]
async fn tls_and_none_are_told_apart() {
    let (listener, address) = listen().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
    };
    let plain = target(&format!("wss://{address}/"));
    let (told, ()) = tokio::join!(dial(&plain), server);
    assert_eq!(
        told,
        "transient: the server does not speak TLS (did you mean ws://?)"
    );

    let pki = Pki::new();
    pki.sign("a.example", false);
    let acceptor = pki.acceptor("a.example", false);
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        let failed = acceptor.accept(stream).into_fallible().await;
        if let Err((_, mut stream)) = failed {
            let _ = stream.shutdown().await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    };
    let secure = target(&format!("ws://{address}/"));
    let (told, ()) = tokio::join!(dial(&secure), server);
    let expected = "lasting: the server answered in TLS, not in HTTP (write wss:// instead)";
    assert_eq!(told, expected);
}

/// Dials through an HTTP proxy that gives one answer, and behind it the server's.
async fn through(url: &str, proxy: &str, answer: &str) -> (String, String) {
    let (listener, address) = listen().await;
    let target = Target {
        proxy: Some(proxy.replace("PROXY", &address.to_string())),
        ..target(url)
    };
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = answer_to(&mut stream, answer).await;
        if answer.contains(" 200 ") {
            answer_to(&mut stream, &switch()).await;
        }
        asked
    };
    let (told, asked) = tokio::join!(dial(&target), server);
    (told.replace(&address.to_string(), "PROXY"), asked)
}

#[tokio::test]
async fn http_proxies_are_asked_for_a_tunnel() {
    let established = "HTTP/1.1 200 Connection established\r\n\r\n";
    let cases = [
        ("http://PROXY", established),
        ("http://me:p%40ss@PROXY", established),
        (
            "PROXY",
            "HTTP/1.0 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        ),
        ("http://PROXY", "HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        ("http://PROXY", "HTTP/1.1 403 Forbidden\r\n\r\n"),
        ("http://PROXY", "\u{5}\0"),
        ("http://PROXY", ""),
    ];
    let mut lines = Vec::new();
    for (proxy, answer) in cases {
        let (told, asked) = through("ws://[2001:db8::1]/chat", proxy, answer).await;
        lines.push(format!("{told}\n  {asked:?}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_proxy_may_be_reached_by_tls() {
    let pki = Pki::new();
    pki.sign("127.0.0.1", false);
    pki.sign("named.example", false);
    let (listener, address) = listen().await;
    let target = Target {
        proxy: Some(format!("https://{address}")),
        tls: Tls {
            cacert: Some(pki.file("ca.pem")),
            ..Tls::default()
        },
        ..target("wss://named.example/chat")
    };
    let outer = pki.acceptor("127.0.0.1", false);
    let inner = pki.acceptor("named.example", false);
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = outer.accept(stream).await.unwrap();
        let asked = answer_to(&mut stream, "HTTP/1.1 200 OK\r\n\r\n").await;
        let mut stream = inner.accept(stream).await.unwrap();
        asked + &answer_to(&mut stream, &switch()).await
    };
    let (told, asked) = tokio::join!(dial(&target), server);
    assert_eq!(told, "opened None ahead \"\"");
    let tunnel = "CONNECT named.example:443 HTTP/1.1\r\nHost: named.example:443\r\n\r\n";
    assert!(asked.starts_with(&format!(
        "{tunnel}GET /chat HTTP/1.1\r\nHost: named.example\r\n"
    )));
}

/// A SOCKS 5 proxy (RFC 1928, 1929) that tells what it was asked, and is the server too.
async fn socks_proxy(listener: TcpListener, reply: u8) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut told = read_some(&mut stream, 2).await;
    let methods = read_some(&mut stream, usize::from(told[1])).await;
    let password = methods.contains(&2);
    told.extend(&methods);
    stream
        .write_all(&[5, if password { 2 } else { 0 }])
        .await
        .unwrap();
    if password {
        let head = read_some(&mut stream, 2).await;
        let user = read_some(&mut stream, usize::from(head[1])).await;
        let length = stream.read_u8().await.unwrap();
        let password = read_some(&mut stream, usize::from(length)).await;
        told.extend([b" ".as_slice(), &user, b":", &password].concat());
        stream.write_all(&[1, 0]).await.unwrap();
    }
    let request = read_some(&mut stream, 4).await;
    let length = match request[3] {
        1 => 4,
        3 => usize::from(stream.read_u8().await.unwrap()),
        _ => 16,
    };
    let place = read_some(&mut stream, length + 2).await;
    told.extend([b" ".as_slice(), &request, b" ", &place].concat());
    stream
        .write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
        .await
        .unwrap();
    if reply == 0 {
        answer_to(&mut stream, &switch()).await;
    }
    told.escape_ascii().to_string()
}

async fn read_some(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn socks_proxies_get_names_or_addresses() {
    let cases = [
        ("socks5", "", "ws://named.example:80/", 0),
        ("socks5h", "", "ws://named.example:80/", 0),
        ("socks5h", "me:pw@", "ws://named.example:80/", 0),
        ("socks5h", "", "ws://127.0.0.1:81/", 0),
        ("socks5h", "", "ws://named.example:80/", 5),
        ("socks5h", "", "ws://named.example:80/", 2),
    ];
    let mut lines = Vec::new();
    for (scheme, user, url, reply) in cases {
        let (listener, address) = listen().await;
        let target = Target {
            proxy: Some(format!("{scheme}://{user}{address}")),
            resolve: vec![("named.example".to_owned(), 80, "10.1.2.3".parse().unwrap())],
            ..target(url)
        };
        let (told, asked) = tokio::join!(dial(&target), socks_proxy(listener, reply));
        let told = told.replace(&address.to_string(), "PROXY");
        lines.push(format!("{told}\n  {asked}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn the_environment_names_proxies_and_exceptions() {
    let environment = ProxyEnvironment {
        http: Some("http://plain:1".to_owned()),
        https: None,
        all: Some("socks5h://any".to_owned()),
        no: Some(".internal, Example.com example.org:81,10.0.0.0/8,[::1],192.168.1.7".to_owned()),
    };
    let cases = [
        (false, "a.b", 80, "plain:1"),
        (true, "a.b", 443, "any:1080"),
        (false, "x.internal", 80, "-"),
        (false, "internal", 80, "-"),
        (false, "notinternal", 80, "plain:1"),
        (false, "EXAMPLE.COM.", 80, "-"),
        (false, "www.example.com", 80, "-"),
        (false, "badexample.com", 80, "plain:1"),
        (false, "example.org", 81, "-"),
        (false, "example.org", 80, "plain:1"),
        (false, "10.200.0.1", 80, "-"),
        (false, "11.0.0.1", 80, "plain:1"),
        (false, "::1", 80, "-"),
        (false, "::2", 80, "plain:1"),
        (false, "192.168.1.7", 80, "-"),
        (false, "192.168.1.70", 80, "plain:1"),
        (false, "127.0.0.1", 80, "plain:1"),
    ];
    for (secure, host, port, expected) in cases {
        let proxy = Proxy::choose(None, &environment, secure, host, port).unwrap();
        let proxy = proxy.map_or_else(|| "-".to_owned(), |proxy| proxy.to_string());
        assert_eq!(proxy, expected, "{host}:{port}");
    }
    let named = Proxy::choose(Some("https://p"), &environment, false, "internal", 80).unwrap();
    assert_eq!(named.unwrap().to_string(), "p:443");
    let none = Proxy::choose(Some("none"), &environment, false, "a.b", 80).unwrap();
    assert_eq!(none, None);
    let all = ProxyEnvironment {
        no: Some("*".to_owned()),
        ..environment
    };
    assert_eq!(Proxy::choose(None, &all, false, "a.b", 80).unwrap(), None);
}

#[test]
fn words_are_those_of_a_sentence() {
    let refused = std::io::Error::from_raw_os_error(111);
    assert_eq!(words(&refused), "connection refused");
    assert_eq!(words(&std::io::Error::other("TLS is gone")), "TLS is gone");
    assert_eq!(words(&std::io::Error::other("")), "");
}
