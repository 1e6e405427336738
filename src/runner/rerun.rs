//! A document that runs again and again: which of its blocks are due, and whether a run has been overtaken by an edit.
//! Tells edits by content; refuses to know how it was learnt that a file changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::active_run::{ActiveRun, DocumentSnapshot, Following};
use super::document_run::{GateDecision, Shared};
use super::document_status::{BlockStatus, DocumentStatus, status_after};
use super::entry::run_one;
use super::execution::Purpose;
use super::fingerprint::{Fingerprint, fingerprint_of, fingerprints};
use super::folder::folder_of;
use super::plan::{Plan, plan_named};
use super::ports::{HeldPorts, PortGrant};
use super::select::{Candidate, Wanted, clients, with_needs};
use super::variables::env_paths;
use super::{DocumentResult, Named, Reporter, Settings};
use crate::diagnostic::Diagnostic;

/// Which blocks are to run, with what they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RerunScope {
    /// Those that were edited, or depend on something that was, since they ran.
    Changed,
    /// Those that failed besides.
    Failed,
    /// All.
    All,
}

impl RerunScope {
    fn takes(self, stand: Option<BlockStatus>) -> bool {
        match stand {
            None => true,
            Some(BlockStatus::Failed) => self >= Self::Failed,
            Some(BlockStatus::Passed | BlockStatus::Skipped) => self == Self::All,
        }
    }
}

/// Looks at a document. One that cannot be read has no block as it was; `None`: it is in the middle of a save.
#[must_use]
pub fn snapshot(named: &Named, settings: &Settings) -> Option<DocumentSnapshot> {
    let Ok(plan) = plan_named(named, Wanted::Blocks(&named.selectors), settings) else {
        return Some(DocumentSnapshot::default());
    };
    if is_mid_save(&plan) {
        return None;
    }
    let fingerprints = fingerprints(&plan, &candidates(&plan)).blocks;
    Some(DocumentSnapshot {
        fingerprints: fingerprints.into_values().collect(),
    })
}

/// Most editors empty a file before they write it, and may be seen in between.
fn is_mid_save(plan: &Plan) -> bool {
    plan.source.text().is_empty()
}

/// What came of a run.
#[derive(Debug)]
pub struct Rerun {
    /// How the document stands now.
    pub status: DocumentStatus,
    /// What came of it; `None`: nothing was due.
    pub result: Option<DocumentResult>,
    /// The files that it depends on, there or not.
    pub paths: BTreeSet<PathBuf>,
}

/// Runs what is due of a document.
#[must_use]
pub fn rerun(
    place: usize,
    named: &Named,
    which: RerunScope,
    status: &DocumentStatus,
    settings: &Settings,
    reporter: &Arc<dyn Reporter>,
    active: &Arc<ActiveRun>,
) -> Rerun {
    let mut due = Due {
        place,
        which,
        before: status,
        active,
        paths: env_files(named, settings),
        fingerprints: BTreeMap::new(),
        statuses: BTreeMap::new(),
        status: status.clone(),
    };
    let following: Arc<dyn Reporter> = Arc::new(Following {
        reporter: Arc::clone(reporter),
        active: Arc::clone(active),
    });
    let shared = Shared {
        settings,
        reporter: &following,
        stop: &active.stop.subscribe(),
        bailed: &AtomicBool::new(false),
    };
    let mut gate = |planned: &mut Result<Plan, String>| due.admit(planned);
    let result = run_one(place, named, shared, Purpose::Run, &mut gate);
    due.rerun(result)
}

/// Decides which blocks of a document are due, and how it stands when they have run.
struct Due<'a> {
    place: usize,
    which: RerunScope,
    before: &'a DocumentStatus,
    active: &'a ActiveRun,
    paths: BTreeSet<PathBuf>,
    /// Of the blocks that may run.
    fingerprints: BTreeMap<usize, Fingerprint>,
    statuses: BTreeMap<usize, Option<BlockStatus>>,
    /// How the document stands unless something runs.
    status: DocumentStatus,
}

impl Due<'_> {
    fn admit(&mut self, planned: &mut Result<Plan, String>) -> GateDecision {
        let plan = match planned {
            Err(why) => return self.refuse(fingerprint_of(&[why])),
            Ok(plan) if plan.is_refused() => {
                self.paths
                    .extend(fingerprints(plan, &candidates(plan)).paths);
                return self.refuse(refusal(plan));
            }
            Ok(plan) => plan,
        };
        if is_mid_save(plan) {
            // What stood before still stands afterwards.
            return GateDecision::Leave;
        }
        let candidates = candidates(plan);
        let fingerprints = fingerprints(plan, &candidates);
        self.paths.extend(fingerprints.paths);
        self.fingerprints = fingerprints.blocks;
        self.statuses = self.before.of(&self.fingerprints);
        choose(self.which, &self.statuses, plan, &candidates);
        self.status = status_after(&self.fingerprints, &self.statuses, None);
        if plan.chosen.is_empty() {
            return GateDecision::Leave;
        }
        let due = |index: &usize| plan.chosen.contains(index);
        let due = self.fingerprints.iter().filter(|(index, _)| due(index));
        *self.active.unfinished() = due
            .map(|(index, fingerprint)| (*index, *fingerprint))
            .collect();
        (self.active.begun)();
        let fixed = plan.fixed_ports();
        // A run that was stopped while it waited does nothing, and its blocks stay due.
        let stopped = || self.active.is_stopped();
        match self.active.ports.take(self.place, &fixed, stopped) {
            PortGrant::AtOnce(held) | PortGrant::InTurn(held) => GateDecision::Run(held),
            PortGrant::GivenUp => GateDecision::Run(HeldPorts::default()),
        }
    }

    /// What is wrong is told once.
    fn refuse(&mut self, refusal: Fingerprint) -> GateDecision {
        let known = self.before.refused == Some(refusal) && self.which == RerunScope::Changed;
        self.status.refused = Some(refusal);
        if known {
            return GateDecision::Leave;
        }
        GateDecision::Run(HeldPorts::default())
    }

    fn rerun(self, result: Option<DocumentResult>) -> Rerun {
        let ran = result.as_ref().filter(|_| !self.fingerprints.is_empty());
        let status = match ran {
            Some(result) => DocumentStatus {
                refused: result.refused.then(|| fingerprint_of(&["while it ran"])),
                ..status_after(&self.fingerprints, &self.statuses, Some(result))
            },
            None => self.status,
        };
        Rerun {
            status,
            result,
            paths: self.paths,
        }
    }
}

