//! Where connections go and come from: the machine's network, or another that is handed in.

use std::rc::Rc;

use super::Settings;
use crate::dial::{Connector, Dial};
use crate::server::{Listen, Tcp};

/// What opens connections, and what takes them.
#[derive(Clone)]
pub struct Network {
    /// What opens connections.
    pub dial: Rc<dyn Dial>,
    /// What takes them.
    pub listen: Rc<dyn Listen>,
}

impl Network {
    /// The machine's own.
    #[must_use]
    pub fn of_machine(settings: &Settings) -> Self {
        let dial = Connector {
            proxies: settings.proxies.clone(),
            ..Connector::default()
        };
        Self {
            dial: Rc::new(dial),
            listen: Rc::new(Tcp),
        }
    }
}
