//! Runs one server script over a listener it is given. Knows no document.

mod accept;
mod bind;
mod clients;
mod clocks;
mod conversation;
mod gate;
mod listener;
mod running;
mod tls;

pub use accept::{Guest, Visit, accept};
pub use bind::{Listening, Server, bind, place};
pub use clients::Occupants;
pub use gate::{Gate, Request};
pub use listener::{Incoming, Listen, Tcp};
pub use tls::Acceptor;

#[cfg(test)]
mod tests;
