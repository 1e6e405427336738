//! A block that many clients run again and again: what its sessions are made of. It goes to other threads, and each makes
//! sessions of it there. Knows no figures.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::client::unbegun;
use super::execution::Execution;
use super::folder::Folder;
use super::plan::mapped;
use super::target_steps::{TargetStep, steps};
use super::{BlockInfo, Findings, Network, Settings, missing};
use crate::diagnostic::Diagnostic;
use crate::document::{Block, BlockKind};
use crate::handshake::CookieJar;
use crate::interpreter::{self, Environment, Interrupt, MadeMatchers, Measure};
use crate::protocol::{Bytes, Event, Failure, SessionOutcome};
use crate::redact::Redactor;
use crate::script::{
    Call, Files, Fill, Generator, Options, Part, Scope, Script, Unreadable, Value,
};
use crate::source::{Source, Span};

/// A block that many clients run.
#[derive(Clone)]
pub struct Target {
    parts: Arc<Parts>,
}

/// What the clients of all threads share; nothing in it changes.
struct Parts {
    block: BlockInfo,
    text: Block,
    source: Source,
    script: Script,
    /// What each client runs first, in order.
    before: Vec<Script>,
    steps: Vec<TargetStep>,
    variables: Vec<(String, Value)>,
    cookies: CookieJar,
    trusted: Vec<Bytes>,
    files: Folder,
    settings: Settings,
    redactor: Redactor,
}

/// A target on one thread.
pub struct TargetHere {
    parts: Arc<Parts>,
    script: Rc<Script>,
    before: Vec<Rc<Script>>,
    /// What every session has the same of, where the options do not vary and no other script runs before.
    same: Option<SameEachTime>,
    scope: Rc<Scope>,
    files: Rc<ReadOnce>,
    network: Network,
    stop: watch::Receiver<bool>,
}

/// What every session of a target has the same.
struct SameEachTime {
    options: Rc<Options>,
    matchers: Rc<MadeMatchers>,
}

/// One of the clients that run a target.
pub struct TargetClient {
    number: u64,
    generator: Rc<RefCell<Generator>>,
    cookies: Rc<RefCell<CookieJar>>,
    /// What the blocks kept that it ran before.
    scope: Rc<Scope>,
    is_ready: Cell<bool>,
}

/// What is heard of sessions.
#[derive(Clone)]
pub struct SessionEars {
    /// Hears every event.
    pub listen: Rc<dyn Fn(Event)>,
    /// Hears how long things take.
    pub measure: Rc<dyn Measure>,
}

impl Target {
    /// The block at `index`; with `each` every client runs the blocks before it.
    ///
    /// # Errors
    /// The block cannot begin: what is wrong, in the document.
    pub(super) fn new(
        run: &Execution<'_>,
        index: usize,
        each: bool,
    ) -> Option<Result<Self, Diagnostic>> {
        let plan = run.plan;
        let block = plan.document.blocks.get(index)?;
        let script = plan.scripts.get(index)?;
        let before = plan.clients().filter(|(earlier, ..)| *earlier < index);
        let before = before.filter(|_| each);
        let names = plan.scope.names().into_iter();
        let target = Self {
            parts: Arc::new(Parts {
                block: run.info(index, block),
                text: block.clone(),
                source: plan.source.clone(),
                script: Script::clone(script),
                before: before.map(|(_, _, script)| Script::clone(script)).collect(),
                steps: steps(plan, block, script),
                variables: names
                    .filter_map(|name| Some((name.clone(), plan.scope.get(&name)?)))
                    .collect(),
                cookies: run.cookies.borrow().clone(),
                trusted: run.trusted.borrow().clone(),
                files: Folder::clone(&plan.files),
                settings: run.settings.clone(),
                redactor: plan.redactor.borrow().clone(),
            }),
        };
        Some(match target.wrong(run, index) {
            Some(wrong) => Err(wrong),
            None => Ok(target),
        })
    }

