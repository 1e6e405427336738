//! Live sessions: each case in `tests/live` is a document, and in a fence `typed` the entries that come, parted by blank
//! lines. Its snapshot is the log with what is told of each entry. The clock and the network are the test's own.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot, watch};
use voiden::BlockKind;
use voiden::runner::{
    LiveCommand, LiveEntry, LiveListener, LiveNews, Named, News, ReportedDocument, Reporter,
    Runner, Selector, Settings,
};

use crate::memory;

#[test]
fn live_sessions_give_their_snapshots() {
    insta::glob!("../live", "*.md", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(run(path, &text));
        });
    });
}

/// The log of a case, and how it ended.
fn run(path: &Path, text: &str) -> String {
    let typed = text.split_once("```typed\n").unwrap().1;
    let typed = typed.split_once("\n```").unwrap().0;
    let settings = Settings {
        seed: Some(7),
        jobs: 1,
        clock: memory::clock(),
        ..Settings::default()
    };
    let heard = Arc::new(Heard::default());
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut named = Named::of_text(name, text, None);
    named.selectors = vec![Selector::Name("Live".to_owned())];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (_stop, stopped) = watch::channel(false);
    let runner = Runner::new(settings)
        .reporter(Arc::clone(&heard) as _)
        .until(stopped);
    let (send, commands) = mpsc::unbounded_channel();
    let network = memory::network();
    let session = runner.live_on(&network, &named, commands, Arc::clone(&heard) as _);
    let outcome =
        runtime.block_on(async { tokio::join!(session, type_all(typed, send, &heard)).0 });
    runtime.shutdown_background();
    let log = heard.0.lock().unwrap();
    format!("{log}=== {outcome:?}\n")
}

/// Types entries one after the other, each once the one before is done.
async fn type_all(typed: &str, send: mpsc::UnboundedSender<LiveCommand>, heard: &Heard) {
    for (text, line) in typed.split("\n\n").zip(1..) {
        let (reply, answer) = oneshot::channel();
        heard.say(&format!("> {}", text.replace('\n', "\n> ")));
        let command = match text {
            ":run" => LiveCommand::Rest(reply),
            ":step" => LiveCommand::Step(reply),
            ":vars" => {
                let (reply, answer) = oneshot::channel();
                let _ = send.send(LiveCommand::Variables(reply));
                for variable in answer.await.unwrap_or_default() {
                    heard.say(&format!("{} = {}", variable.name, *variable.value));
                }
                continue;
            }
            _ => {
                let entry = LiveEntry {
                    text: text.to_owned(),
                    lead: 0,
                    name: "typed".to_owned(),
                    line,
                };
                LiveCommand::Run(entry, reply)
            }
        };
        let _ = send.send(command);
        if let Ok(outcome) = answer.await {
            let word = format!("{outcome:?}");
            let word = word.split('(').next().unwrap();
            heard.say(&format!("= {word}"));
        }
    }
    let _ = send.send(LiveCommand::Close { linger: true });
}

#[derive(Default)]
struct Heard(Mutex<String>);

impl Heard {
    fn say(&self, line: &str) {
        let mut log = self.0.lock().unwrap();
        log.push_str(line);
        log.push('\n');
    }
}

impl Reporter for Heard {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        match news {
            News::Remark { sentence, .. } => self.say(sentence),
            News::Diagnostics(findings) => {
                for finding in findings.iter() {
                    self.say(&finding.drawn(false));
                }
            }
            News::Lines { block, lines } if block.kind == BlockKind::Client => {
                for line in *lines {
                    self.say(&line.text);
                }
            }
            _ => {}
        }
    }
}

impl LiveListener for Heard {
    fn hear(&self, news: &LiveNews<'_>) -> Vec<(String, String)> {
        match news {
            LiveNews::Status(status) => self.say(&format!("({status:?})")),
            LiveNews::Entry {
                refines: Some(number),
                ..
            } => {
                self.say(&format!("(refines {number})"));
            }
            LiveNews::Kept { name, value } => self.say(&format!("({name} is {value:?})")),
            _ => {}
        }
        Vec::new()
    }
}
