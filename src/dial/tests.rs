//! Servers and proxies of a few lines, in memory where they can be, on the loopback where they must.

use std::net::SocketAddr;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::protocol::Bytes;
use crate::websocket::{ConnectRequest, HandshakeOutcome, Upgraded, connect};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

fn request_to(url: &str) -> ConnectRequest {
    let mut request = ConnectRequest::to(url);
    let key = ("Sec-WebSocket-Key".to_owned(), KEY.to_owned());
    request.upgrade.headers.push(key);
    request.route.proxy = ProxyChoice::Direct;
    request
}

fn told(outcome: &HandshakeOutcome) -> String {
    match outcome {
        HandshakeOutcome::Opened(Upgraded {
            read_ahead,
            handshake,
            ..
        }) => format!(
            "opened {:?} ahead \"{}\"",
            handshake.subprotocol,
            read_ahead.escape_ascii()
        ),
        HandshakeOutcome::Refused(handshake) => format!(
            "refused {} {:?} {} headers, body \"{}\"",
            handshake.status,
            handshake.reason,
            handshake.headers.len(),
            handshake.body.escape_ascii()
        ),
        HandshakeOutcome::Unfit(
            _,
            ConnectError {
                reason,
                hint,
                transient,
                ..
            },
        )
        | HandshakeOutcome::Failed(ConnectError {
            reason,
            hint,
            transient,
            ..
        }) => {
            let again = if *transient { "transient" } else { "lasting" };
            let hint = hint.as_ref().map(|hint| format!(" ({hint})"));
            format!("{again}: {reason}{}", hint.unwrap_or_default())
        }
    }
}

/// A listener, and the URL of what it serves.
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn dial(request: &ConnectRequest) -> String {
    told(&connect(&Connector::default(), request).await)
}

fn through_proxy(url: &str, proxy: impl Into<String>) -> ConnectRequest {
    let mut request = request_to(url);
    request.route.proxy = ProxyChoice::Through(proxy.into());
    request
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
    let mut smuggling = request_to("ws://127.0.0.1:1/");
    smuggling.upgrade.headers = vec![("A".to_owned(), "b\r\nC: d".to_owned())];
    let told = [
        dial(&request_to("http://localhost/")).await,
        dial(&smuggling).await,
        dial(&through_proxy("ws://example.com/", "socks4://127.0.0.1:1")).await,
        dial(&through_proxy(
            "ws://example.com/",
            "http://me:secret@ho st:1",
        ))
        .await,
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_closed_port_and_a_missing_socket_are_told() {
    let (listener, address) = listen().await;
    drop(listener);
    let told = dial(&request_to(&format!("ws://{address}"))).await;
    let expected = format!("transient: cannot connect to {address}: connection refused");
    assert_eq!(told, expected);
    let mut request = request_to("ws+unix:///nowhere/a.sock:/chat");
    request.route.reach.sockets = UnixSockets::All;
    let told = dial(&request).await;
    let expected =
        "transient: cannot connect to the socket /nowhere/a.sock: no such file or directory";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_later_address_is_tried_where_one_refuses() {
    let (listener, address) = listen().await;
    let mut request = request_to(&format!("ws://two.example:{}/", address.port()));
    for address in ["127.0.0.3", "127.0.0.1"] {
        request.route.resolve.push((
            "two.example".to_owned(),
            listener.local_addr().unwrap().port(),
            address.parse().unwrap(),
        ));
    }
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        answer_to(&mut stream, &switch()).await
    };
    let (told, asked) = tokio::join!(dial(&request), server);
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
    let request = request_to(&format!("ws://{address}"));
    let (told, ()) = tokio::join!(dial(&request), server);
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
    let mut request = request_to(&url);
    assert!(dial(&request).await.contains("lies outside of the folder"));
    let reach = request.route.reach.clone();
    request.route.reach = reach.with_folder(folder.path().to_owned());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        answer_to(&mut stream, &switch()).await
    };
    let (told, asked) = tokio::join!(dial(&request), server);
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
    let mut request = request_to(&format!("wss://{host}:{}/", address.port()));
    request.route.resolve = vec![(host.to_owned(), address.port(), address.ip())];
    request.route.tls = trust;
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            answer_to(&mut stream, &switch()).await;
            let _ = stream.shutdown().await;
        }
    };
    tokio::join!(dial(&request), server).0
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
    let plain = request_to(&format!("wss://{address}/"));
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
    let secure = request_to(&format!("ws://{address}/"));
    let (told, ()) = tokio::join!(dial(&secure), server);
    let expected = "lasting: the server answered in TLS, not in HTTP (write wss:// instead)";
    assert_eq!(told, expected);
}

/// Dials through an HTTP proxy that gives one answer, and behind it the server's.
async fn through(url: &str, proxy: &str, answer: &str) -> (String, String) {
    let (listener, address) = listen().await;
    let request = through_proxy(url, proxy.replace("PROXY", &address.to_string()));
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = answer_to(&mut stream, answer).await;
        if answer.contains(" 200 ") {
            answer_to(&mut stream, &switch()).await;
        }
        asked
    };
    let (told, asked) = tokio::join!(dial(&request), server);
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
    let mut request = through_proxy("wss://named.example/chat", format!("https://{address}"));
    request.route.tls.cacert = Some(pki.file("ca.pem"));
    let outer = pki.acceptor("127.0.0.1", false);
    let inner = pki.acceptor("named.example", false);
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = outer.accept(stream).await.unwrap();
        let asked = answer_to(&mut stream, "HTTP/1.1 200 OK\r\n\r\n").await;
        let mut stream = inner.accept(stream).await.unwrap();
        asked + &answer_to(&mut stream, &switch()).await
    };
    let (told, asked) = tokio::join!(dial(&request), server);
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
        let mut request = through_proxy(url, format!("{scheme}://{user}{address}"));
        let named = ("named.example".to_owned(), 80, "10.1.2.3".parse().unwrap());
        request.route.resolve = vec![named];
        let (told, asked) = tokio::join!(dial(&request), socks_proxy(listener, reply));
        let told = told.replace(&address.to_string(), "PROXY");
        lines.push(format!("{told}\n  {asked}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn the_environment_names_proxies_and_exceptions() {
    let choose = ProxyServer::choose;
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
        let proxy = choose(&ProxyChoice::Environment, &environment, secure, host, port).unwrap();
        let proxy = proxy.map_or_else(|| "-".to_owned(), |proxy| proxy.to_string());
        assert_eq!(proxy, expected, "{host}:{port}");
    }
    let through = ProxyChoice::Through("https://p".to_owned());
    let named = choose(&through, &environment, false, "internal", 80).unwrap();
    assert_eq!(named.unwrap().to_string(), "p:443");
    let none = choose(&ProxyChoice::Direct, &environment, false, "a.b", 80).unwrap();
    assert_eq!(none, None);
    let all = ProxyEnvironment {
        no: Some("*".to_owned()),
        ..environment
    };
    let exempt = choose(&ProxyChoice::Environment, &all, false, "a.b", 80).unwrap();
    assert_eq!(exempt, None);
}

#[test]
fn words_are_those_of_a_sentence() {
    let refused = std::io::Error::from_raw_os_error(111);
    assert_eq!(io_reason(&refused), "connection refused");
    assert_eq!(
        io_reason(&std::io::Error::other("TLS is gone")),
        "TLS is gone"
    );
    assert_eq!(io_reason(&std::io::Error::other("")), "");
}
