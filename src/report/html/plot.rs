//! A session's timeline: a lane for each client and direction, a mark for each line, drawn where it happened.
//! Places are percentages, so that it fits any width with no script.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::super::paint::harmless;
use super::escaped;
use super::line::{class, is_event, since};
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
pub(super) fn plot(html: &mut String, lines: &[Line], took: Duration, id: &str) {
    let lines: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| is_event(line))
        .collect();
    let last = lines.iter().filter_map(|(_, line)| line.at).max();
    let Some(last) = last else { return };
    let plot = Plot {
        clients: clients(&lines),
        scale: Scale::new(took.max(last)),
        lines,
    };
    html.push_str("<div class=\"timeline\">\n");
    plot.names(html);
    let height = plot.height() + AXIS;
    let _ = writeln!(
        html,
        "<div class=\"plot\"><svg height=\"{height}\" role=\"group\" aria-label=\"Timeline: arrow keys go from event to event\">"
    );
    plot.ground(html);
    plot.gap(html);
    // Messages lie on top.
    for messages in [false, true] {
        for (at, line) in &plot.lines {
            if messages == matches!(line.kind, LineKind::Sent | LineKind::Received) {
                plot.mark(html, *at, line, id);
            }
        }
    }
    html.push_str("</svg></div>\n</div>\n");
}

type Numbered<'a> = (usize, &'a Line);
type Who = Option<Arc<str>>;

struct Plot<'a> {
    lines: Vec<Numbered<'a>>,
    clients: Vec<Who>,
    scale: Scale,
}

/// Whoever has lanes, in order of appearance. Lines about nobody have none where others are about somebody.
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

    /// The pair of lanes of whoever a line concerns; `None`: it concerns all.
    fn pair(&self, line: &Line) -> Option<usize> {
        let found = self.clients.iter().position(|who| *who == line.who);
        found.map(|at| at.min(CLIENTS - 1))
    }

    fn names(&self, html: &mut String) {
        html.push_str("<ul class=\"lanes\" aria-hidden=\"true\">");
        for (at, who) in self.clients.iter().take(CLIENTS).enumerate() {
            let shared = at + 1 == CLIENTS && self.clients.len() > CLIENTS;
            let name = match who {
                _ if shared => format!("{} more", self.clients.len() + 1 - CLIENTS),
                Some(who) => escaped(&harmless(who)),
                None => String::new(),
            };
            for (class, arrow, word) in [("sent", '→', "sent"), ("received", '←', "received")] {
                let name = if name.is_empty() { word } else { name.as_str() };
                let _ = write!(
                    html,
                    "<li><span class=\"who\">{name}</span><span class=\"{class}\">{arrow}</span></li>"
                );
            }
        }
        html.push_str("</ul>\n");
    }

    /// The axis, the stretches in which connections were open, and the lanes.
    fn ground(&self, html: &mut String) {
        for pair in 0..self.pairs() {
            self.open(html, pair);
        }
        let height = self.height();
        for (number, (place, label, anchor)) in self.scale.ticks().into_iter().enumerate() {
            let odd = if number % 2 == 1 { " odd" } else { "" };
            let _ = writeln!(
                html,
                "<g class=\"tick{odd}\"><line x1=\"{place:.3}%\" x2=\"{place:.3}%\" y1=\"0\" y2=\"{height}\"/>\
                 <text x=\"{place:.3}%\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text></g>",
                height + 15
            );
        }
        for lane in 0..self.pairs() * 2 {
            let y = lane * LANE + LANE / 2;
            let _ = writeln!(
                html,
                "<line class=\"lane\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>"
            );
        }
    }

    fn open(&self, html: &mut String, pair: usize) {
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
        stretches.extend(since.map(|since| (since, self.scale.end)));
        for (from, to) in stretches {
            let (from, to) = (self.scale.place(from), self.scale.place(to));
            let _ = writeln!(
                html,
                "<rect class=\"open\" x=\"{from:.3}%\" y=\"{}\" width=\"{:.3}%\" height=\"{}\" rx=\"5\"/>",
                pair * 2 * LANE + 2,
                to - from,
                2 * LANE - 4,
            );
        }
    }

    /// Where messages are not shown.
    fn gap(&self, html: &mut String) {
        let elided = self
            .lines
            .iter()
            .position(|(_, line)| line.kind == LineKind::Elided);
        let Some(at) = elided else { return };
        let (before, after) = self.lines.split_at(at);
        let from = before.iter().filter_map(|(_, line)| line.at).max();
        let to = after.iter().find_map(|(_, line)| line.at);
        let from = self.scale.place(from.unwrap_or_default());
        let to = self.scale.place(to.unwrap_or(self.scale.end));
        let text = after.first().map(|(_, line)| escaped(line.told()));
        let _ = writeln!(
            html,
            "<rect class=\"elided\" x=\"{from:.3}%\" y=\"0\" width=\"{:.3}%\" height=\"{}\"><title>{}</title></rect>",
            (to - from).max(0.0),
            self.height(),
            text.unwrap_or_default(),
        );
    }

    fn mark(&self, html: &mut String, number: usize, line: &Line, id: &str) {
        let Some(at) = line.at else { return };
        let x = self.scale.place(at);
        let (class, control) = (class(line.kind), is_control(line));
        let control = if control { " control" } else { "" };
        let _ = write!(
            html,
            "<a href=\"#{id}-{number}\" tabindex=\"-1\" class=\"{class}{control}\"><title>{}</title>",
            tip(line, at)
        );
        let pair = self.pair(line);
        let top = pair.unwrap_or_default() * 2 * LANE;
        let _ = match line.kind {
            LineKind::Sent => write!(
                html,
                "<circle cx=\"{x:.3}%\" cy=\"{}\" r=\"{}\"/>",
                top + LANE / 2,
                radius(line)
            ),
            LineKind::Received => write!(
                html,
                "<circle cx=\"{x:.3}%\" cy=\"{}\" r=\"{}\"/>",
                top + LANE + LANE / 2,
                radius(line)
            ),
            LineKind::Failure => write!(
                html,
                "<line x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"0\" y2=\"{0}\"/><circle cx=\"{x:.3}%\" cy=\"0\" r=\"5\"/>",
                self.height()
            ),
            _ => {
                let (top, height) = match pair {
                    Some(_) => (top, 2 * LANE),
                    None => (0, self.height()),
                };
                write!(
                    html,
                    "<svg x=\"{x:.3}%\" y=\"{}\" overflow=\"visible\"><rect x=\"-1\" width=\"2\" height=\"{}\" rx=\"1\"/></svg>",
                    top + 8,
                    height - 16
                )
            }
        };
        html.push_str("</a>\n");
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
    escaped(&format!(
        "{}  {}{short}",
        since(at),
        who.unwrap_or_default()
    ))
}