/// Chooses the blocks that are due, with what they need, and leaves in the plan what concerns them.
fn choose(
    which: RerunScope,
    statuses: &BTreeMap<usize, Option<BlockStatus>>,
    plan: &mut Plan,
    candidates: &[Candidate],
) {
    let due = statuses.iter().filter(|(_, stand)| which.takes(**stand));
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

/// The fingerprint of what is wrong with a plan, and of the text that it is wrong in.
fn refusal(plan: &Plan) -> Fingerprint {
    let messages = plan.diagnostics.iter();
    let messages = messages.map(|Diagnostic { message, .. }| message.as_str());
    let words: Vec<&str> = std::iter::once(plan.source.text())
        .chain(messages)
        .collect();
    fingerprint_of(&words)
}

fn candidates(plan: &Plan) -> Vec<Candidate> {
    let blocks = plan.document.blocks.iter().zip(&plan.scripts);
    blocks
        .map(|(block, script)| Candidate::new(&plan.source, block, script))
        .collect()
}

fn env_files(named: &Named, settings: &Settings) -> BTreeSet<PathBuf> {
    let folder = folder_of(&named.path);
    let paths = folder.map(|folder| env_paths(&folder, settings));
    paths.unwrap_or_default().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;
    use crate::redact::Redacted;
    use crate::runner::{BlockInfo, BlockResult, Kept, News, ReportedDocument, Verdict};
    use std::fs;
    use std::time::Duration;

    /// A document in a folder of its own.
    struct Case {
        folder: tempfile::TempDir,
        status: DocumentStatus,
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
                status: DocumentStatus::default(),
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
            plan_named(&self.named(), Wanted::Blocks(&[]), &Settings::default()).unwrap()
        }

        /// The names of the blocks that run, as if they had, and of the servers that run in part.
        fn run(&mut self, which: RerunScope, verdict: &Verdict) -> (Vec<String>, Vec<String>) {
            let mut plan = self.plan();
            let candidates = candidates(&plan);
            let fingerprints = fingerprints(&plan, &candidates).blocks;
            let statuses = self.status.of(&fingerprints);
            choose(which, &statuses, &mut plan, &candidates);
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
            self.status = status_after(&fingerprints, &statuses, Some(&result));
            let names = plan.chosen.iter().map(name).collect();
            (names, plan.partial.iter().map(name).collect())
        }

        fn changed(&mut self) -> String {
            let (names, partial) = self.run(RerunScope::Changed, &Verdict::Passed);
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

    impl Reporter for Deaf {
        fn hear(&self, _: &ReportedDocument, _: &News<'_>) {}
    }

    #[test]
    fn a_document_in_the_middle_of_a_save_stands_as_it_stood() {
        let mut case = Case::new(&text());
        case.changed();
        case.save("a.md", "");
        assert!(snapshot(&case.named(), &Settings::default()).is_none());
        let rerun = rerun(
            0,
            &case.named(),
            RerunScope::Changed,
            &case.status,
            &Settings::default(),
            &(Arc::new(Deaf) as Arc<dyn Reporter>),
            &Arc::new(ActiveRun::new(&Arc::default(), || {})),
        );
        assert!(rerun.result.is_none());
        case.status = rerun.status;
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
        let paths = fingerprints(&plan, &candidates(&plan)).paths;
        let two = fs::canonicalize(case.folder.path())
            .unwrap()
            .join("two.txt");
        assert_eq!(paths, BTreeSet::from([two]));
    }

    #[test]
    fn what_failed_or_never_ran_is_remembered() {
        let mut case = Case::new(&text());
        let (all, _) = case.run(RerunScope::Changed, &Verdict::Failed(Redacted::default()));
        assert_eq!(case.status.failed(), 4);
        assert_eq!(case.changed(), "");
        assert_eq!(case.run(RerunScope::Failed, &Verdict::Passed).0, all);
        assert_eq!(case.run(RerunScope::Failed, &Verdict::Passed).0, [""; 0]);
        assert_eq!(case.run(RerunScope::All, &Verdict::NotRun).0, all);
        assert_eq!(case.status.passed(), 0);
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
        let now = || snapshot(&case.named(), &Settings::default()).unwrap();
        let active = ActiveRun::new(&Arc::default(), || {});
        *active.unfinished() = now().fingerprints.into_iter().enumerate().collect();
        case.save(
            "a.md",
            &(text().replace("HOST: a, ", "HOST: a,  ") + "\nProse.\n"),
        );
        assert!(!active.is_overtaken(&now()));
        case.save("a.md", &text().replace("{{USER}}", "x"));
        assert!(active.is_overtaken(&now()));
        active.unfinished().remove(&1);
        assert!(!active.is_overtaken(&now()));
        fs::remove_file(case.named().path).unwrap();
        assert!(active.is_overtaken(&now()));
    }
}
