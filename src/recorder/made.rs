//! What is made of one message that came. Knows no others.

use std::collections::BTreeSet;

use super::entry::ArrivedFrame;
use super::known::SessionValues;
use super::message::MessagePattern;
use super::pattern_tree::{Limits, TreeReader};
use super::vault::Vault;

/// The pattern of one message, and what it keeps.
pub(super) fn read(
    arrived: &ArrivedFrame,
    known: &SessionValues,
    wanted: &BTreeSet<String>,
    vault: &mut Vault,
    names: &mut BTreeSet<String>,
) -> MadePattern {
    let mut reader = TreeReader {
        known,
        vault,
        wanted,
        names,
        limits: Limits::USUAL,
        kept: Vec::new(),
        shortened: false,
    };
    let pattern = MessagePattern::of(&arrived.frame, &mut reader);
    let extra = match &pattern {
        MessagePattern::Format(word) if word == "binary" => {
            let size = arrived.frame.payload().len();
            vec![format!("-- check $size == {size}")]
        }
        _ => Vec::new(),
    };
    MadePattern {
        pattern,
        kept: reader.kept,
        shortened: reader.shortened,
        extra,
    }
}

/// What was made of a message.
pub(super) struct MadePattern {
    pub(super) pattern: MessagePattern,
    /// A name, its value, and whether it is a secret.
    pub(super) kept: Vec<(String, String, bool)>,
    /// Whether something is left out.
    pub(super) shortened: bool,
    pub(super) extra: Vec<String>,
}
