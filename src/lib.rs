//! Runs WebSocket sessions out of Markdown and writes their transcripts back.
//!
//! [`run_text`] runs a document's text and gives it back with its transcripts; [`Runner`] runs files as the command does.
//!
//! ```
//! let text = "```/wss-server echo\nws://127.0.0.1:0/\n-- on text\n-> text {{$message}}\n```\n\n\
//!     ```/wss Hello\n{{echo.url}}\n-> text hello\n<- text hello\n```\n";
//! let outcome = voiden::run_text(text, &voiden::Settings::default());
//! assert!(outcome.passed());
//! ```

// # The chain
//
// `&str` → [`document::Document`] → [`script::Script`] → [`protocol::Event`]s → [`redact::Redacted`] → [`transcript::Transcript`] →
// [`document::Edit`] → `String`. Each arrow is one room; no arrow points back.
//
// | room | knows | refuses to know |
// |---|---|---|
// | [`source`] | a text and places in it; which characters may be shown | what the text means |
// | [`format`](mod@format) | text, JSON, XML, binary, packed and compressed payloads, schemas; how to tell and read them | patterns, transcripts |
// | [`protocol`] | the words of RFC 6455, URLs, requests, events and endings | scripts, sockets |
// | [`diagnostic`] | what is wrong, where, and the cure; how it is drawn | who found it |
// | [`document`] | Markdown: blocks, transcripts' places, edits | the block language |
// | [`script`] | the block language: parsing, filling in, matching, judging | Markdown, network, files |
// | [`dial`] | names, TCP, TLS, proxies, Unix sockets: a stream to an endpoint | what is spoken over it |
// | [`handshake`] | HTTP/1.1 as text: heads, bodies, cookies, the opening handshake and its extensions | how they are carried |
// | [`http`] | one HTTP request over a stream, and where redirects lead | scripts |
// | [`websocket`] | a WebSocket over a stream: how it opens, its frames, how it ends | scripts |
// | [`interpreter`] | a script's steps over connections it is given | documents |
// | [`server`] | one server script over a listener it is given | documents |
// | [`redact`] | what of an event may be shown; only it makes a [`redact::Redacted`] | how it is shown |
// | [`transcript`] | redacted events → lines; what counts as the same | where lines are kept |
// | [`recorder`] | what happened → a block that does it again | files, sockets |
// | [`import`] | other tools' files → blocks of a document | files on a disk |
// | [`wall_clock`] | what time it is | durations |
// | [`watch`] | file events, and when a path is settled | documents |
// | [`runner`] | a document in, a document out | how progress is told |
// | [`report`] | how progress and outcomes are told | how they come about |
// | [`load`] | many clients that run one block, and their figures | terminals, files |
// | [`lsp`] | an editor's session: what checking, laying out and running know, over its protocol | how it is started |
// | [`page`] | `voiden open`: what is shown in a browser, and who may see it | how sessions run |
// | [`export`] | a document → a script of k6 | what runs it, files that are written |
// | [`prompt`] | what is typed at a live session, and how its log is shown | documents, sockets |
// | [`cli`] | argv, the environment, exit statuses | everything else |
//
// # Invariants
//
// * Parsing is total: it returns what it understood and a list of diagnostics. No input panics.
// * A session never errs: refusals, time-outs and resets are endings, recorded as data.
// * Only bytes of transcripts are ever written into a document.
// * Nothing that the far side sends reaches a line, a report or a terminal unescaped.
// * Secrets are redacted once, before an event becomes a line: what takes a [`redact::Redacted`] takes nothing else.
// * Time (the wall clock too) and sockets are handed in; nothing but `cli` prints, reads the environment or exits.

#![cfg_attr(
    test,
    expect(clippy::disallowed_methods, reason = "tests make files of their own")
)]

pub use diagnostic::{Diagnostic, Severity};
pub use document::BlockKind;
pub use redact::Redacted;
pub use runner::{
    BlockInfo, BlockResult, DocumentResult, EnvFile, Kept, NameGlobs, Named, News, Outcome,
    ReportedDocument, Reporter, Runner, Selector, Settings, Verdict, WriteBack, exit_status, find,
    run_text,
};
pub use source::Span;
pub use wall_clock::WallClock;

// The rooms are public for the crate's own tests, benchmarks and fuzz targets alone.
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod diagnostic;
#[doc(hidden)]
pub mod dial;
#[doc(hidden)]
pub mod document;
#[doc(hidden)]
pub mod export;
#[doc(hidden)]
pub mod format;
#[doc(hidden)]
pub mod handshake;
#[doc(hidden)]
pub mod http;
#[doc(hidden)]
pub mod import;
#[doc(hidden)]
pub mod interpreter;
#[doc(hidden)]
pub mod load;
#[doc(hidden)]
pub mod lsp;
pub mod page;
pub mod prompt;
#[doc(hidden)]
pub mod protocol;
#[doc(hidden)]
pub mod recorder;
#[doc(hidden)]
pub mod redact;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod runner;
#[doc(hidden)]
pub mod script;
#[doc(hidden)]
pub mod server;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod transcript;
#[doc(hidden)]
pub mod wall_clock;
#[doc(hidden)]
pub mod watch;
#[doc(hidden)]
pub mod websocket;

// `tests/laws` names the crate as its users do, also where it is tried from within.
#[cfg(test)]
extern crate self as voiden;
