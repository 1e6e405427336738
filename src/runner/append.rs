//! Adds to a document that may be there already: never over what another program saved.

use std::io;
use std::path::Path;
use std::thread;

use super::disk;
use super::folder::sentence;
use super::save::{self, OtherWriters, Saved};

/// How often a document is read again if another program saves it meanwhile.
const ATTEMPTS: usize = 20;

/// Saves what `grow` makes of a document's text; of one that is not there, of an empty one.
///
/// # Errors
/// A sentence without the document's name: of `grow`, or why it cannot be read or written.
pub fn append(path: &Path, grow: &dyn Fn(&str) -> Result<String, String>) -> Result<(), String> {
    for _ in 0..ATTEMPTS {
        let before = match disk::metadata(path) {
            Ok(metadata) if !metadata.is_file() => {
                return Err("it is not a regular file".to_owned());
            }
            Ok(_) => disk::read(path).map_err(|error| sentence(&error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if save::create(path, &grow("")?).map_err(|error| sentence(&error))? {
                    return Ok(());
                }
                continue;
            }
            Err(error) => return Err(sentence(&error)),
        };
        let before = String::from_utf8(before).map_err(|_| "it is not UTF-8".to_owned())?;
        let text = grow(&before)?;
        if !save::is_writable(path) {
            return Err("it is read-only".to_owned());
        }
        let others = OtherWriters {
            seen: false,
            alike: &|_, _| false,
        };
        match save::replace(path, &before, &text, others, &mut thread::sleep) {
            Ok(Saved::Replaced) => return Ok(()),
            Ok(Saved::Overtaken) => {}
            Err(error) => return Err(sentence(&error)),
        }
    }
    Err("it was saved again and again meanwhile".to_owned())
}

/// Whether [`append`] could save there what `grow` makes of a document's text, as far as can be seen before.
///
/// # Errors
/// The sentence that `append` would give.
pub fn can_append(
    path: &Path,
    grow: &dyn Fn(&str) -> Result<String, String>,
) -> Result<(), String> {
    match disk::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err("it is not a regular file".to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            grow("")?;
            return save::can_create(path).map_err(|error| sentence(&error));
        }
        Err(error) => return Err(sentence(&error)),
    }
    let before = disk::read(path).map_err(|error| sentence(&error))?;
    let before = String::from_utf8(before).map_err(|_| "it is not UTF-8".to_owned())?;
    grow(&before)?;
    if save::is_writable(path) {
        Ok(())
    } else {
        Err("it is read-only".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_document_is_made_and_then_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        let grow = |text: &str| Ok(format!("{text}x"));
        append(&path, &grow).unwrap();
        append(&path, &grow).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "xx");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let refuses = |_: &str| Err("no".to_owned());
        assert_eq!(append(&path, &refuses), Err("no".to_owned()));
        assert!(append(folder.path(), &grow).is_err());
        assert!(append(&folder.path().join("none/a.md"), &grow).is_err());
    }
}
