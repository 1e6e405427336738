//! Documents that are run: each case is a Markdown file, and its snapshot is the whole document after the run with what
//! was said about it. The clocks and the network are the test's own, so that a case gives the same bytes every time.
//!
//! A case shows one behaviour, is named after it, has its own far side, and lies in the folder of its verdict: `parse`
//! (how Markdown around blocks is read) and `run` pass and say nothing, `diagnose` passes and says something, `fail` fails
//! while running, `refuse` does not begin.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::watch;
use voiden::diagnostic::Diagnostic;
use voiden::document;
use voiden::runner::{
    self, DocumentResult, Kept, Named, News, ReportedDocument, Reporter, Runner, Settings, Verdict,
};

use crate::memory;
use crate::seeds::laws::visible;

/// Cases at a time: they mostly wait for the disk.
const AT_ONCE: usize = 4;

#[test]
fn documents_give_their_snapshots() {
    let shown = run_all();
    insta::glob!("../cases", "**/*.md", |path| {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(shown[path]);
        });
    });
}

/// Runs every case, and tries on each what holds for all.
fn run_all() -> BTreeMap<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let cases = ignore::Walk::new(folder.canonicalize().unwrap())
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let (cases, shown) = (Mutex::new(cases), Mutex::new(BTreeMap::new()));
    let next = || cases.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = next() {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let first = run(&path, &text);
                    check_verdict(&first);
                    check_laws(&text, &first);
                    check_fixes(&path, &text);
                    shown.lock().unwrap().insert(path, first.shown());
                }
            });
        }
    });
    shown.into_inner().unwrap()
}

/// A case lies in the folder of its verdict.
fn check_verdict(ran: &Ran) {
    let folder = ran.path.parent().and_then(Path::file_name).unwrap();
    let status = runner::exit_status(std::slice::from_ref(&ran.result));
    let belongs = match folder.to_str().unwrap() {
        "parse" | "run" => status == 0 && ran.said.is_empty(),
        "diagnose" => status == 0 && !ran.said.is_empty(),
        "fail" => status == 1,
        "refuse" => status == 2,
        folder => panic!("`{folder}` is not a verdict"),
    };
    let (path, said) = (ran.path.display(), &ran.said);
    assert!(belongs, "{path} exits with {status}, and says {said}");
}

/// What holds for every case.
fn check_laws(text: &str, first: &Ran) {
    let before = document::parse(text);
    let after = document::parse(&first.document);
    let blocks = |document: &document::Document| -> Vec<_> {
        document
            .blocks
            .iter()
            .map(|block| (block.kind, block.body.text().to_owned()))
            .collect()
    };
    assert_eq!(
        blocks(&before),
        blocks(&after),
        "a written document parses to the same blocks"
    );
    assert_eq!(
        without_transcripts(text, &before),
        without_transcripts(&first.document, &after),
        "bytes outside of transcripts are untouched"
    );
    for block in after
        .blocks
        .iter()
        .filter_map(|block| block.transcript.recorded.as_ref())
    {
        let body = block.body.text();
        visible::holds(body);
    }
    let status = runner::exit_status(std::slice::from_ref(&first.result));
    if status != 2 {
        let again = run_with(&first.path, &first.document, |settings| {
            settings.clock = memory::later_clock();
        });
        assert_eq!(
            first.document, again.document,
            "running twice equals running once"
        );
    }
}

/// Where a fix is done, what it was offered for is no longer told there, and what was meant stands in the text.
fn check_fixes(path: &Path, text: &str) {
    for told in checked(path, text) {
        for fix in &told.fixes {
            let mut fixed = text.to_owned();
            fixed.replace_range(Range::from(fix.span), &fix.text);
            let again = checked(path, &fixed);
            let same = |other: &&Diagnostic| {
                (other.span.start, &other.message) == (told.span.start, &told.message)
            };
            assert_eq!(again.iter().find(same), None, "{fix:?}\n{fixed}");
            let hint = told.hint.as_deref().unwrap_or_default();
            let meant = hint.strip_prefix("did you mean `");
            let meant = meant.and_then(|rest| rest.strip_suffix("`?"));
            let meant = meant.filter(|meant| !meant.contains(['`', '…', '\\']));
            // The words before it may stand there already, elsewhere on the line.
            let last = meant.and_then(|meant| meant.rsplit(' ').next());
            let stands = last.is_none_or(|last| fixed.contains(last));
            assert!(stands, "{hint}: {fix:?}\n{fixed}");
        }
    }
}

