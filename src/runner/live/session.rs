//! Runs a document's servers, the earlier blocks that its one block takes values from, and then that block's connections
//! with the steps that come.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::command::{LiveCommand, LiveListener, LiveNews, LiveOutcome, LiveStatus};
use super::driver::Driver;
use super::entry::EntryReader;
use super::origin::{LiveOrigin, with_defaults};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Block, BlockKind};
use crate::interpreter::{Environment, LiveSession, run_live};
use crate::protocol::{Event, EventKind};
use crate::redact::Redactor;
use crate::runner::client::{client, earlier, not_begun};
use crate::runner::document_run::{announced, empty_result, remark, tell_diagnostics};
use crate::runner::execute::execute_with;
use crate::runner::execution::{Context, Execution};
use crate::runner::plan::{self, Plan};
use crate::runner::select::Wanted;
use crate::runner::{Named, News, missing};
use crate::script::{Fill, Options, Scope, Script, Value};

/// What drives a live session, and hears it.
pub(in crate::runner) struct LiveRun {
    pub(in crate::runner) commands: mpsc::UnboundedReceiver<LiveCommand>,
    pub(in crate::runner) listener: Arc<dyn LiveListener>,
}

/// Runs the one block that a document's selectors name.
pub(in crate::runner) async fn run_live_document(
    named: &Named,
    context: &Context<'_>,
    live: LiveRun,
) -> LiveOutcome {
    let refused = LiveOutcome {
        refused: true,
        failed: false,
    };
    let voice = &context.voice;
    voice.tell(&News::Begun);
    let planned = plan::read(named).and_then(|source| {
        let document = document::parse(source.text());
        let wanted = Wanted::Live(&named.selectors);
        plan::plan(named, source, document, wanted, context.settings)
    });
    let Some(plan) = announced(planned, voice, &mut empty_result(named)) else {
        return refused;
    };
    if plan.is_refused() {
        return refused;
    }
    let target = match target(&plan) {
        Ok(target) => target,
        Err(sentence) => {
            remark(voice, &plan.redactor.borrow(), &sentence, true);
            return refused;
        }
    };
    let outcome = Cell::new(LiveOutcome::default());
    let executed = execute_with(Execution::new(&plan, context), async |run| {
        for (index, block, script) in plan.clients() {
            if run.is_over() {
                return;
            }
            if index == target {
                let live = live_block(run, index, block, script, live);
                return outcome.set(Box::pin(live).await);
            }
            Box::pin(client(run, index, block, script)).await;
            run.settle().await;
        }
    })
    .await;
    if let Err(wrong) = executed {
        tell_diagnostics(&plan, voice, &[wrong]);
        return refused;
    }
    outcome.get()
}

/// The last of the clients that were chosen: what comes before it is what it needs.
fn target(plan: &Plan) -> Result<usize, String> {
    let last = plan.clients().last();
    match last {
        Some((index, block, _)) if block.kind == BlockKind::Client => Ok(index),
        Some((_, block, _)) => Err(format!(
            "`{}` is a request, which leaves no connection open: `voiden run` runs it",
            block.name
        )),
        None => Err("there is no block to connect to: `voiden serve` runs servers".to_owned()),
    }
}