/// From times to places.
struct Scale {
    end: Duration,
}

impl Scale {
    fn new(end: Duration) -> Self {
        Self {
            end: end.max(Duration::from_micros(10)),
        }
    }

    /// In percent.
    fn place(&self, at: Duration) -> f64 {
        (at.as_secs_f64() / self.end.as_secs_f64() * 100.0).clamp(0.0, 100.0)
    }

    /// Places with labels, at round times.
    fn ticks(&self) -> Vec<(f64, String, &'static str)> {
        let step = step(self.end);
        let mut ticks = Vec::new();
        let mut at = Duration::ZERO;
        while at <= self.end && ticks.len() < 20 {
            let place = self.place(at);
            let anchor = match place {
                place if place < 2.0 => "start",
                place if place > 97.0 => "end",
                _ => "middle",
            };
            ticks.push((place, label(at, step), anchor));
            at = at.saturating_add(step);
        }
        ticks
    }
}

/// A round time, of which four to nine fit.
fn step(end: Duration) -> Duration {
    let mut unit = Duration::from_micros(1);
    loop {
        for times in [1, 2, 5] {
            let step = unit.saturating_mul(times);
            if end.as_nanos() <= step.as_nanos() * 9 {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

fn label(at: Duration, step: Duration) -> String {
    let of = |unit: f64, word: &str| {
        let (value, step) = (at.as_secs_f64() / unit, step.as_secs_f64() / unit);
        let digits = [1.0, 0.1, 0.01]
            .iter()
            .position(|place| step >= place * 0.999);
        format!("{value:.*} {word}", digits.unwrap_or(3))
    };
    match step {
        _ if at.is_zero() => "0".to_owned(),
        step if step < Duration::from_micros(100) => of(1e-6, "µs"),
        step if step < Duration::from_millis(100) => of(1e-3, "ms"),
        _ => of(1.0, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_times() {
        for (end, labels) in [
            (
                Duration::from_micros(12),
                "0|2 µs|4 µs|6 µs|8 µs|10 µs|12 µs",
            ),
            (
                Duration::from_millis(132),
                "0|20 ms|40 ms|60 ms|80 ms|100 ms|120 ms",
            ),
            (
                Duration::from_millis(3100),
                "0|0.5 s|1.0 s|1.5 s|2.0 s|2.5 s|3.0 s",
            ),
            (
                Duration::from_secs(90),
                "0|10 s|20 s|30 s|40 s|50 s|60 s|70 s|80 s|90 s",
            ),
        ] {
            let ticks = Scale::new(end).ticks();
            let told: Vec<_> = ticks.iter().map(|(_, label, _)| label.as_str()).collect();
            assert_eq!(told.join("|"), labels);
        }
        assert!(!Scale::new(Duration::ZERO).ticks().is_empty());
        assert!(!Scale::new(Duration::MAX).ticks().is_empty());
    }
}
