//! Hostile peers, each against an ordinary document.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use voiden::format::deflate::Coding;

use super::peer::{answer, close, frame, head, listen, speak, speak_compressed, text};
use super::{assert_harmless, blocks, voiden, voiden_within, write};

/// An ordinary document: something before, a session that gives up after three seconds, something after.
fn document(address: SocketAddr) -> String {
    format!(
        "# Greetings\n\nSay hello.\n\n```/wss\nws://{address}/\n@connect-timeout 2s\n@deadline 3s\n@linger 100ms\n\n-> text hello\n<- text done\n```\n\nAnd **then**:\n\n```/wss Never run\nws://{address}/\n@skip for its own sake\n```\n"
    )
}

/// Reports, each into a file of its format's name.
const REPORTS: [&str; 6] = [
    "--report",
    "junit=junit",
    "--report",
    "tap=tap",
    "--report",
    "html=html",
];
/// Those that hold every message: of messages without end they would be without end.
const RECORDS: [&str; 4] = ["--report", "json=json", "--log", "log"];

/// Runs the document against the peer, and gives it as it is afterwards.
fn survives(name: &str, address: SocketAddr) -> String {
    survives_and_writes(name, address, &[&REPORTS[..], &RECORDS].concat())
}

fn survives_and_writes(name: &str, address: SocketAddr, writes: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let before = document(address);
    write(folder.path(), "a.md", &before);
    let began = Instant::now();
    let said = voiden(folder.path(), &[&["run", "a.md"], writes].concat());
    let took = began.elapsed();
    assert!(matches!(said.status, 0 | 1), "{name}: {}", said.err);
    // Its deadline, five seconds for a close that is left unanswered, and a machine that has other things to do.
    assert!(took < Duration::from_secs(30), "{name}: {took:?}");
    let after = fs::read_to_string(folder.path().join("a.md")).unwrap();
    assert!(after.contains("```wss-log\n"), "{name}: {after}");
    assert_harmless(&after);
    assert_eq!(blocks(&after), blocks(&before), "{name}");
    for written in ["junit", "json", "tap", "html", "log"] {
        if let Ok(text) = fs::read_to_string(folder.path().join(written)) {
            assert_harmless(&text);
            assert_reads(written, &text);
        }
    }
    after
}

