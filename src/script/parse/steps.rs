//! Step lines, top to bottom: which refines which, who they concern, and what may stand where.

use super::body::Words;
use super::call::Place;
use super::lines::{Entry, Line, Mark, Marks};
use super::refine::{Refinement, Unfit};
use super::text::Piece;
use super::{control, drop, message, misplaced, refine, stray};
use crate::diagnostic::{Diagnostic, nearest};
use crate::script::{
    Action, CommonAction, Expect, Expected, HandlerStep, Mode, Name, Opening, Outgoing, Repeat,
    Role, Script, Send, Setting, Step,
};

/// What the next line stands below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Above {
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
    pub(super) above: Above,
    /// The refinements that the step above has already.
    pub(super) seen: Vec<&'static str>,
}

/// Whether a line names a client.
pub(super) enum Naming {
    /// It does, where there are several; in a handler it may.
    Needed,
    /// It may.
    Free,
    /// It does not: why.
    Never(&'static str),
}

impl Steps<'_> {
    pub(super) fn entry(&mut self, entry: &Entry<'_>) {
        match entry.line.mark {
            Mark::Send => self.send(entry),
            Mark::Expect => self.expect(entry),
            Mark::Control => control::read(self, entry),
        }
    }

    fn send(&mut self, entry: &Entry<'_>) {
        self.above = Above::Wrong;
        let who = self.who(&entry.line, &Naming::Needed);
        let before = self.told.len();
        let Some(what) = message::send(self.words(entry, "->", Place::Send), self.told) else {
            return self.only_undeclared(who.as_ref(), before);
        };
        let send = Send { what, repeat: None };
        self.push(who, CommonAction::Send(send), entry.line.whole);
    }

    fn expect(&mut self, entry: &Entry<'_>) {
        self.above = Above::Wrong;
        let who = self.who(&entry.line, &Naming::Needed);
        let words = self.words(entry, "<-", Place::Pattern);
        if !self.script.handlers.is_empty() {
            let hint = "put it among the steps above the first handler";
            let message = "a handler has no `<-`";
            self.tell(Diagnostic::error(entry.line.whole.span(), message).hint(hint));
        }
        if entry.line.rest.word().0.text == "HTTP" {
            return self.refused(entry, who, words);
        }
        let before = self.told.len();
        let Some(what) = message::expect(words, self.told) else {
            return self.only_undeclared(who.as_ref(), before);
        };
        let expect = Expect {
            what,
            within: None,
            mode: Mode::Times(Setting::Is(1)),
            any_order: false,
            exact: false,
            conditions: Vec::new(),
            judgements: Vec::new(),
        };
        self.push_to_script(who, Action::Expect(expect), entry.line.whole);
    }

    /// `<- HTTP 401`
    fn refused(&mut self, entry: &Entry<'_>, who: Option<Name>, words: Words<'_>) {
        let span = entry.line.whole.span();
        let status = message::status(words, self.told);
        let earlier = |step: &Step| match step.action {
            Action::Connect => false,
            _ => self.script.clients.is_empty() || name(step.who.as_ref()) == name(who.as_ref()),
        };
        if self.script.role == Role::Server {
            let message = "a server sees no refused handshake of its own";
            self.tell(
                Diagnostic::error(span, message)
                    .hint("clients are refused by `@auth` and its like"),
            );
        } else if self.script.steps.iter().any(earlier) {
            let message = "a refused handshake can only be expected by the first step";
            self.tell(
                Diagnostic::error(span, message)
                    .hint("make it the first step of a block of its own"),
            );
        }
        if let Some(status) = status {
            let judgements = Vec::new();
            let action = Action::Refused { status, judgements };
            self.push_to_script(who, action, entry.line.whole);
        }
    }

