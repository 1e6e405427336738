//! Every step, refinement and handler: what it is called, where it may stand, what reads it, and what it does.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::control::{connect, drop, note, reconnect, skip, wait};
use super::handlers::{every, on, on_connect, on_disconnect};
use super::lines::StepMark;
use super::message_steps::{expect, http, send};
use super::refine;
use super::requests::respond;
use super::schema::schema;
use super::steps::{ClientNaming, LineReader, Refined, RefinementReader, StepInfo, StepReader};
use super::text::Piece;

/// What all clients do together.
const SHARED: ClientNaming =
    ClientNaming::Never("it concerns all clients, and has no name before it");
/// What belongs to the step above.
const UNNAMED: ClientNaming = ClientNaming::Never("a refinement follows its step without a name");

/// Every step, refinement and handler.
pub const STEPS: &[StepInfo] = &[
    in_http(in_handlers(message(
        "->",
        send,
        "-> json {\"op\": \"subscribe\"}",
        "Sends a message; of a request over plain HTTP its body.",
    ))),
    in_handlers(message("-> ping", send, "-> ping hello", "Sends a ping.")),
    in_handlers(message("-> pong", send, "-> pong hello", "Sends a pong.")),
    in_handlers(message(
        "-> close",
        send,
        "-> close 1000 done",
        "Closes the connection.",
    )),
    StepInfo {
        naming: ClientNaming::Never("the answer goes to who has asked"),
        ..of_servers(
            in_handlers(message(
                "-> HTTP",
                respond,
                "-- on GET /health\n-> HTTP 200 text ok",
                "Answers an HTTP request, as the last step of its handler.",
            )),
            "did you mean `<- HTTP …`?",
        )
    },
    in_http(message(
        "<-",
        expect,
        "<- json {\"id\": {{$number}}}",
        "Waits for a message that matches; of an answer over plain HTTP its body.",
    )),
    message("<- ping", expect, "<- ping", "Waits for a ping."),
    message("<- pong", expect, "<- pong hello", "Waits for a pong."),
    message(
        "<- close",
        expect,
        "<- close 1000",
        "Waits for a close frame.",
    ),
    message(
        "<- drop",
        expect,
        "<- drop",
        "Waits for the end of the connection without a close frame.",
    ),
    in_http(of_clients(
        message(
            "<- HTTP",
            http,
            "<- HTTP 401",
            "Expects the answer to a request; of an opening handshake that it is refused.",
        ),
        "clients are refused by `@auth` and its like",
    )),
    in_http(refinement(
        "-- within",
        refine::within,
        "<- json {}\n-- within 2s",
        "The time within which the message must come.",
    )),
    refinement(
        "-- next",
        refine::next,
        "<- json {}\n-- next",
        "The very next message must match.",
    ),
    in_handlers(refinement(
        "-- times",
        refine::times,
        "<- json {}\n-- times 3",
        "So many messages must match; a handler takes so many.",
    )),
    refinement(
        "-- none",
        refine::none,
        "<- json {}\n-- none within 1s",
        "No message may match.",
    ),
    refinement(
        "-- any-order",
        refine::any_order,
        "<- text a\n<- text b\n-- any-order",
        "It may change places with the `<-` above it.",
    ),
    in_http(in_handlers(repeated(refinement(
        "-- where",
        refine::where_,
        "<- json\n-- where .price > 0",
        "Only a message for which the expression holds matches.",
    )))),
    in_http(refinement(
        "-- exact",
        refine::exact,
        "<- json {\"id\": 1}\n-- exact",
        "The message has nothing that the pattern does not have.",
    )),
    in_http(repeated(refinement(
        "-- check",
        refine::check,
        "<- json\n-- check .price > 0",
        "Asserts something of the matched message.",
    ))),
    in_http(in_handlers(repeated(refinement(
        "-- schema",
        schema,
        "<- json\n-- schema ./tick.json",
        "The message is valid by the JSON Schema of a file.",
    )))),
    in_http(in_handlers(repeated(refinement(
        "-- save",
        refine::save,
        "<- json\n-- save id = .id",
        "Keeps a value of the matched message.",
    )))),
    StepInfo {
        naming: SHARED,
        refines: None,
        read: StepReader::Computing(refine::let_),
        ..in_http(in_handlers(refinement(
            "-- let",
            refine::let_,
            "-- let n = ($n // 0) + 1",
            "Computes a value and keeps it.",
        )))
    },
    in_http(in_handlers(repeated(refinement(
        "-- secret",
        refine::secret,
        "<- json\n-- save token = .token\n-- secret token",
        "Makes a kept value a secret.",
    )))),
    StepInfo {
        handler: true,
        refines: Some(Refined::Send),
        ..refinement(
            "-- repeat",
            refine::repeat,
            "-> text hello\n-- repeat 3 every 100ms",
            "Sends the message so often.",
        )
    },
    of_clients(
        step(
            "-- connect",
            connect,
            "alice -> text hello\nbob -- connect",
            "Connects a client here, and not at the start.",
        ),
        "a client connects in a `/wss` block",
    ),
    StepInfo {
        naming: SHARED,
        ..in_handlers(step(
            "-- wait",
            wait,
            "-- wait 500ms",
            "Stays connected for some time.",
        ))
    },
    in_handlers(step(
        "-- drop",
        drop,
        "-- drop",
        "Cuts the connection without a close frame.",
    )),
    of_clients(
        step(
            "-- reconnect",
            reconnect,
            "-- reconnect",
            "Closes the connection if it is open, and connects again.",
        ),
        "a client reconnects in a `/wss` block",
    ),
    step("-- skip", skip, "-- skip", "Passes over what has arrived."),
    StepInfo {
        naming: SHARED,
        ..in_http(in_handlers(step(
            "-- note",
            note,
            "-- note half time",
            "Writes a line into the transcript.",
        )))
    },
    StepInfo {
        body: true,
        ..handler(
            "-- on",
            on,
            "-- on json {\"op\": \"ping\"}\n-> json {\"op\": \"pong\"}",
            "Does its steps for each message that matches.",
        )
    },
    of_servers(
        handler(
            "-- on connect",
            on_connect,
            "-- on connect\n-> text welcome",
            "Does its steps when a client has connected.",
        ),
        "a client's script begins when it is connected: write steps",
    ),
    of_servers(
        handler(
            "-- on disconnect",
            on_disconnect,
            "-- on disconnect\nothers -> text bye",
            "Does its steps when a client has left.",
        ),
        "expect the end instead: `<- close`",
    ),
    handler(
        "-- every",
        every,
        "-- every 20s times 3\n-> ping",
        "Does its steps again and again.",
    ),
];

