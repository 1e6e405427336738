//! What is known of a step before it is read, and the script that read steps are added to.

use super::body::StepWords;
use super::call::TemplatePlace;
use super::lines::{Marks, StepLine, StepText};
use super::refine::Refinement;
use super::short::short;
use super::stray;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::script::{Action, CommonAction, HandlerStep, Name, Role, Script, Step};
use crate::source::Span;

/// A step, a refinement or a handler, as the tables in `docs` have it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of a table that says where a step may stand"
)]
pub struct StepInfo {
    /// Its mark and the words behind it: `->`, `<- HTTP`, `-- wait`.
    pub words: &'static str,
    /// Whether it may stand in a client's script.
    pub client: bool,
    /// Whether it may stand in a server's script.
    pub server: bool,
    /// Whether it may stand in the script of a request over plain HTTP.
    pub http: bool,
    /// Whether it may stand in a handler.
    pub handler: bool,
    /// What it refines: the step right above.
    pub refines: Option<Refined>,
    /// Whether it may stand more than once below one step.
    pub repeated: bool,
    /// Whether the lines below it are its own, as a body is.
    pub body: bool,
    /// Lines that parse as they are, the step that is refined among them.
    pub example: &'static str,
    /// What it does, in one sentence.
    pub does: &'static str,
    /// What to do in a script that cannot have it.
    pub(super) instead: &'static str,
    pub(super) naming: ClientNaming,
    pub(super) read: StepReader,
}

impl StepInfo {
    /// Whether a script of this role may have it.
    #[must_use]
    pub fn takes(&self, role: Role) -> bool {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
            Role::Http => self.http,
        }
    }

    /// Whether handlers begin with it.
    #[must_use]
    pub fn is_handler(&self) -> bool {
        matches!(self.read, StepReader::Handler(_))
    }

    /// The word behind `--`, of a line that has one.
    #[must_use]
    pub fn control_word(&self) -> Option<&'static str> {
        let word = self.words.strip_prefix("-- ")?;
        (!word.contains(' ')).then_some(word)
    }
}

/// What a refinement refines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refined {
    /// `->`
    Send,
    /// `<-`
    Expect,
}

impl Refined {
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Send => "->",
            Self::Expect => "<-",
        }
    }
}

/// Reads the line of a step, whose name was looked at already.
pub(super) type LineReader = fn(&mut Steps<'_>, &StepText<'_>, Option<Name>);

/// Reads what stands behind the word of a refinement.
pub(super) type RefinementReader =
    fn(Piece<'_>, Piece<'_>, &mut Vec<Diagnostic>) -> Option<Refinement>;

/// How a line is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum StepReader {
    Step(LineReader),
    Handler(LineReader),
    Refinement(RefinementReader),
    /// A step of its own, which does not part the lines that refine the step above.
    Computing(RefinementReader),
}

/// Whether a line names a client.
#[derive(Clone, Copy, Debug)]
pub(super) enum ClientNaming {
    /// It does, where there are several; in a handler it may.
    Needed,
    /// It may.
    Free,
    /// It does not: why.
    Never(&'static str),
}

/// What the next line stands below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineAbove {
    /// The head.
    Head,
    /// A step, or a judgement of the opening handshake: it was understood.
    Step,
    /// A handler's line.
    Handler,
    /// A line that was not understood.
    Wrong,
}

/// Reads steps into a script.
pub(super) struct Steps<'a> {
    pub(super) marks: Marks,
    pub(super) script: &'a mut Script,
    pub(super) told: &'a mut Vec<Diagnostic>,
    pub(super) above: LineAbove,
    /// The refinements that the step above has already.
    pub(super) seen: Vec<&'static str>,
    /// Whether the line that is read may not stand where it does, which was told: it adds nothing.
    pub(super) misplaced: bool,
    /// Every step that there is.
    pub(super) table: &'static [StepInfo],
}

