//! What happened on a connection → a block that does it again: steps, generalised where values change by nature, with
//! secrets as names. Writes text and knows neither files, nor sockets, nor where what happened was heard.
//!
//! A [`Recording`] is told in order what was typed or sent and what came; [`Recording::block`] makes the block's text of
//! it, [`add`] puts that into a document, and [`RecordedBlock::transcript`] makes the transcript that a run of it would
//! leave.

mod along;
mod assembly;
mod beats;
mod binary;
mod block;
mod conceal;
mod document;
mod entry;
mod expectation;
mod front_matter;
mod head;
mod heartbeat;
mod known;
mod literal;
mod made;
mod message;
mod moved;
mod naming;
mod pattern_tree;
mod proof;
mod recording;
mod request;
mod runs;
mod sent;
mod shape;
mod suspicion;
mod transcript;
mod typed;
mod vault;
mod volatile;
mod wanted;
mod widened;

pub use block::RecordedBlock;
pub use document::{NewBlock, add, clashes, declare, prose, role};
pub use literal::unbraced;
pub use message::guarded;
pub use moved::from_afar;
pub use recording::{RecordMode, Recording, StepId};
pub use request::request;
pub use vault::is_hidden;

#[cfg(test)]
mod tests;
