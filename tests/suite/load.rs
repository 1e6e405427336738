//! `voiden load`: figures that are true, limits, interrupts, reports. Times come from a paused clock, counts from a server
//! of the test's own that counts for itself.

use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use voiden::load::{LoadEnd, LoadOutcome, LoadSettings, Workers, page, run};
use voiden::runner::{Named, NotLoaded, Runner, Selector, Settings, Target};

use crate::memory;

/// What a load on a network in memory comes to, with a clock that stands still while nothing waits.
fn loaded(
    text: &str,
    block: &str,
    each: bool,
    load: &LoadSettings,
) -> Result<(Target, LoadOutcome), NotLoaded> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let network = memory::network();
    let mut named = Named::of_text("load.md", text, None);
    named.selectors = vec![Selector::Name(block.to_owned())];
    let settings = Settings {
        clock: memory::clock(),
        ..Settings::default()
    };
    let (_stop, stopped) = watch::channel(false);
    let runner = Runner::new(settings).until(stopped.clone());
    let workers = Workers::Here(network.clone());
    let outcome = runtime.block_on(runner.load_on(
        &network,
        &named,
        each,
        |_| true,
        async |target: Target| {
            let outcome = run(&target, load, workers, &stopped, |_| {}).await;
            (target, outcome)
        },
    ));
    runtime.shutdown_background();
    outcome
}

fn settings(clients: u64, end: LoadEnd) -> LoadSettings {
    LoadSettings {
        clients,
        ramp: Duration::ZERO,
        end,
        rate: None,
    }
}

/// Whether a figure is true to five percent.
fn is_near(measured: u64, expected: u64) -> bool {
    measured.abs_diff(expected) * 20 <= expected
}

/// Answers each message as late as it says.
const LATE: &str = r#"```/wss-server late
ws://127.0.0.1:0/

-- on json
-- wait {{$message.wait}}ms
-> {{$message}}
```

```/wss Ask
{{late.url}}

-> json {"wait": {{$instance}}}
<- json {"wait": {{$instance}}}
-> json {"wait": 700}
<- json {"wait": 700}
```
"#;

#[test]
fn percentiles_are_those_of_known_delays() {
    let (_, outcome) = loaded(LATE, "Ask", false, &settings(100, LoadEnd::Times(5))).unwrap();
    let figures = &outcome.figures;
    assert_eq!(
        (figures.passed, figures.failed, figures.unfinished()),
        (500, 0, 0)
    );
    assert_eq!((figures.sent, figures.received), (1000, 1000));
    let [each, same] = figures.steps.as_slice() else {
        panic!("{:?}", figures.steps);
    };
    assert_eq!(
        (each.count(), same.count(), figures.handshake.count()),
        (500, 500, 500)
    );
    for percent in [50_u32, 90, 95, 99] {
        let measured = each.at(f64::from(percent) / 100.0);
        let expected = u64::from(percent) * 1000;
        assert!(is_near(measured, expected), "p{percent}: {measured}");
    }
    assert!(is_near(each.max(), 100_000), "{}", each.max());
    assert!(is_near(same.at(0.5), 700_000) && is_near(same.max(), 700_000));
    // Half of all expectations are of the second kind.
    assert!(is_near(figures.expectations().at(0.75), 700_000));
}

#[test]
fn a_load_ends_in_time_and_cuts_what_goes_on() {
    let load = LoadSettings {
        ramp: Duration::from_secs(1),
        ..settings(10, LoadEnd::After(Duration::from_millis(1950)))
    };
    let (_, outcome) = loaded(LATE, "Ask", false, &load).unwrap();
    let figures = &outcome.figures;
    // A session takes 0.7 s and a bit; the last client begins after 0.9 s.
    assert_eq!(
        (figures.passed, figures.failed, figures.unfinished()),
        (16, 0, 10)
    );
    assert!(
        outcome.took < Duration::from_millis(2100),
        "{:?}",
        outcome.took
    );
}

#[test]
fn sessions_begin_no_faster_than_they_may() {
    let load = LoadSettings {
        rate: Some(20.0),
        ..settings(100, LoadEnd::After(Duration::from_secs(3)))
    };
    let (_, outcome) = loaded(LATE, "Ask", false, &load).unwrap();
    let begun = outcome.figures.begun;
    assert!((59..=61).contains(&begun), "{begun}");
}

#[test]
fn failures_are_counted_by_kind() {
    let server = "```/wss-server s\nws://127.0.0.1:0/{what}\n\n-- on text die\n-- drop\n\n-- on text ask\n-> text other\n```\n\n";
    let refused = "```/wss-server no\nws://127.0.0.1:0/\n@auth bearer secret\n```\n\n";
    for (steps, kind) in [
        ("-> text ask\n<- text answer\n-- within 10ms\n", "mismatch"),
        ("-> text hush\n<- text answer\n-- within 10ms\n", "timeout"),
        ("-> text die\n<- text answer\n", "closed"),
        ("-> text ask\n<- text\n-- check . == \"answer\"\n", "check"),
        ("-> text ask\n<- text answer\n-- next\n", "mismatch"),
    ] {
        let text = format!("{server}```/wss Fails\n{{{{s.ws}}}}/x\n\n{steps}```\n");
        let (_, outcome) = loaded(&text, "Fails", false, &settings(2, LoadEnd::Times(3))).unwrap();
        let failures = outcome.figures.failures.iter();
        let failures: Vec<_> = failures
            .map(|(kind, count)| (kind.word(), *count))
            .collect();
        assert_eq!(failures, [(kind, 6)], "{steps}");
    }
    let text = format!("{refused}```/wss Fails\n{{{{no.url}}}}\n\n-> text a\n```\n");
    let (_, outcome) = loaded(&text, "Fails", false, &settings(2, LoadEnd::Times(3))).unwrap();
    assert_eq!(outcome.figures.failures.values().sum::<u64>(), 6);
    let kind = outcome.figures.failures.keys().next().unwrap();
    assert_eq!(kind.word(), "refused");
}

