//! Ways to a server, as the binary goes them: TLS, proxies, names, refusals. The servers are threads of a few lines.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sha1::{Digest, Sha1};

/// A stream of either kind.
trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

type Answer = dyn Fn(&mut dyn Stream, &str) -> io::Result<()> + Send + Sync;

/// A server, and what it was asked: the heads of requests.
struct Far {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Far {
    /// Answers every connection's first head with a function.
    fn new(
        answer: impl Fn(&mut dyn Stream, &str) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), None, answer)
    }

    fn on(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&mut dyn Stream, &str) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let answer: Arc<Answer> = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (heard, answer, tls) = (Arc::clone(&heard), Arc::clone(&answer), tls.clone());
                thread::spawn(move || attend(stream, tls, &heard, &*answer));
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// What becomes of a connection that fails is seen at the other end.
fn attend(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    heard: &Mutex<Vec<String>>,
    answer: &Answer,
) {
    let mut stream: Box<dyn Stream> = match tls {
        Some(config) => Box::new(StreamOwned::new(
            ServerConnection::new(config).unwrap(),
            stream,
        )),
        None => Box::new(stream),
    };
    if let Ok(head) = head(&mut *stream) {
        heard.lock().unwrap().push(head.clone());
        let _ = answer(&mut *stream, &head);
    }
}

fn head(stream: &mut dyn Stream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Opens the WebSocket, says hi, and answers the close.
fn greet(stream: &mut dyn Stream, head: &str) -> io::Result<()> {
    greet_with(stream, head, "")
}

fn greet_with(stream: &mut dyn Stream, head: &str, lines: &str) -> io::Result<()> {
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap_or_default();
    let accept = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    let accept = STANDARD.encode(accept);
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{lines}\r\n"
    )?;
    stream.write_all(b"\x81\x02hi")?;
    stream.flush()?;
    let mut close = [0; 8];
    stream.read_exact(&mut close)?;
    stream.write_all(b"\x88\x02\x03\xe8")?;
    stream.flush()
}

/// What came of a run.
struct Ran {
    status: i32,
    transcript: String,
    said: String,
}

impl Ran {
    #[track_caller]
    fn passes(&self) -> &Self {
        assert_eq!(self.status, 0, "{}\n{}", self.transcript, self.said);
        self
    }

    #[track_caller]
    fn fails(&self, status: i32, words: &[&str]) -> &Self {
        assert_eq!(self.status, status, "{}\n{}", self.transcript, self.said);
        for word in words {
            assert!(self.said.contains(word), "no {word:?} in\n{}", self.said);
        }
        self
    }

    #[track_caller]
    fn shows(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(
                self.transcript.contains(word),
                "no {word:?} in\n{}",
                self.transcript
            );
        }
        self
    }
}

/// Runs a block in a folder, with these variables of the environment and no proxy's beside.
fn run_in(folder: &Path, environment: &[(&str, &str)], block: &str) -> Ran {
    run_with(folder, environment, &[], block)
}

