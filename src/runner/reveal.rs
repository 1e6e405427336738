//! What a script that was stopped would have made secret: in the messages that its steps took, and in those that it may
//! have waited for. Where a value cannot be known, what stands at its place is taken for it.

mod handled;
mod observed;
mod saved;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::observed::{ObservedConnection, connections};
use crate::interpreter::judged_subject::format_of;
use crate::protocol::{Event, Frame};
use crate::script::{
    Action, Expect, Expected, Files, Fill, Generator, Judgement, MatchVerdict, Matcher, Mode,
    Packing, Pattern, Reading, Role, Scope, Script, Setting, Step, Subject, Value,
};

/// What only may be a secret is none if it is shorter: it stands in any text by chance.
const TELLING: usize = 4;

/// The same for a value whose place in a message is not known.
const SOMEWHERE: usize = 8;

/// How long expressions may take, all together.
const BOUND: Duration = Duration::from_millis(500);

/// A name and a value that is not to be shown.
pub(super) type NamedSecret = (String, String);

/// Knows what a block's script keeps under the names of secrets.
pub(super) struct Reveal {
    script: Rc<Script>,
    scope: Rc<Scope>,
    files: Rc<dyn Files>,
    /// What packed formats are read by.
    packing: Packing,
    names: BTreeSet<String>,
}

impl Reveal {
    pub(super) fn new(
        script: &Rc<Script>,
        scope: &Rc<Scope>,
        files: Rc<dyn Files>,
        packing: &Packing,
    ) -> Self {
        Self {
            packing: packing.clone(),
            names: script.announced(),
            script: Rc::clone(script),
            scope: Rc::clone(scope),
            files,
        }
    }

    /// The secrets of the script that a connection's events give away (`None`: all connections').
    pub(super) fn secrets<'a>(
        &self,
        held: impl Iterator<Item = &'a Event>,
        who: Option<&Arc<str>>,
    ) -> Vec<NamedSecret> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let held = held.filter(|event| who.is_none() || event.who.as_ref() == who);
        let mut search = self.search();
        for (who, connection) in connections(held) {
            search.handlers(&connection, who);
            search.handshakes(&connection);
            for step in &self.script.steps {
                if step.has_secret(&self.names) && self.concerns(step, who) {
                    search.step(step, &connection);
                }
            }
        }
        search.found
    }

    /// What handlers would make secret of one message.
    pub(super) fn secrets_of_handlers(&self, message: &Event) -> Vec<NamedSecret> {
        let mut search = self.search();
        if !self.names.is_empty() {
            for (who, connection) in connections(std::iter::once(message)) {
                search.handlers(&connection, who);
            }
        }
        search.found
    }

    /// The secrets that requests over plain HTTP give away.
    pub(super) fn secrets_of_requests<'a>(
        &self,
        held: impl Iterator<Item = &'a Event>,
    ) -> Vec<NamedSecret> {
        let mut search = self.search();
        if let Some(requests) = connections(held.filter(|event| event.who.is_none())).get(&None) {
            search.handlers(requests, None);
        }
        search.found
    }

    fn search(&self) -> Search<'_> {
        Search {
            reveal: self,
            until: Instant::now() + BOUND,
            scope: self.scope_of_patterns(),
            found: Vec::new(),
        }
    }

    fn concerns(&self, step: &Step, who: Option<&Arc<str>>) -> bool {
        self.script.role == Role::Server
            || step.who.as_ref().map(|name| name.text.as_str()) == who.map(|who| &**who)
    }

    /// A scope in which every name of a pattern has a value: what it is matters less than the places beside it.
    fn scope_of_patterns(&self) -> Rc<Scope> {
        let scope = Scope::over(&self.scope);
        for name in self.script.keeps() {
            if scope.get(&name).is_none() {
                scope.set(name, Value::Json("null".to_owned()));
            }
        }
        Rc::new(scope)
    }
}

struct Search<'a> {
    reveal: &'a Reveal,
    until: Instant,
    scope: Rc<Scope>,
    found: Vec<NamedSecret>,
}

