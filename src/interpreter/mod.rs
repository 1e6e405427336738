//! Runs one client script over connections that it dials through what it is given. Knows no document.

mod any_order;
mod backlog;
mod bell;
pub(crate) mod called;
pub(crate) mod clock;
mod closing;
mod connect;
mod earlier;
mod ends;
mod engine;
pub(crate) mod expect;
pub(crate) mod horizon;
mod interrupt;
pub(crate) mod judge;
pub(crate) mod link;
pub(crate) mod nursery;
mod pump;
mod refused;
mod short;
pub(crate) mod stage;
pub(crate) mod steps;
mod test;
#[cfg(test)]
mod tests;
pub(crate) mod turn;

pub use engine::run;
pub use interrupt::Interrupt;
pub use stage::Surroundings;
