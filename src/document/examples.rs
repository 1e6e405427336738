//! Telling documents, and what is read of them and written into them.

use insta::assert_snapshot;

use super::{BlockKind, parse, splice};
use crate::diagnostic::draw;
use crate::source::Source;

/// What is read of a document, one thing a line.
fn read(text: &str) -> String {
    let document = parse(text);
    let source = Source::new("api.md", text);
    let mut lines = Vec::new();
    for block in &document.blocks {
        let position = source.position(block.span.start);
        let kind = match block.kind {
            BlockKind::Client => "client",
            BlockKind::Server => "server",
            BlockKind::Http => "http",
        };
        lines.push(format!(
            "{}:{} {kind} `{}` {:?}",
            position.line,
            position.column,
            block.name,
            block.body.text()
        ));
        if let Some(recorded) = &block.transcript.recorded {
            let position = source.position(recorded.span.start);
            lines.push(format!(
                "{}:{} log {:?}",
                position.line,
                position.column,
                recorded.body.text()
            ));
        }
    }
    let front = &document.front_matter;
    let shown = |span| source.slice(span);
    for (what, settings) in [("var", &front.vars), ("option", &front.options)] {
        for setting in settings {
            lines.push(format!(
                "{what} {}={:?} at {:?}={:?}",
                setting.name,
                setting.value,
                shown(setting.name_span),
                shown(setting.span)
            ));
        }
    }
    for (name, span) in &front.secrets {
        lines.push(format!("secret {name} at {:?}", shown(*span)));
    }
    let drawn = |diagnostic| draw(&source, diagnostic, false);
    lines.extend(document.diagnostics.iter().map(drawn));
    lines.join("\n")
}