/// A login that is told how often it was asked, and a session with its cookie.
const LOGIN: &str = r#"```/wss-server s
ws://127.0.0.1:0/

-- on POST /login
-- let n = ($n // 0) + 1
-> HTTP 200 json {"login": {{n}}}
Set-Cookie: session=number-{{n}}

-- on json
-> json {"login": {{$message.login}}, "cookie": "{{$request.headers.cookie}}"}
```

```/http Login
POST {{s.http}}/login
@cookies

<- json {"login": {{$number as login}}}
```

```/wss Session
{{s.url}}
@cookies

-> json {"login": {{login}}}
<- json {"cookie": "session=number-{{login}}"}
-- check .login <= 3
```
"#;

#[test]
fn earlier_blocks_run_once_or_for_each_client() {
    let load = settings(5, LoadEnd::Times(2));
    let (_, once) = loaded(LOGIN, "Session", false, &load).unwrap();
    assert_eq!((once.figures.passed, once.figures.sent), (10, 10));
    // One after the other: a server's handlers run side by side.
    let load = LoadSettings {
        ramp: Duration::from_secs(5),
        ..load
    };
    let (_, each) = loaded(LOGIN, "Session", true, &load).unwrap();
    let figures = &each.figures;
    // Two of the five have a number above three; the answers to logins are messages as well.
    assert_eq!((figures.passed, figures.failed), (6, 4));
    assert_eq!((figures.sent, figures.received), (10, 15));
    assert_eq!(figures.steps[0].count(), 10);
}

#[test]
fn what_an_earlier_block_did_not_keep_keeps_the_load_from_beginning() {
    let text = LOGIN.replace("{{$number as login}}", "\"{{$any as login}}\"");
    let came = loaded(&text, "Session", false, &settings(1, LoadEnd::Times(1)));
    assert_eq!(came.err(), Some(NotLoaded::Failed));
}

#[test]
fn a_request_is_loaded_like_a_session() {
    let text = "```/wss-server s\nws://127.0.0.1:0/\n\n-- on GET /job\n-- wait 80ms\n-> HTTP 200 json {\"done\": true}\n```\n\n\
        ```/http Job\nGET {{s.http}}/job\n\n<- HTTP 200\n<- json {\"done\": true}\n```\n";
    let (_, outcome) = loaded(text, "Job", false, &settings(4, LoadEnd::Times(3))).unwrap();
    let figures = &outcome.figures;
    assert_eq!((figures.passed, figures.failed), (12, 0));
    for latencies in figures.steps.iter().chain([&figures.handshake]) {
        assert_eq!(latencies.count(), 12);
        assert!(is_near(latencies.at(0.5), 80_000), "{}", latencies.at(0.5));
    }
}

#[test]
fn what_a_document_says_is_only_text_on_the_page() {
    let name = "</title><script>alert(1)</script>";
    let text = format!(
        "```/wss-server s\nws://127.0.0.1:0/\n\n-- on\n-> {{{{$message}}}}\n```\n\n```/wss {name}\n{{{{s.url}}}}\n\n\
         -> text \"</svg><script>alert(2)</script>\"\n<- text \"</svg><script>alert(2)</script>\"\n```\n"
    );
    let load = settings(1, LoadEnd::Times(1));
    let (target, outcome) = loaded(&text, name, false, &load).unwrap();
    let html = page(&target.block().name, &load, &outcome, target.steps(), &[]);
    assert_eq!(outcome.figures.passed, 1);
    assert!(
        html.contains("&lt;/svg&gt;&lt;script&gt;alert(2)"),
        "{html}"
    );
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("default-src 'none'") && html.contains("<polyline"));
}

