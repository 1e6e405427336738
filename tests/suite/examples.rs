//! The documents in `requests/`: each runs by itself on the machine's loopback, passes, and is left as it is by a
//! second run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use voiden::document::{self, BlockKind};
use voiden::runner::{
    self, Named, News, ReportedDocument, Reporter, Runner, Settings, Verdict, WriteBack,
};
use voiden::script::{Role, TokenClass, parse, tokens};

#[test]
fn every_line_that_the_parser_calls_a_step_begins_with_its_token() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("requests");
    let mut lines = 0;
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for block in document::parse(&text).blocks {
            let role = match block.kind {
                BlockKind::Client => Role::Client,
                BlockKind::Server => Role::Server,
                BlockKind::Http => Role::Http,
            };
            let body = block.body.text();
            let script = parse(body, role, &[]).script;
            let tokens = tokens(body, role, &[]);
            let own = script.steps.iter().map(|step| step.span);
            for line in own.chain(script.handlers.iter().map(|handler| handler.span)) {
                let token = tokens.iter().find(|token| token.span.start == line.start);
                let class = token.map(|token| token.class);
                let marks = matches!(class, Some(TokenClass::Mark | TokenClass::ClientName));
                assert!(marks, "{}, {}: {class:?}", path.display(), block.name);
                lines += 1;
            }
        }
    }
    assert!(lines > 100, "{lines}");
}

#[test]
fn examples_pass_and_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("requests");
    let mut documents = Vec::new();
    for entry in fs::read_dir(&examples).unwrap() {
        let path = entry.unwrap().path();
        let copy = folder.path().join(path.file_name().unwrap());
        fs::copy(&path, &copy).unwrap();
        if path.extension().is_some_and(|extension| extension == "md") {
            documents.push((path, copy));
        }
    }
    assert!(documents.len() > 1, "there are examples");
    documents.sort();
    let said = Arc::new(Said::default());
    let results = run(&documents, &(Arc::clone(&said) as _));
    let said = said.0.lock().unwrap().clone();
    assert_eq!(said, "", "an example has no fault and needs no warning");
    assert_eq!(results.len(), documents.len());
    for ((original, copy), result) in documents.iter().zip(results) {
        let name = original.display();
        for block in &result.results {
            assert_eq!(
                block.verdict,
                Verdict::Passed,
                "{name}, {}",
                block.block.name
            );
        }
        let text = fs::read_to_string(original).unwrap();
        for block in document::parse(&text).blocks {
            assert!(
                block.transcript.recorded.is_some(),
                "{name}, {} has no transcript",
                block.name
            );
        }
        assert_eq!(
            text,
            fs::read_to_string(copy).unwrap(),
            "{name} was changed by another run"
        );
    }
}

fn run(
    documents: &[(PathBuf, PathBuf)],
    reporter: &Arc<dyn Reporter>,
) -> Vec<runner::DocumentResult> {
    let named: Vec<Named> = documents
        .iter()
        .map(|(_, copy)| Named {
            path: copy.clone(),
            shown: copy.display().to_string(),
            selectors: Vec::new(),
            text: None,
        })
        .collect();
    let settings = Settings {
        write: WriteBack::Changed,
        jobs: 2,
        ..Settings::default()
    };
    let (_stop, stopped) = watch::channel(false);
    Runner::new(settings.clone())
        .reporter(Arc::clone(reporter))
        .until(stopped.clone())
        .run(&named)
}

/// What a reader of the terminal would be told besides the transcripts.
#[derive(Default)]
struct Said(Mutex<String>);

impl Reporter for Said {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        let mut said = self.0.lock().unwrap();
        match news {
            News::Remark { sentence, .. } => {
                said.extend([subject.name.as_str(), ": ", sentence, "\n"]);
            }
            News::Diagnostics(findings) => {
                for finding in findings.iter() {
                    said.extend([subject.name.as_str(), ": ", &finding.message(), "\n"]);
                }
            }
            _ => {}
        }
    }
}
