//! Runs a script's steps over connections that it dials through what it is given. Knows no document.

mod any_order;
mod backlog;
mod client;
pub(crate) mod client_name;
pub(crate) mod clock;
mod closing;
mod connect;
pub(crate) mod connection;
mod connection_task;
pub(crate) mod context;
mod earlier;
mod ends;
pub(crate) mod expect;
mod frame_test;
mod interrupt;
pub(crate) mod judge;
pub(crate) mod lookahead;
mod refusal;
mod round_waker;
pub(crate) mod step_context;
pub(crate) mod steps;
pub(crate) mod task_set;
#[cfg(test)]
mod tests;
mod unmet;

pub use client::run;
pub use context::Environment;
pub use interrupt::Interrupt;