/// A server that answers each message, and counts them.
struct Counting {
    port: u16,
    received: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
}

impl Counting {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let (received, sent) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counts = (Arc::clone(&received), Arc::clone(&sent));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(echo(stream, counts.clone()));
                }
            });
        });
        Self {
            port,
            received,
            sent,
        }
    }
}

async fn echo(stream: tokio::net::TcpStream, counts: (Arc<AtomicU64>, Arc<AtomicU64>)) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    while let Some(Ok(message)) = socket.next().await {
        let (Message::Text(_) | Message::Binary(_)) = message else {
            continue;
        };
        counts.0.fetch_add(1, Ordering::SeqCst);
        if socket.send(message).await.is_ok() {
            counts.1.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A folder with a document whose block talks to a server of the test's.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new(port: u16, steps: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("```/wss Talk\nws://127.0.0.1:{port}/\n\n{steps}```\n");
        std::fs::write(folder.path().join("a.md"), text).unwrap();
        Self(folder)
    }

    fn start(&self, line: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
        command.args(["load", "a.md"]).args(line);
        let command = command.current_dir(self.0.path()).stdin(Stdio::null());
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        piped.spawn().unwrap()
    }

    fn load(&self, line: &[&str]) -> Output {
        self.start(line).wait_with_output().unwrap()
    }
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn the_servers_count_is_the_reports_to_the_message() {
    let server = Counting::start();
    let steps = "-> text {{$index}}\n-- repeat 20\n<- text 19\n-> json {\"n\": {{$instance}}}\n<- json {\"n\": {{$instance}}}\n";
    let bench = Bench::new(server.port, steps);
    let output = bench.load(&["--clients", "7", "--for", "600ms", "--report", "json=-"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = report(&output);
    let count = |pointer: &str| report.pointer(pointer).unwrap().as_u64().unwrap();
    assert!(count("/sessions/passed") > 0 && count("/version") == 1);
    assert_eq!(
        count("/messages/sent"),
        server.received.load(Ordering::SeqCst)
    );
    assert_eq!(
        count("/messages/received"),
        server.sent.load(Ordering::SeqCst)
    );
    let steps = report["steps"].as_array().unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    let expected = ["handshake", "<- text 19", "<- json {\"n\": {{$instance}}}"];
    assert_eq!(names, expected);
    let lines: Vec<_> = steps
        .iter()
        .map(|step| step["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [1, 6, 8]);
    // The table is on stderr where stdout has the report.
    assert!(String::from_utf8_lossy(&output.stderr).contains("sessions "));
}

#[test]
fn limits_and_failures_decide_the_exit_status() {
    let server = Counting::start();
    let passes = Bench::new(server.port, "-> text a\n<- text a\n-> text b\n<- text b\n");
    let fails = Bench::new(server.port, "-> text a\n<- text b\n-- next\n");
    for (bench, limits, status) in [
        (&passes, &[][..], 0),
        (
            &passes,
            &["p95 < 10s", "max(handshake) < 10s", "failed < 1%"],
            0,
        ),
        (&passes, &["p99.9(text a) < 10s"], 0),
        (&passes, &["p50 < 0s"], 1),
        (&passes, &["p99(nothing) < 1s"], 2),
        (&passes, &["p99(text) < 1s"], 2),
        (&passes, &["p99 > 1s"], 2),
        (&fails, &[], 1),
        (&fails, &["failed < 1%"], 1),
        (&fails, &["failed <= 100%"], 0),
        (&fails, &["failed <= 100%", "p95 < 1s"], 1),
    ] {
        let mut line = vec!["--clients", "2", "--times", "2"];
        line.extend(limits.iter().flat_map(|limit| ["--limit", limit]));
        let output = bench.load(&line);
        assert_eq!(output.status.code(), Some(status), "{limits:?} {output:?}");
    }
}

#[test]
fn an_interrupt_ends_a_load_with_its_figures() {
    let server = Counting::start();
    let bench = Bench::new(
        server.port,
        "-> text a\n<- text a\n<- text never\n-- within 1m\n",
    );
    let child = bench.start(&["--for", "1m", "--clients", "20", "--report", "json=-"]);
    // They have all sent, and wait.
    while server.sent.load(Ordering::SeqCst) < 20 {
        std::thread::yield_now();
    }
    let began = Instant::now();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let report = report(&output);
    assert_eq!(report["sessions"]["unfinished"], 20);
    assert_eq!(report["messages"]["sent"], 20);
}
