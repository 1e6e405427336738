//! Hostile peers and hostile documents, through the program itself: whatever comes, it ends in bounds of time and
//! memory, says something that can be read, and writes nothing but its transcript.

mod answers;
mod documents;
mod peer;
mod peers;

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::seeds::laws::visible;

/// Seconds of a processor's time that a run may take.
const SECONDS: u32 = 60;
/// MiB that a run may have allocated.
const MEBIBYTES: u32 = 200;

/// The program: `.ci/run` names the optimised one for what is slow otherwise.
fn program() -> OsString {
    std::env::var_os("VOIDEN_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_voiden").into())
}

/// What a run said.
struct Said {
    status: i32,
    out: String,
    err: String,
}

/// Runs `voiden` in a folder. What takes a minute of a processor's time or 200 MiB is ended by the system, by a signal.
fn voiden(folder: &Path, arguments: &[&str]) -> Said {
    voiden_within(MEBIBYTES, folder, arguments)
}

fn voiden_within(mebibytes: u32, folder: &Path, arguments: &[&str]) -> Said {
    let bounds = format!(
        "ulimit -t {SECONDS} && ulimit -d {} && exec \"$0\" \"$@\"",
        mebibytes * 1024
    );
    let output = Command::new("sh")
        .args(["-c", &bounds])
        .arg(program())
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOSTILE_HOME", "the value of the environment")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let status = output.status;
    assert_eq!(status.signal(), None, "{arguments:?} was ended: {err}");
    assert!(!err.contains("panicked"), "{err}");
    let out = String::from_utf8(output.stdout).unwrap();
    for said in [&out, &err] {
        assert_harmless(said);
    }
    Said {
        status: status.code().unwrap(),
        out,
        err,
    }
}

/// No character that a terminal or an editor would act on, or that nobody would see.
fn assert_harmless(text: &str) {
    visible::holds(text);
}

/// The blocks of a document: their kinds and what they say.
fn blocks(text: &str) -> Vec<(voiden::document::BlockKind, String)> {
    let document = voiden::document::parse(text);
    let block = |block: &voiden::document::Block| (block.kind, block.body.text().to_owned());
    document.blocks.iter().map(block).collect()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    fs::write(folder.join(name), text).unwrap();
}
