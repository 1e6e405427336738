//! Replaces a file's text at once: a reader sees the old text or the new one, never half of either.

#![expect(
    clippy::disallowed_methods,
    reason = "here the runner writes the disk, and nowhere else"
)]

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

/// A file that has not changed for so long is whole: an editor that saves in place may pause between two writes.
const STILL: Duration = Duration::from_millis(100);

/// How far apart a file is looked at that is being written.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// A file that is never still is given up after so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a text is handed over at most that was written into a file that had been replaced.
const HANDOVERS: usize = 20;

/// What became of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Saved {
    /// The file has the new text.
    Replaced,
    /// Another program saved it meanwhile: it has that text, and nothing of ours.
    Overtaken,
}

/// Makes a file with a text at once; false where there is one of that name.
pub(super) fn create(path: &Path, text: &str) -> io::Result<bool> {
    let mut fresh = fresh(path)?;
    fresh.write_all(text.as_bytes())?;
    match fresh.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Whether a file can be made there, where none of its name is.
pub(super) fn can_create(path: &Path) -> io::Result<()> {
    fresh(path).map(drop)
}

/// A temporary file in the folder of another that is not there yet.
fn fresh(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".voiden-");
    permit(&mut builder);
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}

/// Lets others read and write the file too, as far as the process's mask does: a temporary file is one's own.
#[cfg(unix)]
fn permit(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
}

#[cfg(not(unix))]
fn permit(_: &mut tempfile::Builder<'_, '_>) {}

/// Who else may be saving a file.
#[derive(Clone, Copy)]
pub(super) struct OtherWriters<'a> {
    /// Another program has, and may go on in the file that it opened.
    pub(super) seen: bool,
    /// Whether two texts differ in nothing that was typed: then the one is not an edit of the other.
    pub(super) alike: &'a dyn Fn(&[u8], &[u8]) -> bool,
}

/// Passes time.
pub(super) type Sleep<'a> = &'a mut dyn FnMut(Duration);

/// A file's bytes: at once where they are known and not of this moment, when they may be half of a save themselves; else
/// as soon as they are not being written any more. `None`: they never stand still.
pub(super) fn settled(path: &Path, known: &[u8], wait: Sleep<'_>) -> io::Result<Option<Vec<u8>>> {
    let now = fs::read(path)?;
    let age = age(path)?;
    if now == known && age >= STILL {
        return Ok(Some(now));
    }
    let unchanged = if now == known { age } else { Duration::ZERO };
    still(&mut || fs::read(path), unchanged, wait)
}

/// How long ago a file was written. Where its clock is ahead of ours, long ago: nothing is known of it then. One that was
/// renamed into its place is whole, however new it is.
fn age(path: &Path) -> io::Result<Duration> {
    let metadata = fs::metadata(path)?;
    if was_put_in_place(&metadata) {
        return Ok(STILL);
    }
    Ok(metadata.modified()?.elapsed().unwrap_or(STILL))
}

