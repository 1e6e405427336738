//! A document that runs again and again: which of its blocks are due, and whether a run has been overtaken by an edit.
//! Tells edits by content; refuses to know how it was learnt that a file changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::folder::folder_of;
use super::plan::{Plan, plan};
use super::ports::Ports;
use super::print::{Print, print_of, prints};
use super::queue::run_plan;
use super::select::{Candidate, Wanted, clients, with_needs};
use super::variables::env_paths;
use super::{DocumentResult, Listener, Named, News, Settings, Subject, Verdict};
use crate::diagnostic::Diagnostic;

/// Which blocks are to run, with what they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Again {
    /// Those that were edited, or depend on something that was, since they ran.
    Changed,
    /// Those that failed besides.
    Failed,
    /// All.
    All,
}

/// How a document stands: its blocks as they last ran.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    blocks: Vec<(Print, Stand)>,
    /// It could not run; the print of why.
    refused: Option<Print>,
}

/// How a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Passed,
    Failed,
    Skipped,
}

impl Standing {
    /// How many blocks passed when they last ran.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.count(Stand::Passed)
    }

    /// How many failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(Stand::Failed)
    }

    /// Whether the document could not run.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    fn count(&self, wanted: Stand) -> usize {
        let stands = self.blocks.iter().filter(|(_, stand)| *stand == wanted);
        stands.count()
    }

    /// How each block stands; `None` of one that was edited or has not run. Of blocks that are alike each is one.
    fn of(&self, prints: &BTreeMap<usize, Print>) -> BTreeMap<usize, Option<Stand>> {
        let mut left = self.blocks.clone();
        let mut stands = BTreeMap::new();
        for (index, print) in prints {
            let at = left.iter().position(|(known, _)| known == print);
            stands.insert(*index, at.map(|at| left.remove(at).1));
        }
        stands
    }
}

impl Again {
    fn takes(self, stand: Option<Stand>) -> bool {
        match stand {
            None => true,
            Some(Stand::Failed) => self >= Self::Failed,
            Some(Stand::Passed | Stand::Skipped) => self == Self::All,
        }
    }
}

/// A document as it stands on disk.
#[derive(Debug, Default)]
pub struct Look {
    prints: Vec<Print>,
}

/// Looks at a document. One that cannot be read has no block as it was; `None`: it is in the middle of a save.
#[must_use]
pub fn look(named: &Named, settings: &Settings) -> Option<Look> {
    let Ok(plan) = plan(named, Wanted::Blocks(&named.selectors), settings) else {
        return Some(Look::default());
    };
    if is_mid_save(&plan) {
        return None;
    }
    let prints = prints(&plan, &candidates(&plan)).blocks;
    Some(Look {
        prints: prints.into_values().collect(),
    })
}

/// Most editors empty a file before they write it, and may be seen in between.
fn is_mid_save(plan: &Plan) -> bool {
    plan.source.text().is_empty()
}

/// One run, as others see it while it goes on.
pub struct Pass {
    stop: watch::Sender<bool>,
    /// The blocks that are not done.
    unfinished: Mutex<BTreeMap<usize, Print>>,
    begun: Box<dyn Fn() + Send + Sync>,
    /// What all runs that go on at the same time share.
    ports: Arc<Ports>,
}

impl Pass {
    /// A run to come; `begun` is called when it has read its document and something is due. It waits for ports that
    /// another run has of the same `ports`.
    #[must_use]
    pub fn new(ports: &Arc<Ports>, begun: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            stop: watch::channel(false).0,
            unfinished: Mutex::default(),
            begun: Box::new(begun),
            ports: Arc::clone(ports),
        }
    }

    /// Cuts the sessions that go on; what is done is written all the same.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Whether a block that is not done is not there any more as it was read.
    #[must_use]
    pub fn is_overtaken(&self, look: &Look) -> bool {
        let unfinished = self.unfinished();
        unfinished
            .values()
            .any(|print| !look.prints.contains(print))
    }

    fn unfinished(&self) -> MutexGuard<'_, BTreeMap<usize, Print>> {
        self.unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Round {
    /// How the document stands now.
    pub standing: Standing,
    /// What came of it; `None`: nothing was due.
    pub result: Option<DocumentResult>,
    /// The files that it depends on, there or not.
    pub paths: BTreeSet<PathBuf>,
}

