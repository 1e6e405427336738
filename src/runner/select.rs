//! Which blocks of a document run: those asked for, the servers they need, the earlier blocks they take values from.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use globset::GlobSet;

use super::Selector;
use crate::diagnostic::nearest;
use crate::document::{Block, BlockKind};
use crate::script::Script;
use crate::source::Source;

/// What of a document is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// Every block, or those that selectors name with what they need.
    Blocks(&'a [Selector]),
    /// The same blocks, to be looked at only: a secret that the front matter names may be given later.
    Checked(&'a [Selector]),
    /// Servers alone: all, or those that selectors name with the servers that they need.
    Servers(&'a [Selector]),
    /// The block that selectors name with what it needs, and all servers.
    Live(&'a [Selector]),
}

impl Wanted<'_> {
    /// Whether it is every block, whatever its name.
    pub(super) fn is_of_all(self) -> bool {
        matches!(self, Self::Blocks([]) | Self::Checked([]))
    }
}

/// A block that may be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Client or server.
    kind: BlockKind,
    /// Its name.
    name: String,
    /// From its fence to its transcript's end.
    lines: RangeInclusive<usize>,
    /// What it needs from outside.
    needs: BTreeSet<String>,
    /// What it keeps for later blocks.
    keeps: BTreeSet<String>,
}

/// What stands for the jar of `@cookies` among names: it cannot be a variable's.
const COOKIES: &str = "@cookies";

impl Candidate {
    /// A block and its script.
    pub(super) fn new(source: &Source, block: &Block, script: &Script) -> Self {
        let mut candidate = Self::without_script(source, block);
        candidate.says(script);
        candidate
    }

    /// It says this.
    pub(super) fn says(&mut self, script: &Script) {
        self.needs = script.needs();
        self.keeps = script.keeps();
        // Each that has the jar takes it from the one before.
        if script.has_option("cookies") {
            self.needs.insert(COOKIES.to_owned());
            self.keeps.insert(COOKIES.to_owned());
        }
    }

    /// A block whose script does not matter: it is asked for, or not.
    pub(super) fn without_script(source: &Source, block: &Block) -> Self {
        let recorded = block.transcript.recorded.as_ref();
        let end = recorded.map_or(block.span.end, |recorded| recorded.span.end);
        let first = source.position(block.span.start).line;
        // The last byte's line: the end itself may be the start of the next one.
        let last = source.position(end.saturating_sub(1)).line;
        Self {
            kind: block.kind,
            name: block.name.clone(),
            lines: first..=last,
            needs: BTreeSet::new(),
            keeps: BTreeSet::new(),
        }
    }

    pub(super) fn is_server(&self) -> bool {
        self.kind.is_server()
    }
}

/// The indices of the blocks to run, ascending.
///
/// # Errors
/// A sentence: a selector names no block.
pub(super) fn select(
    wanted: Wanted<'_>,
    only: Option<&GlobSet>,
    blocks: &[Candidate],
) -> Result<Vec<usize>, String> {
    let (selectors, servers_only) = match wanted {
        Wanted::Blocks(selectors) | Wanted::Checked(selectors) => (selectors, false),
        Wanted::Servers(selectors) => (selectors, true),
        Wanted::Live(selectors) => return live(selectors, blocks),
    };
    if selectors.is_empty() && only.is_none() {
        let all = blocks.iter().enumerate();
        let all = all.filter(|(_, block)| !servers_only || block.is_server());
        return Ok(all.map(|(index, _)| index).collect());
    }
    let mut pending = asked_for(selectors, blocks)?;
    if let Some(only) = only {
        let matches = |index: &usize| {
            blocks
                .get(*index)
                .is_some_and(|block| only.is_match(&block.name))
        };
        pending.retain(matches);
    }
    let client = pending.iter().filter_map(|index| blocks.get(*index));
    if let Some(client) = client
        .into_iter()
        .find(|block| servers_only && !block.is_server())
    {
        return Err(format!(
            "`{}` is a client: only servers are served",
            client.name
        ));
    }
    Ok(with_needs(pending, blocks).into_iter().collect())
}

/// The blocks that selectors name with what they need, and the servers with what those need.
fn live(selectors: &[Selector], blocks: &[Candidate]) -> Result<Vec<usize>, String> {
    let mut pending = asked_for(selectors, blocks)?;
    let servers = blocks.iter().enumerate();
    let servers = servers.filter(|(_, block)| block.is_server());
    pending.extend(servers.map(|(index, _)| index));
    Ok(with_needs(pending, blocks).into_iter().collect())
}

/// Blocks with those that they need, directly or not.
pub(super) fn with_needs(mut pending: Vec<usize>, blocks: &[Candidate]) -> BTreeSet<usize> {
    let mut chosen = BTreeSet::new();
    while let Some(index) = pending.pop() {
        if chosen.insert(index) {
            pending.extend(needed(index, blocks));
        }
    }
    chosen
}

/// The clients among blocks, each with the servers that it needs.
pub(super) fn clients(
    blocks: impl IntoIterator<Item = usize>,
    candidates: &[Candidate],
) -> Vec<(usize, BTreeSet<usize>)> {
    let is_server = |index: usize| candidates.get(index).is_some_and(Candidate::is_server);
    let clients = blocks.into_iter().filter(|index| !is_server(*index));
    clients
        .map(|index| {
            let mut needed = with_needs(vec![index], candidates);
            needed.retain(|needed| is_server(*needed));
            (index, needed)
        })
        .collect()
}

/// The servers among chosen blocks that not all of their clients come to.
pub(super) fn partly_visited(chosen: &[usize], candidates: &[Candidate]) -> BTreeSet<usize> {
    let absent = (0..candidates.len()).filter(|index| !chosen.contains(index));
    let missed: BTreeSet<usize> = clients(absent, candidates)
        .into_iter()
        .flat_map(|(_, servers)| servers)
        .collect();
    let chosen = chosen.iter().copied();
    chosen.filter(|index| missed.contains(index)).collect()
}

/// The indices of the blocks that selectors name; all of them where there is none.
///
/// # Errors
/// A sentence: a selector names no block.
pub(super) fn asked_for(
    selectors: &[Selector],
    blocks: &[Candidate],
) -> Result<Vec<usize>, String> {
    if selectors.is_empty() {
        return Ok((0..blocks.len()).collect());
    }
    selectors
        .iter()
        .map(|selector| one(selector, blocks))
        .collect()
}

fn one(selector: &Selector, blocks: &[Candidate]) -> Result<usize, String> {
    match selector {
        Selector::Name(name) => blocks
            .iter()
            .position(|block| block.name == *name)
            .ok_or_else(|| no_such_name(name, blocks)),
        Selector::Line(line) => blocks
            .iter()
            .position(|block| block.lines.contains(line))
            .ok_or_else(|| no_such_line(*line, blocks)),
    }
}

fn no_such_name(name: &str, blocks: &[Candidate]) -> String {
    if blocks.is_empty() {
        return "there is no block in it".to_owned();
    }
    let names = blocks.iter().map(|block| block.name.as_str());
    if let Some(near) = nearest(name, names.clone()) {
        return format!("no block is named `{name}`; did you mean `{near}`?");
    }
    let list: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    format!("no block is named `{name}`; there is {}", list.join(", "))
}

fn no_such_line(line: usize, blocks: &[Candidate]) -> String {
    let distance = |block: &&Candidate| {
        let (first, last) = (*block.lines.start(), *block.lines.end());
        line.abs_diff(first).min(line.abs_diff(last))
    };
    match blocks.iter().min_by_key(distance) {
        Some(block) => format!(
            "there is no block at line {line}; the nearest, `{}`, is at {}-{}",
            block.name,
            block.lines.start(),
            block.lines.end()
        ),
        None => "there is no block in it".to_owned(),
    }
}

/// What a block needs directly.
fn needed(index: usize, blocks: &[Candidate]) -> Vec<usize> {
    let Some(own) = blocks.get(index) else {
        return Vec::new();
    };
    let servers = blocks.iter().enumerate();
    let servers = servers.filter(|(_, block)| block.is_server());
    let mut needed: Vec<usize> = servers
        .clone()
        .filter(|(_, server)| {
            place_names(&server.name)
                .iter()
                .any(|name| own.needs.contains(name))
        })
        .map(|(server, _)| server)
        .collect();
    if own.is_server() {
        return needed;
    }
    // A client that names no server may reach it by its port.
    if needed.is_empty() {
        needed.extend(servers.map(|(server, _)| server));
    }
    let earlier = || blocks.iter().enumerate().take(index).rev();
    needed.extend(own.needs.iter().filter_map(|name| {
        earlier()
            .find(|(_, block)| !block.is_server() && block.keeps.contains(name))
            .map(|(keeper, _)| keeper)
    }));
    needed
}

/// The names under which a server's place is known.
pub(super) fn place_names(server: &str) -> [String; 4] {
    ["url", "port", "http", "ws"].map(|place| format!("{server}.{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: BlockKind, name: &str, at: usize, needs: &[&str], keeps: &[&str]) -> Candidate {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Candidate {
            kind,
            name: name.to_owned(),
            lines: at..=at + 5,
            needs: set(needs),
            keeps: set(keeps),
        }
    }

    fn blocks() -> Vec<Candidate> {
        use BlockKind::{Client, Server};
        vec![
            block(Client, "Login", 10, &["auth.url"], &["token"]),
            block(Server, "auth", 20, &["store.port"], &[]),
            block(Server, "store", 30, &[], &["token"]),
            block(Client, "Login again", 40, &["auth.url"], &["token"]),
            block(Client, "Trade", 50, &["store.url", "token"], &["id"]),
            block(Client, "Fixed", 60, &[], &[]),
            block(Client, "End", 70, &["id", "store.url"], &[]),
            block(Server, "other", 80, &[], &[]),
        ]
    }

    fn name(name: &str) -> Selector {
        Selector::Name(name.to_owned())
    }

    #[test]
    fn blocks_come_with_what_they_need() {
        let blocks = blocks();
        let cases: [(&[Selector], &[usize]); 7] = [
            (&[], &[0, 1, 2, 3, 4, 5, 6, 7]),
            (&[name("Login")], &[0, 1, 2]),
            (&[name("Trade")], &[1, 2, 3, 4]),
            (&[name("End")], &[1, 2, 3, 4, 6]),
            (&[name("Fixed")], &[1, 2, 5, 7]),
            (&[name("store")], &[2]),
            (&[Selector::Line(45), Selector::Line(10)], &[0, 1, 2, 3]),
        ];
        for (selectors, expected) in cases {
            let selected = select(Wanted::Blocks(selectors), None, &blocks);
            assert_eq!(selected.unwrap(), expected, "{selectors:?}");
        }
    }

    #[test]
    fn names_are_chosen_by_globs_and_come_with_what_they_need() {
        let blocks = blocks();
        let only = |glob: &str| {
            let glob = globset::Glob::new(glob).unwrap();
            GlobSet::builder().add(glob).build().unwrap()
        };
        let cases: [(&str, &[Selector], &[usize]); 5] = [
            ("Login*", &[], &[0, 1, 2, 3]),
            ("{Trade,other}", &[], &[1, 2, 3, 4, 7]),
            ("*", &[name("Login")], &[0, 1, 2]),
            ("Trade", &[name("Login")], &[]),
            ("nothing", &[], &[]),
        ];
        for (glob, selectors, expected) in cases {
            let selected = select(Wanted::Blocks(selectors), Some(&only(glob)), &blocks);
            assert_eq!(selected.unwrap(), expected, "{glob} {selectors:?}");
        }
    }

    #[test]
    fn servers_alone() {
        let blocks = blocks();
        assert_eq!(
            select(Wanted::Servers(&[]), None, &blocks).unwrap(),
            [1, 2, 7]
        );
        let auth = [name("auth")];
        assert_eq!(
            select(Wanted::Servers(&auth), None, &blocks).unwrap(),
            [1, 2]
        );
        let client = [name("Trade")];
        let error = select(Wanted::Servers(&client), None, &blocks).unwrap_err();
        assert_eq!(error, "`Trade` is a client: only servers are served");
    }

    #[test]
    fn what_is_not_there_is_told_with_the_nearest() {
        let blocks = blocks();
        let error = |selector| select(Wanted::Blocks(&[selector]), None, &blocks).unwrap_err();
        assert_eq!(
            error(name("Trad")),
            "no block is named `Trad`; did you mean `Trade`?"
        );
        assert!(error(name("qqqqqqqqqq")).contains("there is `Login`, `auth`"));
        assert_eq!(
            error(Selector::Line(17)),
            "there is no block at line 17; the nearest, `Login`, is at 10-15"
        );
        let none = select(Wanted::Blocks(&[name("x")]), None, &[]).unwrap_err();
        assert_eq!(none, "there is no block in it");
    }
}
