//! `-- every` in a server: one clock for all clients, or a clock for each of them.

use std::rc::Rc;

use futures_util::future::join_all;

use super::house::House;
use crate::interpreter::clock::tick;
use crate::interpreter::horizon::Horizon;
use crate::interpreter::link::Link;
use crate::interpreter::steps::told;
use crate::interpreter::turn::Stop;
use crate::script::Clock;

impl House {
    /// An `-- every` is one clock for all clients, unless a connection keeps what it waits for.
    pub(super) fn start_clocks(self: &Rc<Self>) {
        for (at, clock) in self.stage.clocks.iter().enumerate() {
            if clock.personal {
                continue;
            }
            let house = Rc::clone(self);
            self.stage.spawner.spawn(async move {
                if let Some(clock) = house.stage.clocks.get(at) {
                    house.clock(clock).await;
                }
            });
        }
    }

    /// Runs while somebody is there, and starts anew when somebody comes after nobody was.
    async fn clock(&self, clock: &Clock) {
        let scope = Rc::clone(&self.stage.surroundings.scope);
        let nobody = Link::new(&self.stage, None, scope, Horizon::default());
        loop {
            let inhabited = self.members.until_inhabited().await;
            let ticks = tick(self.turn(&nobody), clock);
            let result = tokio::select! {
               biased;
                result = ticks => result,
                () = self.members.until_left(inhabited) => Ok(()),
            };
            if let Err(Stop::Failed(failure)) = result {
                self.stage.fail(None, failure);
                return;
            }
            self.members.until_left(inhabited).await;
        }
    }

    /// A connection's own clocks: those that wait for what it keeps.
    pub(super) async fn personal_clocks(&self, link: &Rc<Link>) {
        let personal = self.stage.clocks.iter().filter(|clock| clock.personal);
        let ticking = personal.map(|clock| async {
            told(&self.stage, link, tick(self.turn(link), clock).await);
        });
        join_all(ticking).await;
    }
}
