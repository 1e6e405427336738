//! What is a difference between two runs, and what is none, case by case.

use super::*;
use crate::protocol::{Generated, GeneratedKind};

fn fresh(text: &str) -> Transcript {
    Transcript {
        lines: text
            .lines()
            .map(|line| Line::plain(LineKind::Note, line))
            .collect(),
        sent: 0,
        received: 0,
        generated: vec![Generated {
            text: "5f0c0000-1111-4222-8333-444455556666".to_owned(),
            kind: GeneratedKind::Uuid,
        }]
        .into(),
        volatile: Arc::new(BTreeSet::from(["a".repeat(64)])),
        marks: BTreeMap::new(),
        beats: Vec::new(),
        matched_only: false,
    }
}

const HEAD: &str = "✓ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z\n";

#[test]
fn single_lines_are_judged() {
    let a = "a".repeat(64);
    let b = "b".repeat(64);
    let cases = [
        ("12:03:04.101  → text  x", "+1.000  → text  x", true),
        ("→ text  x", "→ text  y", false),
        (
            "→ text  NWYwYzAwMDAtMTExMS00MjIyLTgzMzMtNDQ0NDU1NTU2NjY2!",
            "→ text  OTk5OTk5OTktMTExMS00MjIyLTgzMzMtNDQ0NDU1NTU2NjY2!",
            true,
        ),
        ("→ text  x", "← text  x", false),
        ("→ text  x", "bob → text  x", false),
        ("→ text  x", "→ json  x", false),
        ("→ text  x", "→ text  x\n→ text  x", false),
        ("→ text  x", "", false),
        ("← pong x  (1.2 ms)", "← pong x  (1.3 s)", true),
        ("← pong x  (1.2 ms)", "← pong x", true),
        ("← pong x  (1.2 ms)", "← pong y  (1.2 ms)", false),
        ("← text  x  (1.2 ms)", "← text  x  (1.3 ms)", false),
        ("✗ no json within 2s", "✗ no json within 3s", false),
        ("✗ cut after 132 ms (x)", "✗ cut after 1.5 s (x)", true),
        (
            "✗ $elapsed < 9, but $elapsed is 131",
            "✗ $elapsed < 9, but $elapsed is 17.5",
            true,
        ),
        ("✗ .a is 131", "✗ .a is 17", false),
        ("# a note", "# another", false),
        (
            "Refused       401 No\n  body",
            "Refused       401 No\n  other",
            false,
        ),
        (
            "Refused       401 No\n  body",
            "Refused       401 No\n  body",
            true,
        ),
        ("Disconnected  1000 done", "Disconnected  1001", false),
        ("← json  {\"a\":1}", "← json\n  {\n    \"a\": 1\n  }", true),
        ("← json\n  {\n    \"a\": 1\n  }", "← json  {\"a\":1}", true),
        (
            "← json\n  {\n    \"a\": 1\n  }",
            "← json  {\"a\":1.0}",
            false,
        ),
        ("← xml\n  <a>\n    <b/>\n  </a>", "← xml  <a><b/></a>", true),
        ("← binary  hex 01 02", "← binary  hex\n  01\n  02", true),
        ("← binary  hex 01 02", "← binary  hex 01 03", false),
        (
            "← binary  hex\n  01\n  02",
            "← binary  hex\n  00000000  01  │a│\n  00000001  02  │b│",
            true,
        ),
        (
            "← json  {\"id\":\"5f0c0000-1111-4222-8333-444455556666\"}",
            "← json\n  {\n    \"id\": \"00000000-1111-4222-8333-444455556666\"\n  }",
            true,
        ),
        (
            "← json  {\"id\":\"5f0c0000-1111-4222-8333-444455556667\"}",
            "← json  {\"id\":\"00000000-1111-4222-8333-444455556666\"}",
            false,
        ),
        (
            "← binary  hex\n  35 66 30 63 30 30 30 30 2d 31 31 31 31 2d 34 32\n  32 32 2d 38 33 33 33 2d 34 34 34 34 35 35 35 35\n  36 36 36 36 ff",
            "← binary  hex\n  61 66 30 63 30 30 30 30 2d 31 31 31 31 2d 34 32\n  32 32 2d 38 33 33 33 2d 34 34 34 34 35 35 35 35\n  36 36 36 36 ff",
            true,
        ),
    ];
    for (ours, theirs, expected) in cases {
        judged(ours, theirs, expected);
    }
    for (digest, more, expected) in [(&a, 7, true), (&b, 7, false), (&b, 9, true)] {
        let ours = format!("{HEAD}← text  x … 9 more bytes, sha256 of all {digest}\n");
        let theirs = format!("{HEAD}← text  x … {more} more bytes, sha256 of all {b}\n");
        assert_eq!(fresh(&ours).same_as(&theirs), expected, "{ours}{theirs}");
    }
}

