//! What stands at the places that a run keeps, whether or not it fits.

use super::TextRun;
use crate::script::Value;
use crate::script::pattern::KeptValues;

impl TextRun {
    /// Of a run that does not fit: all of it.
    pub(in crate::script::pattern) fn places(&self, run: &[u8], kept: &mut KeptValues) {
        if self.fits(run) {
            self.keep(run, kept);
        } else {
            self.push(run, kept);
        }
    }

    /// Of a run that does not fit: what stands behind its beginning, as far as that is as it should be; `None` where not
    /// even that is.
    pub(in crate::script::pattern) fn rest(&self, run: &[u8], kept: &mut KeptValues) -> Option<()> {
        if self.fits(run) {
            self.keep(run, kept);
            return Some(());
        }
        let common = usize::try_from(self.common(run)).ok()?;
        let rest = run.get(common..).filter(|_| common > 0)?;
        self.push(rest, kept);
        Some(())
    }

    pub(in crate::script::pattern) fn names(&self) -> Vec<String> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Open(open) => open.keeps.iter().map(|(_, name)| name.clone()).collect(),
        }
    }

    fn push(&self, run: &[u8], kept: &mut KeptValues) {
        let text = Value::string(&String::from_utf8_lossy(run));
        let names = self.names().into_iter();
        kept.extend(names.map(|name| (name, text.clone())));
    }
}
