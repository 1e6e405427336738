//! Why an expectation was not met: which message came nearest and in what it differs, or that the right one came before.

use super::context::failure;
use super::earlier::Fate;
use super::expect::{Expectation, WHERE};
use super::frame_test::{FrameTest, readable, shown};
use crate::protocol::{Failure, Frame};
use crate::script::{Action, Miss, Verdict, format_duration};
use crate::source::Span;

impl Expectation<'_> {
    /// Its time is over, and it got so many of its messages.
    pub(super) async fn late(&self, got: u64) -> Failure {
        let when = format!("within {}", format_duration(self.within));
        self.short(got, &when).await
    }

    pub(super) async fn short(&self, got: u64, when: &str) -> Failure {
        let mut reason = format!("no {} {when}", self.test.describe());
        if self.times > 1 {
            reason = format!("{reason} ({got} of {})", self.times);
        }
        if let Some((remark, hint)) = self.came_before().await {
            let mut failure = failure(self.span, format!("{reason}; {remark}"));
            failure.hint = Some(hint.to_owned());
            return failure;
        }
        let Some((near, arrived)) = &self.nearest else {
            return failure(self.span, reason);
        };
        let Miss { shown, why, place } = self.explain(&arrived.frame);
        let (why, place) = if *near == WHERE {
            let conditions = &self.expect.conditions;
            match self.context.unmet(conditions, &self.case(arrived)).await {
                Some(unmet) => (format!("-- where {}", unmet.reason), Some(unmet.span)),
                None => ("its -- where does not hold".to_owned(), None),
            }
        } else {
            (why, place)
        };
        let reason = format!("{reason}; nearest: {shown} ({why})");
        failure(place.unwrap_or(self.span), reason)
    }

    /// What to say where a message that matches came before this step looked for it, and what to do about it.
    async fn came_before(&self) -> Option<(String, &'static str)> {
        for (arrived, fate) in self.context.connection.earlier(self.test.cursor()?) {
            let frame = &arrived.frame;
            if !matches!(self.test.holds(frame, &readable(frame)), Verdict::Match(_)) {
                continue;
            }
            let conditions = &self.expect.conditions;
            let case = self.case(&arrived);
            match self.context.meets(conditions, &case).await {
                Ok(true) => {}
                Ok(false) => continue,
                Err(_) => return None,
            }
            let (step, did) = match fate {
                Fate::Skipped => {
                    let hint = "what came before `-- skip` is passed over: wait for it above that";
                    return Some((
                        "it came before, and `-- skip` passed it over".to_owned(),
                        hint,
                    ));
                }
                Fate::PassedOver(step) => (step, "passed it over"),
                Fate::Taken(step) => (step, "took it"),
            };
            let Some(described) = self.described(step) else {
                continue;
            };
            // One more of the same was to come, and did not.
            if described == self.test.describe() {
                continue;
            }
            let hint = "`-- any-order` below this step lets the two come in either order";
            return Some((format!("it came before, and `<- {described}` {did}"), hint));
        }
        None
    }

    /// The pattern of another `<-` step, as it stands in a failure.
    fn described(&self, span: Span) -> Option<String> {
        if span == self.span {
            return None;
        }
        let steps = &self.context.block.script.steps;
        let step = steps.iter().find(|step| step.span == span)?;
        let Action::Expect(expect) = &step.action else {
            return None;
        };
        let other = Expectation::new(self.context, expect, span).ok()?;
        Some(other.test.describe())
    }

    /// Why a frame is not the one.
    pub(super) fn explain(&self, frame: &Frame) -> Miss {
        let because = |why: String| Miss {
            shown: shown(frame),
            why,
            place: None,
        };
        match (&self.test, frame) {
            (FrameTest::Message(matcher) | FrameTest::Data(_, Some(matcher)), _) => {
                matcher.explain(&readable(frame))
            }
            (FrameTest::Close(Some(code), _), Frame::Close(close))
                if close.as_ref().map(|close| close.code) != Some(*code) =>
            {
                let came = close.as_ref().map(|close| close.code.to_string());
                let came = came.unwrap_or("no code".to_owned());
                because(format!("{came} is not {code}"))
            }
            (FrameTest::Close(_, Some(matcher)), _) => {
                let miss = matcher.explain(&readable(frame));
                Miss {
                    shown: shown(frame),
                    ..miss
                }
            }
            _ => because("it does not match".to_owned()),
        }
    }
}
