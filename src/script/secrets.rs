//! Which names a script makes secrets of, and which of its steps keep a value under one.

use std::collections::BTreeSet;

use super::{Action, Body, Expected, Judgement, Pattern, Script, Step, Template};

impl Script {
    /// The names that the script makes secrets of while it runs (`-- secret NAME`).
    #[must_use]
    pub fn announced(&self) -> BTreeSet<String> {
        let opening = self.opening.iter().map(|opening| &opening.judgement);
        let steps = self.steps.iter().flat_map(|step| step.action.judgements());
        let names = opening
            .chain(steps)
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
        rest.any(|step| step.has_secret(names) || opens && connects(&step.action))
    }
}

impl Step {
    /// Whether the step keeps or hides a value under one of `names`.
    #[must_use]
    pub fn has_secret(&self, names: &BTreeSet<String>) -> bool {
        let kept = match &self.action {
            Action::Expect(expect) => expect.what.kept().any(|name| names.contains(name)),
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
        template
            .into_iter()
            .flat_map(Template::placeholders)
            .filter_map(|placeholder| placeholder.keep.as_deref())
    }
}

fn tells<'a>(
    mut judgements: impl Iterator<Item = &'a Judgement>,
    names: &BTreeSet<String>,
) -> bool {
    judgements.any(|judgement| match judgement {
        Judgement::Secret(name) | Judgement::Save { name, .. } => names.contains(&name.text),
        Judgement::Check(_) => false,
    })
}
