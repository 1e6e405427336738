//! A block's text → the tokens of it, each with its place and class, for whatever paints it. Total: what the parser does
//! not understand has no token, and hides no other.

mod body;
mod expression;
mod head;
mod painter;
mod step;
mod token;
mod words;
mod xml;

pub use token::{Token, TokenClass};

use super::lines::{self, Marks};
use super::{clients, head_length};
use crate::script::Role;
use painter::Painter;

/// The tokens of a block's text, in order and disjoint, none of which reaches over a line's end. `defaults` are the
/// document's options, as for [`super::parse`].
#[must_use]
pub fn tokens(text: &str, role: Role, defaults: &[(String, String)]) -> Vec<Token> {
    let lines = lines::split(text);
    let (head, steps) = lines.split_at(head_length(&lines));
    let clients = clients(head, steps, role, defaults, &mut Vec::new());
    let mut painter = Painter::new(text);
    let marks = Marks {
        role,
        clients: !clients.is_empty(),
    };
    head::paint(&mut painter, head, marks, &clients);
    let (_, entries) = marks.group(steps);
    for entry in &entries {
        step::paint(&mut painter, entry, marks);
    }
    painter.tokens
}

/// The tokens of steps that stand below a head: of a script with `clients`, which may be named before marks.
#[must_use]
pub fn step_tokens(text: &str, clients: bool) -> Vec<Token> {
    let mut painter = Painter::new(text);
    let marks = Marks {
        role: Role::Client,
        clients,
    };
    let (_, entries) = marks.group(&lines::split(text));
    for entry in &entries {
        step::paint(&mut painter, entry, marks);
    }
    painter.tokens
}
