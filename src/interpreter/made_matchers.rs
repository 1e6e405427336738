//! What many sessions of one script share of its patterns: the matchers of those that are the same every time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::script::{Fill, Matcher, Pattern};
use crate::source::Span;

/// Matchers by their patterns' places in the script.
#[derive(Debug, Default)]
pub struct MadeMatchers(RefCell<HashMap<Span, Rc<Matcher>>>);

impl MadeMatchers {
    /// The matcher of a pattern of the script.
    ///
    /// # Errors
    /// As [`Fill::matcher`].
    pub(super) fn matcher(
        &self,
        fill: &Fill<'_>,
        pattern: &Pattern,
        exact: bool,
    ) -> Result<Rc<Matcher>, Diagnostic> {
        let place = match pattern {
            Pattern::Body(body) if body.is_constant() => body.span,
            _ => return fill.matcher(pattern, exact).map(Rc::new),
        };
        if let Some(made) = self.0.borrow().get(&place) {
            return Ok(Rc::clone(made));
        }
        let made = Rc::new(fill.matcher(pattern, exact)?);
        self.0.borrow_mut().insert(place, Rc::clone(&made));
        Ok(made)
    }
}
