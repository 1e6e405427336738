//! `--env-file`: a file, or a pipe as a shell's `<(…)` makes it.

use std::fs::Metadata;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::machine;
use crate::report::{Output, harmless};
use crate::runner::EnvFile;

/// How long a pipe may be waited for without a word.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes of a pipe at most.
const LARGEST: u64 = 16 << 20;

/// Reads a pipe, which gives what it has only once; a file is read when a document is. To be called while an interrupt
/// still ends the process: nothing says that the pipe is ever written.
///
/// # Errors
/// A usage error.
pub(super) fn open(path: &Path, err: &mut Output) -> Result<EnvFile, String> {
    let mut file = EnvFile::from(path.to_owned());
    if machine::metadata(path).is_ok_and(|metadata| is_stream(&metadata)) {
        let bytes = read(path, err);
        let bytes = bytes.map_err(|why| format!("--env-file {}: {why}", path.display()))?;
        file.piped = Some(bytes.into());
    }
    Ok(file)
}

fn read(path: &Path, err: &mut Output) -> Result<Vec<u8>, String> {
    let (sender, bytes) = channel();
    let opened = path.to_owned();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read =
            machine::open(&opened).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
        let _ = sender.send(read.map(|_| bytes));
    });
    let read = match bytes.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Timeout) => {
            let path = harmless(&path.display().to_string());
            err.put(&format!(
                "waiting for --env-file {path}: it is a pipe that has not been written to its end yet\n"
            ));
            err.flush();
            bytes.recv().ok()
        }
        read => read.ok(),
    };
    let bytes = read.ok_or("it could not be read")?;
    let bytes = bytes.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("it is larger than 16 MiB".to_owned());
    }
    Ok(bytes)
}

#[cfg(unix)]
fn is_stream(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    kind.is_fifo() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_stream(_: &Metadata) -> bool {
    false
}
