//! What a script's steps and handlers say. Knows neither how they are written nor how they are done.

use std::fmt;
use std::time::Duration;

use super::{Call, Expression, Header, Name, Placeholder, Template};
use crate::format::Format;
use crate::protocol::PathPattern;
use crate::source::Span;

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// A client's name, or a server's target (`all`, `others`, a client).
    pub who: Option<Name>,
    /// What to do.
    pub action: Action,
    /// The step's line (its mark and what stands behind it).
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// What a step of a handler may do as well.
    Common(CommonAction),
    /// `<-`
    Expect(Expect),
    /// `<- HTTP 401`: the answer to the request; to an opening handshake the one that refuses it.
    Http {
        /// The status that must come.
        status: StatusPattern,
        /// `-- within D`; `None`: `@timeout`.
        within: Option<Setting<Duration>>,
        /// What is judged of the answer.
        judgements: Vec<Judgement>,
    },
    /// `-- connect`: this client connects here, and not before the first step.
    Connect,
    /// `-- reconnect`
    Reconnect,
    /// `-- skip`
    Skip,
}

/// Which statuses of an answer are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// This one.
    Is(u16),
    /// `2xx`: all that begin with this digit.
    Class(u16),
}

impl StatusPattern {
    /// Whether a status is meant.
    #[must_use]
    pub fn fits(self, status: u16) -> bool {
        match self {
            Self::Is(one) => one == status,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(status) => write!(formatter, "{status}"),
            Self::Class(class) => write!(formatter, "{class}xx"),
        }
    }
}

/// What steps of a script and steps of a handler do.
#[derive(Clone, Debug)]
pub enum CommonAction {
    /// `->`
    Send(Send),
    /// `-- wait D`
    Wait(Setting<Duration>),
    /// `-- drop`
    Drop,
    /// `-- note TEXT`
    Note(Template),
    /// `-- let`, in handlers `-- save` too, and `-- secret` below them.
    Judge(Judgement),
    /// `-> HTTP STATUS`, in a handler of requests: its last step.
    Respond(Respond),
}

/// An answer to an HTTP request.
#[derive(Clone, Debug)]
pub struct Respond {
    /// The status.
    pub status: u16,
    /// Its header lines, in order.
    pub headers: Vec<Header>,
    /// What it says.
    pub body: Option<Body>,
}

impl From<CommonAction> for Action {
    fn from(action: CommonAction) -> Self {
        Self::Common(action)
    }
}

/// A value that is written down, or comes from variables when the step runs.
#[derive(Clone, Debug)]
pub enum Setting<T> {
    /// Written down.
    Is(T),
    /// Filled in and read when the step runs.
    Later(Template),
}

/// A message or control frame to send.
#[derive(Clone, Debug)]
pub struct Send {
    /// What is sent.
    pub what: Outgoing,
    /// `-- repeat N [every D]`
    pub repeat: Option<Repeat>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// A message.
    Message(Body),
    /// A body that is just `{{$message}}`, with no FORMAT: the handled message as it came.
    Echo(Span),
    /// A ping.
    Ping(Template),
    /// A pong.
    Pong(Template),
    /// The closing handshake.
    Close {
        /// The code; 1000 if left out.
        code: u16,
        /// The reason; empty if left out.
        reason: Template,
    },
}

/// `-- repeat`
#[derive(Clone, Debug)]
pub struct Repeat {
    /// How often in all.
    pub times: Setting<u64>,
    /// The time from one to the next; `None`: as fast as they go.
    pub every: Option<Setting<Duration>>,
}

/// A message's or pattern's content, as written.
#[derive(Clone, Debug)]
pub struct Body {
    /// How it is sent, or read.
    pub format: Format,
    /// The full name of the protobuf message behind `proto`.
    pub message: Option<Name>,
    /// What stands there.
    pub content: Content,
    /// The body's place, without its FORMAT.
    pub span: Span,
}

/// How a body is written.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text, JSON or XML as it stands. In JSON the template's parts know whether they stand in a string.
    Plain(Template),
    /// The inside of one JSON string literal, which stands for what it spells (`text` and `binary`). The template's
    /// literal parts are unescaped already, its placeholders insert as they are.
    Quoted(Template),
    /// `binary hex …`: hexadecimal digits, blanks, in patterns `??`.
    Hex(Template),
    /// `binary base64 …`
    Base64(Template),
    /// `@./path`: the bytes of that file.
    File(Template),
}

/// `<-`
#[derive(Clone, Debug)]
pub struct Expect {
    /// What must come.
    pub what: Expected,
    /// `-- within D`; `None`: `@timeout`. (Of `-- none`: the time in which nothing may come.)
    pub within: Option<Setting<Duration>>,
    /// How the cursor moves.
    pub mode: Mode,
    /// `-- any-order`: it may change places with the `<-` above it.
    pub any_order: bool,
    /// `-- exact`
    pub exact: bool,
    /// `-- where`
    pub conditions: Vec<Expression>,
    /// `-- check`, `-- schema`, `-- save`, `-- secret`, in order.
    pub judgements: Vec<Judgement>,
}

