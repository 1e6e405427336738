//! Every seed of a fuzz target, also what fuzzing has found, keeps its law.

#[path = "../laws/mod.rs"]
pub(crate) mod laws;

use std::fs;
use std::path::Path;

#[test]
fn seeds_keep_their_laws() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for target in fs::read_dir(folder).unwrap() {
        let target = target.unwrap();
        let name = target.file_name().into_string().unwrap();
        let mut tried = 0;
        for seed in fs::read_dir(target.path()).unwrap() {
            let path = seed.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            println!("{}", path.display());
            holds(&name, &bytes);
            tried += 1;
        }
        assert!(tried > 0, "{name} has no seeds");
    }
}

fn holds(target: &str, bytes: &[u8]) {
    // As the fuzzer hands it to a target that takes text.
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    match target {
        "document" => laws::document::holds(text),
        "script" => laws::script::holds(text),
        "insertion" => laws::insertion::holds(text),
        "matching" => laws::matching::holds(text),
        "transcript" => {
            let (style, events) = laws::session::read(text);
            laws::transcript::holds(&style, &events);
        }
        "expression" => laws::expression::holds(text),
        "redaction" => laws::redaction::holds(text),
        "report" => laws::report::holds(text),
        "frames" => laws::frames::holds(bytes),
        "payload" => laws::payload::holds(bytes),
        "handshake" => laws::handshake::holds(bytes),
        "answer" => laws::answer::holds(bytes),
        "inflated" => laws::inflated::holds(bytes),
        "import" => laws::import::holds(text),
        "language_server" => laws::language_server::holds(text),
        other => panic!("{other} is not a target"),
    }
}
