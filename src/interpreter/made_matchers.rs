//! What many sessions of one script share of its patterns: the matchers of those that are the same every time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::script::{Fill, Matcher, Pattern};
use crate::source::Span;

/// Matchers by their patterns' places in the script.
#[derive(Debug, Default)]
pub struct MadeMatchers(RefCell<BTreeMap<Span, Rc<Matcher>>>);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;
    use crate::script::{
        Action, Expect, Expected, Files, Generator, Role, Scope, Step, Unreadable, Value, parse,
    };

    struct NoFiles;

    impl Files for NoFiles {
        fn read(&self, _: &str) -> Result<Bytes, Unreadable> {
            Err(Unreadable::MISSING.into())
        }
    }

    #[test]
    fn only_what_is_the_same_every_time_is_made_once() {
        let text = "ws://h/\n\n<- text a\n<- text {{A}}\n<- text a\n";
        let script = parse(text, Role::Client, &[]).script;
        let scope = Scope::default();
        scope.set("A", Value::Text("b".to_owned()));
        let generator = RefCell::new(Generator::repeating());
        let fill = Fill::new(&scope, &generator, &NoFiles);
        let made = MadeMatchers::default();
        let matcher = |step: &Step| match &step.action {
            Action::Expect(Expect {
                what: Expected::Message(pattern),
                ..
            }) => made.matcher(&fill, pattern, false).unwrap(),
            _ => panic!("no `<-`"),
        };
        let [a, varies, again] = &script.steps[..] else {
            panic!("{} steps", script.steps.len());
        };
        assert!(Rc::ptr_eq(&matcher(a), &matcher(a)));
        assert!(!Rc::ptr_eq(&matcher(varies), &matcher(varies)));
        assert!(!Rc::ptr_eq(&matcher(a), &matcher(again)));
    }
}
