//! Keys as they are pressed, where stdin is a terminal, and the terminal as it was before.

use std::io::{self, IsTerminal, Read};
use std::thread;

/// While it lives, the terminal gives keys without waiting for Enter, and shows them not.
pub(super) struct Keys;

impl Keys {
    /// Tells `press` of keys; `None` if no key can be pressed. Ctrl-C stays an interrupt, and output needs no other
    /// line endings.
    pub(super) fn listen(press: impl FnMut(u8) + Send + 'static) -> Option<Self> {
        if !io::stdin().is_terminal() || !mode::set() {
            return None;
        }
        thread::spawn(move || read(press));
        Some(Self)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        restore();
    }
}

/// Remembers the terminal as it is, for an editor that changes it.
pub(super) fn remember() {
    mode::remember();
}

/// Leaves the terminal as it was. To be called before the process exits.
pub(super) fn restore() {
    mode::restore();
}

fn read(mut press: impl FnMut(u8)) {
    let mut keys = [0; 64];
    while let Ok(count @ 1..) = io::stdin().read(&mut keys) {
        keys.iter().take(count).for_each(|key| press(*key));
    }
}

#[cfg(unix)]
mod mode {
    use std::sync::{Mutex, PoisonError};

    use rustix::io::write;
    use rustix::process::getpgrp;
    use rustix::stdio::{stdin, stdout};
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

    /// The mode, and whether an editor has asked to be told where a paste begins and ends.
    static BEFORE: Mutex<Option<(Termios, bool)>> = Mutex::new(None);

    const PLAIN_PASTES: &[u8] = b"\x1b[?2004l";

    /// Whether keys will come. In the background the terminal belongs to another program.
    pub(super) fn set() -> bool {
        let stdin = stdin();
        if tcgetpgrp(stdin).ok() != Some(getpgrp()) {
            return false;
        }
        let Ok(before) = tcgetattr(stdin) else {
            return false;
        };
        let mut mode = before.clone();
        mode.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some((before, false));
        tcsetattr(stdin, OptionalActions::Now, &mode).is_ok()
    }

    pub(super) fn remember() {
        if let Ok(before) = tcgetattr(stdin()) {
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some((before, true));
        }
    }

    pub(super) fn restore() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, has_editor)) = before.take() {
            let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
            if has_editor {
                let _ = write(stdout(), PLAIN_PASTES);
            }
        }
    }
}

/// Elsewhere a key counts when Enter follows.
#[cfg(not(unix))]
mod mode {
    pub(super) fn set() -> bool {
        true
    }

    pub(super) fn remember() {}

    pub(super) fn restore() {}
}
