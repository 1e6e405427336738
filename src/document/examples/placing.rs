//! Where a transcript goes, and what stays as it was.

use insta::assert_snapshot;

use super::*;

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
