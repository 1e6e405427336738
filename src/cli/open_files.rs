//! How many files this process may have open: each connection is one.

/// Files that are open besides connections.
const BESIDES: u64 = 64;

/// The system does not allow so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyFiles {
    /// How many are needed.
    pub(super) needed: u64,
    /// How many are allowed at most.
    pub(super) most: u64,
}

/// Sees to it that so many connections can be open: raises the process's limit, as far as the system lets it.
#[cfg(unix)]
pub(super) fn allow(connections: u64) -> Result<(), TooManyFiles> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = connections.saturating_add(BESIDES);
    let limit = getrlimit(Resource::Nofile);
    // Without a number there is no limit.
    let Some(now) = limit.current else {
        return Ok(());
    };
    if now >= needed {
        return Ok(());
    }
    let raise = |current: u64, maximum: Option<u64>| {
        let current = Some(current);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).is_ok()
    };
    match limit.maximum {
        // One who administers the system may have more than the limit says.
        Some(most) if most < needed && !raise(needed, Some(needed)) => {
            Err(TooManyFiles { needed, most })
        }
        most if most.is_none_or(|most| most >= needed) && !raise(needed, most) => {
            Err(TooManyFiles { needed, most: now })
        }
        _ => Ok(()),
    }
}

/// The system has no such limit.
#[cfg(not(unix))]
pub(super) fn allow(_: u64) -> Result<(), TooManyFiles> {
    let _ = BESIDES;
    Ok(())
}
