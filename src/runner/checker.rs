//! Checks a document's text again and again while it is edited, as [`super::Runner::check`] checks it once.

use std::path::Path;

use super::parsed::ParsedScripts;
use super::plan::{self, Plan};
use super::select::Wanted;
use super::{Finding, Findings, Named, Origin, Selector, Settings};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Document};
use crate::redact::Redacted;
use crate::source::Source;

/// Checks one document. It remembers the scripts of the last text, so that a change costs what was changed.
#[derive(Debug, Default)]
pub struct TextChecker {
    scripts: ParsedScripts,
}

/// What there is to say of a text.
#[derive(Clone, Debug, Default)]
pub struct CheckedText {
    /// Its blocks and its front matter.
    pub document: Document,
    /// What is wrong, in order of place. Secrets are hidden.
    pub diagnostics: Vec<Diagnostic>,
    /// Sentences without a place in it, and whether they keep it from running.
    pub remarks: Vec<(Redacted<String>, bool)>,
    /// Where variables come from.
    pub origins: Vec<Origin>,
}

impl TextChecker {
    /// Checks a text, which counts as the document that is named.
    pub fn check(&mut self, named: &Named, text: &str, settings: &Settings) -> CheckedText {
        let document = document::parse(text);
        let source = Source::new(named.shown.clone(), text);
        let wanted = Wanted::Blocks(&[]);
        let scripts = &mut self.scripts;
        match plan::plan_with(named, source, document, wanted, settings, scripts) {
            Ok(plan) => checked(plan),
            Err(sentence) => CheckedText {
                document: document::parse(text),
                remarks: vec![(crate::redact::Redactor::default().text(&sentence), true)],
                ..CheckedText::default()
            },
        }
    }
}

/// Tells what keeps a block of a document from running, as its text names it at a line, where nothing is given but its
/// secrets.
pub fn unready(path: &Path, line: usize, hear: &mut dyn FnMut(Finding<'_>)) {
    let named = Named {
        shown: path.display().to_string(),
        path: path.to_owned(),
        selectors: vec![Selector::Line(line)],
        text: None,
    };
    let wanted = Wanted::Checked(&named.selectors);
    let Ok(plan) = plan::plan_named(&named, wanted, &Settings::default()) else {
        return;
    };
    let redactor = plan.redactor.borrow();
    let findings = Findings::new(&plan.source, &plan.diagnostics, &redactor);
    findings.iter().filter(Finding::is_error).for_each(hear);
}

fn checked(plan: Plan) -> CheckedText {
    let redactor = plan.redactor.borrow();
    let findings = Findings::new(&plan.source, &plan.diagnostics, &redactor);
    let diagnostics = findings.iter().map(|finding| finding.diagnostic());
    let diagnostics = diagnostics.collect();
    let remarks = plan.warnings.iter();
    let remarks = remarks.map(|warning| (redactor.text(warning), false));
    let remarks = remarks.collect();
    drop(redactor);
    CheckedText {
        document: plan.document,
        diagnostics,
        remarks,
        origins: plan.origins,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_changes_no_finding() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/refuse");
        let settings = Settings::default();
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let mut checker = TextChecker::default();
            // Each line is taken out and comes again.
            for left_out in 0..=lines.len() {
                let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
                let text: String = kept.map(|(_, line)| *line).collect();
                let named = Named::of_text("a.md", &text, None);
                let again = checker.check(&named, &text, &settings);
                let fresh = TextChecker::default().check(&named, &text, &settings);
                assert_eq!(again.diagnostics, fresh.diagnostics, "{text}");
                count += 1;
            }
        }
        assert!(count > 300);
    }
}