    /// Reads `-- WORD …` as a refinement of what is above.
    pub(super) fn refine(&mut self, word: Piece<'_>, rest: Piece<'_>, line: &Line<'_>) {
        let judges = matches!(word.text, "check" | "save" | "secret");
        let opening = self.above == Above::Head
            || (self.above == Above::Step
                && self.script.steps.is_empty()
                && self.script.handlers.is_empty());
        if opening && judges {
            return self.opening(word, rest, line);
        }
        self.who(
            line,
            &Naming::Never("a refinement follows its step without a name"),
        );
        let handler = !self.script.handlers.is_empty();
        if handler && self.above != Above::Wrong && word.text != "repeat" {
            return self.tell(misplaced::told(word, rest, self.script));
        }
        let before = self.told.len();
        let refinement = if word.text == "repeat" {
            refine::repeat(word, rest, self.told).map(Read::Repeat)
        } else {
            refine::read(word, rest, self.told).map(Read::Refinement)
        };
        if self.above == Above::Wrong {
            return;
        }
        if opening || self.above == Above::Handler {
            return self.tell(misplaced::told(word, rest, self.script));
        }
        if let Some(clash) = refine::clash(&self.seen, word) {
            return self.told.push(clash);
        }
        if self.told.len() > before {
            return self.remember(word);
        }
        if let Some(problem) = self.problem(word, rest) {
            return self.told.push(problem);
        }
        match refinement.map_or(Ok(()), |read| self.apply(read, word)) {
            Ok(()) => {}
            Err(Unfit::Misplaced) => self.tell(misplaced::told(word, rest, self.script)),
            Err(Unfit::Told(diagnostic)) => self.tell(diagnostic),
        }
        self.remember(word);
    }

    fn apply(&mut self, read: Read, word: Piece<'_>) -> Result<(), Unfit> {
        match read {
            Read::Repeat(repeat) => {
                let send = self.send_above().ok_or(Unfit::Misplaced)?;
                send.repeat = Some(repeat);
                Ok(())
            }
            Read::Refinement(refinement) => {
                let step = self.script.steps.last_mut().ok_or(Unfit::Misplaced)?;
                refine::apply(refinement, step, word)
            }
        }
    }

    /// What the step right above sends.
    fn send_above(&mut self) -> Option<&mut Send> {
        let action = match self.script.handlers.last_mut() {
            Some(handler) => &mut handler.steps.last_mut()?.action,
            None => match &mut self.script.steps.last_mut()?.action {
                Action::Common(action) => action,
                _ => return None,
            },
        };
        match action {
            CommonAction::Send(send) => Some(send),
            _ => None,
        }
    }

    /// What of a refinement depends on the very step.
    fn problem(&mut self, word: Piece<'_>, rest: Piece<'_>) -> Option<Diagnostic> {
        let closes = |send: &mut Send| matches!(send.what, Outgoing::Close { .. });
        if word.text == "repeat" && self.send_above().is_some_and(closes) {
            let message = "a connection is closed once";
            return Some(Diagnostic::error(word.span(), message).hint("remove `-- repeat`"));
        }
        if !self.script.handlers.is_empty() {
            return None;
        }
        match word.text {
            "any-order" => self.any_order(word),
            _ => problem(word, rest, self.script.steps.last()?),
        }
    }

    /// A judgement of the opening handshake.
    fn opening(&mut self, word: Piece<'_>, rest: Piece<'_>, line: &Line<'_>) {
        self.above = Above::Step;
        let who = self.who(line, &Naming::Needed);
        if self.script.role == Role::Server {
            let message = "a server has no handshake of its own to judge";
            return self.tell(Diagnostic::error(word.span(), message).hint("put it below a `<-`"));
        }
        let Some(judgement) = refine::judgement(word, rest, self.told) else {
            return;
        };
        if let crate::script::Judgement::Secret(secret) = &judgement {
            let of_this = |opening: &&Opening| name(opening.who.as_ref()) == name(who.as_ref());
            let judgements = self.script.opening.iter().filter(of_this);
            let kept = refine::saved(judgements.map(|opening| &opening.judgement));
            if let Some(problem) = not_kept(secret, &kept) {
                self.told.push(problem);
            }
        }
        self.script.opening.push(Opening { who, judgement });
    }

    /// Why a step cannot change places with the one above it.
    fn any_order(&self, word: Piece<'_>) -> Option<Diagnostic> {
        let [.., before, _] = self.script.steps.as_slice() else {
            return Some(no_neighbour(word));
        };
        let Action::Expect(expect) = &before.action else {
            return Some(no_neighbour(word));
        };
        if matches!(expect.mode, Mode::None) {
            let message = "the `<-` above waits for no message";
            return Some(Diagnostic::error(word.span(), message).hint("remove `-- any-order`"));
        }
        None
    }

    fn remember(&mut self, word: Piece<'_>) {
        let word = refine::WORDS.iter().find(|known| **known == word.text);
        let new = word.filter(|word| !self.seen.contains(word)).copied();
        self.seen.extend(new);
    }

