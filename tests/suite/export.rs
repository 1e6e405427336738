//! Exported documents: each case in `tests/export` is a document, and its snapshot what of the script of k6 it makes, behind
//! the part that is the same in all; or what is wrong with it, and then what is left of it with `--lenient`.

use std::path::Path;

use voiden::diagnostic::draw;
use voiden::export::{ExportSettings, export};
use voiden::runner::{Named, ScriptedDocument, read_scripts};

#[test]
fn documents_give_their_scripts() {
    insta::glob!("../export", "*.md", |path| {
        let document = read(path);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(shown(&document));
        });
    });
}

fn read(path: &Path) -> ScriptedDocument {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let folder = path.with_extension("files");
    let folder = folder.is_dir().then_some(folder);
    read_scripts(&Named::of_text(name, &text, folder.as_deref())).unwrap()
}

fn shown(document: &ScriptedDocument) -> String {
    let strict = ExportSettings::default();
    let wrong = match export(document, &strict) {
        Ok(script) => return script.document,
        Err(wrong) => wrong,
    };
    let mut shown = String::new();
    for told in &wrong {
        shown += draw(&document.source, told, false).trim_end();
        shown += "\n\n";
    }
    let lenient = ExportSettings {
        lenient: true,
        ..strict
    };
    let left = export(document, &lenient).map_or_else(|_| String::new(), |script| script.document);
    format!("{shown}=== lenient\n{left}")
}

#[test]
fn an_older_module_is_another_import_and_nothing_else() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/json.md");
    let document = read(&path);
    let default = export(&document, &ExportSettings::default()).unwrap().text;
    let older = ExportSettings {
        module: "k6/experimental/websockets".to_owned(),
        ..ExportSettings::default()
    };
    let older = export(&document, &older).unwrap().text;
    let changed: Vec<_> = default
        .lines()
        .zip(older.lines())
        .filter(|(one, other)| one != other)
        .collect();
    let import = |module: &str| format!("import {{ WebSocket }} from \"{module}\";");
    let [one, other] = [
        import("k6/websockets"),
        import("k6/experimental/websockets"),
    ];
    assert_eq!(changed, [(one.as_str(), other.as_str())]);
    assert_eq!(default.lines().count(), older.lines().count());
}
