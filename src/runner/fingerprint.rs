//! All that a block's run depends on, as one digest: where it is the same, nothing of it was edited. Knows how blocks
//! depend on files and variables; refuses to know what is done with it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::disk;
use super::folder::Folder;
use super::plan::Plan;
use super::select::{Candidate, with_needs};
use crate::document::Block;
use crate::protocol::Bytes;
use crate::script::{self, Files, Known, Script, Unreadable};

/// A digest.
pub(super) type Fingerprint = [u8; 32];

/// The fingerprints of a plan's blocks.
#[derive(Default)]
pub(super) struct Fingerprints {
    /// Of each block that is asked for, by its place.
    pub(super) blocks: BTreeMap<usize, Fingerprint>,
    /// The files that they depend on besides the document and env files, there or not.
    pub(super) paths: BTreeSet<PathBuf>,
}

/// Takes the fingerprints of the blocks that a plan has chosen: of the text, the defaults, the values of variables, the
/// files, and the servers that each needs.
pub(super) fn fingerprints(plan: &Plan, candidates: &[Candidate]) -> Fingerprints {
    let mut fingerprints = Fingerprints::default();
    let mut own = BTreeMap::new();
    for index in &plan.chosen {
        let block = plan.document.blocks.get(*index);
        if let (Some(block), Some(script)) = (block, plan.scripts.get(*index)) {
            own.insert(
                *index,
                fingerprint(plan, block, script, &mut fingerprints.paths),
            );
        }
    }
    for index in own.keys() {
        let mut mixed = FingerprintBuilder::default();
        mixed.put_fingerprint(own.get(index));
        let needed = with_needs(vec![*index], candidates);
        let is_server = |at: &&usize| candidates.get(**at).is_some_and(Candidate::is_server);
        for server in needed.iter().filter(is_server) {
            mixed.put_fingerprint(own.get(server));
        }
        fingerprints.blocks.insert(*index, mixed.done());
    }
    fingerprints
}

/// The fingerprint of words.
pub(super) fn fingerprint_of(words: &[&str]) -> Fingerprint {
    let mut mixed = FingerprintBuilder::default();
    for word in words {
        mixed.put(word.as_bytes());
    }
    mixed.done()
}

fn fingerprint(
    plan: &Plan,
    block: &Block,
    script: &Script,
    paths: &mut BTreeSet<PathBuf>,
) -> Fingerprint {
    let mut mixed = FingerprintBuilder::default();
    mixed.put(plan.source.slice(block.info).as_bytes());
    mixed.put(block.body.text().as_bytes());
    let front_matter = &plan.document.front_matter;
    for setting in &front_matter.options {
        mixed.put(setting.name.as_bytes());
        mixed.put(setting.value.as_bytes());
    }
    for (name, _) in &front_matter.secrets {
        mixed.put(name.as_bytes());
    }
    for name in script.needs() {
        mixed.put(name.as_bytes());
        mixed.put(format!("{:?}", plan.scope.get(&name)).as_bytes());
    }
    let noted = Noted {
        folder: &plan.files,
        read: RefCell::default(),
    };
    // What it finds wrong is told elsewhere; here it reads the files that the script names.
    let _wrong = script::check(
        script,
        &Known {
            scope: &plan.scope,
            kept: &script.needs(),
            files: &noted,
        },
    );
    for (path, fingerprint) in noted.read.into_inner() {
        mixed.put(path.as_bytes());
        mixed.put(&fingerprint);
        paths.extend(plan.files.inside(&path));
    }
    let (options, _) = plan.options(script, &plan.scope);
    for path in [options.cacert, options.cert, options.key].iter().flatten() {
        let path = plan.files.anywhere(path);
        // A pipe or a device would be waited for.
        let bytes = path
            .is_file()
            .then(|| disk::read(&path).unwrap_or_default());
        mixed.put(&bytes.unwrap_or_default());
        paths.insert(path);
    }
    mixed.done()
}

/// Files, and what was read of them.
struct Noted<'a> {
    folder: &'a Folder,
    read: RefCell<BTreeMap<String, Fingerprint>>,
}

impl Files for Noted<'_> {
    fn read(&self, path: &str) -> Result<Bytes, Unreadable> {
        let read = self.folder.read(path);
        let mut mixed = FingerprintBuilder::default();
        match &read {
            Ok(bytes) => mixed.put(bytes),
            Err(why) => mixed.put(format!("unread: {}", why.reason).as_bytes()),
        }
        self.read.borrow_mut().insert(path.to_owned(), mixed.done());
        read
    }
}

#[derive(Default)]
struct FingerprintBuilder(Sha256);

impl FingerprintBuilder {
    /// The length goes first, so that no two lists of parts are alike.
    fn put(&mut self, part: &[u8]) {
        self.0.update(part.len().to_be_bytes());
        self.0.update(part);
    }

    fn put_fingerprint(&mut self, fingerprint: Option<&Fingerprint>) {
        self.put(fingerprint.map_or(&[], Fingerprint::as_slice));
    }

    fn done(self) -> Fingerprint {
        self.0.finalize().into()
    }
}