    pub(super) fn words<'a>(&self, entry: &'a Entry<'a>, lead: &'a str, place: Place) -> Words<'a> {
        Words {
            lead,
            line: entry.line.whole,
            rest: entry.line.rest,
            below: &entry.below,
            marks: self.marks,
            place,
        }
    }

    /// Adds a step to the last handler, or to the script if there is none yet.
    pub(super) fn push(&mut self, who: Option<Name>, action: CommonAction, line: Piece<'_>) {
        let span = line.span();
        let Some(handler) = self.script.handlers.last_mut() else {
            return self.push_to_script(who, action.into(), line);
        };
        handler.steps.push(HandlerStep { who, action, span });
        self.pushed();
    }

    /// Adds a step that no handler has; below a handler it was told, and is left out.
    pub(super) fn push_to_script(&mut self, who: Option<Name>, action: Action, line: Piece<'_>) {
        if self.script.handlers.is_empty() {
            let span = line.span();
            self.script.steps.push(Step { who, action, span });
            self.pushed();
        }
    }

    fn pushed(&mut self) {
        self.above = Above::Step;
        self.seen.clear();
    }

    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.told.push(diagnostic);
    }

    /// The client that a line names, checked.
    pub(super) fn who(&mut self, line: &Line<'_>, naming: &Naming) -> Option<Name> {
        let several = !self.script.clients.is_empty();
        let Some(who) = line.who else {
            let handler = !self.script.handlers.is_empty();
            if several && matches!(naming, Naming::Needed) && !handler {
                let name = self
                    .script
                    .clients
                    .first()
                    .map_or("alice", |name| &name.text);
                let hint = format!(
                    "write whose it is: `{name} {}`",
                    super::short::short(line.whole.text)
                );
                let message = "the step names no client";
                let mark = line.whole.word().0.span();
                self.told.push(Diagnostic::error(mark, message).hint(hint));
            }
            return None;
        };
        if let Naming::Never(why) = naming {
            let hint = format!("remove `{}`", who.text);
            self.told
                .push(Diagnostic::error(who.span(), *why).hint(hint));
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

    /// Of a line that is no step at all, behind the name of no client, the name is what is wrong.
    fn only_undeclared(&mut self, who: Option<&Name>, before: usize) {
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

/// What a `--` line that refines says.
enum Read {
    Repeat(Repeat),
    Refinement(Refinement),
}

/// What of a refinement depends on the very step.
fn problem(word: Piece<'_>, rest: Piece<'_>, step: &Step) -> Option<Diagnostic> {
    if let Action::Expect(expect) = &step.action
        && matches!(expect.what, Expected::Drop)
    {
        return drop::misplaced(word);
    }
    match word.text {
        "secret" if matches!(step.action, Action::Expect(_) | Action::Refused { .. }) => {
            let secret = Name {
                text: rest.text.to_owned(),
                span: rest.span(),
            };
            not_kept(&secret, &refine::kept(step))
        }
        "none" if !refine::kept(step).is_empty() => {
            let message = "`-- none` waits for no message, so nothing can be kept above";
            Some(Diagnostic::error(word.span(), message).hint("remove `as NAME` above"))
        }
        "next" | "times" => match &step.action {
            Action::Expect(expect)
                if matches!(expect.what, Expected::Close { .. }) && word.text == "times" =>
            {
                let message = "a connection is closed once";
                Some(Diagnostic::error(word.span(), message).hint("remove `-- times`"))
            }
            _ => None,
        },
        _ => None,
    }
}

fn not_kept(secret: &Name, kept: &[&str]) -> Option<Diagnostic> {
    if kept.contains(&secret.text.as_str()) {
        return None;
    }
    let message = format!("nothing is kept as `{}` right above", secret.text);
    let hint = match nearest(&secret.text, kept.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "keep it first: `as {}` above, or `-- save {} = …`",
            secret.text, secret.text
        ),
    };
    Some(Diagnostic::error(secret.span, message).hint(hint))
}

fn no_neighbour(word: Piece<'_>) -> Diagnostic {
    let message = "there is no `<-` right above to change places with";
    let hint = "put it below the second of two `<-` steps";
    Diagnostic::error(word.span(), message).hint(hint)
}

fn undeclared(who: Piece<'_>, line: &Line<'_>, clients: &[Name]) -> Diagnostic {
    let names: Vec<&str> = clients.iter().map(|name| name.text.as_str()).collect();
    let message = format!("there is no client `{}`", who.text);
    let hint = match nearest(who.text, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "the clients are {}; in a body write `\\{} {} …`",
            names.join(", "),
            who.text,
            line.mark.text()
        ),
    };
    Diagnostic::error(who.span(), message).hint(hint)
}

fn name(who: Option<&Name>) -> Option<&str> {
    who.map(|who| who.text.as_str())
}
