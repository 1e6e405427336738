//! `voiden serve`

use super::arguments::Serve;
use super::interrupt::interrupts;
use super::settings::{Audience, named, open_log, settings, write_back};
use super::{REFUSED, usage};
use crate::report::{Log, Output, Scene};
use crate::runner::{DocumentResult, Named, Runner, Settings, WriteBack, exit_status};

pub(super) fn serve(arguments: &Serve, out: Output, mut err: Output) -> u8 {
    let (settings, documents, wrong, log) = match prepare(arguments, &mut err) {
        Ok(prepared) => prepared,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let interrupts = interrupts();
    let audience =
        Audience::new(out, err, Scene::Serve, arguments.telling, log).with(interrupts.begun());
    for wrong in &wrong {
        audience.terminal.error(wrong);
    }
    let stop = interrupts.stop;
    let results = Runner::new(settings)
        .reporter(audience.reporter())
        .until(stop.clone())
        .serve(&documents, arguments.listen);
    let mut status = exit_status(&results);
    let idle = |document: &DocumentResult| document.results.is_empty() && !document.refused;
    if !wrong.is_empty() {
        status = REFUSED;
    } else if results.iter().all(idle) && !*stop.borrow() {
        audience.terminal.error_with_help(
            "no ```/wss-server block in anything named",
            "a server is the lines \"```/wss-server NAME\", \"ws://127.0.0.1:0/\", handlers such as \"-- on text\" with steps below, and \"```\"",
        );
        status = REFUSED;
    }
    audience.close(status)
}

type ServePrepared = (Settings, Vec<Named>, Vec<String>, Option<Log>);

fn prepare(arguments: &Serve, err: &mut Output) -> Result<ServePrepared, String> {
    let (documents, wrong) = named(&arguments.naming, "serve")?;
    let mut settings = settings(&arguments.values, err)?;
    settings.write = write_back(arguments.write);
    if settings.write != WriteBack::Never && documents.iter().any(|named| named.text.is_some()) {
        return Err(
            "nothing can be written into a document from stdin\nleave --write away".to_owned(),
        );
    }
    let log = open_log(arguments.log.as_deref())?;
    Ok((settings, documents, wrong, log))
}
