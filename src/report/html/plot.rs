//! A session's timeline: a lane for each client and direction, a mark for each line, drawn where it happened.
//! Places are percentages, so that it fits any width with no script.

use std::sync::Arc;
use std::time::Duration;

use maud::{Markup, html};

use super::super::paint::harmless;
use super::axis::{Percent, TimeAxis};
use super::line::{class, is_event, since};
use super::shown::Shown;
use crate::transcript::{Line, LineKind};

/// A lane's height.
const LANE: usize = 28;

/// The height of the axis.
const AXIS: usize = 20;

/// Clients that have lanes of their own; further ones share the last pair.
const CLIENTS: usize = 12;

/// Characters of a line that its mark tells.
const TOLD: usize = 400;

/// Draws a timeline; nothing where nothing happened.
pub(super) fn plot(lines: &[Line], took: Duration, id: &str) -> Markup {
    let lines: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| is_event(line))
        .collect();
    let Some(last) = lines.iter().filter_map(|(_, line)| line.at).max() else {
        return Markup::default();
    };
    let plot = Plot {
        clients: clients(&lines),
        axis: TimeAxis::new(took.max(last)),
        lines,
    };
    html! {
        div .timeline {
            "\n" (plot.names())
            "\n" div .plot { (plot.drawing(id)) }
            "\n"
        }
        "\n"
    }
}

type Numbered<'a> = (usize, &'a Line);
type Who = Option<Arc<str>>;

struct Plot<'a> {
    lines: Vec<Numbered<'a>>,
    clients: Vec<Who>,
    axis: TimeAxis,
}