    /// What keeps every session from beginning.
    fn wrong(&self, run: &Execution<'_>, index: usize) -> Option<Diagnostic> {
        let Parts {
            script,
            text,
            before,
            ..
        } = &*self.parts;
        if !before.is_empty() {
            return None;
        }
        let (options, wrong) = run.plan.options(script, &run.plan.scope);
        if let Some(reason) = &options.skip {
            let line = script.options.iter().find(|line| line.name.text == "skip");
            let span = line.map_or(script.url.span, |line| line.value.span);
            let skipped = Diagnostic::error(span, format!("it is skipped: {reason}"));
            return mapped(text, &[skipped]).next();
        }
        let earlier = run.plan.clients();
        let earlier = earlier.take_while(|(earlier, ..)| *earlier < index);
        let earlier = earlier.map(|(_, block, script)| (block.name.as_str(), &**script));
        let missing = missing::value(script, text.body.text(), &run.plan.scope, earlier);
        let wrong = missing.or_else(|| wrong.into_iter().find(Diagnostic::is_error))?;
        mapped(text, &[wrong]).next()
    }

    /// Which block it is.
    #[must_use]
    pub fn block(&self) -> &BlockInfo {
        &self.parts.block
    }

    /// What is measured of it, in order.
    #[must_use]
    pub fn steps(&self) -> &[TargetStep] {
        &self.parts.steps
    }

    /// What failed, as diagnostics of the document; `secrets` are those that the session has made, with their names.
    pub fn tell_failure(
        &self,
        failure: &Failure,
        secrets: &[(Arc<str>, Arc<str>)],
        tell: impl FnOnce(Findings<'_>),
    ) {
        let Parts {
            source,
            text,
            redactor,
            ..
        } = &*self.parts;
        let mut redactor = redactor.clone();
        for (name, value) in secrets {
            redactor.add(name, value);
        }
        let told: Vec<_> = failure.each().collect();
        let told: Vec<_> = told
            .into_iter()
            .map(|failure| Diagnostic {
                hint: failure.hint,
                ..Diagnostic::error(text.body.span(failure.span), failure.reason)
            })
            .collect();
        tell(Findings::new(source, &told, &redactor));
    }

    /// The target on this thread, with the thread's network. Its sessions end once `stop` is true.
    #[must_use]
    pub fn here(&self, network: Network, stop: watch::Receiver<bool>) -> TargetHere {
        let parts = Arc::clone(&self.parts);
        let scope = Rc::new(Scope::default());
        for (name, value) in &parts.variables {
            scope.set(name.clone(), value.clone());
        }
        let files = Rc::new(ReadOnce {
            folder: parts.files.clone(),
            read: RefCell::default(),
        });
        let mut here = TargetHere {
            script: Rc::new(parts.script.clone()),
            before: parts.before.iter().cloned().map(Rc::new).collect(),
            same: None,
            scope,
            files,
            network,
            stop,
            parts,
        };
        if here.before.is_empty() && !vary(&here.script) {
            let client = here.client(1);
            let (options, _) = here.options(&here.script, &here.scope, &client);
            here.same = Some(SameEachTime {
                options: Rc::new(options),
                matchers: Rc::default(),
            });
        }
        here
    }
}

impl TargetHere {
    /// A client; the first one is number 1.
    #[must_use]
    pub fn client(&self, number: u64) -> TargetClient {
        let Settings { seed, clock, .. } = &self.parts.settings;
        let seed = seed.map(|seed| {
            let place = (self.parts.block.index as u64).wrapping_add(number << 20);
            seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        });
        TargetClient {
            number,
            generator: Rc::new(RefCell::new(Generator::new(seed, clock.clone()))),
            cookies: Rc::new(RefCell::new(self.parts.cookies.clone())),
            scope: Rc::new(Scope::over(&self.scope)),
            is_ready: Cell::new(self.before.is_empty()),
        }
    }

