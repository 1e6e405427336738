//! What front matter and the command line say to every block, and what is wrong in front matter.

use super::Settings;
use super::variables::{ENVIRONMENT, is_name};
use crate::diagnostic::Diagnostic;
use crate::document::FrontMatter;
use crate::script::{OPTIONS, Options};
use crate::source::Span;

/// The options of the front matter that every block has by default, and what is wrong in the front matter.
pub(super) fn defaults(
    front_matter: &FrontMatter,
    settings: &Settings,
) -> (Vec<(String, String)>, Vec<Diagnostic>) {
    let mut defaults: Vec<(String, String)> = Vec::new();
    let mut diagnostics = Vec::new();
    for setting in &front_matter.vars {
        if setting.name.starts_with(ENVIRONMENT) {
            let message = "names that start with `env.` are the process environment's";
            diagnostics.push(Diagnostic::error(setting.name_span, message));
        } else if !is_name(&setting.name) {
            let message = format!("`{}` is not a name for a variable", setting.name);
            diagnostics.push(Diagnostic::error(setting.name_span, message).hint(
                "a name is letters, digits, `_`, `-` and dots, and starts with a letter or `_`",
            ));
        }
    }
    for setting in &front_matter.options {
        let repeated = defaults.iter().any(|(name, _)| *name == setting.name);
        let once = OPTIONS
            .iter()
            .any(|option| option.name == setting.name && !option.repeated);
        if let Some(wrong) = Options::check_default(&setting.name, &setting.value) {
            let span = match wrong.span {
                Span { start: 0, end: 0 } => setting.name_span,
                _ => setting.span,
            };
            let is_whole = wrong.span.len() == setting.value.len() || wrong.span.is_empty();
            let placed = wrong.placed(span);
            diagnostics.push(if is_whole {
                placed
            } else {
                placed.without_fixes()
            });
        } else if repeated && once {
            let message = format!("`{}` takes one value", setting.name);
            diagnostics.push(Diagnostic::error(setting.span, message));
        } else {
            defaults.push((setting.name.clone(), setting.value.clone()));
        }
    }
    for (name, value) in &settings.options {
        defaults.retain(|(known, _)| known != name);
        defaults.push((name.clone(), value.clone()));
    }
    if let Some(timeout) = &settings.timeout {
        defaults.retain(|(name, _)| name != "timeout");
        defaults.push(("timeout".to_owned(), timeout.clone()));
    }
    (defaults, diagnostics)
}