fn judged(ours: &str, theirs: &str, expected: bool) {
    let recorded = format!("{HEAD}{theirs}\n");
    let fresh = fresh(&format!("{HEAD}{ours}\n"));
    assert_eq!(fresh.same_as(&recorded), expected, "{ours}\n{theirs}");
    let normalized = fresh.normalized_against(&recorded);
    assert_eq!(normalized == recorded, expected, "{normalized}");
}

#[test]
fn layouts_and_masks_are_judged() {
    for (ours, theirs, expected) in [
        ("← text\n  \"one \"\n  \"two\"", "← text  one two", true),
        ("← text  one two", "← text\n  \"one \"\n  \"two\"", true),
        (
            "← text\n  \"one \"\n  \"two\"",
            "← text\n  \"on\"\n  \"e two\"",
            true,
        ),
        (
            "← text\n  \"one\\n\"\n  \"two\"",
            "← text  \"one\\ntwo\"",
            true,
        ),
        ("← text\n  \"one \"\n  \"two\"", "← text  one  two", false),
        (
            "← text\n  \"one \"\n  \"two\"",
            "← text  \"one two \"",
            false,
        ),
        (
            "← binary\n  \"one \"\n  \"two\"",
            "← binary  \"one two\"",
            true,
        ),
        ("← binary\n  \"one \"\n  \"two\"", "← text  one two", false),
        ("← binary  … 4 bytes", "← binary  … 38 bytes", true),
        ("← binary  … 1 byte", "← binary  hex 01", false),
        ("← text  … 4 bytes", "← text  … 38 bytes", false),
        ("← binary  hex 01 ··", "← binary  hex\n  01\n  ··", true),
        ("← binary  hex 01 ··", "← binary  hex 02 ··", false),
        ("← binary  hex 01 ··", "← binary  hex 01 ·· ··", false),
        ("← binary  hex 01 ··", "← binary  hex 01 b7", false),
        ("← binary  hex 01 ··", "← binary  hex 01 **", false),
    ] {
        judged(ours, theirs, expected);
    }
}

#[test]
fn summaries_are_judged() {
    let ours = fresh(HEAD);
    for (theirs, expected) in [
        (
            "✓ 1 sent, 2 received in 1.3 s · 2025-01-01T00:00:00.000Z\n",
            true,
        ),
        (
            "✗ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z\n",
            false,
        ),
        (
            "✓ 1 sent, 3 received in 132 ms · 2026-11-22T12:03:04.101Z\n",
            false,
        ),
        ("✓ 1 sent\n", false),
        ("", false),
    ] {
        assert_eq!(ours.same_as(theirs), expected, "{theirs}");
    }
    let matched = Transcript {
        matched_only: true,
        ..ours
    };
    assert!(matched.same_as("✓ 9 sent, 9 received in 1 ms · x\n"));
}

