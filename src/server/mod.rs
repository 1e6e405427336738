//! Runs one server script over a listener it is given. Knows no document.

mod accept;
mod clock;
mod engine;
mod gate;
mod house;
mod listen;
mod members;
mod tls;

pub use accept::{Guest, Visit, accept};
pub use engine::{Listening, Server, bind, place};
pub use gate::{Gate, Request};
pub use listen::{Doors, Listen, Tcp};
pub use members::Visits;
pub use tls::Acceptor;

#[cfg(test)]
mod tests;
