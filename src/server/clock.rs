//! `-- every` in a server: one clock for all clients.

use std::rc::Rc;

use tokio::time::{Instant, sleep_until};

use super::house::House;
use crate::script::{Handler, Trigger};
use crate::session::horizon::Horizon;
use crate::session::link::Link;
use crate::session::steps::react;
use crate::session::turn::{Stop, Turn};

impl House {
    /// Every `-- every` is one clock for all clients.
    pub(super) fn start_clocks(self: &Rc<Self>) {
        for (position, handler) in self.stage.script.handlers.iter().enumerate() {
            if matches!(handler.trigger, Trigger::Every { .. }) {
                let house = Rc::clone(self);
                self.stage.spawner.spawn(async move {
                    if let Some(handler) = house.stage.script.handlers.get(position) {
                        house.clock(handler).await;
                    }
                });
            }
        }
    }

    /// Runs while somebody is there, and starts anew when somebody comes after nobody was.
    async fn clock(&self, handler: &Handler) {
        let scope = Rc::clone(&self.stage.surroundings.scope);
        let nobody = Link::new(&self.stage, None, scope, Horizon::default());
        loop {
            let inhabited = self.members.until_inhabited().await;
            let ticks = self.ticks(&nobody, handler);
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

    async fn ticks(&self, nobody: &Rc<Link>, handler: &Handler) -> Result<(), Stop> {
        let Trigger::Every { interval, times } = &handler.trigger else {
            return Ok(());
        };
        let turn = Turn {
            handler: true,
            ..self.turn(nobody)
        };
        let interval = turn.duration(interval)?;
        let times = times.as_ref().map(|times| turn.count(times)).transpose()?;
        let mut due = Instant::now();
        for index in 0..times.unwrap_or(u64::MAX) {
            due += interval;
            sleep_until(due).await;
            react(
                Turn {
                    index: Some(index),
                    ..turn
                },
                &handler.steps,
            )
            .await?;
        }
        Ok(())
    }
}
