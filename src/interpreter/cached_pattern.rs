//! A pattern that is held against every message, with its matcher made once where its values cannot change.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::protocol::{Frame, Open};
use crate::script::{Fill, KeptValues, MatchVerdict, Matcher, Pattern, Reading};
use crate::source::Span;

/// A pattern that is held against every message. Its matcher is made once if its variables cannot change.
#[derive(Debug)]
pub(crate) struct CachedPattern {
    pattern: Pattern,
    pub(super) span: Span,
    constant: bool,
    made: RefCell<Option<Rc<Matcher>>>,
}

impl CachedPattern {
    pub(crate) fn new(pattern: Pattern, span: Span) -> Self {
        let constant = match &pattern {
            Pattern::Any | Pattern::Format(_) | Pattern::Message(_) => true,
            Pattern::Body(body) => body.is_constant(),
        };
        Self {
            pattern,
            span,
            constant,
            made: RefCell::default(),
        }
    }

    /// The matcher; a name in it that has no value yet is an error, and may have one later.
    pub(crate) fn matcher(&self, fill: Fill<'_>) -> Result<Rc<Matcher>, Diagnostic> {
        if let Some(matcher) = &*self.made.borrow() {
            return Ok(Rc::clone(matcher));
        }
        let matcher = Rc::new(fill.matcher(&self.pattern, false)?);
        if self.constant {
            *self.made.borrow_mut() = Some(Rc::clone(&matcher));
        }
        Ok(matcher)
    }

    /// A message that matches as the pattern's FORMAT has read it, where that is not how it came.
    pub(crate) fn unpacked(&self, message: &Reading, fill: Fill<'_>) -> Option<Frame> {
        self.matcher(fill).ok()?.unpacked(message)
    }

    /// What the pattern leaves open in a message that matches.
    pub(crate) fn open(&self, message: &Reading, fill: Fill<'_>) -> Option<Arc<Open>> {
        self.matcher(fill).ok()?.open(message)
    }

    /// What placeholders keep of the message, if it matches.
    pub(crate) fn kept(&self, message: &Reading, fill: Fill<'_>) -> Option<KeptValues> {
        match self.matcher(fill).ok()?.test(message) {
            MatchVerdict::Match(kept) => Some(kept),
            MatchVerdict::Miss(_) => None,
        }
    }

    /// Whether the message matches. What a placeholder keeps is set in the scope.
    pub(crate) fn matches(&self, message: &Reading, fill: Fill<'_>) -> bool {
        let kept = self.kept(message, fill);
        let matches = kept.is_some();
        for (name, value) in kept.into_iter().flatten() {
            fill.scope.set(name, value);
        }
        matches
    }
}
