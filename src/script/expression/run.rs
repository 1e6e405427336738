//! Runs programs inside bounds: stack, steps and time. What breaks a bound is unwound out of jaq, which asks for its
//! table of terms at every step and so can be stopped there.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use jaq_core::box_iter::box_once;
use jaq_core::data::{DataT, HasLut};
use jaq_core::native::{self, Fun, v};
use jaq_core::{Ctx, Cv, Error, Exn, Lut, RunPtr, ValXs, Vars};
use jaq_json::{Num, Val};
use jaq_std::ValT as _;

use super::Facts;
use super::compile::Program;
use super::facts::MOST_DIGITS;
use super::times::TIMES;
use crate::format::{MAX_JSON_DEPTH, json_depth, longest_digits};

/// What jaq's filters run on.
pub(super) struct Machine;

impl DataT for Machine {
    type V<'a> = Val;
    type Data<'a> = Data<'a>;
}

#[derive(Clone)]
pub(super) struct Data<'a> {
    lut: &'a Lut<Machine>,
    bounds: &'a Bounds,
}

impl<'a> HasLut<'a, Machine> for Data<'a> {
    fn lut(&self) -> &'a Lut<Machine> {
        self.bounds.check();
        self.lut
    }
}

/// How far a run may go.
struct Bounds {
    /// Where the stack was when the run began, and how many bytes of it may be used.
    stack: usize,
    room: usize,
    steps: Cell<u64>,
    most_steps: u64,
    until: Option<Instant>,
    /// Bytes that `*` has made.
    made: Cell<usize>,
}

/// Which bound was broken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Broken {
    Stack,
    Steps,
    Time,
    Size,
}

/// The stack that a run may use where it was called: every thread has more.
const SHALLOW: usize = 256 * 1024;
/// The stacks of threads for what goes deep, the first that can be had. Only what is used of them takes memory.
const DEEP: [u64; 4] = [1 << 32, 1 << 30, 1 << 28, 1 << 26];
/// A step may nest a value once more, and to print, compare or drop a value takes less stack than this for each level.
const STACK_A_STEP: usize = 2048;
/// Bytes that `*` may make, all in all.
const MOST_MADE: usize = 16 << 20;
/// How many numbers `range` gives at most.
const MOST_NUMBERS: usize = 10_000_000;

impl Bounds {
    fn new(room: usize, most_steps: u64, until: Option<Instant>) -> Self {
        Self {
            stack: stack_now(),
            room,
            steps: Cell::new(0),
            most_steps,
            until,
            made: Cell::new(0),
        }
    }

    /// So many bytes more are to be made.
    pub(super) fn make(&self, bytes: usize) {
        let made = self.made.get().saturating_add(bytes);
        self.made.set(made);
        if made > MOST_MADE {
            resume_unwind(Box::new(Broken::Size));
        }
    }

    fn check(&self) {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        let broken = if self.stack.abs_diff(stack_now()) > self.room {
            Broken::Stack
        } else if steps > self.most_steps {
            Broken::Steps
        } else if steps.is_multiple_of(1024)
            && self.until.is_some_and(|until| Instant::now() > until)
        {
            Broken::Time
        } else {
            return;
        };
        // Unlike a panic this tells nobody on its way.
        resume_unwind(Box::new(broken));
    }
}

/// About where the stack ends now.
#[inline(never)]
fn stack_now() -> usize {
    let here = 0_u8;
    std::hint::black_box(std::ptr::from_ref(&here)).addr()
}

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
            &Bounds::new(SHALLOW, u64::MAX, until),
            &read,
        ) {
            Err(Some(Broken::Stack)) => {}
            done => return done.map_err(told),
        }
    }
    deeply(|stack| {
        let most_steps = u64::try_from(stack / STACK_A_STEP).unwrap_or(u64::MAX);
        attempt(
            program,
            facts,
            &Bounds::new(stack / 64, most_steps, until),
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
) -> Result<T, Option<Broken>> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let data = Data {
            lut: &program.filter.lut,
            bounds,
        };
        let globals = program.globals.iter().map(|name| facts.global(name));
        let context = Ctx::<Machine>::new(data, Vars::new(globals));
        let outputs = program.filter.id.run((context, facts.subject.value()));
        read(&mut outputs.map(|output| output.map_err(sentence)))
    }));
    ran.map_err(|broken| broken.downcast_ref::<Broken>().copied())
}

