//! `voiden list`

use super::arguments::List;
use super::settings::named;
use super::{NO_BLOCK, slipped, usage};
use crate::report::{Output, harmless};
use crate::runner;

/// One line a block, its fields parted by tabs: `FILE:LINE`, the fence's word, the name.
pub(super) fn list(arguments: &List, out: &mut Output, err: &mut Output) -> u8 {
    let (documents, mut wrong) = match named(&arguments.naming, "list") {
        Ok(named) => named,
        Err(sentence) => return usage(err, &sentence),
    };
    let (blocks, unread) = runner::list(&documents);
    for (document, block) in &blocks {
        let kind = block.kind.word();
        let (document, name) = (harmless(document), harmless(&block.name));
        out.put(&format!("{document}:{}\t{kind}\t{name}\n", block.line));
    }
    out.flush();
    wrong.extend(unread);
    let mut status = 0;
    for wrong in &wrong {
        status = usage(err, &harmless(wrong));
    }
    if wrong.is_empty() && blocks.is_empty() {
        status = slipped(err, NO_BLOCK.0, Some(NO_BLOCK.1));
    }
    status
}
