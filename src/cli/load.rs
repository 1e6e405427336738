//! `voiden load`

use std::cell::RefCell;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use tokio::sync::watch;

use super::arguments::{FigureFormat, LoadArguments};
use super::interrupt::{INTERRUPTED, interrupts};
use super::settings::{Audience, settings};
use super::{REFUSED, open_files, reports, usage};
use crate::load::{
    Limit, LoadEnd, LoadOutcome, LoadProgress, LoadSettings, MeasuredLimit, Workers, json, page,
    run, table,
};
use crate::report::{Destination, LiveLine, Output, Scene, Terminal, counted};
use crate::runner::{
    Named, News, NotLoaded, ReportedDocument, Reporter, Runner, Settings, Target, TargetPlan, find,
};
use crate::script::format_duration;

/// How long a load lasts where nothing is said.
const LASTS: std::time::Duration = std::time::Duration::from_secs(30);

/// Some failed.
const FAILED: u8 = 1;

pub(super) fn load(arguments: &LoadArguments, out: Output, mut err: Output) -> u8 {
    let prepared = match prepare(arguments, &mut err) {
        Ok(prepared) => prepared,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let colour = out.colour();
    let shows_progress = err.is_terminal() && !arguments.telling.quiet;
    let audience = Audience::new(out, err, Scene::Run, arguments.telling, None);
    let terminal = Arc::clone(&audience.terminal);
    if prepared.reports.iter().any(|report| report.is_stdout) {
        terminal.leave_stdout();
    }
    let stop = interrupts().at_any_time();
    let loading = Loading {
        arguments,
        terminal: &terminal,
        stop: stop.clone(),
        colour,
        shows_progress,
        measured: RefCell::default(),
    };
    let status = loading.run(prepared);
    audience.close(status)
}

/// What a load needs.
struct LoadPrepared {
    document: Named,
    settings: Settings,
    load: LoadSettings,
    reports: Vec<FigureReport>,
}

/// Where figures go.
struct FigureReport {
    name: String,
    format: FigureFormat,
    is_stdout: bool,
    destination: Destination,
}

fn prepare(arguments: &LoadArguments, err: &mut Output) -> Result<LoadPrepared, String> {
    let (mut found, wrong) = find(std::slice::from_ref(&arguments.block));
    if let Some(wrong) = wrong.into_iter().next() {
        return Err(wrong);
    }
    let document = found.pop().filter(|_| found.is_empty());
    let document = document.ok_or_else(|| {
        "one block is loaded at a time\nname it: `voiden load 'FILE#BLOCK'`".to_owned()
    })?;
    let settings = settings(&arguments.values, err)?;
    let end = match arguments.times {
        Some(times) => LoadEnd::Times(times),
        None => LoadEnd::After(arguments.time.unwrap_or(LASTS)),
    };
    let mut opened: Vec<FigureReport> = Vec::new();
    for (at, (format, path)) in arguments.report.iter().enumerate() {
        let name = format!("--report {}={}", format.word(), path.display());
        let mut before = arguments.report.iter().take(at);
        if before.any(|(_, other)| other == path) {
            return Err(format!("{name}: another report goes there"));
        }
        opened.push(open(name, *format, path)?);
    }
    Ok(LoadPrepared {
        document,
        settings,
        load: LoadSettings {
            clients: arguments.clients,
            ramp: arguments.ramp,
            end,
            rate: arguments.rate,
        },
        reports: opened,
    })
}

fn open(name: String, format: FigureFormat, path: &Path) -> Result<FigureReport, String> {
    let spelling = match format {
        FigureFormat::Json => crate::report::ColonSpelling::Json,
        FigureFormat::Html => crate::report::ColonSpelling::Xml,
    };
    let destination = reports::destination(path, Some(spelling));
    Ok(FigureReport {
        destination: destination.map_err(|error| format!("{name}: {error}"))?,
        is_stdout: reports::is_stdout(path),
        name,
        format,
    })
}

/// A load, and where it is told.
struct Loading<'a> {
    arguments: &'a LoadArguments,
    terminal: &'a Arc<Terminal>,
    stop: watch::Receiver<bool>,
    colour: bool,
    shows_progress: bool,
    /// The limits, once it is known what they are about.
    measured: RefCell<Vec<MeasuredLimit>>,
}

