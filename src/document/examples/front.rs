//! What stands in the front matter.

use insta::assert_snapshot;

use super::*;

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