/// The same, with further arguments.
fn run_with(folder: &Path, environment: &[(&str, &str)], further: &[&str], block: &str) -> Ran {
    let path = folder.join("doc.md");
    std::fs::write(&path, format!("```/wss\n{block}\n```\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let output = command
        .args(["run", "-q"])
        .args(further)
        .arg(&path)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let document = std::fs::read_to_string(&path).unwrap();
    let transcript = document.split_once("```wss-log\n");
    Ran {
        status: output.status.code().unwrap(),
        transcript: transcript
            .map(|(_, transcript)| transcript.to_owned())
            .unwrap_or_default(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn run(block: &str) -> Ran {
    run_in(tempfile::tempdir().unwrap().path(), &[], block)
}

/// An authority, and the files of what it signed.
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

    /// A certificate for a name, its files, and how a server speaks with it.
    fn sign(&self, name: &str, until: i32) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.ca).unwrap();
        let file = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        std::fs::write(file("pem"), cert.pem()).unwrap();
        std::fs::write(file("key"), key.serialize_pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![cert.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            );
        Arc::new(config.unwrap())
    }

    fn serve(&self, name: &str, until: i32) -> Far {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Far::on(listener, Some(self.sign(name, until)), greet)
    }

    fn run(&self, block: &str) -> Ran {
        run_in(self.folder.path(), &[], block)
    }
}

#[test]
fn certificates_are_judged_in_words_that_help() {
    let pki = Pki::new();
    let good = pki.serve("localhost", 4000);
    let other = pki.serve("other.example", 4000);
    let old = pki.serve("localhost", 2001);
    let block =
        |far: &Far, lines: &str| format!("wss://localhost:{}/\n{lines}\n<- text hi", far.port);
    let unknown = "the server's certificate is signed by an unknown authority";
    pki.run(&block(&good, ""))
        .fails(1, &[unknown, "@cacert FILE", "@insecure", "doc.md:2:1"])
        .shows(&["✗", unknown]);
    pki.run(&block(&good, "@cacert ca.pem"))
        .passes()
        .shows(&["← text  hi"]);
    pki.run(&block(&good, "@insecure"))
        .passes()
        .shows(&["the server's certificate is not checked (@insecure)"]);
    let wrong = "the server's certificate is not for localhost, but for other.example";
    pki.run(&block(&other, "@cacert ca.pem"))
        .fails(1, &[wrong])
        .shows(&[wrong]);
    let expired = "the server's certificate has expired";
    pki.run(&block(&old, "@cacert ca.pem"))
        .fails(1, &[expired, "@insecure"])
        .shows(&[expired]);
    pki.run(&block(&old, "@insecure")).passes();
}

#[test]
fn files_of_options_are_looked_at_before_anything_connects() {
    let pki = Pki::new();
    let far = pki.serve("localhost", 4000);
    pki.sign("me", 4000);
    pki.sign("you", 4000);
    let file = |name: &str| pki.folder.path().join(name);
    std::fs::write(file("prose.pem"), "no certificate\n").unwrap();
    std::fs::write(file("half.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n").unwrap();
    std::fs::write(file("der.pem"), pki.ca.der()).unwrap();
    std::fs::write(
        file("locked.key"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )
    .unwrap();
    let cases = [
        (
            "@cacert none.pem",
            "`@cacert` cannot be read: no such file",
            "none.pem",
        ),
        ("@cacert .", "`@cacert` cannot be read: it is a folder", ""),
        (
            "@cacert prose.pem",
            "`@cacert` holds no PEM certificate",
            "BEGIN CERTIFICATE",
        ),
        ("@cacert half.pem", "`@cacert` is malformed", "half.pem"),
        (
            "@cacert der.pem",
            "`@cacert` holds no PEM certificate",
            "openssl x509 -inform der",
        ),
        ("@key me.key", "`@key` needs a certificate", "`@cert FILE`"),
        (
            "@cert me.pem",
            "`@cert` holds no private key beside its certificate",
            "`@key FILE`",
        ),
        (
            "@cert me.pem\n@key me.pem",
            "`@key` holds no PEM private key",
            "BEGIN PRIVATE KEY",
        ),
        (
            "@cert me.pem\n@key locked.key",
            "the private key of `@key` is encrypted",
            "openssl pkey",
        ),
        (
            "@cert me.key\n@key me.key",
            "`@cert` holds no PEM certificate",
            "",
        ),
        (
            "@cert me.pem\n@key you.key",
            "the private key of `@key` does not belong to the certificate of `@cert`",
            "",
        ),
    ];
    for (lines, reason, hint) in cases {
        let line = if lines.contains("@key") && !reason.starts_with("`@cert`") {
            2 + lines.lines().count()
        } else {
            3
        };
        let place = format!("doc.md:{line}:");
        let ran = pki.run(&format!("wss://localhost:{}/\n{lines}", far.port));
        ran.fails(2, &[reason, hint, &place]);
        assert_eq!(ran.transcript, "", "{lines}");
    }
    assert!(far.asked().is_empty());
    pki.run(&format!(
        "wss://localhost:{}/\n@cacert ca.pem\n@cert me.pem\n@key me.key\n<- text hi",
        far.port
    ))
    .passes();
}

/// A proxy that plays every server behind it.
fn proxy() -> Far {
    Far::new(|stream, connect| {
        if !connect.starts_with("CONNECT ") {
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let head = head(stream)?;
        greet(stream, &head)
    })
}

#[test]
fn a_proxy_is_asked_for_a_tunnel() {
    let far = proxy();
    let block = |proxy: &str| format!("ws://server.example/chat\n@proxy {proxy}\n<- text hi");
    run(&block(&format!("http://me:s%20crt@127.0.0.1:{}", far.port))).passes();
    let asked = far.asked();
    assert!(
        asked[0].starts_with("CONNECT server.example:80 HTTP/1.1\r\n"),
        "{asked:?}"
    );
    assert!(
        asked[0].contains("Proxy-Authorization: Basic bWU6cyBjcnQ=\r\n"),
        "{asked:?}"
    );
    let refusing = Far::new(|stream, _| {
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    });
    let refused = "refused the tunnel: 407 Proxy Authentication Required";
    run(&block(&format!("http://127.0.0.1:{}", refusing.port)))
        .fails(
            1,
            &[refused, "@proxy http://{{USER}}:{{PASSWORD}}@HOST:PORT"],
        )
        .shows(&[refused]);
}

#[test]
fn a_proxy_may_speak_tls() {
    let pki = Pki::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = Far::on(listener, Some(pki.sign("localhost", 4000)), |stream, _| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        stream.flush()?;
        let head = head(stream)?;
        greet(stream, &head)
    });
    let block = format!(
        "ws://server.example/\n@proxy https://localhost:{}\n@cacert ca.pem\n<- text hi",
        far.port
    );
    pki.run(&block).passes();
    assert!(far.asked()[0].starts_with("CONNECT server.example:80 "));
}

#[test]
fn the_environment_names_proxies_as_curl_reads_it() {
    let far = proxy();
    let url = format!("http://127.0.0.1:{}", far.port);
    let nobody = "http://127.0.0.1:1";
    let folder = tempfile::tempdir().unwrap();
    let target = "ws://server.example/\n@resolve server.example:80:127.0.0.1\n@connect-timeout 5s\n<- text hi";
    let through = [
        vec![("http_proxy", url.as_str())],
        vec![("HTTP_PROXY", &url)],
        vec![("ALL_PROXY", &url)],
        vec![("all_proxy", &url)],
        vec![
            ("http_proxy", &url),
            ("ALL_PROXY", nobody),
            ("https_proxy", nobody),
        ],
        vec![("http_proxy", &url), ("HTTP_PROXY", nobody)],
        vec![
            ("http_proxy", &url),
            ("NO_PROXY", "other.example,rver.example"),
        ],
        // What a client's `Proxy:` header says in a CGI process is not believed.
        vec![
            ("HTTP_PROXY", nobody),
            ("REQUEST_METHOD", "GET"),
            ("ALL_PROXY", &url),
        ],
    ];
    for environment in &through {
        run_in(folder.path(), environment, target).passes();
    }
    assert_eq!(far.asked().len(), through.len());
    let around = [
        vec![("http_proxy", url.as_str()), ("NO_PROXY", "server.example")],
        vec![("http_proxy", &url), ("no_proxy", ".example")],
        vec![("http_proxy", &url), ("no_proxy", "*")],
        vec![("https_proxy", url.as_str())],
    ];
    for environment in &around {
        // Nobody listens on port 80 of the loopback here, or it is not a WebSocket server.
        assert_eq!(
            run_in(folder.path(), environment, target).status,
            1,
            "{environment:?}"
        );
    }
    run_in(
        folder.path(),
        &[("http_proxy", &url)],
        &format!("{target}\n").replace("\n<-", "\n@proxy none\n<-"),
    )
    .fails(1, &[]);
    assert_eq!(far.asked().len(), through.len());
}

#[test]
fn refusals_are_shown_whole() {
    let far = Far::new(|stream, head| {
        if head.starts_with("GET /moved ") {
            return stream.write_all(
                b"HTTP/1.1 308 Permanent Redirect\r\nLocation: wss://new.example/chat\r\nContent-Length: 0\r\n\r\n",
            );
        }
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\r\n")?;
        for piece in [&b"{\"error\": "[..], b"\"not yours\"", b", \"code\": 7}"] {
            stream.flush()?;
            thread::yield_now();
            stream.write_all(piece)?;
        }
        stream.flush()
    });
    let url = format!("ws://127.0.0.1:{}", far.port);
    run(&format!("{url}/moved"))
        .fails(1, &["308 Permanent Redirect", "wss://new.example/chat"])
        .shows(&[
            "Refused       308 Permanent Redirect",
            "Location: wss://new.example/chat",
        ]);
    run(&format!(
        "{url}/\n<- HTTP 403\n-- check .status == 403\n-- check .headers.\"content-type\" == \"application/json\"\n\
         -- check (.body | fromjson).code == 7\n-- check .subprotocol == null"
    ))
    .passes()
    .shows(&["Refused       403 Forbidden", "{\"error\": \"not yours\", \"code\": 7}"]);
    run(&format!("{url}/\n@log-bytes 12B\n<- HTTP 403"))
        .passes()
        .shows(&["21 more bytes, sha256"]);
    run(&format!("{url}/\n<- HTTP 401")).fails(1, &["403"]);
}

#[test]
fn addresses_of_every_kind_are_reached() {
    let far = Far::new(greet);
    let port = far.port;
    run(&format!("ws://me:p%40ss@named.example:{port}/a?b=c\n@resolve named.example:{port}:127.0.0.1\n<- text hi")).passes();
    let asked = far.asked();
    assert!(asked[0].starts_with("GET /a?b=c HTTP/1.1\r\n"), "{asked:?}");
    assert!(
        asked[0].contains(&format!("Host: named.example:{port}\r\n")),
        "{asked:?}"
    );
    assert!(
        asked[0].contains("Authorization: Basic bWU6cEBzcw==\r\n"),
        "{asked:?}"
    );
    // The first of several addresses does not answer, the second does.
    run(&format!(
        "ws://two.example:{port}/\n@resolve two.example:{port}:127.0.0.9\n@resolve two.example:{port}:127.0.0.1\n<- text hi"
    ))
    .passes();
    if let Ok(listener) = TcpListener::bind("[::1]:0") {
        let far = Far::on(listener, None, greet);
        run(&format!("ws://[::1]:{}/\n<- text hi", far.port)).passes();
        assert!(far.asked()[0].contains(&format!("Host: [::1]:{}\r\n", far.port)));
    }
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_reached_in_the_folder_of_the_document_or_where_the_user_says() {
    let [inside, outside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let path = inside.path().join("a.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let first = head(&mut stream).unwrap();
        greet(&mut stream, &first).unwrap();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let head = head(&mut stream).unwrap();
            greet(&mut stream, &head).unwrap();
        }
        first
    });
    let socket = path.display().to_string();
    let block = format!("ws+unix://{socket}:/chat?x=y\n<- text hi");
    run_in(inside.path(), &[], &block).passes();
    let refused =
        format!("the socket {socket} lies outside of the folder that documents may reach");
    let cure = format!("--allow-unix {socket}");
    let elsewhere = |further: &[&str]| run_with(outside.path(), &[], further, &block);
    elsewhere(&[]).fails(1, &[&refused, &cure]);
    elsewhere(&["--allow-unix", &socket]).passes();
    elsewhere(&["--allow-unix", "all"]).passes();
    assert!(
        asked
            .join()
            .unwrap()
            .starts_with("GET /chat?x=y HTTP/1.1\r\n")
    );
}

#[test]
fn link_local_addresses_are_reached_only_where_the_user_says() {
    let refused = "a link-local address, where clouds keep their credentials";
    let cure = "--allow-address 169.254.169.254";
    for block in [
        "ws://169.254.169.254/latest\n<- text hi",
        "ws://[::ffff:169.254.169.254]/\n<- text hi",
        "ws://a.example/\n@resolve a.example:80:169.254.169.254\n<- text hi",
        "ws://a.example/\n@proxy http://169.254.169.254:80\n<- text hi",
    ] {
        let ran = run(block);
        let words = if block.contains("a.example") && !block.contains("@proxy") {
            "a.example has the link-local address 169.254.169.254"
        } else {
            refused
        };
        let cure = if block.contains("ffff") {
            "--allow-address ::ffff:"
        } else {
            cure
        };
        ran.fails(1, &[words, cure]);
    }
    let folder = tempfile::tempdir().unwrap();
    let block = "ws://169.254.169.254/\n@connect-timeout 20ms\n<- text hi";
    let ran = run_with(
        folder.path(),
        &[],
        &["--allow-address", "169.254.169.254"],
        block,
    );
    assert!(!ran.said.contains("link-local"), "{}", ran.said);
}

#[test]
fn attempts_are_told_one_by_one() {
    let tries = Mutex::new(0);
    let far = Far::new(move |stream, head| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        match *tries {
            1 => stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
            2 => Ok(()),
            _ => greet(stream, head),
        }
    });
    let ran = run(&format!(
        "ws://127.0.0.1:{}/\n@retry 3 every 10ms\n<- text hi",
        far.port
    ));
    ran.passes()
        .shows(&["503 Service Unavailable", "without an answer", "Connected"]);
    assert_eq!(
        ran.transcript.matches("Connecting").count(),
        3,
        "{}",
        ran.transcript
    );
    let ran = run("ws://127.0.0.1:1/\n@retry 2 every 10ms\n<- text hi");
    ran.fails(1, &["connection refused"]);
    assert_eq!(
        ran.transcript.matches("Connecting").count(),
        3,
        "{}",
        ran.transcript
    );
}

#[test]
fn answers_that_open_no_websocket_are_named() {
    let answers: BTreeMap<&str, (&str, &str)> = BTreeMap::from([
        (
            "/old",
            ("HTTP/1.0 101 Switching Protocols\r\n\r\n", "in HTTP/1.0"),
        ),
        (
            "/accept",
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: AAAA\r\n\r\n",
                "a Sec-WebSocket-Accept that does not fit the key",
            ),
        ),
        (
            "/ssh",
            ("SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP"),
        ),
        (
            "/tls",
            ("\x15\x03\x01\0\x02\x02\x28", "write wss:// instead"),
        ),
    ]);
    let said = answers.clone();
    let far = Far::new(move |stream, head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            "/chosen" => greet_with(stream, head, "Sec-WebSocket-Protocol: chat\r\n"),
            "/extended" => greet_with(
                stream,
                head,
                "Sec-WebSocket-Extensions: permessage-deflate\r\n",
            ),
            _ => stream.write_all(
                answers
                    .get(path)
                    .map(|answer| answer.0)
                    .unwrap_or_default()
                    .as_bytes(),
            ),
        }
    });
    let url = format!("ws://127.0.0.1:{}", far.port);
    for (path, (_, words)) in said {
        run(&format!("{url}{path}")).fails(1, &[words]);
    }
    run(&format!("{url}/chosen")).fails(1, &["the subprotocol \"chat\", though none was offered"]);
    run(&format!("{url}/chosen\n@subprotocol chat\n<- text hi")).passes();
    run(&format!("{url}/extended")).fails(1, &["an extension that was not offered"]);
    let before = far.asked().len();
    run(&format!(
        "{url}/\nSec-WebSocket-Extensions: permessage-deflate"
    ))
    .fails(2, &["doc.md:3:1", "`@compress` offers compression"]);
    run("http://127.0.0.1:1/").fails(2, &["doc.md:2:1", "ws://"]);
    run("ws://me@bücher.example/").fails(2, &["doc.md:2:9", "xn--"]);
    assert_eq!(far.asked().len(), before);
}
