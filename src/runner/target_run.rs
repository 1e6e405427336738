//! Gives a block to many clients: runs what it needs once, and hands it over while the document's servers serve.

use std::sync::atomic::AtomicBool;

use super::document_run::{DocumentRun, Shared};
use super::entry::at_once;
use super::execute::while_served;
use super::execution::{Execution, Purpose};
use super::plan::{Plan, read};
use super::target::{Target, is_of_clients};
use super::target_steps::TargetPlan;
use super::{DocumentResult, Named, Network, Runner, Selector, client};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Document};
use crate::source::Source;

/// Why a block was not handed over. It was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLoaded {
    /// Something could not run.
    Refused,
    /// A block that it takes values from has failed.
    Failed,
    /// An interrupt came before.
    Interrupted,
}

impl Runner {
    /// Runs what a block needs, once, and hands the block over while the document's servers serve; with `each` its clients
    /// run the earlier blocks. Nothing runs unless `accept` says so. On a runtime of its own.
    ///
    /// # Errors
    /// Why it was not handed over.
    pub fn load<T>(
        &self,
        document: &Named,
        each: bool,
        accept: impl FnOnce(&TargetPlan) -> bool,
        drive: impl AsyncFnOnce(Target) -> T,
    ) -> Result<T, NotLoaded> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        // What it failed for is the machine's fault, and would fail everything else.
        let runtime = runtime.map_err(|_| NotLoaded::Refused)?;
        let network = Network::of_machine(self.settings());
        let loaded = runtime.block_on(self.load_on(&network, document, each, accept, drive));
        // An expression that runs for ever is left behind, and not waited for.
        runtime.shutdown_background();
        loaded
    }

    /// The same on the caller's runtime and network, with the caller's clock.
    ///
    /// # Errors
    /// Why it was not handed over.
    #[doc(hidden)]
    pub async fn load_on<T>(
        &self,
        network: &Network,
        document: &Named,
        each: bool,
        accept: impl FnOnce(&TargetPlan) -> bool,
        drive: impl AsyncFnOnce(Target) -> T,
    ) -> Result<T, NotLoaded> {
        let bailed = AtomicBool::new(false);
        let shared = self.shared(&bailed);
        let text = read(document);
        let parsed = text.map(|text| (document::parse(text.text()), text));
        let one =
            parsed.and_then(|(parsed, text)| Ok((one_block(document, &parsed)?, parsed, text)));
        let mut gate = at_once;
        let network = network.clone();
        let named = one.as_ref().map_or(document, |(named, ..)| named).clone();
        let mut run = DocumentRun::new(0, &named, shared, Purpose::Load, network, &mut gate);
        let loaded = match one {
            Ok((_, parsed, text)) => match planned(&mut run, parsed, text, accept) {
                Ok((plan, index)) => loaded(&mut run, &plan, index, each, shared, drive).await,
                Err(why) => Err(why),
            },
            Err(sentence) => {
                let _ = run.refuse(sentence);
                Err(NotLoaded::Refused)
            }
        };
        let _: DocumentResult = run.end();
        loaded
    }
}

/// The document with the one block that is named, or that it has.
fn one_block(named: &Named, document: &Document) -> Result<Named, String> {
    let clients = document.blocks.iter();
    let clients: Vec<_> = clients.filter(|block| is_of_clients(block.kind)).collect();
    let selectors = match (named.selectors.as_slice(), clients.as_slice()) {
        ([one], _) => vec![one.clone()],
        ([], [one]) => vec![Selector::Name(one.name.clone())],
        ([], []) => return Err("there is no /wss or /http block in it".to_owned()),
        ([], [first, ..]) => {
            let count = clients.len();
            let name = &first.name;
            let file = &named.shown;
            return Err(format!(
                "it has {count} blocks that clients can run: name one of them, as in '{file}#{name}'"
            ));
        }
        _ => return Err("one block at a time can be loaded".to_owned()),
    };
    Ok(Named {
        selectors,
        ..named.clone()
    })
}

/// The plan, and the place of the block that is to be handed over, if `accept` takes it.
fn planned(
    run: &mut DocumentRun<'_>,
    document: Document,
    source: Source,
    accept: impl FnOnce(&TargetPlan) -> bool,
) -> Result<(Plan, usize), NotLoaded> {
    let plan = run.plan(source, document);
    let plan = plan.map_err(|_| NotLoaded::Refused)?;
    // All others are there because it needs them, and stand above it.
    let index = plan.clients().last().map(|(index, ..)| index);
    let Some(index) = index else {
        run.remark("that block is a server: clients run a /wss or a /http block");
        return Err(NotLoaded::Refused);
    };
    let is_taken = TargetPlan::new(&plan, index).is_some_and(|planned| accept(&planned));
    if is_taken {
        Ok((plan, index))
    } else {
        Err(NotLoaded::Refused)
    }
}

async fn loaded<T>(
    run: &mut DocumentRun<'_>,
    plan: &Plan,
    index: usize,
    each: bool,
    shared: Shared<'_>,
    drive: impl AsyncFnOnce(Target) -> T,
) -> Result<T, NotLoaded> {
    let execution = Execution::new(plan, &run.context);
    let done = while_served(&execution, async {
        prepare(&execution, plan, index, each).await?;
        if *shared.stop.borrow() {
            return Err(Hindrance::Told(NotLoaded::Interrupted));
        }
        let target = Target::new(&execution, index, each);
        let target = target.ok_or(Hindrance::Told(NotLoaded::Refused))?;
        Ok(drive(target.map_err(Hindrance::Wrong)?).await)
    })
    .await;
    drop(execution);
    match done {
        Ok(Some(Ok(done))) => Ok(done),
        Ok(Some(Err(Hindrance::Told(why)))) => Err(why),
        Ok(None) => Err(NotLoaded::Refused),
        Ok(Some(Err(Hindrance::Wrong(wrong)))) | Err(wrong) => {
            run.tell_wrong(plan, wrong);
            Err(NotLoaded::Refused)
        }
    }
}

/// What keeps a block from being handed over.
enum Hindrance {
    /// It was told.
    Told(NotLoaded),
    /// What is wrong, in the document.
    Wrong(Diagnostic),
}

/// Runs the blocks that the one at `index` takes values from.
async fn prepare(
    run: &Execution<'_>,
    plan: &Plan,
    index: usize,
    each: bool,
) -> Result<(), Hindrance> {
    let earlier = plan.clients().filter(|(earlier, ..)| *earlier < index);
    for (index, block, script) in earlier.filter(|_| !each) {
        if run.is_over() {
            return Err(Hindrance::Told(NotLoaded::Interrupted));
        }
        client::client(run, index, block, script).await;
        run.settle().await;
        if run.has_failed() {
            return Err(Hindrance::Told(NotLoaded::Failed));
        }
    }
    Ok(())
}