/// Whether something was done to a file after its last write, such as a rename. A write sets both times to one value.
#[cfg(unix)]
fn was_put_in_place(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    let written = (metadata.mtime(), metadata.mtime_nsec());
    written != (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn was_put_in_place(_: &Metadata) -> bool {
    false
}

/// Replaces a file's text, which was read as `before`. Links are followed, permissions kept, and the owner where we may.
///
/// Who opened the file before it was replaced, and saves in place, writes into a file that no path leads to any more: so the old file
/// is looked at afterwards, and what was written into it takes the place of our text.
pub(super) fn replace(
    path: &Path,
    before: &str,
    text: &str,
    mut others: OtherWriters<'_>,
    wait: Sleep<'_>,
) -> io::Result<Saved> {
    let path = fs::canonicalize(path)?;
    let (mut before, mut text) = (before.as_bytes().to_vec(), text.as_bytes().to_vec());
    let mut saved = Saved::Replaced;
    for _ in 0..HANDOVERS {
        let fresh = beside(&path, &fs::metadata(&path)?, &text)?;
        let mut old = File::open(&path)?;
        let now = contents(&mut old)?;
        let is_ours = saved == Saved::Overtaken && (others.alike)(&now, &before);
        if now != before && !is_ours {
            return Ok(Saved::Overtaken);
        }
        // Not synced: that costs more than most sessions, and a transcript can be had again.
        fresh.persist(&path).map_err(|error| error.error)?;
        let Some(late) = late(&mut old, &now, others.seen, wait)? else {
            return Ok(saved);
        };
        (before, text) = (text, late);
        saved = Saved::Overtaken;
        others.seen = true;
    }
    Ok(saved)
}

/// What was written into a file until it was replaced, or after that. `wait`s for it where another program may be writing.
fn late(old: &mut File, before: &[u8], seen: bool, wait: Sleep<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut waited = Duration::ZERO;
    while contents(old)? == before {
        if !seen || waited >= STILL {
            return Ok(None);
        }
        wait(BETWEEN_LOOKS);
        waited += BETWEEN_LOOKS;
    }
    match still(&mut || contents(old), Duration::ZERO, wait)? {
        Some(late) => Ok(Some(late)),
        None => contents(old).map(Some),
    }
}

/// What is read when it has not changed for a while, some of which has passed already. A save in place is empty for a moment: whether it stays so is
/// waited for as long as can be.
fn still(
    read: &mut dyn FnMut() -> io::Result<Vec<u8>>,
    mut unchanged: Duration,
    wait: Sleep<'_>,
) -> io::Result<Option<Vec<u8>>> {
    let mut before = read()?;
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if unchanged >= STILL && !before.is_empty() {
            return Ok(Some(before));
        }
        wait(BETWEEN_LOOKS);
        waited += BETWEEN_LOOKS;
        let now = read()?;
        unchanged = if now == before {
            unchanged + BETWEEN_LOOKS
        } else {
            Duration::ZERO
        };
        before = now;
    }
    Ok((unchanged >= STILL).then_some(before))
}

/// A temporary file beside another, with its permissions. Dropped on any error, it is removed.
fn beside(path: &Path, like: &Metadata, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new()
        .prefix(".voiden-")
        .tempfile_in(folder)?;
    fresh.write_all(bytes)?;
    keep_owner(fresh.as_file(), like);
    fresh.as_file().set_permissions(like.permissions())?;
    // The rename may come within the same tick of the system's clock: the next run is to see that it came.
    let written = fresh.as_file().metadata()?.modified()?;
    if let Some(before) = written.checked_sub(Duration::from_nanos(1)) {
        let _ = fresh.as_file().set_modified(before);
    }
    Ok(fresh)
}

fn contents(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file may be written, by its permissions too: a rename would not ask for them.
pub(super) fn is_writable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly())
        && OpenOptions::new().write(true).open(path).is_ok()
}

