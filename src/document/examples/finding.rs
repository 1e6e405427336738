//! Which blocks there are, how they are called, and whose a transcript is.

use insta::assert_snapshot;

use super::*;

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