impl Loading<'_> {
    /// Runs it; gives the exit status.
    fn run(&self, prepared: LoadPrepared) -> u8 {
        let LoadPrepared {
            document,
            settings,
            load,
            reports,
        } = prepared;
        let subject = ReportedDocument {
            index: 0,
            name: document.shown.clone(),
        };
        let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let workers = Workers::Threads(threads, Box::new(settings.clone()));
        let reporter = WithoutLines(Arc::clone(self.terminal));
        let runner = Runner::new(settings)
            .reporter(Arc::new(reporter))
            .until(self.stop.clone());
        let accept = |planned: &TargetPlan| self.accept(planned);
        let drive = async |target: Target| {
            let outcome = self.drive(&target, &load, workers).await;
            self.tell_failures(&target, &outcome, &subject);
            (target, outcome)
        };
        match runner.load(&document, self.arguments.each, accept, drive) {
            Ok((target, outcome)) => self.finish(&target, &load, &outcome, reports),
            Err(NotLoaded::Interrupted) => INTERRUPTED,
            Err(_) if *self.stop.borrow() => INTERRUPTED,
            Err(NotLoaded::Failed) => {
                let sentence =
                    "a block that it takes values from has failed, so nothing was loaded";
                self.terminal.error(sentence);
                FAILED
            }
            Err(NotLoaded::Refused) => REFUSED,
        }
    }

    /// Whether what is asked for can be measured, and borne by this machine; if not, why is told.
    fn accept(&self, planned: &TargetPlan) -> bool {
        let mut measured = Vec::new();
        for limit in &self.arguments.limit {
            match limit.clone().find(&planned.steps) {
                Ok(limit) => measured.push(limit),
                Err(error) => {
                    self.terminal.error_with_help(&error.sentence, &error.hint);
                    return false;
                }
            }
        }
        self.measured.replace(measured);
        let ends = if planned.is_served { 2 } else { 1 };
        let connections = u64::try_from(planned.connections).unwrap_or(u64::MAX);
        let needed = self.arguments.clients.saturating_mul(connections);
        match open_files::allow(needed.saturating_mul(ends)) {
            Ok(()) => true,
            Err(refused) => {
                let told = format!(
                    "{} open {} files at once, and this system lets a process have {}",
                    counted(
                        usize::try_from(self.arguments.clients).unwrap_or(usize::MAX),
                        "client"
                    ),
                    refused.needed,
                    refused.most
                );
                let cure = format!(
                    "raise the limit before (`ulimit -n {}`; where that is refused, `nofile` in /etc/security/limits.conf), or have fewer --clients",
                    refused.needed
                );
                self.terminal.error_with_help(&told, &cure);
                false
            }
        }
    }

    async fn drive(&self, target: &Target, load: &LoadSettings, workers: Workers) -> LoadOutcome {
        let line = self.shows_progress.then(LiveLine::default);
        let clients = usize::try_from(load.clients).unwrap_or(usize::MAX);
        let show = |progress: &LoadProgress| {
            if let Some(line) = &line {
                line.show(sentence(clients, progress));
            }
        };
        let outcome = run(target, load, workers, &self.stop, show).await;
        if let Some(line) = line {
            line.end();
        }
        outcome
    }

    /// The first failure of each kind, at its place.
    fn tell_failures(&self, target: &Target, outcome: &LoadOutcome, subject: &ReportedDocument) {
        for example in outcome.figures.examples.values() {
            target.tell_failure(&example.failure, &example.secrets, |findings| {
                self.terminal.hear(subject, &News::Diagnostics(findings));
            });
        }
    }

    /// Tells the figures; gives the exit status.
    fn finish(
        &self,
        target: &Target,
        load: &LoadSettings,
        outcome: &LoadOutcome,
        reports: Vec<FigureReport>,
    ) -> u8 {
        let limits = self.measured.borrow();
        let limits = limits.iter().map(|limit| limit.judge(&outcome.figures));
        let limits: Vec<_> = limits.collect();
        let steps = target.steps();
        let missed = limits.iter().any(|limit| !limit.is_met);
        let decides = self.arguments.limit.iter().any(Limit::is_of_failures);
        let failed = missed || (outcome.figures.failed > 0 && !decides);
        if !self.arguments.telling.quiet || failed {
            let text = table(outcome, steps, &limits, self.colour);
            self.terminal.answer(&text);
        }
        let mut status = if failed { FAILED } else { 0 };
        if outcome.interrupted {
            status = INTERRUPTED;
        }
        if !outcome.is_whole {
            self.terminal.error(
                "a thread of the load could not run: its clients are missing in the figures",
            );
            status = REFUSED;
        }
        for report in reports {
            let bytes = match report.format {
                FigureFormat::Json => json(outcome, target.block().line, steps, &limits),
                FigureFormat::Html => {
                    page(&target.block().name, load, outcome, steps, &limits).into_bytes()
                }
            };
            if let Err(error) = write(report.destination, &bytes) {
                self.terminal.error(&format!("{}: {error}", report.name));
                status = REFUSED;
            }
        }
        status
    }
}

fn write(mut destination: Destination, bytes: &[u8]) -> io::Result<()> {
    destination.write_all(bytes)?;
    destination.flush()
}

/// `12s of 30s · 10 clients · 1234 sessions, 3 failed · 5678 messages a second`
fn sentence(clients: usize, progress: &LoadProgress) -> String {
    let seconds =
        |time: std::time::Duration| format_duration(std::time::Duration::from_secs(time.as_secs()));
    let elapsed = seconds(progress.elapsed);
    let time = match progress.lasts {
        Some(lasts) if lasts.as_secs() > 0 => format!("{elapsed} of {}", seconds(lasts)),
        _ => elapsed,
    };
    let failed = match progress.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    let sessions = usize::try_from(progress.sessions).unwrap_or(usize::MAX);
    format!(
        "{time} · {} · {}{failed} · {:.0} messages a second",
        counted(clients, "client"),
        counted(sessions, "session"),
        progress.rate
    )
}

/// Tells what is wrong, and nothing of what goes on: blocks that run before are not what was asked for.
struct WithoutLines(Arc<Terminal>);

impl Reporter for WithoutLines {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        match news {
            News::Begun
            | News::Variables(_)
            | News::Remark { .. }
            | News::Diagnostics(_)
            | News::Done(_) => self.0.hear(subject, news),
            _ => {}
        }
    }

    fn pause(&self) {
        self.0.pause();
    }
}