/// Runs what is due of a document.
#[must_use]
pub fn again(
    place: usize,
    named: &Named,
    which: Again,
    standing: &Standing,
    settings: &Settings,
    listener: &Arc<dyn Listener>,
    pass: &Arc<Pass>,
) -> Round {
    let mut paths = env_files(&named.path, settings);
    let run = |plan, listener: &Arc<dyn Listener>| {
        let stop = pass.stop.subscribe();
        run_plan(place, named, plan, settings, listener, &stop)
    };
    let (mut plan, refusal) = match plan(named, Wanted::Blocks(&named.selectors), settings) {
        Err(why) => {
            let refusal = Some(print_of(&[&why]));
            (Err(why), refusal)
        }
        Ok(plan) => {
            let refusal = plan.is_refused().then(|| refusal(&plan));
            (Ok(plan), refusal)
        }
    };
    let Some(ready) = plan.as_mut().ok().filter(|_| refusal.is_none()) else {
        if let Ok(plan) = &plan {
            paths.extend(prints(plan, &candidates(plan)).paths);
        }
        // What is wrong is told once.
        let known = refusal == standing.refused && which == Again::Changed;
        return Round {
            standing: Standing {
                refused: refusal,
                ..standing.clone()
            },
            result: (!known).then(|| run(plan, listener)),
            paths,
        };
    };
    if is_mid_save(ready) {
        // What stood before still stands afterwards.
        return Round {
            standing: standing.clone(),
            result: None,
            paths,
        };
    }
    let candidates = candidates(ready);
    let prints = prints(ready, &candidates);
    paths.extend(prints.paths);
    let stands = standing.of(&prints.blocks);
    choose(which, &stands, ready, &candidates);
    if ready.chosen.is_empty() {
        let standing = stood(&prints.blocks, &stands, None);
        return Round {
            standing,
            result: None,
            paths,
        };
    }
    let due = |index: &usize| ready.chosen.contains(index);
    let due = prints.blocks.iter().filter(|(index, _)| due(index));
    *pass.unfinished() = due.map(|(index, print)| (*index, *print)).collect();
    let fixed = ready.fixed_ports();
    (pass.begun)();
    // A run that was stopped while it waited does nothing, and its blocks stay due.
    let held = pass.ports.take(place, &fixed, || pass.is_stopped());
    let following: Arc<dyn Listener> = Arc::new(Following {
        listener: Arc::clone(listener),
        pass: Arc::clone(pass),
    });
    let result = run(plan, &following);
    drop(held);
    let mut standing = stood(&prints.blocks, &stands, Some(&result));
    standing.refused = result.refused.then(|| print_of(&["while it ran"]));
    Round {
        standing,
        result: Some(result),
        paths,
    }
}

/// Chooses the blocks that are due, with what they need, and leaves in the plan what concerns them.
fn choose(
    which: Again,
    stands: &BTreeMap<usize, Option<Stand>>,
    plan: &mut Plan,
    candidates: &[Candidate],
) {
    let due = stands.iter().filter(|(_, stand)| which.takes(**stand));
    let due = due.map(|(index, _)| *index).collect();
    let clients = clients(plan.chosen.iter().copied(), candidates);
    let (chosen, partial) = completed(due, &clients, candidates);
    plan.chosen = chosen.into_iter().collect();
    plan.partial.extend(partial);
    let blocks = &plan.document.blocks;
    let chosen = &plan.chosen;
    plan.diagnostics.retain(|diagnostic| {
        let at = diagnostic.span.start;
        let inside = |index: usize| {
            let span = blocks.get(index).map(|block| block.span);
            span.is_some_and(|span| span.start <= at && at < span.end)
        };
        let elsewhere = (0..blocks.len()).all(|index| !inside(index));
        elsewhere || chosen.iter().any(|index| inside(*index))
    });
}

/// Blocks that are due with the clients of due servers (alone a server has nothing to tell), and with what all of them
/// need; and the servers among these that not all of their clients come to.
fn completed(
    due: Vec<usize>,
    clients: &[(usize, BTreeSet<usize>)],
    candidates: &[Candidate],
) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let visits = |servers: &BTreeSet<usize>| due.iter().any(|index| servers.contains(index));
    let visitors = clients.iter().filter(|(_, servers)| visits(servers));
    let visitors: Vec<_> = visitors.map(|(client, _)| *client).collect();
    let chosen = with_needs([due, visitors].concat(), candidates);
    let absent = clients
        .iter()
        .filter(|(client, _)| !chosen.contains(client));
    let missed: BTreeSet<usize> = absent.flat_map(|(_, servers)| servers.clone()).collect();
    let partial = chosen.intersection(&missed).copied().collect();
    (chosen, partial)
}

/// How a document stands after a run. What was cut, or never had its turn, is due the next time.
fn stood(
    prints: &BTreeMap<usize, Print>,
    before: &BTreeMap<usize, Option<Stand>>,
    result: Option<&DocumentResult>,
) -> Standing {
    let ran = |index: usize| {
        let results = result.into_iter().flat_map(|result| &result.results);
        results
            .into_iter()
            .find(|result| result.block.index == index)
            .map(|result| match &result.verdict {
                Verdict::Passed => Some(Stand::Passed),
                Verdict::Failed(_) => Some(Stand::Failed),
                Verdict::Skipped(_) => Some(Stand::Skipped),
                Verdict::NotRun => None,
            })
    };
    let stands = prints.iter().filter_map(|(index, print)| {
        let before = before.get(index).copied().flatten();
        Some((*print, ran(*index).unwrap_or(before)?))
    });
    Standing {
        blocks: stands.collect(),
        refused: None,
    }
}