/// The document after a run that recorded `lines` everywhere, with what cannot be seen made visible.
fn record(text: &str, lines: &str) -> String {
    let document = parse(text);
    let record = |block: &super::Block| block.transcript.record(text, lines);
    let edits: Vec<_> = document.blocks.iter().map(record).collect();
    splice(text, &edits)
        .replace('\r', "␍")
        .replace('\t', "→")
        .replace('\u{feff}', "[BOM]")
        .split('\n')
        .map(|line| {
            let text = line.trim_end_matches(' ');
            format!("|{text}{}", "·".repeat(line.len() - text.len()))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

const LOG: &str = "✓ 1 sent\n← json  {\n  \"a\": 1\n}\n";

#[test]
fn a_transcript_goes_below_its_block() {
    assert_snapshot!(record("# A\n\n```/wss\nwss://x\n```\n\nAfter.\n", LOG), @r#"
    |# A
    |
    |```/wss
    |wss://x
    |```
    |
    |```wss-log
    |✓ 1 sent
    |← json  {
    |  "a": 1
    |}
    |```
    |
    |After.
    |
    "#);
}

#[test]
fn nothing_follows_and_the_final_newline_stays_missing() {
    assert_snapshot!(record("```/wss\n```", "✓"), @"
    |```/wss
    |```
    |
    |```wss-log
    |✓
    |```
    ");
    assert_snapshot!(record("```/wss\n```\n", "✓"), @"
    |```/wss
    |```
    |
    |```wss-log
    |✓
    |```
    |
    ");
    assert_snapshot!(record("```/wss\n```\n\n\n", "✓"), @"
    |```/wss
    |```
    |
    |```wss-log
    |✓
    |```
    |
    |
    |
    ");
}

#[test]
fn what_follows_directly_gets_a_blank_line() {
    assert_snapshot!(record("~~~~/wss\n~~~~\nAfter.\n", "✓"), @"
    |~~~~/wss
    |~~~~
    |
    |~~~wss-log
    |✓
    |~~~
    |
    |After.
    |
    ");
    assert_snapshot!(record("  ```/wss\n  ```\n# After", "✓"), @"
    |  ```/wss
    |  ```
    |
    |  ```wss-log
    |  ✓
    |  ```
    |
    |# After
    ");
    assert_snapshot!(record("```/wss\n```  \n```/wss\n```", "✓"), @"
    |```/wss
    |```··
    |
    |```wss-log
    |✓
    |```
    |
    |```/wss
    |```
    |
    |```wss-log
    |✓
    |```
    ");
}

#[test]
fn line_endings_and_byte_order_marks_stay() {
    assert_snapshot!(record("\u{feff}```/wss\r\n```\r\nAfter.  \r\n", LOG), @r#"
    |[BOM]```/wss␍
    |```␍
    |␍
    |```wss-log␍
    |✓ 1 sent␍
    |← json  {␍
    |  "a": 1␍
    |}␍
    |```␍
    |␍
    |After.  ␍
    |
    "#);
    assert_snapshot!(record("A\n\n```/wss\r\n```", "✓"), @"
    |A
    |
    |```/wss␍
    |```␍
    |␍
    |```wss-log␍
    |✓␍
    |```
    ");
}

#[test]
fn block_quotes() {
    assert_snapshot!(record("> ```/wss\n> wss://x\n> ```\n> After.\n", LOG), @r#"
    |> ```/wss
    |> wss://x
    |> ```
    |>
    |> ```wss-log
    |> ✓ 1 sent
    |> ← json  {
    |>   "a": 1
    |> }
    |> ```
    |>
    |> After.
    |
    "#);
    assert_snapshot!(record("> ```/wss\n> ```\nNo longer quoted.\n", "✓\n\n✗"), @"
    |> ```/wss
    |> ```
    |>
    |> ```wss-log
    |> ✓
    |>
    |> ✗
    |> ```
    |
    |No longer quoted.
    |
    ");
    assert_snapshot!(record("> > ```/wss\n> > ```\n> Less quoted.\n", "✓"), @"
    |> > ```/wss
    |> > ```
    |> >
    |> > ```wss-log
    |> > ✓
    |> > ```
    |>
    |> Less quoted.
    |
    ");
    assert_snapshot!(record(">```/wss\n>```\n>\n>After.\n", LOG), @r#"
    |>```/wss
    |>```
    |>
    |>```wss-log
    |>✓ 1 sent
    |>← json  {
    |>   "a": 1
    |>}
    |>```
    |>
    |>After.
    |
    "#);
}

#[test]
fn lists() {
    assert_snapshot!(record("- one\n\n  ```/wss\n  wss://x\n  ```\n- two\n", LOG), @r#"
    |- one
    |
    |  ```/wss
    |  wss://x
    |  ```
    |
    |  ```wss-log
    |  ✓ 1 sent
    |  ← json  {
    |    "a": 1
    |  }
    |  ```
    |
    |- two
    |
    "#);
    assert_snapshot!(record("1. ```/wss\n   wss://x\n   ```\n2. two\n", "✓\n\n✗"), @"
    |1. ```/wss
    |   wss://x
    |   ```
    |
    |   ```wss-log
    |   ✓
    |
    |   ✗
    |   ```
    |
    |2. two
    |
    ");
    assert_snapshot!(record("- a\n  - ```/wss\n    ```\n  After.\n", "✓"), @"
    |- a
    |  - ```/wss
    |    ```
    |
    |    ```wss-log
    |    ✓
    |    ```
    |
    |  After.
    |
    ");
    assert_snapshot!(record("-\t```/wss\n\twss://x\n\t```\n\n\tAfter.\n", LOG), @r#"
    |-→```/wss
    |→wss://x
    |→```
    |
    |→```wss-log
    |→✓ 1 sent
    |→← json  {
    |→  "a": 1
    |→}
    |→```
    |
    |→After.
    |
    "#);
}

#[test]
fn quotes_in_lists_and_lists_in_quotes() {
    assert_snapshot!(record("- > ```/wss\n  > ```\n  > After.\n", LOG), @r#"
    |- > ```/wss
    |  > ```
    |  >
    |  > ```wss-log
    |  > ✓ 1 sent
    |  > ← json  {
    |  >   "a": 1
    |  > }
    |  > ```
    |  >
    |  > After.
    |
    "#);
    assert_snapshot!(record("> 1. ```/wss\n>    ```\n> 2. two\n", LOG), @r#"
    |> 1. ```/wss
    |>    ```
    |>
    |>    ```wss-log
    |>    ✓ 1 sent
    |>    ← json  {
    |>      "a": 1
    |>    }
    |>    ```
    |>
    |> 2. two
    |
    "#);
    assert_snapshot!(record("- a\n\n\t> ```/wss\n\t> ```\n- b\n", LOG), @r#"
    |- a
    |
    |→> ```/wss
    |→> ```
    |→>
    |→> ```wss-log
    |→> ✓ 1 sent
    |→> ← json  {
    |→>   "a": 1
    |→> }
    |→> ```
    |
    |- b
    |
    "#);
}

#[test]
fn uneven_fences_keep_the_text() {
    assert_snapshot!(record("   ```/wss\n```\n\n```wss-log\n   ```\n", LOG), @r#"
    |   ```/wss
    |```
    |
    |```wss-log
    |✓ 1 sent
    |← json  {
    |  "a": 1
    |}
    |   ```
    |
    "#);
    assert_snapshot!(record("> -   ```/wss\n>      ```\n", LOG), @r#"
    |> -   ```/wss
    |>      ```
    |>
    |>     ```wss-log
    |>     ✓ 1 sent
    |>     ← json  {
    |>       "a": 1
    |>     }
    |>     ```
    |
    "#);
}

#[test]
fn a_recorded_transcript_is_replaced_where_it_stands() {
    let text =
        "> ```/wss\n> ```\n>\n> Between.\n>\n>  ~~~wss-log of old\n>  ✓ 0 sent\n>  ~~~~ \n> After.";
    assert_snapshot!(record(text, LOG), @r#"
    |> ```/wss
    |> ```
    |>
    |> Between.
    |>
    |>  ~~~wss-log of old
    |>  ✓ 1 sent
    |>  ← json  {
    |>    "a": 1
    |>  }
    |>  ~~~~·
    |> After.
    "#);
}

#[test]
fn a_fence_is_longer_than_what_it_holds() {
    assert_snapshot!(record("```/wss\n```\n", "````` and ~~~~~~~"), @"
    |```/wss
    |```
    |
    |``````wss-log
    |````` and ~~~~~~~
    |``````
    |
    ");
    assert_snapshot!(record("~~~/wss\n~~~\n\n~~~wss-log\n~~~\n", "```` and ~~~"), @"
    |~~~/wss
    |~~~
    |
    |~~~~wss-log
    |```` and ~~~
    |~~~~
    |
    ");
    assert_snapshot!(record("```/wss\n```\n\n``````wss-log\n``````\n", "``` and\r~~~"), @"
    |```/wss
    |```
    |
    |``````wss-log
    |``` and␍~~~
    |``````
    |
    ");
}

#[test]
fn blocks_are_found_where_commonmark_has_them() {
    assert_snapshot!(read("\u{feff}```/wss\nwss://x\n```\n"), @r#"1:1 client `line 1` "wss://x\n""#);
    assert_snapshot!(read("# A *b* `c`\n\n> - ~~~~/wss  \n>   wss://x\n>     indented\n>   ~~~~\n"), @r#"3:5 client `A b c` "wss://x\n  indented\n""#);
    assert_snapshot!(read("<div>\n```/wss\n```\n</div>\n\n    ```/wss\n    ```\n\n<!--\n\n```/wss\n```\n-->\n"), @"");
    assert_snapshot!(read("---\n\n```/wss\n```\n\n---\n\n```/wss\n```\n---\n"), @r#"
    3:1 client `line 3` ""
    8:1 client `line 8` ""
    "#);
    assert_snapshot!(read("```markdown\n~~~/wss\n~~~\n```\n\n````\n```/wss\n```\n````\n"), @"");
    assert_snapshot!(read("- ```/wss\n\tx\n  \ty\n\n\t \n  ```\n"), @r#"1:3 client `line 1` "  x\n\ty\n\n   \n""#);
    assert_snapshot!(read("- a\n\n\t```/wss\n\t\tx\r\n\n\t```\n"), @r#"3:2 client `line 3` "\tx\n\n""#);
}

#[test]
fn names() {
    let text = "```/wss\n```\n\nSetext *two*\nlines\n===\n\n```/wss\n```\n```/wss  \n```\n\n## `code` &amp; \\* ##\n\n\
        ```/wss\n```\n~~~/wss A &quot;b&quot; \\`c&#10;d\n~~~\n```/wss Setext two lines (2)\n```\n\n#\n\n```/wss\n```\n";
    assert_snapshot!(read(text), @r#"
    1:1 client `line 1` ""
    8:1 client `Setext two lines` ""
    10:1 client `Setext two lines (3)` ""
    15:1 client `code & *` ""
    17:1 client `A "b" `c d` ""
    19:1 client `Setext two lines (2)` ""
    24:1 client `code & * (2)` ""
    "#);
    assert_snapshot!(read("```/wss chat\n```\n```/wss-server chat\n```\n"), @r#"
    1:1 client `chat (2)` ""
    3:1 server `chat` ""
    "#);
    assert_snapshot!(read("> # Quoted ![image *text*](x) ~~gone~~\n\n- ```/wss\n  ```\n"), @r#"3:3 client `Quoted image text gone` """#);
}

#[test]
fn a_heading_names_with_its_first_characters() {
    let text = format!("# {}\n\n```/wss\n```\n", "é".repeat(1000));
    assert_eq!(parse(&text).blocks[0].name, "é".repeat(256));
}

#[test]
fn what_an_empty_block_lacks_has_a_place() {
    let document = parse("> ```/wss A\r\n> ```\r\n");
    assert_eq!(document.blocks[0].body.origin(0), "> ```/wss A".len());
}

#[test]
fn transcripts_belong_to_the_block_above() {
    let text = "```wss-log\nearly\n```\n\n```/wss A\n```\ntext\n```wss-log\na\n```\n```wss-log\nsecond\n```\n\n\
        ```/wss B\n```\n# Heading\n```wss-log\nafter a heading\n```\n\n```/wss C\n```\n```/wss-server D\n```\n> ```wss-log\n> d\n> ```\n";
    assert_snapshot!(read(text), @r#"
    5:1 client `A` ""
    8:1 log "a\n"
    15:1 client `B` ""
    22:1 client `C` ""
    24:1 server `D` ""
    26:3 log "d\n"
    warning: this transcript belongs to no block
     --> api.md:1:1
      |
    1 | ```wss-log
      | ^^^^^^^^^^
      |
    help: remove it, or move it right below its `/wss` block
    warning: this transcript belongs to no block
      --> api.md:11:1
       |
    11 | ```wss-log
       | ^^^^^^^^^^
       |
    help: remove it, or move it right below its `/wss` block
    warning: this transcript belongs to no block
      --> api.md:18:1
       |
    18 | ```wss-log
       | ^^^^^^^^^^
       |
    help: remove it, or move it right below its `/wss` block
    "#);
}

#[test]
fn unclosed_fences() {
    assert_snapshot!(read("# A\n\n- ~~~/wss one\n  wss://x\n\n> ```wss-log\n\n```/wss two\n```\n\n````/wss-server three\n```\n"), @r#"
    8:1 client `two` ""
    error: this `/wss` block is never closed
     --> api.md:3:3
      |
    3 | - ~~~/wss one
      |   ^^^^^^^^^^^
      |
    help: close it with ~~~ on a line of its own, before its list item or block quote ends
    error: this transcript is never closed
     --> api.md:6:3
      |
    6 | > ```wss-log
      |   ^^^^^^^^^^
      |
    help: close it with ``` on a line of its own, before its list item or block quote ends
    error: this `/wss-server` block is never closed
      --> api.md:11:1
       |
    11 | ````/wss-server three
       | ^^^^^^^^^^^^^^^^^^^^^
       |
    help: close it with ```` on a line of its own
    "#);
    assert_snapshot!(read("```/wss"), @"
    error: this `/wss` block is never closed
     --> api.md:1:1
      |
    1 | ```/wss
      | ^^^^^^^
      |
    help: close it with ``` on a line of its own
    ");
    assert_snapshot!(read("> ```/wss\n>"), @"
    error: this `/wss` block is never closed
     --> api.md:1:3
      |
    1 | > ```/wss
      |   ^^^^^^^
      |
    help: close it with ``` on a line of its own
    ");
}

#[test]
fn a_fence_around_a_line_that_opens_another_is_the_one_to_close() {
    assert_snapshot!(read("```/wss One\nws://x\n-> json {}\n\nProse.\n\n```/wss Two\nws://x\n```\n\n```wss-log\n```\n\n```/wss Three\nws://x\n\n```wss-log\n```\n"), @"
    error: this `/wss` block is not closed before line 7, which opens a `/wss` fence
     --> api.md:1:1
      |
    1 | ```/wss One
      | ^^^^^^^^^^^
      |
    help: close it with ``` on a line of its own above line 7; if that line is to be inside, open and close it with ````
    error: this `/wss` block is not closed before line 17, which opens a `wss-log` fence
      --> api.md:14:1
       |
    14 | ```/wss Three
       | ^^^^^^^^^^^^^
       |
    help: close it with ``` on a line of its own above line 17; if that line is to be inside, open and close it with ````
    ");
    assert_snapshot!(read("- ```json\n  {}\n\n  ~~~/wss\n  ~~~\n  ```/wss Lost\n  ws://x\n  ```\n\n```/wss\n```\n"), @r#"
    10:1 client `line 10` ""
    error: this fence is not closed before line 6, which opens a `/wss` fence
     --> api.md:1:3
      |
    1 | - ```json
      |   ^^^^^^^
      |
    help: close it with ``` on a line of its own above line 6; if that line is to be inside, open and close it with ````
    "#);
    assert_snapshot!(read("```/wss One\nws://x\n```\n\n```\n\n```/wss Two\nws://x\n```\n"), @r#"
    1:1 client `One` "ws://x\n"
    error: this fence is not closed before line 7, which opens a `/wss` fence
     --> api.md:5:1
      |
    5 | ```
      | ^^^
      |
    help: close it with ``` above line 7; if it is there to close a block, another fence above it is still open
    "#);
    assert_snapshot!(read("```/wss\nws://x\n-> text\n```json\n{}\n```\n\n~~~/wss\nws://x\n~~~\n"), @r#"
    1:1 client `line 1` "ws://x\n-> text\n```json\n{}\n"
    8:1 client `line 8` "ws://x\n"
    warning: line 4 opens another fence inside of this block
     --> api.md:1:1
      |
    1 | ```/wss
      | ^^^^^^^
      |
    help: if the block is to end before, close it with ```; if not, open and close it with ````
    "#);
}

#[test]
fn a_longer_fence_may_hold_opening_lines() {
    assert_snapshot!(read("````/wss\nws://x\n-> text\n```/wss\n```\n````\n\n````markdown\n```/wss\nws://x\n```\n````\n\n~~~\n```/wss\n```\n~~~\n"), @r#"1:1 client `line 1` "ws://x\n-> text\n```/wss\n```\n""#);
}

#[test]
fn near_misses() {
    assert_snapshot!(read("```wss A\n```\n\n> ~~~ /wss-sever chat\n> ~~~\n\n```wss-logs\n```\n"), @"
    warning: `wss` is not a kind of block
     --> api.md:1:4
      |
    1 | ```wss A
      |    ^^^
      |
    help: did you mean `/wss`?
    warning: `/wss-sever` is not a kind of block
     --> api.md:4:7
      |
    4 | > ~~~ /wss-sever chat
      |       ^^^^^^^^^^
      |
    help: did you mean `/wss-server`?
    warning: `wss-logs` is not a kind of block
     --> api.md:7:4
      |
    7 | ```wss-logs
      |    ^^^^^^^^
      |
    help: did you mean `wss-log`?
    ");
}

#[test]
fn servers_need_names() {
    assert_snapshot!(read("```/wss-server\n```\n```/wss-server my chat!\n```\n```/wss-server a\n```\n```/wss-server a\n```\n"), @r#"
    1:1 server `line 1` ""
    3:1 server `my chat!` ""
    5:1 server `a` ""
    7:1 server `a (2)` ""
    error: a server needs a name
     --> api.md:1:4
      |
    1 | ```/wss-server
      |    ^^^^^^^^^^^
      |
    help: write `/wss-server NAME`, a NAME of letters, digits, `_` and `-`
    error: a server's name is made of letters, digits, `_` and `-`
     --> api.md:3:16
      |
    3 | ```/wss-server my chat!
      |                ^^^^^^^^
      |
    help: write `/wss-server my-chat`
    error: there is a server `a` already
     --> api.md:7:16
      |
    7 | ```/wss-server a
      |                ^
      |
    help: call it something else: its URL is `{{a.url}}`
    "#);
}

#[test]
fn front_matter_is_read() {
    let text = "---\ntitle: {{ x }}\n";
    assert_snapshot!(read(text), @"");
    let text = "\u{feff}---\r\ntitle: é\r\nvoiden:\r\n  vars:\r\n    VERSION: 1.10\r\n    URL: ws://é/ # comment\r\n    \
        QUOTED: \"a\\tb\"\r\n    single: 'it''s'\r\n    ON: yes\r\n    EMPTY:\r\n    big: 12345678901234567890\r\n    \
        folded: >-\r\n      two\r\n      lines\r\n    alias: &a 007\r\n    again: *a\r\n  secrets: [TOKEN, 'a.b-c']\r\n  \
        timeout: 10s\r\n  insecure: true\r\n  cacert:\r\n  never:\r\n    - '{\"a\": 1}'\r\n    - text x\r\n  ignore: []\r\n  \
        skip: false\r\n---\r\n```/wss\r\n```\r\n";
    assert_snapshot!(read(text), @r#"
    27:1 client `line 27` ""
    var VERSION="1.10" at "VERSION"="1.10"
    var URL="ws://é/" at "URL"="ws://é/"
    var QUOTED="a\tb" at "QUOTED"="\"a\\tb\""
    var single="it's" at "single"="'it''s'"
    var ON="yes" at "ON"="yes"
    var EMPTY="" at "EMPTY"=""
    var big="12345678901234567890" at "big"="12345678901234567890"
    var folded="two lines" at "folded"="two\r\n      lines"
    var alias="007" at "alias"="&a 007"
    var again="007" at "again"="*a"
    option timeout="10s" at "timeout"="10s"
    option insecure="" at "insecure"="true"
    option cacert="" at "cacert"=""
    option never="{\"a\": 1}" at "never"="'{\"a\": 1}'"
    option never="text x" at "never"="text x"
    secret TOKEN at "TOKEN"
    secret a.b-c at "'a.b-c'"
    "#);
}

#[test]
fn front_matter_of_others_is_left_alone() {
    for text in [
        "---\ntitle: {{ x }}\n---\n",
        "---\n- a\n- voiden\n---\n",
        "---\nvoiden_not: [\n---\n",
        "---\n\nvoiden: [\n---\n",
        "---\nvoiden: [\n",
        "text\n---\nvoiden: [\n---\n",
        "---\na:\n  voiden: 1\n---\n",
        "---\nvoiden:\n---\n",
    ] {
        assert_eq!(read(text), "", "{text}");
    }
}

#[test]
fn front_matter_errors() {
    assert_snapshot!(read("---\nvoiden:\n  @timeout: 5s\n---\n"), @"
    error: the front matter is not YAML: unexpected character: `@'
     --> api.md:3:3
      |
    3 |   @timeout: 5s
      |   ^
      |
    help: options stand here without their `@`
    ");
    assert_snapshot!(read("---\nvoiden:\n  vars:\n    A: {{B}}\n    C: [1]\n    1D: x\n    E: x\n    E: y\n---\n"), @r#"
    var E="x" at "E"="x"
    error: the value of `A` is not a single text or number
     --> api.md:4:8
      |
    4 |     A: {{B}}
      |        ^^^^^
      |
    help: put it between quotes: `A: '…'`
    error: the value of `C` is not a single text or number
     --> api.md:5:8
      |
    5 |     C: [1]
      |        ^^^
      |
    help: put it between quotes: `C: '…'`
    error: `1D` is not a name of a variable
     --> api.md:6:5
      |
    6 |     1D: x
      |     ^^
      |
    help: use letters, digits, `_`, `-` and dots, a letter or `_` first
    error: `E` stands here twice
     --> api.md:8:5
      |
    8 |     E: y
      |     ^
      |
    help: leave one of them out; what may be repeated takes a list: `[one, two]`
    "#);
}

#[test]
fn front_matter_has_a_shape() {
    assert_snapshot!(read("---\nvoiden: 5\nx: 1\nvoiden: {timeout: 1s}\n---\n"), @"
    error: `voiden` takes a mapping
     --> api.md:2:9
      |
    2 | voiden: 5
      |         ^
      |
    help: write `vars:`, `secrets:` or options on indented lines below `voiden:`
    error: `voiden` stands here twice
     --> api.md:4:1
      |
    4 | voiden: {timeout: 1s}
      | ^^^^^^
      |
    help: put everything below the first one
    ");
    assert_snapshot!(read("---\nvoiden:\n  vars: A\n  secrets: TOKEN\n  never: {a: [1]}\n  ignore: [[a]]\n  [x]: 1\n---\n"), @"
    error: `vars` takes names and values
     --> api.md:3:9
      |
    3 |   vars: A
      |         ^
      |
    help: write `NAME: value` on indented lines below `vars:`
    error: `secrets` takes a list of names
     --> api.md:4:12
      |
    4 |   secrets: TOKEN
      |            ^^^^^
      |
    help: write `secrets: [NAME, OTHER]`
    error: the value of `never` is not a single text or number
     --> api.md:5:10
      |
    5 |   never: {a: [1]}
      |          ^^^^^^^^
      |
    help: write `never: value`, or a list where it may be repeated; quote braces
    error: the value of `ignore` is not a single text or number
     --> api.md:6:12
      |
    6 |   ignore: [[a]]
      |            ^^^^
      |
    help: write `ignore: value`, or a list where it may be repeated; quote braces
    error: a key has to be a name
     --> api.md:7:3
      |
    7 |   [x]: 1
      |   ^^^^^^
      |
    help: write `name: value`; put a name or value with braces between quotes
    ");
    assert_snapshot!(read("---\nvoiden:\n  secrets: [a b, {A: x}]\n  timeout: \"5s\n---\n"), @r#"
    error: `a b` is not a name of a variable
     --> api.md:3:13
      |
    3 |   secrets: [a b, {A: x}]
      |             ^^^
      |
    help: use letters, digits, `_`, `-` and dots, a letter or `_` first
    error: a secret is named, not given, here
     --> api.md:3:18
      |
    3 |   secrets: [a b, {A: x}]
      |                  ^^^^^^^
      |
    help: write its NAME alone; its value comes from `vars:`, an env file or `--secret`
    error: the front matter is not YAML: while scanning a quoted scalar, found unexpected end of stream
     --> api.md:4:12
      |
    4 |   timeout: "5s
      |            ^
      |
    help: put a value that has `: `, ` #`, `{`, `[` or `*` in it between quotes
    "#);
    assert_snapshot!(read("---\nvoiden:\n\ttimeout: 5s\n---\n"), @"
    error: the front matter is not YAML: tabs disallowed within this context (block indentation)
     --> api.md:3:2
      |
    3 |     timeout: 5s
      |     ^
      |
    help: indent with blanks, not with tabs
    ");
}
