//! What a script that was stopped would have made secret: in the messages that its steps took, and in those that it may
//! have waited for. Where a value cannot be known, what stands at its place is taken for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::plan::fill;
use crate::format::Format;
use crate::protocol::{Direction, Event, EventKind, Frame, Handshake, Response};
use crate::script::{
    Action, Expect, Expected, Expression, Facts, Files, Fill, Generator, Judgement, Making,
    MatchVerdict, Matcher, Mode, Pattern, Reading, Role, Scope, Script, Setting, Step, Subject,
    Surroundings, Value,
};

/// What only may be a secret is none if it is shorter: it stands in any text by chance.
const TELLING: usize = 4;

/// The same for a value whose place in a message is not known.
const SOMEWHERE: usize = 8;

/// How long expressions may take, all together.
const BOUND: Duration = Duration::from_millis(500);

/// Bytes that the filters of one may make.
const MOST: usize = 64 << 20;

/// A name and a value that is not to be shown.
pub(super) type NamedSecret = (String, String);

/// Knows what a block's script keeps under the names of secrets.
pub(super) struct Reveal {
    script: Rc<Script>,
    scope: Rc<Scope>,
    files: Rc<dyn Files>,
    names: BTreeSet<String>,
}

/// What a connection did.
#[derive(Default)]
struct ObservedConnection<'a> {
    /// The messages that steps took, by the steps' places.
    taken: BTreeMap<usize, Vec<&'a Frame>>,
    /// What has arrived since the last of them was.
    since: Vec<&'a Frame>,
    last: Duration,
    /// Answers to opening handshakes, and to requests over plain HTTP.
    handshakes: Vec<Arc<Handshake>>,
    /// Whether the last of them is one whose body is a message that is still to come.
    lacks_body: bool,
}

impl ObservedConnection<'_> {
    fn answered(&mut self, response: &Response) {
        self.handshakes.push(Arc::new(response.clone().into()));
        self.lacks_body = true;
    }

    fn received(&mut self, frame: &Frame) {
        let lacks_body = std::mem::take(&mut self.lacks_body);
        if let Some(answer) = self.handshakes.last_mut().filter(|_| lacks_body) {
            Arc::make_mut(answer).body = frame.clone().into_payload();
        }
    }
}

impl Reveal {
    pub(super) fn new(script: &Rc<Script>, scope: &Rc<Scope>, files: Rc<dyn Files>) -> Self {
        Self {
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
        let mut search = Search {
            reveal: self,
            until: Instant::now() + BOUND,
            scope: self.scope_of_patterns(),
            found: Vec::new(),
        };
        for (who, connection) in connections(held) {
            search.handshakes(&connection);
            for step in &self.script.steps {
                if step.has_secret(&self.names) && self.concerns(step, who) {
                    search.step(step, &connection);
                }
            }
        }
        search.found
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

fn connections<'a>(
    held: impl Iterator<Item = &'a Event>,
) -> BTreeMap<Option<&'a Arc<str>>, ObservedConnection<'a>> {
    let mut connections: BTreeMap<_, ObservedConnection<'a>> = BTreeMap::new();
    for event in held {
        let connection = connections.entry(event.who.as_ref()).or_default();
        match &event.kind {
            EventKind::Received { frame, .. } if event.at >= connection.last => {
                connection.received(frame);
                connection.since.push(frame);
            }
            EventKind::Matched { arrived, frame, .. } => {
                let place = event.step.map_or(0, |step| step.start);
                connection.taken.entry(place).or_default().push(frame);
                connection.last = connection.last.max(*arrived);
                // What came before it was passed over, and is not a later step's.
                let is_it = |since: &&Frame| since.wire() == frame.wire();
                let after = connection.since.iter().rposition(is_it);
                connection.since.drain(..after.map_or(0, |after| after + 1));
            }
            EventKind::Connected(handshake) | EventKind::Refused(handshake) => {
                connection.handshakes.push(Arc::clone(handshake));
            }
            EventKind::Responded {
                direction: Direction::Received,
                response,
            } => connection.answered(response),
            _ => {}
        }
    }
    connections
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
            let saved = self.saved(&judgements, &subject);
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
        let generator = RefCell::new(Generator::repeating());
        let fill: Fill<'_> = fill(&self.scope, &generator, &*self.reveal.files);
        match &expect.what {
            Expected::Message(pattern) => fill.matcher(pattern, expect.exact).ok(),
            Expected::Ping(words)
            | Expected::Pong(words)
            | Expected::Close { reason: words, .. } => fill.words(words.as_ref()?).ok(),
            Expected::Drop => None,
        }
    }

    /// A message that the step took, and that may have failed it.
    fn taken(&mut self, expect: &Expect, matcher: Option<&Matcher>, frame: &Frame) {
        let reading = Reading::new(frame.clone());
        if let Some(MatchVerdict::Match(kept)) = matcher.map(|matcher| matcher.test(&reading)) {
            self.keep(kept, 1);
        }
        for (name, value) in self.saved(&expect.judgements, &subject(expect, frame)) {
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
        for (name, value) in self.saved(&expect.judgements, &subject(expect, frame)) {
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

    /// What `-- save` lines keep under secrets' names; `None` where one fails.
    fn saved(&self, judgements: &[Judgement], subject: &Subject) -> Vec<(String, Option<String>)> {
        let scope = Scope::over(&self.scope);
        let mut saved = Vec::new();
        for judgement in judgements {
            let Judgement::Save { name, expression } = judgement else {
                continue;
            };
            let value = self.value(expression, subject, &scope);
            if self.reveal.names.contains(&name.text) {
                let text = value.as_ref().map(Value::as_text);
                saved.push((name.text.clone(), text));
            }
            if let Some(value) = value {
                scope.set(name.text.as_str(), value);
            }
        }
        saved
    }

    fn value(&self, expression: &Expression, subject: &Subject, scope: &Scope) -> Option<Value> {
        let names = expression.needs.iter().flat_map(|need| {
            let first = need.text.split('.').next().unwrap_or_default();
            [need.text.as_str(), first]
        });
        let variables = names.filter_map(|name| Some((name.to_owned(), scope.get(name)?)));
        let facts = Facts {
            subject: subject.clone(),
            wire: None,
            elapsed: Duration::ZERO,
            handshake: None,
            request: None,
            variables: variables.collect(),
            around: Surroundings::default(),
            // What is random or of the clock was another one then.
            making: Making::still(MOST),
        };
        if Instant::now() >= self.until {
            return None;
        }
        let (expression, until) = (expression.clone(), self.until);
        let (told, value) = mpsc::channel();
        // One that does not stop by itself is left behind.
        thread::spawn(move || told.send(expression.value_until(&facts, Some(until))));
        let left = until.saturating_duration_since(Instant::now());
        value.recv_timeout(left).ok()?.ok()
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
    match &expect.what {
        Expected::Message(Pattern::Format(format)) => Subject::Read(frame.clone(), *format),
        Expected::Message(Pattern::Message(_)) => Subject::Read(frame.clone(), Format::Proto),
        Expected::Message(Pattern::Body(body)) => Subject::Read(frame.clone(), body.format),
        _ => Subject::Frame(frame.clone()),
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
