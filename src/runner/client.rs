//! Runs one client, with the values that earlier ones kept.

use std::rc::Rc;
use std::time::Duration;

use super::event_sink::EventSink;
use super::execution::Execution;
use super::missing;
use super::secret_buffer::HoldUntil;
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::interpreter;
use crate::protocol::{Event, EventKind, Failure, FailureKind, SessionOutcome};
use crate::script::{Fill, Options, Scope, Script};

/// Runs one client.
pub(super) async fn client(run: &Execution<'_>, index: usize, block: &Block, script: &Rc<Script>) {
    let info = run.info(index, block);
    let scope = Rc::new(Scope::over(&run.plan.scope));
    let generator = run.generator(index);
    let filling = Fill::new(&scope, &generator, &*run.plan.files);
    let (options, wrong) = Options::read(script, &filling);
    if let Some(reason) = &options.skip {
        return run.skipped(info, reason);
    }
    let until = client_holds(run, script);
    let sink = run.sink(&info, &options, until, script, &scope);
    run.tell_ports(&sink);
    let earlier = earlier(run, index);
    let missing = missing::value(script, block.body.text(), &run.plan.scope, earlier);
    let wrong = wrong.into_iter().find(Diagnostic::is_error);
    let outcome = if let Some(wrong) = missing.or(wrong) {
        not_begun(&sink, wrong)
    } else {
        let kept = Rc::clone(&scope);
        let environment = run.environment(scope, generator, &options, &sink);
        let (options, environment) = (Rc::new(options), Rc::new(environment));
        let outcome = interpreter::run(Rc::clone(script), options, environment).await;
        keep(run, script, &kept);
        if until == HoldUntil::TheEnd {
            run.settle().await;
        }
        outcome
    };
    if outcome.interrupted {
        // Its lines are told; it counts as not run, and its transcript stays as it is.
        sink.finish(&outcome);
        return;
    }
    run.finish(info, block, &sink, &outcome);
}

fn client_holds(run: &Execution<'_>, script: &Script) -> HoldUntil {
    if run.servers_tell {
        HoldUntil::TheEnd
    } else if script.announced().is_empty() {
        HoldUntil::Now
    } else {
        HoldUntil::Known
    }
}

/// The earlier clients' names and scripts.
pub(super) fn earlier<'a>(
    run: &'a Execution<'_>,
    index: usize,
) -> impl Iterator<Item = (&'a str, &'a Script)> {
    run.plan
        .clients()
        .take_while(move |(earlier, ..)| *earlier < index)
        .map(|(_, block, script)| (block.name.as_str(), &**script))
}

/// What a block kept is known to the blocks after it.
fn keep(run: &Execution<'_>, script: &Script, scope: &Scope) {
    let keeps = script.keeps();
    scope.hand_over(&run.plan.scope, |name| keeps.contains(name));
}

/// A block that cannot begin fails with a sentence at its place, which is told.
pub(super) fn not_begun(sink: &EventSink, wrong: Diagnostic) -> SessionOutcome {
    let outcome = unbegun(wrong);
    if let Some(failure) = &outcome.failure {
        sink.hear(Event {
            at: Duration::ZERO,
            who: None,
            kind: EventKind::Failed(failure.clone()),
            hidden: Vec::new(),
            step: Some(failure.span),
        });
    }
    outcome
}

/// What came of a block that cannot begin.
pub(super) fn unbegun(wrong: Diagnostic) -> SessionOutcome {
    let failure = Failure {
        reason: wrong.message,
        hint: wrong.hint,
        span: wrong.span,
        also: Vec::new(),
        kind: FailureKind::default(),
    };
    SessionOutcome {
        failure: Some(failure),
        took: Duration::ZERO,
        interrupted: false,
    }
}
