//! Refinements: which step they refine, and whether they can.

use super::lines::StepLine;
use super::refine::{Refinement, Unfit};
use super::steps::{ClientNaming, LineAbove, RefinementReader, StepInfo, Steps};
use super::text::Piece;
use super::{drop, misplaced, refine, schema};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::script::{
    Action, CommonAction, Expected, Judgement, Mode, Name, Opening, Outgoing, Role, Send, Step,
};

impl Steps<'_> {
    /// Reads `-- WORD …` as a refinement of what is above.
    pub(super) fn refine(&mut self, info: &StepInfo, read: RefinementReader, line: &StepLine<'_>) {
        let (word, rest) = line.rest.word();
        let judges = matches!(word.text, "check" | "save" | "secret");
        let opening = self.opens();
        if opening && judges {
            return self.opening(read, line);
        }
        self.who(line, info.naming);
        if !info.takes(self.script.role) {
            return self.tell(misplaced::refinement(info, line, self.script));
        }
        let handler = !self.script.handlers.is_empty();
        if handler && self.above != LineAbove::Wrong && !info.handler {
            return self.tell(misplaced::refinement(info, line, self.script));
        }
        let before = self.told.len();
        let refinement = read(word, rest, self.told);
        if self.above == LineAbove::Wrong {
            return;
        }
        if opening || self.above == LineAbove::Handler {
            return self.tell(misplaced::refinement(info, line, self.script));
        }
        if let Some(clash) = refine::clash(&self.seen, word, info.repeated) {
            return self.told.push(clash);
        }
        if self.told.len() > before {
            return self.remember(info);
        }
        if let Some(problem) = self.problem(line) {
            return self.told.push(problem);
        }
        match refinement.map_or(Ok(()), |read| self.apply(read, word)) {
            Ok(()) => {}
            Err(Unfit::Misplaced) => self.tell(misplaced::refinement(info, line, self.script)),
            Err(Unfit::Told(diagnostic)) => self.tell(diagnostic),
        }
        self.remember(info);
    }

    /// Whether no step stands above but such that compute.
    fn opens(&self) -> bool {
        let mut steps = self.script.steps.iter();
        self.above == LineAbove::Head
            || (self.above == LineAbove::Step
                && self.script.handlers.is_empty()
                && steps.all(|step| step.action.only_computes()))
    }

    fn apply(&mut self, refinement: Refinement, word: Piece<'_>) -> Result<(), Unfit> {
        if let Refinement::Repeat(repeat) = refinement {
            let send = self.send_above().ok_or(Unfit::Misplaced)?;
            send.repeat = Some(repeat);
            return Ok(());
        }
        let is_request = self.script.role == Role::Http;
        let step = self.script.steps.last_mut().ok_or(Unfit::Misplaced)?;
        refine::apply(refinement, step, word, is_request)
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
    fn problem(&mut self, line: &StepLine<'_>) -> Option<Diagnostic> {
        let (word, _) = line.rest.word();
        let closes = |send: &mut Send| matches!(send.what, Outgoing::Close { .. });
        if word.text == "repeat" && self.send_above().is_some_and(closes) {
            let message = "a connection is closed once";
            return Some(Diagnostic::error(word.span(), message).hint(line.removed()));
        }
        if !self.script.handlers.is_empty() {
            return None;
        }
        match word.text {
            "any-order" => self.any_order(line),
            _ => problem(line, self.script.steps.last()?),
        }
    }

    /// A judgement of the opening handshake.
    fn opening(&mut self, read: RefinementReader, line: &StepLine<'_>) {
        self.above = LineAbove::Step;
        let (word, rest) = line.rest.word();
        let who = self.who(line, ClientNaming::Needed);
        let message = match self.script.role {
            Role::Client => None,
            Role::Server => Some("a server has no handshake of its own to judge"),
            Role::Http => Some("nothing has come yet that could be judged"),
        };
        if let Some(message) = message {
            return self.tell(Diagnostic::error(word.span(), message).hint("put it below a `<-`"));
        }
        let Some(Refinement::Judgement(judgement)) = read(word, rest, self.told) else {
            return;
        };
        self.open_with_lets();
        if let Judgement::Secret(secret) = &judgement {
            let of_this = |opening: &&Opening| name(opening.who.as_ref()) == name(who.as_ref());
            let judgements = self.script.opening.iter().filter(of_this);
            let mut kept = refine::saved(judgements.map(|opening| &opening.judgement));
            kept.extend(self.script.lets.iter().map(|each| each.name.text.as_str()));
            if let Some(problem) = not_kept(secret, &kept) {
                self.told.push(problem);
            }
        }
        self.script.opening.push(Opening { who, judgement });
    }

    /// Why a step cannot change places with the one above it.
    fn any_order(&self, line: &StepLine<'_>) -> Option<Diagnostic> {
        let (word, _) = line.rest.word();
        let [.., before, _] = self.script.steps.as_slice() else {
            return Some(no_neighbour(word));
        };
        let Action::Expect(expect) = &before.action else {
            return Some(no_neighbour(word));
        };
        if matches!(expect.mode, Mode::None) {
            let message = "the `<-` above waits for no message";
            return Some(Diagnostic::error(word.span(), message).hint(line.removed()));
        }
        None
    }

    fn remember(&mut self, info: &StepInfo) {
        let word = info.control_word();
        let new = word.filter(|word| !self.seen.contains(word));
        self.seen.extend(new);
    }
}

/// What of a refinement depends on the very step.
fn problem(line: &StepLine<'_>, step: &Step) -> Option<Diagnostic> {
    let (word, rest) = line.rest.word();
    if let Action::Expect(expect) = &step.action
        && matches!(expect.what, Expected::Drop)
    {
        return drop::misplaced(line);
    }
    match word.text {
        "secret" if matches!(step.action, Action::Expect(_) | Action::Http { .. }) => {
            let secret = Name {
                text: rest.text.to_owned(),
                span: rest.span(),
            };
            not_kept(&secret, &refine::kept(step))
        }
        "schema" => schema::below_step(word, step),
        "none" if !refine::kept(step).is_empty() => {
            let message = "`-- none` waits for no message, so nothing can be kept above";
            Some(Diagnostic::error(word.span(), message).hint("remove `as NAME` above"))
        }
        "next" | "times" => match &step.action {
            Action::Expect(expect)
                if matches!(expect.what, Expected::Close { .. }) && word.text == "times" =>
            {
                let message = "a connection is closed once";
                Some(Diagnostic::error(word.span(), message).hint(line.removed()))
            }
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn not_kept(secret: &Name, kept: &[&str]) -> Option<Diagnostic> {
    if kept.contains(&secret.text.as_str()) {
        return None;
    }
    let message = format!("nothing is kept as `{}` right above", secret.text);
    let hint = match nearest(&secret.text, kept.iter().copied()) {
        Some(near) => Cure::meant(near),
        None => format!(
            "keep it first: `as {}` above, or `-- save {} = …`",
            secret.text, secret.text
        )
        .into(),
    };
    Some(Diagnostic::error(secret.span, message).hint(hint))
}

fn no_neighbour(word: Piece<'_>) -> Diagnostic {
    let message = "there is no `<-` right above to change places with";
    let hint = "put it below the second of two `<-` steps";
    Diagnostic::error(word.span(), message).hint(hint)
}

fn name(who: Option<&Name>) -> Option<&str> {
    who.map(|who| who.text.as_str())
}
