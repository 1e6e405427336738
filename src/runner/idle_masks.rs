//! Warns of masks that masked nothing in a run.

use super::execution::FinishedBlock;
use super::masking::MaskUse;
use super::plan::Plan;
use super::{Kept, Verdict};
use crate::diagnostic::Diagnostic;
use crate::script::Mask;
use crate::source::Span;

/// Warnings about masks that masked nothing, each at its place. A block that failed or was cut may have had no chance to
/// show what they are for; and of those that the document gives to all blocks is spoken only when all of them ran.
pub(super) fn idle_masks(plan: &Plan, ran: &[FinishedBlock]) -> Vec<Diagnostic> {
    let whole = |ran: &&FinishedBlock| {
        ran.result.verdict == Verdict::Passed && ran.result.kept != Kept::None
    };
    let mut idle = Vec::new();
    for ran in ran.iter().filter(whole) {
        let Some(block) = plan.document.blocks.get(ran.result.block.index) else {
            continue;
        };
        let own = ran.masks.iter().filter(|mask| mask.mask.default.is_none());
        for MaskUse { mask, .. } in own.filter(|mask| !mask.used) {
            idle.push(warning(mask, block.body.span(mask.span)));
        }
    }
    if ran.len() == plan.document.blocks.len() && ran.iter().all(|ran| whole(&ran)) {
        idle.extend(idle_defaults(plan, ran));
    }
    idle.sort_by_key(|warning| warning.span);
    idle
}

fn idle_defaults(plan: &Plan, ran: &[FinishedBlock]) -> Vec<Diagnostic> {
    let settings = plan.document.front_matter.options.iter();
    let places: Vec<Span> = settings
        .filter(|setting| setting.name == "mask")
        .map(|setting| setting.span)
        .collect();
    let masks = || ran.iter().flat_map(|ran| &ran.masks);
    let alike = |one: &Mask, other: &Mask| one.default == other.default && one.text == other.text;
    let mut told: Vec<&Mask> = Vec::new();
    let mut idle = Vec::new();
    for MaskUse { mask, .. } in masks().filter(|mask| mask.mask.default.is_some()) {
        let place = mask.default.and_then(|nth| places.get(nth));
        let used = masks().any(|other| other.used && alike(mask, &other.mask));
        let known = told.iter().any(|told| alike(told, mask));
        if let (Some(place), false, false) = (place, used, known) {
            told.push(mask);
            idle.push(warning(mask, *place));
        }
    }
    idle
}

fn warning(mask: &Mask, span: Span) -> Diagnostic {
    let message = format!("the mask `{}` masked nothing in this run", mask.text);
    Diagnostic::warning(span, message).hint(mask.why_idle())
}
