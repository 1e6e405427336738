//! Runs the steps of scripts, for clients, handlers and servers, over connections that it is given or dials. Knows no
//! document.

mod any_order;
pub(crate) mod cached_pattern;
mod client;
pub(crate) mod client_name;
pub(crate) mod clock;
mod closing;
mod connect;
pub(crate) mod connection;
pub(crate) mod context;
mod cookies;
mod environment;
mod expect;
mod expectation;
mod frame_test;
pub(crate) mod handlers;
pub(crate) mod http_body;
mod http_request;
mod http_session;
mod interrupt;
mod judge;
pub(crate) mod judged_subject;
mod live;
pub(crate) mod lookahead;
mod made_matchers;
mod measure;
mod refusal;
mod round_waker;
mod send;
mod stay_open;
pub(crate) mod step_context;
pub(crate) mod steps;
pub(crate) mod task_set;
#[cfg(test)]
mod tests;
mod unmet;

pub use client::run;
pub use environment::Environment;
pub use interrupt::Interrupt;
pub(crate) use live::{LiveSession, run_live};
pub use made_matchers::MadeMatchers;
pub use measure::Measure;
