//! What a server does for one client: the script's steps, its handlers and its own clocks, from its coming to its leaving.

use std::rc::Rc;
use std::sync::Arc;

use super::clients::ConnectedClients;
use super::clocks::run_personal;
use crate::interpreter::connection::Connection;
use crate::interpreter::handlers::MessageHandlers;
use crate::interpreter::step_context::{StepContext, Stop, Stopped};
use crate::interpreter::steps::{ScriptSide, run_handler, run_script};
use crate::script::{Action, CommonAction, Step, Trigger};

/// The script of one client's connection.
struct ClientScript<'a> {
    connection: &'a Rc<Connection>,
    clients: &'a ConnectedClients,
}

impl ScriptSide for ClientScript<'_> {
    fn context(&self, _: &Step) -> StepContext<'_> {
        StepContext::of(self.connection, self.clients)
    }

    fn connections(&self) -> &[Rc<Connection>] {
        std::slice::from_ref(self.connection)
    }

    fn who(&self) -> Option<&Arc<str>> {
        self.connection.who()
    }

    async fn connect(&self, _: &Rc<Connection>) -> Result<(), Stop> {
        Ok(())
    }
}

/// Runs the script, and handlers and clocks from after the first send on.
pub(super) async fn converse(
    connection: &Rc<Connection>,
    clients: &ConnectedClients,
    handlers: Option<&MessageHandlers>,
) {
    let block = &connection.block;
    let steps = &block.script.steps;
    let is_send = |step: &Step| matches!(step.action, Action::Common(CommonAction::Send(_)));
    let first_send = steps.iter().position(is_send);
    let started = first_send.map_or(0, |first| first + 1);
    let script = ClientScript {
        connection,
        clients,
    };
    if let Err(Stopped { stop, .. }) = run_script(block, &script, &block.script, 0..started).await {
        return fail(connection, stop);
    }
    if !connection.is_open() {
        return;
    }
    tokio::join!(
        async {
            let handled = handle(connection, clients, handlers).await;
            handled.unwrap_or_else(|stop| fail(connection, stop));
        },
        async {
            let ran = run_script(block, &script, &block.script, started..steps.len()).await;
            ran.unwrap_or_else(|Stopped { stop, .. }| fail(connection, stop));
        },
        run_personal(connection, clients),
    );
}

async fn handle(
    connection: &Rc<Connection>,
    clients: &ConnectedClients,
    handlers: Option<&MessageHandlers>,
) -> Result<(), Stop> {
    run_handlers(connection, clients, &Trigger::Connect).await?;
    match handlers {
        Some(handlers) => handlers.answer_all(connection, clients).await,
        None => Ok(()),
    }
}

/// Runs the handlers of clients that come, or that leave.
pub(super) async fn run_handlers(
    connection: &Rc<Connection>,
    clients: &ConnectedClients,
    trigger: &Trigger,
) -> Result<(), Stop> {
    let is_same =
        |other: &Trigger| std::mem::discriminant(other) == std::mem::discriminant(trigger);
    let handlers = connection.block.script.handlers.iter();
    for handler in handlers.filter(|handler| is_same(&handler.trigger)) {
        let context = StepContext::of_handler(connection, clients);
        run_handler(context, &handler.steps).await?;
    }
    Ok(())
}

/// A step that failed closes its connection with 1011 (RFC 6455, 7.4.1) and fails the block.
fn fail(connection: &Connection, stop: Stop) {
    if let Stop::Failed(failure) = stop {
        connection.block.fail(connection.who(), failure);
        connection.close(1011, "");
    }
}
