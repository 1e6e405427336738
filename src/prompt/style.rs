//! Colours of what is typed, by the tokens of the language.

use std::borrow::Cow;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::language::{as_steps, command};
use crate::script::{TokenClass, step_tokens};

/// The style of a class; `None`: as it is.
fn style(class: TokenClass) -> Option<Style> {
    let colour = |colour: AnsiColor| Some(colour.on_default());
    match class {
        TokenClass::Mark => Some(AnsiColor::Cyan.on_default().bold()),
        TokenClass::Keyword | TokenClass::OptionName => Some(Style::new().bold()),
        TokenClass::Format | TokenClass::MessageType | TokenClass::Method => {
            colour(AnsiColor::Blue)
        }
        TokenClass::ClientName => colour(AnsiColor::Magenta),
        TokenClass::Placeholder | TokenClass::Variable => colour(AnsiColor::Yellow),
        TokenClass::String | TokenClass::Bytes => colour(AnsiColor::Green),
        TokenClass::Number | TokenClass::Duration | TokenClass::Constant => {
            colour(AnsiColor::Magenta)
        }
        TokenClass::JsonKey | TokenClass::Tag | TokenClass::Attribute => colour(AnsiColor::Cyan),
        TokenClass::Comment => Some(Style::new().dimmed()),
        _ => None,
    }
}

/// What is typed, in colours: with as many columns as before.
pub(super) fn painted(typed: &str, clients: bool) -> Cow<'_, str> {
    if command(typed).is_some() {
        return Cow::Borrowed(typed);
    }
    let (steps, lead) = as_steps(typed, clients);
    let mut out = String::with_capacity(typed.len() * 2);
    let mut at = lead;
    for token in step_tokens(&steps, clients) {
        let (start, end) = (token.span.start.max(at), token.span.end);
        let (Some(before), Some(text)) = (steps.get(at..start), steps.get(start..end)) else {
            continue;
        };
        out.push_str(before);
        match style(token.class) {
            Some(style) => {
                let _ = write!(out, "{style}{text}{style:#}");
            }
            None => out.push_str(text),
        }
        at = end;
    }
    out.push_str(steps.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_no_character() {
        for typed in [
            "{\"a\": {{$uuid}}}",
            "hello {{name}}",
            "-> json {\"a\": 1}\n-- repeat 3",
            "<- text é {{$any as x}}",
            "-- check .a == \"b\" and $n > 1",
            "two\nlines",
            "\\-> x",
            ":quit",
            "",
            "  {\"a\":",
            "<a b='c'/>",
        ] {
            let painted = painted(typed, false);
            assert_eq!(anstream::adapter::strip_str(&painted).to_string(), typed);
        }
    }
}
