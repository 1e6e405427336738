//! `voiden open`: shows documents in the browser until interrupted.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command as Program, Stdio};

use super::arguments::OpenArguments;
use super::interrupt::interrupts;
use super::settings::{named, settings, write_back};
use super::{REFUSED, stdin, usage};
use crate::page::{self, Opened, PageKeys};
use crate::report::Output;
use crate::runner::find;

pub(super) fn open(arguments: &OpenArguments, mut out: Output, mut err: Output) -> u8 {
    let (opened, wrong) = match prepare(arguments, &mut err) {
        Ok(prepared) => prepared,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    for wrong in &wrong {
        usage(&mut err, wrong);
    }
    if !wrong.is_empty() && find(&opened.files).0.is_empty() {
        return REFUSED;
    }
    let bound = listener(arguments.port).and_then(|listener| Ok((listener, PageKeys::new()?)));
    let (listener, keys) = match bound {
        Ok(bound) => bound,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let Ok(place) = listener.local_addr() else {
        return usage(&mut err, "the page has no address");
    };
    let stop = interrupts().at_any_time();
    let address = page::address(place, &keys);
    out.put(&format!("{address}\n"));
    out.flush();
    if !arguments.no_browser {
        show(&address, &mut err);
    }
    match page::serve(listener, keys, opened, stop) {
        Ok(()) => 0,
        Err(error) => usage(&mut err, &format!("the page cannot be served: {error}")),
    }
}

fn prepare(arguments: &OpenArguments, err: &mut Output) -> Result<(Opened, Vec<String>), String> {
    let files = arguments.naming.files.clone();
    if stdin::is_among(&files) {
        return Err(
            "`-` is stdin, and the page shows files\nsave the document, and name its file"
                .to_owned(),
        );
    }
    let (_, wrong) = named(&arguments.naming, "open")?;
    let mut settings = settings(&arguments.values, err)?;
    settings.write = write_back(arguments.write);
    Ok((Opened { files, settings }, wrong))
}

/// On this machine alone.
fn listener(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        format!("127.0.0.1:{port} cannot be listened at: {error}\nleave --port away, or name another one")
    })
}

/// Asks the system for a browser; without one the address is there to be opened.
fn show(address: &str, err: &mut Output) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let started = Program::new(program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        err.put("no browser could be started: open the address above in one\n");
        err.flush();
    }
}
