//! What a script's clocks (`-- every`) wait for: values that the script itself keeps, so that a clock which is made of
//! one starts when it is kept, whatever an earlier block or a variable has under its name.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, variable};
use super::visit::{Around, Site, visit};
use super::{Handler, Role, Script, Template, Trigger};

/// One `-- every` of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Its place among the handlers.
    pub position: usize,
    /// The names in its duration and its count that the script keeps: it starts once they have values, and anew when
    /// those become others. Empty: it starts with the connection.
    pub awaits: Vec<String>,
    /// Whether each connection of a server has its own: a connection keeps what it waits for.
    pub personal: bool,
}

impl Clock {
    /// Whether it is the line of one of these clocks that something stands in, and the clock waits for the name.
    pub(super) fn awaited(clocks: &[Self], around: Around<'_>, name: &str) -> bool {
        let found = clocks.binary_search_by_key(&around.position, |clock| clock.position);
        let clock = found.ok().and_then(|found| clocks.get(found));
        around.trigger.is_some()
            && clock.is_some_and(|clock| clock.awaits.iter().any(|awaited| awaited == name))
    }
}

impl Script {
    /// The clocks, in order.
    #[must_use]
    pub fn clocks(&self) -> Vec<Clock> {
        let is_clock = |handler: &Handler| matches!(handler.trigger, Trigger::Every { .. });
        if !self.handlers.iter().any(is_clock) {
            return Vec::new();
        }
        let all = self.keeps();
        let handlers = self.handlers.iter();
        let mut clocks: BTreeMap<usize, FoundClock> = handlers
            .enumerate()
            .filter(|(_, handler)| is_clock(handler))
            .map(|(position, _)| (position, FoundClock::default()))
            .collect();
        let mut elsewhere = Names::default();
        visit(self, &mut |site, around| {
            let clock = clocks.get_mut(&around.position);
            match clock.filter(|_| around.handler.is_some() || around.trigger.is_some()) {
                Some(clock) if around.trigger.is_some() => clock.uses(site, &all),
                Some(clock) => clock.keeps.keep(site),
                None => elsewhere.keep(site),
            }
        });
        // A clock that waits for what only clocks keep that wait themselves would never start.
        let kept = spread(&elsewhere.kept, &clocks, |clock| clock.names.len());
        for clock in clocks.values_mut() {
            clock.names.retain(|name| kept.contains(name));
        }
        let connections = spread(&elsewhere.kept, &clocks, |_| 1);
        let made = clocks.into_iter().map(|(position, clock)| Clock {
            position,
            personal: self.role == Role::Server && !clock.names.is_disjoint(&connections),
            awaits: clock.names.into_iter().collect(),
        });
        made.collect()
    }
}

/// A clock as the walk through its script finds it.
#[derive(Default)]
struct FoundClock {
    /// The names in its line that the script keeps anywhere.
    names: BTreeSet<String>,
    /// What its steps keep.
    keeps: Names,
}

impl FoundClock {
    fn uses(&mut self, site: Site<'_>, all: &BTreeSet<String>) {
        let placeholders = site.template().into_iter().flat_map(Template::placeholders);
        let names = placeholders.filter_map(variable);
        self.names
            .extend(names.filter(|name| all.contains(*name)).map(str::to_owned));
    }
}

/// The names, and what clocks keep of whose own names at least `enough` are among all these.
fn spread(
    names: &BTreeSet<String>,
    clocks: &BTreeMap<usize, FoundClock>,
    enough: impl Fn(&FoundClock) -> usize,
) -> BTreeSet<String> {
    let mut waiting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut missing: BTreeMap<usize, usize> = BTreeMap::new();
    let mut fresh: Vec<&str> = names.iter().map(String::as_str).collect();
    for (position, clock) in clocks {
        for name in &clock.names {
            waiting.entry(name).or_default().push(*position);
        }
        missing.insert(*position, enough(clock));
        if enough(clock) == 0 {
            fresh.extend(clock.keeps.kept.iter().map(String::as_str));
        }
    }
    let mut all = BTreeSet::new();
    while let Some(name) = fresh.pop() {
        if !all.insert(name.to_owned()) {
            continue;
        }
        for position in waiting.get(name).into_iter().flatten() {
            let Some(left @ 1..) = missing.get_mut(position) else {
                continue;
            };
            *left -= 1;
            if *left == 0 {
                let keeps = clocks.get(position).map(|clock| &clock.keeps.kept);
                fresh.extend(keeps.into_iter().flatten().map(String::as_str));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse;

    /// Each clock's line number among the handlers, what it waits for, and whose it is.
    fn clocks(steps: &str, role: Role) -> Vec<(usize, String, bool)> {
        let parsed = parse(&format!("ws://h/\n{steps}"), role, &[]);
        assert_eq!(parsed.diagnostics, [], "{steps}");
        let told = |clock: Clock| (clock.position, clock.awaits.join(" "), clock.personal);
        parsed.script.clocks().into_iter().map(told).collect()
    }

    #[test]
    fn a_clock_waits_for_what_its_script_keeps() {
        let steps = "<- json {\"iv\": {{$number as iv}}, \"n\": {{$number as n}}}\n\
                     -- every {{iv}}ms times {{n}}\n-> text a\n\
                     -- every {{given}}ms\n-> text b\n\
                     -- every 2s\n-> text c\n";
        let expected = |personal| {
            vec![
                (0, "iv n".to_owned(), personal),
                (1, String::new(), false),
                (2, String::new(), false),
            ]
        };
        assert_eq!(clocks(steps, Role::Client), expected(false));
        assert_eq!(clocks(steps, Role::Server), expected(true));
    }

    #[test]
    fn a_clock_does_not_wait_for_itself() {
        let own = "-- every {{iv}}ms\n-> text {{$randomInt 1 9 as iv}}\n";
        assert_eq!(clocks(own, Role::Client), [(0, String::new(), false)]);
        let circle =
            "-- every {{a}}ms\n-> text {{$uuid as b}}\n-- every {{b}}ms\n-> text {{$uuid as a}}\n";
        let none = [(0, String::new(), false), (1, String::new(), false)];
        assert_eq!(clocks(circle, Role::Client), none);
    }

    #[test]
    fn a_servers_clock_is_a_connections_where_one_keeps_its_value() {
        let steps = "-- on json {\"iv\": {{$number as iv}}}\n-> text ok\n\
                     -- every 1s\n-> text {{$randomInt 1 9 as block}}\n\
                     -- every {{block}}ms\n-> text a\n\
                     -- every {{iv}}ms\n-> text {{$randomInt 1 9 as next}}\n\
                     -- every {{next}}ms\n-> text b\n";
        let expected = [
            (1, String::new(), false),
            (2, "block".to_owned(), false),
            (3, "iv".to_owned(), true),
            (4, "next".to_owned(), true),
        ];
        assert_eq!(clocks(steps, Role::Server), expected);
    }
}