#[test]
fn what_is_not_shown_may_be_more_or_less() {
    let feed = |head: &[&str], middle: &str, tail: &[&str], count: u32| {
        let mut text = format!("✓ 0 sent, {count} received in 1 ms · x\n");
        for line in head.iter().chain([&middle]).chain(tail) {
            text.push_str(line);
            text.push('\n');
        }
        text
    };
    let gap = "… 10 messages not shown …";
    let ours = feed(
        &["← text  a", "→ text  b"],
        gap,
        &["← text  y", "→ text  z"],
        14,
    );
    let cases = [
        (
            feed(
                &["← text  a", "→ text  b"],
                "… 1 message not shown …",
                &["← text  y", "→ text  z"],
                5,
            ),
            true,
        ),
        // What is shown of each client depends on how they interleave.
        (
            feed(
                &["← text  a", "← text  b2"],
                gap,
                &["→ text  z", "← text  y"],
                14,
            ),
            true,
        ),
        (
            feed(&["← text  a"], gap, &["← text  y", "→ text  z"], 14),
            false,
        ),
        (
            feed(
                &["← text  a", "→ text  b"],
                gap,
                &["← text  x", "→ text  z"],
                14,
            ),
            false,
        ),
        (
            feed(
                &["← text  a", "→ text  b"],
                "← text  mid",
                &["← text  y", "→ text  z"],
                5,
            ),
            true,
        ),
        (
            feed(&["← text  a", "→ text  b"], "→ text  z", &[], 3),
            false,
        ),
    ];
    for (theirs, expected) in cases {
        assert_eq!(fresh(&ours).same_as(&theirs), expected, "{theirs}");
        assert_eq!(fresh(&theirs).same_as(&ours), expected, "{theirs}");
    }
}

#[test]
fn a_diff_shows_true_differences_only() {
    let recorded = "✓ 1 sent, 3 received in 5 ms · then\n\
        12:00:00.000  Connecting    wss://x\n\
        12:00:00.001  ← text  first\n\
        12:00:00.002  → text  5f0c0000-1111-4222-8333-000000000000\n\
        12:00:00.003  ← text  gone\n\
        12:00:00.004  ← text  last\n\
        12:00:00.005  Disconnected  1000\n";
    let ours = "✓ 1 sent, 4 received in 6 ms · now\n\
        13:00:00.000  Connecting    wss://x\n\
        13:00:00.002  → text  5f0c0000-1111-4222-8333-444455556666\n\
        13:00:00.003  ← text  first\n\
        13:00:00.004  ← text  new\n\
        13:00:00.004  ← text  newer\n\
        13:00:00.005  ← text  last\n\
        13:00:00.006  Disconnected  1000\n";
    insta::assert_snapshot!(fresh(ours).normalized_against(recorded), @r#"
    ✓ 1 sent, 4 received in 5 ms · then
    12:00:00.000  Connecting    wss://x
    12:00:00.001  ← text  first
    12:00:00.002  → text  5f0c0000-1111-4222-8333-000000000000
    12:00:00.003  ← text  new
    13:00:00.004  ← text  newer
    12:00:00.004  ← text  last
    12:00:00.005  Disconnected  1000
    "#);
}

#[test]
fn a_diff_of_feeds_keeps_the_gap_in_its_place() {
    let recorded = format!("{HEAD}← text  a\n… 7 messages not shown …\n← text  y\n");
    let ours = format!("{HEAD}← text  a\n… 9 messages not shown …\n← text  z\n");
    let expected = format!("{HEAD}← text  a\n… 7 messages not shown …\n← text  z\n");
    assert_eq!(fresh(&ours).normalized_against(&recorded), expected);
}

/// Twice the lines take about twice the time: this many are done in a moment, or never.
#[test]
fn long_transcripts_are_compared_in_a_moment() {
    let lines = |uuid: &str| {
        let line = format!("12:00:00.000  ← json  {{\"n\":7,\"id\":\"{uuid}\"}}\n");
        format!("{HEAD}{}", line.repeat(20_000))
    };
    let mut ours = fresh(&lines("5f0c0000-1111-4222-8333-444455556666"));
    let more = (0..5000).map(|n| Generated {
        text: format!("{n:08x}-1111-4222-8333-444455556666"),
        kind: GeneratedKind::Uuid,
    });
    let generated = ours.generated.values().iter().cloned();
    ours.generated = generated.chain(more).collect::<Vec<_>>().into();
    let theirs = lines("00000000-0000-4222-8333-444455556666");
    assert!(ours.same_as(&theirs));
    let changed = theirs.replacen("\"n\":7", "\"n\":8", 10_000);
    assert!(!ours.same_as(&changed));
    let normalized = ours.normalized_against(&changed);
    assert_eq!(normalized.lines().count(), 20_001);
}
