//! Which names a script makes secrets of, and which of its steps keep a value under one.

use std::collections::BTreeSet;

use super::{
    Action, Body, Choice, CommonAction, Expected, Handler, Judgement, Pattern, Script, Step,
    Template, Trigger,
};

impl Script {
    /// The names that the script makes secrets of while it runs (`-- secret NAME`).
    #[must_use]
    pub fn announced(&self) -> BTreeSet<String> {
        let opening = self.opening.iter().map(|opening| &opening.judgement);
        let steps = self.steps.iter().flat_map(|step| step.action.judgements());
        let handlers = self.handlers.iter().flat_map(Handler::judgements);
        let names = opening
            .chain(steps)
            .chain(handlers)
            .filter_map(|judgement| match judgement {
                Judgement::Secret(name) => Some(name.text.clone()),
                _ => None,
            });
        names.collect()
    }

    /// Whether a value is still to be kept or hidden under one of `names` once the steps before `at` are done.
    pub(crate) fn has_secret_from(&self, at: usize, names: &BTreeSet<String>) -> bool {
        let opening = self.opening.iter().map(|opening| &opening.judgement);
        let opens = tells(opening, names);
        let connects = |action: &Action| matches!(action, Action::Connect | Action::Reconnect);
        let mut rest = self.steps.iter().skip(at);
        // Handlers may take a message as long as any may come.
        let mut handlers = self.handlers.iter();
        handlers.any(|handler| handler.takes_secret(names))
            || rest.any(|step| step.has_secret(names) || opens && connects(&step.action))
    }
}

impl Handler {
    /// What it computes and keeps, in order.
    pub fn judgements(&self) -> impl Iterator<Item = &Judgement> {
        let choice = self.choice.iter().filter_map(|choice| match choice {
            Choice::Compute(judgement) => Some(judgement),
            Choice::Where(_) => None,
        });
        let steps = self.steps.iter().filter_map(|step| match &step.action {
            CommonAction::Judge(judgement) => Some(judgement),
            _ => None,
        });
        choice.chain(steps)
    }

    /// The names that its pattern keeps.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let template = match &self.trigger {
            Trigger::Message(Pattern::Body(body))
            | Trigger::Request {
                body: Pattern::Body(body),
                ..
            } => Some(Body::template(body)),
            _ => None,
        };
        kept(template)
    }

    /// Whether it keeps a part of a message under one of `names`.
    fn takes_secret(&self, names: &BTreeSet<String>) -> bool {
        let saves = |judgement: &Judgement| match judgement {
            Judgement::Save { name, .. } => names.contains(&name.text),
            _ => false,
        };
        self.kept().any(|name| names.contains(name)) || self.judgements().any(saves)
    }
}

impl Step {
    /// Whether the step keeps or hides a value under one of `names`.
    #[must_use]
    pub fn has_secret(&self, names: &BTreeSet<String>) -> bool {
        let kept = match &self.action {
            Action::Expect(expect) => expect.what.kept().any(|name| names.contains(name)),
            Action::Common(CommonAction::Send(send)) => {
                send.what.kept().any(|name| names.contains(name))
            }
            _ => false,
        };
        kept || tells(self.action.judgements().iter(), names)
    }
}

impl Action {
    /// What is judged when it is done.
    #[must_use]
    pub fn judgements(&self) -> &[Judgement] {
        match self {
            Self::Expect(expect) => &expect.judgements,
            Self::Http { judgements, .. } => judgements,
            Self::Common(CommonAction::Judge(judgement)) => std::slice::from_ref(judgement),
            _ => &[],
        }
    }
}

impl Expected {
    /// The names that the pattern keeps.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let template = match self {
            Self::Message(Pattern::Body(body)) => Some(Body::template(body)),
            Self::Message(_) | Self::Drop => None,
            Self::Ping(data) | Self::Pong(data) => data.as_ref(),
            Self::Close { reason, .. } => reason.as_ref(),
        };
        kept(template)
    }
}

fn kept(template: Option<&Template>) -> impl Iterator<Item = &str> {
    template
        .into_iter()
        .flat_map(Template::placeholders)
        .filter_map(|placeholder| placeholder.keep.as_deref())
}

fn tells<'a>(
    mut judgements: impl Iterator<Item = &'a Judgement>,
    names: &BTreeSet<String>,
) -> bool {
    judgements.any(|judgement| match judgement {
        Judgement::Secret(name) | Judgement::Save { name, .. } => names.contains(&name.text),
        Judgement::Check(_) | Judgement::Schema(_) | Judgement::Let { .. } => false,
    })
}
