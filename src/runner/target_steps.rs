//! What is measured of a block that many clients run, and how it is named. Runs nothing.

use super::plan::Plan;
use crate::document::Block;
use crate::redact::Redacted;
use crate::script::{Action, Expect, Expected, Mode, Pattern, Script, Step};
use crate::source::Span;

/// A `<-` of the block that is measured.
#[derive(Clone, Debug)]
pub struct TargetStep {
    /// Its line as it stands in the document.
    pub name: Redacted<String>,
    /// All words of it, by which it may be named.
    pub words: String,
    /// Its line in the document.
    pub line: usize,
    /// Its place in the block's text.
    pub span: Span,
}

/// What is known of a target before anything runs.
#[derive(Clone, Debug)]
pub struct TargetPlan {
    /// What will be measured of it, in order.
    pub steps: Vec<TargetStep>,
    /// How many connections a session has open at the same time.
    pub connections: usize,
    /// Whether servers of the document serve it, in this very process.
    pub is_served: bool,
}

impl TargetPlan {
    /// That of the block at `index`.
    pub(super) fn new(plan: &Plan, index: usize) -> Option<Self> {
        let block = plan.document.blocks.get(index)?;
        let script = plan.scripts.get(index)?;
        Some(Self {
            steps: steps(plan, block, script),
            connections: script.clients.len().max(1),
            is_served: plan.servers().next().is_some(),
        })
    }
}

/// What is measured: all that is waited for. What is not to come (`-- none`) takes the time that it says.
pub(super) fn steps(plan: &Plan, block: &Block, script: &Script) -> Vec<TargetStep> {
    let measured = script.steps.iter().filter(|step| match &step.action {
        Action::Expect(expect) => !matches!(expect.mode, Mode::None),
        Action::Http { .. } => true,
        _ => false,
    });
    measured
        .map(|step| target_step(plan, block, step))
        .collect()
}

fn target_step(plan: &Plan, block: &Block, step: &Step) -> TargetStep {
    let source = &plan.source;
    let line = source.position(block.body.span(step.span).start).line;
    let text = block.body.text();
    let slice = |span: Span| text.get(span.start..span.end).unwrap_or_default();
    let start = text
        .get(..step.span.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    // A client's name stands before the mark; a body may go on below.
    let end = text.get(start..).and_then(|rest| rest.find('\n'));
    let own = slice(Span::new(start, end.map_or(text.len(), |end| start + end)));
    let body = match &step.action {
        Action::Expect(Expect {
            what: Expected::Message(Pattern::Body(body)),
            ..
        }) => slice(body.span),
        _ => "",
    };
    TargetStep {
        name: plan.redactor.borrow().text(own.trim()),
        words: format!("{own} {body}"),
        line,
        span: step.span,
    }
}