impl Search<'_> {
    /// Judgements before the first step, and those of a refusal, look at handshakes.
    fn handshakes(&mut self, connection: &ObservedConnection<'_>) {
        let script = &self.reveal.script;
        let opening = script.opening.iter().map(|opening| &opening.judgement);
        let refusals = script.steps.iter().flat_map(|step| match &step.action {
            Action::Http { judgements, .. } => judgements.as_slice(),
            _ => &[],
        });
        let judgements: Vec<Judgement> = opening.chain(refusals).cloned().collect();
        for handshake in &connection.handshakes {
            let subject = Subject::Handshake(Arc::clone(handshake));
            let scope = Scope::over(&self.scope);
            let saved = self.saved(&judgements, &subject, None, &scope);
            let saved = saved
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            self.found.extend(saved);
        }
    }

    fn step(&mut self, step: &Step, connection: &ObservedConnection<'_>) {
        let Action::Expect(expect) = &step.action else {
            return;
        };
        let taken = connection.taken.get(&step.span.start);
        let matcher = self.matcher(expect);
        for frame in taken.into_iter().flatten() {
            self.taken(expect, matcher.as_ref(), frame);
        }
        let one = matches!(
            &expect.mode,
            Mode::Times(Setting::Is(1)) | Mode::Next(Setting::Is(1))
        );
        if taken.is_some() && one {
            return;
        }
        for frame in &connection.since {
            if is_meant(&expect.what, frame) {
                self.awaited(expect, matcher.as_ref(), frame);
            }
        }
    }

    fn matcher(&self, expect: &Expect) -> Option<Matcher> {
        match &expect.what {
            Expected::Message(pattern) => self.filled(pattern, expect.exact),
            Expected::Ping(words)
            | Expected::Pong(words)
            | Expected::Close { reason: words, .. } => {
                let words = words.as_ref()?;
                self.filling(|fill| fill.words(words).ok())
            }
            Expected::Drop => None,
        }
    }

    fn filled(&self, pattern: &Pattern, exact: bool) -> Option<Matcher> {
        self.filling(|fill| fill.matcher(pattern, exact).ok())
    }

    fn filling<T>(&self, work: impl FnOnce(Fill<'_>) -> T) -> T {
        let generator = RefCell::new(Generator::repeating());
        work(Fill {
            packing: &self.reveal.packing,
            ..Fill::new(&self.scope, &generator, &*self.reveal.files)
        })
    }

    /// A message that the step took, and that may have failed it.
    fn taken(&mut self, expect: &Expect, matcher: Option<&Matcher>, frame: &Frame) {
        let reading = Reading::new(frame.clone());
        if let Some(MatchVerdict::Match(kept)) = matcher.map(|matcher| matcher.test(&reading)) {
            self.keep(kept, 1);
        }
        let scope = Scope::over(&self.scope);
        let unpacked = matcher.and_then(|matcher| matcher.unpacked(&reading));
        let subject = subject(expect, unpacked.as_ref().unwrap_or(frame));
        for (name, value) in self.saved(&expect.judgements, &subject, None, &scope) {
            match value {
                Some(value) => self.found.push((name, value)),
                None => self.somewhere(&name, &reading),
            }
        }
    }

    /// A message that the step may have waited for.
    fn awaited(&mut self, expect: &Expect, matcher: Option<&Matcher>, frame: &Frame) {
        let reading = if frame.is_message() {
            Reading::new(frame.clone())
        } else {
            // What patterns see of control frames.
            let text = String::from_utf8_lossy(frame.payload());
            Reading::new(Frame::Text(text.into_owned().into()))
        };
        match matcher.map(|matcher| (matcher.test(&reading), matcher)) {
            Some((MatchVerdict::Match(kept), _)) => self.keep(kept, 1),
            Some((MatchVerdict::Miss(_), matcher)) => self.keep(matcher.places(&reading), TELLING),
            None => {
                let names: Vec<String> = expect.what.kept().map(str::to_owned).collect();
                for name in names
                    .iter()
                    .filter(|name| self.reveal.names.contains(*name))
                {
                    self.somewhere(name, &reading);
                }
            }
        }
        let unpacked = matcher.and_then(|matcher| matcher.unpacked(&reading));
        let frame = unpacked.as_ref().unwrap_or(frame);
        let scope = Scope::over(&self.scope);
        let subject = subject(expect, frame);
        for (name, value) in self.saved(&expect.judgements, &subject, None, &scope) {
            match value.filter(|value| value.len() >= TELLING) {
                Some(value) => self.found.push((name, value)),
                None if Instant::now() >= self.until => self.somewhere(&name, &reading),
                None => {}
            }
        }
    }

    fn keep(&mut self, kept: Vec<(String, Value)>, least: usize) {
        let names = &self.reveal.names;
        let kept = kept
            .into_iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(name, value)| (name, value.as_text()))
            .filter(|(_, value)| {
                value.len() >= least && !matches!(&**value, "true" | "false" | "null")
            });
        self.found.extend(kept);
    }

    /// What stands anywhere in a message, because the secret's place is not known.
    fn somewhere(&mut self, name: &str, reading: &Reading) {
        let mut texts = Vec::new();
        match (reading.json(), reading.text()) {
            (Some(value), _) => strings(value, &mut texts),
            (None, Some(text)) => texts.push(text.to_owned()),
            (None, None) => {}
        }
        let texts = texts.into_iter().filter(|text| text.len() >= SOMEWHERE);
        self.found.extend(texts.map(|text| (name.to_owned(), text)));
    }
}

/// Whether it is what the step waits for at all.
fn is_meant(expected: &Expected, frame: &Frame) -> bool {
    match expected {
        Expected::Message(_) => frame.is_message(),
        Expected::Ping(_) => matches!(frame, Frame::Ping(_)),
        Expected::Pong(_) => matches!(frame, Frame::Pong(_)),
        Expected::Close { .. } => matches!(frame, Frame::Close(_)),
        Expected::Drop => false,
    }
}

fn subject(expect: &Expect, frame: &Frame) -> Subject {
    let format = match &expect.what {
        Expected::Message(pattern) => format_of(pattern),
        _ => None,
    };
    match format {
        Some(format) => Subject::Read(frame.clone(), format),
        None => Subject::Frame(frame.clone()),
    }
}

fn strings(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        serde_json::Value::Object(members) => {
            members.values().for_each(|member| strings(member, texts));
        }
        _ => {}
    }
}
