//! `voiden import`: each file in `tests/cases/import` and the document that is made of it. A document that was made passes
//! `voiden check` and `voiden fmt --check`, and holds no credential.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use voiden::report::Output;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Said {
    status: u8,
    out: String,
    err: String,
}

fn voiden(line: &[&str]) -> Said {
    let (out, err) = (Written::default(), Written::default());
    let output = |written: &Written| Output::new(Box::new(written.clone()), false);
    let line = std::iter::once("voiden").chain(line.iter().copied());
    let status = voiden::cli::run(line.map(OsString::from), output(&out), output(&err));
    Said {
        status,
        out: out.text(),
        err: err.text(),
    }
}

/// What no document may hold.
const SECRETS: [&str; 6] = [
    "hunter2",
    "s3cr3t",
    "eyJhbGciOiJIUzI1NiJ9",
    "c00k1e",
    "k3y-value",
    "YW5uOmh1bnRlcjI",
];

#[test]
fn files_give_their_documents() {
    insta::glob!(
        "../cases/import",
        "*.{har,http,void,ndjson,json,txt}",
        |path| {
            let name = path.to_str().unwrap();
            let said = voiden(&["import", name]);
            let folder = path.parent().unwrap().to_str().unwrap();
            let err = said.err.replace(folder, "");
            let shown = format!(
                "{}\n--- stderr, exit status {}\n{err}",
                said.out, said.status
            );
            for secret in SECRETS {
                assert!(!shown.contains(secret), "{name}: {secret}\n{shown}");
            }
            if said.status == 0 {
                holds(&said.out, &shown);
            } else {
                assert!(said.out.is_empty(), "{shown}");
            }
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(shown);
            });
        }
    );
}

/// A document that was made has nothing wrong and is laid out as `voiden fmt` does it.
fn holds(document: &str, shown: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.md");
    fs::write(&path, document).unwrap();
    let path = path.to_str().unwrap();
    let check = voiden(&["check", path]);
    assert_eq!(check.status, 0, "{}\n{shown}", check.err);
    let fmt = voiden(&["fmt", "--check", path]);
    assert_eq!(fmt.status, 0, "{}\n{shown}", fmt.out);
}

fn case(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/import");
    path.join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_document_that_is_there_is_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.md");
    let own = "---\ntitle: mine\n---\n\n# Mine\n\nAs I wrote it.\n";
    fs::write(&path, own).unwrap();
    let document = path.to_str().unwrap();
    for _ in 0..2 {
        let said = voiden(&["import", &case("chat.har"), "-o", document]);
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.err.contains("added"), "{}", said.err);
    }
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("---\ntitle: mine\nvoiden:\n"), "{text}");
    assert!(text.contains("# Mine\n\nAs I wrote it.\n"), "{text}");
    holds(&text, &text);
    let blocks = voiden::document::parse(&text).blocks;
    let names: std::collections::BTreeSet<_> = blocks.iter().map(|block| &block.name).collect();
    assert_eq!(names.len(), blocks.len());
    assert_eq!(
        voiden(&[
            "import",
            &case("chat.har"),
            "-o",
            folder.path().to_str().unwrap()
        ])
        .status,
        2
    );
}

#[test]
fn hostile_files_get_a_sentence_and_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.har");
    let whole = fs::read_to_string(case("chat.har")).unwrap();
    let deep = format!(
        "{{\"log\":{{\"entries\":{}1{}}}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let cut = &whole[..whole.len() / 2];
    let files: [&[u8]; 8] = [
        b"",
        b"\xff\xfe\x00",
        b"{\"log\": {\"entries\": []}}",
        b"{\"log\": 1}",
        b"hello",
        b"\x00\x1b[31m{",
        deep.as_bytes(),
        cut.as_bytes(),
    ];
    for file in files {
        fs::write(&path, file).unwrap();
        let document = folder.path().join("a.md");
        let said = voiden(&[
            "import",
            path.to_str().unwrap(),
            "-o",
            document.to_str().unwrap(),
        ]);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{}", said.err);
        assert!(said.err.starts_with("error: "), "{}", said.err);
        assert!(!document.exists());
    }
    assert_eq!(voiden(&["import", "no-such-file.har"]).status, 2);
    assert_eq!(
        voiden(&["import", folder.path().to_str().unwrap()]).status,
        2
    );
}