/// How an expectation uses the cursor.
#[derive(Clone, Debug)]
pub enum Mode {
    /// The next N matching messages; N is 1 without `-- times`.
    Times(Setting<u64>),
    /// `-- next`: the very next N messages must match.
    Next(Setting<u64>),
    /// `-- none`: no message may match; the cursor stays.
    None,
}

/// What an expectation waits for.
#[derive(Clone, Debug)]
pub enum Expected {
    /// A message.
    Message(Pattern),
    /// A ping; `None`: whatever its data.
    Ping(Option<Template>),
    /// A pong; `None`: whatever its data.
    Pong(Option<Template>),
    /// A close; what is `None` may be anything.
    Close {
        /// The code.
        code: Option<u16>,
        /// The reason.
        reason: Option<Template>,
    },
    /// The end of the connection without a close frame.
    Drop,
}

/// Which messages are meant.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Bare `<-`: whatever message comes.
    Any,
    /// A FORMAT alone: whatever reads as that format.
    Format(Format),
    /// `proto` and a protobuf message's full name: whatever reads as such a message.
    Message(Name),
    /// A FORMAT and what it must look like.
    Body(Body),
}

/// What is done with a matched message or a handshake, and what is computed.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// `-- check EXPRESSION`
    Check(Expression),
    /// `-- let NAME = EXPRESSION`
    Let {
        /// The name.
        name: Name,
        /// What to compute.
        expression: Expression,
    },
    /// `-- save NAME = EXPRESSION`
    Save {
        /// The name.
        name: Name,
        /// What to keep.
        expression: Expression,
    },
    /// `-- secret NAME`
    Secret(Name),
    /// `-- schema PATH`: the path.
    Schema(Name),
}

/// `-- on …` or `-- every …` and the steps below it.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The client whose handler it is; `None`: every client's.
    pub who: Option<Name>,
    /// What sets it off.
    pub trigger: Trigger,
    /// What chooses among the messages that match, in order, up to the last `-- where`.
    pub choice: Vec<Choice>,
    /// `-- times N`: how many messages of each connection it takes.
    pub times: Option<Setting<u64>>,
    /// What it does.
    pub steps: Vec<HandlerStep>,
    /// Its line.
    pub span: Span,
}

/// What chooses among the messages that match a handler's pattern.
#[derive(Clone, Debug)]
pub enum Choice {
    /// `-- where EXPRESSION`
    Where(Expression),
    /// What is computed for a `-- where` below it, and kept only if the message is taken.
    Compute(Judgement),
}

/// One step of a handler, which never waits for a message and never connects.
#[derive(Clone, Debug)]
pub struct HandlerStep {
    /// A client's name, or a server's target (`all`, `others`, a client).
    pub who: Option<Name>,
    /// What to do.
    pub action: CommonAction,
    /// The step's line (its mark and what stands behind it).
    pub span: Span,
}

/// What sets a handler off.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// A message that matches.
    Message(Pattern),
    /// A clock.
    Every {
        /// From one tick to the next, and from the start to the first.
        interval: Setting<Duration>,
        /// How many ticks at most.
        times: Option<Setting<u64>>,
    },
    /// An HTTP request (servers).
    Request {
        /// Its method.
        method: String,
        /// The paths that are meant.
        path: PathPattern,
        /// What its body must look like.
        body: Pattern,
    },
    /// A client connected (servers).
    Connect,
    /// A client left (servers).
    Disconnect,
}

impl Outgoing {
    /// Whether `{{$client}}` stands in it.
    #[must_use]
    pub fn names_client(&self) -> bool {
        self.placeholders()
            .any(|placeholder| placeholder.call == Call::Client)
    }

    /// The names that it keeps.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        self.placeholders()
            .filter_map(|placeholder| placeholder.keep.as_deref())
    }

    fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        let template = match self {
            Self::Message(body) => Some(body.template()),
            Self::Ping(template) | Self::Pong(template) => Some(template),
            Self::Close { reason, .. } => Some(reason),
            Self::Echo(_) => None,
        };
        template.into_iter().flat_map(Template::placeholders)
    }
}

impl Judgement {
    /// The name that it keeps a value under.
    #[must_use]
    pub fn keeps(&self) -> Option<&Name> {
        match self {
            Self::Let { name, .. } | Self::Save { name, .. } => Some(name),
            Self::Check(_) | Self::Secret(_) | Self::Schema(_) => None,
        }
    }
}

impl Action {
    /// Whether it computes, and does nothing else.
    #[must_use]
    pub fn only_computes(&self) -> bool {
        matches!(self, Self::Common(CommonAction::Judge(_)))
    }
}

impl Body {
    /// Whether it is the same every time: nothing in it is filled in, and it is not a file.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        match &self.content {
            Content::Plain(template)
            | Content::Quoted(template)
            | Content::Hex(template)
            | Content::Base64(template) => template.placeholders().next().is_none(),
            Content::File(_) => false,
        }
    }
}
