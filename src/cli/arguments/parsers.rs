//! Reads what is typed behind an option, and says how it is written.

use std::{net::IpAddr, path::PathBuf};

use globset::Glob;

use crate::cli::reports::RequestedReport;
use crate::diagnostic::nearest;
use crate::report::{REPORT_FORMATS, ReportFormat};
use crate::runner::is_name;
use crate::script::{duration_hint, parse_duration};

pub(super) fn report_help() -> String {
    let names = ReportFormat::names("or");
    format!("Write a report: {names}; PATH - is stdout; may be repeated")
}

pub(super) fn report(text: &str) -> Result<RequestedReport, String> {
    let (word, path) = text.split_once('=').unwrap_or((text, ""));
    let Some(format) = ReportFormat::named(word) else {
        let names = REPORT_FORMATS.iter().map(|format| format.name);
        let near = nearest(word, names).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_default();
        let names = ReportFormat::names("and");
        return Err(format!("`{word}` is none of {names}{near}"));
    };
    if path.is_empty() {
        return Err(format!("write {word}=PATH, or {word}=- for stdout"));
    }
    Ok((format, PathBuf::from(path)))
}

pub(super) fn glob(text: &str) -> Result<Glob, String> {
    Glob::new(text).map_err(|error| error.kind().to_string())
}

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    check_name(name)?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn secret(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    check_name(name)?;
    Ok((name.to_owned(), value))
}

fn check_name(name: &str) -> Result<(), String> {
    if name.starts_with("env.") {
        return Err(
            "names that start with `env.` are the environment's; --allow-env opens them".to_owned(),
        );
    }
    if !is_name(name) {
        // Without the name: who forgot it has typed a value, which may be a secret.
        return Err(
            "the NAME before `=` is letters, digits, `_`, `-` and dots, and starts with a letter or `_`".to_owned(),
        );
    }
    Ok(())
}

pub(super) fn environment(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(['/', '\\']) {
        return Err("it is the NAME of .env.NAME files; --env-file takes a path".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn duration(text: &str) -> Result<String, String> {
    match parse_duration(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(duration_hint(text).into_sentence()),
    }
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number from 1 on".to_owned()),
        Ok(number) => Ok(number),
    }
}

pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address such as 0.0.0.0 or ::".to_owned())
}

pub(super) fn link_local(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address such as 169.254.169.254 or fe80::1".to_owned())
}
