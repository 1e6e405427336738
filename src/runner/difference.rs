//! How a fresh transcript differs from a recorded one, shown without what changes by nature.

use similar::{Algorithm, DiffTag, TextDiff, capture_diff_slices};

/// A unified diff of a document before and after.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .header(name, &format!("{name} (fresh)"))
        .to_string()
}

/// The fresh transcript, with the recorded lines wherever a line differs in nothing but its time. Where nothing would
/// be left of the difference, the fresh one as it is.
pub(super) fn quieted(recorded: &str, fresh: &str) -> String {
    let old: Vec<&str> = recorded.lines().collect();
    let new: Vec<&str> = fresh.lines().collect();
    let old_keys: Vec<&str> = old.iter().map(|line| timeless(line)).collect();
    let new_keys: Vec<&str> = new.iter().map(|line| timeless(line)).collect();
    let mut lines = Vec::with_capacity(new.len());
    for operation in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
        let taken = match operation.tag() {
            DiffTag::Equal => old.get(operation.old_range()),
            _ => new.get(operation.new_range()),
        };
        lines.extend_from_slice(taken.unwrap_or_default());
    }
    if lines == old {
        return fresh.to_owned();
    }
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

/// A transcript's line without its time; of a summary what it counts.
fn timeless(line: &str) -> &str {
    if line.starts_with(['✓', '✗'])
        && line.contains(" · ")
        && let Some((counts, _)) = line.rsplit_once(" in ")
    {
        return counts;
    }
    match line.split_once("  ") {
        Some((clock, rest))
            if clock.contains('.')
                && clock
                    .chars()
                    .all(|character| matches!(character, '0'..='9' | ':' | '.' | '+')) =>
        {
            rest
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "\
✓ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
12:03:04.101  Connecting    ws://h
12:03:04.125  → json  {\"a\":1}
12:03:04.140  ← json  {\"b\":2}
12:03:04.150  ← json  {
                \"c\": 3
              }
";

    #[test]
    fn only_what_differs_is_shown() {
        let fresh = "\
✓ 1 sent, 2 received in 99 ms · 2026-11-23T12:03:04.101Z
12:07:04.101  Connecting    ws://h
12:07:04.125  → json  {\"a\":1}
12:07:04.140  ← json  {\"b\":4}
12:07:04.150  ← json  {
                \"c\": 3
              }
";
        let diff = unified("a.md", RECORDED, &quieted(RECORDED, fresh));
        insta::assert_snapshot!(diff, @r#"
        --- a.md
        +++ a.md (fresh)
        @@ -1,7 +1,7 @@
         ✓ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
         12:03:04.101  Connecting    ws://h
         12:03:04.125  → json  {"a":1}
        -12:03:04.140  ← json  {"b":2}
        +12:07:04.140  ← json  {"b":4}
         12:03:04.150  ← json  {
                         "c": 3
                       }
        "#);
    }

    #[test]
    fn a_difference_never_vanishes() {
        let fresh = RECORDED.replace("12:03", "13:14");
        assert_eq!(quieted(RECORDED, &fresh), fresh);
        assert_eq!(quieted("", RECORDED), RECORDED);
    }

    #[test]
    fn times_are_left_out() {
        for (line, rest) in [
            ("12:03:04.101  → text  a", "→ text  a"),
            ("+1.234  → text  a", "→ text  a"),
            ("→ text  12:00", "→ text  12:00"),
            ("12  a", "12  a"),
            ("  \"c\": 3", "  \"c\": 3"),
        ] {
            assert_eq!(timeless(line), rest);
        }
    }
}