/// The print of what is wrong with a plan, and of the text that it is wrong in.
fn refusal(plan: &Plan) -> Print {
    let messages = plan.diagnostics.iter();
    let messages = messages.map(|Diagnostic { message, .. }| message.as_str());
    let words: Vec<&str> = std::iter::once(plan.source.text())
        .chain(messages)
        .collect();
    print_of(&words)
}

fn candidates(plan: &Plan) -> Vec<Candidate> {
    let blocks = plan.document.blocks.iter().zip(&plan.scripts);
    blocks
        .map(|(block, script)| Candidate::new(&plan.source, block, script))
        .collect()
}

fn env_files(path: &Path, settings: &Settings) -> BTreeSet<PathBuf> {
    let folder = folder_of(path);
    let paths = folder.map(|folder| env_paths(&folder, settings));
    paths.unwrap_or_default().into_iter().collect()
}

/// Crosses off what is done.
struct Following {
    listener: Arc<dyn Listener>,
    pass: Arc<Pass>,
}

impl Listener for Following {
    fn hear(&self, subject: &Subject, news: &News<'_>) {
        if let News::Finished { block, .. } = news {
            self.pass.unfinished().remove(&block.index);
        }
        self.listener.hear(subject, news);
    }

    fn pause(&self) {
        self.listener.pause();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;
    use crate::redact::Redacted;
    use crate::runner::{BlockInfo, BlockResult, Kept};
    use std::fs;
    use std::time::Duration;

    /// A document in a folder of its own.
    struct Case {
        folder: tempfile::TempDir,
        standing: Standing,
    }

    const TWO: &str = "---\nvoiden:\n  vars: {HOST: a, USER: ann}\n---\n\
        ```/wss-server s\nws://127.0.0.1:0/\n-- on text\n-> text ok\n```\n\n\
        ```/wss One\n{{s.url}}\n-> text {{USER}}\n<- text as T\n```\n\n\
        ```/wss Two\n{{s.url}}\n-> text @./two.txt\n<- text {{$any as got}}\n```\n\n\
        ```/wss Three\nws://{{HOST}}/\n-> text {{got}}\n```\n";

    impl Case {
        fn new(text: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("two.txt"), "two").unwrap();
            let case = Self {
                folder,
                standing: Standing::default(),
            };
            case.save("a.md", text);
            case
        }

        fn save(&self, name: &str, text: &str) {
            fs::write(self.folder.path().join(name), text).unwrap();
        }

        fn named(&self) -> Named {
            Named {
                shown: "a.md".to_owned(),
                path: self.folder.path().join("a.md"),
                selectors: Vec::new(),
                text: None,
            }
        }

        fn plan(&self) -> Plan {
            plan(&self.named(), Wanted::Blocks(&[]), &Settings::default()).unwrap()
        }

        /// The names of the blocks that run, as if they had, and of the servers that run in part.
        fn run(&mut self, which: Again, verdict: &Verdict) -> (Vec<String>, Vec<String>) {
            let mut plan = self.plan();
            let candidates = candidates(&plan);
            let prints = prints(&plan, &candidates).blocks;
            let stands = self.standing.of(&prints);
            choose(which, &stands, &mut plan, &candidates);
            let name = |index: &usize| plan.document.blocks[*index].name.clone();
            let results = plan.chosen.iter().map(|index| BlockResult {
                block: BlockInfo {
                    index: *index,
                    kind: BlockKind::Client,
                    name: plan.redactor.borrow().text(&name(index)),
                    line: 1,
                },
                verdict: verdict.clone(),
                sent: 0,
                received: 0,
                took: Duration::ZERO,
                kept: Kept::None,
            });
            let result = DocumentResult {
                results: results.collect(),
                ..DocumentResult::default()
            };
            self.standing = stood(&prints, &stands, Some(&result));
            let names = plan.chosen.iter().map(name).collect();
            (names, plan.partial.iter().map(name).collect())
        }

        fn changed(&mut self) -> String {
            let (names, partial) = self.run(Again::Changed, &Verdict::Passed);
            match partial.as_slice() {
                [] => names.join(" "),
                _ => format!("{} ({} in part)", names.join(" "), partial.join(" ")),
            }
        }
    }

    fn text() -> String {
        TWO.replace("<- text as T\n", "<- text ok\n")
    }

    /// Nobody.
    struct Deaf;

