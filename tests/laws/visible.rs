//! What is written anywhere: every character of it is seen, by what Unicode says of it and not by the table that the
//! program has.

use std::sync::LazyLock;

use regex::Regex;

/// Characters that do something else than to be seen; and selectors of text or emoji behind what is not an emoji.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    let ignorable = r"\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}";
    let hidden = format!(
        r"[[\p{{Cc}}\p{{Zl}}\p{{Zp}}\x{{FFF9}}-\x{{FFFB}}{ignorable}]--[\x{{FE0E}}\x{{FE0F}}]]"
    );
    let emoji = r"[\p{Emoji}--[0-9\#*]]";
    let style = format!(
        r"(?:^|[^{emoji}\x{{203C}}-\x{{3299}}\x{{1F000}}-\x{{1FAFF}}])[\x{{FE0E}}\x{{FE0F}}]"
    );
    Regex::new(&format!("{hidden}|{style}")).expect("a regular expression")
});

/// No character of a text is hidden, its line breaks aside.
pub(crate) fn holds(text: &str) {
    text.split('\n').for_each(line);
}

fn line(line: &str) {
    if let Some(found) = HIDDEN.find(line) {
        let before = line.split_at(found.start()).0.chars().count();
        let around: String = line
            .chars()
            .skip(before.saturating_sub(40))
            .take(90)
            .collect();
        panic!("{} is raw in {around:?}", found.as_str().escape_unicode());
    }
}