/// A report can be read by those who read its format.
fn assert_reads(format: &str, text: &str) {
    match format {
        "junit" => drop(roxmltree::Document::parse(text).unwrap()),
        "json" => drop(serde_json::from_str::<serde_json::Value>(text).unwrap()),
        "log" => {
            for line in text.lines() {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
        "html" => {
            let lower = text.to_lowercase();
            assert_eq!(lower.matches("<script").count(), 1, "{text}");
            assert_eq!(lower.matches("</script").count(), 1, "{text}");
        }
        _ => {}
    }
}

type Body = fn() -> String;
type Treat = fn(&mut TcpStream) -> io::Result<()>;

/// What a peer might have shown on a terminal or put into a document.
const NASTY: [&str; 17] = [
    "```\n\n```/wss\nws://evil.example/\n-> text hi\n```\n",
    "~~~\n~~~~~~\n```````````wss-log\n",
    "````````````````````````````````````````",
    "a\rb\r\nc\u{85}d\u{2028}e\u{2029}f",
    "nul \0 and del \x7f",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link\x1b]52;c;ZXZpbA==\x07",
    "\u{9b}2J and \u{9d}0;c1\u{9c}",
    "\u{202e}txt.exe\u{202c} \u{2066}a\u{2069} \u{200f}b\u{61c}",
    "zero\u{200b}width\u{200d}\u{2060}\u{feff}",
    "{\"a\": \"```\\n\\u001b[2J\", \"\u{202e}\": \"\u{2028}\"}",
    "{\"a\":\n\"~~~\"\r,\n\"```/wss\":1}",
    "</pre></script><script>alert(1)</script><!-- ]]> <![CDATA[ &amp;",
    "<a x=\"\u{9b}2J\">```\n```/wss\u{2029}\u{202e}</a>",
    "tag\u{e0041}\u{e0100} soft\u{ad}\u{34f}\u{180b}\u{206a}\u{3164} ok\u{fe0f} ❤\u{fe0f}\u{fe0f} \u{1ffff}",
    "{\"\u{e0041}\": \"\u{ad}\u{3164}\"}",
    "@./file {{TOKEN}} \"quoted\"",
    "",
];

#[test]
fn messages_that_would_leave_their_line() {
    let peer = speak(|stream| {
        for nasty in NASTY {
            stream.write_all(&text(nasty))?;
            stream.write_all(&frame(0x82, nasty))?;
            let short: String = nasty.chars().take(30).collect();
            stream.write_all(&frame(0x89, &short))?;
            stream.write_all(&frame(0x8a, &short))?;
        }
        stream.write_all(&text("done"))?;
        stream.write_all(&close(4000, "\x1b]0;x\x07```\n\u{202e}"))
    });
    let after = survives("nasty", peer);
    assert!(after.contains("✓"), "{after}");
}

#[test]
fn answers_that_would_leave_their_line() {
    let peer = listen(|stream| {
        head(stream)?;
        let body = NASTY.concat();
        let length = body.len();
        stream.write_all(
            format!("HTTP/1.1 403 \x1b[2JNo```\r\nX-A: \x1b]0;x\x07\u{202e}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
        )
    });
    survives("refusal", peer);
    let peer = listen(|stream| {
        let answer = answer(&head(stream)?);
        stream.write_all(format!("{answer}Sec-WebSocket-Protocol: \x1b[2J```\r\n\r\n").as_bytes())
    });
    survives("subprotocol", peer);
}

#[test]
fn structures_that_are_too_deep_or_too_large() {
    let cases: [(&str, Body); 7] = [
        ("arrays", || "[".repeat(100_000)),
        ("closed arrays", || {
            "[".repeat(100_000) + &"]".repeat(100_000)
        }),
        ("objects", || "{\"a\":".repeat(100_000)),
        ("closed objects", || {
            "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000)
        }),
        ("elements", || {
            "<a>".repeat(100_000) + &"</a>".repeat(100_000)
        }),
        ("laughs", || laughs(30)),
        ("a long number", || {
            "[".to_owned() + &"9".repeat(1_000_000) + "]"
        }),
    ];
    for (name, body) in cases {
        let peer = speak(move |stream| {
            stream.write_all(&text(&body()))?;
            stream.write_all(&text("done"))
        });
        survives(name, peer);
    }
}

/// Entities that stand for ten of the one before.
fn laughs(levels: usize) -> String {
    let mut text = "<!DOCTYPE a [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..levels {
        let before = format!("&l{};", level - 1).repeat(10);
        let _ = write!(text, "<!ENTITY l{level} \"{before}\">");
    }
    text + &format!("]><a>&l{};</a>", levels - 1)
}

#[test]
fn external_entities_are_fetched_by_nobody() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let place = other.local_addr().unwrap();
    let peer = speak(move |stream| {
        for entity in [&format!("http://{place}/x"), "file:///etc/passwd"] {
            stream.write_all(&text(&format!(
                "<!DOCTYPE a SYSTEM \"{entity}\" [<!ENTITY x SYSTEM \"{entity}\">]><a>&x;</a>"
            )))?;
        }
        stream.write_all(&text("done"))
    });
    let after = survives("entities", peer);
    assert!(!after.contains("root:"), "{after}");
    assert_eq!(
        other.accept().unwrap_err().kind(),
        io::ErrorKind::WouldBlock
    );
}