fn sentence(exception: Exn<'_, Val>) -> String {
    match exception.get_err() {
        Ok(error) => match error.into_val() {
            Val::TStr(text) if text.is_empty() => "it failed and did not say why".to_owned(),
            Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
            value => value.to_string(),
        },
        Err(_) => told(None),
    }
}

fn told(broken: Option<Broken>) -> String {
    match broken {
        Some(Broken::Stack) => "it calls itself too deep",
        Some(Broken::Steps) => "it takes too many steps",
        Some(Broken::Time) => "it did not finish within its step's time",
        Some(Broken::Size) => "its `*` makes more than 16 MiB",
        None => "jq gave up on it",
    }
    .to_owned()
}

/// The filters that are ours: those of jaq that know no bound, with one.
pub(super) fn funs() -> impl Iterator<Item = Fun<Machine>> {
    let from_json: RunPtr<Machine> = from_json;
    let range: RunPtr<Machine> = range;
    let times: RunPtr<Machine> = times;
    [
        native::run::<Machine>((TIMES, v(2), times)),
        native::run::<Machine>(("fromjson", v(0), from_json)),
        native::run::<Machine>(("range", v(3), range)),
    ]
    .into_iter()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "jaq hands the context to its filters"
)]
fn from_json(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    let bytes = match cv.1.try_as_utf8_bytes_owned() {
        Ok(bytes) => bytes,
        Err(error) => return box_once(Err(error.into())),
    };
    let text = String::from_utf8_lossy(&bytes);
    if json_depth(&text) > MAX_JSON_DEPTH {
        let error = format!("this JSON has more than {MAX_JSON_DEPTH} levels");
        return box_once(Err(Error::str(error).into()));
    }
    if longest_digits(&text) > MOST_DIGITS {
        let error = format!("this JSON has a number of more than {MOST_DIGITS} digits");
        return box_once(Err(Error::str(error).into()));
    }
    let mut values = Vec::new();
    for value in jaq_json::read::parse_many(&bytes) {
        let value = value
            .map_err(|error| Error::str(format!("cannot parse {} as JSON: {error}", cv.1)).into());
        // The reader stays at what it cannot read, and would tell of it without end.
        let is_last = value.is_err();
        values.push(value);
        if is_last {
            break;
        }
    }
    Box::new(values.into_iter())
}

/// `left * right`. A string times a number repeats it, and whoever sends both can ask for more than there is memory.
fn times((mut context, _): Cv<'_, Machine>) -> ValXs<'_, Val> {
    let right = context.pop_var();
    let left = context.pop_var();
    context.data().bounds.make(product(&left, &right));
    native::bome(left * right)
}

/// Bytes that a product takes, where that may be many.
fn product(left: &Val, right: &Val) -> usize {
    match (left, right) {
        (Val::TStr(text) | Val::BStr(text), Val::Num(number))
        | (Val::Num(number), Val::TStr(text) | Val::BStr(text)) => {
            let times = match number {
                Num::Int(times) => usize::try_from(*times).unwrap_or_default(),
                Num::BigInt(_) => usize::MAX,
                Num::Float(_) | Num::Dec(_) => 0,
            };
            text.len().saturating_mul(times)
        }
        // The time that it takes grows by the square: a number that long counts for more than it takes.
        (Val::Num(left), Val::Num(right)) => {
            let digits = |number: &Num| match number {
                Num::BigInt(number) => usize::try_from(number.bits()).unwrap_or(usize::MAX),
                _ => 0,
            };
            digits(left).saturating_mul(digits(right)) / 4096
        }
        _ => 0,
    }
}

fn range(mut cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    let by = cv.0.pop_var();
    let to = cv.0.pop_var();
    let mut next = Some(cv.0.pop_var());
    let upward = by.as_f64().unwrap_or_default();
    let mut given = 0;
    Box::new(std::iter::from_fn(move || {
        let current = next.take()?;
        let more = if upward > 0.0 {
            current < to
        } else if upward < 0.0 {
            current > to
        } else {
            current != to
        };
        if !more {
            return None;
        }
        given += 1;
        if given > MOST_NUMBERS {
            let error = format!("`range` gives more than {MOST_NUMBERS} numbers");
            return Some(Err(Error::str(error).into()));
        }
        cv.0.data().bounds.check();
        match current.clone() + by.clone() {
            Ok(following) => {
                next = Some(following);
                Some(Ok(current))
            }
            Err(error) => Some(Err(error.into())),
        }
    }))
}
