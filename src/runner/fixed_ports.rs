//! The fixed ports that a document's servers will want, before anything of it runs.

use std::collections::BTreeSet;

use super::plan::plan_named;
use super::select::Wanted;
use super::{Named, Settings};

/// What is to be done with the blocks that a document's selectors name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunIntent {
    /// They run.
    Run,
    /// They are servers, and serve.
    Serve,
    /// One of them is connected to.
    Connect,
}

/// The ports; of a document that cannot run, none.
#[must_use]
pub fn fixed_ports(named: &Named, intent: RunIntent, settings: &Settings) -> BTreeSet<u16> {
    let selectors = &named.selectors;
    let wanted = match intent {
        RunIntent::Run => Wanted::Blocks(selectors),
        RunIntent::Serve => Wanted::Servers(selectors),
        RunIntent::Connect => Wanted::Live(selectors),
    };
    let plan = plan_named(named, wanted, settings);
    let places = plan.map(|plan| plan.fixed_ports()).unwrap_or_default();
    places.iter().map(std::net::SocketAddr::port).collect()
}
