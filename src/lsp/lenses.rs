//! What can be done above a block's fence: Run, Run all, Serve, and Stop while it goes on.

use serde_json::{Value, json};

use super::buffer::Buffer;
use crate::document::Block;

/// The commands, as `workspace/executeCommand` names them.
pub(super) const RUN: &str = "voiden.run";
pub(super) const RUN_ALL: &str = "voiden.runAll";
pub(super) const SERVE: &str = "voiden.serve";
pub(super) const STOP: &str = "voiden.stop";

/// The lenses of a document. `is_busy`: whether something of it runs.
pub(super) fn lenses(buffer: &Buffer, blocks: &[Block], is_busy: bool) -> Value {
    let mut lenses = Vec::new();
    let has_clients = blocks.iter().any(|block| !block.kind.is_server());
    for (index, block) in blocks.iter().enumerate() {
        let mut lens = |title: &str, command: &str, arguments: Value| {
            let range = buffer.range(block.info);
            let command = json!({"title": title, "command": command, "arguments": arguments});
            lenses.push(json!({"range": range, "command": command}));
        };
        let of_block = || json!([buffer.uri, block.name]);
        if block.kind.is_server() {
            lens("Serve", SERVE, of_block());
        } else {
            lens("Run", RUN, of_block());
        }
        if index == 0 && has_clients {
            lens("Run all", RUN_ALL, json!([buffer.uri]));
        }
        if index == 0 && is_busy {
            lens("Stop", STOP, json!([buffer.uri]));
        }
    }
    lenses.into()
}
