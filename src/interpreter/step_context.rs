//! What a step is run in: whose step it is, what its placeholders stand for, and which connections it reaches.

use std::rc::Rc;
use std::time::Duration;

use super::connection::Connection;
use super::context::{BlockContext, failure, unfilled};
use super::judged_subject::JudgedSubject;
use crate::protocol::{Failure, Frame};
use crate::script::{Fill, Name, Scope, Setting, Surroundings, Template, brief, parse_duration};

/// Why a run of steps stops before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It failed.
    Failed(Failure),
    /// It failed because the message that it handles lacks what it inserts of it: nothing is wrong with the connection.
    MemberMissing(Failure),
    /// The connection it is about is gone, and that is not a failure here.
    Gone,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Steps that stopped, and whose connection they were about.
pub(crate) struct Stopped {
    pub(crate) connection: Rc<Connection>,
    pub(crate) stop: Stop,
}

impl Stopped {
    pub(crate) fn at(connection: &Rc<Connection>) -> impl Fn(Stop) -> Self + '_ {
        |stop| Self {
            connection: Rc::clone(connection),
            stop,
        }
    }
}

/// The connections of a block, as its steps see them.
pub(crate) trait Participants {
    /// Which of them a step reaches that names `who`, where it is a step of `own`.
    fn reached(&self, own: &Rc<Connection>, who: Option<&Name>) -> Vec<Rc<Connection>>;
    /// How many are connected (`{{$clientCount}}`), where that can be asked for.
    fn count(&self) -> Option<usize>;
}

/// What a step is run in.
#[derive(Clone, Copy)]
pub(crate) struct StepContext<'a> {
    pub(crate) block: &'a Rc<BlockContext>,
    /// Whose step it is.
    pub(crate) connection: &'a Rc<Connection>,
    pub(crate) participants: &'a dyn Participants,
    /// Where names have their values.
    pub(crate) scope: &'a Rc<Scope>,
    /// The message that a handler handles.
    pub(crate) message: Option<&'a Frame>,
    /// The same, as expressions look at it.
    pub(crate) subject: Option<&'a JudgedSubject>,
    /// The tick of a clock.
    pub(crate) index: Option<u64>,
    /// Whether it is a handler's: a connection that has gone is not a failure there.
    pub(crate) handler: bool,
}

impl<'a> StepContext<'a> {
    /// That of a script's step.
    pub(crate) fn of(connection: &'a Rc<Connection>, participants: &'a dyn Participants) -> Self {
        Self {
            block: &connection.block,
            connection,
            participants,
            scope: &connection.scope,
            message: None,
            subject: None,
            index: None,
            handler: false,
        }
    }

    /// That of a handler's step.
    pub(crate) fn of_handler(
        connection: &'a Rc<Connection>,
        participants: &'a dyn Participants,
    ) -> Self {
        Self {
            handler: true,
            ..Self::of(connection, participants)
        }
    }

    /// What placeholders stand for here.
    pub(crate) fn fill(&self) -> Fill<'a> {
        let name = self.connection.name.as_deref();
        Fill {
            index: self.index,
            client_count: self.participants.count(),
            message: self.message,
            request: self.connection.request().map(|request| &**request),
            ..self.block.fill(self.scope, name)
        }
    }

    /// What is around an expression here.
    pub(super) fn surroundings(&self) -> Surroundings {
        Surroundings {
            previous: None,
            message: self.subject.map(|judged| judged.subject.clone()),
            client: self.connection.name.as_deref().map(str::to_owned),
            client_count: self.participants.count(),
            index: self.index,
            instance: Some(self.block.environment.instance),
        }
    }

    /// What a step that computes looks at: the message that is handled, else nothing.
    pub(crate) fn judged(&self) -> JudgedSubject {
        let due = self.block.now().saturating_add(self.block.options.timeout);
        match self.subject {
            Some(judged) => judged.clone(),
            None => JudgedSubject::nothing(self.block.instant(due)),
        }
    }

    /// The connections that a step reaches which names `who`.
    pub(super) fn reached(&self, who: Option<&Name>) -> Vec<Rc<Connection>> {
        self.participants.reached(self.connection, who)
    }

    /// Whether no client has caused it, as of a clock of all a server's clients: `{{$client}}` is whichever client gets
    /// the message then.
    pub(crate) fn is_of_all_clients(&self) -> bool {
        self.block.is_server() && self.connection.name.is_none()
    }

    /// A duration that may come from variables.
    pub(crate) fn duration(&self, setting: &Setting<Duration>) -> Result<Duration, Failure> {
        self.setting(setting, parse_duration, "a duration such as 500ms or 2s")
    }

    /// A count that may come from variables.
    pub(crate) fn count(&self, setting: &Setting<u64>) -> Result<u64, Failure> {
        self.setting(setting, |text| text.parse().ok(), "a whole number")
    }

    fn setting<T: Copy>(
        &self,
        setting: &Setting<T>,
        read: impl Fn(&str) -> Option<T>,
        wanted: &str,
    ) -> Result<T, Failure> {
        match setting {
            Setting::Is(value) => Ok(*value),
            Setting::Later(template) => {
                let text = self.text(template)?;
                let value = read(text.trim());
                // A peer may have a hand in the value.
                let reason = || format!("`{}` is not {wanted}", brief(&text));
                value.ok_or_else(|| failure(template.span, reason()))
            }
        }
    }

    /// A template's text; what was generated for it is told.
    pub(crate) fn text(&self, template: &Template) -> Result<String, Failure> {
        let filled = self.fill().text(template).map_err(unfilled)?;
        self.block.tell_generated(filled.generated);
        Ok(filled.value)
    }

    /// Stays until a moment of the session, or until the connection ends. A server's clock and what it does when a
    /// client has left have no connection of their own, and stay.
    pub(crate) async fn rest_until(&self, due: Duration) {
        let sleep = tokio::time::sleep_until(self.block.instant(due));
        if self.block.is_server() && !self.connection.is_open() {
            return sleep.await;
        }
        tokio::select! {
            biased;
            () = sleep => {}
            () = self.connection.over() => {}
        }
    }
}
