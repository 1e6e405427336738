//! The names of a protobuf message's fields in a pattern: either of the two that each has.

use super::JsonPatternNode;
use crate::diagnostic::nearest;
use crate::format::proto::MessageType;

/// A field that there is not.
pub(super) struct UnknownField {
    pub(super) message: String,
    /// The one that was probably meant.
    pub(super) near: Option<String>,
}

/// Gives members the names that the message's JSON has.
pub(super) fn rename(
    node: &mut JsonPatternNode,
    message: &MessageType,
) -> Result<(), UnknownField> {
    match node {
        JsonPatternNode::Array { items, .. } => {
            items.iter_mut().try_for_each(|item| rename(item, message))
        }
        JsonPatternNode::Object(members) if message.has_named_fields() => {
            members.iter_mut().try_for_each(|(key, member)| {
                let Some((name, inner)) = message.field(key) else {
                    return Err(unknown(message, key));
                };
                *key = name;
                inner.map_or(Ok(()), |inner| rename(member, &inner))
            })
        }
        // The keys are a map's own.
        JsonPatternNode::Object(members) => match message.field("value") {
            Some((_, Some(inner))) if inner.has_named_fields() => members
                .iter_mut()
                .try_for_each(|(_, member)| rename(member, &inner)),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn unknown(message: &MessageType, key: &str) -> UnknownField {
    let names: Vec<String> = message.field_names().collect();
    UnknownField {
        message: format!("`{}` has no field `{key}`", message.name()),
        near: nearest(key, names.iter().map(String::as_str)).map(str::to_owned),
    }
}
