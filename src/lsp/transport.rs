//! Messages of JSON-RPC over a pair of byte streams, framed as the protocol asks (Language Server Protocol 3.17, base
//! protocol). What is not a message is told as that, and the next one is read all the same.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// A header line has at most so many bytes.
const LONGEST_HEADER: u64 = 8 * 1024;

/// A message has at most so many bytes: a document of a hundred MiB is none that an editor shows.
const LONGEST_MESSAGE: u64 = 256 * 1024 * 1024;

/// What came.
#[derive(Debug)]
pub(super) enum RpcFrame {
    /// A JSON value.
    Message(Value),
    /// Something that is not JSON, and why.
    Malformed(String),
}

/// Reads what comes next; `None` at the end of the stream.
pub(super) fn read(input: &mut dyn BufRead) -> io::Result<Option<RpcFrame>> {
    let Some(length) = read_head(input)? else {
        return Ok(None);
    };
    let length = match length {
        Ok(length) if length <= LONGEST_MESSAGE => length,
        Ok(length) => {
            io::copy(&mut input.take(length), &mut io::sink())?;
            let sentence = format!("a message of {length} bytes is too long");
            return Ok(Some(RpcFrame::Malformed(sentence)));
        }
        Err(sentence) => return Ok(Some(RpcFrame::Malformed(sentence))),
    };
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&body) {
        Ok(message) => RpcFrame::Message(message),
        Err(error) => RpcFrame::Malformed(format!("the message is not valid JSON: {error}")),
    }))
}

/// Reads the header lines; gives the length of what follows, or what is wrong with them.
fn read_head(input: &mut dyn BufRead) -> io::Result<Option<Result<u64, String>>> {
    let mut length = None;
    let mut seen = false;
    loop {
        let mut line = Vec::new();
        let count = input.take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(seen.then(|| Err("the header ends too early".to_owned())));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() && seen {
            break;
        }
        seen |= !line.is_empty();
        let value = line.split_once(':').and_then(|(name, value)| {
            let is_length = name.trim().eq_ignore_ascii_case("content-length");
            is_length.then_some(value.trim())
        });
        length = value.or(length.as_deref()).map(str::to_owned);
    }
    let length = length.ok_or_else(|| "the header has no Content-Length".to_owned());
    Ok(Some(length.and_then(|length| {
        let wrong = |_| format!("`{}` is not a Content-Length", length.escape_debug());
        length.parse().map_err(wrong)
    })))
}

/// Writes a message.
pub(super) fn write(output: &mut dyn Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn frames(mut input: &[u8]) -> Vec<String> {
        let mut frames = Vec::new();
        while let Some(frame) = read(&mut input).unwrap() {
            frames.push(match frame {
                RpcFrame::Message(message) => message.to_string(),
                RpcFrame::Malformed(sentence) => sentence,
            });
        }
        frames
    }

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        for message in [json!({"a": "日"}), json!([1])] {
            write(&mut bytes, &message).unwrap();
        }
        assert_eq!(frames(&bytes), [r#"{"a":"日"}"#, "[1]"]);
    }

    #[test]
    fn what_is_malformed_hides_nothing_behind_it() {
        let text = "Content-Length: 2\r\n\r\n{]Content-Type: x\r\ncontent-length: 2\r\n\r\n{}nonsense\r\n\r\n\
            Content-Length: x\r\n\r\nContent-Length: 2\n\n[]Content-Length: 9\r\n\r\n{";
        assert_eq!(
            frames(text.as_bytes()),
            [
                "the message is not valid JSON: key must be a string at line 1 column 2",
                "{}",
                "the header has no Content-Length",
                "`x` is not a Content-Length",
                "[]",
            ]
        );
        let deep = "[".repeat(100_000);
        let text = format!("Content-Length: {}\r\n\r\n{deep}", deep.len());
        assert!(frames(text.as_bytes())[0].contains("recursion limit"));
    }
}
