//! What a run is given besides its documents. Knows neither where it was typed nor the environment it came from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::dial::{ProxyEnvironment, Reach};
use crate::wall_clock::WallClock;

/// What a run is given besides its documents.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Names and values that beat every file's.
    pub variables: Vec<(String, String)>,
    /// The same, and their values are hidden wherever something is written.
    pub secrets: Vec<(String, String)>,
    /// `staging`: `.env.staging` files are read besides `.env` files.
    pub environment: Option<String>,
    /// Further env files, later ones beating earlier ones.
    pub env_files: Vec<EnvFile>,
    /// What of the process environment is open, as `{{env.NAME}}`.
    pub opened: BTreeMap<String, String>,
    /// Where files that bodies name must lie; `None`: in their document's folder.
    pub file_root: Option<PathBuf>,
    /// What documents may have reached besides the Unix sockets below that folder.
    pub reach: Reach,
    /// Options for blocks that do not have them, by name, before those of the front matter.
    pub options: Vec<(String, String)>,
    /// `@timeout` for blocks that have none.
    pub timeout: Option<String>,
    /// Makes random values repeatable.
    pub seed: Option<u64>,
    /// Which transcripts are written.
    pub write: WriteBack,
    /// Write nothing, and compare instead.
    pub check: bool,
    /// Write only where a session failed.
    pub failures_only: bool,
    /// Run only blocks with such a name, and what they need.
    pub only: Option<NameGlobs>,
    /// Start nothing after the first failure.
    pub bail: bool,
    /// Documents side by side at most; at least 1.
    pub jobs: usize,
    /// The environment's proxies.
    pub proxies: Arc<ProxyEnvironment>,
    /// What time it is.
    pub clock: WallClock,
}

/// Globs that names of blocks may match.
#[derive(Clone, Debug, Default)]
pub struct NameGlobs(GlobSet);

impl NameGlobs {
    /// A name matches if it matches one of these.
    ///
    /// # Errors
    /// A sentence: one of them is not a valid glob.
    pub fn new<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(Glob::new(glob).map_err(|error| error.to_string())?);
        }
        let set = set.build();
        set.map(Self).map_err(|error| error.to_string())
    }

    pub(super) fn set(&self) -> &GlobSet {
        &self.0
    }
}

/// An env file that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Where it is.
    pub path: PathBuf,
    /// What came out of a pipe, which can be read once only; a file is read for each run.
    pub piped: Option<Arc<[u8]>>,
}

impl From<PathBuf> for EnvFile {
    fn from(path: PathBuf) -> Self {
        Self { path, piped: None }
    }
}

/// Which transcripts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteBack {
    /// Those that differ in more than what changes by nature.
    #[default]
    Changed,
    /// All.
    Always,
    /// None.
    Never,
}