async fn live_block(
    run: &Execution<'_>,
    index: usize,
    block: &Block,
    script: &Rc<Script>,
    live: LiveRun,
) -> LiveOutcome {
    let info = run.info(index, block);
    let scope = Rc::new(Scope::over(&run.plan.scope));
    let generator = run.generator(index);
    let filling = Fill::new(&scope, &generator, &*run.plan.files);
    let (options, wrong) = Options::read(script, &filling);
    let sink = run.live_sink(&info, &options, script, &scope);
    run.tell_ports(&sink);
    let earlier = earlier(run, index);
    let missing = missing::value(script, block.body.text(), &run.plan.scope, earlier);
    let wrong = wrong.into_iter().find(Diagnostic::is_error);
    if let Some(wrong) = missing.or(wrong) {
        let outcome = not_begun(&sink, wrong);
        run.finish(info, block, &sink, &outcome);
        return LiveOutcome {
            refused: false,
            failed: true,
        };
    }
    let secrets = run.plan.redactor.borrow().known();
    let origin = LiveOrigin::new(run.plan, index);
    let head = head_of(block.body.text(), script);
    let hidden = live.listener.hear(&LiveNews::Head {
        text: &with_defaults(head, origin.defaults()),
        origin: &origin,
        script,
        variables: &variables(run, &secrets),
        secrets: &secrets,
        block: &info,
        began: sink.began(),
    });
    for (name, value) in hidden {
        run.plan.redactor.borrow_mut().add(&name, &value);
    }
    let environment = run.environment(Rc::clone(&scope), generator, &options, &sink);
    let LiveRun { commands, listener } = live;
    let environment = heard(environment, &run.plan.redactor, &listener);
    let mut driver = Driver {
        reader: EntryReader {
            plan: run.plan,
            script,
            scope: &scope,
        },
        packing: options.packing.clone(),
        run,
        sink: &sink,
        block,
        listener,
        known: std::collections::BTreeMap::new(),
        commands,
        waiting: VecDeque::new(),
        linger: options.linger,
    };
    let (options, environment) = (Rc::new(options), Rc::new(environment));
    let drive = async |session: &LiveSession| driver.drive(session).await;
    let outcome = Box::pin(run_live(Rc::clone(script), options, environment, drive)).await;
    run.finish_live(info, &sink, &outcome);
    LiveOutcome {
        refused: false,
        failed: outcome.failure.is_some(),
    }
}

/// The variables that are no secrets, and no places of servers.
fn variables(run: &Execution<'_>, secrets: &[(String, String)]) -> Vec<(String, String)> {
    let origins = run.plan.origins.iter().filter(|origin| !origin.secret);
    let variable = |name: &String| match run.plan.scope.get(name)? {
        Value::Text(value) => Some((name.clone(), value)),
        _ => None,
    };
    let is_plain = |(name, _): &(String, String)| {
        !secrets.iter().any(|(secret, _)| secret == name) && !name.starts_with("env.")
    };
    let variables = origins.filter_map(|origin| variable(&origin.name));
    variables.filter(is_plain).collect()
}

/// The lines above a script's steps.
fn head_of<'a>(text: &'a str, script: &Script) -> &'a str {
    let steps = script.steps.iter().map(|step| step.span.start);
    let handlers = script.handlers.iter().map(|handler| handler.span.start);
    let end = steps.chain(handlers).min().unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The environment whose events the listener hears first, and may hide something of.
fn heard(
    environment: Environment,
    redactor: &Rc<RefCell<Redactor>>,
    listener: &Arc<dyn LiveListener>,
) -> Environment {
    let (redactor, listener) = (Rc::clone(redactor), Arc::clone(listener));
    let pass = Rc::clone(&environment.listen);
    let open = Cell::new(0_usize);
    let listen = move |event: Event| {
        let before = open.get();
        match &event.kind {
            EventKind::Connected(_) => open.set(before + 1),
            EventKind::Disconnected(_) => open.set(before.saturating_sub(1)),
            _ => {}
        }
        let status = match (&event.kind, before, open.get()) {
            (EventKind::Connecting { .. }, 0, _) => Some(LiveStatus::Connecting),
            (_, 0, 1..) => Some(LiveStatus::Connected),
            (_, 1.., 0) => Some(LiveStatus::Disconnected),
            _ => None,
        };
        for (name, value) in listener.hear(&LiveNews::Event(&event)) {
            redactor.borrow_mut().add(&name, &value);
        }
        pass(event);
        if let Some(status) = status {
            listener.hear(&LiveNews::Status(status));
        }
    };
    Environment {
        listen: Rc::new(listen),
        ..environment
    }
}
