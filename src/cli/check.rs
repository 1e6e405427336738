//! `voiden check`

use std::io;
use std::sync::Arc;

use super::arguments::{Check, FoundFormat};
use super::reports::guarded;
use super::run_documents::has_no_block;
use super::settings::{Audience, jobs, named, settings};
use super::{NO_BLOCK, REFUSED, usage};
use crate::report::{CheckFormat, CheckReport, ColonSpelling, Output, Reporters, Scene, counted};
use crate::runner::{Runner, exit_status};

pub(super) fn check(arguments: &Check, out: Output, mut err: Output) -> u8 {
    let prepared = named(&arguments.naming, "check")
        .and_then(|named| Ok((named, settings(&arguments.values, &mut err)?)));
    let ((documents, wrong), mut settings) = match prepared {
        Ok(prepared) => prepared,
        Err(sentence) => {
            let status = usage(&mut err, &sentence);
            // Who reads a report is given one all the same.
            return match arguments.format {
                FoundFormat::Text => status,
                FoundFormat::Json | FoundFormat::Github => {
                    audience(arguments, out, err).close(status)
                }
            };
        }
    };
    settings.jobs = jobs(documents.len());
    let audience = audience(arguments, out, err);
    let terminal = &audience.terminal;
    for wrong in &wrong {
        terminal.error(wrong);
    }
    let results = Runner::new(settings)
        .reporter(audience.reporter())
        .check(&documents);
    let mut status = exit_status(&results);
    if !wrong.is_empty() {
        status = REFUSED;
    } else if has_no_block(&results) {
        terminal.error_with_help(NO_BLOCK.0, NO_BLOCK.1);
        status = REFUSED;
    }
    let is_told = arguments.format == FoundFormat::Text && !arguments.telling.quiet;
    if is_told && !results.is_empty() {
        let blocks: usize = results.iter().map(|document| document.blocks).sum();
        let refused = results.iter().filter(|document| document.refused).count();
        let verdict = match refused {
            0 if blocks == 0 => "nothing to check".to_owned(),
            0 => "nothing wrong".to_owned(),
            refused => format!("something wrong in {refused}"),
        };
        terminal.say(&format!(
            "{} checked, {}: {verdict}\n",
            counted(results.len(), "file"),
            counted(blocks, "block"),
        ));
    }
    audience.close(status)
}

/// Those who are told what is wrong: people, or another program alone.
fn audience(arguments: &Check, out: Output, err: Output) -> Audience {
    let (format, spelling) = match arguments.format {
        FoundFormat::Text => return Audience::new(out, err, Scene::Run, arguments.telling, None),
        FoundFormat::Json => (CheckFormat::Json, Some(ColonSpelling::Json)),
        // Its lines are commands, and what stands in them is spelled as they need it.
        FoundFormat::Github => (CheckFormat::Github, None),
    };
    let report = CheckReport::new(format, guarded(io::stdout(), spelling));
    let mut reporters = Reporters::default();
    reporters.add("--format", Arc::new(report));
    Audience::of_programs(out, err, arguments.telling, reporters)
}
