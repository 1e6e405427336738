//! The cookbook is true: each recipe is a document that runs by itself and passes, laid out as `fmt` has it.

use std::path::Path;

use voiden::document;

use crate::cases;

const PAGE: &str = include_str!("../../docs/cookbook.md");

#[test]
fn each_recipe_runs_by_itself() {
    let mut ran = 0;
    for recipe in PAGE.split("\n## ").skip(1) {
        let text = format!("## {recipe}");
        let blocks = document::parse(&text).blocks.len();
        assert!(blocks > 0, "{text}\nhas no block");
        let after = cases::run(Path::new("recipe.md"), &text).document;
        let passed = after.matches("```wss-log\n✓ ").count();
        assert_eq!(passed, blocks, "{after}");
        ran += 1;
    }
    assert!(ran >= 12, "there are recipes");
}

#[test]
fn the_page_is_a_document_that_runs() {
    let blocks = document::parse(PAGE).blocks.len();
    let after = cases::run(Path::new("cookbook.md"), PAGE).document;
    assert_eq!(after.matches("```wss-log\n✓ ").count(), blocks, "{after}");
}
