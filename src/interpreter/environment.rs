//! What a session is given from outside: variables, files, a dialler, a listener. Nothing in it knows a document.

use std::cell::RefCell;
use std::rc::Rc;

use super::interrupt::Interrupt;
use super::made_matchers::MadeMatchers;
use super::measure::Measure;
use crate::dial::{Dial, Reach, Tls};
use crate::handshake::CookieJar;
use crate::protocol::Event;
use crate::script::{Files, Fill, Generator, Scope};

/// What a session is given.
pub struct Environment {
    /// Variables; what the script keeps is set in it.
    pub scope: Rc<Scope>,
    /// Generated values.
    pub generator: Rc<RefCell<Generator>>,
    /// Files of bodies.
    pub files: Rc<dyn Files>,
    /// What opens connections.
    pub dial: Rc<dyn Dial>,
    /// The options' certificate files with their paths resolved, and the certificates of this run's own servers.
    pub tls: Tls,
    /// What may be reached of that which only this machine can.
    pub reach: Reach,
    /// The document's cookies.
    pub cookies: Rc<RefCell<CookieJar>>,
    /// How a URL is printed: a server's free port is printed by its name.
    pub shown_url: Rc<dyn Fn(&str) -> String>,
    /// Hears every event, as it happens.
    pub listen: Rc<dyn Fn(Event)>,
    /// Where the session is measured and not recorded: hears how long things take. What patterns leave open is not told
    /// then.
    pub measure: Option<Rc<dyn Measure>>,
    /// Where many sessions run one script with the same options: what they make of its patterns once.
    pub matchers: Option<Rc<MadeMatchers>>,
    /// `{{$instance}}`: which of the clients it is that run the same block, from 1.
    pub instance: u64,
    /// Asks the session to end before its steps are done.
    pub interrupt: Interrupt,
}

impl Environment {
    /// What placeholders stand for where there is no client, no message and no index.
    pub(crate) fn fill(&self) -> Fill<'_> {
        Fill {
            instance: self.instance,
            ..Fill::new(&self.scope, &self.generator, &*self.files)
        }
    }
}
