//! A document as one looks at it: its prose as HTML, its blocks with their scripts and what is recorded of them, and what
//! is wrong. Nothing in it is a secret. Runs nothing.

use super::execution::block_info;
use super::plan::{Plan, plan_named};
use super::select::Wanted;
use super::{BlockInfo, Finding, Findings, Named, Settings};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Block, Rendering};
use crate::redact::{Redacted, Redactor};
use crate::transcript::{Line, recorded_lines};

/// A document as one looks at it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentView {
    /// Its prose, safe to put into a page; see [`document::render`].
    pub html: String,
    /// Its blocks, in order.
    pub blocks: Vec<BlockView>,
    /// What is wrong outside of its blocks.
    pub problems: Vec<PlacedProblem>,
}

/// A block as one looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockView {
    /// What it is.
    pub info: BlockInfo,
    /// Its script.
    pub script: Redacted<String>,
    /// The names of its clients; empty: one without a name.
    pub clients: Vec<String>,
    /// What is recorded of it.
    pub recorded: Vec<Line>,
    /// What is wrong in it, at lines of its script.
    pub problems: Vec<PlacedProblem>,
}

/// Something that is wrong, at a place of a script or of a document. Places are 1-based, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedProblem {
    /// Whether it is an error, not a warning.
    pub is_error: bool,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The column behind it; of what reaches over the line's end, the one behind the line.
    pub end: usize,
    /// What is wrong.
    pub message: Redacted<String>,
    /// What to do about it.
    pub hint: Option<Redacted<String>>,
}

impl PlacedProblem {
    /// What a finding tells, at its place in the document.
    #[must_use]
    pub fn of(finding: &Finding<'_>) -> Self {
        let place = finding.position();
        let end = finding.end();
        Self {
            is_error: finding.is_error(),
            line: place.line,
            column: place.column,
            end: if end.line == place.line {
                end.column
            } else {
                place.column + 1
            },
            message: finding.message(),
            hint: finding.hint(),
        }
    }

    /// The same at a line of the script below a fence.
    #[must_use]
    pub fn below(mut self, fence: usize) -> Self {
        self.line = self.line.saturating_sub(fence);
        self
    }
}

/// Looks at a document. `picture` gives the address of a picture that the document names.
///
/// # Errors
/// A sentence: it cannot be read, or what is secret in it is not known.
pub fn view(
    named: &Named,
    settings: &Settings,
    picture: &dyn Fn(&str) -> Option<String>,
) -> Result<DocumentView, String> {
    let plan = plan_named(named, Wanted::Blocks(&[]), settings)?;
    let redactor = plan.redactor.borrow();
    let shown = ShownRendering {
        redactor: &redactor,
        picture,
    };
    let blocks = plan.document.blocks.iter().enumerate();
    let blocks = blocks.map(|(index, block)| block_view(&plan, &redactor, index, block));
    Ok(DocumentView {
        html: document::render(plan.source.text(), &plan.document, &shown),
        blocks: blocks.collect(),
        problems: outside(&plan, &redactor),
    })
}

struct ShownRendering<'a> {
    redactor: &'a Redactor,
    picture: &'a dyn Fn(&str) -> Option<String>,
}

impl Rendering for ShownRendering<'_> {
    fn shown(&self, text: &str) -> String {
        self.redactor.text(text).into_inner()
    }

    fn picture(&self, target: &str) -> Option<String> {
        (self.picture)(target)
    }
}

fn block_view(plan: &Plan, redactor: &Redactor, index: usize, block: &Block) -> BlockView {
    let script = plan.scripts.get(index);
    let clients = script.map(|script| script.clients.iter().map(|name| name.text.clone()));
    let recorded = block.transcript.recorded.as_ref();
    let recorded = recorded.map(|recorded| redactor.text(recorded.body.text()));
    BlockView {
        info: block_info(plan, index, block),
        script: redactor.text(block.body.text()),
        clients: clients.into_iter().flatten().collect(),
        recorded: recorded.map_or_else(Vec::new, |text| recorded_lines(&text)),
        problems: problems_in(plan, redactor, block),
    }
}

/// What is wrong in a block, at lines of its script.
pub(super) fn problems_in(plan: &Plan, redactor: &Redactor, block: &Block) -> Vec<PlacedProblem> {
    let span = block.span;
    let inside: Vec<Diagnostic> = plan
        .diagnostics
        .iter()
        .filter(|found| span.start <= found.span.start && found.span.start < span.end)
        .cloned()
        .collect();
    let fence = plan.source.position(span.start).line;
    let mut problems = problems(plan, redactor, &inside);
    for problem in &mut problems {
        let before = prefix(plan, block, problem.line - fence);
        problem.line -= fence;
        problem.column = problem.column.saturating_sub(before).max(1);
        problem.end = problem.end.saturating_sub(before).max(problem.column + 1);
    }
    problems
}

/// The characters that containers put before a line of a block's script.
fn prefix(plan: &Plan, block: &Block, line: usize) -> usize {
    let text = block.body.text();
    let start = match line.checked_sub(2) {
        Some(breaks) => text.match_indices('\n').nth(breaks).map(|(at, _)| at + 1),
        None => Some(0),
    };
    let Some(start) = start.filter(|start| line > 0 && *start < text.len()) else {
        return 0;
    };
    plan.source.position(block.body.origin(start)).column - 1
}

fn outside(plan: &Plan, redactor: &Redactor) -> Vec<PlacedProblem> {
    let blocks = &plan.document.blocks;
    let outside: Vec<Diagnostic> = plan
        .diagnostics
        .iter()
        .filter(|found| {
            let at = found.span.start;
            blocks
                .iter()
                .all(|block| at < block.span.start || block.span.end <= at)
        })
        .cloned()
        .collect();
    problems(plan, redactor, &outside)
}

fn problems(plan: &Plan, redactor: &Redactor, found: &[Diagnostic]) -> Vec<PlacedProblem> {
    let findings = Findings::new(&plan.source, found, redactor);
    findings
        .iter()
        .map(|finding| PlacedProblem::of(&finding))
        .collect()
}
