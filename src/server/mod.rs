//! Runs one server script over a listener it is given. Knows no document.

mod accept;
mod admission;
mod bind;
mod clients;
mod clocks;
mod conversation;
mod listener;
mod port;
mod request_body;
mod request_match;
mod requests;
mod running;
mod tls;

pub use accept::{AcceptOutcome, AcceptedClient, accept};
pub use admission::{AdmissionRules, ClientRequest};
pub use bind::{Listening, Server, bind, place};
pub use clients::Occupants;
pub use listener::{Incoming, Listen, Tcp};
pub use port::SharedPorts;
pub use tls::Acceptor;

#[cfg(test)]
mod tests;