#[cfg(unix)]
fn keep_owner(file: &File, before: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};

    let same = file
        .metadata()
        .is_ok_and(|now| now.uid() == before.uid() && now.gid() == before.gid());
    if !same {
        // Only root may give a file away; the group alone may be allowed.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()))
            .or_else(|_| fchown(file, None, Some(before.gid())));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use std::path::PathBuf;

    use super::*;

    fn others(seen: bool) -> OtherWriters<'static> {
        OtherWriters {
            seen,
            alike: &|now, before| now.ends_with(before),
        }
    }

    /// Replaces a file that nobody else seems to write.
    fn alone(path: &Path, before: &str, text: &str) -> io::Result<Saved> {
        let mut wait = |_| panic!("nobody is waited for");
        replace(path, before, text, others(false), &mut wait)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn permissions_are_kept_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(alone(&path, "old", "new").unwrap(), Saved::Replaced);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["a.md"]);
    }

    #[test]
    fn what_somebody_saved_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "theirs").unwrap();
        assert_eq!(alone(&path, "old", "new").unwrap(), Saved::Overtaken);
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["a.md"]);
    }

    /// A file, and an editor that has opened it and saves in place.
    struct Edited {
        folder: tempfile::TempDir,
        path: PathBuf,
        editor: File,
        waits: usize,
    }

    impl Edited {
        /// The editor has written the first part, and no more.
        fn new(part: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.md");
            let mut editor = File::create(&path).unwrap();
            editor.write_all(part.as_bytes()).unwrap();
            Self {
                folder,
                path,
                editor,
                waits: 0,
            }
        }

        fn text(&self) -> String {
            assert_eq!(names(self.folder.path()), ["a.md"]);
            fs::read_to_string(&self.path).unwrap()
        }

        /// Replaces `before`; `then` happens at the fourth look at what was replaced.
        fn replace(&mut self, before: &str, mut then: impl FnMut(&mut Self)) -> Saved {
            let path = self.path.clone();
            let mut wait = |_| {
                self.waits += 1;
                if self.waits == 4 {
                    then(self);
                }
            };
            replace(&path, before, "ours", others(true), &mut wait).unwrap()
        }
    }

    #[test]
    fn a_text_that_is_being_written_is_waited_for() {
        let mut edited = Edited::new("half ");
        let path = edited.path.clone();
        let mut waits = 0;
        let mut wait = |time: Duration| {
            waits += 1;
            match waits {
                // Within the time for which a text has to stand still.
                4 => edited.editor.set_len(0).unwrap(),
                15 => edited.editor.write_all(b"whole").unwrap(),
                _ => assert!(time < STILL),
            }
        };
        let read = settled(&path, b"old", &mut wait).unwrap().unwrap();
        assert!(read.ends_with(b"whole"));
        // What was written just now may be half of a save itself.
        let mut waited = Duration::ZERO;
        let known = settled(&path, &read, &mut |time| waited += time).unwrap();
        assert!(known.as_ref() == Some(&read) && !waited.is_zero() && waited <= STILL);
        let before = edited.editor.metadata().unwrap().modified().unwrap() - STILL;
        edited.editor.set_modified(before).unwrap();
        let known = settled(&path, &read, &mut |_| panic!("it is known")).unwrap();
        assert_eq!(known, Some(read));
    }

    #[test]
    fn a_file_that_was_put_in_place_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "old").unwrap();
        assert_eq!(alone(&path, "old", "new").unwrap(), Saved::Replaced);
        let mut wait = |_| panic!("it is whole");
        let read = settled(&path, b"new", &mut wait).unwrap();
        assert_eq!(read.as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn a_text_that_never_stands_still_is_given_up() {
        let mut edited = Edited::new("x");
        let path = edited.path.clone();
        let mut waits: u32 = 0;
        let mut wait = |_| {
            waits += 1;
            edited.editor.write_all(b"x").unwrap();
        };
        assert_eq!(settled(&path, b"old", &mut wait).unwrap(), None);
        assert!(BETWEEN_LOOKS * waits <= PATIENCE);
    }

    #[test]
    fn a_file_that_was_emptied_stays_empty() {
        let edited = Edited::new("");
        let read = settled(&edited.path, b"old", &mut |_| ()).unwrap();
        assert_eq!(read, Some(Vec::new()));
    }

    #[test]
    fn the_second_half_of_a_save_is_handed_over() {
        let mut edited = Edited::new("half ");
        let saved = edited.replace("half ", |edited| {
            assert_eq!(edited.text(), "ours");
            edited.editor.write_all(b"and whole").unwrap();
        });
        assert_eq!(saved, Saved::Overtaken);
        assert_eq!(edited.text(), "half and whole");
    }

    #[test]
    fn the_second_half_of_a_save_beats_what_another_run_wrote() {
        let mut edited = Edited::new("half ");
        let saved = edited.replace("half ", |edited| {
            edited.editor.write_all(b"and whole").unwrap();
            // By rename, as a run writes.
            fs::write(edited.folder.path().join("b"), "another ours").unwrap();
            fs::rename(edited.folder.path().join("b"), &edited.path).unwrap();
        });
        assert_eq!(saved, Saved::Overtaken);
        assert_eq!(edited.text(), "half and whole");
    }

    #[test]
    fn the_second_half_of_a_save_does_not_beat_another_edit() {
        let mut edited = Edited::new("half ");
        let saved = edited.replace("half ", |edited| {
            edited.editor.write_all(b"and whole").unwrap();
            fs::write(&edited.path, "a newer edit").unwrap();
        });
        assert_eq!(saved, Saved::Overtaken);
        assert_eq!(edited.text(), "a newer edit");
    }

    #[test]
    fn nobody_is_waited_for_where_nobody_writes() {
        let mut edited = Edited::new("whole");
        assert_eq!(edited.replace("whole", |_| ()), Saved::Replaced);
        assert_eq!(edited.text(), "ours");
        assert!(BETWEEN_LOOKS * u32::try_from(edited.waits).unwrap() <= STILL);
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (there, link) = (folder.path().join("sub"), folder.path().join("link.md"));
        fs::create_dir(&there).unwrap();
        fs::write(there.join("real.md"), "old").unwrap();
        std::os::unix::fs::symlink("sub/real.md", &link).unwrap();
        assert_eq!(alone(&link, "old", "new").unwrap(), Saved::Replaced);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(there.join("real.md")).unwrap(), "new");
        assert_eq!(names(&there), ["real.md"]);
        assert_eq!(names(folder.path()), ["link.md", "sub"]);
    }

    #[test]
    fn a_file_without_write_permission_is_read_only_to_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "x").unwrap();
        assert!(is_writable(&path));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(!is_writable(&path));
        assert!(!is_writable(&folder.path().join("none.md")));
    }

    #[test]
    fn a_failure_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert!(alone(&folder.path().join("none.md"), "old", "new").is_err());
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