/// What `voiden check` finds in a text beside a case's files.
fn checked(path: &Path, text: &str) -> Vec<Diagnostic> {
    let found = Arc::new(Found::default());
    let reporter: Arc<dyn Reporter> = Arc::clone(&found) as _;
    let folder = path.with_extension("files");
    let folder = folder.is_dir().then_some(folder);
    let named = Named::of_text("case.md", text, folder.as_deref());
    let settings = Settings {
        jobs: 1,
        ..Settings::default()
    };
    let _ = Runner::new(settings).reporter(reporter).check(&[named]);
    let mut found = found.0.lock().unwrap();
    std::mem::take(&mut *found)
}

/// Keeps what is wrong in a document.
#[derive(Default)]
struct Found(Mutex<Vec<Diagnostic>>);

impl Reporter for Found {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        if let News::Diagnostics(findings) = news {
            let mut found = self.0.lock().unwrap();
            found.extend(findings.iter().map(|finding| finding.diagnostic()));
        }
    }
}

/// The text with every transcript's bytes left out, and the blank line that was put before an inserted one.
fn without_transcripts(text: &str, document: &document::Document) -> String {
    let mut kept = String::new();
    let mut at = 0;
    for recorded in document
        .blocks
        .iter()
        .filter_map(|block| block.transcript.recorded.as_ref())
    {
        kept.push_str(&text[at..recorded.span.start]);
        at = recorded.span.end;
    }
    kept.push_str(&text[at..]);
    kept.lines()
        .map(str::trim_end)
        .filter(|line| !line.trim_start_matches(['>', ' ']).is_empty())
        .collect()
}

/// What came of a run.
pub(crate) struct Ran {
    path: std::path::PathBuf,
    pub(crate) document: String,
    pub(crate) said: String,
    pub(crate) result: DocumentResult,
    /// How blocks differ from what is recorded, by their places.
    pub(crate) differences: BTreeMap<usize, String>,
}

impl Ran {
    fn shown(&self) -> String {
        let status = runner::exit_status(std::slice::from_ref(&self.result));
        let changed = self
            .result
            .results
            .iter()
            .filter(|result| matches!(result.kept, Kept::New | Kept::Changed))
            .count();
        let failed = |result: &&runner::BlockResult| matches!(result.verdict, Verdict::Failed(_));
        let failed = self.result.results.iter().filter(failed).count();
        format!(
            "{}\n=== exit status {status}, {changed} transcripts new or changed, {failed} blocks failed\n{}",
            self.document, self.said
        )
    }
}

/// Runs a text as a document of its case's folder.
pub(crate) fn run(path: &Path, text: &str) -> Ran {
    run_with(path, text, |_| {})
}

/// Copies what is in a folder.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let copied = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&copied).unwrap();
            copy(&entry.path(), &copied);
        } else {
            std::fs::copy(entry.path(), copied).unwrap();
        }
    }
}

/// The same, with settings of one's own.
pub(crate) fn run_with(path: &Path, text: &str, set: impl FnOnce(&mut Settings)) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let files = path.with_extension("files");
    if files.is_dir() {
        copy(&files, folder.path());
    }
    let name = path.file_name().unwrap();
    let copy = folder.path().join(name);
    std::fs::write(&copy, text).unwrap();
    let said = Arc::new(Said::default());
    let reporter: Arc<dyn Reporter> = Arc::clone(&said) as _;
    let named = Named {
        path: copy.clone(),
        shown: name.to_str().unwrap().to_owned(),
        selectors: Vec::new(),
        text: None,
    };
    let mut settings = Settings {
        seed: Some(7),
        jobs: 1,
        clock: memory::clock(),
        ..Settings::default()
    };
    set(&mut settings);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (_stop, stopped) = watch::channel(false);
    let network = memory::network();
    let runner = Runner::new(settings.clone())
        .reporter(Arc::clone(&reporter))
        .until(stopped.clone());
    let run = runner.run_on(&network, &named);
    let result = runtime.block_on(run);
    runtime.shutdown_background();
    let Said { text, differences } = &*said;
    let said = text.lock().unwrap().clone();
    let differences = differences.lock().unwrap().clone();
    Ran {
        path: path.to_owned(),
        document: std::fs::read_to_string(&copy).unwrap(),
        said,
        result: result.unwrap(),
        differences,
    }
}

#[derive(Default)]
struct Said {
    text: Mutex<String>,
    differences: Mutex<BTreeMap<usize, String>>,
}

impl Reporter for Said {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        let mut said = self.text.lock().unwrap();
        match news {
            News::Remark { sentence, .. } => {
                said.push_str(sentence);
                said.push('\n');
            }
            News::Diagnostics(findings) => {
                for finding in findings.iter() {
                    said.push_str(&finding.drawn(false));
                    said.push_str("\n\n");
                }
            }
            News::Difference { blocks, .. } => {
                let mut differences = self.differences.lock().unwrap();
                differences.extend(blocks.iter().cloned());
            }
            _ => {}
        }
    }
}