#[test]
#[ignore = "slow without optimisation"]
fn floods() {
    let cases: [(&str, Treat); 5] = [
        ("fragments", |stream| {
            let mut bytes = frame(0x01, "x");
            (0..100_000).for_each(|_| bytes.extend([0x00, 0x01, b'y']));
            bytes.extend([0x80, 0x00]);
            stream.write_all(&bytes)?;
            stream.write_all(&text("done"))
        }),
        ("empty fragments", |stream| {
            stream.write_all(&frame(0x02, ""))?;
            stream.write_all(&[0x00, 0x00].repeat(100_000))?;
            stream.write_all(&frame(0x80, ""))?;
            stream.write_all(&text("done"))
        }),
        ("pings", |stream| {
            stream.write_all(&frame(0x89, "are you there?").repeat(100_000))?;
            stream.write_all(&text("done"))
        }),
        ("messages without end", |stream| {
            let batch = text("not what you wait for").repeat(1000);
            loop {
                stream.write_all(&batch)?;
            }
        }),
        ("large messages without end", |stream| {
            let batch = text(&"x".repeat(1 << 20));
            loop {
                stream.write_all(&batch)?;
            }
        }),
    ];
    for (name, say) in cases {
        survives_and_writes(name, speak(say), &REPORTS);
    }
}

/// 100 MiB in 100 KiB: it ends in a sentence, and takes no more memory than what is small.
#[test]
fn a_message_that_inflates_without_end() {
    let zeros = vec![b'x'; 100 << 20];
    let deflated = voiden::format::deflate::deflate(Coding::Deflate, &zeros).unwrap();
    drop(zeros);
    assert!(deflated.len() < 110 << 10, "{}", deflated.len());
    // The stream's last block is followed by an empty one, as of a flush.
    let bomb = frame(0xc1, [&deflated[..], &[0]].concat());
    let address = speak_compressed(move |stream| stream.write_all(&bomb));
    let folder = tempfile::tempdir().unwrap();
    let text = format!("```/wss\nws://{address}/\n@compress\n\n<- text never\n```\n");
    write(folder.path(), "a.md", text);
    let said = voiden_within(40, folder.path(), &["run", "a.md"]);
    assert_eq!(said.status, 1, "{}", said.err);
    let sentence = "inflates to more than the limit of 67108864 bytes (`@max-message`)";
    assert!(said.err.contains(sentence), "{}", said.err);
}

#[test]
fn a_peer_that_pings_and_reads_no_answer() {
    let peer = listen(|stream| {
        let answer = answer(&head(stream)?);
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
        stream.write_all(&frame(0x89, "x".repeat(125)).repeat(100_000))?;
        stream.write_all(&text("done"))?;
        wait_for_the_end(stream)
    });
    survives("unread pongs", peer);
}

/// Reads only now, and until the other side is gone.
fn wait_for_the_end(stream: &mut TcpStream) -> io::Result<()> {
    stream.read_to_end(&mut Vec::new()).map(drop)
}

#[test]
fn heads_that_come_slowly_never_end_or_are_huge() {
    let cases: [(&str, Treat); 5] = [
        ("a dripping head", |stream| {
            stream.set_read_timeout(Some(Duration::from_millis(50)))?;
            for byte in format!("HTTP/1.1 101 Switching\r\n{}", "X: y\r\n".repeat(100)).bytes() {
                stream.write_all(&[byte])?;
                // Nothing comes: it is only the time-out that is waited for, or the client's end.
                if stream.read(&mut [0])? == 0 {
                    break;
                }
            }
            Ok(())
        }),
        ("no head at all", wait_for_the_end),
        ("a head without end", |stream| {
            stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n")?;
            loop {
                stream.write_all(&b"X-Header: more and more of it\r\n".repeat(1000))?;
            }
        }),
        ("a line without end", |stream| {
            stream.write_all(b"HTTP/1.1 101 ")?;
            loop {
                stream.write_all(&vec![b'x'; 65536])?;
            }
        }),
        ("a body without end", |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(&vec![b'x'; 65536])?;
            }
        }),
    ];
    for (name, treat) in cases {
        let peer = listen(move |stream| {
            head(stream)?;
            treat(stream)
        });
        survives(name, peer);
    }
    let peer = listen(|stream| {
        let answer = answer(&head(stream)?);
        let headers = "X-Header: one of very many that nobody asked for\r\n".repeat(10 << 20 >> 6);
        stream.write_all(format!("{answer}{headers}\r\n").as_bytes())?;
        stream.write_all(&text("done"))
    });
    survives("a head of 10 MiB", peer);
}

