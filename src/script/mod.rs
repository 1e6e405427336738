//! The block language: text → [`Script`], and what a script's parts do: fill in, match, judge.
//! Knows no Markdown, no network and no files (their bytes are handed in).

mod check;
mod clock;
mod expression;
mod fill;
mod mask;
mod names;
mod needs;
mod options;
mod packing;
mod parse;
mod pattern;
mod reading;
mod route;
mod schemas;
mod scope;
mod secrets;
mod shape;
mod step;
mod template;
mod units;
mod visit;

pub use crate::protocol::Role;
pub use check::{Known, check};
pub use clock::Clock;
pub use expression::{Expression, FILTERS, Facts, Filter, Judged, Making, Subject, Surroundings};
pub use fill::{Files, Fill, FillError, Filled, Generator, Unreadable};
pub use mask::{HiddenBytes, Mask};
pub use options::{
    Admission, Auth, OPTIONS, OptionInfo, Options, Proxy, Retry, ShowMessages, Timestamps,
    duration_hint,
};
pub use packing::Packing;
pub(crate) use parse::RESERVED_NAMES;
pub use parse::{
    PaintedPiece, Parsed, Refined, STEPS, StepInfo, TidyLine, Token, TokenClass, begins_step,
    default_lines, painted_lines, parse, parse_steps, placeholder_words, step_tokens, tidy, tokens,
};
pub(crate) use pattern::brief;
pub use pattern::{KeptValues, MatchVerdict, Matcher, Miss};
pub use reading::{Reading, decoded};
pub use schemas::Schemas;
pub use scope::{Scope, Value};
pub use step::{
    Action, Body, Choice, CommonAction, Content, Expect, Expected, Handler, HandlerStep, Judgement,
    Mode, Outgoing, Pattern, Repeat, Respond, Send, Setting, StatusPattern, Step, Trigger,
};
pub use template::{Call, Escape, Kind, Part, Placeholder, RequestMember, Template};
pub use units::{format_duration, parse_duration, parse_size};

use crate::source::Span;

/// A block, understood. All spans are in the block's text.
#[derive(Clone, Debug)]
pub struct Script {
    /// Client or server.
    pub role: Role,
    /// The method of a `/http` block, where it has one.
    pub method: Option<Name>,
    /// The URL line of every client that has none of its own. Where each has, it says nothing, and has the place of the
    /// first.
    pub url: Template,
    /// URL lines that are one client's alone.
    pub own_urls: Vec<OwnUrl>,
    /// `Name: value` lines, in order.
    pub headers: Vec<Header>,
    /// `@option value` lines, in order, not yet read: a value may hold variables.
    pub options: Vec<OptionLine>,
    /// `@clients`, read: their names cannot hold variables. Empty: one client with no name.
    pub clients: Vec<Name>,
    /// `@let NAME = EXPRESSION` lines, in order: computed before each opening handshake.
    pub lets: Vec<OpeningLet>,
    /// `@never`, with the places of their lines (the URL's where they are defaults of the document).
    pub never: Vec<(Pattern, Span)>,
    /// `@ignore`, likewise.
    pub ignore: Vec<(Pattern, Span)>,
    /// `-- check`, `-- save`, `-- secret` before the first step: they look at the opening handshake.
    pub opening: Vec<Opening>,
    /// The steps before the first handler.
    pub steps: Vec<Step>,
    /// The handlers, in order.
    pub handlers: Vec<Handler>,
}

/// A word with its place: a client's name, a target, a kept value's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A URL line that is one client's alone.
#[derive(Clone, Debug)]
pub struct OwnUrl {
    /// The client.
    pub who: Name,
    /// Its URL.
    pub url: Template,
}

impl Script {
    /// The URL that a client connects to; `None` is the only client's.
    #[must_use]
    pub fn url_of(&self, client: Option<&str>) -> &Template {
        let own = |own: &&OwnUrl| Some(own.who.text.as_str()) == client;
        self.own_urls
            .iter()
            .find(own)
            .map_or(&self.url, |own| &own.url)
    }
}

/// A header of the opening handshake.
#[derive(Clone, Debug)]
pub struct Header {
    /// The one client that sends it; `None`: all do.
    pub who: Option<Name>,
    /// The name as written.
    pub name: String,
    /// The value.
    pub value: Template,
    /// The whole line.
    pub span: Span,
}

/// `@let NAME = EXPRESSION`
#[derive(Clone, Debug)]
pub struct OpeningLet {
    /// The one client that it is computed for; `None`: every client.
    pub who: Option<Name>,
    /// The name.
    pub name: Name,
    /// What to compute.
    pub expression: Expression,
}

/// An `@option` line.
#[derive(Clone, Debug)]
pub struct OptionLine {
    /// The name as written, without `@`.
    pub name: Name,
    /// What follows it, trimmed; possibly empty.
    pub value: Template,
    /// The whole line.
    pub span: Span,
    /// Whether the document gives it, and not the block: its places are the block's URL then.
    pub default: bool,
}

/// A judgement of a client's opening handshake.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Whose handshake; `None`: the only client's.
    pub who: Option<Name>,
    /// The judgement.
    pub judgement: Judgement,
}