/// Clients that have lanes, in order of appearance. Lines about no client have none where others are about one.
fn clients(lines: &[Numbered<'_>]) -> Vec<Who> {
    let mut clients: Vec<Who> = Vec::new();
    for (_, line) in lines {
        let wanted = matches!(
            line.kind,
            LineKind::Sent | LineKind::Received | LineKind::Status
        );
        if wanted && !clients.contains(&line.who) {
            clients.push(line.who.clone());
        }
    }
    if clients.iter().any(Option::is_some) {
        clients.retain(Option::is_some);
    }
    if clients.is_empty() {
        clients.push(None);
    }
    clients
}

impl Plot<'_> {
    fn pairs(&self) -> usize {
        self.clients.len().min(CLIENTS)
    }

    fn height(&self) -> usize {
        self.pairs() * 2 * LANE
    }

    /// The pair of lanes of the client that a line concerns; `None`: it concerns all.
    fn pair(&self, line: &Line) -> Option<usize> {
        let found = self.clients.iter().position(|who| *who == line.who);
        found.map(|at| at.min(CLIENTS - 1))
    }

    fn names(&self) -> Markup {
        let lanes = [("sent", '→'), ("received", '←')];
        html! {
            ul .lanes aria-hidden="true" {
                @for at in 0..self.pairs() {
                    @for (word, arrow) in lanes {
                        li {
                            span .who { (Shown(self.name(at).unwrap_or_else(|| word.to_owned()))) }
                            span class=(word) { (arrow) }
                        }
                    }
                }
            }
        }
    }

    /// The name of a pair of lanes.
    fn name(&self, pair: usize) -> Option<String> {
        let shared = pair + 1 == CLIENTS && self.clients.len() > CLIENTS;
        if shared {
            return Some(format!("{} more", self.clients.len() + 1 - CLIENTS));
        }
        let who = self.clients.get(pair)?.as_deref()?;
        Some(harmless(who)).filter(|name| !name.is_empty())
    }

    fn drawing(&self, id: &str) -> Markup {
        let is_message = |line: &Line| matches!(line.kind, LineKind::Sent | LineKind::Received);
        html! {
            svg height=(self.height() + AXIS) role="group" aria-label="Timeline: arrow keys go from event to event" {
                "\n" (self.ground()) (self.gap())
                // Messages lie on top.
                @for messages in [false, true] {
                    @for (at, line) in &self.lines {
                        @if messages == is_message(line) { (self.mark(*at, line, id)) }
                    }
                }
            }
        }
    }

    /// The stretches in which connections were open, the axis, and the lanes.
    fn ground(&self) -> Markup {
        let height = self.height();
        let ticks = self.axis.ticks();
        html! {
            @for pair in 0..self.pairs() { (self.open(pair)) }
            @for (number, (place, label, anchor)) in ticks.into_iter().enumerate() {
                @let x = Percent(place);
                g class={ "tick" @if number % 2 == 1 { " odd" } } {
                    line x1=(x) x2=(x) y1="0" y2=(height) {}
                    text x=(x) y=(height + 15) text-anchor=(anchor) { (label) }
                }
                "\n"
            }
            @for lane in 0..self.pairs() * 2 {
                @let y = lane * LANE + LANE / 2;
                line .lane x1="0" x2="100%" y1=(y) y2=(y) {} "\n"
            }
        }
    }

    fn open(&self, pair: usize) -> Markup {
        html! {
            @for (from, to) in self.stretches(pair) {
                @let (from, to) = (self.axis.place(from), self.axis.place(to));
                rect .open x=(Percent(from)) y=(pair * 2 * LANE + 2) width=(Percent(to - from)) height=(2 * LANE - 4) rx="5" {}
                "\n"
            }
        }
    }

    /// From when to when a client was connected.
    fn stretches(&self, pair: usize) -> Vec<(Duration, Duration)> {
        let mut since: Option<Duration> = None;
        let mut stretches = Vec::new();
        for (_, line) in &self.lines {
            let (true, Some(at)) = (self.pair(line) == Some(pair), line.at) else {
                continue;
            };
            if line.kind != LineKind::Status {
                continue;
            }
            if line.told().starts_with("Connected") {
                since.get_or_insert(at);
            } else if line.told().starts_with("Disconnected") {
                stretches.extend(since.take().map(|since| (since, at)));
            }
        }
        stretches.extend(since.map(|since| (since, self.axis.end())));
        stretches
    }

    /// Where messages are not shown.
    fn gap(&self) -> Markup {
        let elided = self
            .lines
            .iter()
            .position(|(_, line)| line.kind == LineKind::Elided);
        let Some(at) = elided else {
            return Markup::default();
        };
        let (before, after) = self.lines.split_at(at);
        let from = before.iter().filter_map(|(_, line)| line.at).max();
        let to = after.iter().find_map(|(_, line)| line.at);
        let from = self.axis.place(from.unwrap_or_default());
        let to = self.axis.place(to.unwrap_or(self.axis.end()));
        let text = after.first().map_or("", |(_, line)| line.told());
        html! {
            rect .elided x=(Percent(from)) y="0" width=(Percent((to - from).max(0.0))) height=(self.height()) {
                title { (Shown(text)) }
            }
            "\n"
        }
    }

    fn mark(&self, number: usize, line: &Line, id: &str) -> Markup {
        let Some(at) = line.at else {
            return Markup::default();
        };
        html! {
            a href={ "#" (id) "-" (number) } tabindex="-1" class={ (class(line.kind)) @if is_control(line) { " control" } } {
                title { (Shown(tip(line, at))) }
                (self.shape(line, Percent(self.axis.place(at))))
            }
            "\n"
        }
    }

    fn shape(&self, line: &Line, x: Percent) -> Markup {
        let pair = self.pair(line);
        let top = pair.unwrap_or_default() * 2 * LANE;
        match line.kind {
            LineKind::Sent => html! {
                circle cx=(x) cy=(top + LANE / 2) r=(radius(line)) {}
            },
            LineKind::Received => html! {
                circle cx=(x) cy=(top + LANE + LANE / 2) r=(radius(line)) {}
            },
            LineKind::Failure => html! {
                line x1=(x) x2=(x) y1="0" y2=(self.height()) {}
                circle cx=(x) cy="0" r="5" {}
            },
            _ => {
                let (top, height) = match pair {
                    Some(_) => (top, 2 * LANE),
                    None => (0, self.height()),
                };
                html! {
                    svg x=(x) y=(top + 8) overflow="visible" {
                        rect x="-1" width="2" height=(height - 16) rx="1" {}
                    }
                }
            }
        }
    }
}

/// Pings, pongs and closes.
fn is_control(line: &Line) -> bool {
    let frame = matches!(line.kind, LineKind::Sent | LineKind::Received);
    let word = line.told().split(' ').nth(1).unwrap_or_default();
    frame && matches!(word, "ping" | "pong" | "close")
}

fn radius(line: &Line) -> &'static str {
    if is_control(line) { "4" } else { "5.5" }
}

/// What a mark tells of its line.
fn tip(line: &Line, at: Duration) -> String {
    let told = line.told();
    let mut short: String = told.chars().take(TOLD).collect();
    if short.len() < told.len() {
        short.push('…');
    }
    let who = line.who.as_deref().map(|who| format!("{} ", harmless(who)));
    format!("{}  {}{short}", since(at), who.unwrap_or_default())
}
