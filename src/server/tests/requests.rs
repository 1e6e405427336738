//! Plain requests over streams that a test holds: what each is answered, and what hostile ones come to.

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::{Outbox, PIPE, serve};
use crate::protocol::{Direction, Event, EventKind, Frame};

const SCRIPT: &str = r#"ws://127.0.0.1:0/
Server: voiden
@max-message 64B

-- on GET /token
-> HTTP 200 text
X-Kind: plain

t-1

-- on POST /login json {"user": "{{$string as user}}"}
-> HTTP 201 json
Location: /users/{{user}}
{"user": "{{user}}"}

-- on POST /login
-> HTTP 422

-- on GET /users/{id}
-> HTTP 200 json {"id": {{$request.params.id}}, "last": "{{user}}", "q": {{$request.query.q}}}

-- on HEAD /users/{id}
-> HTTP 200 text hello

-- on PUT /*
-> HTTP 204

-- on GET /users/me
-> HTTP 303
Location: /users/1

-- on GET /cut
-- drop
"#;

/// What bytes are answered, and the lines' events.
async fn answered(requests: &[&str]) -> (Vec<String>, Vec<Event>, Option<String>) {
    let queue = Outbox::default();
    let mut peers = Vec::new();
    for request in requests {
        let (near, mut far) = duplex(PIPE);
        far.write_all(request.as_bytes()).await.unwrap();
        queue.0.borrow_mut().insert(0, Box::new(near));
        peers.push(far);
    }
    let mut answers = Vec::new();
    let clients = async {
        for mut far in peers {
            let mut answer = Vec::new();
            far.read_to_end(&mut answer).await.unwrap();
            answers.push(String::from_utf8(answer).unwrap());
        }
    };
    let (events, outcome) = serve(SCRIPT, queue, clients).await;
    (
        answers,
        events,
        outcome.failure.map(|failure| failure.reason),
    )
}

#[tokio::test(start_paused = true)]
async fn requests_are_answered_by_the_handler_that_says_most() {
    let requests = [
        "GET /token?x=1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"user\":\"ann\"}",
        "POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "GET /users/a%20b?q=1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "HEAD /users/1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "PUT /a/b HTTP/1.0\r\n\r\n",
        "GET /users/me HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /cut HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n",
        "DELETE /token HTTP/1.1\r\nHost: h\r\n\r\n",
    ];
    let (answers, events, failure) = answered(&requests).await;
    assert_eq!(failure, None);
    let shown = requests.iter().zip(&answers).map(|(request, answer)| {
        let first = request.lines().next().unwrap_or_default();
        format!(
            "{first}\n{}",
            answer.replace("\r\n", "\n").replace('\n', "\n    ")
        )
    });
    let shown: Vec<_> = shown.collect();
    insta::assert_snapshot!(shown.join("\n\n"));
    let received = |event: &&Event| {
        matches!(
            &event.kind,
            EventKind::Requested { direction: Direction::Received, method, .. } if method == "POST"
        )
    };
    assert_eq!(events.iter().filter(received).count(), 2);
    let user = Frame::Text("{\"user\": \"ann\"}".into());
    let told = |event: &Event| matches!(&event.kind, EventKind::Body { direction: Direction::Sent, frame, .. } if *frame == user);
    assert!(events.iter().any(told));
}

#[tokio::test(start_paused = true)]
async fn what_is_framed_wrongly_is_refused_and_hinders_nobody() {
    let good = "GET /token HTTP/1.1\r\nHost: h\r\n\r\n";
    let pipelined = format!("{good}{good}");
    let cases: [(&str, &str); 12] = [
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            "400",
        ),
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "400",
        ),
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 65\r\n\r\n",
            "413",
        ),
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n41\r\nx",
            "408",
        ),
        (
            "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab",
            "408",
        ),
        ("GET /token HTTP/1.1\r\n\r\n", "400"),
        ("GET /token HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "400"),
        ("GET /token HTTP/1.1\r\nHost : h\r\n\r\n", "400"),
        (pipelined.as_str(), "200"),
        (good, "200"),
    ];
    let requests: Vec<_> = cases.iter().map(|(request, _)| *request).collect();
    let (answers, _, failure) = answered(&requests).await;
    assert_eq!(failure, None);
    for ((request, status), answer) in cases.iter().zip(&answers) {
        let begins = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begins), "{request:?}: {answer:?}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{request:?}: {answer:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_answers_500_and_fails_the_block() {
    let requests = ["GET /users/1 HTTP/1.1\r\nHost: h\r\n\r\n"];
    let (answers, _, failure) = answered(&requests).await;
    assert!(
        answers[0].starts_with("HTTP/1.1 500 Internal Server Error\r\n"),
        "{answers:?}"
    );
    assert_eq!(failure.unwrap(), "`user` is not defined");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_may_be_refused_asks_before_it_sends() {
    let head = "POST /login HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ";
    let small = format!("{head}2\r\n\r\n");
    let large = format!("{head}99\r\n\r\n");
    let (answers, ..) = answered(&[&small, &large]).await;
    assert!(
        answers[0].starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 "),
        "{answers:?}"
    );
    assert!(answers[1].starts_with("HTTP/1.1 413 "), "{answers:?}");
}
