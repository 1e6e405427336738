//! Reads what is typed behind the options of `voiden load`.

use std::path::PathBuf;
use std::time::Duration;

use crate::script::{duration_hint, parse_duration};

/// A format that figures are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum FigureFormat {
    Json,
    Html,
}

impl FigureFormat {
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

pub(super) fn report(text: &str) -> Result<(FigureFormat, PathBuf), String> {
    let (word, path) = text.split_once('=').unwrap_or((text, ""));
    let format = match word {
        "json" => FigureFormat::Json,
        "html" => FigureFormat::Html,
        _ => return Err("figures are written as json=PATH or html=PATH".to_owned()),
    };
    if path.is_empty() {
        return Err(format!("write {word}=PATH, or {word}=- for stdout"));
    }
    Ok((format, PathBuf::from(path)))
}

pub(super) fn clients(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(clients @ 1..=10_000_000) => Ok(clients),
        _ => Err("write a whole number from 1 on".to_owned()),
    }
}

pub(super) fn times(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number from 1 on".to_owned()),
        Ok(times) => Ok(times),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| duration_hint(text).into_sentence())
}

pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it has to last some time, such as 30s".to_owned()),
        time => Ok(time),
    }
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    let number = text
        .strip_suffix("/s")
        .and_then(|number| number.parse().ok());
    match number.filter(|number: &f64| number.is_finite() && *number > 0.0) {
        Some(number) => Ok(number),
        None => Err("write how many a second, such as 100/s".to_owned()),
    }
}
