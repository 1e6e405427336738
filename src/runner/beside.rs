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
    let folder = folder_of(&named.path).ok()?;
    let real = disk::canonicalize(folder.join(target)).ok()?;
    let inside = |folder: &PathBuf| {
        let folder = disk::canonicalize(folder);
        folder.is_ok_and(|folder| real.starts_with(folder))
    };
    if !folders.iter().any(inside) {
        return None;
    }
    let metadata = disk::metadata(&real).ok()?;
    // A pipe would be waited for.
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    disk::read_at_most(&real, LARGEST).ok()
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
