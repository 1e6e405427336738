//! Documents that are run twice, the second time with other values: what is a difference, and what is none. Their
//! servers send variables, which nobody takes for generated.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use voiden::runner::{BlockResult, Kept};

use crate::cases::{Ran, run, run_with};
use crate::memory;

/// Behind these words a document says what its variables are the second time.
const SECOND: &str = "The second time: ";

#[test]
fn second_runs_give_their_snapshots() {
    // A second `glob!` beside that of the other cases would take their failures for its own.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let is_document = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let mut paths: Vec<_> = files.filter(is_document).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the documents were not found");
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => false,
            snapshot_suffix => name,
            input_file => &path,
        }, {
            insta::assert_snapshot!(compared(&path, &text));
        });
    }
}

fn compared(path: &Path, text: &str) -> String {
    let values: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.strip_prefix(SECOND))
        .flat_map(|values| values.split(", "))
        .filter_map(|value| value.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let first = run(path, text);
    let second = |check| {
        run_with(path, &first.document, |settings| {
            settings.seed = Some(8);
            settings.clock = memory::later_clock();
            settings.check = check;
            settings.variables.clone_from(&values);
        })
    };
    let (checked, written) = (second(true), second(false));
    let differs = |result: &BlockResult| result.kept == Kept::Different;
    assert_eq!(
        checked.result.results.iter().any(differs),
        written.document != first.document,
        "a check fails where a run would write"
    );
    assert!(!checked.result.refused, "{}", checked.said);
    let mut shown = String::new();
    for result in &checked.result.results {
        let word = if differs(result) { "different" } else { "same" };
        writeln!(shown, "{}: {word}", result.block.name).unwrap();
    }
    writeln!(shown, "\n{}", client_differences(&checked)).unwrap();
    shown.trim_end().to_owned()
}

/// What is shown of clients: their servers were told to send something else.
fn client_differences(ran: &Ran) -> String {
    let of = |result: &BlockResult| {
        let difference = ran.differences.get(&result.block.index);
        difference.filter(|_| !result.block.kind.is_server())
    };
    let all = ran.result.results.iter().filter_map(of);
    let all: Vec<&str> = all.map(String::as_str).collect();
    all.join("\n")
}

/// A server whose ids its clients keep, and a client that knows nothing of them.
const SHARED: &str = "\
```/wss-server ids
ws://127.0.0.1:0/
-- on text new
-> json {\"id\": \"{{$uuid}}\"}
-- on text ping
-> text pong
```

```/wss One
{{ids.url}}?name=one
-> text new
<- json {\"id\": \"{{$string as id}}\"}
```

```/wss Two
{{ids.url}}?name=two
-> text ping
<- text pong
```
";

fn again(document: &str, seed: u64, set: impl FnOnce(&mut voiden::Settings)) -> Ran {
    run_with(Path::new("shared.md"), document, |settings| {
        settings.seed = Some(seed);
        settings.clock = memory::later_clock();
        set(settings);
    })
}

/// The ids that stand in a document.
fn ids(document: &str) -> Vec<&str> {
    let parts = document.split("{\"id\":\"").skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

fn is_as_recorded(document: &str) -> bool {
    let checked = again(document, 10, |settings| settings.check = true);
    let mut results = checked.result.results.iter();
    results.all(|result| result.kept == Kept::Same)
}

#[test]
fn a_document_tells_of_one_run_after_a_block_was_edited() {
    let first = run(Path::new("shared.md"), SHARED).document;
    let edited = first.replacen("-> text new", "-- note edited\n-> text new", 1);
    let second = again(&edited, 8, |_| {}).document;
    let (before, after) = (ids(&first), ids(&second));
    assert_eq!(after.len(), 2, "{second}");
    assert_eq!(after[0], after[1], "{second}");
    assert_ne!(before[0], after[0], "{second}");
    // What shows none of these values is left as it is.
    let last = |text: &str| text.split("```/wss Two").nth(1).map(str::to_owned);
    assert_eq!(last(&first), last(&second));
    assert!(is_as_recorded(&second), "{second}");
}

#[test]
fn a_client_that_was_run_alone_is_no_difference_in_its_server() {
    let first = run(Path::new("shared.md"), SHARED).document;
    let edited = first.replacen("-> text new", "-- note edited\n-> text new", 1);
    let one = |settings: &mut voiden::Settings| {
        settings.only = Some(voiden::NameGlobs::new(["One"]).unwrap());
    };
    let second = again(&edited, 8, one).document;
    let after = ids(&second);
    assert_ne!(after[0], after[1], "{second}");
    assert!(is_as_recorded(&second), "{second}");
}
