//! What `voiden fmt` may do: lay scripts out, and change neither what they say nor a byte outside of them.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use voiden::document::{self, BlockKind};
use voiden::runner::tidy_text;
use voiden::script::{Role, parse};
use voiden::source::Source;

#[test]
fn a_script_is_laid_out() {
    let before = "\
# A

> ```/wss A
>
>
>   wss://h/  ?a
>  @timeout   5s
> X-A:b
>  bob   ws://b/
> @clients al, bob
> al →  json   {\"a\":
>
>   1}
>
>
> bob ←   text
>
>   as  it is  \n>
>
> -- within   2s
>   bob --   drop
> -- note   a   b
> -- on   json
>
>
> {\"op\":  2}
> -> ping   a  b
>
> ```
";
    let after = "\
# A

> ```/wss A
> wss://h/  ?a
> @timeout 5s
> X-A: b
> bob ws://b/
> @clients al, bob
>
> al  -> json {\"a\":
>
>   1}
>
> bob <- text
>   as  it is  \n> -- within 2s
> bob -- drop
> -- note a   b
>
> -- on json
> {\"op\":  2}
> -> ping a  b
> ```
";
    let before = before.replace("wss://h/  ?a", "wss://h/");
    let after = after.replace("wss://h/  ?a", "wss://h/");
    let tidied = tidy_text(Source::new("a.md", before));
    assert!(!tidied.is_refused(), "{:#?}", tidied.diagnostics);
    assert_eq!(tidied.text, after);
}

#[test]
fn a_document_with_an_error_is_left_alone() {
    let text = "```/wss A\nws://h/\n→ text a\n```\n\n```/wss B\nws://h/\n→ txt a\n```\n";
    let tidied = tidy_text(Source::new("a.md", text));
    assert!(tidied.is_refused());
    assert_eq!(tidied.text, text);
}

#[test]
fn documents_of_this_repository_keep_the_laws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for folder in [
        "requests",
        "tests/cases/parse",
        "tests/cases/diagnose",
        "tests/cases/run",
        "tests/cases/fail",
        "tests/cases/refuse",
    ] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                laws(&text).unwrap();
                if folder == "requests" {
                    let tidied = tidy_text(Source::new("a.md", text.clone()));
                    assert_eq!(tidied.text, text, "{} is laid out", path.display());
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 5);
}

fn laws(text: &str) -> Result<(), TestCaseError> {
    let tidied = tidy_text(Source::new("a.md", text));
    if tidied.is_refused() {
        prop_assert_eq!(&tidied.text, text);
        return Ok(());
    }
    prop_assert_eq!(
        said(text),
        said(&tidied.text),
        "{}\n---\n{}",
        text,
        tidied.text
    );
    prop_assert_eq!(outside(text), outside(&tidied.text));
    let again = tidy_text(Source::new("a.md", tidied.text.clone()));
    prop_assert_eq!(&again.text, &tidied.text);
    Ok(())
}

/// What the scripts of a document say, without where they say it.
fn said(text: &str) -> Vec<String> {
    let span = regex::Regex::new(r"Span \{\s*start: \d+,\s*end: \d+,?\s*\}").unwrap();
    let blocks = document::parse(text).blocks;
    let script = |block: &document::Block| {
        let role = match block.kind {
            BlockKind::Client => Role::Client,
            BlockKind::Server => Role::Server,
            BlockKind::Http => Role::Http,
        };
        format!("{:?}", parse(block.body.text(), role, &[]).script)
    };
    let script = |block| span.replace_all(&script(block), "Span").into_owned();
    blocks.iter().map(script).collect()
}

/// The bytes between blocks.
fn outside(text: &str) -> Vec<String> {
    let mut at = 0;
    let mut pieces = Vec::new();
    for block in document::parse(text).blocks {
        pieces.push(text[at..block.span.start].to_owned());
        at = block.span.end;
    }
    pieces.push(text[at..].to_owned());
    pieces
}

