//! `-- every` in a server: one clock for all clients, or a clock for each of them.

use std::rc::Rc;

use futures_util::future::join_all;

use super::clients::ConnectedClients;
use crate::interpreter::clock::tick;
use crate::interpreter::connection::Connection;
use crate::interpreter::context::BlockContext;
use crate::interpreter::handlers::tell_failed;
use crate::interpreter::lookahead::Lookahead;
use crate::interpreter::step_context::{StepContext, Stop};
use crate::script::Clock;

/// Starts the clocks that are all clients': each `-- every`, unless a connection keeps what it waits for.
pub(super) fn start_shared(block: &Rc<BlockContext>, clients: &Rc<ConnectedClients>) {
    for (at, clock) in block.clocks.iter().enumerate() {
        if clock.personal {
            continue;
        }
        let scope = Rc::clone(&block.environment.scope);
        // Its steps are no client's.
        let own = Connection::new(block, None, scope, Lookahead::default());
        let clients = Rc::clone(clients);
        block.spawner.spawn(async move {
            if let Some(clock) = own.block.clocks.get(at) {
                run_shared(&own, &clients, clock).await;
            }
        });
    }
}

/// Runs while any client is connected, and starts anew when one comes after none was.
async fn run_shared(own: &Rc<Connection>, clients: &ConnectedClients, clock: &Clock) {
    loop {
        let period = clients.until_any().await;
        let ticks = tick(StepContext::of_handler(own, clients), clock);
        let result = tokio::select! {
            biased;
            result = ticks => result,
            () = clients.until_left(period) => Ok(()),
        };
        if let Err(Stop::Failed(failure)) = result {
            own.block.fail(None, failure);
            return;
        }
        clients.until_left(period).await;
    }
}

/// Runs a connection's own clocks: those that wait for what it keeps.
pub(super) async fn run_personal(connection: &Rc<Connection>, clients: &ConnectedClients) {
    let clocks = connection.block.clocks.iter();
    let ticking = clocks.filter(|clock| clock.personal).map(|clock| async {
        let context = StepContext::of_handler(connection, clients);
        tell_failed(connection, tick(context, clock).await);
    });
    join_all(ticking).await;
}
