//! What lies beside documents: pictures that they name, and the environments that may be chosen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::folder::folder_of;
use super::{Named, disk, variables};

/// Bytes of a picture at most.
const LARGEST: u64 = 32 << 20;

/// Reads a picture that a document names, if it lies below one of these folders, also by links.
#[must_use]
pub fn picture(named: &Named, folders: &[PathBuf], target: &str) -> Option<Vec<u8>> {
    let real = inside(named, folders, target)?;
    disk::read_at_most(&real, LARGEST).ok()
}

/// Whether there is such a picture.
#[must_use]
pub fn has_picture(named: &Named, folders: &[PathBuf], target: &str) -> bool {
    inside(named, folders, target).is_some()
}

/// The file that is meant, below one of the folders.
fn inside(named: &Named, folders: &[PathBuf], target: &str) -> Option<PathBuf> {
    let folder = folder_of(&named.path).ok()?;
    let real = disk::canonicalize(folder.join(target)).ok()?;
    let is_above = |folder: &PathBuf| {
        let folder = disk::canonicalize(folder);
        folder.is_ok_and(|folder| real.starts_with(folder))
    };
    if !folders.iter().any(is_above) {
        return None;
    }
    let metadata = disk::metadata(&real).ok()?;
    // A pipe would be waited for.
    (metadata.is_file() && metadata.len() <= LARGEST).then_some(real)
}

/// The folders that arguments name, or in which the documents lie that they name.
#[must_use]
pub fn named_folders(arguments: &[String], documents: &[Named]) -> Vec<PathBuf> {
    let mut folders: BTreeSet<PathBuf> = arguments
        .iter()
        .map(PathBuf::from)
        .filter(|path| path.is_dir())
        .filter_map(|path| disk::canonicalize(path).ok())
        .collect();
    let own = documents
        .iter()
        .filter_map(|named| folder_of(&named.path).ok());
    folders.extend(own);
    folders.into_iter().collect()
}

/// The NAMEs of the `.env.NAME` files that documents may have read.
#[must_use]
pub fn environments(documents: &[Named]) -> BTreeSet<String> {
    let own: BTreeSet<PathBuf> = documents
        .iter()
        .filter_map(|named| folder_of(&named.path).ok())
        .collect();
    let searched: BTreeSet<PathBuf> = own
        .iter()
        .flat_map(|folder| variables::searched_folders(folder))
        .collect();
    let files = searched.iter().flat_map(|folder| disk::entries(folder));
    files.filter_map(|path| environment(&path)).collect()
}

fn environment(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_prefix(".env.")?;
    (!name.is_empty() && path.is_file()).then(|| name.to_owned())
}
