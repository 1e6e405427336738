//! Lines that keep a value where they are no refinement: `-- let`, and what a handler chooses, counts and keeps.

use super::lines::StepLine;
use super::refine::{self, Refinement};
use super::refinements::not_kept;
use super::schema::below_handler;
use super::steps::{LineAbove, RefinementReader, StepInfo, Steps};
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::{
    Action, Choice, CommonAction, Handler, Judgement, Opening, Role, Step, Trigger,
};

impl Steps<'_> {
    /// Whether a refinement stands where it refines no `<-`: in a handler, or below a `-- let` that is a step.
    pub(super) fn keeps(&self, word: Piece<'_>) -> bool {
        if self.above == LineAbove::Wrong {
            return false;
        }
        match word.text {
            "where" | "times" | "save" | "schema" => !self.script.handlers.is_empty(),
            "secret" => !self.script.handlers.is_empty() || !self.computed().is_empty(),
            _ => false,
        }
    }

    /// Reads such a line.
    pub(super) fn keep(&mut self, info: &StepInfo, read: RefinementReader, line: &StepLine<'_>) {
        let (word, rest) = line.rest.word();
        let was_wrong = self.above == LineAbove::Wrong;
        self.who(line, info.naming);
        let Some(refinement) = read(word, rest, self.told) else {
            return;
        };
        if self.script.handlers.is_empty() {
            if let Refinement::Judgement(judgement) = refinement {
                self.compute(judgement, line, was_wrong);
            }
            return;
        }
        if let Err(problem) = self.keep_in_handler(refinement, line, was_wrong) {
            self.tell(problem);
        }
    }

    /// The names that the `-- let` lines right above keep.
    fn computed(&self) -> Vec<&str> {
        let steps = self.script.steps.iter().rev();
        let computing = steps.map_while(|step| match &step.action {
            Action::Common(CommonAction::Judge(judgement)) => Some(judgement),
            _ => None,
        });
        refine::saved(computing)
    }

    /// Adds what is computed to the step above, if that judges, so that all is done in the order written.
    fn compute(&mut self, judgement: Judgement, line: &StepLine<'_>, was_wrong: bool) {
        let judgements = match self.script.steps.last_mut().map(|step| &mut step.action) {
            Some(Action::Expect(expect)) => &mut expect.judgements,
            Some(Action::Http { judgements, .. }) => judgements,
            _ => {
                if let Judgement::Secret(secret) = &judgement
                    && let Some(problem) = not_kept(secret, &self.computed())
                {
                    return self.tell(problem);
                }
                let action = CommonAction::Judge(judgement).into();
                return self.push_to_script(None, action, line.whole);
            }
        };
        judgements.push(judgement);
        if !was_wrong {
            self.above = LineAbove::Step;
        }
    }

    /// `-- let` lines above a judgement of the opening handshake are done with it. Those of several clients stay steps,
    /// since they are computed once.
    pub(super) fn open_with_lets(&mut self) {
        if !self.script.clients.is_empty() || self.script.role == Role::Server {
            return;
        }
        for Step { action, .. } in self.script.steps.drain(..) {
            if let Action::Common(CommonAction::Judge(judgement)) = action {
                let who = None;
                self.script.opening.push(Opening { who, judgement });
            }
        }
    }

    fn keep_in_handler(
        &mut self,
        refinement: Refinement,
        line: &StepLine<'_>,
        was_wrong: bool,
    ) -> Result<(), Diagnostic> {
        let word = line.rest.word().0;
        let Some(handler) = self.script.handlers.last_mut() else {
            return Ok(());
        };
        match refinement {
            Refinement::Where(condition) => {
                chooses(handler, word)?;
                let above = handler
                    .steps
                    .drain(..)
                    .filter_map(|step| match step.action {
                        CommonAction::Judge(judgement) => Some(Choice::Compute(judgement)),
                        _ => None,
                    });
                handler.choice.extend(above);
                handler.choice.push(Choice::Where(condition));
            }
            Refinement::Times(times) => {
                chooses(handler, word)?;
                if handler.times.replace(times).is_some() {
                    let message = "`-- times` a second time";
                    return Err(
                        Diagnostic::error(word.span(), message).hint("keep one of the two lines")
                    );
                }
            }
            Refinement::Judgement(judgement) => {
                keepable(handler, &judgement, word)?;
                self.push(None, CommonAction::Judge(judgement), line.whole);
            }
            _ => {}
        }
        if !was_wrong && self.above == LineAbove::Wrong {
            self.above = LineAbove::Handler;
        }
        Ok(())
    }
}

/// Whether a line that chooses among messages stands where it can.
fn chooses(handler: &Handler, word: Piece<'_>) -> Result<(), Diagnostic> {
    let name = word.text;
    let (message, hint) = match handler.trigger {
        Trigger::Every { .. } if name == "times" => (
            "the ticks of a clock are counted in its own line".to_owned(),
            Cure::from("write it behind the interval: `-- every 20s times 3`"),
        ),
        Trigger::Message(_) | Trigger::Request { .. }
            if handler.steps.iter().all(|step| computes(&step.action)) =>
        {
            return Ok(());
        }
        _ if name == "times" && handler.steps.last().is_some_and(|step| sends(&step.action)) => (
            "`-- times` counts the messages of a handler, and stands below a `->`".to_owned(),
            Cure::from(
                "did you mean `-- repeat`? what a handler takes is counted right below its `-- on`",
            )
            .put("repeat"),
        ),
        Trigger::Message(_) | Trigger::Request { .. } => (
            format!("`-- {name}` chooses the messages of the handler, and stands below a step"),
            "put it right below its `-- on` line".into(),
        ),
        _ => (
            format!("there is no message that `-- {name}` could choose"),
            "it stands below `-- on FORMAT PATTERN`".into(),
        ),
    };
    Err(Diagnostic::error(word.span(), message).hint(hint))
}

/// Whether a value can be kept, or hidden, in a handler.
fn keepable(handler: &Handler, judgement: &Judgement, word: Piece<'_>) -> Result<(), Diagnostic> {
    let message = matches!(
        handler.trigger,
        Trigger::Message(_) | Trigger::Request { .. }
    );
    match judgement {
        Judgement::Save { name, .. } if !message => {
            let error = Diagnostic::error(word.span(), "there is no message to save from");
            Err(error.hint(format!("compute a value: `-- let {} = …`", name.text)))
        }
        Judgement::Secret(secret) => match not_kept(secret, &kept(handler)) {
            Some(problem) => Err(problem),
            None => Ok(()),
        },
        Judgement::Schema(_) => below_handler(word, &handler.trigger).map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

fn sends(action: &CommonAction) -> bool {
    matches!(action, CommonAction::Send(_))
}

fn computes(action: &CommonAction) -> bool {
    matches!(action, CommonAction::Judge(_))
}

/// The names that a handler keeps so far.
fn kept(handler: &Handler) -> Vec<&str> {
    let mut all: Vec<&str> = handler.kept().collect();
    all.extend(refine::saved(handler.judgements()));
    all
}
