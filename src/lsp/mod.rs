//! `voiden lsp`: what `check`, `fmt` and `run` know of documents, over the Language Server Protocol (3.17), on streams that
//! are handed in. Silent outside of our fences and of `voiden:` in the front matter. Nothing runs but by a command.
//!
//! The protocol's messages are JSON values here. `lsp-server` gives up at the first message that is not valid, and cannot
//! answer one whose id is not known; the crates of types (`lsp-types` and its heirs) are ten to twenty thousand lines of which
//! we would use a tenth, at the cost of a sixth of a first build.

mod buffer;
mod client;
mod commands;
mod completion;
mod cursor;
mod fixes;
mod hover;
mod item;
mod lenses;
mod line_table;
mod message;
mod names;
mod paint;
mod painted;
mod pending_edit;
mod reference;
mod rename;
mod requests;
mod running;
mod server;
mod symbols;
#[cfg(test)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a test makes values for one call"
)]
mod tests;
mod transport;
mod words;

use std::io::{BufRead, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::Value;

use crate::runner::Settings;
use running::RunNews;
use server::LanguageServer;
use transport::RpcFrame;

/// What a run is given, by further arguments as they would stand on the command line.
pub type Configure = Box<dyn Fn(&[String]) -> Result<Settings, String> + Send>;

/// What the server hears.
#[derive(Debug)]
enum Inbound {
    /// The client says something.
    Client(RpcFrame),
    /// A run does.
    Run(RunNews),
    /// The client has gone.
    End,
}

/// Serves one client until it asks for the end, or goes; gives the exit status.
#[must_use]
pub fn serve(
    mut input: impl BufRead + Send + 'static,
    mut output: impl Write + Send + 'static,
    configure: Configure,
) -> u8 {
    let (to_server, inbound) = channel();
    let (to_client, outbound): (_, Receiver<Value>) = channel();
    let reader = to_server.clone();
    // It may wait for input that never comes, so nothing waits for it.
    thread::spawn(move || read_all(&mut input, &reader));
    let writer = thread::spawn(move || {
        for message in outbound {
            if transport::write(&mut output, &message).is_err() {
                break;
            }
        }
    });
    let status = LanguageServer::new(configure, to_client, to_server).run(&inbound);
    let _ = writer.join();
    status
}

fn read_all(input: &mut dyn BufRead, to: &Sender<Inbound>) {
    while let Ok(Some(frame)) = transport::read(input) {
        if to.send(Inbound::Client(frame)).is_err() {
            return;
        }
    }
    let _ = to.send(Inbound::End);
}
