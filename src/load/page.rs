//! `--report html=PATH`: one page that needs nothing else, with throughput and latency over time. Whatever comes from a
//! document goes through [`Shown`]; the page's policy lets no script and no other style in.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::microseconds;
use super::interval::Interval;
use super::limit::JudgedLimit;
use super::run::LoadOutcome;
use super::series::Series;
use super::settings::LoadSettings;
use super::table::told;
use super::times::{float, number, rate, time};
use crate::report::{PAGE_STYLE, Percent, Shown, TimeAxis, counted, digest};
use crate::runner::TargetStep;

const STYLE: &str = include_str!("page.css");

/// Height of a chart, and of what stands below it.
const HEIGHT: usize = 180;
const BELOW: usize = 20;

/// A curve: its class, its name, and its values at places in percent.
struct Curve {
    class: &'static str,
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// The page.
#[must_use]
pub fn page(
    title: &str,
    settings: &LoadSettings,
    outcome: &LoadOutcome,
    steps: &[TargetStep],
    limits: &[JudgedLimit],
) -> String {
    let style = format!("{PAGE_STYLE}{STYLE}");
    let policy = format!(
        "default-src 'none'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(&style)
    );
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { (Shown(title)) " · voiden load" }
                style { (PreEscaped(&style)) }
            }
            "\n"
            body {
                (summary(title, settings, outcome)) "\n"
                main {
                    (plots(&outcome.series)) "\n"
                    (table(outcome, steps)) "\n"
                    (judged(limits)) "\n"
                }
                footer { p { "voiden " (env!("CARGO_PKG_VERSION")) } }
            }
        }
        "\n"
    };
    page.into_string()
}

fn summary(title: &str, settings: &LoadSettings, outcome: &LoadOutcome) -> Markup {
    let figures = &outcome.figures;
    let clients = usize::try_from(settings.clients).unwrap_or(usize::MAX);
    let counts = [
        ("passed", figures.passed, "passed"),
        ("failed", figures.failed, "failed"),
        ("skipped", figures.unfinished(), "unfinished"),
        ("", figures.sent, "messages sent"),
        ("", figures.received, "messages received"),
    ];
    let messages = rate(figures.messages(), outcome.took);
    let connects = rate(figures.handshake.count(), outcome.took);
    html! {
        header {
            h1 { (Shown(title)) }
            p {
                (counted(clients, "client")) ", " (time(microseconds(outcome.took)))
                ", " (connects) " connects, " (messages) " messages"
                @if outcome.interrupted { ", interrupted" }
            }
            ul .counts {
                @for (class, count, word) in counts {
                    li class=(class) { b { (number(count)) } (word) }
                }
            }
            @if !figures.failures.is_empty() {
                p {
                    "Failures:"
                    @for (kind, count) in &figures.failures { " " (kind.word()) " " (number(*count)) }
                }
            }
        }
    }
}

fn plots(series: &Series) -> Markup {
    let width = series.width();
    let count = u32::try_from(series.intervals().len()).unwrap_or(u32::MAX);
    let axis = TimeAxis::new(width.saturating_mul(count));
    let a_second = |count: u64| float(count) / width.as_secs_f64();
    let each = |value: &dyn Fn(&Interval) -> Option<f64>| -> Vec<(f64, f64)> {
        let middle = |at: usize| {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            axis.place(width.saturating_mul(at).saturating_add(width / 2))
        };
        let intervals = series.intervals().iter().enumerate();
        intervals
            .filter_map(|(at, interval)| Some((middle(at), value(interval)?)))
            .collect()
    };
    let curve = |class, name, value: &dyn Fn(&Interval) -> Option<f64>| Curve {
        class,
        name,
        points: each(value),
    };
    let at = |quantile: f64| move |interval: &Interval| Some(float(interval.at(quantile)?));
    let throughput = [curve("a", "messages a second", &|one| {
        Some(a_second(one.messages))
    })];
    let sessions = [
        curve("b", "sessions a second", &|one| {
            Some(a_second(one.sessions))
        }),
        curve("c", "failed a second", &|one| Some(a_second(one.failed))),
    ];
    let latency = [
        curve("a", "p50", &at(0.5)),
        curve("b", "p95", &at(0.95)),
        curve("c", "p99", &at(0.99)),
    ];
    html! {
        section .sheet {
            (chart("Throughput", &axis, &throughput, &|value| shortened(value)))
            (chart("Sessions", &axis, &sessions, &|value| shortened(value)))
            (chart("Latency", &axis, &latency, &|value| time(whole(value))))
        }
    }
}