fn head() -> impl Strategy<Value = Vec<String>> {
    let line = select(vec![
        "",
        "",
        "  ",
        "# why",
        "@timeout  5s",
        " @log\tmatched ",
        "X-A:b",
        "X-B:   c d ",
        "X-C:",
        "@never json {\"a\":  1}",
        "@mask .a,  .b",
    ]);
    let own = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
    proptest::collection::vec(line, 0..5).prop_map(own)
}

fn part() -> impl Strategy<Value = &'static str> {
    select(vec![
        "-> text a  b ",
        "→  text   a",
        "-> text\n\n\n a\n\n\\-> b  \n\n",
        "->\ttext",
        "-> text\n\n",
        "-> json   {\"a\":  [1,\n\n  2]}  ",
        "->\n\n{\"a\": 1}\n\n",
        "-> {\"a\": 1}\n\n\n-- repeat   3",
        "-> {\"a\":\n\n\n1}",
        "-> binary hex\n\n00  01\n",
        "-> binary\n\nhex 00\n  01",
        "-> ping  a  b",
        "-> close   1000   so  long",
        "->   close",
        "←",
        "<-  \n\n-- next",
        "<- json\n\n\n-- times  2\n\n-- within   2s\n-- check   .a  ==  \"  \"",
        "<- xml <a>\n\n b </a>\n\n-- exact",
        "<- text  {{$match /a  b/}}",
        "<-   pong",
        "<- close   1000",
        "--   wait   1s",
        "-- note   a   b\n\n\n",
        "-- skip\n\n-- #   why\n-- # so",
        "-- #why",
        "\n\n\n",
        "\n",
    ])
}

fn handler() -> impl Strategy<Value = &'static str> {
    select(vec![
        "-- on",
        "--  on   text   a",
        "-- on json\n\n\n{\"a\":  1}\n",
        "-- on {\"a\":\n\n1}",
        "-- every   1s   times  2",
        "-- # why\n-- on text a",
        "\n\n",
    ])
}

fn documents() -> impl Strategy<Value = String> {
    let prefix = select(vec![
        ("", ""),
        ("> ", "> "),
        (">", ">"),
        ("- ", "  "),
        ("> 1. ", ">    "),
        ("  ", "  "),
    ]);
    let ending = select(vec!["\n", "\r\n"]);
    let handled = (
        handler(),
        proptest::collection::vec(select(vec!["-> text a", "→   {{$message}}", "\n\n"]), 1..3),
    );
    let parts = proptest::collection::vec(part(), 0..8);
    let handlers = proptest::collection::vec(handled, 0..3);
    let many = any::<bool>();
    (head(), parts, handlers, prefix, ending, many).prop_map(
        |(head, parts, handlers, (first, rest), ending, many)| {
            let mut lines = vec![
                "```/wss A".to_owned(),
                String::new(),
                "  ws://h/ ".to_owned(),
            ];
            lines.extend(many.then(|| "@clients al,  robert".to_owned()));
            lines.extend(head);
            let handlers = handlers
                .into_iter()
                .flat_map(|(on, steps)| std::iter::once(on).chain(steps));
            for (index, part) in parts.into_iter().chain(handlers).enumerate() {
                let named = !part.starts_with("--") && !part.starts_with('\n');
                let who = match (many && named, index % 2) {
                    (false, _) => "",
                    (true, 0) => "al   ",
                    (true, _) => "  robert ",
                };
                lines.extend(format!("{who}{part}").split('\n').map(str::to_owned));
            }
            lines.extend(["```", "after ```` ", ""].map(str::to_owned));
            let prefixed = lines.iter().enumerate().map(|(index, line)| {
                let prefix = if index == 0 { first } else { rest };
                let prefix = if line.is_empty() {
                    prefix.trim_end()
                } else {
                    prefix
                };
                format!("{prefix}{line}{ending}")
            });
            format!("before{ending}{ending}{}", prefixed.collect::<String>())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_document_says_stays(text in documents()) {
        // Too many that do not parse fail the test.
        prop_assume!(!tidy_text(Source::new("a.md", text.clone())).is_refused());
        laws(&text)?;
    }
}