/// Words behind a mark that are looked at: no row has more.
const MOST_WORDS: usize = 3;

/// The rows by their marks and first words, which are empty where a mark stands alone.
static ROWS: LazyLock<HashMap<[&str; 2], Vec<&StepInfo>>> = LazyLock::new(|| {
    let mut rows: HashMap<_, Vec<_>> = HashMap::new();
    for info in STEPS {
        let mut words = info.words.split_ascii_whitespace();
        let key = [words.next(), words.next()].map(Option::unwrap_or_default);
        rows.entry(key).or_default().push(info);
    }
    rows
});

/// What a line is: the row whose words it begins with, the longest of them.
pub(super) fn find(mark: StepMark, rest: Piece<'_>) -> Option<&'static StepInfo> {
    let mut given = [""; MOST_WORDS];
    let mut rest = rest;
    for word in &mut given {
        let (first, behind) = rest.word();
        (*word, rest) = (first.text, behind);
    }
    let begins = |info: &&&StepInfo| {
        let mut given = given.iter();
        let mut words = info.words.split_ascii_whitespace().skip(1);
        words.all(|word| given.next() == Some(&word))
    };
    let [first, ..] = given;
    let rows = [first, ""]
        .into_iter()
        .filter_map(|word| ROWS.get(&[mark.text(), word]));
    let fitting = rows.flatten().filter(begins);
    fitting.max_by_key(|info| info.words.len()).copied()
}

const fn step(
    words: &'static str,
    read: LineReader,
    example: &'static str,
    does: &'static str,
) -> StepInfo {
    StepInfo {
        words,
        client: true,
        server: true,
        http: false,
        handler: false,
        refines: None,
        repeated: false,
        body: false,
        example,
        does,
        instead: "",
        naming: ClientNaming::Needed,
        read: StepReader::Step(read),
    }
}

/// A step that reads the lines below it.
const fn message(
    words: &'static str,
    read: LineReader,
    example: &'static str,
    does: &'static str,
) -> StepInfo {
    StepInfo {
        body: true,
        ..step(words, read, example, does)
    }
}

const fn refinement(
    words: &'static str,
    read: RefinementReader,
    example: &'static str,
    does: &'static str,
) -> StepInfo {
    StepInfo {
        words,
        client: true,
        server: true,
        http: false,
        handler: false,
        refines: Some(Refined::Expect),
        repeated: false,
        body: false,
        example,
        does,
        instead: "",
        naming: UNNAMED,
        read: StepReader::Refinement(read),
    }
}

const fn handler(
    words: &'static str,
    read: LineReader,
    example: &'static str,
    does: &'static str,
) -> StepInfo {
    StepInfo {
        naming: ClientNaming::Free,
        read: StepReader::Handler(read),
        ..step(words, read, example, does)
    }
}

const fn in_http(info: StepInfo) -> StepInfo {
    StepInfo { http: true, ..info }
}

const fn in_handlers(info: StepInfo) -> StepInfo {
    StepInfo {
        handler: true,
        ..info
    }
}

const fn repeated(info: StepInfo) -> StepInfo {
    StepInfo {
        repeated: true,
        ..info
    }
}

const fn of_clients(info: StepInfo, instead: &'static str) -> StepInfo {
    StepInfo {
        server: false,
        instead,
        ..info
    }
}

const fn of_servers(info: StepInfo, instead: &'static str) -> StepInfo {
    StepInfo {
        client: false,
        instead,
        ..info
    }
}