    /// One session of a client. Before its first one the client runs the blocks that each client is to run.
    pub async fn session(&self, client: &TargetClient, ears: &SessionEars) -> SessionOutcome {
        if !client.is_ready.get() {
            let ears = SessionEars {
                measure: Rc::new(Unmeasured),
                ..ears.clone()
            };
            for script in &self.before {
                let scope = Rc::new(Scope::over(&client.scope));
                let outcome = Box::pin(self.run(script, &scope, client, &ears)).await;
                if outcome.failure.is_some() || outcome.interrupted {
                    return outcome;
                }
                let keeps = script.keeps();
                scope.hand_over(&client.scope, |name| keeps.contains(name));
            }
            client.is_ready.set(true);
        }
        let scope = Rc::new(Scope::over(&client.scope));
        self.run(&self.script, &scope, client, ears).await
    }

    async fn run(
        &self,
        script: &Rc<Script>,
        scope: &Rc<Scope>,
        client: &TargetClient,
        ears: &SessionEars,
    ) -> SessionOutcome {
        let same = self.same.as_ref();
        let options = if let Some(same) = same {
            Rc::clone(&same.options)
        } else {
            let (options, wrong) = self.options(script, scope, client);
            if let Some(wrong) = wrong.into_iter().find(Diagnostic::is_error) {
                return unbegun(wrong);
            }
            Rc::new(options)
        };
        if options.skip.is_some() {
            return SessionOutcome {
                failure: None,
                took: Duration::ZERO,
                interrupted: false,
            };
        }
        let environment = Environment {
            matchers: same.map(|same| Rc::clone(&same.matchers)),
            ..self.environment(&options, scope, client, ears)
        };
        interpreter::run(Rc::clone(script), options, Rc::new(environment)).await
    }

    fn options(
        &self,
        script: &Script,
        scope: &Scope,
        client: &TargetClient,
    ) -> (Options, Vec<Diagnostic>) {
        let mut filling = Fill::new(scope, &client.generator, &*self.files);
        filling.instance = client.number;
        Options::read(script, &filling)
    }

    fn environment(
        &self,
        options: &Options,
        scope: &Rc<Scope>,
        client: &TargetClient,
        ears: &SessionEars,
    ) -> Environment {
        let Parts {
            settings,
            trusted,
            files,
            ..
        } = &*self.parts;
        let reach = settings.reach.clone();
        Environment {
            scope: Rc::clone(scope),
            generator: Rc::clone(&client.generator),
            files: Rc::clone(&self.files) as _,
            dial: Rc::clone(&self.network.dial),
            tls: crate::dial::Tls {
                trusted: trusted.clone(),
                ..files.tls(options)
            },
            reach: match files.root() {
                Some(root) => reach.with_folder(root.to_owned()),
                None => reach,
            },
            cookies: Rc::clone(&client.cookies),
            shown_url: Rc::new(str::to_owned),
            listen: Rc::clone(&ears.listen),
            measure: Some(Rc::clone(&ears.measure)),
            matchers: None,
            instance: client.number,
            interrupt: Interrupt::new(self.stop.clone()),
        }
    }
}

/// Files that are read from the disk once.
struct ReadOnce {
    folder: Folder,
    read: RefCell<BTreeMap<String, Bytes>>,
}

impl Files for ReadOnce {
    fn read(&self, path: &str) -> Result<Bytes, Unreadable> {
        if let Some(bytes) = self.read.borrow().get(path) {
            return Ok(bytes.clone());
        }
        let bytes = self.folder.read(path)?;
        let mut read = self.read.borrow_mut();
        read.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }
}

/// Takes no notice of how long things take.
pub(super) struct Unmeasured;

impl Measure for Unmeasured {
    fn opened(&self, _: Duration) {}
    fn met(&self, _: Span, _: Duration) {}
}

/// Whether options may be others in each session: something in them is made anew.
fn vary(script: &Script) -> bool {
    let mut parts = script.options.iter().flat_map(|line| &line.value.parts);
    parts.any(|part| match part {
        Part::Placeholder(placeholder) => !matches!(placeholder.call, Call::Variable(_)),
        Part::Literal(..) => false,
    })
}

/// Whether a block is one that clients run.
pub(super) fn is_of_clients(kind: BlockKind) -> bool {
    !kind.is_server()
}