    impl Listener for Deaf {
        fn hear(&self, _: &Subject, _: &News<'_>) {}
    }

    #[test]
    fn a_document_in_the_middle_of_a_save_stands_as_it_stood() {
        let mut case = Case::new(&text());
        case.changed();
        case.save("a.md", "");
        assert!(look(&case.named(), &Settings::default()).is_none());
        let round = again(
            0,
            &case.named(),
            Again::Changed,
            &case.standing,
            &Settings::default(),
            &(Arc::new(Deaf) as Arc<dyn Listener>),
            &Arc::new(Pass::new(&Arc::default(), || {})),
        );
        assert!(round.result.is_none());
        case.standing = round.standing;
        case.save("a.md", &text().replace("-> text {{USER}}", "-> text x"));
        assert_eq!(case.changed(), "s One (s in part)");
    }

    #[test]
    fn only_what_was_edited_runs_with_what_it_needs() {
        let mut case = Case::new(&text());
        assert_eq!(case.changed(), "s One Two Three");
        assert_eq!(case.changed(), "");
        let edits = [
            ("prose", text() + "\nProse.\n", ""),
            (
                "one",
                text().replace("-> text {{USER}}", "-> text x"),
                "s One (s in part)",
            ),
            ("and back", text(), "s One (s in part)"),
            (
                "a user of values",
                text().replace("text {{got}}", "text x{{got}}"),
                "s Two Three (s in part)",
            ),
            (
                "a server",
                text().replace("-> text ok", "-> text yes"),
                "s One Two Three",
            ),
            (
                "a variable",
                text().replace("USER: ann", "USER: bob"),
                "s One Two Three",
            ),
            (
                "another",
                text().replace("USER: ann", "USER: eve"),
                "s One (s in part)",
            ),
            (
                "its transcript",
                text().replace("USER: ann", "USER: eve") + "\n```wss-log\nx\n```\n",
                "",
            ),
            (
                "a default",
                text().replace("  vars", "  timeout: 1s\n  vars"),
                "s One Two Three",
            ),
        ];
        for (what, edited, expected) in edits {
            case.save("a.md", &edited);
            assert_eq!(case.changed(), expected, "{what}");
        }
    }

    #[test]
    fn files_and_env_files_run_what_depends_on_them() {
        let mut case = Case::new(&text());
        case.changed();
        case.save("two.txt", "three");
        assert_eq!(case.changed(), "s Two (s in part)");
        case.save(".env", "USER=bob\nOTHER=1");
        assert_eq!(case.changed(), "s One (s in part)");
        case.save(".env", "USER=bob\nOTHER=2");
        assert_eq!(case.changed(), "");
        let plan = case.plan();
        let paths = prints(&plan, &candidates(&plan)).paths;
        let two = fs::canonicalize(case.folder.path())
            .unwrap()
            .join("two.txt");
        assert_eq!(paths, BTreeSet::from([two]));
    }

    #[test]
    fn what_failed_or_never_ran_is_remembered() {
        let mut case = Case::new(&text());
        let (all, _) = case.run(Again::Changed, &Verdict::Failed(Redacted::default()));
        assert_eq!(case.standing.failed(), 4);
        assert_eq!(case.changed(), "");
        assert_eq!(case.run(Again::Failed, &Verdict::Passed).0, all);
        assert_eq!(case.run(Again::Failed, &Verdict::Passed).0, [""; 0]);
        assert_eq!(case.run(Again::All, &Verdict::NotRun).0, all);
        assert_eq!(case.standing.passed(), 0);
        assert_eq!(case.changed(), all.join(" "));
    }

    #[test]
    fn a_second_block_like_the_first_is_a_new_one() {
        let block = "```/wss\nws://h/\n-> text a\n```\n\n";
        let mut case = Case::new(block);
        assert_eq!(case.changed(), "line 1");
        case.save("a.md", &block.repeat(2));
        assert_eq!(case.changed(), "line 6");
    }

    #[test]
    fn a_run_is_overtaken_by_an_edit_of_what_is_not_done() {
        let case = Case::new(&text());
        let look = || look(&case.named(), &Settings::default()).unwrap();
        let pass = Pass::new(&Arc::default(), || {});
        *pass.unfinished() = look().prints.into_iter().enumerate().collect();
        case.save(
            "a.md",
            &(text().replace("HOST: a, ", "HOST: a,  ") + "\nProse.\n"),
        );
        assert!(!pass.is_overtaken(&look()));
        case.save("a.md", &text().replace("{{USER}}", "x"));
        assert!(pass.is_overtaken(&look()));
        pass.unfinished().remove(&1);
        assert!(!pass.is_overtaken(&look()));
        fs::remove_file(case.named().path).unwrap();
        assert!(pass.is_overtaken(&look()));
    }
}
