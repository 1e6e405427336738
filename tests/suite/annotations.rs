//! What is wrong, for other programs: `check --format json|github` and `run --report github=-`, through the command.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

const WRONG: &str = "# Ü\n\n```/wss A\nws://127.0.0.1:1/\n@timout 3s\n\n-> {\"a\": \"é\", \"b\": {{$nmber}}}\n```\n";

const RUNS: &str = "```/wss-server echo\nws://127.0.0.1:0/\n\n-- on\n-> {{$message}}\n```\n\n```/wss Fails\n{{echo.url}}\n\n-> text a\n<- text b\n-- within 50ms\n```\n\n```/wss Passes\n{{echo.url}}\n\n-> text a\n<- text a\n```\n\n```wss-log\n✓ none\n```\n";

struct Told {
    status: Option<i32>,
    out: String,
    err: String,
}

fn voiden(line: &[&str], files: &[(&str, &str)], actions: bool) -> Told {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command.args(line).current_dir(folder.path());
    if actions {
        command.env("GITHUB_ACTIONS", "true");
    } else {
        command.env_remove("GITHUB_ACTIONS");
    }
    let output = command.output().unwrap();
    Told {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn json_is_one_array_also_where_nothing_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.md");
    fs::write(&path, b"\xff").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command.args(["check", "--format", "json", "-"]);
    let output = command.stdin(fs::File::open(path).unwrap()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(serde_json::from_slice(&output.stdout).ok(), Some(json!([])));
    assert!(String::from_utf8_lossy(&output.stderr).contains("UTF-8"));
}

#[test]
fn json_tells_each_place_in_characters_with_its_fixes() {
    for actions in [false, true] {
        let told = voiden(
            &["check", "--format", "json", "a.md"],
            &[("a.md", WRONG)],
            actions,
        );
        assert_eq!((told.status, told.err.as_str()), (Some(2), ""));
        let found: Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(
            found[0],
            json!({
                "file": "a.md", "line": 5, "column": 1, "endLine": 5, "endColumn": 8,
                "severity": "error",
                "message": "there is no option `@timout`",
                "help": "did you mean `@timeout`?",
                "fixes": [{"line": 5, "column": 1, "endLine": 5, "endColumn": 8, "text": "@timeout"}],
            })
        );
        assert_eq!(found[1]["line"], 7);
        assert_eq!(found[1]["column"], 22);
        assert_eq!(found[1]["fixes"][0]["text"], "$number");
        assert_eq!(found.as_array().unwrap().len(), 2);
    }
    let told = voiden(
        &["check", "--format", "json", "."],
        &[("a.md", RUNS)],
        false,
    );
    assert_eq!((told.status, told.out.as_str()), (Some(0), "[]\n"));
    let told = voiden(&["check", "--format", "json", "none.md"], &[], false);
    assert_eq!((told.status, told.out.as_str()), (Some(2), "[]\n"));
    assert!(told.err.contains("none.md"), "{}", told.err);
}

#[test]
fn documents_are_told_in_their_order() {
    let files: Vec<(String, &str)> = (0..8).map(|at| (format!("{at}.md"), WRONG)).collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let told = voiden(&["check", "--format", "json", "."], &files, false);
    let found: Vec<Value> = serde_json::from_str(&told.out).unwrap();
    let names: Vec<&str> = found
        .iter()
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(names.len(), 16);
}

#[test]
fn github_gets_annotations() {
    let told = voiden(
        &["check", "--format", "github", "a.md"],
        &[("a.md", WRONG)],
        true,
    );
    assert_eq!(told.status, Some(2));
    insta::assert_snapshot!(told.out, @r"
    ::error file=a.md,line=5,endLine=5,col=1,endColumn=8::there is no option `@timout`%0Ahelp: did you mean `@timeout`?
    ::error file=a.md,line=7,endLine=7,col=22,endColumn=28::there is no `$nmber`%0Ahelp: did you mean `{{$number}}`?
    ");
}

#[test]
fn a_run_tells_failures_mistakes_and_transcripts_that_differ() {
    let line = ["run", "--check", "--report", "github=-", "."];
    let told = voiden(&line, &[("a.md", RUNS), ("b.md", WRONG)], true);
    assert_eq!(told.status, Some(2));
    let lines: Vec<&str> = told.out.lines().collect();
    let begins = [
        "::error file=a.md,line=12,endLine=12,col=1,endColumn=10,title=Fails::no text b within 50ms",
        "::error file=a.md,line=16,endLine=16,col=1,endColumn=1,title=Passes::its transcript is not as recorded",
        "::error file=b.md,line=5,",
        "::error file=b.md,line=7,",
    ];
    for begin in begins {
        assert!(
            lines.iter().any(|line| line.starts_with(begin)),
            "{begin}\n{}",
            told.out
        );
    }
    assert!(
        lines.iter().all(|line| line.starts_with("::error ")),
        "{}",
        told.out
    );
}

#[test]
fn hostile_texts_add_no_command() {
    let hostile = "```/wss a%0A::error::x ,title=y\nws://127.0.0.1:1/\n@::set-output%0a name=x::y\n\n-> ##[error]x\n<- text b\n```\n";
    for line in [
        ["check", "--format", "github", "."].as_slice(),
        &["run", "--report", "github=-", "."],
    ] {
        let told = voiden(line, &[("::warning::a,b.md", hostile)], true);
        assert!(!told.out.is_empty());
        for line in told.out.lines() {
            assert!(line.starts_with("::error file="), "{line}");
            assert!(!line.contains("%0A::"), "{line}");
            let properties = &line[..line.rfind("::").unwrap()];
            assert!(properties.contains("%3A%3Awarning%3A%3Aa%2Cb.md"), "{line}");
        }
        for line in told.err.lines() {
            assert!(
                !line.trim_start().starts_with("::") && !line.contains("##["),
                "{line}"
            );
        }
    }
}
