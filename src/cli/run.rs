//! `voiden run`

use std::time::Instant;

use super::arguments::Run;
use super::interrupt::{INTERRUPTED, interrupts};
use super::settings::{Audience, named, open_log, settings, write_back};
use super::{REFUSED, usage};
use crate::report::{Log, Output, Scene};
use crate::runner::{self, DocumentResult, Named, Settings, exit_status};

pub(super) fn run(arguments: &Run, out: Output, mut err: Output) -> u8 {
    let (settings, documents, wrong, log) = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let audience = Audience::new(out, err, Scene::Run, arguments.telling, log);
    for wrong in &wrong {
        audience.terminal.error(wrong);
    }
    let began = Instant::now();
    let stop = interrupts();
    let results = runner::run(&documents, &settings, &audience.listener, &stop);
    let mut status = exit_status(&results);
    if !wrong.is_empty() {
        status = REFUSED;
    } else if has_no_block(&results) {
        audience
            .terminal
            .error("no ```/wss or ```/wss-server block in anything named");
        status = REFUSED;
    }
    if *stop.borrow() {
        status = INTERRUPTED;
    }
    if !results.is_empty() {
        audience
            .terminal
            .summary(&results, began.elapsed(), status != 0);
    }
    audience.close(status)
}

type Prepared = (Settings, Vec<Named>, Vec<String>, Option<Log>);

fn prepare(arguments: &Run) -> Result<Prepared, String> {
    let (documents, wrong) = named(&arguments.naming, "run")?;
    let mut settings = settings(&arguments.values)?;
    settings.write = write_back(arguments.write);
    settings.check = arguments.check;
    settings.bail = arguments.bail;
    settings.jobs = arguments.jobs.unwrap_or(settings.jobs);
    let log = open_log(arguments.log.as_deref())?;
    Ok((settings, documents, wrong, log))
}

/// Whether everything could be read, and nothing in it is ours.
pub(super) fn has_no_block(results: &[DocumentResult]) -> bool {
    results
        .iter()
        .all(|document| document.blocks == 0 && !document.refused)
}
