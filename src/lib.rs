//! Runs WebSocket requests out of Markdown and writes their transcripts back.
//!
//! # The chain
//!
//! `&str` → [`document::Document`] → [`script::Script`] → [`protocol::Event`]s → [`redact::Redacted`] → [`transcript::Transcript`] →
//! [`document::Edit`] → `String`. Each arrow is one room; no arrow points back.
//!
//! | room | knows | refuses to know |
//! |---|---|---|
//! | [`source`] | a text and places in it; which characters may be shown | what the text means |
//! | [`format`](mod@format) | text, JSON, XML, binary, and how to tell them | patterns, transcripts |
//! | [`protocol`] | the words of RFC 6455, URLs, events and endings | scripts, sockets |
//! | [`diagnostic`] | what is wrong, where, and the cure; how it is drawn | who found it |
//! | [`document`] | Markdown: blocks, transcripts' places, edits | the block language |
//! | [`script`] | the block language: parsing, filling in, matching, judging | Markdown, network, files |
//! | [`dial`] | names, TCP, TLS, proxies, Unix sockets: a stream to an endpoint | what is spoken over it |
//! | [`handshake`] | the opening handshake in HTTP/1.1: heads, bodies, what they must have | how they are carried |
//! | [`websocket`] | a WebSocket over a stream: how it opens, its frames, how it ends | scripts |
//! | [`interpreter`] | a script's steps over connections it is given | documents |
//! | [`server`] | one server script over a listener it is given | documents |
//! | [`redact`] | what of an event may be shown; only it makes a [`redact::Redacted`] | how it is shown |
//! | [`transcript`] | redacted events → lines; what counts as the same | where lines are kept |
//! | [`wall_clock`] | what time it is | durations |
//! | [`watch`] | file events, and when a path is settled | documents |
//! | [`runner`] | a document in, a document out | how progress is told |
//! | [`report`] | how progress and outcomes are told | how they come about |
//! | [`cli`] | argv, the environment, exit statuses | everything else |
//!
//! # Invariants
//!
//! * Parsing is total: it returns what it understood and a list of diagnostics. No input panics.
//! * A session never errs: refusals, time-outs and resets are endings, recorded as data.
//! * Only bytes of transcripts are ever written into a document.
//! * Nothing that the far side sends reaches a line, a report or a terminal unescaped.
//! * Secrets are redacted once, before an event becomes a line: what takes a [`redact::Redacted`] takes nothing else.
//! * Time (the wall clock too) and sockets are handed in; nothing but `cli` prints, reads the environment or exits.

pub mod cli;
pub mod diagnostic;
pub mod dial;
pub mod document;
pub mod format;
pub mod handshake;
pub mod interpreter;
pub mod protocol;
pub mod redact;
pub mod report;
pub mod runner;
pub mod script;
pub mod server;

pub mod source;
pub mod transcript;
pub mod wall_clock;
pub mod watch;
pub mod websocket;

// `tests/laws` names the crate as its users do, also where it is tried from within.
#[cfg(test)]
extern crate self as voiden;
