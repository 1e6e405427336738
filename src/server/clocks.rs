//! `-- every` in a server: one clock for all clients, or a clock for each of them.

use std::rc::Rc;

use futures_util::future::join_all;

use super::running::RunningServer;
use crate::interpreter::clock::tick;
use crate::interpreter::connection::Connection;
use crate::interpreter::lookahead::Lookahead;
use crate::interpreter::step_context::Stop;
use crate::interpreter::steps::told;
use crate::script::Clock;

impl RunningServer {
    /// An `-- every` is one clock for all clients, unless a connection keeps what it waits for.
    pub(super) fn start_clocks(self: &Rc<Self>) {
        for (at, clock) in self.block.clocks.iter().enumerate() {
            if clock.personal {
                continue;
            }
            let server = Rc::clone(self);
            self.block.spawner.spawn(async move {
                if let Some(clock) = server.block.clocks.get(at) {
                    server.clock(clock).await;
                }
            });
        }
    }

    /// Runs while somebody is there, and starts anew when somebody comes after nobody was.
    async fn clock(&self, clock: &Clock) {
        let scope = Rc::clone(&self.block.environment.scope);
        let nobody = Connection::new(&self.block, None, scope, Lookahead::default());
        loop {
            let inhabited = self.clients.until_inhabited().await;
            let ticks = tick(self.context(&nobody), clock);
            let result = tokio::select! {
               biased;
                result = ticks => result,
                () = self.clients.until_left(inhabited) => Ok(()),
            };
            if let Err(Stop::Failed(failure)) = result {
                self.block.fail(None, failure);
                return;
            }
            self.clients.until_left(inhabited).await;
        }
    }

    /// A connection's own clocks: those that wait for what it keeps.
    pub(super) async fn personal_clocks(&self, connection: &Rc<Connection>) {
        let personal = self.block.clocks.iter().filter(|clock| clock.personal);
        let ticking = personal.map(|clock| async {
            told(
                &self.block,
                connection,
                tick(self.context(connection), clock).await,
            );
        });
        join_all(ticking).await;
    }
}
