//! Searches for every match, inside a bound. jaq collects all of them at once, and each takes some 750 bytes: of a letter
//! that a peer sends 16,000,000 times they would take 12 GB.

use jaq_core::load::parse::{BinaryOp, Def, Term};
use jaq_core::native::{self, Fun, v};
use jaq_core::{Cv, Error, RunPtr, ValXs};
use jaq_json::Val;
use jaq_std::ValT as _;

use super::machine::Machine;

/// Bytes of a text in which every match is searched for.
const LONGEST: usize = 256 << 10;

/// The filters of jaq that search, and the names that they have behind ours. They cannot be written in a source.
const SEARCHES: [(&str, &str); 3] = [
    ("matches", "*matches"),
    ("split_matches", "*split_matches"),
    ("split_", "*split_"),
];
/// What stands before them.
const BOUNDED: &str = "*bounded";

/// The name that a filter of jaq has here.
pub(super) fn hidden(name: &'static str) -> &'static str {
    let search = SEARCHES.iter().find(|(search, _)| *search == name);
    search.map_or(name, |(_, hidden)| hidden)
}

/// `def matches($re; $flags): bounded($flags) | matches($re; $flags);`, and the others so.
pub(super) fn defs() -> impl Iterator<Item = Def<&'static str>> {
    let [re, flags] = ["$re", "$flags"];
    SEARCHES.into_iter().map(move |(name, hidden)| {
        let bounded = Term::Call(BOUNDED, vec![Term::Var(flags)]);
        let search = Term::Call(hidden, vec![Term::Var(re), Term::Var(flags)]);
        let body = Term::BinOp(Box::new(bounded), BinaryOp::Pipe(None), Box::new(search));
        let args = vec![re, flags];
        Def { name, args, body }
    })
}

/// What [`defs`] call.
pub(super) fn funs() -> impl Iterator<Item = Fun<Machine>> {
    let bounded: RunPtr<Machine> = bounded;
    std::iter::once(native::run::<Machine>((BOUNDED, v(1), bounded)))
}

/// The text, if it is not too long to be searched with such flags.
fn bounded(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    native::unary(cv, |text, flags| {
        let is_long = text.as_bytes().is_some_and(|bytes| bytes.len() > LONGEST);
        let all = flags.as_bytes().is_some_and(|flags| flags.contains(&b'g'));
        if is_long && all {
            let error = "in a text of more than 256 KiB only the first match is searched for";
            return Err(Error::str(error));
        }
        Ok(text)
    })
}
