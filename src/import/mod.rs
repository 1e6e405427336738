//! Other tools' files → blocks of a document: HAR, `.http`, `.void`, and our own log. Reads text that was handed in; what a
//! file holds is told by its content. Writes no file and knows no command.

mod har;
mod http_file;
mod http_message;
mod http_request;
mod imported;
mod log;
mod pruned;
mod sight;
mod void_file;
mod yaml;

pub use imported::Imported;

/// Bytes of a file that is taken over at most.
pub const MOST_BYTES: u64 = 256 << 20;

/// Makes blocks of a file's text.
///
/// # Errors
/// A sentence, and on a second line perhaps what to do: it is nothing of what can be taken over, or there is nothing in
/// it.
pub fn import(text: &str) -> Result<Imported, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut imported = match sight::tell(text)? {
        sight::FileKind::Har => har::import(text)?,
        sight::FileKind::Log => log::import(text)?,
        sight::FileKind::Http => http_file::import(text),
        sight::FileKind::Void => void_file::import(text)?,
    };
    imported.left_out.dedup();
    if imported.blocks.is_empty() {
        let mut sentence = "there is nothing in it that can be taken over".to_owned();
        if let Some(first) = imported.left_out.first() {
            sentence = format!("{sentence}: {first}");
        }
        return Err(sentence);
    }
    Ok(imported)
}
