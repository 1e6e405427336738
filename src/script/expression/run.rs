//! Runs programs inside bounds of stack, steps and time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use jaq_core::{Ctx, Exn, Vars};
use jaq_json::Val;

use super::Facts;
use super::machine::{Bounds, BrokenBound, Machine, MachineData, Program};
use super::written;

/// The stack that a run may use where it was called: every thread has more.
const SHALLOW: usize = 256 * 1024;
/// The stacks of threads for what goes deep, the first that can be had. Only what is used of them takes memory.
const DEEP: [u64; 4] = [1 << 32, 1 << 30, 1 << 28, 1 << 26];
/// A step may nest a value once more, and to print, compare or drop a value takes less stack than this for each level.
const STACK_A_STEP: usize = 2048;

/// Runs a program and gives its outputs to `read`.
///
/// # Errors
/// A sentence: a bound was broken.
pub(super) fn run<T: Send>(
    program: &Program,
    facts: &Facts,
    until: Option<Instant>,
    read: impl Fn(&mut dyn Iterator<Item = Result<Val, String>>) -> T + Sync,
) -> Result<T, String> {
    if !program.loops {
        match attempt(
            program,
            facts,
            &Bounds::new(SHALLOW, u64::MAX, until, facts.making),
            &read,
        ) {
            Err(Some(BrokenBound::Stack)) => {}
            done => return done.map_err(told),
        }
    }
    deeply(|stack| {
        let most_steps = u64::try_from(stack / STACK_A_STEP).unwrap_or(u64::MAX);
        attempt(
            program,
            facts,
            &Bounds::new(stack / 64, most_steps, until, facts.making),
            &read,
        )
        .map_err(told)
    })?
}

/// Does something on a thread with a large stack, which it is told.
///
/// # Errors
/// A sentence: there is no such thread to be had.
pub(super) fn deeply<T: Send>(work: impl Fn(usize) -> T + Sync) -> Result<T, String> {
    let work = &work;
    std::thread::scope(|scope| {
        let thread = DEEP.into_iter().find_map(|size| {
            let size = usize::try_from(size).ok()?;
            std::thread::Builder::new()
                .name("expression".to_owned())
                .stack_size(size)
                .spawn_scoped(scope, move || work(size))
                .ok()
        });
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Some(Ok(done)) => Ok(done),
            Some(Err(_)) => Err(told(None)),
            None => Err("there is no memory to run it in".to_owned()),
        }
    })
}

/// Runs what cannot go deep where it is called: a thread of its own takes longer than most expressions.
///
/// # Errors
/// It panicked.
pub(super) fn shallowly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| told(None))
}

fn attempt<T>(
    program: &Program,
    facts: &Facts,
    bounds: &Bounds,
    read: &impl Fn(&mut dyn Iterator<Item = Result<Val, String>>) -> T,
) -> Result<T, Option<BrokenBound>> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let data = MachineData {
            lut: &program.filter.lut,
            bounds,
        };
        let globals = program.globals.iter().map(|name| facts.global(name));
        let context = Ctx::<Machine>::new(data, Vars::new(globals));
        let outputs = program.filter.id.run((context, facts.subject.value()));
        let most = facts.making.most_joined();
        read(&mut outputs.map(|output| output.map_err(|exception| sentence(exception, most))))
    }));
    ran.map_err(|broken| broken.downcast_ref::<BrokenBound>().copied())
}

fn sentence(exception: Exn<'_, Val>, most: usize) -> String {
    match exception.get_err() {
        // What tells of a value writes that out.
        Ok(error) if written::whole(&error, most).is_none() => written::UNTOLD.to_owned(),
        Ok(error) => match error.into_val() {
            Val::TStr(text) if text.is_empty() => "it failed and did not say why".to_owned(),
            Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
            value => value.to_string(),
        },
        Err(_) => told(None),
    }
}

fn told(broken: Option<BrokenBound>) -> String {
    match broken {
        Some(BrokenBound::Stack) => "it calls itself too deep",
        Some(BrokenBound::Steps) => "it takes too many steps",
        Some(BrokenBound::Time) => "it did not finish within its step's time",
        Some(BrokenBound::Size) => "its `*` makes more than 16 MiB",
        Some(BrokenBound::Joined(most)) => {
            return format!("it joins more than {} MiB", most >> 20);
        }
        None => "jq gave up on it",
    }
    .to_owned()
}
