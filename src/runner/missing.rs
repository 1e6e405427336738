//! Finds values that a block needs and that have not been given: where it names them, and what should have given them.

use super::variables::ENVIRONMENT;
use crate::diagnostic::Diagnostic;
use crate::script::{Scope, Script};
use crate::source::Span;

/// The first place in a block's text where it names a variable: `{{NAME…` or `$NAME`.
pub(super) fn place(text: &str, name: &str) -> Option<Span> {
    ["{{", "$", " "].iter().find_map(|mark| {
        text.match_indices(name).find_map(|(start, found)| {
            let end = start + found.len();
            let before = text.get(..start)?;
            let ends = text
                .get(end..)?
                .chars()
                .next()
                .is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '_' | '-' | '.'));
            // ` NAME}}` is the argument of `{{$uri NAME}}`.
            let stands =
                before.ends_with(mark) && (*mark != " " || text.get(end..)?.starts_with("}}"));
            (ends && stands).then(|| Span::new(start, end))
        })
    })
}

/// The first value that a block needs and has not got when its turn comes, as a diagnostic in its text. `earlier`
/// are the blocks before it.
pub(super) fn value<'a>(
    script: &Script,
    text: &str,
    scope: &Scope,
    earlier: impl Iterator<Item = (&'a str, &'a Script)>,
) -> Option<Diagnostic> {
    let name = script
        .needs()
        .into_iter()
        .find(|name| scope.get(name).is_none())?;
    let keeper = earlier
        .filter(|(_, script)| script.keeps().contains(&name))
        .last()
        .map(|(keeper, _)| keeper);
    let span = place(text, &name).unwrap_or(script.url.span);
    let places = [".url", ".port", ".http", ".ws"];
    let server = places.iter().find_map(|place| name.strip_suffix(place));
    Some(match (keeper, server) {
        (Some(keeper), _) => {
            Diagnostic::error(span, format!("`{name}` has no value: `{keeper}` kept none"))
        }
        (None, Some(server)) => Diagnostic::error(
            span,
            format!("`{name}` has no value: the server `{server}` does not run"),
        ),
        (None, None) => Diagnostic::error(span, format!("`{name}` has no value")),
    })
}

/// Gives diagnostics about names of the closed environment their cure.
pub(super) fn open_environment(
    diagnostics: &mut [Diagnostic],
    text: &str,
    script: &Script,
    scope: &Scope,
) {
    if diagnostics.is_empty() {
        return;
    }
    for name in script.needs() {
        let Some(variable) = name.strip_prefix(ENVIRONMENT) else {
            continue;
        };
        if scope.get(&name).is_some() {
            continue;
        }
        for diagnostic in &mut *diagnostics {
            let there = text.get(std::ops::Range::from(diagnostic.span));
            if there.is_some_and(|there| there.contains(name.as_str())) {
                diagnostic.hint = Some(format!(
                    "the environment is closed to documents; `--allow-env {variable}` opens this name, if it is set"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_are_used() {
        let cases = [
            ("ws://{{HOST}}/HOST", "HOST", Some(7)),
            ("ref {{refs}} {{ref}}", "ref", Some(15)),
            ("-- check .a == $feed", "feed", Some(16)),
            ("-- check $feed.x == $feed", "feed", Some(21)),
            ("{{$uri NAME}}", "NAME", Some(7)),
            ("a {{chat.url}}", "chat.url", Some(4)),
            ("no NAME here", "NAME", None),
        ];
        for (text, name, start) in cases {
            assert_eq!(place(text, name).map(|span| span.start), start, "{text}");
        }
    }
}