fn chart(title: &str, axis: &TimeAxis, curves: &[Curve], label: &dyn Fn(f64) -> String) -> Markup {
    let values = curves.iter().flat_map(|curve| &curve.points);
    let top = round_up(values.map(|(_, value)| *value).fold(0.0, f64::max));
    html! {
        h2 { (title) }
        ul .legend {
            @for curve in curves {
                li { i class=(curve.class) {} (curve.name) }
            }
        }
        svg .chart height=(HEIGHT + BELOW) role="img" aria-label=(title) {
            @for (place, text, anchor) in axis.ticks() {
                line x1=(Percent(place)) x2=(Percent(place)) y1="0" y2=(HEIGHT) {}
                text x=(Percent(place)) y=(HEIGHT + 15) text-anchor=(anchor) { (text) }
            }
            @for quarter in [0_usize, 2, 4] {
                @let y = HEIGHT - HEIGHT * quarter / 4;
                line x1="0" x2="100%" y1=(y) y2=(y) {}
                @if quarter > 0 {
                    text x="0" y=(y + 12) { (label(top * float(quarter as u64) / 4.0)) }
                }
            }
            svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height=(HEIGHT) {
                @for curve in curves {
                    polyline class=(curve.class) points=(points(&curve.points, top)) {}
                }
            }
        }
    }
}

fn points(points: &[(f64, f64)], top: f64) -> String {
    let points: Vec<_> = points
        .iter()
        .map(|(x, value)| format!("{x:.2},{:.2}", 100.0 - value / top * 100.0))
        .collect();
    points.join(" ")
}

fn table(outcome: &LoadOutcome, steps: &[TargetStep]) -> Markup {
    let figures = &outcome.figures;
    let rows = steps.iter().zip(&figures.steps);
    let rows = rows.map(|(step, latencies)| (step.name.as_str(), latencies));
    let rows = std::iter::once(("handshake", &figures.handshake)).chain(rows);
    let quantiles = [Some(0.5), Some(0.9), Some(0.95), Some(0.99), None];
    html! {
        section .sheet {
            table {
                thead {
                    tr {
                        @for name in ["", "count", "p50", "p90", "p95", "p99", "max"] { th scope="col" { (name) } }
                    }
                }
                tbody {
                    @for (name, latencies) in rows {
                        tr {
                            td { (Shown(name)) }
                            td { (number(latencies.count())) }
                            @for quantile in quantiles { td { (told(latencies, quantile)) } }
                        }
                    }
                }
            }
        }
    }
}

fn judged(limits: &[JudgedLimit]) -> Markup {
    if limits.is_empty() {
        return Markup::default();
    }
    html! {
        section .sheet {
            h2 { "Limits" }
            ul .limits {
                @for limit in limits {
                    @let (class, mark) = if limit.is_met { ("met", "✓") } else { ("missed", "✗") };
                    li class=(class) { (mark) " " (Shown(&limit.text)) ": " (limit.measured) }
                }
            }
        }
    }
}

/// The next number above that begins with 1, 2 or 5, and has zeros behind it.
fn round_up(value: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        for times in [1.0, 2.0, 5.0] {
            if value <= unit * times {
                return unit * times;
            }
        }
        unit *= 10.0;
        if unit > 1e30 {
            return value;
        }
    }
}

fn shortened(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.1}"),
        value => number(whole(value)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is a count or a time, and not negative"
)]
fn whole(value: f64) -> u64 {
    value as u64
}