#[test]
fn breaches_and_ends_in_the_middle() {
    let cases: [(&str, Vec<u8>); 15] = [
        ("nothing", Vec::new()),
        ("half a header", vec![0x81]),
        ("half a length", vec![0x81, 127, 0, 0]),
        ("half a message", vec![0x81, 100, b'a', b'b']),
        ("half a fragmented message", vec![0x01, 1, b'a']),
        (
            "a length beyond all",
            [&[0x82, 127][..], &[0xff; 8]].concat(),
        ),
        (
            "an exabyte",
            [&[0x82, 127][..], &(1_u64 << 60).to_be_bytes()].concat(),
        ),
        ("a reserved bit", frame(0xc1, "x")),
        ("an unknown opcode", frame(0x83, "x")),
        ("a masked frame", vec![0x81, 0x81, 0, 0, 0, 0, b'x']),
        ("a broken text", frame(0x81, [b'a', 0xff, 0xfe, 0x1b])),
        ("a continuation of nothing", frame(0x80, "x")),
        ("a long ping", frame(0x89, "x".repeat(126))),
        ("half a close code", frame(0x88, "x")),
        (
            "a close code that nobody may send",
            close(65535, "```\x1b[2J"),
        ),
    ];
    for (name, bytes) in cases {
        let peer = listen(move |stream| {
            let answer = answer(&head(stream)?);
            stream.write_all(format!("{answer}\r\n").as_bytes())?;
            stream.write_all(&bytes)
        });
        survives(name, peer);
    }
}

#[test]
fn a_close_that_is_never_answered() {
    let peer = listen(|stream| {
        let answer = answer(&head(stream)?);
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
        stream.write_all(&text("done"))?;
        let batch = text("and on it goes").repeat(100);
        loop {
            stream.write_all(&batch)?;
        }
    });
    survives_and_writes("unanswered", peer, &REPORTS);
}

/// What a peer may send to an expression that means no harm.
#[test]
fn values_that_ask_for_more_than_there_is() {
    let cases: [(&str, Body); 5] = [
        (".price * .amount > 0", || {
            r#"{"price": "x", "amount": 100000000000}"#.to_owned()
        }),
        (".payload | fromjson", || r#"{"payload": "eyJ"}"#.to_owned()),
        (".[0] > 0", || format!("[{}]", "9".repeat(4_000_000))),
        (".[0] | tonumber > 0", || {
            format!("[\"{}\"]", "9".repeat(4_000_000))
        }),
        (".[0] | gsub(\"a\"; \"b\") == \"b\"", || {
            format!("[\"{}\"]", "a".repeat(4_000_000))
        }),
    ];
    for (expression, body) in cases {
        let peer = speak(move |stream| {
            stream.write_all(&text(&body()))?;
            stream.write_all(&close(1000, ""))
        });
        let folder = tempfile::tempdir().unwrap();
        let document = format!("```/wss\nws://{peer}/\n<- json\n-- check {expression}\n```\n");
        write(folder.path(), "a.md", &document);
        let began = Instant::now();
        let said = voiden(folder.path(), &["run", "a.md"]);
        assert_eq!(said.status, 1, "{expression}: {}", said.err);
        assert!(began.elapsed() < Duration::from_secs(30), "{expression}");
        let after = fs::read_to_string(folder.path().join("a.md")).unwrap();
        assert!(after.contains("✗"), "{expression}: {}", said.err);
    }
}
