//! Transcripts of a text that was run → edits of that text as it stands now. Knows no file.

use super::record::same_block;
use crate::document::{self, Edit};
use crate::source::Source;

/// What is to be done to a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedOver {
    /// The transcripts that are new or differ, each where its block stands now.
    pub edits: Vec<Edit>,
    /// Blocks that were edited meanwhile, so that their transcripts are of another script.
    pub edited: Vec<String>,
}

/// Carries the transcripts that a run has put into `ran`, which gave `recorded`, over to the text as it stands now.
#[must_use]
pub fn carry_over(ran: &str, recorded: &str, now: &str) -> CarriedOver {
    let (before, after) = (document::parse(ran), document::parse(recorded));
    let (ran, now) = (Source::new("", ran), Source::new("", now));
    let there = document::parse(now.text()).blocks;
    let mut carried = CarriedOver::default();
    for (index, (old, new)) in before.blocks.iter().zip(&after.blocks).enumerate() {
        let lines = |block: &document::Block| {
            let recorded = block.transcript.recorded.as_ref();
            recorded.map(|recorded| recorded.body.text().to_owned())
        };
        let Some(fresh) = lines(new).filter(|fresh| Some(fresh) != lines(old).as_ref()) else {
            continue;
        };
        match same_block((&ran, &before.blocks), index, (&now, &there)) {
            Some(block) => carried
                .edits
                .push(block.transcript.record(now.text(), &fresh)),
            None => carried.edited.push(old.name.clone()),
        }
    }
    carried.edits.retain(|edit| !edit.is_nothing());
    carried
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAN: &str = "# A\n\n```/wss One\nws://a/\n```\n\n```/wss Two\nws://b/\n```\n";

    fn recorded() -> String {
        RAN.replace("ws://a/\n```\n", "ws://a/\n```\n\n```wss-log\n✓ one\n```\n")
            .replace("ws://b/\n```\n", "ws://b/\n```\n\n```wss-log\n✓ two\n```\n")
    }

    #[test]
    fn a_transcript_comes_to_its_block_wherever_that_stands_now() {
        let now = format!("typed meanwhile\n\n{RAN}\nand here\n");
        let carried = carry_over(RAN, &recorded(), &now);
        assert_eq!(carried.edited, Vec::<String>::new());
        let text = document::splice(&now, &carried.edits);
        assert_eq!(
            text,
            format!("typed meanwhile\n\n{}\nand here\n", recorded())
        );
    }

    #[test]
    fn a_block_that_was_edited_is_left_alone() {
        let now = RAN.replace("ws://b/", "ws://c/");
        let carried = carry_over(RAN, &recorded(), &now);
        assert_eq!(carried.edited, ["Two"]);
        assert_eq!(carried.edits.len(), 1);
        assert_eq!(carry_over(RAN, RAN, &now), CarriedOver::default());
    }
}