impl Steps<'_> {
    pub(super) fn words<'a>(
        &self,
        entry: &'a StepText<'a>,
        lead: &'a str,
        place: TemplatePlace,
    ) -> StepWords<'a> {
        StepWords {
            lead,
            line: entry.line.whole,
            rest: entry.line.rest,
            below: &entry.below,
            marks: self.marks,
            place,
        }
    }

    /// The words that may stand behind `lead` in such a script: `ping`, `close`.
    pub(super) fn words_behind(
        &self,
        lead: &'static str,
    ) -> impl Fn() -> Vec<&'static str> + use<> {
        let (table, role) = (self.table, self.marks.role);
        move || {
            let fitting = table.iter().filter(|info| info.takes(role));
            fitting
                .filter_map(|info| info.words.strip_prefix(lead)?.strip_prefix(' '))
                .collect()
        }
    }

    /// Whether a step of the script sends something.
    pub(super) fn sends(&self) -> bool {
        let sends = |step: &Step| matches!(step.action, Action::Common(CommonAction::Send(_)));
        self.script.steps.iter().any(sends)
    }

    /// Adds a step to the last handler, or to the script if there is none yet.
    pub(super) fn push(&mut self, who: Option<Name>, action: CommonAction, line: Piece<'_>) {
        let span = line.span();
        let Some(handler) = self.script.handlers.last_mut() else {
            return self.push_to_script(who, action.into(), line);
        };
        if self.misplaced {
            return;
        }
        handler.steps.push(HandlerStep { who, action, span });
        self.pushed();
    }

    /// Adds a step that a handler does not have.
    pub(super) fn push_to_script(&mut self, who: Option<Name>, action: Action, line: Piece<'_>) {
        if !self.misplaced {
            let span = line.span();
            self.script.steps.push(Step { who, action, span });
            self.pushed();
        }
    }

    fn pushed(&mut self) {
        self.above = LineAbove::Step;
        self.seen.clear();
    }

    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.told.push(diagnostic);
    }

    /// The client that a line names, checked.
    pub(super) fn who(&mut self, line: &StepLine<'_>, naming: ClientNaming) -> Option<Name> {
        let several = !self.script.clients.is_empty();
        let Some(who) = line.who else {
            let handler = !self.script.handlers.is_empty();
            if several && matches!(naming, ClientNaming::Needed) && !handler {
                let name = self
                    .script
                    .clients
                    .first()
                    .map_or("alice", |name| &name.text);
                let sentence = format!("write whose it is: `{name} {}`", short(line.whole.text));
                let start = Span::at(line.whole.at);
                let hint = Cure::from(sentence).put_at(start, format!("{name} "));
                let message = "the step does not name a client";
                let mark = line.whole.word().0.span();
                self.told.push(Diagnostic::error(mark, message).hint(hint));
            }
            return None;
        };
        if let ClientNaming::Never(why) = naming {
            let hint = Cure::from(format!("remove `{}`", who.text)).put_at(line.name_span(), "");
            self.told
                .push(Diagnostic::error(who.span(), why).hint(hint));
            return None;
        }
        if several && self.script.clients.iter().all(|name| name.text != who.text) {
            self.told.push(undeclared(who, line, &self.script.clients));
        }
        Some(Name {
            text: who.text.to_owned(),
            span: who.span(),
        })
    }

    /// Of a line that is not a step at all, behind a name that is not a client's, the name is what is wrong.
    pub(super) fn only_undeclared(&mut self, who: Option<&Name>, before: usize) {
        let clients = &self.script.clients;
        let undeclared = |who: &Name| clients.iter().all(|name| name.text != who.text);
        if !clients.is_empty() && who.is_some_and(undeclared) {
            self.told.truncate(before);
        }
    }

    /// Lines that belong to no body.
    pub(super) fn stray(&mut self, lines: &[Piece<'_>]) {
        let message = "the line belongs to no step";
        let hint = "a body stands right below its `->` or `<-`; a comment is `-- # text`";
        stray::tell(lines, self.marks, (message, hint), self.told);
    }
}

fn undeclared(who: Piece<'_>, line: &StepLine<'_>, clients: &[Name]) -> Diagnostic {
    let names: Vec<&str> = clients.iter().map(|name| name.text.as_str()).collect();
    let message = format!("there is no client `{}`", who.text);
    let hint = match nearest(who.text, names.iter().copied()) {
        Some(near) => Cure::meant(near),
        None => format!(
            "the clients are {}; in a body write `\\{} {} …`",
            names.join(", "),
            who.text,
            line.mark.text()
        )
        .into(),
    };
    Diagnostic::error(who.span(), message).hint(hint)
}
